use certlens_store::{
    ChainEnd, ChainId, ChainRecord, ChainSource, FailedEvents, IndexSize, Job, JobOfKind, MemberId, Portal,
    PortalAddress, PortalFigures, UserId,
};
use chrono::{DateTime, TimeZone as _, Utc};
use rstest::rstest;

use super::*;
use crate::crawl::{CrawlPhase, CrawlProgress};
use crate::reconcile::{BindingReport, ReconciliationReport};

fn moment() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
}

fn chain(is_administrator: bool) -> ChainRecord {
    ChainRecord {
        id: ChainId(1),
        client_id: "app.1".to_owned(),
        user_id: UserId(1),
        user_name: None,
        source: ChainSource::Installation,
        is_administrator,
        began_at: Some(moment()),
        renewed_at: moment(),
        expires_at: moment(),
        ended: None,
    }
}

/// A portal that lacks nothing.
fn healthy() -> PortalInspection {
    PortalInspection {
        portal: Portal {
            member_id: MemberId::parse("5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49").unwrap(),
            address: PortalAddress {
                domain: "acme.example".to_owned(),
                client_endpoint: "https://acme.example/rest/".to_owned(),
                origin: "https://acme.example".to_owned(),
                authorization_server: "https://oauth.example/".to_owned(),
            },
            state: PortalState::Installed,
            state_reason: None,
            state_changed_at: moment(),
            client_id: Some("app.1".to_owned()),
            scope: Vec::new(),
            status: None,
            installed_by: None,
            bindings_version: 3,
            install_began_at: moment(),
            installed_at: Some(moment()),
            uninstalled_at: None,
            has_application_token: true,
            seen_at: moment(),
        },
        figures: PortalFigures {
            created_at: moment(),
            address_proved_at: Some(moment()),
            former_domain: None,
            application_number: Some(41),
            language: None,
            users: 3,
            administrators: 1,
            users_read_at: None,
            subscriptions: 0,
            items_waiting: 0,
            items_stuck: 0,
            events_waiting: 0,
            sending_paused: None,
            parked_methods: 0,
        },
        wanted_bindings_version: 3,
        keys: ApplicationKeys::Market {
            client_id: "app.1".to_owned(),
            has_secret: true,
        },
        chains: vec![chain(true)],
        bindings: None,
        jobs: Vec::new(),
        failed_events: Vec::new(),
        crawl: CrawlProgress {
            phase: CrawlPhase::Finished,
            done: 0,
            expected: None,
            started_at: None,
            finished_at: None,
            last_error: None,
        },
        index: IndexSize::default(),
        needs: Vec::new(),
    }
}

fn local(inspection: PortalInspection) -> PortalInspection {
    PortalInspection {
        keys: ApplicationKeys::Local {
            client_id: "local.1".to_owned(),
            stored_at: Some(moment()),
        },
        ..inspection
    }
}

fn in_state(state: PortalState, reason: Option<&str>) -> PortalInspection {
    let mut inspection = healthy();
    inspection.portal.state = state;
    inspection.portal.state_reason = reason.map(str::to_owned);
    inspection
}

fn without_living_chains() -> PortalInspection {
    let mut inspection = in_state(PortalState::NeedsReauth, None);
    inspection.chains[0].ended = Some((moment(), ChainEnd::Spent));
    inspection
}

fn keys_of(inspection: &PortalInspection) -> Vec<&'static str> {
    let public_url = Url::parse("https://certlens.example/").unwrap();
    of(inspection, &public_url).iter().map(Need::key).collect()
}

#[rstest]
#[case::nothing_is_wrong(healthy(), &[])]
#[case::removed(in_state(PortalState::Uninstalled, None), &["install"])]
#[case::local_one_removed(local(in_state(PortalState::Uninstalled, None)), &["install", "make_application"])]
#[case::dead_tokens(without_living_chains(), &["open_application"])]
#[case::dead_tokens_of_a_local_one(local(without_living_chains()), &["open_application", "make_application"])]
#[case::not_paid(in_state(PortalState::Suspended, Some("payment_required")), &["portal"])]
#[case::no_secret(
    PortalInspection {
        keys: ApplicationKeys::Local { client_id: "local.1".to_owned(), stored_at: None },
        ..healthy()
    },
    &["enter_secret"],
)]
#[case::no_administrator(
    PortalInspection { chains: vec![chain(false)], ..healthy() },
    &["administrator_missing"],
)]
fn needs_follow_from_what_is_wrong(#[case] inspection: PortalInspection, #[case] expected: &[&str]) {
    assert_eq!(keys_of(&inspection), expected);
}

#[test]
fn a_portal_without_application_token_needs_an_administrators_visit() {
    let mut inspection = healthy();
    inspection.portal.has_application_token = false;
    assert_eq!(keys_of(&inspection), ["events_unproved"]);
}

#[test]
fn what_we_can_do_ourselves_is_one_repair() {
    let mut inspection = healthy();
    inspection.bindings = Some(ReconciliationReport {
        at: moment(),
        bindings: vec![
            BindingReport {
                name: "CRM_DEAL_DETAIL_TAB".to_owned(),
                is_placement: true,
                outcome: BindingOutcome::Failed("no".to_owned()),
            },
            BindingReport {
                name: "ONCRMDEALADD".to_owned(),
                is_placement: false,
                outcome: BindingOutcome::Kept,
            },
        ],
        removed: 0,
    });
    inspection.jobs = vec![JobOfKind {
        kind: "crawl".to_owned(),
        job: Job {
            due_at: None,
            is_running: false,
            attempts: 3,
            progress: None,
            last_error: Some("the portal is silent".to_owned()),
            last_started_at: None,
            last_success_at: None,
        },
    }];
    inspection.failed_events = vec![FailedEvents {
        event: "ONCRMDEALADD".to_owned(),
        events: 2,
        last_at: moment(),
        last_error: "unreadable".to_owned(),
    }];

    let needs = of(&inspection, &Url::parse("https://certlens.example/").unwrap());

    assert_eq!(
        needs,
        [Need::Repair {
            missing: vec!["CRM_DEAL_DETAIL_TAB".to_owned()],
            failing: vec!["crawl".to_owned()],
            failed_events: 2,
        }]
    );
}

#[test]
fn the_sentence_names_the_very_page_on_the_portal() {
    let public_url = Url::parse("https://certlens.example/").unwrap();
    let known = of(&without_living_chains(), &public_url);
    let mut unknown = without_living_chains();
    unknown.figures.application_number = None;
    let unknown = of(&unknown, &public_url);

    assert_eq!(known[0].link(), Some("https://acme.example/marketplace/app/41/"));
    assert!(
        known[0]
            .to_string()
            .contains("https://acme.example/marketplace/app/41/")
    );
    assert_eq!(unknown[0].link(), Some("https://acme.example/marketplace/"));
}

#[test]
fn a_wiped_local_application_is_made_anew_with_our_addresses() {
    let public_url = Url::parse("https://certlens.example/base/").unwrap();
    let needs = of(&local(in_state(PortalState::Uninstalled, None)), &public_url);
    let sentence = needs[1].to_string();
    assert!(
        sentence.contains("https://certlens.example/base/bitrix/app"),
        "{sentence}"
    );
    assert!(
        sentence.contains("https://certlens.example/base/bitrix/install"),
        "{sentence}"
    );
}
