//! How portals, people and cards stand on a screen: by their names where we know them, by their numbers always.

use crate::form::Field;
use crate::open::View;
use crate::screen::Target;
use crate::table::Cell;
use crate::texts::Texts;
use certlens_store::{CrmEntity, EntityType, MemberId, Store, StoreError, UserId};

/// A portal of a row, which leads to the same screen of this portal alone.
pub(crate) fn portal(view: &View<'_>, member_id: &MemberId, domain: Option<&str>) -> Cell {
    let name = domain.unwrap_or(member_id.as_str());
    Cell::link(name, &view.address.clone().of_portal(member_id))
}

/// The choice of a portal, for whoever sees more than one.
pub(crate) async fn portal_filter(store: &Store, view: &View<'_>) -> Result<Option<Field>, StoreError> {
    if !view.viewer.is_operator() {
        return Ok(None);
    }
    let mut portals: Vec<(String, String)> = store
        .portals()
        .await?
        .into_iter()
        .map(|portal| (portal.member_id.to_string(), portal.address.domain))
        .collect();
    portals.sort_by(|one, other| one.1.cmp(&other.1));
    let chosen = view.scope.portal().map(MemberId::as_str);
    Ok(Some(Field::choice(
        "portal",
        view.texts.portal(),
        chosen,
        view.texts.all_portals(),
        portals,
    )))
}

/// A person: "Тимур Ахметов (#7)", or the number alone.
pub(crate) fn person(user: UserId, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{name} (#{user})"),
        None => format!("#{user}"),
    }
}

/// A card: "компания ООО «Ромашка» (#17)", or its number alone.
pub(crate) fn card(texts: Texts, entity: CrmEntity, title: Option<&str>) -> String {
    let kind = texts.card_kind(entity.entity_type);
    match title.filter(|title| !title.is_empty()) {
        Some(title) => format!("{kind} {title} (#{})", entity.id),
        None => format!("{kind} #{}", entity.id),
    }
}

/// A card that opens in the portal.
pub(crate) fn card_link(texts: Texts, origin: &str, entity: CrmEntity, title: Option<&str>) -> Cell {
    Cell::Link {
        text: card(texts, entity, title),
        to: Target::Outside(card_address(origin, entity)),
    }
}

/// Where a portal shows a card.
pub(crate) fn card_address(origin: &str, entity: CrmEntity) -> String {
    format!(
        "{}/crm/{}/details/{}/",
        origin.trim_end_matches('/'),
        entity.entity_type.key(),
        entity.id
    )
}

impl Texts {
    /// A type of card.
    pub(crate) const fn card_kind(self, entity_type: EntityType) -> &'static str {
        use certlens_domain::language::Language;
        let (ru, en) = match entity_type {
            EntityType::Lead => ("лид", "lead"),
            EntityType::Deal => ("сделка", "deal"),
            EntityType::Company => ("компания", "company"),
        };
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::language::Language;

    #[test]
    fn names_stand_with_their_numbers() {
        let texts = Texts(Language::En);
        let company = CrmEntity::new(EntityType::Company, 17);
        assert_eq!(person(UserId(7), Some("Anna")), "Anna (#7)");
        assert_eq!(person(UserId(7), None), "#7");
        assert_eq!(card(texts, company, Some("Acme")), "company Acme (#17)");
        assert_eq!(card(texts, company, None), "company #17");
        assert_eq!(
            card_address("https://a.example/", company),
            "https://a.example/crm/company/details/17/"
        );
    }
}
