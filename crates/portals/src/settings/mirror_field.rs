//! Which fields may repeat a card's chosen identifiers. Pure.
//!
//! A field is either read or written by us: one that an administrator mapped is nobody's mirror, and one that becomes
//! a mirror leaves a mapping that was only detected.

use certlens_store::{CustomField, EntityType, FieldMapping, MirrorFields, PortalSettings};

use super::{ByCardType, LONGEST_NAME, is_field_name};

/// The portal's type of custom fields that hold a line of text.
const TEXT_TYPE: &str = "string";

/// Why a field can't repeat a card's identifiers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MirrorRefused {
    /// The name isn't one.
    #[error(
        "{0:?} is no custom field's name: it begins with UF_CRM_ and has capital letters, digits and underscores"
    )]
    NotAFieldName(String),
    /// The portal has no such field.
    #[error("the portal has no field {field} at its {card_type} cards")]
    UnknownField {
        /// `lead`, `deal` or `company`.
        card_type: &'static str,
        /// The field's name.
        field: String,
    },
    /// The field holds something else than one text.
    #[error(
        "the field {field} of {card_type} cards holds no single text; choose or create one of the type \"string\""
    )]
    NoText {
        /// `lead`, `deal` or `company`.
        card_type: &'static str,
        /// The field's name.
        field: String,
    },
    /// Identifiers are read from the field: they would be overwritten.
    #[error(
        "identifiers are read from the field {field} of {card_type} cards, and what people wrote there would be \
         overwritten; choose another field, or take this one out of the mapping first"
    )]
    IsRead {
        /// `lead`, `deal` or `company`.
        card_type: &'static str,
        /// The field's name.
        field: String,
    },
}

/// The mirrors that a change asks for, checked against the mapping that an administrator chose.
pub(super) fn after(
    present: &PortalSettings,
    change: &ByCardType<Option<String>>,
    chosen: Option<&FieldMapping>,
) -> Result<MirrorFields, MirrorRefused> {
    let of = |entity_type: EntityType, wanted: &Option<String>| {
        let field = match wanted.as_deref().map(str::trim) {
            None => present.mirror_field.of(entity_type).map(str::to_owned),
            Some("") => None,
            Some(name) => Some(checked(name, entity_type, present)?),
        };
        match field {
            Some(field) if chosen.is_some_and(|mapping| mapping.of(entity_type).contains(&field)) => {
                Err(MirrorRefused::IsRead {
                    card_type: entity_type.key(),
                    field,
                })
            }
            field => Ok(field),
        }
    };
    Ok(MirrorFields {
        lead: of(EntityType::Lead, &change.lead)?,
        deal: of(EntityType::Deal, &change.deal)?,
        company: of(EntityType::Company, &change.company)?,
    })
}

/// The name, if it is one of a field that takes a text.
fn checked(name: &str, entity_type: EntityType, present: &PortalSettings) -> Result<String, MirrorRefused> {
    if !is_field_name(name) {
        return Err(MirrorRefused::NotAFieldName(
            name.chars().take(LONGEST_NAME).collect(),
        ));
    }
    let available = present.available_fields.of(entity_type);
    let (card_type, field) = (entity_type.key(), name.to_owned());
    match available.iter().find(|available| available.name == name) {
        Some(known) if !takes_text(known) => Err(MirrorRefused::NoText { card_type, field }),
        // Before the first detection nothing is known of the portal's fields; then every name is taken.
        None if !available.is_empty() => Err(MirrorRefused::UnknownField { card_type, field }),
        _ => Ok(field),
    }
}

/// Whether a field holds one text.
pub(super) fn takes_text(field: &CustomField) -> bool {
    field.field_type == TEXT_TYPE
}

/// Takes the mirrors out of a mapping.
pub(crate) fn leave_mirrors_out(mapping: &mut FieldMapping, mirrors: &MirrorFields) {
    let leave_out = |fields: &mut Vec<String>, mirror: &Option<String>| {
        fields.retain(|field| Some(field) != mirror.as_ref());
    };
    leave_out(&mut mapping.lead, &mirrors.lead);
    leave_out(&mut mapping.deal, &mirrors.deal);
    leave_out(&mut mapping.company, &mirrors.company);
}

#[cfg(test)]
mod tests {
    use certlens_store::AvailableFields;
    use rstest::rstest;

    use super::*;

    fn field(name: &str, field_type: &str) -> CustomField {
        CustomField {
            name: name.to_owned(),
            label: String::new(),
            field_type: field_type.to_owned(),
        }
    }

    fn present() -> PortalSettings {
        PortalSettings {
            available_fields: AvailableFields {
                deal: vec![
                    field("UF_CRM_CERTLENS", "string"),
                    field("UF_CRM_INN", "string"),
                    field("UF_CRM_NUMBERS", "string[]"),
                    field("UF_CRM_DAY", "date"),
                ],
                ..AvailableFields::default()
            },
            mirror_field: MirrorFields {
                company: Some("UF_CRM_CERTLENS".to_owned()),
                ..MirrorFields::default()
            },
            ..PortalSettings::default()
        }
    }

    fn mapped(name: &str) -> FieldMapping {
        FieldMapping {
            deal: vec![name.to_owned()],
            ..FieldMapping::default()
        }
    }

    fn deals(name: &str) -> ByCardType<Option<String>> {
        ByCardType {
            deal: Some(name.to_owned()),
            ..ByCardType::default()
        }
    }

    #[test]
    fn a_field_of_one_text_becomes_the_mirror_and_other_cards_keep_theirs() {
        let mirrors = after(
            &present(),
            &deals(" UF_CRM_CERTLENS "),
            Some(&mapped("UF_CRM_INN")),
        )
        .unwrap();
        assert_eq!(
            (
                mirrors.lead.as_deref(),
                mirrors.deal.as_deref(),
                mirrors.company.as_deref()
            ),
            (None, Some("UF_CRM_CERTLENS"), Some("UF_CRM_CERTLENS"))
        );
    }

    #[test]
    fn an_empty_name_switches_the_mirror_off() {
        let change = ByCardType {
            company: Some(String::new()),
            ..ByCardType::default()
        };
        assert_eq!(after(&present(), &change, None).unwrap(), MirrorFields::default());
    }

    #[rstest]
    #[case("TITLE", "no custom field's name")]
    #[case("UF_CRM_NOWHERE", "has no field UF_CRM_NOWHERE at its deal cards")]
    #[case("UF_CRM_NUMBERS", "holds no single text")]
    #[case("UF_CRM_DAY", "holds no single text")]
    #[case("UF_CRM_INN", "would be overwritten")]
    fn a_field_that_can_not_be_a_mirror_is_refused_with_a_sentence(#[case] name: &str, #[case] says: &str) {
        let refused = after(&present(), &deals(name), Some(&mapped("UF_CRM_INN"))).unwrap_err();
        assert!(refused.to_string().contains(says), "{refused}");
    }

    #[test]
    fn a_mapping_that_takes_in_the_present_mirror_is_refused() {
        let present = PortalSettings {
            mirror_field: MirrorFields {
                deal: Some("UF_CRM_CERTLENS".to_owned()),
                ..MirrorFields::default()
            },
            ..present()
        };
        let refused = after(&present, &ByCardType::default(), Some(&mapped("UF_CRM_CERTLENS")));
        assert!(
            matches!(refused, Err(MirrorRefused::IsRead { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn a_detected_mapping_loses_the_field_that_became_the_mirror() {
        let mirrors = after(&present(), &deals("UF_CRM_INN"), None).unwrap();
        let mut mapping = mapped("UF_CRM_INN");
        leave_mirrors_out(&mut mapping, &mirrors);
        assert_eq!(mapping, FieldMapping::default());
    }
}
