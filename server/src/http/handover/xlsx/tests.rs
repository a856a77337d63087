//! Workbooks, read back as the archives of XML that they are.

use super::*;
use crate::http::handover::about::tests::about;
use crate::http::handover::columns::tests::found;
use futures::stream;
use std::io::Read as _;

async fn workbook(documents: u32, rows_of_a_sheet: u32) -> Result<Vec<u8>, HandoverError> {
    let page = |number: u32| Ok(vec![found(&number.to_string(), "Чайник")]);
    let pages = stream::iter((1..=documents).map(page).collect::<Vec<_>>());
    let mut file = made_in_sheets(pages, about(Language::Ru), Language::Ru, rows_of_a_sheet).await?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of one file of the archive.
fn entry(archive: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn workbook_has_a_sheet_of_documents_and_one_that_says_what_they_are() {
    let workbook = workbook(2, ROWS_OF_A_SHEET).await.unwrap();

    let names = entry(&workbook, "xl/workbook.xml");
    let documents = entry(&workbook, "xl/worksheets/sheet1.xml");
    let strings = entry(&workbook, "xl/sharedStrings.xml");
    assert!(
        names.contains("name=\"Документы\"") && names.contains("name=\"Сведения\""),
        "{names}"
    );
    assert!(documents.contains("ЕАЭС N RU Д-CN.РА01.В.2/25"), "{documents}");
    assert!(documents.contains("state=\"frozen\""), "the titles stay in sight");
    assert!(documents.contains("<autoFilter ref=\"A1:AB3\""), "{documents}");
    assert!(strings.contains("7707083893, 1027700132195"), "{strings}");
}

#[tokio::test]
async fn days_are_days_and_identifiers_are_texts() {
    let workbook = workbook(1, ROWS_OF_A_SHEET).await.unwrap();

    let documents = entry(&workbook, "xl/worksheets/sheet1.xml");
    // 2025-08-28, counted from the end of 1899.
    assert!(documents.contains("<v>45897</v>"), "{documents}");
    assert!(documents.contains("<t>0100000001</t>"), "{documents}");
}

#[tokio::test]
async fn rows_that_a_sheet_cannot_hold_go_to_further_sheets() {
    let workbook = workbook(5, 2).await.unwrap();

    let names = entry(&workbook, "xl/workbook.xml");
    let last = entry(&workbook, "xl/worksheets/sheet3.xml");
    assert!(names.contains("name=\"Документы 3\""), "{names}");
    assert!(
        last.contains("Д-CN.РА01.В.5/25") && !last.contains("Д-CN.РА01.В.4/25"),
        "{last}"
    );
    assert!(
        entry(&workbook, "xl/sharedStrings.xml").contains("Документы"),
        "all five are counted"
    );
}

#[tokio::test]
async fn workbook_without_documents_has_its_titles() {
    let workbook = workbook(0, ROWS_OF_A_SHEET).await.unwrap();
    assert!(entry(&workbook, "xl/worksheets/sheet1.xml").contains("Номер"));
}

#[tokio::test]
async fn search_that_fails_on_the_way_makes_no_workbook() {
    let pages = stream::iter(vec![Ok(vec![found("1", "Чайник")]), Err(SearchError::Overloaded)]);

    let made = made_in_sheets(pages, about(Language::Ru), Language::Ru, ROWS_OF_A_SHEET).await;

    assert!(
        matches!(made, Err(HandoverError::Search(SearchError::Overloaded))),
        "{made:?}"
    );
}

#[test]
fn text_that_no_cell_holds_is_shortened() {
    let long = "я".repeat(40_000);
    let short = shortened(&long);
    assert!(short.ends_with('…'));
    assert_eq!(short.chars().count(), LONGEST_CELL);
    assert_eq!(shortened("Чайник"), "Чайник");
    assert_eq!(shortened(&"я".repeat(20_000)).chars().count(), 20_000);
}

/// A measurement: `CERTLENS_HANDOVER_ROWS=300000 cargo test -p certlens --lib memory_of_a_workbook -- --ignored
/// --nocapture`.
#[tokio::test]
#[ignore = "a measurement"]
#[expect(clippy::print_stdout, reason = "a measurement is printed")]
async fn memory_of_a_workbook() {
    let rows: u32 = std::env::var("CERTLENS_HANDOVER_ROWS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(300_000);
    let page = |page: u32| {
        let product = "Чайники электрические бытовые, торговой марки «Уют», модели ".repeat(4);
        let documents = (0..2_000).map(|row| found(&(page * 2_000 + row).to_string(), &product));
        Ok(documents.collect::<Vec<_>>())
    };
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        peak.to_owned()
    };
    let before = resident();
    let begun = std::time::Instant::now();

    let pages = stream::iter((0..rows / 2_000).map(page));
    let file = made(pages, about(Language::Ru), Language::Ru).await.unwrap();

    println!(
        "{rows} rows: {:.1} s, {} bytes; before {before}, after {}",
        begun.elapsed().as_secs_f64(),
        file.metadata().unwrap().len(),
        resident()
    );
}
