//! A portal's settings as its administrators read and change them.

pub mod history;
mod mirror_field;
mod tracking;
pub mod trial;

use std::time::Duration;

use certlens_bitrix24::MemberId;
use certlens_domain::tracking::settings::TrackingSettings;
use certlens_store::{
    AvailableFields, CustomField, EntityType, FieldMapping, FieldMappingSource, MappingChoice,
    PortalSettings, SettingsAuthor, SettingsChangeId,
};
use serde::{Deserialize, Serialize};

use crate::error::PortalsError;
use crate::job::JobKind;
use crate::member;
use crate::portals::Portals;
use crate::reading::{COMPANY_LINK_TYPE, SEVERAL};
pub use mirror_field::MirrorRefused;
pub(crate) use mirror_field::leave_mirrors_out;
pub use tracking::{TrackingRefused, TrackingWish};

/// A custom field that an identifier may stand in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvailableField {
    /// `UF_CRM_…`.
    pub name: String,
    /// What people call it; the name where there is no label.
    pub label: String,
    /// Whether name or label say that an identifier stands in it.
    pub suggested: bool,
    /// Whether it takes a text, so that a card's chosen identifiers can be repeated in it.
    pub takes_mirror: bool,
}

/// Fields by type of card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByCardType<T> {
    /// Leads.
    pub lead: T,
    /// Deals.
    pub deal: T,
    /// Companies.
    pub company: T,
}

/// The settings of a portal, and what may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsView {
    /// The mapped fields, by name, in their order: identifiers are read from all of them, written to the first.
    pub field_mapping: ByCardType<Vec<String>>,
    /// Whether the mapping was detected by us (else somebody chose it).
    pub is_detected: bool,
    /// Whether an identifier that a viewer enters at a lead is written into it.
    pub lead_write_back: bool,
    /// The fields that repeat a card's chosen identifiers, by name; `None` where there is none.
    pub mirror_field: ByCardType<Option<String>>,
    /// Who is told of news, how often, as what.
    pub tracking: TrackingSettings,
    /// The custom fields that the portal has.
    pub available: ByCardType<Vec<AvailableField>>,
}

impl SettingsView {
    /// What people call the lead's field into which an identifier is written; `None` when none is mapped.
    pub fn lead_field_label(&self) -> Option<String> {
        let name = self.field_mapping.lead.first()?;
        let known = self.available.lead.iter().find(|field| field.name == *name);
        Some(known.map_or(name, |field| &field.label).clone())
    }
}

/// A change: `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// The mapped fields of leads.
    #[serde(default)]
    pub lead: Option<Vec<String>>,
    /// The mapped fields of deals.
    #[serde(default)]
    pub deal: Option<Vec<String>>,
    /// The mapped fields of companies.
    #[serde(default)]
    pub company: Option<Vec<String>>,
    /// Whether the mapping is left to detection again; the fields above say nothing then.
    #[serde(default)]
    pub detect_fields: bool,
    /// Whether identifiers are written into leads.
    #[serde(default)]
    pub lead_write_back: Option<bool>,
    /// The fields that repeat a card's chosen identifiers; an empty name: none from now on.
    #[serde(default)]
    pub mirror_field: ByCardType<Option<String>>,
    /// Who is told of news, how often, as what.
    #[serde(skip)]
    pub tracking: TrackingWish,
}

impl SettingsChange {
    /// Whether it says which fields are mapped.
    const fn maps_fields(&self) -> bool {
        self.lead.is_some() || self.deal.is_some() || self.company.is_some()
    }
}

/// Why settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsRefused {
    /// A field's name isn't one.
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
    /// Too many fields.
    #[error("at most {0} fields can be mapped for a type of cards")]
    TooManyFields(usize),
    /// A field can't repeat a card's identifiers.
    #[error(transparent)]
    Mirror(#[from] MirrorRefused),
    /// Nobody could be made responsible so.
    #[error(transparent)]
    Tracking(#[from] TrackingRefused),
    /// The portal has no such change.
    #[error("the portal's settings have no change {0}; look at their history")]
    UnknownChange(SettingsChangeId),
    /// This version can't read what was before.
    #[error("what was before change {0} is unknown to this version; choose the setting yourself")]
    Irreversible(SettingsChangeId),
    /// Our own trouble.
    #[error(transparent)]
    Portals(#[from] PortalsError),
}

impl SettingsRefused {
    /// The setting that the refusal is about, by its name in the interface for programs.
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotAFieldName(_) | Self::UnknownField { .. } | Self::TooManyFields(_) => {
                Some("field_mapping")
            }
            Self::Mirror(_) => Some("mirror_field"),
            Self::Tracking(refused) => Some(refused.field()),
            Self::UnknownChange(_) | Self::Irreversible(_) => Some("change"),
            Self::Portals(_) => None,
        }
    }
}

/// More fields than this nobody keeps identifiers in.
const MOST_FIELDS: usize = 20;
/// A portal's limit on the length of a custom field's name.
const LONGEST_NAME: usize = 50;

impl Portals {
    /// The portal's settings.
    pub async fn settings(&self, member_id: &MemberId) -> Result<SettingsView, PortalsError> {
        let stored = member::stored(member_id)?;
        if self.store().portal(&stored).await?.is_none() {
            return Err(PortalsError::UnknownPortal(member_id.to_string()));
        }
        Ok(view(self.store().settings(&stored).await?))
    }

    /// Changes settings; the caller has proved that an administrator asks. A changed mapping is crawled anew. Who
    /// changed what is noted ([`Portals::settings_history`]).
    pub async fn change_settings(
        &self,
        member_id: &MemberId,
        by: &SettingsAuthor,
        change: &SettingsChange,
    ) -> Result<SettingsView, SettingsRefused> {
        self.change_noting(member_id, by, change, None).await
    }

    /// The same; the note names the change that is taken back.
    async fn change_noting(
        &self,
        member_id: &MemberId,
        by: &SettingsAuthor,
        change: &SettingsChange,
        reverts: Option<SettingsChangeId>,
    ) -> Result<SettingsView, SettingsRefused> {
        // Only a portal that is there has settings to change.
        self.settings(member_id).await?;
        let stored = member::stored(member_id).map_err(PortalsError::from)?;
        let present = self.store().settings(&stored).await.map_err(PortalsError::from)?;
        let is_detected = match present.field_mapping_source {
            FieldMappingSource::Chosen => change.detect_fields,
            FieldMappingSource::Detected => change.detect_fields || !change.maps_fields(),
        };
        let field_mapping = if change.detect_fields {
            Some(MappingChoice::Detected)
        } else {
            mapping_after(&present, change)?.map(MappingChoice::Chosen)
        };
        let in_use = match &field_mapping {
            Some(MappingChoice::Chosen(mapping)) => mapping,
            Some(MappingChoice::Detected) | None => &present.field_mapping,
        };
        let chosen = (!is_detected).then_some(in_use);
        let mirror_field = mirror_field::after(&present, &change.mirror_field, chosen)?;
        let mut is_mapped_anew = *in_use != present.field_mapping;
        let wanted = certlens_store::SettingsChange {
            field_mapping,
            lead_write_back: change.lead_write_back,
            mirror_field: Some(mirror_field.clone()),
            tracking: tracking::after(self.store(), &stored, &present.tracking, &change.tracking).await?,
        };
        self.store()
            .change_settings(&stored, by, &wanted, reverts)
            .await
            .map_err(PortalsError::from)?;
        if is_detected && mirror_field != present.mirror_field {
            // What we write ourselves is no source any more.
            let mut mapping = present.field_mapping;
            leave_mirrors_out(&mut mapping, &mirror_field);
            is_mapped_anew = self
                .store()
                .note_detected_fields(&stored, &present.available_fields, &mapping)
                .await
                .map_err(PortalsError::from)?;
        }
        self.mirror_into_other_fields(&stored, &present.mirror_field, &mirror_field)
            .await?;
        let follows = [
            (change.detect_fields, JobKind::DetectFields),
            (is_mapped_anew, JobKind::Crawl),
        ];
        for (_, kind) in follows.into_iter().filter(|(is_due, _)| *is_due) {
            self.schedule(&stored, kind, Duration::ZERO)
                .await
                .map_err(PortalsError::from)?;
        }
        Ok(self.settings(member_id).await?)
    }
}

/// The mapping that a change asks for, checked; `None` when it leaves the mapping alone.
fn mapping_after(
    present: &PortalSettings,
    change: &SettingsChange,
) -> Result<Option<FieldMapping>, SettingsRefused> {
    let mut mapping = present.field_mapping.clone();
    let wanted = [
        (EntityType::Lead, &change.lead, &mut mapping.lead),
        (EntityType::Deal, &change.deal, &mut mapping.deal),
        (EntityType::Company, &change.company, &mut mapping.company),
    ];
    let mut is_asked = false;
    for (entity_type, names, place) in wanted {
        if let Some(names) = names {
            *place = checked(names, entity_type, &present.available_fields)?;
            is_asked = true;
        }
    }
    Ok(is_asked.then_some(mapping))
}

/// The names, each once and each one of a field that the portal has.
fn checked(
    names: &[String],
    entity_type: EntityType,
    available: &AvailableFields,
) -> Result<Vec<String>, SettingsRefused> {
    if names.len() > MOST_FIELDS {
        return Err(SettingsRefused::TooManyFields(MOST_FIELDS));
    }
    let available = available.of(entity_type);
    let mut checked: Vec<String> = Vec::new();
    for name in names {
        let name = name.trim();
        if !is_field_name(name) {
            return Err(SettingsRefused::NotAFieldName(
                name.chars().take(LONGEST_NAME).collect(),
            ));
        }
        // Before the first detection nothing is known of the portal's fields; then every name is taken.
        if !available.is_empty() && !available.iter().any(|field| field.name == name) {
            return Err(SettingsRefused::UnknownField {
                card_type: entity_type.key(),
                field: name.to_owned(),
            });
        }
        if !checked.iter().any(|known| known == name) {
            checked.push(name.to_owned());
        }
    }
    Ok(checked)
}

fn is_field_name(name: &str) -> bool {
    name.starts_with("UF_CRM_")
        && name.len() <= LONGEST_NAME
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// By the rule that detects the first mapping.
fn is_suggested(field: &CustomField) -> bool {
    let field = certlens_bitrix24::crm::CustomField {
        name: field.name.clone(),
        labels: [(String::new(), field.label.clone())].into(),
        kind: match field.field_type.trim_end_matches(SEVERAL) {
            COMPANY_LINK_TYPE => "crm".to_owned(),
            other => other.to_owned(),
        },
        multiple: false,
        links_to: Vec::new(),
    };
    !certlens_bitrix24::crm::detect(&[field]).is_empty()
}

fn view(settings: PortalSettings) -> SettingsView {
    let available = |fields: Vec<CustomField>| {
        fields
            .into_iter()
            .map(|field| AvailableField {
                suggested: is_suggested(&field),
                takes_mirror: mirror_field::takes_text(&field),
                label: if field.label.is_empty() {
                    field.name.clone()
                } else {
                    field.label
                },
                name: field.name,
            })
            .collect()
    };
    let PortalSettings {
        field_mapping,
        field_mapping_source,
        lead_write_back,
        mirror_field,
        available_fields,
        tracking,
    } = settings;
    SettingsView {
        field_mapping: ByCardType {
            lead: field_mapping.lead,
            deal: field_mapping.deal,
            company: field_mapping.company,
        },
        is_detected: field_mapping_source == FieldMappingSource::Detected,
        lead_write_back,
        mirror_field: ByCardType {
            lead: mirror_field.lead,
            deal: mirror_field.deal,
            company: mirror_field.company,
        },
        tracking,
        available: ByCardType {
            lead: available(available_fields.lead),
            deal: available(available_fields.deal),
            company: available(available_fields.company),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present() -> PortalSettings {
        PortalSettings {
            available_fields: AvailableFields {
                lead: vec![CustomField {
                    name: "UF_CRM_INN".to_owned(),
                    label: "ИНН".to_owned(),
                    field_type: "string".to_owned(),
                }],
                ..AvailableFields::default()
            },
            ..PortalSettings::default()
        }
    }

    fn leads(names: &[&str]) -> SettingsChange {
        SettingsChange {
            lead: Some(names.iter().map(|name| (*name).to_owned()).collect()),
            ..SettingsChange::default()
        }
    }

    #[test]
    fn a_mapping_takes_fields_that_the_portal_has_each_once() {
        let mapping = mapping_after(&present(), &leads(&["UF_CRM_INN", " UF_CRM_INN "])).unwrap();
        assert_eq!(mapping.unwrap().lead, ["UF_CRM_INN"]);
    }

    #[test]
    fn a_mapping_with_a_field_that_the_portal_lacks_is_refused_with_its_name() {
        let refusal = mapping_after(&present(), &leads(&["UF_CRM_OGRN"])).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the portal has no field UF_CRM_OGRN at its lead cards"
        );
    }

    #[test]
    fn a_text_that_is_no_field_name_is_refused() {
        for name in ["TITLE", "uf_crm_inn", "UF_CRM_<b>", ""] {
            let refusal = mapping_after(&present(), &leads(&[name])).unwrap_err();
            assert!(matches!(refusal, SettingsRefused::NotAFieldName(_)), "{name}");
        }
    }

    #[test]
    fn a_change_without_fields_leaves_the_mapping_alone() {
        let change = SettingsChange {
            lead_write_back: Some(false),
            ..SettingsChange::default()
        };
        assert_eq!(mapping_after(&present(), &change).unwrap(), None);
    }
}
