//! Each item exactly once: answers get lost, portals fail, senders die.

use std::time::Duration;

use certlens_domain::tracking::NotificationKind;
use certlens_portal_sim::RestFault;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rstest::rstest;

use crate::world::{World, eventually, stored, tempo};

const ITEMS: i64 = 60;

#[rstest]
#[tokio::test]
async fn item_is_there_once_in_spite_of_a_lost_answer(
    #[values(
        NotificationKind::Todo,
        NotificationKind::Activity,
        NotificationKind::Task,
        NotificationKind::Comment
    )]
    kind: NotificationKind,
    #[values(RestFault::WriteExecutedBut500, RestFault::WriteExecutedLate)] fault: RestFault,
) {
    let world = World::start(ITEMS.unsigned_abs()).await;
    let portal = world.portal();
    world.plan(&portal, ITEMS, kind).await;
    portal.set_fault_times(fault, 2);

    world.send_all().await;

    world.assert_each_once(&portal, kind).await;
    assert_eq!(world.states().await["sent"], ITEMS);
    world.close().await;
}

#[rstest]
#[tokio::test]
async fn item_is_there_once_in_spite_of_a_portal_that_breaks_off(
    #[values(
        RestFault::WriteExecutedButReset,
        RestFault::BatchExecutedHalf,
        RestFault::ConnectionReset,
        RestFault::Html502,
        RestFault::Html500,
        RestFault::RateLimited
    )]
    fault: RestFault,
) {
    let world = World::start(ITEMS.unsigned_abs()).await;
    let portal = world.portal();
    world.plan(&portal, ITEMS, NotificationKind::Todo).await;
    portal.set_fault_times(fault, 2);

    let sender = world.sender(&tempo());
    eventually("everything is sent", async || {
        // A portal in trouble is left alone for longer than a test lasts.
        world.store().resume_sending(&stored(&portal)).await.unwrap();
        world.states().await.get("sent") == Some(&ITEMS)
    })
    .await;
    sender.stop().await;

    world.assert_each_once(&portal, NotificationKind::Todo).await;
    world.close().await;
}

#[rstest]
#[tokio::test]
async fn item_with_a_lost_answer_is_found_behind_a_hundred_newer_ones_of_its_card(
    #[values(NotificationKind::Todo, NotificationKind::Comment)] kind: NotificationKind,
) {
    let world = World::start(1).await;
    let portal = world.portal();
    world.plan(&portal, 1, kind).await;
    portal.set_fault_times(RestFault::WriteExecutedBut500, 1);
    let sender = world.sender(&tempo());
    eventually("the answer is lost", async || {
        world
            .number("SELECT count(*) FROM notification_items WHERE is_uncertain AND state = 'waiting'")
            .await
            == 1
    })
    .await;
    sender.stop().await;
    for number in 0..110 {
        world.write_of_others(&portal, kind, number).await;
    }

    world.refill().await;
    world.send_all().await;

    let ours = world.objects(&portal, NotificationKind::Todo).await.len();
    let comments = world.objects(&portal, NotificationKind::Comment).await;
    let comments = comments
        .iter()
        .filter(|row| row.to_string().contains("certlens:"))
        .count();
    assert_eq!(ours + comments, 1);
    assert_eq!(world.states().await["sent"], 1);
    world.close().await;
}

#[tokio::test]
async fn item_is_there_once_although_senders_are_killed_in_the_middle() {
    let world = World::start(400).await;
    let portal = world.portal();
    world.plan(&portal, 400, NotificationKind::Todo).await;
    for round in 1..=3 {
        let sender = world.sender(&tempo());
        eventually("a batch is on its way", async || {
            world
                .number("SELECT count(*) FROM notification_items WHERE is_uncertain AND state = 'sending'")
                .await
                > 0
        })
        .await;
        tokio::time::sleep(Duration::from_millis(7 * round)).await;
        sender.kill().await;
    }

    world.send_all().await;

    world.assert_each_once(&portal, NotificationKind::Todo).await;
    assert_eq!(world.states().await["sent"], 400);
    world.close().await;
}

#[tokio::test]
async fn item_is_there_once_although_several_processes_send() {
    let world = World::start(300).await;
    let portal = world.portal();
    world.plan(&portal, 300, NotificationKind::Task).await;
    let mut small = tempo();
    small.items_in_a_turn = 60;

    let senders = [world.sender(&small), world.sender(&small), world.sender(&small)];
    world.wait_until_sent().await;
    for sender in senders {
        sender.stop().await;
    }

    world.assert_each_once(&portal, NotificationKind::Task).await;
    world.close().await;
}

#[tokio::test]
async fn item_is_there_once_although_a_sender_lost_its_lease_in_the_middle() {
    let world = World::start(120).await;
    let portal = world.portal();
    world.plan(&portal, 120, NotificationKind::Todo).await;
    let sender = world.sender(&tempo());
    eventually("a batch is on its way", async || {
        world
            .number("SELECT count(*) FROM notification_items WHERE is_uncertain")
            .await
            > 0
    })
    .await;
    // As if the process had slept for long.
    world
        .execute("UPDATE notification_senders SET lease_until = now() - interval '1 second'")
        .await;

    world.wait_until_sent().await;
    sender.stop().await;

    world.assert_each_once(&portal, NotificationKind::Todo).await;
    world.close().await;
}

/// Something that happens while items are sent.
#[derive(Debug, Clone)]
enum Happening {
    Fault(RestFault, u32),
    Kill,
    LoseLease,
    News(i64),
    Rest(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let fault = prop::sample::select(vec![
        RestFault::WriteExecutedBut500,
        RestFault::WriteExecutedButReset,
        RestFault::WriteExecutedLate,
        RestFault::BatchExecutedHalf,
        RestFault::ConnectionReset,
        RestFault::Html502,
        RestFault::RateLimited,
    ]);
    prop_oneof![
        4 => (fault, 1..3_u32).prop_map(|(fault, times)| Happening::Fault(fault, times)),
        2 => Just(Happening::Kill),
        1 => Just(Happening::LoseLease),
        3 => (1..30_i64).prop_map(Happening::News),
        3 => (1..400_u64).prop_map(Happening::Rest),
    ]
}

#[test]
fn every_item_is_there_once_after_any_interleaving_of_faults_kills_and_news() {
    let mut runner = TestRunner::new(Config {
        cases: 5,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    });
    runner
        .run(&prop::collection::vec(happening(), 4..14), |happenings| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(interleave(happenings));
            Ok(())
        })
        .unwrap();
}

async fn interleave(happenings: Vec<Happening>) {
    let kind = NotificationKind::Todo;
    let world = World::start(40).await;
    let portal = world.portal();
    world.plan(&portal, 40, kind).await;
    let mut sender = world.sender(&tempo());
    let mut document = 0;
    for happening in happenings {
        match happening {
            Happening::Fault(fault, times) => portal.set_fault_times(fault, times),
            Happening::Kill => {
                sender.kill().await;
                sender = world.sender(&tempo());
            }
            Happening::LoseLease => {
                world
                    .execute("UPDATE notification_senders SET lease_until = now() WHERE lease_id IS NOT NULL")
                    .await;
            }
            Happening::News(cards) => {
                document += 1;
                for subscription in 1..=cards {
                    world
                        .find(&portal, subscription, &format!("document {document}"))
                        .await;
                }
                world.store().plan_items(&stored(&portal)).await.unwrap();
            }
            Happening::Rest(milliseconds) => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
        }
    }
    portal.clear_faults();
    world.refill().await;
    eventually("everything is sent", async || {
        world.store().resume_sending(&stored(&portal)).await.unwrap();
        world
            .number("SELECT count(*) FROM notification_items WHERE state <> 'sent'")
            .await
            == 0
    })
    .await;
    sender.stop().await;
    world.assert_each_once(&portal, kind).await;
    let told = world
        .number("SELECT count(*) FROM item_news JOIN news ON news.id = news_id WHERE dropped IS NULL")
        .await;
    assert_eq!(
        told,
        world.number("SELECT count(*) FROM news").await,
        "each piece of news once"
    );
    world.close().await;
}

#[tokio::test]
async fn item_waits_for_a_database_that_does_not_give_its_documents_and_is_not_sent_without_them() {
    let world = World::start(1).await;
    let portal = world.portal();
    world.plan(&portal, 1, NotificationKind::Todo).await;
    world.execute("ALTER TABLE documents RENAME TO elsewhere").await;
    let due = "SELECT (extract(epoch FROM due_at) * 1000000)::bigint FROM notification_items";
    let planned = world.number(due).await;

    let sender = world.sender(&tempo());
    eventually("a turn has come to its end", async || {
        // What a turn could not send is due anew.
        world.number(due).await != planned || world.states().await.contains_key("sent")
    })
    .await;
    sender.stop().await;
    let while_away = world.objects(&portal, NotificationKind::Todo).await;
    world.execute("ALTER TABLE elsewhere RENAME TO documents").await;
    world
        .execute("UPDATE notification_items SET due_at = now()")
        .await;
    world.send_all().await;

    assert!(while_away.is_empty(), "{while_away:?}");
    world.assert_each_once(&portal, NotificationKind::Todo).await;
    world.close().await;
}
