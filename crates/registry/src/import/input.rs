//! What is imported, and as what.

use super::ImportError;
use std::fmt;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;
use std::str::FromStr;

/// A published format, by the name used on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportSource {
    /// Canonical JSON lines, `jsonl`.
    Jsonl,
    /// Rosaccreditation's dump of certificates, `fsa-certificates`.
    FsaCertificates,
    /// Rosaccreditation's dump of declarations, `fsa-declarations`.
    FsaDeclarations,
}

impl ImportSource {
    /// All sources.
    pub const ALL: [Self; 3] = [Self::Jsonl, Self::FsaCertificates, Self::FsaDeclarations];

    /// The name used on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::FsaCertificates => "fsa-certificates",
            Self::FsaDeclarations => "fsa-declarations",
        }
    }
}

impl fmt::Display for ImportSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for ImportSource {
    type Err = UnknownImportSource;

    fn from_str(name: &str) -> Result<Self, UnknownImportSource> {
        Self::ALL
            .into_iter()
            .find(|source| source.name() == name)
            .ok_or_else(|| UnknownImportSource(name.chars().take(40).collect()))
    }
}

/// The text is no import source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no import source; use jsonl, fsa-certificates or fsa-declarations")]
pub struct UnknownImportSource(String);

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
