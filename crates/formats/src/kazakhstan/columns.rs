//! Columns of the Kazakh list, found by their headings in Kazakh, Russian or English.

use crate::FormatProblem;
use crate::markup::{self, TableRow};

/// A column that is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Number,
    From,
    Until,
    Status,
    Type,
    Applicant,
    Bin,
    Product,
}

impl Column {
    /// In the order in which headings are asked: the surer stems first.
    const ALL: [Self; 8] = [
        Self::Bin,
        Self::Number,
        Self::From,
        Self::Until,
        Self::Status,
        Self::Type,
        Self::Applicant,
        Self::Product,
    ];

    const fn title(self) -> &'static str {
        match self {
            Self::Number => "Тіркеу нөмірі",
            Self::From => "бастап жарамды",
            Self::Until => "дейін жарамды",
            Self::Status => "Мәртебе",
            Self::Type => "Сәйкестікті растау құжатының типі",
            Self::Applicant => "Өтініш беруші",
            Self::Bin => "БСН/ЖСН",
            Self::Product => "Өнім",
        }
    }

    /// What the heading contains, in letters only.
    const fn stems(self) -> &'static [&'static str] {
        match self {
            Self::Number => &["нөмір", "номер", "number"],
            Self::From => &[
                "бастап",
                "действуетс",
                "действителенс",
                "датаначала",
                "датарегистрации",
                "датавыдачи",
                "validfrom",
            ],
            Self::Until => &[
                "дейін",
                "действуетдо",
                "действуетпо",
                "действителендо",
                "действителенпо",
                "датаокончания",
                "validto",
                "validuntil",
            ],
            Self::Status => &["мәртебе", "статус", "status"],
            Self::Type => &["типі", "типдокумента", "виддокумента", "тип", "вид", "type"],
            Self::Applicant => &["өтінішберуші", "заявител", "applicant"],
            Self::Bin => &["бснжсн", "бсн", "бинии", "бин", "жсн", "иин"],
            Self::Product => &["өнім", "продукци"],
        }
    }
}

/// Where the columns stand.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    headings: Vec<String>,
    places: Vec<(Column, usize)>,
}

/// Whether the headings are those of the list, complete or not.
pub(super) fn is_list(headings: &[String]) -> bool {
    let places = places(headings);
    let has = |wanted| places.iter().any(|(column, _)| *column == wanted);
    has(Column::Number) && (has(Column::From) || has(Column::Until) || has(Column::Status))
}

/// Each heading belongs to one column, each column has one heading.
fn places(headings: &[String]) -> Vec<(Column, usize)> {
    let headings: Vec<String> = headings.iter().map(|text| markup::heading(text)).collect();
    let mut places: Vec<(Column, usize)> = Vec::new();
    for column in Column::ALL {
        let free = |index: &usize| !places.iter().any(|(_, taken)| taken == index);
        let place = column.stems().iter().find_map(|stem| {
            (0..headings.len())
                .filter(free)
                .find(|index| headings[*index].contains(stem))
        });
        places.extend(place.map(|index| (column, index)));
    }
    places
}

impl Columns {
    pub(super) fn find(headings: &[String]) -> Result<Self, FormatProblem> {
        let places = places(headings);
        let missing: Vec<&'static str> = [Column::Number, Column::From, Column::Until, Column::Status]
            .into_iter()
            .filter(|column| !places.iter().any(|(found, _)| found == column))
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
            hint: "the register's list has changed or was saved in part; save all its columns".to_owned(),
        })
    }

    /// The columns of the public list in their order, for rows that come without headings.
    pub(super) fn of_public_list() -> Self {
        let order = [
            Column::Number,
            Column::From,
            Column::Until,
            Column::Status,
            Column::Type,
        ];
        Self {
            headings: order.iter().map(|column| column.title().to_owned()).collect(),
            places: order.into_iter().zip(0..).collect(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.headings.len()
    }

    /// The heading as it stands in the answer.
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
