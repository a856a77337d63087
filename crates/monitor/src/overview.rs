//! The overview: what is wrong now and what to do about it, then how it goes, by figures and over time.
//!
//! | what | where |
//! |---|---|
//! | what is asked of the stores | [`facts`] |
//! | what is wrong, as a function of that | [`problems`] |
//! | figures over time, as a function of what was kept | [`charts`] |
//! | the figures and tables below the problems | [`standing`] |

mod charts;
pub mod facts;
mod problems;
mod standing;

pub use problems::problems;

use crate::address::Address;
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Choice, ChoiceOption, Notice, Part, Screen, Tone};
use certlens_store::telemetry::{Point, Span, series};
use facts::Facts;

/// The filter of the time that figures and charts look back.
const SPAN: &str = "span";
/// Its value for 30 days; anything else is 24 hours.
const MONTH: &str = "30d";

/// The screen.
pub(crate) async fn screen(monitor: &Monitor, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    let span = span_of(view.address);
    let (facts, kept, standing) = tokio::join!(
        Facts::collect(monitor, view),
        monitor.store.telemetry(&series::KEPT, span),
        standing::Standing::collect(monitor, view, span),
    );
    let texts = view.texts;
    let mut screen = Screen::new(
        texts.screen(view.address.screen),
        if facts.is_operator && view.scope.is_whole() {
            texts.overview_lead_of_all()
        } else {
            texts.overview_lead()
        },
    )
    .with(Part::Problems(problems(&facts, texts)))
    .with(Part::Choice(choice(view, span)));

    let points: Vec<Point> = match kept {
        Ok(points) => points,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "figures over time can't be read"
            );
            screen = screen.with(Part::Notice(Notice {
                tone: Tone::Warning,
                text: texts.no_figures().to_owned(),
                links: Vec::new(),
            }));
            Vec::new()
        }
    };
    screen = screen.with(Part::Figures(standing.figures(&facts, &points, view)));
    for chart in charts::charts(&points, span, view) {
        screen = screen.with(Part::Chart(chart));
    }
    for table in standing.tables(&facts, view, span) {
        screen = screen.with(Part::Table(table));
    }
    Ok(screen)
}

fn span_of(address: &Address) -> Span {
    match address.filter(SPAN) {
        Some(MONTH) => Span::Month,
        _ => Span::Day,
    }
}

fn choice(view: &View<'_>, span: Span) -> Choice {
    let option = |text: &str, value: &str, chosen| ChoiceOption {
        text: text.to_owned(),
        address: view.address.clone().with(SPAN, value).to_string(),
        is_chosen: chosen == span,
    };
    Choice {
        label: view.texts.span_choice().to_owned(),
        options: vec![
            option(view.texts.span_day(), "", Span::Day),
            option(view.texts.span_month(), MONTH, Span::Month),
        ],
    }
}
