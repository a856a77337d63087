//! Where a command writes a long answer: standard output, or a file that appears when it is complete.

use anyhow::Context as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 1 << 20;

/// Standard output, or a file that is written beside its place and moved there when it is complete.
pub(super) struct Output {
    pub(super) writer: BufWriter<Box<dyn Write + Send>>,
    place: Option<Place>,
}

/// Where the file is to appear. Dropped before that, it takes the unfinished one away.
struct Place {
    unfinished: PathBuf,
    file: PathBuf,
    complete: bool,
}

impl Output {
    /// Opens standard output, or the file beside its place.
    pub(super) fn open(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else {
            return Ok(Self {
                writer: BufWriter::with_capacity(BUFFER, Box::new(io::stdout())),
                place: None,
            });
        };
        let mut name = file.as_os_str().to_owned();
        name.push(".part");
        let unfinished = PathBuf::from(name);
        let opened = File::create(&unfinished)
            .with_context(|| format!("the file {} can't be made", unfinished.display()))?;
        Ok(Self {
            writer: BufWriter::with_capacity(BUFFER, Box::new(opened)),
            place: Some(Place {
                unfinished,
                file: file.to_path_buf(),
                complete: false,
            }),
        })
    }

    /// Writes the rest and puts the file into its place.
    pub(super) fn complete(mut self) -> anyhow::Result<()> {
        self.writer.flush().context("writing the end")?;
        drop(self.writer);
        let Some(mut place) = self.place else {
            return Ok(());
        };
        fs::rename(&place.unfinished, &place.file)
            .with_context(|| format!("putting {} into its place", place.file.display()))?;
        place.complete = true;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.complete {
            // It may be gone already.
            let _ = fs::remove_file(&self.unfinished);
        }
    }
}

/// Whether whoever read standard output has seen enough, as `head` does.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause
            .downcast_ref::<serde_json::Error>()
            .and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_appears_when_it_is_complete_and_an_unfinished_one_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("all.jsonl");
        drop(Output::open(Some(&file)).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        let mut output = Output::open(Some(&file)).unwrap();
        output.writer.write_all(b"x").unwrap();
        assert!(!file.exists());
        output.complete().unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"x");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
