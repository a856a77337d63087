//! Columns of the Kyrgyz result table, found by their headings.

use crate::FormatProblem;
use crate::markup::{self, TableRow};

/// A column that is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Number,
    Status,
    TnVed,
    Product,
    Manufacturer,
    Applicant,
    RegisteredOn,
    ValidUntil,
}

impl Column {
    const ALL: [Self; 8] = [
        Self::Number,
        Self::Status,
        Self::TnVed,
        Self::Product,
        Self::Manufacturer,
        Self::Applicant,
        Self::RegisteredOn,
        Self::ValidUntil,
    ];

    /// The heading as declarations have it; certificates begin ("Дата начала действия") where those are registered.
    const fn title(self) -> &'static str {
        match self {
            Self::Number => "Регистрационный номер",
            Self::Status => "Статус",
            Self::TnVed => "Код ТН ВЭД",
            Self::Product => "Сведения о продукции",
            Self::Manufacturer => "Изготовитель",
            Self::Applicant => "Заявитель",
            Self::RegisteredOn => "Дата регистрации",
            Self::ValidUntil => "Дата окончания действия",
        }
    }

    /// What the heading contains, the surest first.
    const fn stems(self) -> &'static [&'static str] {
        match self {
            Self::Number => &["регистрационныйномер"],
            Self::Status => &["статус"],
            Self::TnVed => &["тнвэд"],
            Self::Product => &["продукци", "товар"],
            Self::Manufacturer => &["изготовител", "производител"],
            Self::Applicant => &["заявител", "декларант"],
            Self::RegisteredOn => &["датарегистрации", "датаначала", "датавыдачи"],
            Self::ValidUntil => &["датаокончания"],
        }
    }

    /// Without it a row cannot become a document, or the document would say something untrue.
    const fn is_required(self) -> bool {
        !matches!(self, Self::TnVed | Self::Product | Self::Manufacturer)
    }
}

/// Where the columns stand.
#[derive(Debug)]
pub(super) struct Columns {
    headings: Vec<String>,
    places: Vec<(Column, usize)>,
}

/// Whether the headings are those of a result table, complete or not.
pub(super) fn is_result_table(headings: &[String]) -> bool {
    place(headings, Column::Number).is_some()
}

fn place(headings: &[String], column: Column) -> Option<usize> {
    column.stems().iter().find_map(|stem| {
        headings
            .iter()
            .position(|heading| markup::heading(heading).contains(stem))
    })
}

impl Columns {
    pub(super) fn find(headings: &[String]) -> Result<Self, FormatProblem> {
        let places: Vec<(Column, usize)> = Column::ALL
            .into_iter()
            .filter_map(|column| Some((column, place(headings, column)?)))
            .collect();
        let missing: Vec<&'static str> = Column::ALL
            .into_iter()
            .filter(|column| column.is_required() && !places.iter().any(|(found, _)| found == column))
            .map(Column::title)
            .collect();
        if missing.is_empty() {
            return Ok(Self {
                headings: headings.to_vec(),
                places,
            });
        }
        Err(FormatProblem::Columns {
            missing,
            hint: "the register's page has changed or was saved in part; save the whole page".to_owned(),
        })
    }

    pub(super) fn count(&self) -> usize {
        self.headings.len()
    }

    /// The heading as it stands on the page.
    pub(super) fn heading(&self, column: Column) -> &str {
        self.index(column)
            .and_then(|index| self.headings.get(index))
            .map_or(column.title(), |heading| heading.trim())
    }

    pub(super) fn text<'row>(&self, row: &'row TableRow, column: Column) -> &'row str {
        self.index(column)
            .and_then(|index| row.cells.get(index))
            .map_or("", |cell| cell.text.as_str())
    }

    fn index(&self, column: Column) -> Option<usize> {
        let found = self.places.iter().find(|(found, _)| *found == column);
        found.map(|(_, index)| *index)
    }
}
