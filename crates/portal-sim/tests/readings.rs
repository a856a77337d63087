//! The Bitrix24 client's lists, readings, bindings and events against the simulator.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't set itself up should fail where it stands"
)]

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use certlens_bitrix24::bindings::{self, EventBinding, Outcome, PlacementBinding, Wanted};
use certlens_bitrix24::crm::{self, IdentifierKind, ItemReading, ItemSelection, LinkedCompany};
use certlens_bitrix24::event::{Change, Event, EventName};
use certlens_bitrix24::{
    AccessToken, EntityId, EntityType, NetworkPolicy, Placement, PortalClient, PortalEndpoint, Transport,
    UserId,
};
use certlens_portal_sim::{GeneratedSeed, PortalHandle, Seed, Simulator, SimulatorOptions};
use futures::TryStreamExt;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const ADMINISTRATOR: u64 = 1;

/// One portal with 230 companies and more, and a client with its administrator's token.
async fn portal() -> (Simulator, PortalHandle, PortalClient) {
    let seed = Seed::generated(GeneratedSeed {
        companies: 230,
        leads: 120,
        deals: 120,
        ..GeneratedSeed::default()
    });
    let options = SimulatorOptions {
        seed: Some(seed.unwrap()),
        event_delay_ms: (0, 5),
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::start(options).await.unwrap();
    let portal = simulator.portal("1").unwrap();
    portal.finish_installation();
    let policy = NetworkPolicy::AllowInsecure;
    let client = PortalClient::new(
        Transport::new(policy).unwrap(),
        PortalEndpoint::parse(&format!("{}/rest/", portal.portal_url()), policy).unwrap(),
        AccessToken::parse(&portal.issue_token(ADMINISTRATOR).access).unwrap(),
    );
    (simulator, portal, client)
}

fn ids(items: &[crm::Item]) -> Vec<u64> {
    items.iter().map(|item| item.id.get()).collect()
}

#[tokio::test]
async fn item_pages_read_every_company_once_whatever_the_chain() {
    let (_simulator, _, client) = portal().await;
    let mut readings: Vec<Vec<u64>> = Vec::new();
    for chained in [1, 3, 10] {
        let selection = ItemSelection::new(EntityType::Company).chained(chained);
        let pages: Vec<_> = crm::item_pages(&client, selection).try_collect().await.unwrap();
        readings.push(pages.iter().flat_map(|page| ids(&page.items)).collect());
    }

    assert!(readings[0].len() > 230, "the sample's companies as well");
    assert!(readings[0].is_sorted());
    assert_eq!(readings[0], readings[1]);
    assert_eq!(readings[0], readings[2]);
}

#[tokio::test]
async fn item_pages_resume_behind_their_cursor() {
    let (_simulator, _, client) = portal().await;
    let selection = ItemSelection::new(EntityType::Lead).custom_fields(["UF_CRM_INN"]);
    let whole: Vec<_> = crm::item_pages(&client, selection.clone())
        .try_collect()
        .await
        .unwrap();

    let rest: Vec<_> = crm::item_pages(&client, selection.after(whole[0].cursor).chained(5))
        .try_collect()
        .await
        .unwrap();

    let items = |pages: &[crm::ItemPage]| -> Vec<crm::Item> {
        pages.iter().flat_map(|page| page.items.clone()).collect()
    };
    assert_eq!(items(&rest), items(&whole[1..]));
    assert!(
        items(&whole)
            .iter()
            .any(|lead| !lead.texts("UF_CRM_INN").is_empty())
    );
}

#[tokio::test]
async fn requisite_pages_and_readings_by_company_agree() {
    let (_simulator, _, client) = portal().await;
    let pages: Vec<_> = crm::requisite_pages(&client, 0, 10).try_collect().await.unwrap();
    let listed: Vec<_> = pages.into_iter().flat_map(|page| page.requisites).collect();
    let companies: BTreeSet<EntityId> = listed.iter().filter_map(crm::Requisite::company).collect();
    let some: Vec<EntityId> = companies.into_iter().take(60).collect();

    let read = crm::requisites_of(&client, &some).await.unwrap();

    for (company, requisites) in read {
        let mut expected: Vec<_> = listed
            .iter()
            .filter(|requisite| requisite.company() == Some(company))
            .filter_map(|requisite| requisite.id)
            .collect();
        let mut found: Vec<_> = requisites
            .unwrap()
            .iter()
            .filter_map(|requisite| requisite.id)
            .collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
    }
    assert!(listed.iter().any(|requisite| requisite.inn.is_some()));
}

#[tokio::test]
async fn custom_fields_suggest_where_identifiers_are_kept() {
    let (_simulator, _, client) = portal().await;

    let fields = crm::custom_fields(&client).await.unwrap();

    let kinds = |entity_type| -> BTreeSet<IdentifierKind> {
        let suggestions = crm::detect(fields.of(entity_type));
        suggestions
            .into_iter()
            .flat_map(|suggestion| suggestion.kinds)
            .collect()
    };
    assert_eq!(
        kinds(EntityType::Lead),
        [IdentifierKind::Inn, IdentifierKind::Ogrn].into()
    );
    assert_eq!(
        kinds(EntityType::Company),
        [IdentifierKind::Bin, IdentifierKind::Unp].into()
    );
    assert!(fields.refused.is_empty());
    let partners = fields
        .deal
        .iter()
        .find(|field| field.name == "UF_CRM_PARTNERS")
        .unwrap();
    assert_eq!(
        (partners.kind.as_str(), partners.multiple, partners.label("ru")),
        ("crm", true, "Участники")
    );
}

#[tokio::test]
async fn deal_with_several_companies_leads_to_all_of_them() {
    let (_simulator, _, client) = portal().await;
    let selection = ItemSelection::new(EntityType::Deal).custom_fields(["UF_CRM_PARTNERS"]);
    let pages: Vec<_> = crm::item_pages(&client, selection).try_collect().await.unwrap();
    let deals: Vec<_> = pages.into_iter().flat_map(|page| page.items).collect();
    let listed = deals.iter().find(|deal| deal.linked_companies.len() > 1).unwrap();

    let card = crm::read_card(&client, EntityType::Deal, listed.id)
        .await
        .unwrap();
    let companies = crm::read_companies(&client, &card.linked_companies)
        .await
        .unwrap();

    assert_eq!(card.linked_companies, listed.linked_companies);
    assert!(card.viewer.unwrap().is_administrator);
    let read: Vec<EntityId> = companies
        .iter()
        .map(|company| match company {
            LinkedCompany::Known(company) => company.id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(read, card.linked_companies);
    assert_eq!(
        card.known_company().map(|company| company.id),
        read.first().copied()
    );
}

#[tokio::test]
async fn items_and_users_that_are_gone_are_told_apart() {
    let (_simulator, _, client) = portal().await;
    let id = |number| EntityId::new(number).unwrap();
    let items = [(EntityType::Company, id(101)), (EntityType::Deal, id(999_999))];

    let readings = crm::read_items(&client, &items, &[]).await.unwrap();
    let users = crm::users(&client, [UserId(ADMINISTRATOR), UserId(999_999)])
        .await
        .unwrap();

    assert!(matches!(&readings[0], ItemReading::Present(item) if item.id == id(101)));
    assert_eq!(readings[1], ItemReading::Gone);
    assert!(users[&UserId(ADMINISTRATOR)].is_active);
    assert_eq!(users.len(), 1);
}

#[tokio::test]
async fn written_field_of_a_lead_is_read_again() {
    let (_simulator, _, client) = portal().await;
    let lead = EntityId::new(205).unwrap();

    crm::field::write_field(
        &client,
        (EntityType::Lead, lead),
        "UF_CRM_INN",
        "7707083893",
        false,
    )
    .await
    .unwrap();
    let unknown = crm::field::write_field(
        &client,
        (EntityType::Lead, lead),
        "UF_CRM_NO_SUCH_FIELD",
        "1",
        false,
    )
    .await;

    let card = crm::read_card(&client, EntityType::Lead, lead).await.unwrap();
    assert_eq!(card.item().texts("UF_CRM_INN"), ["7707083893"]);
    assert!(unknown.is_err(), "a portal drops fields that it doesn't have");
}

#[tokio::test]
async fn reconcile_brings_back_what_an_administrator_removed() {
    let (_simulator, portal, client) = portal().await;
    let tab = |entity_type| PlacementBinding {
        placement: Placement::DetailTab(entity_type),
        handler: "http://app.localhost:3000/bitrix/app".to_owned(),
        titles: vec![
            ("en".to_owned(), "Certlens".to_owned()),
            ("ru".to_owned(), "Certlens".to_owned()),
        ],
    };
    let event = |event| EventBinding {
        event,
        handler: "http://app.localhost:3000/bitrix/events".to_owned(),
    };
    let wanted = Wanted {
        placements: [EntityType::Lead, EntityType::Deal, EntityType::Company]
            .map(tab)
            .to_vec(),
        events: vec![
            event(EventName::AppUninstall),
            event(EventName::Requisite(Change::Updated)),
        ],
    };
    let first = bindings::reconcile(&client, &wanted).await.unwrap();
    let second = bindings::reconcile(&client, &wanted).await.unwrap();
    client
        .call("placement.unbind", json!({"PLACEMENT": "CRM_DEAL_DETAIL_TAB"}))
        .await
        .unwrap();

    let third = bindings::reconcile(&client, &wanted).await.unwrap();

    assert!(first.is_complete() && first.is_changed(), "{first:?}");
    assert!(second.is_complete() && !second.is_changed(), "{second:?}");
    assert_eq!(third.placements[1].1, Outcome::Bound);
    assert_eq!(
        (third.is_administrator, third.is_installed),
        (Some(true), Some(true))
    );
    assert_eq!(portal.placements().len(), 3);
}

#[tokio::test]
async fn event_of_a_change_is_read_as_the_simulator_sends_it() {
    let (_simulator, portal, client) = portal().await;
    let (sender, mut bodies) = mpsc::unbounded_channel::<Bytes>();
    let router = Router::new().route(
        "/events",
        post(move |body: Bytes| async move { drop(sender.send(body)) }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let handler = format!(
        "http://app.localhost:{}/events",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move { axum::serve(listener, router).await });
    let updated = EventName::Crm {
        entity: EntityType::Lead,
        change: Change::Updated,
    };
    let wanted = Wanted {
        placements: Vec::new(),
        events: vec![EventBinding {
            event: updated.clone(),
            handler,
        }],
    };
    bindings::reconcile(&client, &wanted).await.unwrap();
    let lead = EntityId::new(205).unwrap();

    crm::field::write_field(
        &client,
        (EntityType::Lead, lead),
        "UF_CRM_INN",
        "7707083893",
        false,
    )
    .await
    .unwrap();
    let body = bodies.recv().await.unwrap();

    assert!(certlens_bitrix24::event::is_event(&body));
    let event = Event::parse(&body).unwrap();
    assert_eq!(
        (&event.name, event.subject()),
        (&updated, Some((EntityType::Lead, lead)))
    );
    assert_eq!(event.auth.member_id.as_str(), portal.member_id());
    assert_eq!(
        event
            .auth
            .application_token
            .map(|token| token.expose().to_owned()),
        portal.application_token()
    );
}
