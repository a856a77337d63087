//! Scheduled backups: one process at a time, and not too often.

use crate::world::World;
use certlens_backup::Contents;
use certlens_backup::keeping::take_turn;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn of_two_processes_one_makes_the_backup_that_is_due_and_then_none_is() {
    let world = World::filled().await;
    let pool = world.pool();

    let turn = take_turn(pool, DAY, false, "one").await.unwrap().unwrap();
    let other = take_turn(pool, DAY, false, "two").await.unwrap();
    turn.end(&world.back_up(Contents::Own).await).await.unwrap();
    let next = take_turn(pool, DAY, false, "two").await.unwrap();

    assert!(other.is_none() && next.is_none());
    let standing = world.store().backup_standing().await.unwrap();
    let last = standing.last.unwrap();
    assert_eq!(last.node, "one");
    assert!(last.bytes > 0 && last.age < 600.0);
    world
        .run("UPDATE backups SET finished_at = now() - interval '25 hours'")
        .await;
    assert!(take_turn(pool, DAY, false, "two").await.unwrap().is_some());
    world.close().await;
}

#[tokio::test]
async fn failure_is_told_and_tried_again_after_a_rest_and_so_is_a_process_that_died() {
    let world = World::filled().await;
    let pool = world.pool();

    let turn = take_turn(pool, DAY, false, "one").await.unwrap().unwrap();
    turn.fail("the disk is full").await.unwrap();

    assert!(take_turn(pool, DAY, false, "one").await.unwrap().is_none());
    let standing = world.store().backup_standing().await.unwrap();
    assert_eq!(standing.failed.unwrap().1, "the disk is full");
    assert!(standing.portals_since.is_some());
    world
        .run("UPDATE backups SET finished_at = now() - interval '16 minutes'")
        .await;
    // Killed: its connection goes, and the lock with it.
    drop(take_turn(pool, DAY, false, "one").await.unwrap().unwrap());
    let mut again = None;
    for _ in 0..200 {
        again = take_turn(pool, DAY, false, "two").await.unwrap();
        if again.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(again.is_some());
    world.close().await;
}

#[tokio::test]
async fn nothing_is_due_where_nothing_can_be_lost() {
    let world = World::empty().await;
    assert!(
        take_turn(world.pool(), DAY, false, "one")
            .await
            .unwrap()
            .is_none()
    );
    world.close().await;
}
