//! Whatever a portal does, the page ends as a page: data with a note, or a sentence that says what to do.

use crate::living::{Living, rest_calls, until};
use axum::http::StatusCode;
use certlens_portal_sim::{EntityKind, FrameFault, FrameForm, RestFault, Simulator, SimulatorOptions};

const ADMINISTRATOR: u64 = 1;
const MANAGER: u64 = 7;
const COMPANY: u64 = 101;

async fn simulator() -> Simulator {
    Simulator::start(SimulatorOptions::default()).await.unwrap()
}

#[tokio::test]
async fn every_fault_of_rest_ends_as_a_page() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;

    // A minute of silence is in a test of its own.
    for fault in RestFault::ALL
        .iter()
        .filter(|fault| **fault != RestFault::Slow60s)
    {
        simulator.clear_faults();
        simulator.reset_limits();
        simulator.set_fault(*fault);
        // A manager whose right is not known yet: a call is needed.
        let form = simulator.open_frame_form_as(MANAGER, EntityKind::Deal, 300 + *fault as u64 % 12, None);
        let answer = living.post("/bitrix/app", &form).await;
        assert!(
            answer.body.contains("<html lang=\"ru\"") && answer.body.contains("</html>"),
            "{}: {} {}",
            fault.name(),
            answer.status,
            answer.body
        );
        assert!(!answer.body.contains("panicked"), "{}", fault.name());
        assert_ne!(
            answer.status,
            StatusCode::INTERNAL_SERVER_ERROR,
            "{}",
            fault.name()
        );
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'"),
            "{}",
            fault.name()
        );
    }
    living.close().await;
}

#[tokio::test]
async fn a_portal_that_is_silent_for_a_minute_costs_a_viewer_some_seconds_and_leaves_a_note() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    simulator.set_fault(RestFault::Slow60s);

    let form = simulator.open_frame_form_as(MANAGER, EntityKind::Company, COMPANY, None);
    let answer = living.post("/bitrix/app", &form).await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.contains("Битрикс24 не ответил"), "{}", answer.body);
    living.close().await;
}

#[tokio::test]
async fn every_shape_of_placement_options_ends_as_a_page() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;

    for fault in [
        FrameFault::OptionsMissing,
        FrameFault::OptionsEmptyString,
        FrameFault::OptionsArray,
        FrameFault::OptionsUndefined,
        FrameFault::OptionsDoubleEncoded,
        FrameFault::Legacy,
    ] {
        let form = simulator.open_frame_form_as(ADMINISTRATOR, EntityKind::Company, COMPANY, Some(fault));
        let answer = living.post("/bitrix/app", &form).await;
        assert_eq!(answer.status, StatusCode::OK, "{fault:?}: {}", answer.body);
        let is_card = answer.body.contains("data-page=\"card\"");
        let is_hint = answer.body.contains("Сохраните карточку");
        assert!(is_card || is_hint, "{fault:?}: {}", answer.body);
    }
    living.close().await;
}

#[tokio::test]
async fn a_silent_portal_leaves_the_card_that_was_read_with_its_numbers() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    simulator.set_fault(RestFault::Html502);

    let form = simulator.open_frame_form(EntityKind::Company, COMPANY);
    let answer = living.post("/bitrix/app", &form).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("class=\"chip"), "{}", answer.body);
    living.close().await;
}

/// The same page open, but of a deal.
fn of_deal(form: &FrameForm, id: usize) -> FrameForm {
    let mut form = form.clone();
    form.fields.retain(|(name, _)| !name.starts_with("PLACEMENT"));
    form.fields
        .push(("PLACEMENT".to_owned(), "CRM_DEAL_DETAIL_TAB".to_owned()));
    form.fields
        .push(("PLACEMENT_OPTIONS".to_owned(), format!("{{\"ID\":\"{id}\"}}")));
    form
}

#[rstest::rstest]
#[case::of_one_page_open(1)]
#[case::of_fifty_page_opens(50)]
#[tokio::test]
async fn fifty_cards_opened_at_once_with_expired_tokens_cost_one_renewal(#[case] tokens: usize) {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    simulator.set_plan(None);
    // The authorization server has proved the tokens a moment ago; the portal finds them expired.
    let forms: Vec<_> = (0..tokens)
        .map(|_| simulator.open_frame_form_as(MANAGER, EntityKind::Company, COMPANY, None))
        .collect();
    for form in &forms {
        let answer = living.post("/bitrix/app", form).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    simulator.expire_tokens();
    simulator.clear_journal();

    let opens: Vec<_> = (0..50)
        .map(|index| of_deal(&forms[index % tokens], 301 + index % 12))
        .collect();
    let answers = futures::future::join_all(opens.iter().map(|form| living.post("/bitrix/app", form))).await;

    for answer in &answers {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert!(answer.body.contains("class=\"chip"), "{}", answer.body);
    }
    let renewals = simulator
        .journal()
        .into_iter()
        .filter(|entry| entry.request.method.contains("oauth/token"))
        .count();
    assert_eq!(renewals, 1, "{:?}", rest_calls(&simulator));
    living.close().await;
}

#[tokio::test]
async fn a_portal_that_stops_paying_is_suspended_and_comes_back_by_itself() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    simulator.set_fault(RestFault::PaymentRequired);

    let form = simulator.open_frame_form_as(MANAGER, EntityKind::Company, COMPANY, None);
    let answer = living.post("/bitrix/app", &form).await;
    assert!(answer.body.contains("</html>"), "{}", answer.body);

    simulator.clear_faults();
    until("the card opens with its numbers again", || async {
        let form = simulator.open_frame_form_as(MANAGER, EntityKind::Company, COMPANY, None);
        let answer = living.post("/bitrix/app", &form).await;
        answer.status == StatusCode::OK && answer.body.contains("class=\"chip")
    })
    .await;
    living.close().await;
}
