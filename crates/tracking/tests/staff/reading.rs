//! Readings of the portal's list, and what follows.

use certlens_domain::people::{Department, Standing};
use certlens_portal_sim::{RestFault, SeedDepartment, SeedRights, SeedUser};
use certlens_portals::STAFF_JOB;
use certlens_store::UserId;
use certlens_tracking::TrackingWorker;
use certlens_tracking::staff::MoveRefused;
use chrono::{NaiveDate, Utc};
use tokio_util::sync::CancellationToken;

use crate::world::{ADMINISTRATOR, MANAGER, World, eventually};

fn today() -> NaiveDate {
    Utc::now().date_naive()
}

fn user(id: u64) -> SeedUser {
    SeedUser {
        id,
        name: "Имя".to_owned(),
        last_name: format!("Фамилия{id}"),
        admin: false,
        active: true,
        rights: SeedRights::All,
        extranet: false,
        position: String::new(),
        email: None,
        departments: vec![1],
    }
}

fn active() -> (String, Option<String>) {
    ("active".to_owned(), None)
}

fn dismissed() -> (String, Option<String>) {
    ("archived".to_owned(), Some("user_dismissed".to_owned()))
}

#[tokio::test]
async fn a_list_of_many_pages_is_read_whole_with_those_who_left() {
    let world = World::start().await;
    for id in 100..260 {
        world.simulator.put_user(user(id));
    }
    world.simulator.set_user_active(259, false);
    world.simulator.clear_journal();

    world.tracking.read_staff(&world.member_id()).await.unwrap();

    let people = world.people().await;
    assert!(people.is_read);
    assert_eq!(people.standing(258, today()), Standing::Present);
    assert_eq!(people.standing(259, today()), Standing::Dismissed);
    assert_eq!(people.standing(260, today()), Standing::Unknown);
    let requests: Vec<String> = world
        .simulator
        .requests()
        .into_iter()
        .filter(|request| !request.in_batch && request.server == "portal")
        .map(|request| request.method)
        .collect();
    assert_eq!(requests, ["batch", "department.get"], "one request for the users");
    world.close().await;
}

#[tokio::test]
async fn items_that_nobody_could_take_are_tried_again_when_people_change_and_only_then() {
    let world = World::start().await;
    world.tracking.read_staff(&world.member_id()).await.unwrap();
    world.unassignable_item().await;

    world.tracking.read_staff(&world.member_id()).await.unwrap();
    let after_the_same_list = world.is_item_due().await;
    world.simulator.put_user(user(300));
    world.tracking.read_staff(&world.member_id()).await.unwrap();

    assert!(!after_the_same_list, "the same people refuse the same item");
    assert!(world.is_item_due().await);
    world.close().await;
}

#[tokio::test]
async fn items_that_nobody_could_take_are_tried_again_when_somebody_is_said_to_be_back() {
    let world = World::start().await;
    world.tracking.read_staff(&world.member_id()).await.unwrap();
    world.unassignable_item().await;

    let manager = UserId(i64::try_from(MANAGER).unwrap());
    assert!(
        world
            .store()
            .set_absence(&world.member_id(), manager, None)
            .await
            .unwrap()
    );

    assert!(world.is_item_due().await);
    world.close().await;
}

#[tokio::test]
async fn a_users_access_that_ends_by_dismissal_lets_the_list_be_read_at_once() {
    let world = World::start().await;
    world.tracking.read_staff(&world.member_id()).await.unwrap();
    let soon = std::time::Duration::from_hours(24);
    world
        .execute("DELETE FROM portal_jobs WHERE kind = 'staff'")
        .await;
    world
        .store()
        .schedule(&world.member_id(), STAFF_JOB, soon)
        .await
        .unwrap();
    world.simulator.set_user_active(ADMINISTRATOR, false);
    world
        .execute("UPDATE chains SET expires_at = now() - interval '1 hour'")
        .await;

    world.tracking.read_staff(&world.member_id()).await.unwrap_err();

    let job = world
        .store()
        .job(&world.member_id(), STAFF_JOB)
        .await
        .unwrap()
        .unwrap();
    assert!(
        job.due_at
            .is_some_and(|due| due <= Utc::now() + chrono::TimeDelta::minutes(1))
    );
    world.close().await;
}

#[tokio::test]
async fn a_reading_that_fails_changes_nothing_and_is_repeated_by_the_job() {
    let world = World::start().await;
    world.tracking.read_staff(&world.member_id()).await.unwrap();
    let before = world.people().await;
    world.simulator.remove_user(MANAGER);
    world.simulator.set_fault(RestFault::Html502);

    world.tracking.read_staff(&world.member_id()).await.unwrap_err();

    assert_eq!(world.people().await, before);
    world.simulator.clear_faults();
    world.tracking.read_staff(&world.member_id()).await.unwrap();
    assert_eq!(world.people().await.standing(MANAGER, today()), Standing::Unknown);
    world.close().await;
}

#[tokio::test]
async fn without_the_scope_departments_are_refused_and_users_are_read_all_the_same() {
    let world = World::start().await;
    world.tracking.read_staff(&world.member_id()).await.unwrap();

    let words = world
        .store()
        .departments_refused(&world.member_id())
        .await
        .unwrap();
    assert!(words.is_some());
    assert!(world.people().await.departments.is_empty());

    world.simulator.grant_scope("department");
    world.simulator.set_departments((1..=70).map(|id| SeedDepartment {
        id,
        name: format!("Отдел {id}"),
        parent: (id > 1).then_some(1),
        head: (id == 1).then_some(ADMINISTRATOR),
    }));
    world.tracking.read_staff(&world.member_id()).await.unwrap();

    let words = world
        .store()
        .departments_refused(&world.member_id())
        .await
        .unwrap();
    assert_eq!(words, None);
    let people = world.people().await;
    assert_eq!(people.departments.len(), 70);
    let root = Department {
        parent_id: None,
        head_id: Some(ADMINISTRATOR),
    };
    assert_eq!(people.departments[&1], root);
    assert_eq!(people.heads_above(MANAGER), [ADMINISTRATOR]);
    world.close().await;
}

#[tokio::test]
async fn subscriptions_follow_a_dismissal_and_a_return_without_anybody_asking() {
    let world = World::start().await;
    world.subscribe(MANAGER).await;
    world.simulator.set_user_active(MANAGER, false);
    let stop = CancellationToken::new();
    let worker = tokio::spawn(TrackingWorker::new(world.tracking.clone()).run(stop.clone()));

    eventually("they are archived", || async {
        world.subscriptions_of(MANAGER).await == [dismissed()]
    })
    .await;
    world.simulator.set_user_active(MANAGER, true);
    // The portal refused somebody, say.
    world.tracking.doubt_staff(&world.member_id()).await.unwrap();
    sqlx::query("UPDATE portal_jobs SET due_at = now() WHERE kind = $1")
        .bind(STAFF_JOB)
        .execute(world.pool())
        .await
        .unwrap();
    eventually("they are back", || async {
        world.subscriptions_of(MANAGER).await == [active()]
    })
    .await;

    stop.cancel();
    worker.await.unwrap();
    world.close().await;
}

#[tokio::test]
async fn an_administrator_moves_subscriptions_only_to_somebody_who_is_there() {
    let world = World::start().await;
    world.simulator.put_user(user(8));
    world.simulator.set_user_active(8, false);
    world.tracking.read_staff(&world.member_id()).await.unwrap();
    world.subscribe(MANAGER).await;
    let relieve = async |to| {
        let member_id = world.member_id();
        world.tracking.move_subscriptions(&member_id, MANAGER, to).await
    };

    assert!(matches!(relieve(8).await, Err(MoveRefused::NotThere(8))));
    assert!(matches!(relieve(999).await, Err(MoveRefused::NotThere(999))));
    assert!(matches!(
        relieve(MANAGER).await,
        Err(MoveRefused::SameUser(MANAGER))
    ));
    assert_eq!(relieve(ADMINISTRATOR).await.unwrap(), 1);

    assert_eq!(world.subscriptions_of(ADMINISTRATOR).await, [active()]);
    world.close().await;
}
