//! Items of either generation of methods, and what a portal is asked for them.

use futures::TryStreamExt;
use serde_json::json;

use super::*;
use crate::crm::{LinkedCompany, read_companies, requisite_pages, requisites_of};
use crate::test_portal::{Answer, TestPortal};

fn id(number: u64) -> EntityId {
    EntityId::new(number).unwrap()
}

#[test]
fn read_of_both_generations_gives_the_same_item() {
    let newer = json!({
        "id": 5, "title": "Request", "assignedById": 7, "companyId": 17, "updatedTime": "2026-09-21T15:33:20+03:00",
        "UF_CRM_INN": "7707083893",
    });
    let classic = json!({
        "ID": "5", "TITLE": "Request", "ASSIGNED_BY_ID": "7", "COMPANY_ID": "17",
        "DATE_MODIFY": "2026-09-21T15:33:20+03:00", "UF_CRM_INN": "7707083893",
    });

    let read = |fields| Item::read(EntityType::Lead, &lenient::object(fields), &[]).unwrap();

    assert_eq!(read(newer.clone()), read(classic));
    assert_eq!(read(newer).texts("UF_CRM_INN"), ["7707083893"]);
}

#[test]
fn read_of_an_item_without_anything_but_its_number_is_enough() {
    let fields = lenient::object(json!({"id": "5", "title": null, "assignedById": 0, "updatedTime": {}}));
    let item = Item::read(EntityType::Deal, &fields, &[]).unwrap();
    assert_eq!(
        (item.title.as_str(), item.responsible, item.updated_at),
        ("", None, None)
    );
    assert!(Item::read(EntityType::Deal, &lenient::object(json!([])), &[]).is_none());
}

#[tokio::test]
async fn item_pages_select_what_was_asked_for() {
    let portal =
        TestPortal::start(|_, _| Ok(json!({"items": [{"id": 3, "title": "A", "UF_CRM_C": "12"}]}))).await;
    let since = lenient::point_in_time(&json!("2026-09-21T15:33:20+00:00")).unwrap();
    let selection = ItemSelection::new(EntityType::Deal)
        .custom_fields(["UF_CRM_INN"])
        .company_fields(["UF_CRM_C"])
        .updated_since(since)
        .after(2);

    let pages: Vec<ItemPage> = item_pages(&portal.client(), selection)
        .try_collect()
        .await
        .unwrap();

    assert_eq!((pages.len(), pages[0].cursor, pages[0].is_last), (1, 3, true));
    assert_eq!(pages[0].items[0].linked_companies, [id(12)]);
    let (method, parameters) = portal.calls().remove(0);
    assert_eq!(method, "crm.item.list");
    assert_eq!(
        Value::Object(parameters)["filter"],
        json!({">id": "2", ">=updatedTime": "2026-09-21T15:33:20+00:00"})
    );
    assert_eq!(
        portal.calls()[0].1["select"],
        json!([
            "id",
            "title",
            "assignedById",
            "updatedTime",
            "companyId",
            "UF_CRM_INN",
            "UF_CRM_C"
        ])
    );
}

#[tokio::test]
async fn item_pages_of_an_older_portal_come_from_its_methods() {
    let portal = TestPortal::start(|method, parameters| -> Answer {
        if method == "crm.item.list" {
            return Err(("ERROR_METHOD_NOT_FOUND", "Method not found!"));
        }
        assert_eq!(method, "crm.company.list");
        let after: u64 = parameters["filter"][">ID"].as_str().unwrap().parse().unwrap_or(0);
        let rows = (after + 1..=70)
            .take(50)
            .map(|id| json!({"ID": id.to_string(), "TITLE": "A"}));
        Ok(rows.collect())
    })
    .await;

    let pages: Vec<ItemPage> = item_pages(
        &portal.client(),
        ItemSelection::new(EntityType::Company).chained(5),
    )
    .try_collect()
    .await
    .unwrap();

    assert_eq!(pages.iter().map(|page| page.items.len()).sum::<usize>(), 70);
    assert_eq!(portal.count("crm.item.list"), 1, "the newer method is tried once");
}

#[tokio::test]
async fn read_items_tells_what_became_of_each() {
    let portal = TestPortal::start(|_, parameters| match parameters["id"].as_str() {
        Some("1") => Ok(json!({"item": {"id": 1, "title": "A"}})),
        Some("2") => Err(("NOT_FOUND", "Not found")),
        Some("3") => Err(("ACCESS_DENIED", "Access denied")),
        Some("4") => Ok(json!([])),
        _ => Err(("INTERNAL_SERVER_ERROR", "")),
    })
    .await;
    let items: Vec<_> = (1..=5).map(|number| (EntityType::Deal, id(number))).collect();

    let readings = read_items(&portal.client(), &items, &[]).await.unwrap();

    assert!(matches!(&readings[0], ItemReading::Present(item) if item.title == "A"));
    assert_eq!(readings[1..3], [ItemReading::Gone, ItemReading::AccessDenied]);
    assert!(matches!(&readings[4], ItemReading::Failed(_)));
    assert_eq!(portal.requests(), ["batch"]);
}

#[tokio::test]
async fn read_items_of_an_older_portal_come_from_its_methods() {
    let portal = TestPortal::start(|method, _| match method {
        "crm.item.get" => Err(("ERROR_METHOD_NOT_FOUND", "Method not found!")),
        "crm.lead.get" => Ok(json!({"ID": "1", "TITLE": "A"})),
        _ => Err(("", "Not found")),
    })
    .await;
    let items = [(EntityType::Lead, id(1)), (EntityType::Deal, id(2))];

    let readings = read_items(&portal.client(), &items, &[]).await.unwrap();

    assert!(matches!(&readings[0], ItemReading::Present(item) if item.entity_type == EntityType::Lead));
    assert_eq!(readings[1], ItemReading::Gone);
}

/// Companies up to the hundredth exist, the seventh is hidden.
fn company_answer(method: &str, parameters: &Map<String, Value>) -> Answer {
    let number = |value: &Value| value.as_str().unwrap().parse::<u64>().unwrap();
    match method {
        "crm.item.get" => match number(&parameters["id"]) {
            7 => Err(("ACCESS_DENIED", "Access denied")),
            id => Ok(json!({"item": {"id": id, "title": format!("Company {id}")}})),
        },
        "crm.requisite.list" if number(&parameters["filter"]["ENTITY_ID"]) == 9 => {
            Err(("0", "Access denied."))
        }
        "crm.requisite.list" => Ok(json!([
            {"ENTITY_TYPE_ID": "4", "ENTITY_ID": parameters["filter"]["ENTITY_ID"], "RQ_INN": "7707083893"},
        ])),
        other => panic!("the test's portal has no {other}"),
    }
}

#[tokio::test]
async fn read_companies_come_in_order_with_their_details() {
    let portal = TestPortal::start(company_answer).await;
    let ids: Vec<EntityId> = (1..=30).rev().map(id).collect();

    let companies = read_companies(&portal.client(), &ids).await.unwrap();

    assert_eq!(portal.requests().len(), 2);
    assert!(matches!(
        &companies[0],
        LinkedCompany::Known(company) if company.id == id(30) && company.requisites[0].inn.is_some()
    ));
    assert!(matches!(&companies[23], LinkedCompany::Unreadable(hidden, _) if *hidden == id(7)));
}

#[tokio::test]
async fn requisites_of_companies_tell_refusals_apart_from_emptiness() {
    let portal = TestPortal::start(company_answer).await;

    let found = requisites_of(&portal.client(), &[id(8), id(9)]).await.unwrap();

    assert_eq!(found[&id(8)].as_ref().unwrap().len(), 1);
    assert!(matches!(&found[&id(9)], Err(error) if error.code == ErrorCode::AccessDenied));
}

#[tokio::test]
async fn requisite_pages_name_the_owners() {
    let portal = TestPortal::start(|_, parameters| {
        assert_eq!(parameters["filter"]["ENTITY_TYPE_ID"], "4");
        Ok(json!([
            {"ID": "31", "ENTITY_TYPE_ID": "4", "ENTITY_ID": "17", "RQ_BIN": "123", "UF_CRM_UNP": "191234567"},
            {"ID": "32", "ENTITY_TYPE_ID": "3", "ENTITY_ID": "17"},
        ]))
    })
    .await;

    let page = requisite_pages(&portal.client(), 30, 1)
        .try_next()
        .await
        .unwrap()
        .unwrap();

    assert_eq!((page.requisites.len(), page.cursor, page.is_last), (1, 32, true));
    assert_eq!(page.requisites[0].company(), Some(id(17)));
    assert_eq!(page.requisites[0].texts("UF_CRM_UNP"), ["191234567"]);
}
