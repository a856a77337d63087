//! The hourly look: what it finds on a portal that works, and on those that don't.

use std::sync::Arc;

use certlens_bitrix24::{EntityId, EntityType, PortalClient};
use certlens_portal_sim::{Change, Mutation, Place, PortalHandle, RestFault};
use certlens_portals::{CanaryReport, PageTest, Viewer};
use certlens_store::TroubleKind;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use rstest::rstest;

use crate::world::{ADMINISTRATOR, World, eventually, member_id, stored};

/// Pages that come out, or don't.
#[derive(Debug)]
struct Pages(Result<(), String>);

impl PageTest for Pages {
    fn open<'a>(
        &'a self,
        viewer: &'a Viewer,
        _: &'a PortalClient,
        card: (EntityType, EntityId),
    ) -> BoxFuture<'a, Result<(), String>> {
        assert_eq!(viewer.user_id.0, ADMINISTRATOR);
        assert_eq!(card.0, EntityType::Company);
        let outcome = self.0.clone();
        async move { outcome }.boxed()
    }
}

fn told(report: &CanaryReport) -> Vec<String> {
    report
        .steps
        .iter()
        .map(|step| format!("{} {} {}", step.step.key(), step.outcome.key(), step.words))
        .collect()
}

/// A portal that was installed and read.
async fn read() -> World {
    let mut world = World::start().await;
    world.install().await;
    world.work(&world.portals.clone());
    let member = member_id(&world.portal());
    eventually("the CRM is read", || async {
        let progress = world.portals.progress(&member).await.unwrap();
        progress.phase == certlens_portals::CrawlPhase::Finished
    })
    .await;
    world.stop_workers().await;
    world
}

async fn troubles(world: &World) -> Vec<(TroubleKind, String)> {
    let member = stored(&world.portal());
    let troubles = world.store().portal_troubles(Some(&member)).await.unwrap();
    troubles
        .into_iter()
        .map(|trouble| (trouble.kind, trouble.words.unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn a_portal_that_works_passes_and_is_left_as_it_is() {
    let world = read().await;
    world.portals.test_pages_with(Arc::new(Pages(Ok(()))));
    let portal = world.portal();
    let (placements, requests) = (portal.placements(), portal.requests().len());

    let report = world.portals.check(&member_id(&portal)).await.unwrap();

    assert_eq!(
        told(&report),
        [
            "token passed ",
            "bindings passed ",
            "reading passed ",
            "page passed "
        ]
    );
    assert_eq!(portal.placements(), placements);
    let asked: Vec<String> = portal.requests()[requests..]
        .iter()
        .filter(|request| !request.in_batch)
        .map(|request| request.method.clone())
        .collect();
    assert_eq!(asked, ["batch", "batch"]);
    let kept = world.store().canary(&stored(&portal)).await.unwrap().unwrap();
    assert_eq!((kept.failed_step, kept.failures), (None, 0));
    assert_eq!(troubles(&world).await, []);
    world.close().await;
}

/// Answers come without what a card is read from.
fn break_reading(portal: &PortalHandle) {
    portal.mutate(Mutation {
        method: "crm.item.get".to_owned(),
        place: Place::Path("item".to_owned()),
        change: Change::Drop,
    });
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_fails_until_it_can() {
    let world = read().await;
    let portal = world.portal();
    break_reading(&portal);

    for _ in 0..2 {
        let report = world.portals.check(&member_id(&portal)).await.unwrap();
        assert_eq!(report.failure().unwrap().words, "unreadable_answer");
    }
    let failing = world.store().canary(&stored(&portal)).await.unwrap().unwrap();
    assert_eq!(
        (failing.failed_step.as_deref(), failing.failures),
        (Some("reading"), 2)
    );
    assert!(failing.failing_since.unwrap() <= failing.ran_at);
    assert_eq!(
        troubles(&world).await[0],
        (TroubleKind::CanaryFails, "reading\tunreadable_answer".to_owned())
    );

    portal.clear_mutations();
    let report = world.portals.check(&member_id(&portal)).await.unwrap();
    assert!(report.is_healthy(), "{report:?}");
    let well = world.store().canary(&stored(&portal)).await.unwrap().unwrap();
    assert_eq!((well.failed_step, well.failing_since), (None, None));
    world.close().await;
}

#[tokio::test]
async fn a_failure_is_neither_ended_nor_counted_by_a_look_at_a_busy_portal() {
    let world = read().await;
    let portal = world.portal();
    break_reading(&portal);
    world.portals.check(&member_id(&portal)).await.unwrap();
    portal.set_fault(RestFault::OperatingBlocked);

    let report = world.portals.check(&member_id(&portal)).await.unwrap();

    assert_eq!(report.failure(), None, "{report:?}");
    assert!(!report.is_healthy());
    let kept = world.store().canary(&stored(&portal)).await.unwrap().unwrap();
    assert_eq!((kept.failed_step.as_deref(), kept.failures), (Some("reading"), 1));
    world.close().await;
}

#[rstest]
#[case::silent(RestFault::Html502, "silent")]
#[case::page_in_place_of_answers(RestFault::Html200, "unreadable_answer")]
#[tokio::test]
async fn a_portal_that_gives_no_answers_is_told_once_and_its_page_is_tried(
    #[case] fault: RestFault,
    #[case] words: &str,
) {
    let world = read().await;
    world.portals.test_pages_with(Arc::new(Pages(Ok(()))));
    let portal = world.portal();
    portal.set_fault(fault);

    let report = world.portals.check(&member_id(&portal)).await.unwrap();

    assert_eq!(
        told(&report),
        [
            format!("token failed {words}"),
            "bindings skipped not_reached".to_owned(),
            "reading skipped not_reached".to_owned(),
            "page passed ".to_owned()
        ]
    );
    let told: Vec<TroubleKind> = troubles(&world).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(
        told.iter()
            .filter(|kind| **kind == TroubleKind::CanaryFails)
            .count(),
        1
    );
    assert!(!told.contains(&TroubleKind::WorkFails));
    world.close().await;
}

#[tokio::test]
async fn tabs_that_went_and_a_page_that_does_not_come_out_are_named() {
    let world = read().await;
    world
        .portals
        .test_pages_with(Arc::new(Pages(Err("the search gave no answer".to_owned()))));
    let portal = world.portal();
    portal.wipe_bindings();

    let report = world.portals.check(&member_id(&portal)).await.unwrap();

    let steps = told(&report);
    assert!(steps[1].starts_with("bindings failed "), "{steps:?}");
    assert!(steps[1].contains("CRM_DEAL_DETAIL_TAB"), "{steps:?}");
    assert_eq!(steps[3], "page failed the search gave no answer");
    assert!(portal.placements().is_empty(), "a look changes nothing");
    world.close().await;
}

#[tokio::test]
async fn a_portal_that_suspended_us_or_left_has_its_own_word_only() {
    let world = read().await;
    let portal = world.portal();
    portal.set_fault(RestFault::PaymentRequired);
    world.portals.check(&member_id(&portal)).await.unwrap();
    let kinds: Vec<TroubleKind> = troubles(&world).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [TroubleKind::Suspended]);
    world.close().await;
}

#[tokio::test]
async fn the_hourly_work_looks_at_the_portal() {
    let mut world = read().await;
    let member = stored(&world.portal());
    sqlx::query("DELETE FROM portal_canaries")
        .execute(world.pool())
        .await
        .unwrap();
    sqlx::query("UPDATE portal_jobs SET due_at = now() WHERE kind = 'reconcile'")
        .execute(world.pool())
        .await
        .unwrap();
    world.work(&world.portals.clone());

    eventually("the portal was looked at", || async {
        world.store().canary(&member).await.unwrap().is_some()
    })
    .await;

    eventually("the next look is in about an hour", || async {
        let due: Option<f64> = sqlx::query_scalar(
            "SELECT extract(epoch FROM due_at - now())::float8 FROM portal_jobs WHERE kind = 'reconcile'",
        )
        .fetch_one(world.pool())
        .await
        .unwrap();
        due.is_some_and(|seconds| (50.0 * 60.0..70.0 * 60.0).contains(&seconds))
    })
    .await;
    world.close().await;
}

#[rstest]
#[case::soon_after_the_last_one("10 minutes", 1)]
#[case::an_hour_after_it("55 minutes", 2)]
#[tokio::test]
async fn a_portal_that_stays_closed_is_looked_at_hourly_however_often_the_work_is_repeated(
    #[case] since_the_last_look: &str,
    #[case] failures: i32,
) {
    let mut world = read().await;
    let portal = world.portal();
    portal.set_fault(RestFault::LicenceRedirect);
    world.portals.check(&member_id(&portal)).await.unwrap();
    sqlx::query("UPDATE portal_canaries SET ran_at = now() - $1::text::interval")
        .bind(since_the_last_look)
        .execute(world.pool())
        .await
        .unwrap();
    sqlx::query(
        "UPDATE portal_jobs SET due_at = now(), attempts = 5, last_error = NULL WHERE kind = 'reconcile'",
    )
    .execute(world.pool())
    .await
    .unwrap();
    world.work(&world.portals.clone());

    eventually("the repetition failed, too", || async {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM portal_jobs WHERE kind = 'reconcile' AND attempts = 6 AND last_error IS NOT NULL)",
        )
        .fetch_one(world.pool())
        .await
        .unwrap()
    })
    .await;

    let kept = world.store().canary(&stored(&portal)).await.unwrap().unwrap();
    assert_eq!(kept.failures, failures);
    world.close().await;
}
