//! What stands in the stream: tables with their rows, the sequences, the secret key, an end.
//!
//! A record is a letter, the length of what follows (4 bytes, the highest first), and that.

use crate::error::Fault;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Rows are gathered up to some of this; one row may be longer.
pub(crate) const GATHERED: usize = 256 * 1024;
/// Postgres writes no longer row.
const LONGEST: u32 = 0x4000_0000;

/// A table whose rows follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableHead {
    pub(crate) name: String,
    /// In the order in which rows have them.
    pub(crate) columns: Vec<String>,
}

/// Where a sequence stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SequenceState {
    pub(crate) name: String,
    pub(crate) last: i64,
}

/// How much there was: who reads less lacks something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) tables: u64,
    pub(crate) rows: u64,
}

/// A part of the stream.
#[derive(Debug)]
pub(crate) enum Record {
    Table(TableHead),
    /// Whole rows of the last table, as COPY writes them in text: each ends with a line end.
    Rows(Vec<u8>),
    Sequences(Vec<SequenceState>),
    /// In base64.
    SecretKey(SecretString),
    End(End),
}

impl Record {
    pub(crate) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Table(table) => put(output, b'T', &serde_json::to_vec(table)?),
            Self::Rows(rows) => put(output, b'R', rows),
            Self::Sequences(sequences) => put(output, b'S', &serde_json::to_vec(sequences)?),
            Self::SecretKey(key) => put(output, b'K', key.expose_secret().as_bytes()),
            Self::End(end) => put(output, b'E', &serde_json::to_vec(end)?),
        }
    }

    /// `None` where the stream ends.
    pub(crate) fn read(input: &mut impl Read) -> io::Result<Option<Self>> {
        let mut letter = [0];
        if input.read(&mut letter)? == 0 {
            return Ok(None);
        }
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length > LONGEST {
            return Err(Fault::Damaged.into());
        }
        let mut bytes = Vec::new();
        // Not allocated before it is there.
        input.by_ref().take(length.into()).read_to_end(&mut bytes)?;
        if bytes.len() != length as usize {
            return Err(Fault::Truncated.into());
        }
        let record = match letter[0] {
            b'T' => Self::Table(json(&bytes)?),
            b'R' => Self::Rows(bytes),
            b'S' => Self::Sequences(json(&bytes)?),
            b'K' => Self::SecretKey(String::from_utf8(bytes).map_err(|_| Fault::Damaged)?.into()),
            b'E' => Self::End(json(&bytes)?),
            _ => return Err(Fault::Damaged.into()),
        };
        Ok(Some(record))
    }
}

fn put(output: &mut impl Write, letter: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len())
        .ok()
        .filter(|length| *length <= LONGEST)
        .ok_or_else(|| io::Error::other("a record of a backup is longer than a gigabyte"))?;
    output.write_all(&[letter])?;
    output.write_all(&length.to_be_bytes())?;
    output.write_all(bytes)
}

fn json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|_| Fault::Damaged)
}
