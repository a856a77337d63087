//! The child's log: appended to by the child, kept within a bound by us.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The log and its predecessor together take at most twice this, and what one minute writes.
const LONGEST: u64 = 8 << 20;

/// A log file with one predecessor beside it.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    path: PathBuf,
    longest: u64,
}

impl Log {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self {
            path,
            longest: LONGEST,
        }
    }

    /// Opens the log for a child. Appending: what is cut off by [`Log::keep_within_bound`] stays cut off.
    pub(crate) fn open(&self) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).open(&self.path)
    }

    /// Moves the contents of a log that has grown too long to its predecessor. The file itself stays, because a child
    /// writes into it; a line written at this very moment may be lost.
    pub(crate) fn keep_within_bound(&self) -> io::Result<()> {
        let length = match fs::metadata(&self.path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        if length <= self.longest {
            return Ok(());
        }
        fs::copy(&self.path, self.predecessor())?;
        OpenOptions::new().write(true).open(&self.path)?.set_len(0)
    }

    /// The last lines.
    pub(crate) fn end(&self) -> String {
        end_of(&self.path)
    }

    fn predecessor(&self) -> PathBuf {
        self.path.with_extension("log.1")
    }
}

fn end_of(log: &Path) -> String {
    let content = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&content[content.len().saturating_sub(4096)..]);
    let lines = text.lines().collect::<Vec<_>>();
    lines[lines.len().saturating_sub(5)..].join("; ")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::Log;

    #[test]
    fn a_log_that_grew_too_long_moves_to_its_predecessor_while_it_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let log = Log {
            path: directory.path().join("clickhouse.log"),
            longest: 10,
        };
        let mut child = log.open().unwrap();

        child.write_all(b"short\n").unwrap();
        log.keep_within_bound().unwrap();
        assert_eq!(log.end(), "short");
        child.write_all(b"too long\n").unwrap();
        log.keep_within_bound().unwrap();
        child.write_all(b"new\n").unwrap();

        assert_eq!(log.end(), "new");
        let before = std::fs::read_to_string(directory.path().join("clickhouse.log.1")).unwrap();
        assert_eq!(before, "short\ntoo long\n");
    }
}
