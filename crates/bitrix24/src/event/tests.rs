//! What an event means, shape by shape, and which events are proved.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;
use url::form_urlencoded;

use super::*;
use crate::test_portal::{Answer, TestPortal};
use crate::{ClientId, Expectation, FrameVerifier, NetworkPolicy, Transport, VerificationError};

const MEMBER: &str = "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49";

/// A form with the portal's name and the given fields.
fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("auth[member_id]", MEMBER)
        .finish()
}

fn parsed(fields: &[(&str, &str)]) -> Event {
    Event::parse(form(fields).as_bytes()).unwrap()
}

fn installation() -> Vec<(&'static str, &'static str)> {
    vec![
        ("event", "ONAPPINSTALL"),
        ("event_handler_id", "12"),
        ("data[VERSION]", "4"),
        ("data[ACTIVE]", "Y"),
        ("data[INSTALLED]", "Y"),
        ("data[LANGUAGE_ID]", "en"),
        ("ts", "1790000123"),
        ("auth[access_token]", "k2v7k2v7k2v7k2v7k2v7"),
        ("auth[refresh_token]", "p9d3p9d3p9d3p9d3p9d3"),
        ("auth[expires]", "1790003723"),
        ("auth[expires_in]", "3600"),
        ("auth[scope]", "crm,placement"),
        ("auth[domain]", "acme-demo.bitrix24.com"),
        ("auth[server_endpoint]", "https://oauth.bitrix.info/rest/"),
        ("auth[client_endpoint]", "https://acme-demo.bitrix24.com/rest/"),
        ("auth[status]", "F"),
        ("auth[user_id]", "17"),
        ("auth[application_token]", "77aa77aa77aa77aa77aa77aa77aa77aa"),
    ]
}

#[test]
fn parse_of_an_installation_reads_every_field() {
    let event = parsed(&installation());

    assert_eq!(
        (&event.name, event.handler_id),
        (&EventName::AppInstall, Some(12))
    );
    assert_eq!(event.sent_at.unwrap().timestamp(), 1_790_000_123);
    assert_eq!(
        (
            event.version().as_deref(),
            event.is_active(),
            event.is_installed()
        ),
        (Some("4"), Some(true), Some(true))
    );
    assert_eq!(event.language().unwrap().as_str(), "en");
    let auth = &event.auth;
    assert_eq!(
        (auth.member_id.as_str(), auth.user_id.map(|user| user.0)),
        (MEMBER, Some(17))
    );
    assert_eq!(
        auth.access_token.as_ref().unwrap().expose(),
        "k2v7k2v7k2v7k2v7k2v7"
    );
    assert_eq!(auth.expires_in.unwrap().as_secs(), 3600);
    assert_eq!(auth.expires_at.unwrap().timestamp(), 1_790_003_723);
    assert_eq!(auth.scope, ["crm", "placement"]);
    assert!(auth.refresh_token.is_some() && auth.application_token.is_some());
    assert_eq!(
        auth.server_endpoint.as_deref(),
        Some("https://oauth.bitrix.info/rest/")
    );
}

#[test]
fn parse_of_an_event_with_nothing_but_its_portal_is_enough() {
    let event = parsed(&[("event", "ONAPPUNINSTALL")]);

    assert_eq!(event.name, EventName::AppUninstall);
    assert!(event.data.is_empty() && event.sent_at.is_none() && event.subject().is_none());
    assert!(event.auth.access_token.is_none() && event.auth.application_token.is_none());
    assert!(!event.wants_data_deleted(), "silence deletes nothing");
    assert_eq!((event.is_installed(), event.is_active()), (None, None));
}

#[rstest]
#[case("1", true)]
#[case("Y", true)]
#[case("true", true)]
#[case("0", false)]
#[case("N", false)]
#[case("", false)]
#[case("perhaps", false)]
fn wants_data_deleted_only_when_the_administrator_said_so(#[case] clean: &str, #[case] expected: bool) {
    assert_eq!(
        parsed(&[("event", "ONAPPUNINSTALL"), ("data[CLEAN]", clean)]).wants_data_deleted(),
        expected
    );
}

#[rstest]
#[case("Y", Some(true))]
#[case("1", Some(true))]
#[case("N", Some(false))]
#[case("0", Some(false))]
#[case("", None)]
fn is_installed_reads_both_notations(#[case] text: &str, #[case] expected: Option<bool>) {
    assert_eq!(
        parsed(&[("event", "ONAPPINSTALL"), ("data[INSTALLED]", text)]).is_installed(),
        expected
    );
}

#[rstest]
#[case(&[("event", "onCrmLeadAdd"), ("data[FIELDS][ID]", "5")], Some((EntityType::Lead, 5)))]
#[case(&[("event", "ONCRMCOMPANYDELETE"), ("data[fields][id]", "5")], Some((EntityType::Company, 5)))]
#[case(
    &[("event", "ONCRMDYNAMICITEMUPDATE"), ("data[FIELDS][ID]", "5"), ("data[FIELDS][ENTITY_TYPE_ID]", "177")],
    Some((EntityType::Dynamic(177), 5))
)]
#[case(&[("event", "ONCRMDYNAMICITEMUPDATE_177"), ("data[FIELDS][ID]", "5")], Some((EntityType::Dynamic(177), 5)))]
#[case(&[("event", "ONCRMDYNAMICITEMUPDATE"), ("data[FIELDS][ID]", "5")], None)]
#[case(&[("event", "ONCRMDEALUPDATE"), ("data[FIELDS][ID]", "0")], None)]
#[case(&[("event", "ONCRMDEALUPDATE"), ("data[FIELDS]", "5")], None)]
#[case(&[("event", "ONCRMDEALUPDATE"), ("data", "")], None)]
#[case(&[("event", "ONCRMREQUISITEUPDATE"), ("data[FIELDS][ID]", "5")], None)]
fn subject_of_an_event_is_the_item_that_changed(
    #[case] fields: &[(&str, &str)],
    #[case] expected: Option<(EntityType, u64)>,
) {
    let subject = parsed(fields).subject();
    assert_eq!(subject.map(|(entity_type, id)| (entity_type, id.get())), expected);
}

#[test]
fn id_of_a_requisite_and_of_a_user_is_read_from_where_it_stands() {
    let requisite = parsed(&[("event", "onCrmRequisiteUpdate"), ("data[FIELDS][ID]", "31")]);
    let user = parsed(&[("event", "ONUSERADD"), ("data[ID]", "7"), ("data[ACTIVE]", "Y")]);
    assert_eq!(requisite.id().map(EntityId::get), Some(31));
    assert_eq!(user.id().map(EntityId::get), Some(7));
}

#[test]
fn payment_tells_status_and_end() {
    let event = parsed(&[
        ("event", "ONAPPPAYMENT"),
        ("data[STATUS]", "T"),
        ("data[PAYMENT_EXPIRED]", "Y"),
        ("auth[server_andpoint]", "https://oauth.bitrix.info/rest/"),
    ]);
    assert_eq!(
        (event.status().as_deref(), event.is_payment_expired()),
        (Some("T"), Some(true))
    );
    assert!(
        event.auth.server_endpoint.is_some(),
        "the documentation's misspelling is read"
    );
}

#[rstest]
#[case::no_name("auth[member_id]=5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49", NotAnEvent::NoName)]
#[case::a_map_for_a_name(
    "event[a]=b&auth[member_id]=5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49",
    NotAnEvent::NoName
)]
#[case::no_portal("event=ONAPPINSTALL", NotAnEvent::NoMember)]
#[case::implausible_portal("event=ONAPPINSTALL&auth[member_id]=x", NotAnEvent::NoMember)]
#[case::auth_is_a_text("event=ONAPPINSTALL&auth=x", NotAnEvent::NoMember)]
#[case::nothing("", NotAnEvent::NoName)]
fn parse_of_what_is_no_event_says_why(#[case] body: &str, #[case] expected: NotAnEvent) {
    assert_eq!(Event::parse(body.as_bytes()).unwrap_err(), expected);
}

#[test]
fn is_event_tells_a_queues_body_from_a_pages_form() {
    assert!(is_event(form(&[("event", "ONAPPINSTALL")]).as_bytes()));
    assert!(is_event(b"auth[member_id]=x&EVENT=OnAppInstall"));
    assert!(!is_event(
        b"AUTH_ID=k2v7k2v7k2v7k2v7&member_id=5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49&PLACEMENT=DEFAULT"
    ));
    assert!(!is_event(b"event="));
    assert!(!is_event(b""));
}

#[test]
fn debug_of_an_event_shows_no_secret() {
    let mut fields = installation();
    fields.push(("data[TOKEN]", "token-that-an-administrator-confirmed"));

    let shown = format!("{:?}", parsed(&fields));

    for secret in ["k2v7k2v7", "p9d3p9d3", "77aa77aa", "token-that-an-administrator"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

proptest! {
    #[test]
    fn parse_of_any_bytes_never_panics(body in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = (is_event(&body), Event::parse(&body).map(|event| (event.subject(), event.version())));
    }

    #[test]
    fn parse_of_any_fields_never_panics(
        fields in prop::collection::vec(
            ("(event|ts|data|auth)(\\[(FIELDS|ID|CLEAN|scope|expires|member_id)?\\]){0,3}", ".{0,20}"),
            0..12,
        ),
    ) {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let event = Event::parse(form(&[&[("event", "ONCRMDEALADD")], fields.as_slice()].concat()).as_bytes());
        let _ = event.map(|event| (event.subject(), event.id(), event.wants_data_deleted(), format!("{event:?}")));
    }
}

/// An authorization server that knows one token.
async fn server(client_id: &'static str, installed: bool) -> TestPortal {
    TestPortal::start(move |method, parameters| -> Answer {
        assert_eq!(method, "app.info");
        if parameters["auth"] != "k2v7k2v7k2v7k2v7k2v7" {
            return Err(("invalid_token", ""));
        }
        Ok(json!({
            "client_id": client_id, "user_id": 17, "scope": "crm",
            "install": {
                "installed": installed, "member_id": MEMBER, "status": "F",
                "client_endpoint": "http://acme.localhost/rest/",
            },
        }))
    })
    .await
}

async fn prove(
    server: &TestPortal,
    fields: &[(&str, &str)],
) -> Result<VerifiedInstallation, VerificationError> {
    let transport = Transport::new(NetworkPolicy::AllowInsecure).unwrap();
    let verifier = FrameVerifier::new(transport, server.servers());
    let expectation = Expectation {
        client_ids: vec![ClientId::new("app.ours")],
        ..Expectation::default()
    };
    prove_installation(&verifier, &parsed(fields), &expectation).await
}

#[tokio::test]
async fn proof_of_an_installation_takes_the_servers_word_for_the_address() {
    let server = server("app.ours", false).await;

    let proved = prove(&server, &installation()).await.unwrap();

    assert_eq!((proved.member_id().as_str(), proved.user_id().0), (MEMBER, 17));
    assert_eq!(
        proved.endpoint().as_str(),
        "http://acme.localhost/rest/",
        "not what the event claims"
    );
    assert_eq!(proved.scope(), ["crm"], "not what the event claims");
    assert!(!proved.is_installed(), "an installation may be unfinished");
    assert!(proved.application_token().is_some());
    let now = Utc::now();
    let pair = proved.pair(now).unwrap();
    assert_eq!(pair.refresh.expose(), "p9d3p9d3p9d3p9d3p9d3");
    assert_eq!(
        pair.expires_at - now,
        chrono::TimeDelta::hours(1),
        "the server doesn't say"
    );
}

#[tokio::test]
async fn proof_of_another_applications_installation_is_refused() {
    let server = server("app.somebody-elses", true).await;
    let error = prove(&server, &installation()).await.unwrap_err();
    assert!(matches!(error, VerificationError::ForeignClient));
}

#[tokio::test]
async fn proof_of_a_forged_token_is_refused() {
    let server = server("app.ours", true).await;
    let mut fields = installation();
    fields.push(("auth[access_token]", "invented-by-an-attacker"));
    let error = prove(&server, &fields).await.unwrap_err();
    // The event names a server that isn't on this test's list, which is the more useful thing to say.
    assert!(matches!(error, VerificationError::ServerNotAllowed), "{error:?}");
}

#[tokio::test]
async fn proof_in_another_portals_name_is_refused() {
    let server = server("app.ours", true).await;
    let mut fields = form(&installation());
    fields.push_str("&auth[member_id]=00000000000000000000000000000000");
    let event = Event::parse(fields.as_bytes()).unwrap();
    let transport = Transport::new(NetworkPolicy::AllowInsecure).unwrap();
    let verifier = FrameVerifier::new(transport, server.servers());
    let expectation = Expectation {
        client_ids: vec![ClientId::new("app.ours")],
        ..Expectation::default()
    };

    let error = prove_installation(&verifier, &event, &expectation)
        .await
        .unwrap_err();

    assert!(matches!(error, VerificationError::MemberMismatch));
}

#[tokio::test]
async fn proof_of_an_event_without_a_token_asks_nobody() {
    let server = server("app.ours", true).await;
    let error = prove(&server, &[("event", "ONAPPINSTALL")]).await.unwrap_err();
    assert!(matches!(error, VerificationError::MissingToken));
    assert!(server.requests().is_empty());
}

#[test]
fn timeline_action_names_button_card_and_person() {
    let body = b"event=ONCRMTIMELINEITEMACTION&data[id]=mute&data[entityTypeId]=4&data[entityId]=42\
        &data[activityId]=9&data[userId]=7&auth[member_id]=5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49";

    let action = Event::parse(body).unwrap().timeline_action().unwrap();

    assert_eq!(action.action, "mute");
    assert_eq!(
        (action.entity.0, action.entity.1.get()),
        (EntityType::Company, 42)
    );
    assert_eq!((action.activity_id, action.user_id), (Some(9), UserId(7)));
}
