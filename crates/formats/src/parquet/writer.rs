//! Writes documents as Parquet, a bounded number of them in memory.

use super::schema::{COLUMNS, Values, schema};
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use certlens_domain::document::Document;
use chrono::NaiveDate;
use std::io::Write;
use std::sync::Arc;

/// A row group ends at this many documents, or at this many bytes of their texts.
const LARGEST_GROUP: usize = 50_000;
const LARGEST_GROUP_BYTES: usize = 32 * 1024 * 1024;

/// Writing failed; what was written so far is no whole file.
#[derive(Debug, thiserror::Error)]
#[error("writing Parquet failed: {0}; the file is incomplete, remove it")]
pub struct WriteError(#[from] ParquetError);

/// Writes documents to a file or another sink; without [`Self::finish`] the file has no table of contents and cannot
/// be read.
pub struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    waiting: Vec<Document>,
    waiting_bytes: usize,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a file.
    pub fn new(sink: W) -> Result<Self, WriteError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("certlens ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let file = SerializedFileWriter::new(sink, Arc::new(schema()?), Arc::new(properties))?;
        Ok(Self {
            file,
            waiting: Vec::new(),
            waiting_bytes: 0,
        })
    }

    /// Adds a document.
    pub fn write(&mut self, document: Document) -> Result<(), WriteError> {
        self.waiting_bytes += document.product.len() + document.applicant.name.len() + document.number.len();
        self.waiting.push(document);
        if self.waiting.len() >= LARGEST_GROUP || self.waiting_bytes >= LARGEST_GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    /// Writes what waits and the table of contents, and gives the sink back.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.write_group()?;
        Ok(self.file.into_inner()?)
    }

    fn write_group(&mut self) -> Result<(), WriteError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for (_, values) in COLUMNS {
            if let Some(mut column) = group.next_column()? {
                write_column(&mut column, values, &self.waiting)?;
                column.close()?;
            }
        }
        group.close()?;
        self.waiting.clear();
        self.waiting_bytes = 0;
        Ok(())
    }
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    values: Values,
    documents: &[Document],
) -> Result<(), ParquetError> {
    match values {
        Values::Text(text) => {
            let texts: Vec<ByteArray> = documents.iter().map(|document| bytes(text(document))).collect();
            column.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
        }
        Values::OptionalText(text) => {
            let texts: Vec<Option<&str>> = documents.iter().map(text).collect();
            let filled: Vec<ByteArray> = texts.iter().flatten().map(|text| bytes(text)).collect();
            let levels = levels(&texts);
            column
                .typed::<ByteArrayType>()
                .write_batch(&filled, Some(&levels), None)?;
        }
        Values::Day(day) => {
            let days: Vec<i32> = documents
                .iter()
                .map(|document| since_1970(day(document)))
                .collect();
            column.typed::<Int32Type>().write_batch(&days, None, None)?;
        }
        Values::OptionalDay(day) => {
            let days: Vec<Option<NaiveDate>> = documents.iter().map(day).collect();
            let filled: Vec<i32> = days.iter().flatten().map(|day| since_1970(*day)).collect();
            column
                .typed::<Int32Type>()
                .write_batch(&filled, Some(&levels(&days)), None)?;
        }
        Values::Flag(flag) => {
            let flags: Vec<bool> = documents.iter().map(flag).collect();
            column.typed::<BoolType>().write_batch(&flags, None, None)?;
        }
        Values::List(list) => {
            let (mut texts, mut defined, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
            for document in documents {
                let list = list(document);
                if list.is_empty() {
                    defined.push(0);
                    repeated.push(0);
                }
                for (index, text) in list.iter().enumerate() {
                    texts.push(bytes(text));
                    defined.push(1);
                    repeated.push(i16::from(index > 0));
                }
            }
            column
                .typed::<ByteArrayType>()
                .write_batch(&texts, Some(&defined), Some(&repeated))?;
        }
    }
    Ok(())
}

fn bytes(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}

fn levels<T>(values: &[Option<T>]) -> Vec<i16> {
    values.iter().map(|value| i16::from(value.is_some())).collect()
}

/// Days since 1 January 1970, as Parquet counts them.
fn since_1970(day: NaiveDate) -> i32 {
    day.to_epoch_days()
}
