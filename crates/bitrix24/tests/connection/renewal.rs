//! Chains of tokens: one renewal for all, fall-back to the next chain, never another user's rights.

use certlens_bitrix24::{
    AccessToken, CallError, ChainEnd, ClientId, CredentialError, ErrorCode, Priority, Standing,
};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::stage::{ADMINISTRATOR, CLIENT_ID, EMPLOYEE, Fault, Stage, World, member, refusal};

#[tokio::test]
async fn fifty_parallel_calls_with_an_ended_token_renew_it_once() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.world(World::expire_access);
    let connections = stage.connections();

    let replies = join_all((0..50).map(|_| {
        let client = connections.of_portal(&stage.portal(), Priority::Interactive);
        async move { client.call("profile", Value::Null).await }
    }))
    .await;

    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
    assert_eq!(stage.world(|world| world.renewals), 1);
}

#[tokio::test]
async fn two_processes_with_the_same_ended_token_renew_it_once() {
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);
    stage.world(World::expire_access);
    let processes = [stage.connections(), stage.connections()];

    let replies = join_all((0..40).map(|number| {
        let client = processes[number % 2].of_portal(&stage.portal(), Priority::Interactive);
        async move { client.call("profile", Value::Null).await }
    }))
    .await;

    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
    assert_eq!(stage.world(|world| world.renewals), 1);
    assert_eq!(stage.store.end_of(chain), None);
}

#[tokio::test]
async fn token_whose_own_deadline_passed_is_renewed_before_it_is_sent() {
    let stage = Stage::open().await;
    let (access, refresh) = stage.world(|world| world.issue(ADMINISTRATOR));
    stage.store.add(
        &member(),
        &ClientId::new(CLIENT_ID),
        ADMINISTRATOR,
        certlens_bitrix24::TokenPair {
            access: AccessToken::parse(&access).unwrap(),
            refresh: certlens_bitrix24::RefreshToken::parse(&refresh).unwrap(),
            expires_at: chrono::Utc::now(),
        },
    );

    stage.client().call("profile", Value::Null).await.unwrap();

    assert_eq!(stage.world(|world| (world.renewals, world.calls.len())), (1, 1));
}

#[tokio::test]
async fn caller_that_leaves_in_the_middle_does_not_lose_the_renewed_pair() {
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);
    stage.world(World::expire_access);
    let before = stage.store.pair_of(chain).unwrap();
    let client = stage.client();

    let caller = tokio::spawn(async move { client.call("profile", Value::Null).await });
    while stage.world(|world| world.renewals) == 0 {
        tokio::task::yield_now().await;
    }
    caller.abort();

    // The renewal goes on without its caller; the next call finds what it stored and needs no second one.
    stage.client().call("profile", Value::Null).await.unwrap();
    assert_eq!(stage.world(|world| world.renewals), 1);
    let after = stage.store.pair_of(chain).unwrap();
    assert_ne!(before.refresh.expose(), after.refresh.expose());
}

#[tokio::test]
async fn lost_answer_of_a_renewal_is_asked_once_more_and_then_the_next_chain_serves() {
    let stage = Stage::open().await;
    let (first, second) = (stage.chain_of(ADMINISTRATOR), stage.chain_of(EMPLOYEE));
    stage.world(|world| {
        world.expire_access();
        world.token_faults.push_back(Fault::LosesAnswer);
    });

    let reply = stage.client().call("profile", Value::Null).await.unwrap();

    assert_eq!(reply.result, json!({"ID": "2"}));
    assert_eq!(stage.store.end_of(first), Some(ChainEnd::Spent));
    assert_eq!(stage.store.end_of(second), None);
    // The first chain twice with the same token, the second once.
    assert_eq!(stage.world(|world| world.renewals), 3);
}

#[tokio::test]
async fn failing_authorization_server_is_asked_again_and_the_chain_lives_on() {
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);
    stage.world(|world| {
        world.expire_access();
        world.token_faults.extend([Fault::Page(502), Fault::Breaks]);
    });

    stage.client().call("profile", Value::Null).await.unwrap();

    assert_eq!(stage.world(|world| world.renewals), 3);
    assert_eq!(stage.store.end_of(chain), None);
}

#[tokio::test]
async fn authorization_server_that_stays_down_is_a_retryable_error_and_no_dead_chain() {
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);
    stage.world(|world| {
        world.expire_access();
        world.token_faults.extend(vec![Fault::Page(503); 3]);
    });

    let error = stage.client().call("profile", Value::Null).await.unwrap_err();

    assert!(
        matches!(error, CallError::Credentials(CredentialError::Unreachable)),
        "{error:?}"
    );
    assert!(error.is_retryable());
    assert_eq!(stage.store.end_of(chain), None);
    assert_eq!(stage.store.standings_of(&member()), []);
}

#[tokio::test]
async fn portal_whose_chains_are_all_dead_needs_a_user() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.chain_of(EMPLOYEE);
    stage.world(|world| {
        world.expire_access();
        world.revoke_refresh();
    });

    let error = stage.client().call("profile", Value::Null).await.unwrap_err();

    assert!(matches!(error, CallError::NoCredentials), "{error:?}");
    assert_eq!(stage.store.standings_of(&member()), [Standing::NeedsReauth]);
    assert_eq!(stage.world(|world| world.renewals), 2);
}

#[tokio::test]
async fn deactivated_users_chain_is_dropped_without_a_renewal_and_another_users_serves() {
    let stage = Stage::open().await;
    let (fired, other) = (stage.chain_of(ADMINISTRATOR), stage.chain_of(EMPLOYEE));
    stage.fault(refusal(401, "authorization_error"));

    let reply = stage.client().call("profile", Value::Null).await.unwrap();

    assert_eq!(reply.result, json!({"ID": "2"}));
    assert_eq!(stage.store.end_of(fired), Some(ChainEnd::UserDeactivated));
    assert_eq!(stage.store.end_of(other), None);
    assert_eq!(stage.world(|world| world.renewals), 0);
}

#[tokio::test]
async fn token_that_the_portal_never_accepts_is_renewed_once_and_its_chain_ended() {
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);
    let Fault::Says(status, body) = refusal(401, "invalid_token") else {
        unreachable!()
    };
    stage.world(|world| world.always = Some(Fault::Says(status, body)));

    let error = stage.client().call("profile", Value::Null).await.unwrap_err();

    assert!(matches!(error, CallError::NoCredentials), "{error:?}");
    assert_eq!(stage.store.end_of(chain), Some(ChainEnd::Revoked));
    assert_eq!(stage.world(|world| (world.renewals, world.calls.len())), (1, 2));
}

#[tokio::test]
async fn token_that_always_counts_as_ended_is_renewed_once_and_the_call_repeated_once() {
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);
    stage.world(|world| world.always = Some(refusal(401, "expired_token")));
    let client = stage
        .connections()
        .of_user(&stage.portal(), ADMINISTRATOR, None, Priority::Interactive);

    let error = client.call("profile", Value::Null).await.unwrap_err();

    assert_eq!(error.code(), Some(&ErrorCode::ExpiredToken), "{error:?}");
    assert_eq!(stage.world(|world| (world.renewals, world.calls.len())), (1, 2));
    assert_eq!(stage.store.end_of(chain), None);
}

#[tokio::test]
async fn users_client_never_takes_another_users_chain() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    let frame = AccessToken::parse("token-of-a-frame-that-has-ended").unwrap();
    let client = stage
        .connections()
        .of_user(&stage.portal(), EMPLOYEE, Some(frame), Priority::Interactive);

    let error = client.call("profile", Value::Null).await.unwrap_err();

    assert_eq!(error.code(), Some(&ErrorCode::ExpiredToken), "{error:?}");
    assert_eq!(stage.world(|world| (world.renewals, world.calls.len())), (0, 1));
}

#[tokio::test]
async fn users_client_goes_on_with_the_users_own_chain_when_the_frames_token_ends() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.chain_of(EMPLOYEE);
    let frame = AccessToken::parse("token-of-a-frame-that-has-ended").unwrap();
    let client = stage
        .connections()
        .of_user(&stage.portal(), EMPLOYEE, Some(frame), Priority::Interactive);

    let reply = client.call("profile", Value::Null).await.unwrap();

    assert_eq!(reply.result, json!({"ID": "2"}));
}

#[tokio::test]
async fn refresh_token_that_turns_out_to_be_another_users_is_not_used() {
    let stage = Stage::open().await;
    let (access, refresh) = stage.world(|world| world.issue(ADMINISTRATOR));
    let chain = stage.store.add(
        &member(),
        &ClientId::new(CLIENT_ID),
        EMPLOYEE,
        certlens_bitrix24::TokenPair {
            access: AccessToken::parse(&access).unwrap(),
            refresh: certlens_bitrix24::RefreshToken::parse(&refresh).unwrap(),
            expires_at: chrono::Utc::now(),
        },
    );
    let client = stage
        .connections()
        .of_user(&stage.portal(), EMPLOYEE, None, Priority::Interactive);

    let error = client.call("profile", Value::Null).await.unwrap_err();

    assert!(matches!(error, CallError::NoCredentials), "{error:?}");
    assert_eq!(stage.store.end_of(chain), Some(ChainEnd::Revoked));
    assert_eq!(stage.world(|world| world.calls.len()), 0);
}

#[tokio::test]
async fn application_without_a_secret_leaves_its_chain_alive() {
    let stage = Stage::open().await;
    let (access, refresh) = stage.world(|world| world.issue(ADMINISTRATOR));
    let chain = stage.store.add(
        &member(),
        &ClientId::new("local.removed"),
        ADMINISTRATOR,
        certlens_bitrix24::TokenPair {
            access: AccessToken::parse(&access).unwrap(),
            refresh: certlens_bitrix24::RefreshToken::parse(&refresh).unwrap(),
            expires_at: chrono::Utc::now(),
        },
    );

    let error = stage.client().call("profile", Value::Null).await.unwrap_err();

    assert!(
        matches!(&error, CallError::Credentials(CredentialError::SecretUnknown { client_id }) if client_id.as_str() == "local.removed"),
        "{error:?}"
    );
    assert_eq!(stage.store.end_of(chain), None);
}

#[tokio::test]
async fn portal_that_rejects_every_renewed_token_neither_loses_its_chain_nor_storms_the_authorization_server()
{
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);
    stage.world(|world| world.always = Some(refusal(401, "expired_token")));
    let client = stage.client();

    let first = client.call("profile", Value::Null).await.unwrap_err();
    let mut last = None;
    for _ in 0..60 {
        last = client.call("profile", Value::Null).await.err();
    }

    assert_eq!(first.code(), Some(&ErrorCode::ExpiredToken), "{first:?}");
    assert!(
        matches!(last, Some(CallError::Credentials(CredentialError::TooOften))),
        "{last:?}"
    );
    // Thirty in a row, and one or two that the time of the test allows for.
    assert!((30..=35).contains(&stage.world(|world| world.renewals)));
    assert_eq!(stage.store.end_of(chain), None);
    assert_eq!(stage.store.standings_of(&member()), []);
}
