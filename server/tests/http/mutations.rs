//! Answers of Bitrix24 in every unknown shape: a card always opens as a page, background work goes on, nothing is forgotten.

use crate::living::{Living, member_id, until};
use axum::http::StatusCode;
use certlens_portal_sim::{
    Change, EntityKind, GRANT, INTROSPECTION, Mutation, Place, Simulator, SimulatorOptions,
};
use certlens_portals::CrawlPhase;

const ADMINISTRATOR: u64 = 1;
const MANAGER: u64 = 7;
const COMPANY: u64 = 101;
const DEAL: u64 = 301;
const LEAD: u64 = 213;
/// Places in each answer that are tried.
const SEEDS: u64 = 4;

async fn simulator() -> Simulator {
    Simulator::start(SimulatorOptions::default()).await.unwrap()
}

fn mutation(method: &str, place: Place, change: Change) -> Mutation {
    Mutation {
        method: method.to_owned(),
        place,
        change,
    }
}

/// Every change of these methods: of fields at places that a number chooses, of whole answers.
fn changes(methods: &[&str], seeds: u64) -> Vec<Mutation> {
    let mut all = Vec::new();
    for change in Change::ALL {
        for method in methods {
            if change.is_of_a_field() {
                all.extend((0..seeds).map(|seed| mutation(method, Place::Seeded(seed * 7 + 1), *change)));
                all.push(mutation(method, Place::Path(String::new()), *change));
            }
        }
        if !change.is_of_a_field() {
            all.push(mutation("*", Place::Path(String::new()), *change));
        }
    }
    all
}

/// Nothing is known of the portal's cards, and its budget is fresh: an opening has to ask.
async fn forget_cards(living: &Living) {
    for statement in [
        "DELETE FROM crm_items",
        "DELETE FROM crm_access",
        "DELETE FROM portal_budgets",
    ] {
        sqlx::query(statement)
            .execute(living.server.postgres())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_card_opens_as_a_page_whatever_shape_answers_have() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let asked = ["profile", "crm.item.get", "crm.requisite.list", "batch"];
    let cards = [
        (EntityKind::Company, COMPANY),
        (EntityKind::Deal, DEAL),
        (EntityKind::Lead, LEAD),
    ];

    for (number, change) in changes(&asked, SEEDS).into_iter().enumerate() {
        // Whole answers: those of the portal. Without the authorization server's nobody is shown a card.
        let change = match change.method.as_str() {
            "*" => mutation("batch", change.place, change.change),
            _ => change,
        };
        simulator.clear_mutations();
        simulator.reset_limits();
        forget_cards(&living).await;
        let (kind, id) = cards[number % cards.len()];
        let user = if number % 2 == 0 { ADMINISTRATOR } else { MANAGER };
        let form = simulator.open_frame_form_as(user, kind, id, None);
        simulator.mutate(change.clone());

        let answer = living.post("/bitrix/app", &form).await;

        let is_page = answer.body.contains("<html lang=") && answer.body.contains("</html>");
        assert!(is_page, "{change:?}: {} {}", answer.status, answer.body);
        assert!(!answer.status.is_server_error(), "{change:?}: {}", answer.status);
        assert!(!answer.body.contains("panicked"), "{change:?}");
    }
    living.close().await;
}

#[tokio::test]
async fn a_frame_ends_as_a_page_whatever_the_authorization_server_answers() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;

    for change in changes(&[INTROSPECTION], 8) {
        let change = if change.method == "*" {
            Mutation {
                method: INTROSPECTION.to_owned(),
                ..change
            }
        } else {
            change
        };
        simulator.clear_mutations();
        simulator.reset_limits();
        let form = simulator.open_frame_form_as(ADMINISTRATOR, EntityKind::Company, COMPANY, None);
        simulator.mutate(change.clone());

        let answer = living.post("/bitrix/app", &form).await;

        let is_page = answer.body.contains("<html") && answer.body.contains("</html>");
        assert!(is_page, "{change:?}: {} {}", answer.status, answer.body);
        assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{change:?}");
        assert!(!answer.body.contains("panicked"), "{change:?}");
    }
    simulator.clear_mutations();
    let form = simulator.open_frame_form_as(ADMINISTRATOR, EntityKind::Company, COMPANY, None);
    assert_eq!(living.post("/bitrix/app", &form).await.status, StatusCode::OK);
    living.close().await;
}

#[tokio::test]
async fn installation_repair_and_reading_survive_every_shape_and_come_to_their_end_after_it() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let portals = &living.state.services.portals;
    let member = certlens_bitrix24::MemberId::parse(&simulator.member_id()).unwrap();
    let size = || async {
        let index = living.store().index_size(&member_id(&simulator)).await.unwrap();
        (index.leads, index.deals, index.companies)
    };
    let whole = size().await;
    let asked = [
        "app.info",
        "user.admin",
        "placement.get",
        "event.get",
        "crm.item.list",
        "crm.requisite.list",
        "crm.deal.userfield.list",
        "crm.deal.fields",
        GRANT,
    ];

    for (number, change) in changes(&asked, 1).into_iter().enumerate() {
        simulator.clear_mutations();
        simulator.reset_limits();
        sqlx::query("DELETE FROM portal_budgets")
            .execute(living.server.postgres())
            .await
            .unwrap();
        if change.method == GRANT {
            simulator.expire_tokens();
            sqlx::query("UPDATE chains SET expires_at = now() - interval '1 minute'")
                .execute(living.server.postgres())
                .await
                .unwrap();
        }
        simulator.mutate(change.clone());
        match number % 3 {
            0 => {
                let answer = living
                    .post("/bitrix/install", &simulator.open_installer_form())
                    .await;
                assert!(answer.body.contains("</html>"), "{change:?}");
                assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{change:?}");
            }
            1 => {
                let checked =
                    tokio::time::timeout(std::time::Duration::from_secs(8), portals.check(&member)).await;
                if let Ok(Err(error)) = checked {
                    panic!("{change:?}: {error}");
                }
            }
            _ => portals.read_anew(&member).await.unwrap(),
        }
    }

    simulator.clear_mutations();
    simulator.reset_limits();
    let answer = living
        .post("/bitrix/install", &simulator.open_installer_form())
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    sqlx::query("UPDATE portal_jobs SET due_at = now() WHERE lease_id IS NULL")
        .execute(living.server.postgres())
        .await
        .unwrap();
    portals.read_anew(&member).await.unwrap();
    until("the CRM is read as before", || async {
        sqlx::query("DELETE FROM portal_budgets")
            .execute(living.server.postgres())
            .await
            .unwrap();
        sqlx::query(
            "UPDATE portal_jobs SET due_at = now() WHERE lease_id IS NULL AND last_error IS NOT NULL",
        )
        .execute(living.server.postgres())
        .await
        .unwrap();
        let progress = portals.progress(&member).await.unwrap();
        progress.phase == CrawlPhase::Finished && size().await == whole
    })
    .await;
    let panicked: i64 =
        sqlx::query_scalar("SELECT count(*) FROM portal_jobs WHERE last_error LIKE '%panicked%'")
            .fetch_one(living.server.postgres())
            .await
            .unwrap();
    assert_eq!(panicked, 0);
    let report = portals.check(&member).await.unwrap();
    assert!(report.is_healthy(), "{report:?}");
    living.close().await;
}

#[tokio::test]
async fn what_differs_is_told_in_the_monitor_counted_and_hidden_when_somebody_saw_it() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let portals = &living.state.services.portals;
    let member = certlens_bitrix24::MemberId::parse(&simulator.member_id()).unwrap();
    simulator.mutate(mutation(
        "crm.item.get",
        Place::Path("item.assignedById".to_owned()),
        Change::Retype,
    ));
    let report = portals.check(&member).await.unwrap();
    assert!(report.is_healthy(), "{report:?}");
    let page = report
        .steps
        .iter()
        .find(|step| step.step == certlens_portals::CanaryStep::Page);
    assert_eq!(
        page.unwrap().outcome,
        certlens_portals::CanaryOutcome::Passed,
        "{report:?}"
    );
    portals.keep_deviations().await.unwrap();

    let overview = living
        .server
        .get_as_operator("/api/v1/monitor/overview?LANG=en")
        .await;
    assert!(
        overview.body.contains("crm.item.get, field item.assignedById"),
        "{}",
        overview.body
    );
    let address = format!("/api/v1/monitor/portals/{member}?LANG=en");
    let screen = living.server.get_as_operator(&address).await;
    assert!(
        screen.body.contains("a number expected, a text found"),
        "{}",
        screen.body
    );
    assert!(screen.body.contains("Hourly check"), "{}", screen.body);

    let id: i64 = sqlx::query_scalar("SELECT id FROM answer_deviations")
        .fetch_one(living.server.postgres())
        .await
        .unwrap();
    let order = serde_json::json!({"care": {"hide_deviation": {"member_id": member.as_str(), "id": id}}});
    let done = living
        .server
        .ask(
            crate::running::OPERATOR_TOKEN,
            axum::http::Method::POST,
            "/api/v1/actions",
            Some(&order),
        )
        .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let overview = living
        .server
        .get_as_operator("/api/v1/monitor/overview?LANG=en")
        .await;
    assert!(!overview.body.contains("item.assignedById"), "{}", overview.body);
    let audited: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit_log WHERE action = 'portals.hide_deviations'")
            .fetch_one(living.server.postgres())
            .await
            .unwrap();
    assert_eq!(audited, 1);
    living.close().await;
}
