//! Which files are meant: those that are named, and those in named folders.

use std::fs;
use std::path::{Path, PathBuf};

/// A file to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chosen {
    /// Named on the command line: imported in any case.
    Named(PathBuf),
    /// Found in a named folder: left out when it was imported already.
    OfFolder(PathBuf),
}

impl Chosen {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Named(path) | Self::OfFolder(path) => path,
        }
    }
}

/// The paths can't be imported from.
#[derive(Debug, thiserror::Error)]
pub(super) enum FilesError {
    /// A file or folder can't be read.
    #[error("{}: it can't be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// Folders that hold nothing to import.
    #[error("{}: the folder holds no file", path.display())]
    EmptyFolder { path: PathBuf },
    /// There is nothing to watch.
    #[error("--watch needs a folder; files alone don't change")]
    NothingToWatch,
}

/// The files of these paths in their order; those of a folder, and of the folders in it, by name. Names of dumps carry
/// their date, so that is the order of time.
pub(super) fn choose(paths: &[PathBuf]) -> Result<Vec<Chosen>, FilesError> {
    let mut chosen = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            chosen.push(Chosen::Named(path.clone()));
            continue;
        }
        let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        if metadata.is_dir() {
            chosen.extend(of_folder(path)?.into_iter().map(Chosen::OfFolder));
        } else {
            chosen.push(Chosen::Named(path.clone()));
        }
    }
    Ok(chosen)
}

/// All files below the folder, by path, but hidden ones and those that a download or a copy is still writing.
pub(super) fn of_folder(folder: &Path) -> Result<Vec<PathBuf>, FilesError> {
    certlens_registry::files_below(folder).map_err(|(path, source)| unreadable(&path, source))
}

/// The folders among the paths.
pub(super) fn folders(paths: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    paths.iter().filter(|path| path.is_dir())
}

/// Watching needs something that can get new files.
pub(super) fn refuse_to_watch_without_folders(paths: &[PathBuf]) -> Result<(), FilesError> {
    match folders(paths).next() {
        Some(_) => Ok(()),
        None => Err(FilesError::NothingToWatch),
    }
}

/// Without --watch a folder that holds nothing is a mistake rather than nothing to do.
pub(super) fn refuse_empty_folders(paths: &[PathBuf]) -> Result<(), FilesError> {
    for folder in folders(paths) {
        if of_folder(folder)?.is_empty() {
            return Err(FilesError::EmptyFolder { path: folder.clone() });
        }
    }
    Ok(())
}

fn unreadable(path: &Path, source: std::io::Error) -> FilesError {
    FilesError::Unreadable {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn files_of_a_folder_come_by_name_without_hidden_and_unfinished_ones() {
        let folder = folder_with(&[
            "data-20260131.7z",
            "data-20251231.7z",
            "data-20260228.7z.part",
            ".listing",
            "2024/data-20241231.csv",
        ]);

        let chosen = choose(&[folder.path().to_path_buf()]).unwrap();

        let names: Vec<_> = chosen
            .iter()
            .map(|file| file.path().strip_prefix(folder.path()).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            ["2024/data-20241231.csv", "data-20251231.7z", "data-20260131.7z"]
        );
    }

    #[test]
    fn named_files_keep_their_order_and_standard_input_is_one_of_them() {
        let folder = folder_with(&["b.jsonl", "a.jsonl"]);
        let (b, a) = (folder.path().join("b.jsonl"), folder.path().join("a.jsonl"));

        let chosen = choose(&[b.clone(), PathBuf::from("-"), a.clone()]).unwrap();

        assert_eq!(
            chosen,
            [
                Chosen::Named(b),
                Chosen::Named(PathBuf::from("-")),
                Chosen::Named(a)
            ]
        );
    }

    #[test]
    fn missing_file_is_named_before_anything_is_imported() {
        let error = choose(&[PathBuf::from("/nowhere/dump.7z")]).unwrap_err();
        assert!(error.to_string().contains("/nowhere/dump.7z"), "{error}");
    }

    #[test]
    fn empty_folder_is_refused_and_watching_needs_a_folder() {
        let folder = folder_with(&[]);
        let paths = [folder.path().to_path_buf()];
        assert!(refuse_empty_folders(&paths).is_err());
        assert!(refuse_to_watch_without_folders(&paths).is_ok());
        assert!(refuse_to_watch_without_folders(&[PathBuf::from("-")]).is_err());
    }
}
