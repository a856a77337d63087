//! What looks at a portal show: the latest hourly look, and where its answers differ from what we know. Parts of the portal's
//! screen, beside its facts.

pub(crate) mod actions;

pub use actions::CareAction;

use crate::action::Action;
use crate::screen::{Button, Fact, Facts, Tone};
use crate::table::{Cell, Column, Row, Table};
use crate::texts::Texts;
use certlens_portals::{CanaryOutcome, CanaryStepReport};
use certlens_store::{AnswerDeviation, Canary, MemberId};

/// The key of the table.
const DEVIATIONS: &str = "deviations";

/// The button that looks at a portal now.
pub(crate) fn check_button(texts: Texts, member_id: &MemberId) -> Button {
    let check = Action::Care(CareAction::Check {
        member_id: member_id.clone(),
    });
    Button::new(texts.check_now(), &check)
}

/// What the latest look found.
pub(crate) fn latest_look(texts: Texts, canary: Option<&Canary>) -> Facts {
    let fact = |name: &str, value: Cell| Fact {
        name: name.to_owned(),
        value,
    };
    let mut rows = Vec::new();
    match canary {
        None => rows.push(fact(
            texts.canary_at(),
            Cell::Text(texts.canary_never().to_owned()),
        )),
        Some(canary) => {
            rows.push(fact(texts.canary_at(), Cell::Moment(canary.ran_at)));
            let steps: Vec<CanaryStepReport> =
                serde_json::from_value(canary.steps.clone()).unwrap_or_default();
            for step in &steps {
                let tone = match step.outcome {
                    CanaryOutcome::Passed => Tone::Good,
                    CanaryOutcome::Skipped => Tone::Plain,
                    CanaryOutcome::Failed => Tone::Bad,
                };
                let word = texts.canary_outcome(step.outcome);
                let words = texts.canary_words(&step.words);
                let state = if words.is_empty() {
                    word.to_owned()
                } else {
                    format!("{word}: {words}")
                };
                rows.push(fact(texts.canary_step(step.step), Cell::state(state, tone)));
            }
            if let Some(since) = canary.failing_since {
                rows.push(fact(texts.canary_since(), Cell::Moment(since)));
                rows.push(fact(
                    texts.canary_failures(),
                    Cell::Number(i64::from(canary.failures)),
                ));
            }
        }
    }
    Facts {
        title: Some(texts.canary().to_owned()),
        rows,
    }
}

/// Where the portal's answers differ.
pub(crate) fn deviations(texts: Texts, member_id: &MemberId, deviations: &[AnswerDeviation]) -> Table {
    let mut table = Table::new(
        DEVIATIONS,
        texts.deviations(),
        vec![
            Column::text("method", texts.deviation_method()),
            Column::text("field", texts.deviation_field()),
            Column::text("difference", texts.deviation_difference()),
            Column::number("times", texts.deviation_times()),
            Column::number("first", texts.deviation_first()),
            Column::number("last", texts.deviation_last()),
            Column::text("sample", texts.deviation_sample()),
            Column::text("state", texts.deviation_state()),
        ],
        texts.deviations_empty(),
    );
    table.rows = deviations
        .iter()
        .map(|deviation| row(texts, member_id, deviation))
        .collect();
    table
}

fn row(texts: Texts, member_id: &MemberId, deviation: &AnswerDeviation) -> Row {
    let member_id = member_id.clone();
    let id = deviation.id;
    let (state, button) = if let Some(by) = &deviation.hidden_by {
        let show = Action::Care(CareAction::ShowDeviation { member_id, id });
        (
            Cell::state(format!("{}: {by}", texts.deviation_hidden()), Tone::Plain),
            Button::new(texts.show_deviation(), &show),
        )
    } else {
        let hide = Action::Care(CareAction::HideDeviation { member_id, id });
        (
            Cell::state(texts.deviation_new(), Tone::Warning),
            Button::new(texts.hide_deviation(), &hide).asking(),
        )
    };
    let mut row = Row::new(
        id.to_string(),
        vec![
            Cell::Code(deviation.method.clone()),
            Cell::Code(deviation.field.clone()),
            Cell::Text(texts.difference(&deviation.expected, &deviation.found)),
            Cell::Number(deviation.times),
            Cell::Moment(deviation.first_seen_at),
            Cell::Moment(deviation.last_seen_at),
            Cell::Code(deviation.sample.clone()),
            state,
        ],
    );
    row.buttons = vec![button.about(format!("{} {}", deviation.method, deviation.field))];
    row
}

/// The button that hides all that nobody has seen yet, where there is any.
pub(crate) fn hide_all_button(
    texts: Texts,
    member_id: &MemberId,
    deviations: &[AnswerDeviation],
) -> Option<Button> {
    let hide = Action::Care(CareAction::HideDeviations {
        member_id: member_id.clone(),
    });
    deviations
        .iter()
        .any(|deviation| deviation.hidden_at.is_none())
        .then(|| Button::new(texts.hide_deviations(), &hide).asking())
}
