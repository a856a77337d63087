//! From one fault at a time to the problem that is told, and to nothing else.

use super::*;
use certlens_domain::freshness::{ImportRecord, RegistryFreshness};
use certlens_domain::language::Language;
use certlens_domain::registry::Registry;
use certlens_registry::{BreakerState, EngineState, LatestImport};
use certlens_store::{
    BackupStanding, LastBackup, MemberId, NotificationHealth, PortalTrouble, Process, RecountHealth,
    TroubleKind,
};
use chrono::{TimeDelta, TimeZone as _};
use rstest::rstest;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

const MEMBER: &str = "00000000000000000000000000000001";
const TEXTS: Texts = Texts(Language::En);

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}

fn ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

fn registry(registry: Registry) -> RegistryFreshness {
    RegistryFreshness {
        registry,
        loaded: true,
        data_date: Some(now().date_naive()),
        documents: 12,
        last_import: Some(ImportRecord {
            source: registry.key().to_owned(),
            input: "file.csv".to_owned(),
            started_at: ago(70),
            finished_at: Some(ago(60)),
            read: 12,
            new: 12,
            changed: 0,
            unchanged: 0,
            rejected: 0,
            rejects_file: None,
        }),
    }
}

fn process() -> Process {
    Process {
        id: Uuid::from_u128(1),
        name: "machine, process 7".to_owned(),
        version: "1.2.3".to_owned(),
        started_at: ago(600),
        seen_at: ago(0),
        clock_skew: 0.1,
        breaker: "closed".to_owned(),
        breaker_since: ago(600),
        memory_bytes: Some(1),
        free_disk_bytes: Some(400_000_000_000),
        total_disk_bytes: Some(500_000_000_000),
        opens_secrets: Some(true),
    }
}

fn import(state: &str) -> LatestImport {
    LatestImport {
        source: "kz".to_owned(),
        input: "kz.xml".to_owned(),
        state: state.to_owned(),
        started_at: ago(70),
        finished_at: (state != "running").then(|| ago(60)),
        read: 1_000,
        rejected: 0,
        error: (state == "failed").then(|| "line 3 is no row".to_owned()),
    }
}

fn trouble(kind: TroubleKind, number: u32, portals: i64) -> PortalTrouble {
    PortalTrouble {
        kind,
        member_id: MemberId::parse(&format!("{number:032x}")).unwrap(),
        domain: format!("portal{number}.example"),
        origin: format!("https://portal{number}.example"),
        since: Some(ago(90)),
        words: Some("spent".to_owned()),
        pieces: 4,
        portals,
    }
}

/// Everything is as it should be.
fn facts() -> Facts {
    Facts {
        now: now(),
        today: now().date_naive(),
        is_operator: true,
        portal: None,
        recount_every: Duration::from_hours(2),
        backup_late_after: Duration::from_hours(50),
        engines: Ok(EngineState {
            clickhouse: Some(BreakerState::Closed),
            behind: false,
            refuses: false,
            published: Some(7),
            version: 7,
        }),
        registries: Ok(Registry::ALL.map(registry).to_vec()),
        imports: Ok(vec![import("done")]),
        recounts: Ok(RecountHealth {
            now: now(),
            due_at: now() + TimeDelta::minutes(50),
            running_since: None,
            requested_since: None,
            succeeded_at: Some(ago(70)),
            failed_since: None,
            failures: 0,
            error: None,
        }),
        notifications: Ok(NotificationHealth {
            due: 3,
            due_since: Some(ago(1)),
            unplanned_since: Some(ago(100)),
        }),
        portals: Ok(Vec::new()),
        processes: Ok(vec![process()]),
        backups: Ok(BackupStanding {
            last: Some(LastBackup {
                at: ago(600),
                age: 36_000.0,
                file: "/var/lib/certlens/backups/one.backup".to_owned(),
                bytes: 7,
                node: "a".to_owned(),
            }),
            failed: None,
            portals_since: Some(ago(100_000)),
        }),
    }
}

fn with(fault: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = facts();
    fault(&mut facts);
    facts
}

fn engines(facts: &mut Facts) -> &mut EngineState {
    facts.engines.as_mut().unwrap()
}

fn recounts(facts: &mut Facts) -> &mut RecountHealth {
    facts.recounts.as_mut().unwrap()
}

fn only_process(facts: &mut Facts) -> &mut Process {
    &mut facts.processes.as_mut().unwrap()[0]
}

fn kz(facts: &mut Facts) -> &mut RegistryFreshness {
    &mut facts.registries.as_mut().unwrap()[4]
}

fn only_import(facts: &mut Facts) -> &mut LatestImport {
    &mut facts.imports.as_mut().unwrap()[0]
}

fn keys(facts: &Facts) -> Vec<(&'static str, Tone)> {
    problems(facts, TEXTS)
        .iter()
        .map(|problem| (problem.key, problem.tone))
        .collect()
}

#[test]
fn when_all_is_as_it_should_be_nothing_is_told() {
    assert_eq!(keys(&facts()), []);
}

#[rstest]
#[case::clickhouse_is_down(with(|f| engines(f).published = None), ("clickhouse_silent", Tone::Bad))]
#[case::clickhouse_has_lost_its_tables(with(|f| { engines(f).published = None; engines(f).refuses = true; }), ("clickhouse_refuses", Tone::Bad))]
#[case::clickhouse_was_wiped(with(|f| { engines(f).published = Some(0); engines(f).behind = true; }), ("clickhouse_emptied", Tone::Bad))]
#[case::clickhouse_lacks_an_import(with(|f| { engines(f).published = Some(6); engines(f).behind = true; }), ("clickhouse_behind", Tone::Warning))]
#[case::a_breaker_stays_open(with(|f| { only_process(f).breaker = "open".to_owned(); only_process(f).breaker_since = ago(2); }), ("clickhouse_left_alone", Tone::Warning))]
#[case::registry_was_never_loaded(with(|f| kz(f).loaded = false), ("registry_missing", Tone::Warning))]
#[case::registry_is_four_days_old(with(|f| kz(f).last_import.as_mut().unwrap().finished_at = Some(ago(4 * 1440))), ("registry_stale", Tone::Warning))]
#[case::registry_is_a_month_old(with(|f| kz(f).last_import.as_mut().unwrap().finished_at = Some(ago(31 * 1440))), ("registry_stale", Tone::Bad))]
#[case::fresh_import_of_an_old_file(with(|f| kz(f).data_date = Some(ago(40 * 1440).date_naive())), ("registry_data_old", Tone::Warning))]
#[case::import_failed(with(|f| *only_import(f) = import("failed")), ("import_failed", Tone::Bad))]
#[case::import_hangs(with(|f| { *only_import(f) = import("running"); only_import(f).started_at = ago(600); }), ("import_hangs", Tone::Warning))]
#[case::import_rejects_much(with(|f| only_import(f).rejected = 11), ("import_rejects", Tone::Warning))]
#[case::recount_is_a_little_late(with(|f| recounts(f).due_at = ago(5)), ("recount_late", Tone::Warning))]
#[case::recount_is_very_late(with(|f| recounts(f).due_at = ago(45)), ("recount_late", Tone::Bad))]
#[case::nobody_begins_what_was_asked_for(with(|f| recounts(f).requested_since = Some(ago(5))), ("recount_late", Tone::Warning))]
#[case::recount_hangs(with(|f| recounts(f).running_since = Some(ago(40))), ("recount_hangs", Tone::Warning))]
#[case::recount_failed_once(with(|f| { recounts(f).failures = 1; recounts(f).failed_since = Some(ago(1)); }), ("recount_fails", Tone::Warning))]
#[case::recount_fails_for_good(with(|f| { recounts(f).failures = 3; recounts(f).due_at = ago(60); }), ("recount_fails", Tone::Bad))]
#[case::items_are_late(with(|f| f.notifications.as_mut().unwrap().due_since = Some(ago(20))), ("items_late", Tone::Warning))]
#[case::items_are_very_late(with(|f| f.notifications.as_mut().unwrap().due_since = Some(ago(120))), ("items_late", Tone::Bad))]
#[case::news_are_not_planned(with(|f| f.notifications.as_mut().unwrap().unplanned_since = Some(ago(3000))), ("news_unplanned", Tone::Warning))]
#[case::server_died(with(|f| only_process(f).seen_at = ago(3)), ("process_silent", Tone::Warning))]
#[case::clock_is_wrong(with(|f| only_process(f).clock_skew = -7.0), ("clock_skew", Tone::Warning))]
#[case::clock_is_very_wrong(with(|f| only_process(f).clock_skew = 90.0), ("clock_skew", Tone::Bad))]
#[case::disk_is_nearly_full(with(|f| only_process(f).free_disk_bytes = Some(40_000_000_000)), ("disk_full", Tone::Warning))]
#[case::disk_is_full(with(|f| only_process(f).free_disk_bytes = Some(4_000_000_000)), ("disk_full", Tone::Bad))]
#[case::another_secret_key(with(|f| only_process(f).opens_secrets = Some(false)), ("secret_key", Tone::Bad))]
#[case::two_versions(with(|f| { let mut other = process(); other.version = "1.2.4".to_owned(); f.processes.as_mut().unwrap().push(other); }), ("several_versions", Tone::Warning))]
#[case::backup_failed(with(|f| f.backups.as_mut().unwrap().failed = Some((ago(5), "the disk is full".to_owned()))), ("backup_failed", Tone::Bad))]
#[case::backup_is_three_days_old(with(|f| f.backups.as_mut().unwrap().last.as_mut().unwrap().at = ago(3 * 1440)), ("backup_old", Tone::Warning))]
#[case::backup_is_late_for_an_hourly_one(with(|f| f.backup_late_after = Duration::from_hours(4)), ("backup_old", Tone::Warning))]
#[case::nothing_was_ever_backed_up(with(|f| f.backups.as_mut().unwrap().last = None), ("backup_old", Tone::Warning))]
fn one_fault_is_one_problem_with_the_words_to_mend_it(#[case] facts: Facts, #[case] expected: (&str, Tone)) {
    assert_eq!(keys(&facts), [expected]);
}

#[rstest]
#[case::pause_after_a_failure_is_meant(with(|f| { recounts(f).due_at = ago(3); recounts(f).running_since = Some(ago(1)); }))]
#[case::breaker_is_about_to_close(with(|f| { only_process(f).breaker = "open".to_owned(); only_process(f).breaker_since = now() - TimeDelta::seconds(5); }))]
#[case::no_clickhouse_by_choice(with(|f| { engines(f).clickhouse = None; engines(f).published = None; }))]
#[case::a_tenth_of_a_large_disk_is_plenty(with(|f| { only_process(f).total_disk_bytes = Some(4_000_000_000_000); only_process(f).free_disk_bytes = Some(60_000_000_000); }))]
#[case::backup_of_this_week_where_they_are_weekly(with(|f| { f.backup_late_after = Duration::from_hours(338); f.backups.as_mut().unwrap().last.as_mut().unwrap().at = ago(6 * 1440); }))]
#[case::no_portal_whose_data_could_be_lost(with(|f| *f.backups.as_mut().unwrap() = BackupStanding { last: None, failed: None, portals_since: None }))]
fn what_ends_by_itself_or_is_meant_is_no_problem(#[case] facts: Facts) {
    assert_eq!(keys(&facts), []);
}

#[rstest]
fn each_trouble_of_a_portal_names_the_portal_and_leads_to_it(
    #[values(true, false)] is_operator: bool,
    #[values(
        TroubleKind::Suspended,
        TroubleKind::NeedsReauth,
        TroubleKind::Uninstalled,
        TroubleKind::NoToken,
        TroubleKind::BindingsMissing,
        TroubleKind::Unfinished,
        TroubleKind::SendingPaused,
        TroubleKind::BudgetExhausted,
        TroubleKind::MethodsParked,
        TroubleKind::WorkFails,
        TroubleKind::DeadEvents,
        TroubleKind::DeadItems,
        TroubleKind::UnassignableItems,
        TroubleKind::CanaryFails,
        TroubleKind::AnswersDiffer
    )]
    kind: TroubleKind,
) {
    let facts = with(|facts| {
        facts.is_operator = is_operator;
        facts.portals = Ok(vec![trouble(kind, 1, 1)]);
    });

    let told = problems(&facts, TEXTS);

    if kind == TroubleKind::AnswersDiffer && !is_operator {
        assert!(told.is_empty(), "that is the operator's matter");
        return;
    }
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].key, kind.key());
    assert!(told[0].what.contains("portal1.example"), "{}", told[0].what);
    assert_eq!(told[0].since, Some(ago(90)));
    assert!(!told[0].links.is_empty());
    assert!(told[0].means.ends_with('.') && told[0].advice.ends_with('.'));
}

#[test]
fn same_trouble_of_many_portals_is_one_problem_that_counts_them() {
    let facts = with(|facts| {
        facts.portals = Ok((1..=20)
            .map(|number| trouble(TroubleKind::NoToken, number, 300))
            .collect());
    });

    let told = problems(&facts, TEXTS);

    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].what,
        "Portals without a living token: 300 portals, among them portal1.example, portal2.example, portal3.example, \
         portal4.example, portal5.example."
    );
}

#[rstest]
#[case(TroubleKind::DeadItems, json!({"retry_all": {"member_id": MEMBER, "kind": "items"}}))]
#[case(TroubleKind::DeadEvents, json!({"retry_all": {"member_id": MEMBER, "kind": "events"}}))]
#[case(TroubleKind::WorkFails, json!({"retry_all": {"member_id": MEMBER, "kind": null}}))]
#[case(TroubleKind::SendingPaused, json!({"resume": {"member_id": MEMBER, "kind": "items"}}))]
fn problem_that_a_button_mends_has_it_and_the_button_asks_first(
    #[case] kind: TroubleKind,
    #[case] order: serde_json::Value,
) {
    let facts = with(|facts| facts.portals = Ok(vec![trouble(kind, 1, 1)]));

    let told = problems(&facts, TEXTS);

    assert_eq!(told[0].buttons[0].order, json!({"queue": order}));
    assert!(told[0].buttons[0].asks);
}

#[test]
fn what_cannot_be_read_is_told_and_never_taken_for_good_news() {
    let unread = || Unread {
        why: "connection refused".to_owned(),
    };
    let facts = with(|facts| {
        facts.engines = Err(unread());
        facts.registries = Err(unread());
        facts.imports = Err(unread());
        facts.recounts = Err(unread());
        facts.notifications = Err(unread());
        facts.portals = Err(unread());
        facts.processes = Err(unread());
        facts.backups = Err(unread());
    });

    let told = problems(&facts, TEXTS);

    assert_eq!(told.len(), 8);
    assert!(
        told.iter()
            .all(|problem| problem.tone == Tone::Bad && problem.what.contains("connection refused"))
    );
}

#[test]
fn portals_administrator_is_told_what_he_feels_and_nothing_of_machines_or_of_others() {
    let facts = with(|facts| {
        facts.is_operator = false;
        engines(facts).published = None;
        only_process(facts).opens_secrets = Some(false);
        only_process(facts).free_disk_bytes = Some(1);
        facts.backups.as_mut().unwrap().last = None;
        *only_import(facts) = import("failed");
        recounts(facts).failures = 1;
        recounts(facts).error = Some("relation \"secret\" does not exist".to_owned());
        kz(facts).loaded = false;
        facts.portals = Ok(vec![trouble(TroubleKind::AnswersDiffer, 1, 1)]);
    });

    let told = problems(&facts, TEXTS);

    let keys: Vec<&str> = told.iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["search_slow", "recount_fails", "registry_missing"]);
    assert!(told.iter().all(|problem| problem.buttons.is_empty()));
    assert!(
        !told.iter().any(|problem| problem.what.contains("relation")),
        "{told:?}"
    );
}

#[test]
fn worst_comes_first_and_among_equals_the_oldest() {
    let facts = with(|facts| {
        kz(facts).loaded = false;
        facts.portals = Ok(vec![trouble(TroubleKind::DeadItems, 1, 1), {
            let mut older = trouble(TroubleKind::NoToken, 2, 1);
            older.since = Some(ago(500));
            older
        }]);
    });
    let order: Vec<&str> = problems(&facts, TEXTS)
        .iter()
        .map(|problem| problem.key)
        .collect();
    assert_eq!(order, ["no_token", "dead_items", "registry_missing"]);
}

/// What an administrator reads, in both languages: to be looked at by people when it changes.
#[rstest]
#[case("en", Language::En)]
#[case("ru", Language::Ru)]
fn problems_in_words(#[case] name: &str, #[case] language: Language) {
    let facts = with(|facts| {
        engines(facts).published = None;
        recounts(facts).due_at = ago(45);
        kz(facts).last_import.as_mut().unwrap().finished_at = Some(ago(5000));
        *only_import(facts) = import("failed");
        only_process(facts).clock_skew = -7.4;
        facts.portals = Ok(TroubleKind::ALL.map(|kind| trouble(kind, 1, 1)).to_vec());
    });
    let told: Vec<String> = problems(&facts, Texts(language))
        .iter()
        .map(|problem| {
            let links: Vec<&str> = problem.links.iter().map(|link| link.text.as_str()).collect();
            format!(
                "[{}] {}\n  {}\n  {}\n  → {}",
                problem.tone.key(),
                problem.what,
                problem.means,
                problem.advice,
                links.join(", ")
            )
        })
        .collect();
    insta::assert_snapshot!(format!("problems_in_words_{name}"), told.join("\n\n"));
}
