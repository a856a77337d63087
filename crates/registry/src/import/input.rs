//! What is imported.

use super::ImportError;
use std::fmt;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

/// A file, or whatever else can be read to its end.
pub struct ImportInput {
    pub(super) name: String,
    pub(super) reader: Box<dyn Read + Send>,
    pub(super) size: Option<u64>,
}

impl fmt::Debug for ImportInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ImportInput")
            .field("name", &self.name)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl ImportInput {
    /// A file.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, ImportError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        match opened {
            Ok((metadata, _)) if metadata.is_dir() => Err(ImportError::Open {
                file: name,
                source: std::io::ErrorKind::IsADirectory.into(),
            }),
            Ok((metadata, file)) => Ok(Self {
                name,
                reader: Box::new(file),
                size: metadata.is_file().then_some(metadata.len()),
            }),
            Err(source) => Err(ImportError::Open { file: name, source }),
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
            reader: Box::new(reader),
            size: None,
        }
    }
}
