//! A portal's settings through the JSON interface.

use crate::living::Living;
use axum::http::StatusCode;
use certlens_portal_sim::{Seed, SeedUserField, Simulator, SimulatorOptions};
use serde_json::json;

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
