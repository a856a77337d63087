use super::*;
use crate::{ImportSource, Input, open};
use chrono::NaiveDate;
use encoding_rs::WINDOWS_1251;
use rstest::rstest;
use std::io::Cursor;

fn rows(bytes: impl Into<Vec<u8>>) -> Result<Vec<(u64, Row)>, FormatError> {
    let input = Input::Stream(Box::new(Cursor::new(bytes.into())));
    let mut reader = open(ImportSource::RfTerritory, input)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

fn entries(bytes: impl Into<Vec<u8>>) -> Vec<RfTerritoryStatus> {
    rows(bytes)
        .unwrap()
        .into_iter()
        .map(|(line, row)| match row {
            Row::RfTerritory(entry) => entry,
            other => panic!("line {line}: {other:?}"),
        })
        .collect()
}

fn terminated() -> RfTerritoryStatus {
    RfTerritoryStatus {
        number: "ЕАЭС KG417/046.RU.02.04561".to_owned(),
        registered_on: NaiveDate::from_ymd_opt(2025, 6, 17),
        status: Status::Terminated,
        status_label: "14".to_owned(),
    }
}

#[rstest]
#[case("number,reg_date,id_status_in_rf\nЕАЭС KG417/046.RU.02.04561,2025-06-17,14\n")]
#[case("number|reg_date|id_status_in_rf\nЕАЭС KG417/046.RU.02.04561|17.06.2025|14\n")]
#[case(
    "\u{feff}\"Статус\";\"Номер документа\";\"Дата регистрации\"\n14;\"ЕАЭС  KG417/046.RU.02.04561\";17.06.2025\n"
)]
#[case(
    "№\tНомер\tДата рег.\tСтатус в РФ\tДата изменения статуса\n1\tЕАЭС KG417/046.RU.02.04561\t17.06.2025\t14\t01.12.2025\n"
)]
#[case(
    "{\"number\":\"ЕАЭС KG417/046.RU.02.04561\",\"reg_date\":\"2025-06-17T00:00:00\",\"id_status_in_rf\":14}\n"
)]
#[case(
    "\n{\"id_status_in_rf\":\"14\",\"number\":\"ЕАЭС KG417/046.RU.02.04561\",\"reg_date\":\"17.06.2025\"}"
)]
fn list_in_any_form_gives_the_same_entry(#[case] text: &str) {
    assert_eq!(entries(text), [terminated()]);
}

#[test]
fn list_in_code_page_1251_gives_the_same_entry() {
    let text = "Номер документа;Дата регистрации;Статус\nЕАЭС KG417/046.RU.02.04561;17.06.2025;14\n";
    let (converted, _, _) = WINDOWS_1251.encode(text);
    assert_eq!(entries(converted.into_owned()), [terminated()]);
}

#[rstest]
#[case("14", Status::Terminated)]
#[case("Прекращён", Status::Terminated)]
#[case("Действие прекращено", Status::Terminated)]
#[case("Не действует на территории РФ", Status::Terminated)]
#[case("11", Status::Terminated)]
#[case("15", Status::Suspended)]
#[case("Приостановлен", Status::Suspended)]
#[case("Частично приостановлен", Status::Suspended)]
#[case("3", Status::Active)]
#[case("Возобновлён", Status::Active)]
#[case("6", Status::Active)]
#[case("Действует", Status::Active)]
fn status_is_a_code_or_a_label(#[case] label: &str, #[case] expected: Status) {
    let entry = entries(format!("number,id_status_in_rf\nKG 1,{label}\n")).remove(0);
    assert_eq!((entry.status, entry.status_label.as_str()), (expected, label));
    assert_eq!(entry.registered_on, None, "the list may have no dates");
}

#[rstest]
#[case("KG 1,17.06.2025,20", "status `20`")]
#[case("KG 1,17.06.2025,", "status ``")]
#[case(" ,17.06.2025,14", "number is empty")]
#[case("KG 1,позавчера,14", "`позавчера` is no date")]
#[case("KG 1,14", "2 cells")]
fn entry_that_makes_no_sense_is_rejected_and_the_rest_goes_on(#[case] line: &str, #[case] reason: &str) {
    let rows = rows(format!("number,reg_date,id_status_in_rf\n{line}\nKG 2,,15\n")).unwrap();
    let Row::Rejected(rejected) = &rows[0].1 else {
        panic!("{rows:?}")
    };
    assert!(rejected.reason.contains(reason), "{}", rejected.reason);
    assert_eq!(rejected.raw, line);
    assert!(matches!(&rows[1], (3, Row::RfTerritory(_))));
}

#[test]
fn line_that_is_no_json_is_rejected_and_one_that_breaks_off_is_a_truncated_file() {
    let line = "{\"number\":\"KG 1\",\"id_status_in_rf\":14}";
    let rejected = rows(format!("{line}\n[1]\n{line}\n")).unwrap();
    assert!(matches!(&rejected[1], (2, Row::Rejected(row)) if row.reason.contains("no JSON object")));
    let error = rows(format!("{line}\n{}", &line[..20])).unwrap_err();
    assert!(matches!(error.problem, FormatProblem::Truncated), "{error}");
}

#[test]
fn file_with_other_titles_is_refused_with_those_that_are_missing() {
    let error = rows("id,name\n1,2\n").unwrap_err().to_string();
    assert!(
        error.contains("\"number\"") && error.contains("\"id_status_in_rf\""),
        "{error}"
    );
    let error = rows("[{}]").unwrap_err().to_string();
    assert!(error.contains("array"), "{error}");
}
