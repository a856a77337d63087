//! What is imported.

use super::ImportError;
use certlens_formats::Input;
use chrono::{DateTime, SubsecRound, Utc};
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{Read, stdin};
use std::path::Path;

/// A file, or whatever else can be read to its end.
pub struct ImportInput {
    pub(super) name: String,
    pub(super) content: Input,
    pub(super) mark: Option<FileMark>,
}

/// By what a file that was imported is known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileMark {
    /// Size in bytes.
    pub(super) bytes: u64,
    /// Time of the last change, as exact as Postgres keeps it; `None` where the file system has none.
    pub(super) modified_at: Option<DateTime<Utc>>,
}

impl FileMark {
    /// `None` for what is no regular file.
    pub(super) fn of(metadata: &Metadata) -> Option<Self> {
        metadata.is_file().then(|| Self {
            bytes: metadata.len(),
            modified_at: metadata
                .modified()
                .ok()
                .map(|time| DateTime::<Utc>::from(time).trunc_subsecs(6)),
        })
    }
}

impl fmt::Debug for ImportInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ImportInput")
            .field("name", &self.name)
            .field("mark", &self.mark)
            .finish_non_exhaustive()
    }
}

impl ImportInput {
    /// A file, which may be an archive.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, ImportError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        match opened {
            Ok((metadata, _)) if metadata.is_dir() => Err(ImportError::Open {
                file: name,
                source: std::io::ErrorKind::IsADirectory.into(),
            }),
            // A pipe can be read only once from its beginning to its end.
            Ok((metadata, file)) if !metadata.is_file() => Ok(Self::reader(name, file)),
            Ok((metadata, file)) => Ok(Self {
                name,
                content: Input::File(file),
                mark: FileMark::of(&metadata),
            }),
            Err(source) => Err(ImportError::Open { file: name, source }),
        }
    }

    /// The same content by another name; for files whose own name says nothing to people.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// Standard input.
    pub fn standard_input() -> Self {
        Self::reader("standard input", stdin())
    }

    /// Anything that can be read; `name` stands for the file's name in messages.
    pub fn reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        Self {
            name: name.into(),
            content: Input::Stream(Box::new(reader)),
            mark: None,
        }
    }
}
