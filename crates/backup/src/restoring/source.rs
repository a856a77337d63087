//! The records of a file, read on a thread of its own; the file's end is proved before the last of them counts.

use crate::BackupError;
use crate::file::BackupReader;
use crate::file::head::Head;
use crate::file::keys::Keys;
use crate::file::records::{End, Record};
use std::path::Path;
use tokio::sync::mpsc;

/// Records that wait to be loaded: some megabytes.
const AT_ONCE: usize = 16;

pub(super) struct Source {
    head: Head,
    records: mpsc::Receiver<Result<Record, BackupError>>,
    seen: End,
    announced: Option<End>,
}

impl Source {
    /// Opens the file. A passphrase takes half a second.
    pub(super) async fn open(path: &Path, keys: Keys) -> Result<Self, BackupError> {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || BackupReader::open(&path, &keys)).await;
        let mut reader = match opened {
            Ok(reader) => reader?,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        let head = reader.head().clone();
        let (sender, records) = mpsc::channel(AT_ONCE);
        tokio::task::spawn_blocking(move || {
            while let Some(record) = reader.next().transpose() {
                let is_over = record.is_err();
                if sender.blocking_send(record).is_err() || is_over {
                    return;
                }
            }
        });
        Ok(Self {
            head,
            records,
            seen: End::default(),
            announced: None,
        })
    }

    pub(super) const fn head(&self) -> &Head {
        &self.head
    }

    /// The next record but the end; `None` when the file was whole.
    pub(super) async fn next(&mut self) -> Result<Option<Record>, BackupError> {
        loop {
            let Some(record) = self.records.recv().await else {
                return match self.announced {
                    Some(end) if end == self.seen => Ok(None),
                    Some(_) => Err(BackupError::Damaged),
                    None => Err(BackupError::Truncated),
                };
            };
            match record? {
                Record::End(end) => self.announced = Some(end),
                record => {
                    match &record {
                        Record::Table(_) => self.seen.tables += 1,
                        Record::Rows(rows) => {
                            self.seen.rows += memchr::memchr_iter(b'\n', rows).count() as u64;
                        }
                        _ => {}
                    }
                    return Ok(Some(record));
                }
            }
        }
    }
}
