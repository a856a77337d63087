//! The columns of the trend: months, quarters or years back, and the ends of terms ahead. Pure.

use super::super::condition::Span;
use super::super::state::{Stack, Step};
use certlens_domain::board::Board;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::trend::Month;
use chrono::NaiveDate;

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Period {
    /// Its first month.
    pub(crate) first: Month,
    /// How many months it has.
    pub(crate) months: u32,
    /// Documents registered in it, by layer of the stack ([`Layer`]).
    pub(crate) registered: Vec<u64>,
    /// Documents in force whose term ends in it, from today on.
    pub(crate) ends: u64,
    /// Whether it begins after today.
    pub(crate) is_future: bool,
}

/// What a layer of a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// One kind.
    Kind(DocumentKind),
    /// One registry.
    Registry(Registry),
}

/// The columns, oldest first, and what they leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Periods {
    /// The layers of each column, from the axis upwards.
    pub(crate) layers: Vec<Layer>,
    /// The columns.
    pub(crate) columns: Vec<Period>,
    /// Documents registered before the first column.
    pub(crate) earlier: u64,
    /// Documents in force whose term ends after the last column.
    pub(crate) later: u64,
}

impl Step {
    const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// The most columns before today's, and those after it.
    const fn reach(self) -> (u32, u32) {
        match self {
            Self::Month => (35, 12),
            Self::Quarter => (23, 8),
            Self::Year => (14, 5),
        }
    }

    /// The first month of the period in which a month lies.
    fn begin(self, month: Month) -> Month {
        month.back((month.number() - 1) % self.months())
    }
}

impl Period {
    /// Its days.
    pub(crate) fn span(&self) -> Span {
        Span::of_months(self.first, self.months)
    }

    /// All that was registered in it.
    pub(crate) fn registered(&self) -> u64 {
        self.registered.iter().sum()
    }

    fn has(&self, month: Month) -> bool {
        self.first <= month && month <= ahead(self.first, self.months - 1)
    }
}

fn ahead(month: Month, months: u32) -> Month {
    (0..months).fold(month, |month, _| month.next())
}

/// The columns of a board. There are as many as the step reaches, fewer when the counterparty began later: but at least a third
/// of them, so that one month does not fill the whole drawing.
pub(crate) fn periods(board: &Board, step: Step, stack: Stack, today: NaiveDate) -> Periods {
    let layers = layers(board, stack);
    let now = step.begin(Month::of(today));
    let (back, forth) = step.reach();
    let oldest = board
        .registered
        .first()
        .map_or(now, |cell| step.begin(cell.month));
    let longest = (0..=back)
        .rev()
        .find(|&columns| now.back(columns * step.months()) >= oldest)
        .unwrap_or(back);
    // `longest` columns reach exactly to the oldest, or all that there are do not.
    let columns_back = if now.back(back * step.months()) > oldest {
        back
    } else {
        longest.max(back / 3)
    };
    let mut columns = Vec::new();
    let mut first = now.back(columns_back * step.months());
    for index in 0..=columns_back + forth {
        columns.push(Period {
            first,
            months: step.months(),
            registered: vec![0; layers.len()],
            ends: 0,
            is_future: index > columns_back,
        });
        first = ahead(first, step.months());
    }
    let (mut earlier, mut beyond) = (0, 0);
    for cell in &board.registered {
        let place = layers.iter().position(|layer| match layer {
            Layer::Kind(kind) => *kind == cell.kind,
            Layer::Registry(registry) => *registry == cell.registry,
        });
        match (columns.iter_mut().find(|period| period.has(cell.month)), place) {
            (Some(period), Some(place)) => period.registered[place] += cell.documents,
            _ => earlier += cell.documents,
        }
    }
    for cell in &board.ends {
        match columns.iter_mut().find(|period| period.has(cell.month)) {
            Some(period) => period.ends += cell.documents,
            None => beyond += cell.documents,
        }
    }
    Periods {
        layers,
        columns,
        earlier,
        later: beyond,
    }
}

/// The layers that have anything to show.
fn layers(board: &Board, stack: Stack) -> Vec<Layer> {
    match stack {
        Stack::Kind => [DocumentKind::Declaration, DocumentKind::Certificate]
            .into_iter()
            .map(Layer::Kind)
            .collect(),
        Stack::Registry => Registry::ALL
            .into_iter()
            .filter(|registry| board.registered.iter().any(|cell| cell.registry == *registry))
            .map(Layer::Registry)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::analytics::Engine;
    use certlens_domain::board::{EndsCell, RegisteredCell};
    use rstest::rstest;

    fn month(year: i32, month: u32) -> Month {
        Month::new(year, month).unwrap()
    }

    fn board(registered: &[(i32, u32, u64)], ends: &[(i32, u32, u64)]) -> Board {
        Board {
            registered: registered
                .iter()
                .map(|&(year, number, documents)| RegisteredCell {
                    month: month(year, number),
                    registry: Registry::RfDeclarations,
                    kind: DocumentKind::Declaration,
                    documents,
                })
                .collect(),
            ends: ends
                .iter()
                .map(|&(year, number, documents)| EndsCell {
                    month: month(year, number),
                    registry: Registry::RfDeclarations,
                    kind: DocumentKind::Declaration,
                    documents,
                })
                .collect(),
            ..Board::empty(Engine::ClickHouse)
        }
    }

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
    }

    #[rstest]
    #[case::months(Step::Month)]
    #[case::quarters(Step::Quarter)]
    #[case::years(Step::Year)]
    fn every_document_is_in_a_column_or_named_as_left_out(#[case] step: Step) {
        let board = board(
            &[(2009, 1, 3), (2019, 7, 5), (2024, 2, 7), (2026, 11, 11)],
            &[(2026, 11, 2), (2027, 3, 4), (2044, 1, 6)],
        );
        let periods = periods(&board, step, Stack::Kind, today());
        let registered: u64 = periods.columns.iter().map(Period::registered).sum();
        let ends: u64 = periods.columns.iter().map(|period| period.ends).sum();
        assert_eq!(registered + periods.earlier, 26);
        assert_eq!(ends + periods.later, 12);
        let now = periods.columns.iter().rfind(|period| !period.is_future).unwrap();
        assert_eq!((now.registered(), now.ends >= 2), (11, true));
    }

    #[test]
    fn quarters_begin_in_january_april_july_and_october() {
        let periods = periods(&board(&[(2025, 5, 1)], &[]), Step::Quarter, Stack::Kind, today());
        assert!(
            periods
                .columns
                .iter()
                .all(|period| matches!(period.first.number(), 1 | 4 | 7 | 10))
        );
        let second = periods
            .columns
            .iter()
            .find(|period| period.first == month(2025, 4))
            .unwrap();
        assert_eq!(second.registered(), 1);
    }

    #[test]
    fn young_counterparty_does_not_fill_the_drawing_with_one_column() {
        let periods = periods(&board(&[(2026, 11, 4)], &[]), Step::Month, Stack::Kind, today());
        let past = periods.columns.iter().filter(|period| !period.is_future).count();
        assert_eq!(past, 12);
    }

    #[test]
    fn layers_of_registries_are_those_that_have_documents() {
        let periods = periods(
            &board(&[(2026, 11, 4)], &[]),
            Step::Month,
            Stack::Registry,
            today(),
        );
        assert_eq!(periods.layers, [Layer::Registry(Registry::RfDeclarations)]);
    }
}
