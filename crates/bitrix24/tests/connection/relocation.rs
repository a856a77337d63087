//! Redirects: a renamed portal is followed, an attacker's host gets no byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use certlens_bitrix24::{CallError, Standing, SuspensionReason};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::stage::{ADMINISTRATOR, Fault, Stage, member};

/// A host that nobody proved: counts the connections that reach it.
async fn attacker() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/portal/rest/", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, connections)
}

#[tokio::test]
async fn redirect_to_a_host_that_the_authorization_server_does_not_know_sends_it_nothing() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    let (evil, connections) = attacker().await;
    stage.fault(Fault::Redirects(format!("{evil}profile")));

    let error = stage.client().call("profile", Value::Null).await.unwrap_err();

    let host = evil
        .trim_start_matches("http://")
        .trim_end_matches("/portal/rest/");
    assert!(
        matches!(&error, CallError::Moved { host: named } if named == host),
        "{error:?}"
    );
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    assert_eq!(stage.store.address_of(&member()), None);
}

#[tokio::test]
async fn renamed_portal_is_followed_once_its_new_host_is_proved_and_the_address_is_stored() {
    let (old, new) = (Stage::open().await, Stage::open().await);
    old.chain_of(ADMINISTRATOR);
    // The same tokens live at the new address.
    new.world(|world| world.issue(ADMINISTRATOR));
    old.world(|world| {
        world.always = Some(Fault::Redirects(format!("{}/portal/rest/profile", new.address)));
        world.endpoint = Some(new.endpoint().to_string());
    });
    let client = old.client();

    let first = client.call("profile", json!({"x": 1})).await.unwrap();
    let second = client.call("profile", Value::Null).await.unwrap();

    assert_eq!(
        (first.result, second.result),
        (json!({"ID": "1"}), json!({"ID": "1"}))
    );
    assert_eq!(old.store.address_of(&member()), Some(new.endpoint()));
    // The client keeps to the new address; the parameters came with the repetition.
    assert_eq!(old.world(|world| world.calls.len()), 1);
    assert_eq!(new.world(|world| world.calls[0].1["x"].clone()), json!(1));
}

#[tokio::test]
async fn renamed_portal_is_found_also_with_a_token_that_has_ended() {
    let (old, new) = (Stage::open().await, Stage::open().await);
    old.chain_of(ADMINISTRATOR);
    // The pair that the renewal will give, as the new address knows it.
    new.world(|world| {
        world.issue(ADMINISTRATOR);
        world.issue(ADMINISTRATOR);
    });
    old.world(|world| {
        world.expire_access();
        world.always = Some(Fault::Redirects(format!("{}/portal/rest/profile", new.address)));
        world.endpoint = Some(new.endpoint().to_string());
    });

    let reply = old.client().call("profile", Value::Null).await.unwrap();

    assert_eq!(reply.result, json!({"ID": "1"}));
    assert_eq!(old.world(|world| world.renewals), 1);
}

#[tokio::test]
async fn two_hosts_that_redirect_to_each_other_end_in_an_error() {
    let (old, new) = (Stage::open().await, Stage::open().await);
    old.chain_of(ADMINISTRATOR);
    old.world(|world| {
        world.always = Some(Fault::Redirects(format!("{}/portal/rest/profile", new.address)));
        world.endpoint = Some(new.endpoint().to_string());
    });
    new.world(|world| {
        world.always = Some(Fault::Redirects(format!("{}/portal/rest/profile", old.address)));
    });

    let error = old.client().call("profile", Value::Null).await.unwrap_err();

    assert!(matches!(error, CallError::Moved { .. }), "{error:?}");
    assert_eq!(
        old.world(|world| world.calls.len()) + new.world(|world| world.calls.len()),
        2
    );
}

#[tokio::test]
async fn redirect_to_a_page_of_the_same_host_is_a_dead_licence() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.world(|world| {
        world.always = Some(Fault::Redirects("/bitrix/coupon_activation.php".to_owned()));
    });

    let error = stage.client().call("profile", Value::Null).await.unwrap_err();

    assert!(
        matches!(error, CallError::NotOperational { status: 302 }),
        "{error:?}"
    );
    assert_eq!(stage.world(|world| world.calls.len()), 1);
    assert_eq!(
        stage.store.standings_of(&member()),
        [Standing::Suspended(SuspensionReason::NotOperational)]
    );
}
