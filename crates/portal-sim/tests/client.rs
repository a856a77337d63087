//! The Bitrix24 client against the simulator: proof of frame opens, reading of cards, installation.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't set itself up should fail where it stands"
)]

use std::time::Duration;

use certlens_bitrix24::bindings::{self, Failure, PlacementBinding, Wanted};
use certlens_bitrix24::crm::{CardError, LinkedCompany, read_card};
use certlens_bitrix24::{
    AccessToken, AuthorizationServers, Batch, CallError, ClientId, Command, CommandOutcome, EntityId,
    EntityType, ErrorCode, Expectation, FrameOpen, FrameVerifier, NetworkPolicy, Placement, PortalClient,
    Reference, Transport, VerificationError, VerifiedFrame,
};
use certlens_portal_sim::{EntityKind, FrameFault, FrameForm, RestFault, Simulator, SimulatorOptions};
use rstest::rstest;
use serde_json::{Value, json};

const ADMINISTRATOR: u64 = 1;
const MANAGER: u64 = 7;

async fn simulator() -> Simulator {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    simulator.finish_installation();
    simulator
}

fn verifier(simulator: &Simulator) -> FrameVerifier {
    let policy = NetworkPolicy::AllowInsecure;
    let servers = AuthorizationServers::parse(&simulator.auth_url(), policy).unwrap();
    FrameVerifier::new(Transport::new(policy).unwrap(), servers)
}

fn expectation(simulator: &Simulator) -> Expectation {
    Expectation {
        client_ids: vec![ClientId::new(simulator.client_id())],
        ..Expectation::default()
    }
}

fn posted(form: &FrameForm) -> FrameOpen {
    FrameOpen::parse(&form.query, form.body().as_bytes())
}

async fn verify(simulator: &Simulator, form: &FrameForm) -> Result<VerifiedFrame, VerificationError> {
    verifier(simulator)
        .verify(posted(form), &expectation(simulator))
        .await
}

async fn client(simulator: &Simulator, user_id: u64) -> PortalClient {
    let form = simulator.open_frame_form_as(user_id, EntityKind::Company, 101, None);
    let frame = verify(simulator, &form).await.unwrap();
    let transport = Transport::new(NetworkPolicy::AllowInsecure).unwrap();
    PortalClient::new(transport, frame.endpoint().clone(), frame.access_token().clone())
}

fn id(number: u64) -> EntityId {
    EntityId::new(number).unwrap()
}

#[tokio::test]
async fn verify_of_a_good_frame_tells_portal_user_and_item() {
    let simulator = simulator().await;

    let frame = verify(&simulator, &simulator.open_frame_form(EntityKind::Deal, 305))
        .await
        .unwrap();

    assert_eq!(frame.member_id().as_str(), simulator.member_id());
    assert_eq!(frame.user_id().0, ADMINISTRATOR);
    assert_eq!(frame.portal_origin(), simulator.portal_url());
    assert_eq!(
        (frame.entity_type(), frame.entity_id()),
        (Some(EntityType::Deal), Some(id(305)))
    );
    assert_eq!(frame.language().as_str(), "ru");
    assert!(frame.scope().contains(&"crm".to_owned()) && frame.expires_at().is_some());
}

#[rstest]
#[case::without_token(FrameFault::WithoutAuthorization, |error: &VerificationError| matches!(error, VerificationError::MissingToken))]
#[case::other_application(FrameFault::ForeignClient, |error: &VerificationError| matches!(error, VerificationError::ForeignClient))]
#[case::old_token(FrameFault::ExpiredToken, |error: &VerificationError| matches!(error, VerificationError::ExpiredToken))]
#[case::invented_token(
    FrameFault::GarbledToken,
    |error: &VerificationError| matches!(error, VerificationError::InvalidToken(ErrorCode::InvalidToken))
)]
#[case::other_portal(FrameFault::ForeignMember, |error: &VerificationError| matches!(error, VerificationError::MemberMismatch))]
#[tokio::test]
async fn verify_of_a_forged_frame_is_refused(
    #[case] fault: FrameFault,
    #[case] is_expected: fn(&VerificationError) -> bool,
) {
    let simulator = simulator().await;
    let form = simulator.open_frame_form_as(ADMINISTRATOR, EntityKind::Deal, 305, Some(fault));

    let error = verify(&simulator, &form).await.unwrap_err();

    assert!(is_expected(&error), "{error:?}");
    assert!(!error.is_retryable());
}

#[rstest]
#[case::older_portal(FrameFault::Legacy)]
#[case::forged_domain(FrameFault::ForgedDomain)]
#[case::unlisted_server(FrameFault::ForeignServer)]
#[tokio::test]
async fn verify_with_a_misleading_address_asks_the_listed_server_only(#[case] fault: FrameFault) {
    let simulator = simulator().await;
    let form = simulator.open_frame_form_as(ADMINISTRATOR, EntityKind::Deal, 305, Some(fault));

    let frame = verify(&simulator, &form).await.unwrap();

    assert_eq!(frame.portal_origin(), simulator.portal_url());
}

#[tokio::test]
async fn verify_of_an_unlisted_servers_token_says_that_the_server_is_not_allowed() {
    let simulator = simulator().await;
    let form = simulator.open_frame_form_as(
        ADMINISTRATOR,
        EntityKind::Deal,
        305,
        Some(FrameFault::ForeignServer),
    );
    let mut frame = posted(&form);
    frame.access_token = AccessToken::parse("issued-by-somebody-else").ok();

    let error = verifier(&simulator)
        .verify(frame, &expectation(&simulator))
        .await
        .unwrap_err();

    assert!(matches!(error, VerificationError::ServerNotAllowed));
}

#[rstest]
#[case(FrameFault::OptionsMissing)]
#[case(FrameFault::OptionsEmptyString)]
#[case(FrameFault::OptionsArray)]
#[case(FrameFault::OptionsUndefined)]
#[tokio::test]
async fn verify_without_options_has_no_item(#[case] fault: FrameFault) {
    let simulator = simulator().await;
    let form = simulator.open_frame_form_as(ADMINISTRATOR, EntityKind::Lead, 205, Some(fault));
    let frame = verify(&simulator, &form).await.unwrap();
    assert_eq!(
        (frame.entity_type(), frame.entity_id()),
        (Some(EntityType::Lead), None)
    );
}

#[tokio::test]
async fn verify_with_doubly_encoded_options_has_the_item() {
    let simulator = simulator().await;
    let fault = Some(FrameFault::OptionsDoubleEncoded);
    let form = simulator.open_frame_form_as(ADMINISTRATOR, EntityKind::Lead, 205, fault);
    assert_eq!(
        verify(&simulator, &form).await.unwrap().entity_id(),
        Some(id(205))
    );
}

#[tokio::test]
async fn verify_twice_asks_the_authorization_server_once() {
    let simulator = simulator().await;
    let (verifier, form) = (
        verifier(&simulator),
        simulator.open_frame_form(EntityKind::Deal, 305),
    );

    for _ in 0..2 {
        verifier
            .verify(posted(&form), &expectation(&simulator))
            .await
            .unwrap();
    }

    let asked = simulator
        .requests()
        .iter()
        .filter(|request| request.server == "authorization")
        .count();
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn verify_before_the_installation_is_finished_passes_in_the_installer_only() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let form = simulator.open_installer_form();

    let refused = verify(&simulator, &form).await.unwrap_err();
    let in_installer = Expectation {
        is_installer: true,
        ..expectation(&simulator)
    };
    let passed = verifier(&simulator)
        .verify(posted(&form), &in_installer)
        .await
        .unwrap();

    assert!(matches!(refused, VerificationError::NotInstalled));
    assert!(!passed.is_installed());
    assert_eq!(passed.placement(), Some(&Placement::Main));
}

#[tokio::test]
async fn verify_after_an_uninstallation_is_not_installed() {
    let simulator = simulator().await;
    let form = simulator.open_frame_form(EntityKind::Deal, 305);
    simulator.uninstall();
    assert!(matches!(
        verify(&simulator, &form).await.unwrap_err(),
        VerificationError::NotInstalled
    ));
}

#[tokio::test]
async fn verify_with_the_authorization_server_gone_is_retryable() {
    let gone = simulator().await;
    let (verifier, expectation) = (verifier(&gone), expectation(&gone));
    let form = gone.open_frame_form(EntityKind::Deal, 305);
    drop(gone);

    let error = tokio::time::timeout(
        Duration::from_secs(30),
        verifier.verify(posted(&form), &expectation),
    )
    .await
    .unwrap()
    .unwrap_err();

    assert!(error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn read_card_of_a_company_gives_its_details_in_one_request() {
    let simulator = simulator().await;
    let client = client(&simulator, ADMINISTRATOR).await;

    let card = read_card(&client, EntityType::Company, id(105)).await.unwrap();

    let company = card.known_company().unwrap();
    assert_eq!(card.title, "АО «Урал Компонент»");
    assert_eq!(company.requisites.len(), 2, "the company and its branch");
    assert!(company.requisites[0].inn.is_some() && company.requisites[0].ogrn.is_some());
    assert!(company.requisites[1].bin.is_some());
    let sent: Vec<_> = simulator
        .requests()
        .into_iter()
        .filter(|request| request.server == "portal" && !request.in_batch)
        .map(|request| request.method)
        .collect();
    assert_eq!(sent, ["batch"]);
}

#[rstest]
#[case(EntityType::Deal, 302)]
#[case(EntityType::Lead, 202)]
#[tokio::test]
async fn read_card_of_a_deal_or_lead_follows_the_link_to_its_company(
    #[case] entity_type: EntityType,
    #[case] number: u64,
    #[values(false, true)] old_installation: bool,
) {
    let simulator = simulator().await;
    let client = client(&simulator, ADMINISTRATOR).await;
    if old_installation {
        simulator.set_fault(RestFault::MethodMissing);
    }

    let card = read_card(&client, entity_type, id(number)).await.unwrap();

    let company = card.known_company().unwrap();
    assert_eq!(
        (company.id, company.title.as_str()),
        (id(102), "АО «Волга Инструмент»")
    );
    assert!(company.requisites[0].inn.is_some());
}

#[tokio::test]
async fn read_card_of_a_deal_without_a_company_has_none() {
    let simulator = simulator().await;
    let client = client(&simulator, ADMINISTRATOR).await;
    let card = read_card(&client, EntityType::Deal, id(313)).await.unwrap();
    assert_eq!(card.company, LinkedCompany::None);
}

#[tokio::test]
async fn read_card_of_a_lead_keeps_its_custom_fields() {
    let simulator = simulator().await;
    let client = client(&simulator, ADMINISTRATOR).await;
    let card = read_card(&client, EntityType::Lead, id(213)).await.unwrap();
    assert!(card.custom_fields.contains_key("UF_CRM_INN"));
}

#[tokio::test]
async fn read_card_hidden_from_the_user_is_access_denied() {
    let simulator = simulator().await;
    let client = client(&simulator, MANAGER).await;
    let hidden = read_card(&client, EntityType::Deal, id(314)).await.unwrap_err();
    let missing = read_card(&client, EntityType::Deal, id(9999)).await.unwrap_err();
    assert!(matches!(hidden, CardError::AccessDenied), "{hidden:?}");
    assert!(matches!(missing, CardError::NotFound), "{missing:?}");
}

#[tokio::test]
async fn call_with_an_expired_token_says_so() {
    let simulator = simulator().await;
    let client = client(&simulator, ADMINISTRATOR).await;
    simulator.expire_tokens();
    let error = client.call("profile", Value::Null).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::ExpiredToken));
}

#[tokio::test]
async fn call_with_a_token_of_an_earlier_installation_is_invalid() {
    let simulator = simulator().await;
    let client = client(&simulator, ADMINISTRATOR).await;
    simulator.uninstall();
    simulator.finish_installation();
    let error = client.call("profile", Value::Null).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
}

#[tokio::test]
async fn call_over_the_limit_is_retryable_and_was_not_executed() {
    let simulator = simulator().await;
    let client = client(&simulator, ADMINISTRATOR).await;
    simulator.set_fault(RestFault::RateLimited);
    let error = client.call("profile", Value::Null).await.unwrap_err();
    assert!(error.is_retryable());
    assert!(error.code().unwrap().was_not_executed());
}

#[tokio::test]
async fn call_of_a_portal_with_an_expired_licence_is_not_operational() {
    let simulator = simulator().await;
    let client = client(&simulator, ADMINISTRATOR).await;
    simulator.set_fault(RestFault::LicenceRedirect);
    let error = client.call("profile", Value::Null).await.unwrap_err();
    assert!(matches!(error, CallError::NotOperational { status: 302 }));
}

#[tokio::test]
async fn batch_that_halts_tells_what_did_not_run() {
    let simulator = simulator().await;
    let client = client(&simulator, ADMINISTRATOR).await;
    let batch = Batch::chain()
        .command("profile", Command::new("profile"))
        .command(
            "missing",
            Command::new("crm.item.get")
                .with("entityTypeId", 2)
                .with("id", 9999),
        )
        .command(
            "after",
            Command::new("user.get")
                .with_reference("ID", Reference::to("missing").then("item").then("assignedById")),
        );

    let mut reply = client.batch(&batch).await.unwrap();

    assert!(matches!(reply.take("profile"), CommandOutcome::Done(_)));
    assert!(
        matches!(reply.take("missing"), CommandOutcome::Failed(error) if error.code == ErrorCode::NotFound)
    );
    assert_eq!(reply.take("after"), CommandOutcome::NotExecuted);
}

fn tab(entity_type: EntityType) -> PlacementBinding {
    PlacementBinding {
        placement: Placement::DetailTab(entity_type),
        handler: "http://app.localhost:3000/bitrix/app".to_owned(),
        titles: vec![("en".to_owned(), "Certlens".to_owned())],
    }
}

#[tokio::test]
async fn reconcile_twice_leaves_one_binding_in_each_place() {
    let simulator = simulator().await;
    let client = client(&simulator, ADMINISTRATOR).await;
    client
        .call(
            "placement.bind",
            json!({"PLACEMENT": "CRM_DEAL_DETAIL_TAB", "HANDLER": "http://old.localhost/tab"}),
        )
        .await
        .unwrap();
    let tabs = [EntityType::Lead, EntityType::Deal, EntityType::Company].map(tab);
    let wanted = Wanted {
        placements: tabs.to_vec(),
        events: Vec::new(),
    };

    for _ in 0..2 {
        assert!(bindings::reconcile(&client, &wanted).await.unwrap().is_complete());
    }

    let mut bound = simulator.placements();
    bound.sort();
    assert_eq!(
        bound,
        [
            "CRM_COMPANY_DETAIL_TAB",
            "CRM_DEAL_DETAIL_TAB",
            "CRM_LEAD_DETAIL_TAB"
        ]
    );
}

#[tokio::test]
async fn reconcile_by_an_ordinary_user_is_refused() {
    let simulator = simulator().await;
    let client = client(&simulator, MANAGER).await;
    let wanted = Wanted {
        placements: vec![tab(EntityType::Lead)],
        events: Vec::new(),
    };

    let report = bindings::reconcile(&client, &wanted).await.unwrap();

    assert_eq!(report.is_administrator, Some(false));
    assert!(
        report
            .failures()
            .all(|(_, failure)| *failure == Failure::NotAdministrator)
    );
    assert!(simulator.placements().is_empty());
}
