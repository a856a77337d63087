//! What a frame open means, shape by shape.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

const QUERY: &str =
    "DOMAIN=acme-demo.bitrix24.com&PROTOCOL=1&LANG=ru&APP_SID=0f1e2d3c4b5a69788796a5b4c3d2e1f0";

fn form(options: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("AUTH_ID", "k2v7k2v7k2v7k2v7k2v7")
        .append_pair("AUTH_EXPIRES", "3600")
        .append_pair("REFRESH_ID", "p9d3p9d3p9d3p9d3p9d3")
        .append_pair("SERVER_ENDPOINT", "https://oauth.bitrix.info/rest/")
        .append_pair("APPLICATION_TOKEN", "77aa77aa77aa77aa77aa77aa77aa77aa")
        .append_pair("member_id", "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49")
        .append_pair("status", "F")
        .append_pair("PLACEMENT", "CRM_DEAL_DETAIL_TAB")
        .append_pair("PLACEMENT_OPTIONS", options)
        .finish()
}

#[test]
fn parse_of_a_card_open_reads_every_field() {
    let form = form(r#"{"ID":"8061","URI":"\/crm\/deal\/details\/8061\/"}"#);

    let frame = FrameOpen::parse(QUERY, form.as_bytes());

    assert_eq!(frame.claimed_domain.as_deref(), Some("acme-demo.bitrix24.com"));
    assert_eq!(frame.language.as_str(), "ru");
    assert_eq!(
        frame.access_token.as_ref().unwrap().expose(),
        "k2v7k2v7k2v7k2v7k2v7"
    );
    assert_eq!(
        frame.server_endpoint.as_deref(),
        Some("https://oauth.bitrix.info/rest/")
    );
    assert!(frame.application_token.is_some());
    assert_eq!(
        frame.member_id.as_ref().unwrap().as_str(),
        "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49"
    );
    assert_eq!(frame.entity_type(), Some(EntityType::Deal));
    assert_eq!(frame.entity_id().map(EntityId::get), Some(8061));
    assert_eq!(frame.options.get("uri"), Some(&json!("/crm/deal/details/8061/")));
}

#[rstest]
#[case::empty_text("")]
#[case::empty_array("[]")]
#[case::empty_object("{}")]
#[case::literal_undefined("undefined")]
#[case::null("null")]
#[case::creation_form(r#"{"ID":"0"}"#)]
#[case::creation_form_as_number(r#"{"ID":0}"#)]
#[case::empty_id(r#"{"ID":""}"#)]
#[case::undefined_id(r#"{"ID":"undefined"}"#)]
#[case::negative_id(r#"{"ID":-5}"#)]
#[case::id_in_a_list(r#"{"ID":["17"]}"#)]
#[case::doubly_encoded_undefined(r#""undefined""#)]
#[case::number("17")]
#[case::cut_off(r#"{"ID":"17"#)]
#[case::percent_signs("%")]
fn entity_id_without_a_saved_item_is_nothing(#[case] options: &str) {
    let frame = FrameOpen::parse(QUERY, form(options).as_bytes());
    assert_eq!(frame.entity_id(), None);
    assert_eq!(frame.entity_type(), Some(EntityType::Deal));
}

#[rstest]
#[case::text(r#"{"ID":"17"}"#)]
#[case::number(r#"{"ID":17}"#)]
#[case::lower_case(r#"{"id":"17"}"#)]
#[case::other_name(r#"{"ENTITY_ID":"17"}"#)]
#[case::doubly_encoded(r#""{\"ID\":\"17\"}""#)]
#[case::encoded_for_an_address(
    "%7B%22ID%22%3A%2217%22%2C%22URI%22%3A%22%5C%2Fcrm%5C%2F%3Fa%3D1%26b%3D2%22%7D"
)]
#[case::with_space_around(" {\"ID\": \" 17 \"} ")]
fn entity_id_in_any_known_shape_is_read(#[case] options: &str) {
    let frame = FrameOpen::parse(QUERY, form(options).as_bytes());
    assert_eq!(frame.entity_id().map(EntityId::get), Some(17));
}

#[test]
fn entity_id_of_options_that_came_as_fields_is_read() {
    let form = "PLACEMENT=CRM_DEAL_DETAIL_TAB&PLACEMENT_OPTIONS[ID]=17&PLACEMENT_OPTIONS%5BURI%5D=%2Fcrm%2F";
    let frame = FrameOpen::parse(QUERY, form.as_bytes());
    assert_eq!(frame.entity_id().map(EntityId::get), Some(17));
    assert_eq!(frame.options.get("URI"), Some(&json!("/crm/")));
}

#[test]
fn parse_of_repeated_fields_takes_the_last_one_of_the_exact_name() {
    let form = "PLACEMENT=CRM_LEAD_DETAIL_TAB&member_id=5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49\
        &PLACEMENT=CRM_DEAL_DETAIL_TAB&placement=CRM_COMPANY_DETAIL_TAB\
        &MEMBER_ID=00000000000000000000000000000000";
    let frame = FrameOpen::parse(QUERY, form.as_bytes());
    assert_eq!(frame.entity_type(), Some(EntityType::Deal));
    assert_eq!(
        frame.member_id.unwrap().as_str(),
        "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49"
    );
}

#[test]
fn parse_of_names_in_another_case_reads_them() {
    let form = "auth_id=k2v7k2v7k2v7k2v7k2v7&MEMBER_ID=5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49\
        &placement=crm_lead_detail_tab&placement_options=%7B%22id%22%3A17%7D";
    let frame = FrameOpen::parse("lang=RU&domain=acme.bitrix24.com", form.as_bytes());
    assert!(frame.access_token.is_some() && frame.member_id.is_some());
    assert_eq!(frame.language.as_str(), "ru");
    assert_eq!(
        (frame.entity_type(), frame.entity_id().map(EntityId::get)),
        (Some(EntityType::Lead), Some(17))
    );
}

#[test]
fn parse_of_a_page_opened_by_hand_is_bare() {
    let frame = FrameOpen::parse("", b"");
    assert!(frame.is_bare());
    assert_eq!((frame.entity_type(), frame.entity_id()), (None, None));
    assert_eq!(frame.language.as_str(), "en");
}

#[test]
fn parse_of_an_older_portals_form_leaves_newer_fields_out() {
    let form = "AUTH_ID=k2v7k2v7k2v7k2v7k2v7&member_id=5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49";
    let frame = FrameOpen::parse("", form.as_bytes());
    assert!(frame.access_token.is_some());
    assert!(frame.server_endpoint.is_none());
    assert!(frame.application_token.is_none());
    assert!(!frame.is_bare());
}

#[test]
fn parse_of_a_token_in_the_query_does_not_take_it() {
    let frame = FrameOpen::parse("AUTH_ID=k2v7k2v7k2v7k2v7k2v7", b"");
    assert!(frame.access_token.is_none());
    assert!(frame.is_bare());
}

#[test]
fn debug_of_a_frame_shows_no_secret() {
    let shown = format!("{:?}", FrameOpen::parse(QUERY, form("{}").as_bytes()));
    for secret in ["k2v7k2v7", "p9d3p9d3", "77aa77aa"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

proptest! {
    #[test]
    fn parse_of_any_bytes_never_panics(query in ".*", form in prop::collection::vec(any::<u8>(), 0..400)) {
        let frame = FrameOpen::parse(&query, &form);
        let _ = (frame.entity_id(), frame.entity_type(), frame.is_bare());
    }

    #[test]
    fn parse_of_any_options_never_panics(options in ".*") {
        let frame = FrameOpen::parse(QUERY, form(&options).as_bytes());
        let _ = frame.entity_id();
    }

    #[test]
    fn entity_id_survives_any_number(id in 1u64..) {
        let options = PlacementOptions::parse(&json!({"ID": id.to_string()}).to_string());
        prop_assert_eq!(options.entity_id().map(EntityId::get), Some(id));
    }
}

#[test]
fn main_page_that_an_activitys_action_opened_names_the_card() {
    let form = format!(
        "PLACEMENT=DEFAULT&PLACEMENT_OPTIONS={}",
        form_urlencoded::byte_serialize(
            br#"{"view":"card","entityTypeId":"4","entityId":"42","activityId":"9"}"#
        )
        .collect::<String>()
    );

    let frame = FrameOpen::parse(QUERY, form.as_bytes());

    assert_eq!(frame.entity_type(), Some(EntityType::Company));
    assert_eq!(frame.entity_id().map(EntityId::get), Some(42));
}
