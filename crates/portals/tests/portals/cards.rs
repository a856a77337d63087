//! What stands behind a card, and what it costs.

use certlens_domain::identifier::Identifier;
use certlens_portal_sim::{EntityKind, RestFault};
use certlens_portals::settings::SettingsChange;
use certlens_portals::{
    CardIdentity, CardRefusal, CardSource, CrawlPhase, IdentifierOrigin, PortalNotice, WriteBack,
    WriteBackOutcome,
};
use certlens_store::SettingsAuthor;
use rstest::rstest;
use serde_json::json;

use crate::world::{ADMINISTRATOR, MANAGER, World, entity, eventually, member_id, stored};

fn values(card: &CardIdentity) -> Vec<&str> {
    card.identifiers()
        .iter()
        .map(|found| found.identifier.value())
        .collect()
}

/// An installed portal whose CRM is in the index; no worker runs any more.
async fn crawled() -> World {
    let mut world = World::start().await;
    world.install().await;
    world.work(&world.portals.clone());
    let member = member_id(&world.portal());
    eventually("the crawl is complete", || async {
        world.portals.progress(&member).await.unwrap().phase == CrawlPhase::Finished
    })
    .await;
    world.stop_workers().await;
    world.portal().clear_journal();
    world
}

/// Requests to the portal's REST interface, batches counted once.
fn requests(world: &World) -> usize {
    let requests = world.portal().requests();
    requests
        .iter()
        .filter(|entry| !entry.in_batch && entry.server == "portal")
        .count()
}

#[tokio::test]
async fn an_unseen_card_costs_one_batch_and_a_seen_one_none() {
    let world = World::start().await;
    world.install().await;
    world.portal().clear_journal();

    let first = world.card(MANAGER, EntityKind::Company, 101).await.unwrap();
    let after_first = requests(&world);
    let second = world.card(MANAGER, EntityKind::Company, 101).await.unwrap();

    assert_eq!(
        (first.source, second.source),
        (CardSource::Portal, CardSource::Index)
    );
    assert_eq!((after_first, requests(&world)), (1, 1));
    assert_eq!(values(&first), ["7701999489", "1077743591815"]);
    assert_eq!(values(&second), values(&first));
    assert_eq!(second.title, "ООО «Северный свет»");
    assert_eq!(
        second.own[0].origin,
        IdentifierOrigin::Requisite("Основные реквизиты".to_owned())
    );
    assert_eq!(first.is_administrator, Some(false));
    world.close().await;
}

#[tokio::test]
async fn an_administrator_sees_crawled_cards_without_a_call_and_a_manager_proves_his_right_first() {
    let world = crawled().await;
    world.card(ADMINISTRATOR, EntityKind::Company, 102).await.unwrap();
    world.portal().clear_journal();

    let administrators = world.card(ADMINISTRATOR, EntityKind::Deal, 303).await.unwrap();
    let calls_for_administrator = requests(&world);
    let managers = world.card(MANAGER, EntityKind::Deal, 303).await.unwrap();

    assert_eq!(administrators.source, CardSource::Index);
    assert_eq!(calls_for_administrator, 0);
    assert_eq!(managers.source, CardSource::Portal);
    assert_eq!(values(&managers), values(&administrators));
    world.close().await;
}

#[tokio::test]
async fn a_deal_shows_its_company_and_the_companies_of_its_link_fields() {
    let world = World::start().await;
    world.install().await;
    let field = json!({"fields": {"FIELD_NAME": "MAKERS", "USER_TYPE_ID": "crm", "MULTIPLE": "Y",
        "SETTINGS": {"COMPANY": "Y", "LEAD": "Y"}}});
    world.change("crm.deal.userfield.add", field).await;
    world
        .change(
            "crm.deal.update",
            json!({"id": 301, "fields": {"UF_CRM_MAKERS": ["CO_102", "CO_103"]}}),
        )
        .await;
    world.portal().clear_journal();

    let card = world.card(MANAGER, EntityKind::Deal, 301).await.unwrap();

    let ids: Vec<u64> = card.companies.iter().map(|company| company.id.get()).collect();
    assert_eq!(ids, [101, 102, 103]);
    assert_eq!(values(&card)[0], "7701999489");
    assert!(values(&card).contains(&"6316983439"));
    assert!(requests(&world) <= 2);
    world.close().await;
}

#[tokio::test]
async fn a_lead_shows_its_own_field_before_its_company() {
    let world = crawled().await;

    let own = world.card(ADMINISTRATOR, EntityKind::Lead, 213).await.unwrap();
    let of_company = world.card(ADMINISTRATOR, EntityKind::Lead, 201).await.unwrap();

    assert_eq!(values(&own), ["7701999489"]);
    assert!(matches!(&own.own[0].origin, IdentifierOrigin::Field { name, .. } if name == "UF_CRM_INN"));
    assert!(!own.needs_identifier);
    assert_eq!(values(&of_company), ["7701999489", "1077743591815"]);
    assert!(of_company.own.is_empty() && !of_company.needs_identifier);
    world.close().await;
}

#[tokio::test]
async fn a_lead_without_an_identifier_takes_one_and_keeps_it() {
    let world = crawled().await;
    let member = member_id(&world.portal());
    let id = world
        .change("crm.lead.add", json!({"fields": {"TITLE": "Nobody knows"}}))
        .await;
    let id = certlens_bitrix24::lenient::positive_integer(&id).unwrap();
    let frame = world.open(MANAGER, EntityKind::Lead, id).await;
    let before = world.resolve(&frame).await.unwrap();
    let write = WriteBack {
        member_id: member.clone(),
        lead: entity(certlens_bitrix24::EntityType::Lead, id).1,
        identifier: Identifier::parse("7707083893").unwrap(),
    };

    let client = world.portals.viewer_client(&frame);
    let written = world.portals.write_back(&client, &write).await.unwrap();

    assert!(before.needs_identifier && before.may_write_back);
    assert_eq!(
        written,
        WriteBackOutcome::Written {
            field: "UF_CRM_INN".to_owned()
        }
    );
    let after = world.resolve(&frame).await.unwrap();
    assert_eq!(values(&after), ["7707083893"]);
    assert!(!after.needs_identifier);
    let kept = world
        .change(
            "crm.item.get",
            json!({"entityTypeId": 1, "id": id, "useOriginalUfNames": "Y"}),
        )
        .await;
    assert_eq!(kept["item"]["UF_CRM_INN"], "7707083893");
    world.close().await;
}

#[tokio::test]
async fn write_back_that_the_settings_forbid_writes_nothing() {
    let world = crawled().await;
    let member = member_id(&world.portal());
    let change = SettingsChange {
        lead_write_back: Some(false),
        ..SettingsChange::default()
    };
    world
        .portals
        .change_settings(&member, &SettingsAuthor::Operator, &change)
        .await
        .unwrap();
    let frame = world.open(MANAGER, EntityKind::Lead, 202).await;
    let write = WriteBack {
        member_id: member,
        lead: entity(certlens_bitrix24::EntityType::Lead, 202).1,
        identifier: Identifier::parse("7707083893").unwrap(),
    };

    let outcome = world
        .portals
        .write_back(&world.portals.viewer_client(&frame), &write)
        .await
        .unwrap();

    assert_eq!(outcome, WriteBackOutcome::NotAllowed);
    assert!(!world.resolve(&frame).await.unwrap().may_write_back);
    world.close().await;
}

#[tokio::test]
async fn a_mapping_that_an_administrator_chose_is_read_and_stays() {
    let mut world = World::start().await;
    world.install().await;
    let member = member_id(&world.portal());
    let field = json!({"fields": {"FIELD_NAME": "REG_NUMBER", "USER_TYPE_ID": "string", "LABEL": "Number"}});
    world.change("crm.company.userfield.add", field).await;
    world
        .change(
            "crm.company.update",
            json!({"id": 104, "fields": {"UF_CRM_REG_NUMBER": "7707083893"}}),
        )
        .await;
    let change = SettingsChange {
        company: Some(vec!["UF_CRM_REG_NUMBER".to_owned()]),
        ..SettingsChange::default()
    };

    let settings = world
        .portals
        .change_settings(&member, &SettingsAuthor::Operator, &change)
        .await
        .unwrap();
    world.work(&world.portals.clone());

    assert!(!settings.is_detected);
    let stored = stored(&world.portal());
    eventually("the chosen field is in the index", || async {
        let entity = crate::world::company(104);
        let card = world.store().indexed_card(&stored, entity).await.unwrap();
        card.is_some_and(|card| {
            card.item
                .identifiers
                .iter()
                .any(|found| found.source_name == "UF_CRM_REG_NUMBER")
        })
    })
    .await;
    let after = world.portals.settings(&member).await.unwrap();
    assert_eq!(after.field_mapping.company, ["UF_CRM_REG_NUMBER"]);
    world.close().await;
}

#[tokio::test]
async fn a_card_that_the_viewer_may_not_see_is_refused_whatever_the_index_knows() {
    let world = crawled().await;
    let restricted = 314;
    let known = world
        .card(ADMINISTRATOR, EntityKind::Deal, restricted)
        .await
        .unwrap();

    let refused = world.card(MANAGER, EntityKind::Deal, restricted).await;

    assert!(!known.title.is_empty());
    assert!(matches!(refused, Err(CardRefusal::AccessDenied)), "{refused:?}");
    let absent = world.card(ADMINISTRATOR, EntityKind::Deal, 999_999).await;
    assert!(matches!(absent, Err(CardRefusal::NotFound)), "{absent:?}");
    world.close().await;
}

#[rstest]
#[case::html_instead_of_json(RestFault::Html200, PortalNotice::Silent)]
#[case::bad_gateway(RestFault::Html502, PortalNotice::Silent)]
#[case::payment(RestFault::PaymentRequired, PortalNotice::PaymentRequired)]
#[case::plan(RestFault::AccessDeniedPlan, PortalNotice::AppRestricted)]
#[case::closed_to_the_user(RestFault::UserAccessError, PortalNotice::AppRestricted)]
#[case::licence(RestFault::LicenceRedirect, PortalNotice::NotOperational)]
#[case::overload(RestFault::Overload, PortalNotice::NotOperational)]
#[tokio::test]
async fn a_portal_in_trouble_leaves_a_card_with_a_notice(
    #[case] fault: RestFault,
    #[case] notice: PortalNotice,
) {
    let world = World::start().await;
    world.install().await;
    world.card(MANAGER, EntityKind::Company, 101).await.unwrap();
    let seen = world.open(MANAGER, EntityKind::Deal, 301).await;
    world.resolve(&seen).await.unwrap();
    let unseen = world.open(MANAGER, EntityKind::Company, 102).await;
    // The deal's company was seen, its right is to be proved anew: the portal has to be asked.
    sqlx::query("DELETE FROM crm_items WHERE entity_type = 'company'")
        .execute(world.pool())
        .await
        .unwrap();
    world.portal().set_fault(fault);

    let of_seen = world.resolve(&seen).await.unwrap();
    let of_unseen = world.resolve(&unseen).await.unwrap();

    assert_eq!(
        (of_seen.source, of_seen.notice.as_ref()),
        (CardSource::Index, Some(&notice))
    );
    assert!(!of_seen.title.is_empty());
    assert_eq!(
        (of_unseen.source, of_unseen.notice.as_ref()),
        (CardSource::Nothing, Some(&notice))
    );
    assert!(of_unseen.title.is_empty());
    world.close().await;
}
