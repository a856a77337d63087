//! The comparison as something to take along: a text to read, and cells that a spreadsheet takes from the clipboard. Pure.

use super::model::{Side, with_kind};
use super::rows::{Cell, Item, Row};
use crate::catalogue::Texts;
use chrono::NaiveDate;

/// For a message: the sentence, the day, a paragraph for each row.
pub(super) fn as_text(
    sides: &[Side<'_>],
    rows: &[Row],
    sentence: Option<&str>,
    texts: Texts,
    today: NaiveDate,
) -> String {
    let mut lines: Vec<String> = sentence.map(str::to_owned).into_iter().collect();
    lines.push(format!("Certlens. {}", texts.as_of(today)));
    lines.extend(
        sides
            .iter()
            .map(|side| format!("{}: {}", side.name, numbers(side, texts))),
    );
    for row in rows {
        lines.push(String::new());
        lines.push(row.name.to_owned());
        let cells = sides.iter().zip(&row.cells);
        lines.extend(cells.map(|(side, cell)| format!("– {}: {}", side.name, words(side, cell, texts))));
    }
    lines.join("\n")
}

/// For a spreadsheet: rows apart by line ends, cells by tabs, which all of them take from the clipboard as cells.
pub(super) fn as_cells(sides: &[Side<'_>], rows: &[Row], texts: Texts) -> String {
    let names = sides.iter().map(|side| side.name.clone());
    let mut lines = vec![line(String::new(), names)];
    lines.push(line(
        texts.identifiers().to_owned(),
        sides.iter().map(|side| numbers(side, texts)),
    ));
    lines.extend(rows.iter().map(|row| {
        let cells = sides.iter().zip(&row.cells);
        line(
            row.name.to_owned(),
            cells.map(|(side, cell)| number(cell).unwrap_or_else(|| words(side, cell, texts))),
        )
    }));
    lines.join("\n")
}

fn line(first: String, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = std::iter::once(first)
        .chain(cells)
        .map(|cell| as_cell(&cell))
        .collect();
    cells.join("\t")
}

/// One cell, which cannot become several or a formula: what begins like one is a text behind an apostrophe.
fn as_cell(text: &str) -> String {
    let folded = text.replace(['\t', '\n', '\r'], " ").replace('"', "”");
    if folded.starts_with(['=', '+', '-', '@']) {
        format!("'{folded}")
    } else {
        folded
    }
}

fn numbers(side: &Side<'_>, texts: Texts) -> String {
    let numbers: Vec<String> = side
        .identifiers
        .iter()
        .map(|identifier| with_kind(identifier, texts))
        .collect();
    numbers.join(", ")
}

fn words(side: &Side<'_>, cell: &Cell, texts: Texts) -> String {
    if side.board.is_none() {
        return texts.column_failed().to_owned();
    }
    if cell.items.is_empty() {
        return texts.nothing_here().to_owned();
    }
    let items: Vec<String> = cell.items.iter().map(item).collect();
    items.join("; ")
}

/// What a spreadsheet calculates with: the number alone, as digits.
fn number(cell: &Cell) -> Option<String> {
    match &cell.items[..] {
        [item] => item.number.map(|number| number.to_string()),
        _ => None,
    }
}

fn item(item: &Item) -> String {
    let counted = match &item.label {
        Some(label) => format!("{label} – {}", item.value),
        None => item.value.clone(),
    };
    match &item.remark {
        Some(remark) => format!("{counted} ({remark})"),
        None => counted,
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::rows;
    use super::super::sample;
    use super::*;
    use certlens_domain::identifier::Identifier;
    use certlens_domain::language::Language;
    use rstest::rstest;

    #[test]
    fn comparison_is_taken_along_as_a_text_and_as_cells() {
        let (one, other) = (sample::board(120, 0), sample::board(40, 2));
        let side = |name: &str, inn: &str| Side {
            name: name.to_owned(),
            whole_name: None,
            identifiers: vec![Identifier::parse(inn).unwrap()],
            board: None,
            counterparty: None,
        };
        let sides = [
            Side {
                board: Some(&one),
                ..side("ООО «А»", "7707083893")
            },
            Side {
                board: Some(&other),
                ..side("=ООО «Б»", "7736050003")
            },
            side("ООО «В»", "7728168971"),
        ];
        let texts = Texts(Language::Ru);
        let (rows, _) = rows(&sides, texts, sample::today());

        insta::assert_snapshot!(
            "text",
            as_text(&sides, &rows, Some("А больше."), texts, sample::today())
        );
        insta::assert_snapshot!("cells", as_cells(&sides, &rows, texts));
    }

    #[rstest]
    #[case("ООО «А»", "ООО «А»")]
    #[case("=1+2", "'=1+2")]
    #[case("два\tслова\nи строка", "два слова и строка")]
    #[case("АО \"Тест\"", "АО ”Тест”")]
    fn cell_is_one_cell_and_no_formula(#[case] text: &str, #[case] cell: &str) {
        assert_eq!(as_cell(text), cell);
    }
}
