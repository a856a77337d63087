//! Portals in the real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use certlens_store::{Installation, MemberId, PortalAddress, PortalState, SecretKey, Store, StoreError};
use certlens_test_engines::TestDatabases;

fn address(domain: &str) -> PortalAddress {
    PortalAddress {
        domain: domain.to_owned(),
        client_endpoint: format!("https://{domain}/rest/"),
        origin: format!("https://{domain}"),
        authorization_server: "https://oauth.example/".to_owned(),
    }
}

fn key() -> SecretKey {
    SecretKey::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
}

fn member(last_digit: char) -> MemberId {
    MemberId::parse(&format!("{}{last_digit}", "0".repeat(31))).unwrap()
}

#[tokio::test]
async fn begin_install_on_an_unknown_portal_makes_it_known_as_installing() {
    let databases = TestDatabases::create().await;
    let store = Store::new(databases.postgres().clone(), &key());

    store
        .begin_install(&member('1'), &Installation::at(address("acme.example")))
        .await
        .unwrap();

    let portal = store.portal(&member('1')).await.unwrap().unwrap();
    assert_eq!(portal.state, PortalState::Installing);
    assert_eq!(portal.address, address("acme.example"));
    assert_eq!(portal.installed_at, None);
    databases.drop_all().await;
}

#[tokio::test]
async fn begin_install_on_an_installed_portal_keeps_it_installed_and_takes_the_new_address() {
    let databases = TestDatabases::create().await;
    let store = Store::new(databases.postgres().clone(), &key());
    store
        .begin_install(&member('1'), &Installation::at(address("acme.example")))
        .await
        .unwrap();
    store.finish_install(&member('1'), 1).await.unwrap();

    store
        .begin_install(&member('1'), &Installation::at(address("renamed.example")))
        .await
        .unwrap();

    let portal = store.portal(&member('1')).await.unwrap().unwrap();
    assert_eq!(portal.state, PortalState::Installed);
    assert_eq!(portal.address.domain, "renamed.example");
    assert_eq!(portal.bindings_version, 1);
    databases.drop_all().await;
}

#[tokio::test]
async fn finish_install_after_an_uninstallation_makes_the_portal_installed_again() {
    let databases = TestDatabases::create().await;
    let store = Store::new(databases.postgres().clone(), &key());
    store
        .begin_install(&member('1'), &Installation::at(address("acme.example")))
        .await
        .unwrap();
    store.finish_install(&member('1'), 1).await.unwrap();
    store.archive(&member('1')).await.unwrap();
    let uninstalled = store.portal(&member('1')).await.unwrap().unwrap();

    store
        .begin_install(&member('1'), &Installation::at(address("acme.example")))
        .await
        .unwrap();
    store.finish_install(&member('1'), 1).await.unwrap();

    assert_eq!(uninstalled.state, PortalState::Uninstalled);
    assert_eq!(
        uninstalled.bindings_version, 0,
        "the portal removed the placements"
    );
    let portal = store.portal(&member('1')).await.unwrap().unwrap();
    assert_eq!(portal.state, PortalState::Installed);
    databases.drop_all().await;
}

#[tokio::test]
async fn record_seen_of_one_portal_leaves_another_alone() {
    let databases = TestDatabases::create().await;
    let store = Store::new(databases.postgres().clone(), &key());
    store
        .begin_install(&member('1'), &Installation::at(address("one.example")))
        .await
        .unwrap();
    store
        .begin_install(&member('2'), &Installation::at(address("two.example")))
        .await
        .unwrap();

    store
        .record_seen(&member('1'), &address("moved.example"))
        .await
        .unwrap();

    let domains: Vec<_> = store
        .portals()
        .await
        .unwrap()
        .into_iter()
        .map(|portal| portal.address.domain)
        .collect();
    assert_eq!(domains, ["moved.example", "two.example"]);
    databases.drop_all().await;
}

#[tokio::test]
async fn finish_install_of_an_unknown_portal_says_so() {
    let databases = TestDatabases::create().await;
    let store = Store::new(databases.postgres().clone(), &key());

    let error = store.finish_install(&member('9'), 1).await.unwrap_err();

    assert!(matches!(error, StoreError::UnknownPortal(unknown) if unknown == member('9')));
    databases.drop_all().await;
}
