//! The screen Settings: sections are saved by audited actions, and taken back from the history.

use crate::world::{World, administrator_of, another_portal, fact, operator, rows};
use certlens_monitor::{ActionRefused, ScreenRefused};
use certlens_store::{AuditQuery, UserId};
use serde_json::{Value, json};

const SETTINGS: &str = "/monitor/settings";

async fn save_scope(world: &World, scope: &str) {
    let fields = [
        ("kind", "todo"),
        ("every", ""),
        ("scope", scope),
        ("language", "portal"),
    ];
    let viewer = administrator_of(&world.member_id());
    world
        .submit(&viewer, "settings_notification", &fields)
        .await
        .unwrap();
}

#[tokio::test]
async fn operator_chooses_a_portal_first_and_an_administrator_sees_his_own_only() {
    let world = World::start().await;
    let own = administrator_of(&world.member_id());

    let choice = world.screen(&operator(), SETTINGS).await.unwrap();
    let of_portal = format!("{SETTINGS}?portal={}", world.member_id());
    let chosen = world.screen(&operator(), &of_portal).await.unwrap();
    let mine = world.screen(&own, SETTINGS).await.unwrap();
    let foreign = world
        .screen(&own, &format!("{SETTINGS}?portal={}", another_portal()))
        .await;

    assert_eq!(choice.table("portals").unwrap().rows.len(), 1);
    assert!(chosen.table("history").is_some());
    assert!(mine.table("history").is_some());
    assert!(
        matches!(foreign, Err(ScreenRefused::OutOfScope(_))),
        "{foreign:?}"
    );
    world.close().await;
}

#[tokio::test]
async fn change_is_shown_in_the_history_with_its_author_and_taken_back_by_a_button() {
    let world = World::start().await;
    let viewer = administrator_of(&world.member_id());
    save_scope(&world, "all_matching").await;

    let screen = world.screen(&viewer, SETTINGS).await.unwrap();
    let history = screen.table("history").unwrap();
    let revert: Value = history.rows[0].buttons[0].order.clone();
    let preview = world.preview(&viewer, revert.clone()).await.unwrap();
    let done = world.act(&viewer, revert).await.unwrap();

    assert_eq!(
        rows(history)[0][1..],
        [
            "Anna (#1)",
            "Cards of notifications",
            "In the card of the subscription",
            "In all cards that carry the number"
        ]
    );
    assert_eq!(
        preview.effects,
        ["Cards of notifications: In all cards that carry the number → In the card of the subscription"]
    );
    assert_eq!(done.message, "The former value is back.");
    assert_eq!(done.after, Some(json!({"notify_scope": "card"})));
    let again = world.screen(&viewer, SETTINGS).await.unwrap();
    assert_eq!(again.table("history").unwrap().rows.len(), 2);
    let query = AuditQuery {
        action: Some("settings"),
        limit: 10,
        ..AuditQuery::default()
    };
    let log = world.store().audit_log(&query).await.unwrap();
    let actions: Vec<&str> = log.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["settings.revert", "settings.change"]);
    assert_eq!(log[1].before, Some(json!({"notify_scope": "card"})));
    world.close().await;
}

#[tokio::test]
async fn what_is_so_already_is_said_and_changes_nothing() {
    let world = World::start().await;
    let viewer = administrator_of(&world.member_id());
    let wish = json!({"settings": {"change": {
        "member_id": world.member_id(), "wish": {"notify_scope": "card"},
    }}});

    let preview = world.preview(&viewer, wish.clone()).await.unwrap();
    let done = world.act(&viewer, wish).await.unwrap();

    assert_eq!(preview.effects, ["Nothing changes: it is so already."]);
    assert_eq!(done.message, "It was so already: nothing changed.");
    let screen = world.screen(&viewer, SETTINGS).await.unwrap();
    assert!(screen.table("history").unwrap().rows.is_empty());
    world.close().await;
}

#[tokio::test]
async fn wrong_choice_is_refused_by_its_field_with_a_sentence() {
    let world = World::start().await;
    let viewer = administrator_of(&world.member_id());
    let nobody = [("who", "chosen")];
    let no_rules = [("rule_1", ""), ("fallback", ""), ("departed", "archive")];
    let twice = [
        ("rule_1", "subscriber"),
        ("rule_2", "subscriber"),
        ("departed", "archive"),
    ];
    let no_field = [("lead", "UF_CRM_<b>")];

    for (form, fields, field) in [
        ("settings_subscribers", nobody.as_slice(), "users"),
        ("settings_assignment", no_rules.as_slice(), "rule_1"),
        ("settings_assignment", twice.as_slice(), "rule_1"),
        ("settings_fields", no_field.as_slice(), "lead"),
    ] {
        let refused = world.submit(&viewer, form, fields).await;
        let Err(ActionRefused::Field(refused)) = refused else {
            panic!("{form}: {refused:?}");
        };
        assert_eq!(refused.field.as_deref(), Some(field), "{form}");
        assert!(refused.sentence.len() > 15, "{}", refused.sentence);
    }
    world.close().await;
}

#[tokio::test]
async fn another_portals_settings_are_neither_changed_nor_taken_back() {
    let world = World::start().await;
    save_scope(&world, "all_matching").await;
    let foreign = administrator_of(&another_portal());
    let history = world
        .store()
        .settings_history(&world.member_id(), None, None, 1)
        .await
        .unwrap();
    let change = json!({"settings": {"change": {
        "member_id": world.member_id(), "wish": {"notify_scope": "card"},
    }}});
    let revert = json!({"settings": {"revert": {
        "member_id": world.member_id(), "change": history[0].id,
    }}});
    // A change of the portal, named as one of another.
    let smuggled = json!({"settings": {"revert": {
        "member_id": another_portal(), "change": history[0].id,
    }}});

    for action in [change, revert] {
        let refused = world.act(&foreign, action).await;
        assert!(
            matches!(refused, Err(ActionRefused::OutOfScope(_))),
            "{refused:?}"
        );
    }
    assert!(world.act(&foreign, smuggled).await.is_err());
    let settings = world.store().settings(&world.member_id()).await.unwrap();
    assert_eq!(settings.tracking.notify_scope.key(), "all_matching");
    world.close().await;
}

#[tokio::test]
async fn mapping_is_tried_on_a_card_by_the_address_and_saved_by_a_button() {
    let world = World::start().await;
    let viewer = administrator_of(&world.member_id());
    world.open_main().await;
    let trial = |card: &str, fields: &str| {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("trial_card", card)
            .append_pair("trial_fields", fields)
            .finish();
        format!("{SETTINGS}?{query}")
    };

    let screen = world
        .screen(&viewer, &trial("company 101", "UF_CRM_NOWHERE"))
        .await
        .unwrap();
    let no_card = world.screen(&viewer, &trial("contact 5", "")).await.unwrap();
    let gone = world.screen(&viewer, &trial("company 999999", "")).await.unwrap();

    let tried = rows(screen.table("trial").unwrap());
    assert_eq!(
        tried,
        [["Companies: UF_CRM_NOWHERE", "", "", "the card has no such field"]]
    );
    let from_details = fact(&screen, "From company details").unwrap();
    assert!(from_details.contains("7701999489"), "{from_details}");
    for (screen, words) in [(no_card, "Name the card"), (gone, "no such card")] {
        let shown = serde_json::to_string(&screen).unwrap();
        assert!(shown.contains(words), "{words}");
        assert!(screen.table("trial").is_none());
    }
    let save = screen.parts.iter().find_map(|part| match part {
        certlens_monitor::screen::Part::Buttons(buttons) => buttons.first(),
        _ => None,
    });
    let saved = world.act(&viewer, save.unwrap().order.clone()).await.unwrap();
    assert_eq!(saved.message, "Saved.");
    let settings = world.store().settings(&world.member_id()).await.unwrap();
    assert_eq!(settings.field_mapping.company, ["UF_CRM_NOWHERE"]);
    world.close().await;
}

#[tokio::test]
async fn people_to_choose_from_are_those_who_work_there() {
    let world = World::start().await;
    for (id, name, is_active) in [(7, "Boris", true), (9, "Gleb", false)] {
        sqlx::query("INSERT INTO portal_users (member_id, user_id, name, is_active) VALUES ($1, $2, $3, $4)")
            .bind(world.member_id().as_str())
            .bind(UserId(id).0)
            .bind(name)
            .bind(is_active)
            .execute(world.pool())
            .await
            .unwrap();
    }
    let viewer = administrator_of(&world.member_id());

    let screen = world.screen(&viewer, SETTINGS).await.unwrap();

    let shown = serde_json::to_string(&screen).unwrap();
    assert!(shown.contains("Boris (#7)"));
    assert!(!shown.contains("Gleb"));
    world.close().await;
}
