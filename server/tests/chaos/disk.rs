//! A small disk of the test's own, which can be filled. It takes root to make one; without it nothing is filled.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use tempfile::TempDir;

/// Two clusters' files, a search engine's, logs, and room for what the test writes.
const SIZE: &str = "size=1500m,mode=755";

pub(crate) struct Disk {
    directory: TempDir,
    is_mounted: bool,
}

impl Disk {
    pub(crate) fn mount() -> Self {
        let directory = TempDir::new().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "certlens-chaos"])
            .arg(directory.path())
            .output();
        let is_mounted = mounted.is_ok_and(|output| output.status.success());
        Self {
            directory,
            is_mounted,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn can_be_filled(&self) -> bool {
        self.is_mounted
    }

    fn ballast(&self) -> PathBuf {
        self.directory.path().join("ballast")
    }

    /// Takes all the room that there is.
    pub(crate) fn fill(&self) {
        let file = File::create(self.ballast()).unwrap();
        let mut length = 0;
        // What others write meanwhile makes the last steps fail; smaller ones get the rest.
        for step in [16 << 20, 1 << 20, 64 << 10, 4 << 10] {
            let room = statvfs(self.path()).map_or(0, |disk| disk.f_bavail * disk.f_frsize);
            for _ in 0..=room / step {
                if fallocate(&file, FallocateFlags::empty(), length, step).is_err() {
                    break;
                }
                length += step;
            }
        }
    }

    /// Gives it back.
    pub(crate) fn empty(&self) {
        let _ = fs::remove_file(self.ballast());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted {
            let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
        }
    }
}
