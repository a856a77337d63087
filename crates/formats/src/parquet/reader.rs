//! Reads documents from Parquet files of any tool, row by row.

use super::cells::Cells;
use super::schema::{COLUMNS, REQUIRED};
use crate::canonical::canonical;
use crate::{FormatError, FormatProblem, Input, RejectedRow, Row, RowReader};
use ::parquet::basic::Compression;
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::reader::{ReaderIter, TreeBuilder};
use ::parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type};
use std::fs::File;
use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// With these bytes a Parquet file begins and ends.
const SIGNATURE: &[u8; 4] = b"PAR1";
/// The largest column of one row group, unpacked, in bytes; tools write some ten megabytes.
const LARGEST_COLUMN: i64 = 1_000_000_000;
/// Rows that are decoded at a time.
const BATCH: usize = 256;

/// Reads one document from each row.
pub(crate) struct ParquetRows {
    file: SerializedFileReader<File>,
    /// The columns that are taken over.
    columns: SchemaDescPtr,
    next_group: usize,
    rows: Option<ReaderIter>,
    rows_read: u64,
    rows_in_all: u64,
    bytes_in_all: u64,
}

impl ParquetRows {
    pub(crate) fn open(input: Input) -> Result<Self, FormatError> {
        let Input::File(mut file) = input else {
            return Err(FormatError::whole_file(FormatProblem::Foreign(
                "a Parquet file has its table of contents at its end and cannot be read from standard input; give \
                 its path"
                    .to_owned(),
            )));
        };
        let bytes_in_all = expect_parquet(&mut file)?;
        guarded(|| {
            let file = SerializedFileReader::new(file).map_err(damaged)?;
            let metadata = file.metadata();
            for group in metadata.row_groups() {
                let sound = |count: i64| count >= group.num_rows() && group.num_rows() >= 0;
                for column in group.columns() {
                    if !sound(column.num_values()) {
                        return Err(broken("a row group has fewer values than rows".to_owned()));
                    }
                    expect_bounded(column.uncompressed_size())?;
                    expect_known(column.compression())?;
                }
            }
            let columns = projection(metadata.file_metadata().schema())?;
            let rows = (metadata.row_groups().iter())
                .fold(0_i64, |rows, group| rows.saturating_add(group.num_rows()));
            Ok(Self {
                columns: Arc::new(SchemaDescriptor::new(Arc::new(columns))),
                next_group: 0,
                rows: None,
                rows_read: 0,
                rows_in_all: rows.unsigned_abs(),
                bytes_in_all,
                file,
            })
        })
    }

    fn read(&mut self) -> Result<Option<Row>, FormatError> {
        loop {
            if let Some(row) = self.rows.as_mut().and_then(Iterator::next) {
                let cells = Cells::of(row.map_err(damaged)?);
                let document = cells
                    .document()
                    .and_then(|document| canonical(document).map_err(|implausible| implausible.to_string()));
                return Ok(Some(match document {
                    Ok(document) => Row::Document(Box::new(document)),
                    Err(reason) => Row::Rejected(RejectedRow::new(reason, &cells.raw())),
                }));
            }
            if self.next_group == self.file.num_row_groups() {
                return Ok(None);
            }
            let group = self.file.get_row_group(self.next_group).map_err(damaged)?;
            self.next_group += 1;
            let rows = TreeBuilder::new()
                .with_batch_size(BATCH)
                .as_iter(Arc::clone(&self.columns), &*group);
            self.rows = Some(rows.map_err(damaged)?);
        }
    }
}

impl RowReader for ParquetRows {
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError> {
        let row = guarded(|| self.read()).map_err(|error| FormatError {
            line: Some(self.rows_read + 1),
            ..error
        })?;
        Ok(row.map(|row| {
            self.rows_read += 1;
            (self.rows_read, row)
        }))
    }

    fn bytes_read(&self) -> u64 {
        // Rows lie in columns, so that only their share of the file can be told.
        let share = u128::from(self.bytes_in_all) * u128::from(self.rows_read);
        u64::try_from(share / u128::from(self.rows_in_all.max(1))).unwrap_or(self.bytes_in_all)
    }
}

/// The length of the file, if it has the signature at both ends.
fn expect_parquet(file: &mut File) -> Result<u64, FormatError> {
    let reading = |error| FormatError::whole_file(FormatProblem::Reading(error));
    let length = file.metadata().map_err(reading)?.len();
    if length == 0 {
        return Err(FormatError::whole_file(FormatProblem::Empty));
    }
    let mut first = [0; 4];
    if length < 12 || file.read_exact(&mut first).is_err() || &first != SIGNATURE {
        return Err(FormatError::whole_file(FormatProblem::Foreign(
            "this is no Parquet file: it does not begin with the letters PAR1; choose the source that its format \
             belongs to"
                .to_owned(),
        )));
    }
    let mut last = [0; 4];
    file.seek(std::io::SeekFrom::End(-4)).map_err(reading)?;
    file.read_exact(&mut last).map_err(reading)?;
    if &last != SIGNATURE {
        return Err(FormatError::whole_file(FormatProblem::Parquet(
            "its table of contents is missing at the end, it was cut off".to_owned(),
        )));
    }
    file.rewind().map_err(reading)?;
    Ok(length)
}

/// Refuses columns that would fill the memory when they are unpacked.
fn expect_bounded(unpacked: i64) -> Result<(), FormatError> {
    if unpacked <= LARGEST_COLUMN {
        return Ok(());
    }
    Err(FormatError::whole_file(FormatProblem::Foreign(format!(
        "a column of one row group takes {} MB unpacked, at most {} are read; write the file with smaller row groups",
        unpacked / 1_000_000,
        LARGEST_COLUMN / 1_000_000
    ))))
}

/// Refuses compressions that are not built in, with those that are.
fn expect_known(compression: Compression) -> Result<(), FormatError> {
    if matches!(
        compression,
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_)
    ) {
        return Ok(());
    }
    Err(FormatError::whole_file(FormatProblem::Foreign(format!(
        "the Parquet file is compressed with {compression}, which is not supported; write it with ZSTD or SNAPPY"
    ))))
}

/// The part of the file's schema that makes documents.
fn projection(schema: &Type) -> Result<Type, FormatError> {
    let known = |name: &str| {
        let name = name.to_ascii_lowercase();
        let is_party = matches!(name.as_str(), "applicant" | "manufacturer");
        is_party || COLUMNS.iter().any(|(column, _)| *column == name)
    };
    let fields: Vec<_> = (schema.get_fields().iter())
        .filter(|field| known(field.name()))
        .cloned()
        .collect();
    let missing: Vec<&'static str> = REQUIRED
        .into_iter()
        .filter(|name| !fields.iter().any(|field| field.name().eq_ignore_ascii_case(name)))
        .collect();
    if !missing.is_empty() {
        return Err(FormatError::whole_file(FormatProblem::Columns {
            missing,
            hint: "name the columns like the fields of the canonical JSON lines, as `certlens export` writes them"
                .to_owned(),
        }));
    }
    Type::group_type_builder(schema.name())
        .with_fields(fields)
        .build()
        .map_err(damaged)
}

/// Runs the decoder, which was not written for hostile files: where it gives up with a panic, the file is damaged.
fn guarded<T>(read: impl FnOnce() -> Result<T, FormatError>) -> Result<T, FormatError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(broken("its contents contradict themselves".to_owned())))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn damaged(error: ParquetError) -> FormatError {
    broken(error.to_string())
}

fn broken(what: String) -> FormatError {
    FormatError::whole_file(FormatProblem::Parquet(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_that_is_not_built_in_is_refused_with_those_that_are() {
        assert!(expect_known(Compression::SNAPPY).is_ok());
        let said = expect_known(Compression::LZ4_RAW).unwrap_err().to_string();
        assert!(
            said.contains("LZ4_RAW") && said.contains("ZSTD or SNAPPY"),
            "{said}"
        );
    }

    #[test]
    fn column_that_would_fill_the_memory_is_refused() {
        assert!(expect_bounded(30_000_000).is_ok());
        let said = expect_bounded(5_000_000_000).unwrap_err().to_string();
        assert!(
            said.contains("5000 MB") && said.contains("smaller row groups"),
            "{said}"
        );
    }
}
