//! What calls reveal about a portal as a whole, and how often the store hears of it.

use certlens_bitrix24::{AccessToken, CallError, CredentialError, Priority, Standing, SuspensionReason};
use rstest::rstest;
use serde_json::{Value, json};

use crate::stage::{ADMINISTRATOR, EMPLOYEE, Fault, Stage, member, refusal};

#[rstest]
#[case::unpaid(
    refusal(401, "PAYMENT_REQUIRED"),
    Standing::Suspended(SuspensionReason::PaymentRequired)
)]
#[case::plan(
    Fault::Says(403, json!({"error": "ACCESS_DENIED", "error_description": "REST is available only on commercial plans"})),
    Standing::Suspended(SuspensionReason::PlanDenied)
)]
#[case::overload(
    refusal(503, "OVERLOAD_LIMIT"),
    Standing::Suspended(SuspensionReason::Overload)
)]
#[case::deleted(
    refusal(410, "PORTAL_DELETED"),
    Standing::Suspended(SuspensionReason::PortalDeleted)
)]
#[case::uninstalled(refusal(401, "APPLICATION_NOT_FOUND"), Standing::Uninstalled)]
#[tokio::test]
async fn refusal_of_the_whole_portal_is_noted_once_and_the_next_success_as_well(
    #[case] fault: Fault,
    #[case] expected: Standing,
) {
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);
    let client = stage.client();
    stage.world(|world| world.faults.extend([fault.clone(), fault]));

    client.call("profile", Value::Null).await.unwrap_err();
    client.call("profile", Value::Null).await.unwrap_err();
    client.call("profile", Value::Null).await.unwrap();
    client.call("profile", Value::Null).await.unwrap();

    assert_eq!(stage.store.standings_of(&member()), [expected, Standing::Active]);
    assert_eq!(stage.store.end_of(chain), None);
    assert_eq!(stage.world(|world| (world.calls.len(), world.renewals)), (4, 0));
}

#[tokio::test]
async fn unpaid_application_is_noted_when_the_renewal_says_so() {
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);
    stage.world(|world| {
        world.expire_access();
        world.token_faults.push_back(refusal(401, "PAYMENT_REQUIRED"));
    });

    let error = stage.client().call("profile", Value::Null).await.unwrap_err();

    assert!(
        matches!(error, CallError::Credentials(CredentialError::Refused(_))),
        "{error:?}"
    );
    assert_eq!(
        stage.store.standings_of(&member()),
        [Standing::Suspended(SuspensionReason::PaymentRequired)]
    );
    assert_eq!(stage.store.end_of(chain), None);
}

#[tokio::test]
async fn portal_that_the_authorization_server_does_not_know_is_noted_as_deleted() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.world(|world| {
        world.expire_access();
        world.token_faults.push_back(Fault::Page(404));
    });

    let error = stage.client().call("profile", Value::Null).await.unwrap_err();

    assert!(
        matches!(error, CallError::Credentials(CredentialError::PortalDeleted)),
        "{error:?}"
    );
    assert_eq!(
        stage.store.standings_of(&member()),
        [Standing::Suspended(SuspensionReason::PortalDeleted)]
    );
}

#[tokio::test]
async fn user_without_access_is_passed_over_and_suspends_only_when_nobody_has_it() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.chain_of(EMPLOYEE);
    let excluded = || refusal(403, "user_access_error");

    stage.fault(excluded());
    let reply = stage.client().call("profile", Value::Null).await.unwrap();
    let after_one = stage.store.standings_of(&member());
    stage.world(|world| world.faults.extend([excluded(), excluded()]));
    stage.client().call("profile", Value::Null).await.unwrap_err();

    assert_eq!(reply.result, json!({"ID": "2"}));
    assert_eq!(after_one, [Standing::Active]);
    assert_eq!(
        stage.store.standings_of(&member()).last(),
        Some(&Standing::Suspended(SuspensionReason::UserAccess))
    );
}

#[tokio::test]
async fn frames_user_without_access_says_nothing_about_the_portal() {
    let stage = Stage::open().await;
    stage.fault(refusal(403, "user_access_error"));
    let token = AccessToken::parse("token-of-a-frame-of-the-test").unwrap();
    let client = stage
        .connections()
        .of_user(&stage.portal(), EMPLOYEE, Some(token), Priority::Interactive);

    client.call("profile", Value::Null).await.unwrap_err();

    assert_eq!(stage.store.standings_of(&member()), []);
}
