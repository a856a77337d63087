//! What the operating system says of this process and of its disk. Where it says nothing, nothing is told.

use std::fs;
use std::path::Path;

/// Memory that the process really takes, in bytes.
pub(super) fn resident_bytes() -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")?.checked_mul(1024)
}

/// Open files and sockets.
pub(super) fn open_files() -> Option<usize> {
    // One of them is the directory that is being read.
    fs::read_dir("/proc/self/fd")
        .ok()
        .map(|entries| entries.count().saturating_sub(1))
}

/// What is free for us on the disk of this directory, and its size, in bytes.
pub(super) fn disk(directory: &Path) -> Option<(u64, u64)> {
    // Before anything was written there is no directory yet, but a disk.
    let disk = directory.ancestors().find_map(|above| {
        let above = if above.as_os_str().is_empty() {
            Path::new(".")
        } else {
            above
        };
        rustix::fs::statvfs(above).ok()
    })?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Some((bytes(disk.f_bavail), bytes(disk.f_blocks)))
}

/// The process as people find it: its machine, where that has a name, and its number.
pub(super) fn name() -> String {
    let process = std::process::id();
    match std::env::var("HOSTNAME") {
        Ok(machine) if !machine.is_empty() => format!("{machine}, process {process}"),
        _ => format!("process {process}"),
    }
}

fn kilobytes(status: &str, line: &str) -> Option<u64> {
    let rest = status.lines().find_map(|text| text.strip_prefix(line))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disk_of_a_directory_that_is_not_there_yet_is_that_of_what_is_above_it() {
        let (free, size) = disk(Path::new("/tmp/certlens/is/not/there")).unwrap();
        assert!(0 < size && free <= size);
        assert!(disk(Path::new("data-that-is-not-there")).is_some());
    }

    #[test]
    fn memory_is_read_from_its_line() {
        let status = "Name:\tcertlens\nVmHWM:\t  99 kB\nVmRSS:\t   1234 kB\n";
        assert_eq!(kilobytes(status, "VmRSS:"), Some(1234));
        assert_eq!(kilobytes("Name:\tcertlens\n", "VmRSS:"), None);
    }
}
