//! What a card's page makes of what stands behind the card.

use super::*;
use certlens_portals::{CompanyIdentity, FoundIdentifier, IdentifierOrigin};

fn company(id: u64, title: &str, identifiers: &[&str]) -> CompanyIdentity {
    CompanyIdentity {
        id: EntityId::new(id).unwrap(),
        title: title.to_owned(),
        identifiers: identifiers
            .iter()
            .map(|text| FoundIdentifier {
                identifier: Identifier::parse(text).unwrap(),
                origin: IdentifierOrigin::Requisite("Head office".to_owned()),
            })
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
fn a_deal_shows_the_names_of_its_companies() {
    let mut deal = deal();
    assert_eq!(title(&deal), "Acme");
    assert_eq!(notice(&deal), None);

    deal.companies.push(company(102, "Branch", &["7736050003"]));
    assert_eq!(title(&deal), "Acme · Branch");
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
fn a_card_without_companies_shows_its_own_title() {
    let identity = CardIdentity {
        entity_type: EntityType::Lead,
        companies: Vec::new(),
        ..deal()
    };

    assert_eq!(title(&identity), "Supply of kettles");
}
