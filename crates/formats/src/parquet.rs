//! placeholder
use super::*;
pub(crate) struct ParquetRows;
impl ParquetRows { pub(crate) fn open(_: Input) -> Result<Self, FormatError> { Ok(Self) } }
impl RowReader for ParquetRows { fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError> { Ok(None) } fn bytes_read(&self)->u64{0} }
