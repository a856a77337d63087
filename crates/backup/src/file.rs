//! The file of a backup: head, then records, compressed, sealed.
//!
//! ```text
//! "CERTLENS BACKUP\n"  length of the head (4 bytes, the highest first)  head (JSON)  sealed chunks
//! ```
//!
//! Everything here is synchronous and belongs on a thread that may block.

pub mod head;
pub mod keys;
pub(crate) mod records;
pub(crate) mod seal;

use crate::error::{BackupError, Fault};
use head::{Contents, Head};
use keys::Keys;
use records::Record;
use seal::{SealedReader, SealedWriter};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const MARK: &[u8; 16] = b"CERTLENS BACKUP\n";
/// No head is nearly as long.
const LONGEST_HEAD: u32 = 64 * 1024;
/// A good measure of time for size; what is saved beyond it is little.
const COMPRESSION: i32 = 6;
/// Begins the name of a file that is being written. Who is killed leaves it.
pub(crate) const DRAFT: &str = ".certlens-backup-draft-";

/// A backup that is being written, beside its place; it takes its place when it is complete.
pub(crate) struct BackupWriter {
    records: zstd::Encoder<'static, SealedWriter<BufWriter<NamedTempFile>>>,
    path: PathBuf,
}

impl BackupWriter {
    /// Begins a file. `migration`: the database's.
    pub(crate) fn create(
        path: &Path,
        contents: Contents,
        migration: i64,
        keys: &Keys,
    ) -> Result<Self, BackupError> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(folder).map_err(BackupError::file(folder))?;
        let (head, sealing) = Head::begin(contents, migration, keys)?;
        let bytes = head.to_bytes();
        let write = || -> io::Result<_> {
            // Readable by its owner only, and gone when this is dropped before its end.
            let file = tempfile::Builder::new().prefix(DRAFT).tempfile_in(folder)?;
            let mut file = BufWriter::new(file);
            file.write_all(MARK)?;
            let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
            file.write_all(&length.to_be_bytes())?;
            file.write_all(&bytes)?;
            let mut records = zstd::Encoder::new(SealedWriter::new(file, &sealing, &bytes), COMPRESSION)?;
            records.include_checksum(true)?;
            Ok(records)
        };
        let records = write().map_err(BackupError::file(path))?;
        Ok(Self {
            records,
            path: path.to_owned(),
        })
    }

    pub(crate) fn write(&mut self, record: &Record) -> Result<(), BackupError> {
        record
            .write(&mut self.records)
            .map_err(BackupError::file(&self.path))
    }

    /// Ends the file, on the disk, under its name. How many bytes it has.
    pub(crate) fn complete(self) -> Result<u64, BackupError> {
        let path = self.path;
        let write = || -> io::Result<u64> {
            let sealed = self.records.finish()?;
            let file = sealed
                .finish()?
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?;
            file.as_file().sync_all()?;
            let bytes = file.as_file().metadata()?.len();
            file.persist(&path).map_err(|error| error.error)?;
            // The name is on the disk when its folder is.
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                File::open(folder)?.sync_all()?;
            }
            Ok(bytes)
        };
        write().map_err(BackupError::file(&path))
    }
}

/// A backup that is being read.
pub(crate) struct BackupReader {
    records: zstd::Decoder<'static, BufReader<SealedReader<BufReader<File>>>>,
    path: PathBuf,
    head: Head,
}

impl BackupReader {
    /// Reads the head and opens the stream with whichever key fits.
    pub(crate) fn open(path: &Path, keys: &Keys) -> Result<Self, BackupError> {
        let file = File::open(path).map_err(BackupError::file(path))?;
        let mut file = BufReader::new(file);
        let bytes = read_head(path, &mut file)?;
        let head = Head::parse(&bytes)?;
        let sealing = head.open(keys)?;
        let records =
            zstd::Decoder::new(SealedReader::new(file, &sealing, &bytes)).map_err(BackupError::file(path))?;
        Ok(Self {
            records,
            path: path.to_owned(),
            head,
        })
    }

    pub(crate) const fn head(&self) -> &Head {
        &self.head
    }

    /// The next record; `None` after the last one, when the file really ends there.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, BackupError> {
        let path = self.path.clone();
        Record::read(&mut self.records).map_err(|error| BackupError::of_io(path, damage(error)))
    }
}

/// The head alone, which nothing is needed to read.
pub fn head_of(path: &Path) -> Result<Head, BackupError> {
    let file = File::open(path).map_err(BackupError::file(path))?;
    Head::parse(&read_head(path, &mut BufReader::new(file))?)
}

fn read_head(path: &Path, file: &mut impl Read) -> Result<Vec<u8>, BackupError> {
    let mut mark = [0; MARK.len()];
    let mut length = [0; 4];
    file.read_exact(&mut mark)
        .map_err(|_| BackupError::NoBackup(path.to_owned()))?;
    if &mark != MARK {
        return Err(BackupError::NoBackup(path.to_owned()));
    }
    file.read_exact(&mut length).map_err(BackupError::file(path))?;
    let length = u32::from_be_bytes(length);
    if length > LONGEST_HEAD {
        return Err(BackupError::Damaged);
    }
    let mut bytes = vec![0; length as usize];
    file.read_exact(&mut bytes).map_err(BackupError::file(path))?;
    Ok(bytes)
}

/// What the decompressor says of bytes that are authentic can only be a fault of ours; for whoever restores, the file is
/// damaged all the same.
fn damage(error: io::Error) -> io::Error {
    let is_told = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Fault>())
        .is_some();
    match error.kind() {
        io::ErrorKind::UnexpectedEof if !is_told => Fault::Truncated.into(),
        io::ErrorKind::Other | io::ErrorKind::InvalidData if !is_told => Fault::Damaged.into(),
        _ => error,
    }
}

#[cfg(test)]
mod tests;
