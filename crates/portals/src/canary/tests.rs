use certlens_bitrix24::{ApiError, ErrorCode};
use rstest::rstest;

use super::*;

fn told(steps: &Steps) -> Vec<String> {
    steps
        .0
        .iter()
        .map(|step| format!("{} {} {}", step.step.key(), step.outcome.key(), step.words))
        .collect()
}

fn refused(code: ErrorCode) -> CallError {
    CallError::Refused(ApiError {
        code,
        description: String::new(),
        status: Some(400),
    })
}

#[rstest]
#[case::silent(CallError::TimedOut, "token failed silent")]
#[case::proxy(CallError::Unreadable { status: 502 }, "token failed silent")]
#[case::page(CallError::Unreadable { status: 200 }, "token failed unreadable_answer")]
#[case::unpaid(refused(ErrorCode::PaymentRequired), "token failed payment_required")]
#[case::no_token(CallError::NoCredentials, "token failed needs_reauth")]
#[case::busy(refused(ErrorCode::QueryLimitExceeded), "token skipped throttled")]
fn a_portal_that_gives_no_answer_is_told_in_its_own_word(#[case] error: CallError, #[case] expected: &str) {
    let mut steps = Steps::default();
    of_bindings(&mut steps, &Err(error));
    assert_eq!(told(&steps), [expected, "bindings skipped not_reached"]);
}

#[test]
fn a_busy_portal_is_neither_well_nor_ill() {
    let mut steps = Steps::default();
    of_bindings(&mut steps, &Err(refused(ErrorCode::QueryLimitExceeded)));
    let report = CanaryReport {
        at: Utc::now(),
        steps: steps.0,
    };
    assert_eq!(report.failure(), None);
    assert!(!report.saw_the_portal() && !report.is_healthy());
}

#[test]
fn words_that_no_database_keeps_are_kept_without_what_it_refuses() {
    let mut steps = Steps::default();
    steps.failed(CanaryStep::Reading, "odd\u{0} words");
    assert_eq!(told(&steps), ["reading failed odd words"]);
}

#[test]
fn missing_bindings_are_named() {
    let mut steps = Steps::default();
    of_bindings(
        &mut steps,
        &Ok::<_, CallError>(vec!["CRM_DEAL_DETAIL_TAB".to_owned(), "ONCRMDEALADD".to_owned()]),
    );
    assert_eq!(
        told(&steps),
        [
            "token passed ",
            "bindings failed CRM_DEAL_DETAIL_TAB, ONCRMDEALADD"
        ]
    );
}

#[rstest]
#[case::well(vec![Probe::Read, Probe::Gone], "reading passed ")]
#[case::all_gone(vec![Probe::Gone], "reading skipped no_card")]
#[case::busy(vec![Probe::Gone, Probe::Busy], "reading skipped throttled")]
#[case::unknown_shape(vec![Probe::Read, Probe::Unreadable], "reading failed unreadable_answer")]
fn a_reading_fails_where_the_portal_answers_and_nothing_can_be_read(
    #[case] probes: Vec<Probe>,
    #[case] expected: &str,
) {
    let mut steps = Steps::default();
    of_probes(&mut steps, &probes);
    assert_eq!(told(&steps), [expected]);
}

#[test]
fn of_a_steps_key_is_the_step() {
    for step in CanaryStep::ALL {
        assert_eq!(CanaryStep::of(step.key()), Some(step));
    }
}
