//! What is found out about portals in trouble, and about work behind its time.

use crate::world::{World, chain};
use certlens_store::{ChainSource, Store, TroubleKind};
use rstest::rstest;

/// A portal as it should be.
async fn healthy() -> (World, certlens_store::MemberId) {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .save_chain(&portal, &chain(1, ChainSource::Installation, "a"))
        .await
        .unwrap();
    (world, portal)
}

async fn kinds(store: &Store) -> Vec<TroubleKind> {
    let troubles = store.portal_troubles(None).await.unwrap();
    troubles.iter().map(|trouble| trouble.kind).collect()
}

#[tokio::test]
async fn portal_as_it_should_be_has_no_trouble() {
    let (world, _) = healthy().await;
    assert_eq!(kinds(&world.store).await, []);
    world.end().await;
}

#[rstest]
#[case(
    "UPDATE portals SET state = 'suspended', state_reason = 'unpaid'",
    TroubleKind::Suspended
)]
#[case("UPDATE portals SET state = 'needs_reauth'", TroubleKind::NeedsReauth)]
#[case(
    "UPDATE portals SET state = 'uninstalled', uninstalled_at = now(), application_token_hash = NULL",
    TroubleKind::Uninstalled
)]
#[case(
    "UPDATE portals SET state = 'installing', install_began_at = now() - interval '2 hours'",
    TroubleKind::Unfinished
)]
#[case(
    "UPDATE chains SET access_token = NULL, refresh_token = NULL, ended_at = now(), end_reason = 'spent'",
    TroubleKind::NoToken
)]
#[case(
    r#"INSERT INTO portal_jobs (member_id, kind, progress) SELECT member_id, 'reconcile',
       '{"bindings": [{"name": "A", "outcome": "kept"}, {"name": "B", "outcome": {"failed": "not allowed"}}]}' FROM portals"#,
    TroubleKind::BindingsMissing
)]
#[case(
    "INSERT INTO notification_senders (member_id, paused_until, pause_reason)
     SELECT member_id, 'infinity', 'somebody stopped it' FROM portals",
    TroubleKind::SendingPaused
)]
#[case(
    "INSERT INTO portal_budgets (member_id, booked_until) SELECT member_id, now() + interval '1 minute' FROM portals",
    TroubleKind::BudgetExhausted
)]
#[case(
    "INSERT INTO parked_methods SELECT member_id, 'crm.item.list', now() + interval '1 minute' FROM portals",
    TroubleKind::MethodsParked
)]
#[case(
    "INSERT INTO portal_jobs (member_id, kind, attempts, last_error) SELECT member_id, 'crawl', 3, 'no route' FROM portals",
    TroubleKind::WorkFails
)]
#[case(
    "INSERT INTO portal_events (member_id, event, body, proved, state, finished_at, last_error)
     SELECT member_id, 'ONCRMDEALADD', '', true, 'failed', now(), 'no sense' FROM portals",
    TroubleKind::DeadEvents
)]
#[case(
    "INSERT INTO notification_items (id, member_id, entity_type, entity_id, kind, subscriber_ids, state, reason, is_open)
     SELECT gen_random_uuid(), member_id, 'deal', 1, 'todo', '{1}', 'dead', 'refused', false FROM portals",
    TroubleKind::DeadItems
)]
#[case(
    "INSERT INTO notification_items (id, member_id, entity_type, entity_id, kind, subscriber_ids, state, reason, is_open)
     SELECT gen_random_uuid(), member_id, 'deal', 1, 'todo', '{1}', 'unassignable', 'nobody is left', false FROM portals",
    TroubleKind::UnassignableItems
)]
#[case(
    "INSERT INTO portal_canaries (member_id, steps, failed_step, words, failures, failing_since)
     SELECT member_id, '[]', 'reading', 'unreadable_answer', 2, now() FROM portals",
    TroubleKind::CanaryFails
)]
#[case(
    "INSERT INTO answer_deviations (member_id, method, field, expected, found, sample, times)
     SELECT member_id, 'crm.item.get', 'item.id', 'number', 'text', '\"0\"', 3 FROM portals",
    TroubleKind::AnswersDiffer
)]
#[tokio::test]
async fn each_trouble_of_a_portal_is_found_for_it_and_for_nobody_else(
    #[case] fault: &'static str,
    #[case] expected: TroubleKind,
) {
    let (world, portal) = healthy().await;
    world.execute(fault).await;
    let other = world.portal(2).await;
    world
        .store
        .save_chain(&other, &chain(1, ChainSource::Installation, "b"))
        .await
        .unwrap();

    assert_eq!(kinds(&world.store).await, [expected]);
    let own = world.store.portal_troubles(Some(&portal)).await.unwrap();
    assert_eq!((own[0].domain.as_str(), own[0].portals), ("portal1.example", 1));
    assert_eq!(world.store.portal_troubles(Some(&other)).await.unwrap(), []);
    world.end().await;
}

/// What is told already is not told once more as a failed look.
#[rstest]
#[case::suspended(
    "UPDATE portals SET state = 'suspended', state_reason = 'unpaid'",
    TroubleKind::Suspended
)]
#[case::without_a_token(
    "UPDATE chains SET access_token = NULL, refresh_token = NULL, ended_at = now(), end_reason = 'spent'",
    TroubleKind::NoToken
)]
#[case::whose_look_is_a_failing_job(
    "INSERT INTO portal_jobs (member_id, kind, attempts, last_error)
     SELECT member_id, 'reconcile', 5, 'no answer' FROM portals",
    TroubleKind::CanaryFails
)]
#[tokio::test]
async fn portal_whose_look_failed_for_a_known_reason_has_one_trouble(
    #[case] fault: &'static str,
    #[case] expected: TroubleKind,
) {
    let (world, _) = healthy().await;
    world
        .execute(
            "INSERT INTO portal_canaries (member_id, steps, failed_step, words, failures, failing_since)
             SELECT member_id, '[]', 'token', 'silent', 2, now() FROM portals",
        )
        .await;
    world.execute(fault).await;
    assert_eq!(kinds(&world.store).await, [expected]);
    world.end().await;
}

#[tokio::test]
async fn of_many_portals_in_the_same_trouble_some_are_named_and_all_are_counted() {
    let world = World::create().await;
    for number in 1..=30 {
        world.portal(number).await;
    }

    let troubles = world.store.portal_troubles(None).await.unwrap();

    assert_eq!(troubles.len(), 20);
    assert!(
        troubles
            .iter()
            .all(|one| one.kind == TroubleKind::NoToken && one.portals == 30)
    );
    world.end().await;
}

#[tokio::test]
async fn failures_count_since_the_last_recount_that_came_to_its_end() {
    let world = World::create().await;
    world
        .execute(
            "INSERT INTO recounts (occasion, state, started_at, finished_at, error) VALUES
                ('schedule', 'failed', now(), now() - interval '3 hours', 'long ago'),
                ('schedule', 'done', now(), now() - interval '2 hours', NULL),
                ('schedule', 'failed', now(), now() - interval '1 hour', 'first'),
                ('schedule', 'failed', now(), now(), 'second')",
        )
        .await;

    let health = world.store.recount_health().await.unwrap();

    assert_eq!((health.failures, health.error.as_deref()), (2, Some("second")));
    assert!(health.failed_since > health.succeeded_at);
    assert_eq!(health.running_since, None);
    world.end().await;
}

#[tokio::test]
async fn item_that_is_due_counts_as_late_unless_its_portal_is_paused() {
    let (world, portal) = healthy().await;
    world
        .execute(
            "INSERT INTO notification_items (id, member_id, entity_type, entity_id, kind, subscriber_ids, due_at)
             SELECT gen_random_uuid(), member_id, 'deal', 1, 'todo', '{1}', now() - interval '1 hour' FROM portals",
        )
        .await;
    let late = world.store.notification_health(None).await.unwrap();
    let measured = world.store.measured().await.unwrap();
    world
        .execute(
            "INSERT INTO notification_senders (member_id, paused_until, pause_reason)
             SELECT member_id, 'infinity', 'stopped' FROM portals",
        )
        .await;
    let paused = world.store.notification_health(Some(&portal)).await.unwrap();

    assert_eq!(late.due, 1);
    assert!(late.due_since.is_some());
    assert!(measured.items_overdue >= 3600.0, "{measured:?}");
    assert_eq!((paused.due, paused.due_since), (0, None));
    world.end().await;
}

#[tokio::test]
async fn measurement_counts_portals_and_chains() {
    let (world, _) = healthy().await;
    world.portal(2).await;
    world
        .execute("UPDATE recount_schedule SET due_at = now() - interval '10 minutes'")
        .await;

    let measured = world.store.measured().await.unwrap();

    assert_eq!((measured.installed, measured.without_token), (2, 1));
    assert_eq!((measured.living_chains, measured.ended_chains), (1, 0));
    assert!(
        measured.recount_overdue >= 600.0 && measured.recount_age.is_none(),
        "{measured:?}"
    );
    world.end().await;
}

#[rstest]
#[case::recount("INSERT INTO recounts (occasion, state) VALUES ('interface', 'requested')")]
#[case::dead_item(
    "INSERT INTO notification_items (id, member_id, entity_type, entity_id, kind, subscriber_ids, state, reason, is_open)
     SELECT gen_random_uuid(), member_id, 'deal', 1, 'todo', '{1}', 'dead', 'refused', false FROM portals"
)]
#[case::portal("UPDATE portals SET state = 'suspended', state_reason = 'unpaid', state_changed_at = now()")]
#[case::job(
    "INSERT INTO portal_jobs (member_id, kind, last_started_at) SELECT member_id, 'crawl', now() FROM portals"
)]
#[tokio::test]
async fn revision_changes_with_what_the_monitor_shows_and_stays_otherwise(#[case] change: &'static str) {
    let (world, portal) = healthy().await;
    for scope in [None, Some(&portal)] {
        let before = world.store.monitor_revision(scope).await.unwrap();
        assert_eq!(world.store.monitor_revision(scope).await.unwrap(), before);
    }
    let before = world.store.monitor_revision(None).await.unwrap();

    world.execute(change).await;

    assert_ne!(world.store.monitor_revision(None).await.unwrap(), before);
    world.end().await;
}
