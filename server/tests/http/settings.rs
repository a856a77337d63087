//! A portal's settings through the JSON interface.

use crate::living::{Living, session_of};
use axum::http::{Method, StatusCode};
use certlens_portal_sim::{EntityKind, Seed, SeedUserField, Simulator, SimulatorOptions};
use certlens_store::{AuditOutcome, AuditQuery};
use serde_json::json;

/// The manager of the sample, who administers nothing.
const MANAGER: u64 = 7;

/// A portal whose leads have a field for a number and one for something else.
async fn simulator() -> Simulator {
    let mut seed = Seed::sample().unwrap();
    seed.user_fields = [("UF_CRM_INN", "ИНН"), ("UF_CRM_NOTE", "Заметка")]
        .map(|(name, label)| SeedUserField {
            entity: "lead".to_owned(),
            name: name.to_owned(),
            label: label.to_owned(),
            user_type: "string".to_owned(),
            multiple: false,
        })
        .to_vec();
    Simulator::start(SimulatorOptions {
        seed: Some(seed),
        ..SimulatorOptions::default()
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn the_field_of_a_number_is_detected_and_can_be_corrected() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let uri = format!("/api/v1/portals/{}/settings", simulator.member_id());

    let detected = living.server.get_as_operator(&uri).await.json();
    let change = json!({"field_mapping": {"lead": ["UF_CRM_NOTE"]}, "lead_write_back": true});
    let changed = living.server.patch_as_operator(&uri, &change).await.json();

    assert_eq!(detected["field_mapping"]["lead"], json!(["UF_CRM_INN"]));
    assert_eq!(detected["field_mapping_source"], "detected");
    assert_eq!(changed["field_mapping"]["lead"], json!(["UF_CRM_NOTE"]));
    assert_eq!(changed["field_mapping_source"], "chosen");
    assert_eq!(changed["lead_write_back"], json!(true));
    living.close().await;
}

#[tokio::test]
async fn the_field_that_repeats_the_chosen_numbers_is_chosen_and_taken_away() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let uri = format!("/api/v1/portals/{}/settings", simulator.member_id());
    let patch = async |change: serde_json::Value| living.server.patch_as_operator(&uri, &change).await.json();

    let before = living.server.get_as_operator(&uri).await.json();
    let chosen = patch(json!({"mirror_field": {"lead": "UF_CRM_NOTE"}})).await;
    let untouched = patch(json!({"lead_write_back": true})).await;
    let none = patch(json!({"mirror_field": {"lead": null}})).await;

    assert_eq!(
        before["mirror_field"],
        json!({"lead": null, "deal": null, "company": null})
    );
    assert_eq!(chosen["mirror_field"]["lead"], "UF_CRM_NOTE");
    assert_eq!(untouched["mirror_field"]["lead"], "UF_CRM_NOTE");
    assert_eq!(none["mirror_field"]["lead"], json!(null));
    living.close().await;
}

#[tokio::test]
async fn a_wrong_change_is_refused_with_a_sentence() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let uri = format!("/api/v1/portals/{}/settings", simulator.member_id());

    for change in [
        json!({"field_mapping": {"lead": ["UF_CRM_NOWHERE"]}}),
        json!({"field_mapping": {"lead": "UF_CRM_INN"}}),
        json!({"field_mapping": {"contact": []}}),
        json!({"unknown": true}),
        json!({"mirror_field": {"lead": "UF_CRM_NOWHERE"}}),
        json!({"mirror_field": {"contact": "UF_CRM_NOTE"}}),
        json!({"field_mapping": {"lead": ["UF_CRM_NOTE"]}, "mirror_field": {"lead": "UF_CRM_NOTE"}}),
        json!({"notification": {"kind": "fax"}}),
        json!({"notification": {"every": "1s"}}),
        json!({"notification": {"often": true}}),
        json!({"assignment": {"rules": []}}),
        json!({"assignment": {"rules": ["subscriber", "subscriber"]}}),
        json!({"assignment": {"rules": ["anybody"]}}),
        json!({"assignment": {"fallback_user_id": 0}}),
        json!({"notify_scope": "everywhere"}),
        json!({"departed": {"action": "delete"}}),
        json!([]),
    ] {
        let answer = living.server.patch_as_operator(&uri, &change).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{change}");
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.len() > 10, "{change}: {message}");
    }
    let nowhere = format!("/api/v1/portals/{}/settings", "0".repeat(32));
    let answer = living.server.get_as_operator(&nowhere).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    living.close().await;
}

#[tokio::test]
async fn what_is_told_to_whom_is_chosen_piece_by_piece() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let uri = format!("/api/v1/portals/{}/settings", simulator.member_id());
    let patch = async |change: serde_json::Value| living.server.patch_as_operator(&uri, &change).await.json();

    let new = living.server.get_as_operator(&uri).await.json();
    patch(json!({"notification": {"kind": "task", "every": "at_once"}, "notify_scope": "all_matching"}))
        .await;
    patch(json!({"assignment": {"rules": ["subscriber", "fallback"], "fallback_user_id": 7}})).await;
    let chosen =
        patch(json!({"notification": {"every": "1h30m"}, "departed": {"action": "hand_over"}})).await;
    let refused = living
        .server
        .patch_as_operator(
            &uri,
            &json!({"assignment": {"rules": ["fallback"], "fallback_user_id": null}}),
        )
        .await;

    assert_eq!(new["notification"], json!({"kind": "todo", "every": null}));
    assert_eq!(
        new["assignment"],
        json!({
            "rules": ["responsible", "subscriber", "fallback", "department_head"],
            "fallback_user_id": null
        })
    );
    assert_eq!(
        (&new["notify_scope"], &new["departed"]),
        (&json!("card"), &json!({"action": "archive"}))
    );
    assert_eq!(chosen["notification"], json!({"kind": "task", "every": "1h30m"}));
    assert_eq!(
        chosen["assignment"],
        json!({"rules": ["subscriber", "fallback"], "fallback_user_id": 7})
    );
    assert_eq!(chosen["notify_scope"], "all_matching");
    assert_eq!(chosen["departed"], json!({"action": "hand_over"}));
    assert_eq!(
        chosen["field_mapping_source"], "detected",
        "nothing else is touched"
    );
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["error"]["field"], "assignment");
    living.close().await;
}

#[tokio::test]
async fn who_may_subscribe_and_the_language_of_items_are_chosen() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let uri = format!("/api/v1/portals/{}/settings", simulator.member_id());

    let new = living.server.get_as_operator(&uri).await.json();
    let change = json!({
        "who_may_subscribe": {"who": "chosen", "user_ids": [7, 7, 1]},
        "item_language": "en",
    });
    let chosen = living.server.patch_as_operator(&uri, &change).await.json();

    assert_eq!(new["who_may_subscribe"], json!({"who": "everybody"}));
    assert_eq!(new["item_language"], "portal");
    assert_eq!(
        chosen["who_may_subscribe"],
        json!({"who": "chosen", "user_ids": [7, 1]})
    );
    assert_eq!(chosen["item_language"], "en");
    for (wrong, field) in [
        (
            json!({"who_may_subscribe": {"who": "chosen", "user_ids": []}}),
            "who_may_subscribe",
        ),
        (
            json!({"who_may_subscribe": {"who": "somebody"}}),
            "who_may_subscribe",
        ),
        (json!({"item_language": "de"}), "item_language"),
    ] {
        let refused = living.server.patch_as_operator(&uri, &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(refused.json()["error"]["field"], field, "{wrong}");
    }
    living.close().await;
}

#[tokio::test]
async fn a_mapping_that_was_chosen_is_left_to_detection_again_by_null() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let uri = format!("/api/v1/portals/{}/settings", simulator.member_id());
    let patch = async |change: serde_json::Value| living.server.patch_as_operator(&uri, &change).await.json();

    let chosen = patch(json!({"field_mapping": {"lead": ["UF_CRM_NOTE"]}})).await;
    let detected = patch(json!({"field_mapping": null})).await;

    assert_eq!(chosen["field_mapping_source"], "chosen");
    assert_eq!(detected["field_mapping_source"], "detected");
    living.close().await;
}

#[tokio::test]
async fn everything_that_is_kept_of_a_portal_is_a_file_for_its_administrators_and_the_operator() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let uri = format!("/api/v1/portals/{}/export", simulator.member_id());

    let file = living.server.get_as_operator(&uri).await;
    let form = simulator.open_frame_form_as(MANAGER, EntityKind::Company, 101, None);
    let manager = session_of(&living.post("/bitrix/app", &form).await);
    let refused = living.server.ask(&manager, Method::GET, &uri, None).await;
    let nowhere = format!("/api/v1/portals/{}/export", "0".repeat(32));
    let unknown = living.server.get_as_operator(&nowhere).await;

    assert_eq!(file.status, StatusCode::OK);
    let lines: Vec<serde_json::Value> = file
        .body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.last().unwrap()["row"]["is_complete"], true);
    assert!(lines.iter().any(|line| line["table"] == "crm_items"));
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    living.close().await;
}

#[tokio::test]
async fn change_by_a_program_stands_in_the_audit_log_with_what_was_and_is() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let uri = format!("/api/v1/portals/{}/settings", simulator.member_id());

    living
        .server
        .patch_as_operator(&uri, &json!({"notify_scope": "all_matching"}))
        .await;
    living
        .server
        .patch_as_operator(&uri, &json!({"assignment": {"rules": []}}))
        .await;

    let query = AuditQuery {
        action: Some("settings.change"),
        limit: 10,
        ..AuditQuery::default()
    };
    let log = living.store().audit_log(&query).await.unwrap();
    let [refused, done] = log.as_slice() else {
        panic!("two entries, not {log:?}");
    };
    assert_eq!(done.before, Some(json!({"notify_scope": "card"})));
    assert_eq!(done.after, Some(json!({"notify_scope": "all_matching"})));
    assert_eq!(
        (done.outcome, refused.outcome),
        (AuditOutcome::Done, AuditOutcome::Refused)
    );
    living.close().await;
}
