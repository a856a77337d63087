//! What a card's page makes of what stands behind the card.

use super::*;
use certlens_portals::CompanyIdentity;

fn found(text: &str, origin: IdentifierOrigin) -> FoundIdentifier {
    FoundIdentifier {
        identifier: Identifier::parse(text).unwrap(),
        origin,
    }
}

fn company(id: u64, title: &str, identifiers: &[&str]) -> CompanyIdentity {
    CompanyIdentity {
        id: EntityId::new(id).unwrap(),
        title: title.to_owned(),
        identifiers: identifiers
            .iter()
            .map(|text| found(text, IdentifierOrigin::Requisite("Head office".to_owned())))
            .collect(),
    }
}

fn deal() -> CardIdentity {
    CardIdentity {
        entity_type: EntityType::Deal,
        id: EntityId::new(301).unwrap(),
        title: "Supply of kettles".to_owned(),
        own: Vec::new(),
        companies: vec![company(101, "Acme", &["7707083893", "1027700132195"])],
        unreadable_companies: 0,
        unreadable: Vec::new(),
        needs_identifier: false,
        may_write_back: false,
        source: CardSource::Index,
        notice: None,
        is_administrator: None,
    }
}

#[test]
fn a_deal_shows_its_companys_name_and_numbers() {
    let deal = deal();

    let values: Vec<_> = listed(&deal)
        .into_iter()
        .map(|listed| listed.identifier.value().to_owned())
        .collect();

    assert_eq!(title(&deal), "Acme");
    assert_eq!(values, ["7707083893", "1027700132195"]);
    assert_eq!(notice(&deal), None);
}

#[test]
fn several_companies_are_told_apart_and_a_shared_number_is_listed_once() {
    let mut deal = deal();
    deal.companies
        .push(company(102, "Branch", &["7707083893", "7736050003"]));

    let identifiers = listed(&deal);

    assert_eq!(title(&deal), "Acme · Branch");
    assert_eq!(identifiers.len(), 3);
    assert_eq!(
        identifiers[2].origin,
        Origin::Requisite("Branch, Head office".to_owned())
    );
}

#[test]
fn a_silent_portal_is_told_in_two_ways() {
    let known = CardIdentity {
        notice: Some(PortalNotice::Silent),
        ..deal()
    };
    let unknown = CardIdentity {
        source: CardSource::Nothing,
        ..known.clone()
    };

    assert_eq!(notice(&known), Some(Notice::PortalSilentKnown));
    assert_eq!(notice(&unknown), Some(Notice::PortalSilent));
}

#[test]
fn a_company_that_the_viewer_may_not_see_is_told() {
    let deal = CardIdentity {
        companies: Vec::new(),
        unreadable_companies: 1,
        ..deal()
    };

    assert_eq!(notice(&deal), Some(Notice::CompanyUnreadable));
}

#[test]
fn a_lead_with_a_form_does_not_say_that_it_lacks_a_company() {
    let lead = CardIdentity {
        entity_type: EntityType::Lead,
        companies: Vec::new(),
        needs_identifier: true,
        ..deal()
    };

    assert_eq!(notice(&lead), None);
}

#[test]
fn a_field_is_named_as_people_call_it() {
    let identity = CardIdentity {
        entity_type: EntityType::Lead,
        companies: Vec::new(),
        own: vec![found(
            "7707083893",
            IdentifierOrigin::Field {
                name: "UF_CRM_INN".to_owned(),
                label: Some("ИНН".to_owned()),
            },
        )],
        ..deal()
    };

    assert_eq!(listed(&identity)[0].origin, Origin::Field("ИНН".to_owned()));
    assert_eq!(title(&identity), "Supply of kettles");
}
