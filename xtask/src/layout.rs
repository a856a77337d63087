//! Where things are in the repository, and where private engines may live.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::binaries::Profile;

/// The repository's directories.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Finds the repository: cargo says where this package is.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR").context("run this by `cargo xtask`")?;
        let root = Path::new(&package)
            .parent()
            .context("the package xtask lies in the workspace")?;
        Ok(Self {
            root: root.to_path_buf(),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.join("target"), |target| self.root.join(target))
    }

    pub(crate) fn site(&self) -> PathBuf {
        self.target().join("site")
    }

    /// npm packages that the build uses.
    pub(crate) fn build_tools(&self) -> PathBuf {
        self.join("xtask/node")
    }

    pub(crate) fn end2end(&self) -> PathBuf {
        self.join("end2end")
    }

    /// Where cargo puts the programs of a profile.
    pub(crate) fn programs(&self, profile: Profile) -> PathBuf {
        self.target().join(profile.directory())
    }

    /// A directory for private engines: `wanted` below the repository where that serves.
    ///
    /// Postgres refuses to run as root, and the user that runs it instead can't enter a repository below a closed home
    /// such as root's. Then the directory lies below /var/lib, one for each repository.
    pub(crate) fn data_directory(&self, wanted: &str) -> PathBuf {
        if !rustix::process::geteuid().is_root() || open_for_others(&self.root) {
            return self.join(wanted);
        }
        let mut hasher = DefaultHasher::new();
        self.root.hash(&mut hasher);
        let repository = format!("certlens-{:016x}", hasher.finish());
        Path::new("/var/lib")
            .join(repository)
            .join(wanted.replace('/', "-"))
    }
}

/// Whether every user may pass through the directory and all its parents.
fn open_for_others(directory: &Path) -> bool {
    directory
        .ancestors()
        .all(|part| fs::metadata(part).is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::open_for_others;

    #[test]
    fn open_for_others_below_a_closed_home_is_false() {
        let home = tempfile::tempdir().unwrap();
        let inside = home.path().join("certlens");
        fs::create_dir(&inside).unwrap();

        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!open_for_others(&inside));

        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(open_for_others(&inside));
    }
}
