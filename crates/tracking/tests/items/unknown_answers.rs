//! Answers of unknown shapes: no item is lost, none is there twice, nobody is taken for gone.

use certlens_domain::tracking::NotificationKind;
use certlens_portal_sim::{Change, Mutation, Place};

use crate::world::{World, eventually, stored, tempo};

const ITEMS: i64 = 4;

/// What creates an item of a kind, and what finds it again: methods with the fields that are read.
fn answers(kind: NotificationKind) -> [(&'static str, &'static [&'static str]); 2] {
    match kind {
        NotificationKind::Task => [
            ("tasks.task.add", &["", "task", "task.id"]),
            ("tasks.task.list", &["", "tasks", "tasks[].id", "tasks[].xmlId"]),
        ],
        NotificationKind::Comment => [
            ("crm.timeline.comment.add", &[""]),
            ("crm.timeline.comment.list", &["", "[].ID", "[].COMMENT"]),
        ],
        NotificationKind::Activity => [
            ("crm.activity.configurable.add", &["", "activity", "activity.id"]),
            ("crm.activity.list", &["", "[].ID", "[].ORIGIN_ID"]),
        ],
        _ => [
            ("crm.activity.todo.add", &["", "id"]),
            ("crm.activity.list", &["", "[].ID", "[].DESCRIPTION"]),
        ],
    }
}

/// Sends items while answers come in another shape; then as documented again.
async fn sent_through(kind: NotificationKind, change: Change) {
    let world = World::start(ITEMS.unsigned_abs()).await;
    let portal = world.portal();
    world.plan(&portal, ITEMS, kind).await;
    let is_of_a_field = change.is_of_a_field();
    let fields = answers(kind)
        .into_iter()
        .flat_map(|(method, fields)| fields.iter().map(move |field| (method, *field)))
        .chain([
            ("crm.item.list", "items[].id"),
            ("crm.item.get", "item.id"),
            ("user.get", "[].ID"),
        ]);
    for (method, field) in fields.filter(|(_, field)| is_of_a_field || field.is_empty()) {
        portal.mutate(Mutation {
            method: method.to_owned(),
            place: Place::Path(field.to_owned()),
            change,
        });
    }

    let sender = world.sender(&tempo());
    eventually("something was tried", async || {
        world.store().resume_sending(&stored(&portal)).await.unwrap();
        world
            .number("SELECT count(*) FROM notification_items WHERE attempts > 0 OR state = 'sent'")
            .await
            > 0
    })
    .await;
    portal.clear_mutations();
    eventually("everything is sent", async || {
        world
            .execute("UPDATE notification_items SET due_at = now() WHERE state = 'waiting'")
            .await;
        world.store().resume_sending(&stored(&portal)).await.unwrap();
        world.states().await.get("sent") == Some(&ITEMS)
    })
    .await;
    sender.stop().await;

    world.assert_each_once(&portal, kind).await;
    world.close().await;
}

/// One test for each kind: the changes take turns, each on a portal of its own.
async fn sent_through_all(kind: NotificationKind) {
    for change in [
        Change::Drop,
        Change::Null,
        Change::Nest,
        Change::Html,
        Change::Truncated,
        Change::UnknownError,
        Change::JsonUnder500,
        Change::ListForAll,
    ] {
        sent_through(kind, change).await;
    }
}

#[tokio::test]
async fn to_dos_are_there_once_whatever_shape_answers_have() {
    sent_through_all(NotificationKind::Todo).await;
}

#[tokio::test]
async fn activities_are_there_once_whatever_shape_answers_have() {
    sent_through_all(NotificationKind::Activity).await;
}

#[tokio::test]
async fn tasks_are_there_once_whatever_shape_answers_have() {
    sent_through_all(NotificationKind::Task).await;
}

#[tokio::test]
async fn comments_are_there_once_whatever_shape_answers_have() {
    sent_through_all(NotificationKind::Comment).await;
}

#[tokio::test]
async fn sending_to_a_portal_that_answers_as_ever_deviates_in_nothing() {
    let world = World::start(ITEMS.unsigned_abs()).await;
    let portal = world.portal();
    for kind in [
        NotificationKind::Todo,
        NotificationKind::Activity,
        NotificationKind::Task,
        NotificationKind::Comment,
    ] {
        world.plan(&portal, ITEMS, kind).await;
    }

    let process = world.another_process();
    let stop = tokio_util::sync::CancellationToken::new();
    let running = {
        let (process, stop) = (process.clone(), stop.clone());
        tokio::spawn(async move {
            certlens_tracking::notification::sending::run(&process, &tempo(), &stop).await;
        })
    };
    world.wait_until_sent().await;
    stop.cancel();
    running.await.unwrap();

    process.portals().keep_deviations().await.unwrap();
    assert_eq!(world.store().deviations(&stored(&portal)).await.unwrap(), []);
    world.close().await;
}
