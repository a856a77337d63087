//! Users: complete readings, people seen by the way, absences.

use crate::world::{World, member};
use certlens_domain::people::{Department, Standing};
use certlens_store::{KnownUser, ReadDepartment, ReadUser, StoreError, UserId, UsersRead};
use chrono::NaiveDate;

pub(crate) fn listed(user: i64, is_active: bool) -> ReadUser {
    ReadUser {
        user_id: UserId(user),
        name: format!("User {user}"),
        is_active,
        is_employee: Some(true),
        department_ids: vec![3, 5],
    }
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
}

#[tokio::test]
async fn a_reading_tells_who_is_there_who_left_and_who_is_unknown() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let other = world.portal(2).await;
    world.store.note_users(&other, &[listed(9, true)]).await.unwrap();
    world
        .store
        .note_users(&portal, &[listed(5, true), listed(6, true), listed(7, false)])
        .await
        .unwrap();

    let read = world
        .store
        .note_users(&portal, &[listed(5, true), listed(6, false)])
        .await
        .unwrap();

    let expected = UsersRead {
        users: 2,
        dismissed: 1,
        unknown: 0,
    };
    assert_eq!(read, expected);
    let people = world.store.people(&portal).await.unwrap();
    let standing = |user| people.standing(user, today());
    assert_eq!(standing(5), Standing::Present);
    assert_eq!(standing(6), Standing::Dismissed);
    assert_eq!(
        standing(7),
        Standing::Dismissed,
        "it was said once, and not taken back"
    );
    assert_eq!(standing(9), Standing::Unknown, "a user of another portal");
    assert_eq!(people.persons[&5].department_ids, [3, 5]);
    world.end().await;
}

#[tokio::test]
async fn somebody_active_who_is_not_listed_any_more_is_unknown_and_not_dismissed() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .note_users(&portal, &[listed(5, true), listed(6, true)])
        .await
        .unwrap();

    let read = world.store.note_users(&portal, &[listed(5, true)]).await.unwrap();

    assert_eq!(read.unknown, 1);
    let people = world.store.people(&portal).await.unwrap();
    assert_eq!(people.standing(6, today()), Standing::Unknown);
    world.end().await;
}

#[tokio::test]
async fn a_reading_says_nothing_of_who_administers_the_portal_and_leaves_a_known_name() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .note_profile(&portal, UserId(5), true, "Анна Петрова")
        .await
        .unwrap();
    let nameless = ReadUser {
        name: String::new(),
        ..listed(5, true)
    };
    let spoilt = ReadUser {
        name: "A\0B".to_owned(),
        ..listed(6, true)
    };

    world
        .store
        .note_users(&portal, &[nameless, spoilt])
        .await
        .unwrap();

    let administrator = async |user| world.store.administrator(&portal, UserId(user)).await.unwrap();
    assert_eq!(administrator(5).await, Some(true));
    assert_eq!(administrator(6).await, None);
    let name = async |user| world.store.user_name(&portal, UserId(user)).await.unwrap();
    assert_eq!(name(5).await.as_deref(), Some("Анна Петрова"));
    assert_eq!(name(6).await.as_deref(), Some("AB"));
    world.end().await;
}

#[tokio::test]
async fn before_the_first_reading_everybody_may_be_there() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world.store.note_user(&portal, UserId(5), true).await.unwrap();

    let people = world.store.people(&portal).await.unwrap();

    assert!(!people.is_read);
    assert_eq!(people.standing(5, today()), Standing::Present);
    assert_eq!(people.standing(6, today()), Standing::Present);
    world.end().await;
}

#[tokio::test]
async fn a_user_who_is_seen_at_work_is_back() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .note_users(&portal, &[listed(5, false)])
        .await
        .unwrap();

    for user in [5, 8] {
        world.store.note_presence(&portal, UserId(user)).await.unwrap();
    }

    let people = world.store.people(&portal).await.unwrap();
    assert_eq!(people.standing(5, today()), Standing::Present);
    assert_eq!(people.standing(8, today()), Standing::Present);
    assert_eq!(
        world
            .number("SELECT count(*) FROM portal_users WHERE dismissed_at IS NOT NULL")
            .await,
        0
    );
    assert_eq!(world.store.administrator(&portal, UserId(8)).await.unwrap(), None);
    world.end().await;
}

#[tokio::test]
async fn an_absence_lasts_through_readings_until_its_day() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world.store.note_users(&portal, &[listed(5, true)]).await.unwrap();

    let is_known = async |user| {
        let until = Some(today());
        world
            .store
            .set_absence(&portal, UserId(user), until)
            .await
            .unwrap()
    };
    assert!(is_known(5).await);
    assert!(!is_known(6).await);
    world.store.note_users(&portal, &[listed(5, true)]).await.unwrap();

    let people = world.store.people(&portal).await.unwrap();
    assert_eq!(people.standing(5, today()), Standing::Absent);
    assert_eq!(people.standing(5, today().succ_opt().unwrap()), Standing::Present);
    world.end().await;
}

#[tokio::test]
async fn departments_are_replaced_whole_and_a_refusal_keeps_them() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let department = |department_id, parent_id, head: Option<i64>| ReadDepartment {
        department_id,
        name: "Продажи".to_owned(),
        parent_id,
        head_id: head.map(UserId),
    };
    let note = async |departments: &[ReadDepartment]| {
        world.store.note_departments(&portal, departments).await.unwrap();
    };
    note(&[department(1, None, Some(5)), department(2, Some(1), None)]).await;
    note(&[department(1, None, Some(6)), department(3, Some(1), None)]).await;
    world
        .store
        .note_departments_refused(&portal, "insufficient_scope")
        .await
        .unwrap();

    let departments = world.store.people(&portal).await.unwrap().departments;
    let expected = [
        (
            1,
            Department {
                parent_id: None,
                head_id: Some(6),
            },
        ),
        (
            3,
            Department {
                parent_id: Some(1),
                head_id: None,
            },
        ),
    ];
    assert_eq!(departments, expected.into());
    let words = async || world.store.departments_refused(&portal).await.unwrap();
    assert_eq!(words().await.as_deref(), Some("insufficient_scope"));
    note(&[]).await;
    assert_eq!(words().await, None);
    world.end().await;
}

#[tokio::test]
async fn users_to_choose_from_are_employees_who_are_there_by_name() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let named = |user, name: &str| ReadUser {
        name: name.to_owned(),
        ..listed(user, true)
    };
    let guest = ReadUser {
        is_employee: Some(false),
        ..listed(9, true)
    };
    world
        .store
        .note_users(&portal, &[named(5, "Б"), named(6, "А"), listed(7, false), guest])
        .await
        .unwrap();

    let users = world.store.users(&portal).await.unwrap();

    let in_order: Vec<_> = users.iter().map(|user| user.name.as_deref()).collect();
    assert_eq!(in_order, [Some("А"), Some("Б")]);
    let expected = KnownUser {
        user_id: UserId(6),
        name: Some("А".to_owned()),
        is_active: Some(true),
        absent_until: None,
    };
    assert_eq!(users[0], expected);
    world.end().await;
}

#[tokio::test]
async fn a_reading_of_an_unknown_portal_says_so() {
    let world = World::create().await;
    let error = world
        .store
        .note_users(&member(9), &[listed(5, true)])
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::UnknownPortal(_)), "{error:?}");
    world.end().await;
}

#[tokio::test]
async fn a_job_is_made_due_once_where_it_never_was() {
    let world = World::create().await;
    world.portal(1).await;
    let gone = world.portal(2).await;
    world.store.archive(&gone).await.unwrap();

    assert_eq!(world.store.schedule_where_missing("staff").await.unwrap(), 1);
    assert_eq!(world.store.schedule_where_missing("staff").await.unwrap(), 0);
    world.end().await;
}
