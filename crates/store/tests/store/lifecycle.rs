//! How a portal gets from one state to another.

use crate::world::{World, address, member};
use certlens_store::{Installation, MemberId, PortalState, Standing, Store, StoreError, TokenCheck, UserId};

#[derive(Debug, Clone, Copy)]
enum Step {
    BeginInstall,
    FinishInstall,
    Restore,
    Active,
    Suspended,
    NeedsReauth,
    Archive,
}

impl Step {
    const ALL: [Self; 7] = [
        Self::BeginInstall,
        Self::FinishInstall,
        Self::Restore,
        Self::Active,
        Self::Suspended,
        Self::NeedsReauth,
        Self::Archive,
    ];

    async fn take(self, store: &Store, member_id: &MemberId) -> Result<(), StoreError> {
        let standing = match self {
            Self::BeginInstall => {
                return store
                    .begin_install(member_id, &Installation::at(address("acme.example")))
                    .await;
            }
            Self::FinishInstall => return store.finish_install(member_id, 1).await,
            Self::Restore => return store.restore(member_id).await,
            Self::Archive => return store.archive(member_id).await,
            Self::Active => Standing::Active,
            Self::Suspended => Standing::Suspended {
                reason: "payment_required",
            },
            Self::NeedsReauth => Standing::NeedsReauth,
        };
        store.set_standing(member_id, standing).await.map(|_| ())
    }
}

/// The shortest way into a state.
const fn way_to(state: PortalState) -> &'static [Step] {
    match state {
        PortalState::Installing => &[Step::BeginInstall],
        PortalState::Installed => &[Step::BeginInstall, Step::FinishInstall],
        PortalState::Suspended => &[Step::BeginInstall, Step::FinishInstall, Step::Suspended],
        PortalState::NeedsReauth => &[Step::BeginInstall, Step::FinishInstall, Step::NeedsReauth],
        PortalState::Uninstalled => &[Step::BeginInstall, Step::FinishInstall, Step::Archive],
    }
}

#[tokio::test]
async fn each_step_from_each_state_leads_where_the_table_says() {
    use PortalState::{Installed, Installing, NeedsReauth, Suspended, Uninstalled};
    let world = World::create().await;
    // Columns in the order of Step::ALL: begin, finish, restore, active, suspended, needs_reauth, archive.
    let table = [
        (
            Installing,
            [
                Installing,
                Installed,
                Installed,
                Installing,
                Installing,
                Installing,
                Uninstalled,
            ],
        ),
        (
            Installed,
            [
                Installed,
                Installed,
                Installed,
                Installed,
                Suspended,
                NeedsReauth,
                Uninstalled,
            ],
        ),
        (
            Suspended,
            [
                Installing,
                Installed,
                Installed,
                Installed,
                Suspended,
                NeedsReauth,
                Uninstalled,
            ],
        ),
        (
            NeedsReauth,
            [
                Installing,
                Installed,
                Installed,
                Installed,
                NeedsReauth,
                NeedsReauth,
                Uninstalled,
            ],
        ),
        (
            Uninstalled,
            [
                Installing,
                Uninstalled,
                Installed,
                Uninstalled,
                Uninstalled,
                Uninstalled,
                Uninstalled,
            ],
        ),
    ];

    let mut number = 0;
    for (from, ends) in table {
        for (step, to) in Step::ALL.into_iter().zip(ends) {
            number += 1;
            let member_id = member(number);
            for way in way_to(from) {
                way.take(&world.store, &member_id).await.unwrap();
            }

            let outcome = step.take(&world.store, &member_id).await;

            let portal = world.store.portal(&member_id).await.unwrap().unwrap();
            assert_eq!(portal.state, to, "{step:?} from {from:?}: {outcome:?}");
            assert_eq!(
                portal.state_reason.is_some(),
                to == Suspended,
                "{step:?} from {from:?}"
            );
        }
    }
    world.end().await;
}

#[tokio::test]
async fn finish_install_of_a_portal_that_removed_the_application_meanwhile_says_so() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world.store.archive(&portal).await.unwrap();

    let error = world.store.finish_install(&portal, 1).await.unwrap_err();

    assert!(matches!(error, StoreError::Uninstalled(gone) if gone == portal));
    world.end().await;
}

#[tokio::test]
async fn every_step_on_an_unknown_portal_but_the_first_says_that_it_is_unknown() {
    let world = World::create().await;

    for step in Step::ALL.into_iter().skip(1) {
        let error = step.take(&world.store, &member(9)).await.unwrap_err();
        assert!(
            matches!(&error, StoreError::UnknownPortal(unknown) if *unknown == member(9)),
            "{step:?}: {error:?}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn begin_install_writes_down_what_the_page_proved() {
    let world = World::create().await;
    let installation = Installation {
        address: address("acme.example"),
        client_id: Some("app.1".to_owned()),
        scope: vec!["crm".to_owned(), "placement".to_owned()],
        status: Some("F".to_owned()),
        application_token: Some("77aa".into()),
        user_id: Some(UserId(17)),
    };

    world
        .store
        .begin_install(&member(1), &installation)
        .await
        .unwrap();

    let portal = world.store.portal(&member(1)).await.unwrap().unwrap();
    assert_eq!(portal.address, address("acme.example"));
    assert_eq!(portal.client_id.as_deref(), Some("app.1"));
    assert_eq!(portal.scope, ["crm", "placement"]);
    assert_eq!(portal.status.as_deref(), Some("F"));
    assert_eq!(portal.installed_by, Some(UserId(17)));
    assert!(portal.has_application_token);
    assert_eq!(portal.installed_at, None);
    world.end().await;
}

#[tokio::test]
async fn begin_install_without_an_application_token_keeps_the_known_one_and_the_bindings() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .adopt_application_token(&portal, &"77aa".into())
        .await
        .unwrap();

    world
        .store
        .begin_install(&portal, &Installation::at(address("renamed.example")))
        .await
        .unwrap();

    let checked = world
        .store
        .check_application_token(&portal, "77aa")
        .await
        .unwrap();
    assert_eq!(checked, TokenCheck::Matches);
    let portal = world.store.portal(&portal).await.unwrap().unwrap();
    assert_eq!(portal.address.domain, "renamed.example");
    assert_eq!(portal.bindings_version, 1);
    world.end().await;
}

#[tokio::test]
async fn application_tokens_are_told_apart_and_only_their_hash_is_stored() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let check = |claimed: &'static str| world.store.check_application_token(&portal, claimed);
    let before = check("77aa").await.unwrap();

    world
        .store
        .adopt_application_token(&portal, &"77aa".into())
        .await
        .unwrap();

    assert_eq!(before, TokenCheck::NotStored);
    assert_eq!(check("77aa").await.unwrap(), TokenCheck::Matches);
    assert_eq!(check("77ab").await.unwrap(), TokenCheck::Differs);
    assert_eq!(check("").await.unwrap(), TokenCheck::Differs);
    let elsewhere = world.store.check_application_token(&member(9), "77aa").await;
    assert_eq!(elsewhere.unwrap(), TokenCheck::UnknownPortal);
    let shown = world
        .number("SELECT count(*) FROM portals
             WHERE portals::text LIKE '%77aa%' OR position('77aa' IN encode(application_token_hash, 'escape')) > 0")
        .await;
    assert_eq!(shown, 0);
    world.end().await;
}

#[tokio::test]
async fn adopt_application_token_of_a_portal_that_removed_the_application_is_refused() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world.store.archive(&portal).await.unwrap();

    let error = world
        .store
        .adopt_application_token(&portal, &"77aa".into())
        .await
        .unwrap_err();

    assert!(matches!(error, StoreError::Uninstalled(_)), "{error:?}");
    world.end().await;
}

#[tokio::test]
async fn an_event_token_of_an_unwritable_kind_is_just_another_token() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .adopt_application_token(&portal, &"77aa".into())
        .await
        .unwrap();

    let checked = world
        .store
        .check_application_token(&portal, "77\0aa — ключ")
        .await
        .unwrap();

    assert_eq!(checked, TokenCheck::Differs);
    world.end().await;
}

#[tokio::test]
async fn record_seen_of_one_portal_leaves_another_alone() {
    let world = World::create().await;
    world.portal(1).await;
    world.portal(2).await;

    world
        .store
        .record_seen(&member(1), &address("moved.example"))
        .await
        .unwrap();
    world
        .store
        .change_address(&member(1), &address("again.example"))
        .await
        .unwrap();

    let portals = world.store.portals().await.unwrap();
    let domains: Vec<_> = portals.into_iter().map(|portal| portal.address.domain).collect();
    assert_eq!(domains, ["again.example", "portal2.example"]);
    world.end().await;
}

#[tokio::test]
async fn a_portal_is_found_by_its_host_and_a_living_one_before_one_that_left() {
    let world = World::create().await;
    let (left, living) = (world.portal(1).await, world.portal(2).await);
    for portal in [&living, &left] {
        world
            .store
            .record_seen(portal, &address("acme.example"))
            .await
            .unwrap();
    }
    world.store.archive(&left).await.unwrap();

    let found = world.store.portal_by_domain("acme.example").await.unwrap();

    assert_eq!(found.unwrap().member_id, living);
    assert_eq!(world.store.portal_by_domain("acme.exampl").await.unwrap(), None);
    world.end().await;
}

#[tokio::test]
async fn a_session_generation_ends_with_a_removal_and_never_comes_back() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let generation = || world.store.session_generation(&portal);
    let first = generation().await.unwrap();

    world.store.archive(&portal).await.unwrap();
    let archived = generation().await.unwrap();
    world.store.restore(&portal).await.unwrap();
    let restored = generation().await.unwrap();
    world.store.erase(&portal).await.unwrap();
    let erased = generation().await.unwrap();
    world.portal(1).await;
    let reinstalled = generation().await.unwrap();

    assert!(first.is_some());
    assert_eq!(archived, None);
    assert_eq!(erased, None);
    assert_ne!(restored, first);
    assert!(reinstalled.is_some() && reinstalled != first && reinstalled != restored);
    world.end().await;
}
