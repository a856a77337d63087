//! Files and folders that may be imported: which are meant, and that none lies elsewhere.

use super::IntakeError;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What a path stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The files, by name.
    pub(super) files: Vec<PathBuf>,
    /// They are those of a folder.
    pub(super) is_folder: bool,
}

/// The files of a path that lies below the folder. Links and `..` are followed first: what counts is where they lead.
pub(super) fn resolve(folder: &Path, path: &str) -> Result<Found, IntakeError> {
    let outside = || IntakeError::Outside {
        path: path.to_owned(),
        folder: folder.to_owned(),
    };
    let root = folder.canonicalize().map_err(|_| outside())?;
    let wanted = root.join(path.trim()).canonicalize().map_err(|_| outside())?;
    if !wanted.starts_with(&root) {
        return Err(outside());
    }
    if !wanted.is_dir() {
        if !wanted.is_file() {
            return Err(outside());
        }
        return Ok(Found {
            files: vec![wanted],
            is_folder: false,
        });
    }
    let files = files_below(&wanted).map_err(|(path, source)| IntakeError::Disk { path, source })?;
    let inside = |file: &PathBuf| file.canonicalize().is_ok_and(|file| file.starts_with(&root));
    Ok(Found {
        files: files.into_iter().filter(inside).collect(),
        is_folder: true,
    })
}

/// All files below the folder, by path, but hidden ones and those that a download or a copy is still writing.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|source| (folder.clone(), source))?;
        for entry in entries {
            let entry = entry.map_err(|source| (folder.clone(), source))?;
            let path = entry.path();
            if is_left_out(&path) {
                continue;
            }
            // Follows links: a folder of dumps is often a link to another disk.
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() && !is_link(&entry) => folders.push(path),
                Ok(metadata) if metadata.is_file() => files.push(path),
                Ok(_) => {}
                Err(source) => return Err((path, source)),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A link to a folder could lead in a circle.
fn is_link(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_symlink())
}

fn is_left_out(path: &Path) -> bool {
    const UNFINISHED: [&str; 5] = ["part", "tmp", "crdownload", "download", "partial"];
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let name = text(path.file_name());
    let extension = text(path.extension()).to_lowercase();
    name.starts_with('.') || name.ends_with('~') || UNFINISHED.contains(&extension.as_str())
}

/// The last part of a name that somebody sent, for people only.
pub(super) fn file_name(name: &str) -> Option<String> {
    const LONGEST: usize = 200;
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST)
        .collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    #[test]
    fn file_below_the_folder_is_found_and_a_folder_stands_for_its_files() {
        let folder = folder_with(&["a.csv", "2025/b.csv", "2025/.hidden", "2025/c.csv.part"]);
        let root = folder.path().canonicalize().unwrap();

        let file = resolve(folder.path(), "a.csv").unwrap();
        let files = resolve(folder.path(), "2025").unwrap();
        let absolute = resolve(folder.path(), root.join("a.csv").to_str().unwrap()).unwrap();

        assert_eq!((file.files, file.is_folder), (vec![root.join("a.csv")], false));
        assert_eq!(
            (files.files, files.is_folder),
            (vec![root.join("2025/b.csv")], true)
        );
        assert_eq!(absolute.files, [root.join("a.csv")]);
    }

    #[rstest]
    #[case::up("../secret.csv")]
    #[case::up_and_down("inside/../../secret.csv")]
    #[case::elsewhere("/etc/passwd")]
    #[case::nowhere("missing.csv")]
    #[case::a_link_that_leads_out("link.csv")]
    #[case::a_linked_folder("linked/secret.csv")]
    fn path_that_leads_out_of_the_folder_is_refused(#[case] path: &str) {
        let around = folder_with(&["secret.csv", "folder/inside/a.csv"]);
        let folder = around.path().join("folder");
        std::os::unix::fs::symlink(around.path().join("secret.csv"), folder.join("link.csv")).unwrap();
        std::os::unix::fs::symlink(around.path(), folder.join("linked")).unwrap();

        let refused = resolve(&folder, path).unwrap_err();

        assert!(matches!(refused, IntakeError::Outside { .. }), "{refused}");
        assert!(!refused.to_string().contains("root:"), "{refused}");
    }

    #[test]
    fn link_in_a_folder_that_leads_out_is_left_aside() {
        let around = folder_with(&["secret.csv", "folder/a.csv"]);
        let folder = around.path().join("folder");
        std::os::unix::fs::symlink(around.path().join("secret.csv"), folder.join("link.csv")).unwrap();

        let found = resolve(&folder, ".").unwrap();

        assert_eq!(found.files, [folder.canonicalize().unwrap().join("a.csv")]);
    }

    #[rstest]
    #[case::plain("dump.7z", Some("dump.7z"))]
    #[case::with_folders("C:\\files\\dump.7z", Some("dump.7z"))]
    #[case::with_line_ends("a\nb.csv", Some("ab.csv"))]
    #[case::nothing("  ", None)]
    fn name_that_was_sent_is_for_people_only(#[case] name: &str, #[case] kept: Option<&str>) {
        assert_eq!(file_name(name).as_deref(), kept);
    }
}
