//! Portals that break, move, stop paying, and forget us.

use certlens_portal_sim::{EntityKind, RestFault};
use certlens_portals::{CardSource, StepFailure, StepName};
use certlens_store::PortalState;

use crate::world::{ADMINISTRATOR, MANAGER, World, eventually, stored};

#[tokio::test]
async fn a_renamed_portal_is_followed_and_its_new_address_kept() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let frame = world.open(ADMINISTRATOR, EntityKind::Company, 101).await;
    portal.rename("renamed.localhost").unwrap();

    let card = world.resolve(&frame).await.unwrap();

    assert_eq!((card.source, card.notice), (CardSource::Portal, None));
    let known = world.store().portal(&stored(&portal)).await.unwrap().unwrap();
    assert!(
        known.address.domain.starts_with("renamed.localhost"),
        "{}",
        known.address.domain
    );
    world.close().await;
}

#[tokio::test]
async fn a_portal_that_stops_paying_is_suspended_and_lives_again_after_it_pays() {
    let mut world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let member = stored(&portal);
    portal.set_fault(RestFault::PaymentRequired);
    world.work(&world.portals.clone());
    eventually("the portal is suspended", || async {
        let known = world.store().portal(&member).await.unwrap().unwrap();
        known.state == PortalState::Suspended && known.state_reason.as_deref() == Some("payment_required")
    })
    .await;

    portal.clear_faults();
    let form = format!(
        "event=ONAPPPAYMENT&data[PAYMENT_EXPIRED]=N&data[STATUS]=P&auth[member_id]={}&auth[application_token]={}",
        portal.member_id(),
        portal.application_token().unwrap()
    );
    world.portals.receive(form.as_bytes()).await.unwrap();

    eventually("the portal lives again", || async {
        let known = world.store().portal(&member).await.unwrap().unwrap();
        known.state == PortalState::Installed
    })
    .await;
    world.close().await;
}

#[tokio::test]
async fn a_portal_without_living_chains_wants_a_page_and_gets_well_by_one() {
    let mut world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let member = stored(&portal);
    portal.expire_tokens();
    portal.expire_refresh_tokens();
    sqlx::query("UPDATE chains SET expires_at = now() - interval '1 minute'")
        .execute(world.pool())
        .await
        .unwrap();
    world.work(&world.portals.clone());
    eventually("the portal needs new tokens", || async {
        let known = world.store().portal(&member).await.unwrap().unwrap();
        known.state == PortalState::NeedsReauth
    })
    .await;

    let frame = world.open(ADMINISTRATOR, EntityKind::Company, 101).await;
    world.portals.note_page(&frame, Some(true)).await;

    let known = world.store().portal(&member).await.unwrap().unwrap();
    assert_eq!(known.state, PortalState::Installed);
    assert_eq!(world.store().chains(&member, None).await.unwrap().len(), 1);
    world.close().await;
}

#[tokio::test]
async fn a_dismissed_viewers_card_says_so_and_the_others_go_on() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let of_manager = world.open(MANAGER, EntityKind::Company, 101).await;
    let of_administrator = world.open(ADMINISTRATOR, EntityKind::Company, 101).await;
    portal.set_user_active(MANAGER, false);

    let dismissed = world.resolve(&of_manager).await.unwrap();
    let working = world.resolve(&of_administrator).await.unwrap();

    assert!(dismissed.notice.is_some() && dismissed.title.is_empty());
    assert_eq!(working.notice, None);
    world.close().await;
}

#[tokio::test]
async fn an_installation_on_a_portal_that_does_not_pay_says_so() {
    let world = World::start().await;
    let portal = world.portal();
    let form = portal.open_installer_form();
    let frame = crate::world::verified(&world.portals, &form, true).await;
    portal.set_fault(RestFault::PaymentRequired);

    let report = world.portals.install(&frame).await;

    assert!(!report.complete);
    let (step, failure) = report.first_failure().unwrap();
    assert_eq!(step, StepName::Administrator);
    assert!(matches!(failure, StepFailure::Portal(_)), "{failure:?}");
    world.close().await;
}

#[tokio::test]
async fn a_card_is_answered_by_the_portal_while_our_database_is_away() {
    let world = World::start().await;
    world.install().await;
    let frame = world.open(MANAGER, EntityKind::Company, 101).await;
    world.pool().close().await;

    let card = world.resolve(&frame).await.unwrap();

    assert_eq!((card.source, card.notice.as_ref()), (CardSource::Portal, None));
    assert_eq!(card.identifiers().len(), 2);
    world.close().await;
}

#[tokio::test]
async fn no_secret_shows_itself_in_what_is_stored_or_shown() {
    let world = World::start().await;
    let portal = world.portal();
    let form = portal.open_installer_form();
    let frame = crate::world::verified(&world.portals, &form, true).await;
    let secrets = [
        frame.access_token().expose().to_owned(),
        frame.refresh_token().unwrap().expose().to_owned(),
        frame.application_token().unwrap().expose().to_owned(),
        portal.client_secret(),
    ];

    let report = world.portals.install(&frame).await;
    let shown = format!("{report:?} {:?} {frame:?}", world.portals);
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT chain::text || portal::text FROM chains AS chain JOIN portals AS portal USING (member_id)",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();

    assert_eq!(rows.len(), 1);
    for secret in secrets {
        assert!(!shown.contains(&secret));
        assert!(!rows[0].contains(&secret));
        let bytes = secret
            .bytes()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert!(!rows[0].contains(&bytes), "neither as the bytes of the text");
    }
    world.close().await;
}
