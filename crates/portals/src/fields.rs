//! Which custom fields a portal has, and which of them seem to hold identifiers.

use certlens_bitrix24::crm::{self, CustomFields};
use certlens_bitrix24::{EntityType, PortalClient};
use certlens_store::{AvailableFields, CustomField, FieldMapping, MemberId, PortalSettings};

use crate::error::PortalsError;
use crate::portals::Portals;
use crate::reading::{COMPANY_LINK_TYPE, SEVERAL};
use crate::settings;

/// More fields than this are not mapped by themselves: an administrator may choose more.
const MOST_SUGGESTED: usize = 5;
/// The language of labels where a portal has several: identifiers' names are Russian.
const LABELS: &str = "ru";

impl Portals {
    /// Asks the portal for its custom fields and keeps them, with the mapping that they suggest unless an
    /// administrator chose one. Whether the mapping in use changed.
    pub(crate) async fn detect_fields(
        &self,
        member_id: &MemberId,
        client: &PortalClient,
    ) -> Result<bool, PortalsError> {
        let fields = crm::custom_fields(client).await?;
        let (mut available, mut suggested) = (available(&fields), suggested(&fields));
        let present = self.store().settings(member_id).await?;
        for (entity_type, error) in &fields.refused {
            tracing::warn!(%member_id, ?entity_type, %error, "the portal tells no custom fields");
            keep(*entity_type, &present, &mut available, &mut suggested);
        }
        settings::leave_mirrors_out(&mut suggested, &present.mirror_field);
        let changed = self
            .store()
            .note_detected_fields(member_id, &available, &suggested)
            .await?;
        Ok(changed)
    }
}

/// What a portal doesn't tell now stays as it was known.
fn keep(
    entity_type: EntityType,
    present: &PortalSettings,
    available: &mut AvailableFields,
    suggested: &mut FieldMapping,
) {
    match entity_type {
        EntityType::Lead => {
            available.lead.clone_from(&present.available_fields.lead);
            suggested.lead.clone_from(&present.field_mapping.lead);
        }
        EntityType::Deal => {
            available.deal.clone_from(&present.available_fields.deal);
            suggested.deal.clone_from(&present.field_mapping.deal);
        }
        EntityType::Company => {
            available.company.clone_from(&present.available_fields.company);
            suggested.company.clone_from(&present.field_mapping.company);
        }
        _ => {}
    }
}

fn available(fields: &CustomFields) -> AvailableFields {
    let of = |entity_type| {
        fields
            .of(entity_type)
            .iter()
            .map(|field| CustomField {
                name: field.name.clone(),
                label: field.label(LABELS).to_owned(),
                field_type: {
                    let kind = if field.holds_companies_only() {
                        COMPANY_LINK_TYPE
                    } else {
                        &field.kind
                    };
                    format!("{kind}{}", if field.multiple { SEVERAL } else { "" })
                },
            })
            .collect()
    };
    AvailableFields {
        lead: of(EntityType::Lead),
        deal: of(EntityType::Deal),
        company: of(EntityType::Company),
    }
}

fn suggested(fields: &CustomFields) -> FieldMapping {
    let of = |entity_type| {
        crm::detect(fields.of(entity_type))
            .into_iter()
            .take(MOST_SUGGESTED)
            .map(|suggestion| suggestion.field)
            .collect()
    };
    FieldMapping {
        lead: of(EntityType::Lead),
        deal: of(EntityType::Deal),
        company: of(EntityType::Company),
    }
}
