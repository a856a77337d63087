//! Documents as lines of text, as a Russian spreadsheet expects them: UTF-8 with its mark, semicolons, CRLF.
//!
//! Sent while they are read. No cell can become a formula in the reader's spreadsheet. A file that breaks off says so in
//! its last line, and its connection ends before the end of the answer, so that the browser reports a failed download.

use super::HandoverError;
use super::columns::{Cell, Column};
use ::csv::{Terminator, WriterBuilder};
use axum::body::Bytes;
use certlens_app::catalogue::Texts;
use certlens_domain::documents_page::FoundDocument;
use certlens_domain::language::Language;
use certlens_registry::SearchError;
use futures::stream::{self, Stream, StreamExt as _};
use std::borrow::Cow;
use std::io;

/// Tells spreadsheets that the text is UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The lines of these documents, page by page. The first page is read before anything is sent, so that a search that
/// fails at once can be explained.
pub(super) async fn lines(
    mut pages: impl Stream<Item = Result<Vec<FoundDocument>, SearchError>> + Send + Unpin + 'static,
    language: Language,
) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static, HandoverError> {
    let first = pages.next().await.transpose()?.unwrap_or_default();
    let mut head = MARK.to_vec();
    head.extend(written(std::iter::once(titles(language)))?);
    head.extend(rows(&first, language)?);
    let rest = pages.flat_map(move |page| {
        let rows = page
            .map_err(HandoverError::from)
            .and_then(|documents| Ok(rows(&documents, language)?));
        match rows {
            Ok(rows) => stream::iter(vec![Ok(Bytes::from(rows))]).left_stream(),
            Err(error) => broken(error, language).right_stream(),
        }
    });
    Ok(stream::once(async { Ok(Bytes::from(head)) }).chain(rest))
}

/// The last line, and then the end of the connection.
fn broken(error: HandoverError, language: Language) -> impl Stream<Item = io::Result<Bytes>> + Send {
    tracing::error!(error = &error as &dyn std::error::Error, "a file broke off");
    let line = match language {
        Language::Ru => "# прервано: список не полон, скачайте файл ещё раз\r\n",
        Language::En => "# broken off: the list is not complete, download the file again\r\n",
    };
    let last = stream::once(async move { Ok(Bytes::from_static(line.as_bytes())) });
    last.chain(stream::once(async move {
        // The line leaves before the connection ends.
        tokio::task::yield_now().await;
        Err(io::Error::other(error))
    }))
}

fn titles(language: Language) -> Vec<Cow<'static, str>> {
    Column::ALL
        .iter()
        .map(|column| Cow::Borrowed(column.title(language)))
        .collect()
}

fn rows(documents: &[FoundDocument], language: Language) -> io::Result<Vec<u8>> {
    let texts = Texts(language);
    written(documents.iter().map(|document| {
        Column::ALL
            .iter()
            .map(|column| text(column.cell(document, texts), language))
            .collect()
    }))
}

fn written<'a>(rows: impl Iterator<Item = Vec<Cow<'a, str>>>) -> io::Result<Vec<u8>> {
    let mut writer = WriterBuilder::new()
        .delimiter(b';')
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| cell.as_bytes()))?;
    }
    writer
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))
}

fn text(cell: Cell<'_>, language: Language) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) => defused(text),
        Cell::Day(day) => Cow::Owned(match language {
            Language::Ru => day.format("%d.%m.%Y").to_string(),
            Language::En => day.to_string(),
        }),
        Cell::Empty => Cow::Borrowed(""),
    }
}

/// Spreadsheets calculate what begins like a formula, even in quotes; behind an apostrophe it is a text.
fn defused(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::handover::columns::tests::found;
    use rstest::rstest;

    async fn collected(
        pages: Vec<Result<Vec<FoundDocument>, SearchError>>,
        language: Language,
    ) -> (String, Option<io::Error>) {
        let lines = lines(stream::iter(pages), language).await.unwrap();
        let mut lines = std::pin::pin!(lines);
        let mut bytes = Vec::new();
        while let Some(piece) = lines.next().await {
            match piece {
                Ok(piece) => bytes.extend_from_slice(&piece),
                Err(error) => return (String::from_utf8(bytes).unwrap(), Some(error)),
            }
        }
        (String::from_utf8(bytes).unwrap(), None)
    }

    fn parsed(text: &str) -> Vec<Vec<String>> {
        let text = text.strip_prefix('\u{feff}').unwrap();
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(b';')
            .has_headers(false)
            .from_reader(text.as_bytes());
        let records = reader.records().map(|record| record.unwrap());
        records
            .map(|record| record.iter().map(str::to_owned).collect())
            .collect()
    }

    #[rstest]
    #[case(Language::Ru, "Номер", "28.08.2025")]
    #[case(Language::En, "Number", "2025-08-28")]
    #[tokio::test]
    async fn file_parses_back_with_a_title_above_each_column(
        #[case] language: Language,
        #[case] number: &str,
        #[case] day: &str,
    ) {
        let pages = vec![
            Ok(vec![found("1", "Чайник; \"Уют\"\nбелый")]),
            Ok(vec![found("2", "")]),
        ];

        let (text, error) = collected(pages, language).await;

        let rows = parsed(&text);
        assert!(error.is_none());
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.len() == Column::ALL.len()));
        assert_eq!(rows[0][0], number);
        assert_eq!(rows[1][0], "ЕАЭС N RU Д-CN.РА01.В.1/25");
        assert_eq!(rows[1][3], day);
        assert!(rows[1].contains(&"Чайник; \"Уют\"\nбелый".to_owned()));
    }

    #[rstest]
    #[case("=1+2")]
    #[case("+7 495")]
    #[case("-кабель")]
    #[case("@SUM(A1)")]
    #[case("\t=1")]
    fn text_that_begins_like_a_formula_is_only_a_text(#[case] product: &str) {
        assert_eq!(defused(Cow::Borrowed(product)), format!("'{product}"));
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        assert_eq!(defused(Cow::Borrowed("Чайник = 1")), "Чайник = 1");
    }

    #[tokio::test]
    async fn broken_file_says_so_in_its_last_line_and_ends_with_an_error() {
        let pages = vec![Ok(vec![found("1", "Чайник")]), Err(SearchError::Overloaded)];

        let (text, error) = collected(pages, Language::Ru).await;

        assert!(
            text.ends_with("# прервано: список не полон, скачайте файл ещё раз\r\n"),
            "{text}"
        );
        assert!(error.is_some());
    }

    #[tokio::test]
    async fn search_that_fails_at_once_begins_no_file() {
        let pages = stream::iter(vec![Err(SearchError::Overloaded)]);
        assert!(lines(pages, Language::Ru).await.is_err());
    }
}
