//! Documents as a workbook: sheets of documents, and one that says what they are.
//!
//! Rows go to a temporary file as they come, so memory does not grow with them; the workbook is put together from it
//! when the last row is known, in another temporary file. Both are nameless: they vanish with their owner, whatever
//! happens to him.

use super::HandoverError;
use super::about::{About, Words};
use super::columns::{Cell, Column};
use certlens_app::catalogue::Texts;
use certlens_domain::documents_page::FoundDocument;
use certlens_domain::language::Language;
use certlens_registry::SearchError;
use futures::stream::{Stream, StreamExt as _};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Seek as _, SeekFrom, Write as _};
use tokio::sync::{Semaphore, mpsc};

/// The media type of a workbook.
pub(in crate::http) const MEDIA_TYPE: &str =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Rows that a sheet holds below its titles.
const ROWS_OF_A_SHEET: u32 = 1_048_575;
/// Characters that a cell holds.
const LONGEST_CELL: usize = 32_767;
/// Workbooks that are made at once: each takes a core while it is made.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// What the reader of documents hands to the writer of rows.
enum Portion {
    Documents(Vec<FoundDocument>),
    /// All documents were handed over. Without it, the reader gave up.
    End,
}

/// The whole workbook, to be read from its beginning.
pub(super) async fn made(
    pages: impl Stream<Item = Result<Vec<FoundDocument>, SearchError>> + Send + Unpin,
    about: About,
    language: Language,
) -> Result<File, HandoverError> {
    made_in_sheets(pages, about, language, ROWS_OF_A_SHEET).await
}

async fn made_in_sheets(
    mut pages: impl Stream<Item = Result<Vec<FoundDocument>, SearchError>> + Send + Unpin,
    about: About,
    language: Language,
    rows_of_a_sheet: u32,
) -> Result<File, HandoverError> {
    let _permit = AT_ONCE.acquire().await.map_err(|_| HandoverError::Abandoned)?;
    // One page is written while the next one is read.
    let (sender, receiver) = mpsc::channel(1);
    let writing = tokio::task::spawn_blocking(move || {
        let documents = Documents::new(language, rows_of_a_sheet)?;
        documents.written(receiver, &about)
    });
    while let Some(page) = pages.next().await {
        if sender.send(Portion::Documents(page?)).await.is_err() {
            // The writer failed; it tells why.
            break;
        }
    }
    let _ = sender.send(Portion::End).await;
    writing.await.map_err(|_| HandoverError::Abandoned)?
}

/// The sheets of documents while they are written.
struct Documents {
    workbook: Workbook,
    sheet: Worksheet,
    /// Rows of the present sheet.
    rows: u32,
    all: u64,
    language: Language,
    rows_of_a_sheet: u32,
    title: Format,
    day: Format,
}

impl Documents {
    fn new(language: Language, rows_of_a_sheet: u32) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        let title = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Top);
        let sheet = opened(&mut workbook, language, 1, &title)?;
        Ok(Self {
            workbook,
            sheet,
            rows: 0,
            all: 0,
            language,
            rows_of_a_sheet,
            title,
            day: Format::new().set_num_format(match language {
                Language::Ru => "dd.mm.yyyy",
                Language::En => "yyyy-mm-dd",
            }),
        })
    }

    fn written(
        mut self,
        mut portions: mpsc::Receiver<Portion>,
        about: &About,
    ) -> Result<File, HandoverError> {
        loop {
            match portions.blocking_recv() {
                Some(Portion::Documents(documents)) => {
                    for document in &documents {
                        self.add(document)?;
                    }
                }
                Some(Portion::End) => return self.finished(about),
                None => return Err(HandoverError::Abandoned),
            }
        }
    }

    fn add(&mut self, document: &FoundDocument) -> Result<(), XlsxError> {
        if self.rows == self.rows_of_a_sheet {
            self.close_sheet()?;
            let number = self.all / u64::from(self.rows_of_a_sheet) + 1;
            self.sheet = opened(&mut self.workbook, self.language, number, &self.title)?;
        }
        self.rows += 1;
        self.all += 1;
        let texts = Texts(self.language);
        for (place, column) in (0..).zip(Column::ALL) {
            match column.cell(document, texts) {
                Cell::Text(text) => self.sheet.write_string(self.rows, place, shortened(&text))?,
                Cell::Day(day) => self
                    .sheet
                    .write_datetime_with_format(self.rows, place, &day, &self.day)?,
                Cell::Empty => &mut self.sheet,
            };
        }
        Ok(())
    }

    /// Hands the present sheet over to the workbook; another one takes its place or none does.
    fn close_sheet(&mut self) -> Result<(), XlsxError> {
        let last = u16::try_from(Column::ALL.len() - 1).unwrap_or(u16::MAX);
        self.sheet.autofilter(0, 0, self.rows, last)?;
        let sheet = std::mem::take(&mut self.sheet);
        self.workbook.push_worksheet(sheet);
        self.rows = 0;
        Ok(())
    }

    fn finished(mut self, about: &About) -> Result<File, HandoverError> {
        self.close_sheet()?;
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(Words(self.language).about())?;
        sheet.set_column_width(0, 30)?;
        sheet.set_column_width(1, 90)?;
        let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        for (row, (what, fact)) in (0..).zip(about.facts(self.all)) {
            sheet.write_string_with_format(row, 0, &what, &self.title)?;
            sheet.write_string_with_format(row, 1, shortened(&fact), &wrapped)?;
        }
        let mut writer = BufWriter::new(tempfile::tempfile()?);
        self.workbook.save_to_writer(&mut writer)?;
        writer.flush()?;
        let mut file = writer.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

/// A sheet of documents with its titles.
fn opened(
    workbook: &mut Workbook,
    language: Language,
    number: u64,
    title: &Format,
) -> Result<Worksheet, XlsxError> {
    let mut sheet = workbook.new_worksheet_with_constant_memory()?;
    let name = Words(language).documents();
    sheet.set_name(match number {
        1 => name.to_owned(),
        further => format!("{name} {further}"),
    })?;
    sheet.set_freeze_panes(1, 1)?;
    for (place, column) in (0..).zip(Column::ALL) {
        sheet.set_column_width(place, column.width())?;
        sheet.write_string_with_format(0, place, column.title(language), title)?;
    }
    Ok(sheet)
}

/// A text that fits into a cell. Registries hold lists of products that don't.
fn shortened(text: &str) -> Cow<'_, str> {
    // Bytes are never fewer than characters, nor than the units of UTF-16 in which spreadsheets count.
    if text.len() <= LONGEST_CELL {
        return Cow::Borrowed(text);
    }
    let mut units = 0;
    let fits = |letter: &char| {
        units += letter.len_utf16();
        units < LONGEST_CELL
    };
    let mut short: String = text.chars().take_while(fits).collect();
    if short.len() == text.len() {
        return Cow::Borrowed(text);
    }
    short.push('…');
    Cow::Owned(short)
}

#[cfg(test)]
mod tests;
