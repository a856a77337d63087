//! Figures over time: added up by whichever process, made into hours, forgotten.

use crate::world::{World, member};
use certlens_store::telemetry::{Figure, PortalFigure, RolledUp, Span, series};
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);

fn counted(label: &str, total: f64) -> Figure {
    Figure {
        series: series::SEARCH_FAILURES,
        label: label.to_owned(),
        samples: 1,
        total,
        peak: total,
        buckets: None,
    }
}

fn observed(buckets: &[u64]) -> Figure {
    Figure {
        series: series::SEARCH_SECONDS,
        label: "cache".to_owned(),
        samples: buckets.iter().sum(),
        total: 1.5,
        peak: 0.5,
        buckets: Some(buckets.to_vec()),
    }
}

#[tokio::test]
async fn what_two_processes_gathered_in_a_minute_is_one_row() {
    let world = World::create().await;
    let (other, pool) = world.other_process(1).await;

    world
        .store
        .add_telemetry(&[observed(&[1, 0, 2]), counted("", 3.0)], MINUTE)
        .await
        .unwrap();
    other
        .add_telemetry(&[counted("", 4.0), observed(&[0, 5])], MINUTE)
        .await
        .unwrap();
    // The clock may have come to the next minute between the two.
    world.execute("UPDATE telemetry SET at = at WHERE false").await;
    let points = world
        .store
        .telemetry(&[series::SEARCH_SECONDS, series::SEARCH_FAILURES], Span::Day)
        .await
        .unwrap();

    let totals = |name: &str| -> f64 {
        points
            .iter()
            .filter(|point| point.series == name)
            .map(|point| point.total)
            .sum()
    };
    assert!((totals(series::SEARCH_FAILURES) - 7.0).abs() < 1e-9);
    assert!((totals(series::SEARCH_SECONDS) - 3.0).abs() < 1e-9);
    let mut buckets = [0_i64; 3];
    for point in points.iter().filter_map(|point| point.buckets.as_ref()) {
        for (sum, held) in buckets.iter_mut().zip(point) {
            *sum += held;
        }
    }
    assert_eq!(buckets, [1, 5, 2]);
    pool.close().await;
    world.end().await;
}

#[tokio::test]
async fn hours_are_made_out_of_minutes_as_often_as_one_likes_and_stay_when_the_minutes_are_gone() {
    let world = World::create().await;
    world
        .execute(
            "INSERT INTO telemetry (step, series, label, at, samples, total, peak, buckets)
             SELECT 'minute', 'certlens_search_seconds', 'cache', date_trunc('hour', now(), 'UTC') - minutes * interval '1 minute',
                    1, 2, minutes, ARRAY[1, 0, 1]
             FROM generate_series(1, 60) AS minutes",
        )
        .await;

    let first = world.store.roll_up_telemetry().await.unwrap().unwrap();
    let second = world.store.roll_up_telemetry().await.unwrap().unwrap();
    world
        .execute("UPDATE telemetry SET at = at - interval '3 days' WHERE step = 'minute'")
        .await;
    let third = world.store.roll_up_telemetry().await.unwrap().unwrap();

    assert_eq!(
        (first, second),
        (
            RolledUp {
                hours: 1,
                forgotten: 0
            },
            first
        )
    );
    assert_eq!(
        third,
        RolledUp {
            hours: 0,
            forgotten: 60
        }
    );
    let month = world
        .store
        .telemetry(&[series::SEARCH_SECONDS], Span::Month)
        .await
        .unwrap();
    assert_eq!(month.len(), 1);
    let point = &month[0];
    assert_eq!(
        (point.samples, point.buckets.as_deref()),
        (60, Some(&[60, 0, 60][..]))
    );
    assert!((point.total - 120.0).abs() < 1e-9 && (point.peak - 60.0).abs() < 1e-9);
    world.end().await;
}

#[tokio::test]
async fn hour_whose_minutes_are_forgotten_in_part_is_not_made_anew_out_of_the_rest() {
    let world = World::create().await;
    world
        .execute(
            "INSERT INTO telemetry (step, series, label, at, samples, total, peak)
             SELECT step, 'certlens_search_failures_total', '', date_trunc('hour', now(), 'UTC') - interval '47 hours',
                    1, total, 1
             FROM (VALUES ('hour', 60), ('minute', 1)) AS kept (step, total)",
        )
        .await;

    world.store.roll_up_telemetry().await.unwrap().unwrap();

    assert_eq!(
        world
            .number("SELECT total::bigint FROM telemetry WHERE step = 'hour'")
            .await,
        60
    );
    world.end().await;
}

#[tokio::test]
async fn one_process_rolls_up_at_a_time() {
    let world = World::create().await;
    let mut holder = world.pool().begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(x'74656c656d65'::bigint)")
        .execute(&mut *holder)
        .await
        .unwrap();

    let rolled_up = world.store.roll_up_telemetry().await.unwrap();

    assert_eq!(rolled_up, None);
    holder.rollback().await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn chart_of_a_day_has_a_point_for_each_quarter_of_an_hour() {
    let world = World::create().await;
    world
        .execute(
            "INSERT INTO telemetry (step, series, label, at, samples, total, peak)
             SELECT 'minute', 'certlens_queue_depth', 'items/waiting', now() - minutes * interval '1 minute', 1, 10, 10
             FROM generate_series(0, 2000) AS minutes",
        )
        .await;

    let points = world
        .store
        .telemetry(&[series::QUEUE_DEPTH], Span::Day)
        .await
        .unwrap();

    assert!((96..=97).contains(&points.len()), "{}", points.len());
    assert!(points.iter().all(|point| (point.mean() - 10.0).abs() < 1e-9));
    world.end().await;
}

#[tokio::test]
async fn figures_of_portals_are_kept_by_the_hour_and_leave_with_their_portal() {
    let world = World::create().await;
    let (busy, quiet) = (world.portal(1).await, world.portal(2).await);
    let calls = |portal: &certlens_store::MemberId, total| PortalFigure {
        member_id: portal.clone(),
        series: series::REST_CALLS,
        total,
    };

    let figures = [
        calls(&busy, 5.0),
        calls(&quiet, 1.0),
        calls(&member(3), 9.0),
        calls(&busy, 2.0),
    ];
    world.store.add_portal_telemetry(&figures).await.unwrap();
    world.store.add_portal_telemetry(&figures).await.unwrap();

    let all = world
        .store
        .busiest_portals(series::REST_CALLS, Duration::from_hours(24), None)
        .await
        .unwrap();
    let found: Vec<(&str, f64)> = all.iter().map(|one| (one.domain.as_str(), one.total)).collect();
    assert_eq!(found, [("portal1.example", 14.0), ("portal2.example", 2.0)]);
    let own = world
        .store
        .busiest_portals(series::REST_CALLS, Duration::from_hours(24), Some(&quiet))
        .await
        .unwrap();
    assert_eq!(own.len(), 1, "one portal's figures name no other");
    let hours = world
        .store
        .portal_hours(&busy, series::REST_CALLS, Duration::from_hours(24))
        .await
        .unwrap();
    assert!((hours.iter().map(|(_, total)| total).sum::<f64>() - 14.0).abs() < 1e-9);
    world.execute("DELETE FROM portals").await;
    assert_eq!(world.number("SELECT count(*) FROM portal_telemetry").await, 0);
    world.end().await;
}
