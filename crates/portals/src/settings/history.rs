//! What was changed of a portal's settings, and taking a change back.
//!
//! Taking back is a change like any other: it is checked against the portal as it is now, and noted.

use certlens_bitrix24::MemberId;
use certlens_domain::tracking::Assignment;
use certlens_domain::tracking::settings::{Departed, NotificationSettings};
use certlens_store::{
    FieldMapping, MirrorFields, Setting, SettingsAuthor, SettingsChangeId, SettingsChanged,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ByCardType, SettingsChange, SettingsRefused, SettingsView, TrackingWish};
use crate::error::PortalsError;
use crate::member;
use crate::portals::Portals;

impl Portals {
    /// The portal's changes of settings, the latest first: of one setting or all, those before a number.
    pub async fn settings_history(
        &self,
        member_id: &MemberId,
        setting: Option<Setting>,
        before: Option<SettingsChangeId>,
        limit: u16,
    ) -> Result<Vec<SettingsChanged>, PortalsError> {
        let stored = member::stored(member_id)?;
        let history = self.store().settings_history(&stored, setting, before, limit);
        Ok(history.await?)
    }

    /// Makes a setting what it was before a change; the caller has proved that an administrator asks.
    pub async fn revert_settings(
        &self,
        member_id: &MemberId,
        by: &SettingsAuthor,
        id: SettingsChangeId,
    ) -> Result<SettingsView, SettingsRefused> {
        let stored = member::stored(member_id).map_err(PortalsError::from)?;
        let changed = self
            .store()
            .settings_changed(&stored, id)
            .await
            .map_err(PortalsError::from)?
            .ok_or(SettingsRefused::UnknownChange(id))?;
        let change = to_what_was(&changed).ok_or(SettingsRefused::Irreversible(id))?;
        self.change_noting(member_id, by, &change, Some(id)).await
    }
}

/// The change that brings the value from before back; `None` for a value that this version can't read.
pub fn to_what_was(changed: &SettingsChanged) -> Option<SettingsChange> {
    let before = &changed.before;
    let of_tracking = |tracking| SettingsChange {
        tracking,
        ..SettingsChange::default()
    };
    Some(match changed.setting {
        Setting::FieldMapping if before["source"] == "detected" => SettingsChange {
            detect_fields: true,
            ..SettingsChange::default()
        },
        Setting::FieldMapping => {
            let FieldMapping { lead, deal, company } = read(before)?;
            SettingsChange {
                lead: Some(lead),
                deal: Some(deal),
                company: Some(company),
                ..SettingsChange::default()
            }
        }
        Setting::LeadWriteBack => SettingsChange {
            lead_write_back: Some(read(before)?),
            ..SettingsChange::default()
        },
        Setting::MirrorField => {
            let MirrorFields { lead, deal, company } = read(before)?;
            SettingsChange {
                mirror_field: ByCardType {
                    lead: Some(lead.unwrap_or_default()),
                    deal: Some(deal.unwrap_or_default()),
                    company: Some(company.unwrap_or_default()),
                },
                ..SettingsChange::default()
            }
        }
        Setting::Notification => {
            let NotificationSettings { kind, every } = read(before)?;
            of_tracking(TrackingWish {
                kind: Some(kind),
                every: Some(every),
                ..TrackingWish::default()
            })
        }
        Setting::Assignment => {
            let Assignment {
                rules,
                fallback_user_id,
            } = read(before)?;
            of_tracking(TrackingWish {
                rules: Some(rules),
                fallback_user_id: Some(fallback_user_id),
                ..TrackingWish::default()
            })
        }
        Setting::NotifyScope => of_tracking(TrackingWish {
            notify_scope: Some(read(before)?),
            ..TrackingWish::default()
        }),
        Setting::Departed => {
            let Departed { action } = read(before)?;
            of_tracking(TrackingWish {
                departed: Some(action),
                ..TrackingWish::default()
            })
        }
        Setting::WhoMaySubscribe => of_tracking(TrackingWish {
            who_may_subscribe: Some(read(before)?),
            ..TrackingWish::default()
        }),
        Setting::ItemLanguage => of_tracking(TrackingWish {
            item_language: Some(read(before)?),
            ..TrackingWish::default()
        }),
    })
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

#[cfg(test)]
mod tests {
    use certlens_domain::tracking::settings::DepartedAction;
    use certlens_domain::tracking::subscribers::WhoMaySubscribe;
    use certlens_domain::tracking::{ItemLanguage, NotifyScope};
    use certlens_store::{FieldMappingSource, PortalSettings};
    use chrono::{DateTime, Utc};

    use super::*;

    fn changed(setting: Setting, before: Value) -> SettingsChanged {
        SettingsChanged {
            id: SettingsChangeId(1),
            at: DateTime::<Utc>::UNIX_EPOCH,
            by: SettingsAuthor::Service,
            setting,
            before,
            after: Value::Null,
            reverts: None,
        }
    }

    #[test]
    fn every_setting_can_be_made_what_it_was() {
        let mut before = PortalSettings {
            field_mapping: FieldMapping {
                deal: vec!["UF_CRM_INN".to_owned()],
                ..FieldMapping::default()
            },
            field_mapping_source: FieldMappingSource::Chosen,
            lead_write_back: false,
            mirror_field: MirrorFields {
                lead: Some("UF_CRM_NOTE".to_owned()),
                ..MirrorFields::default()
            },
            ..PortalSettings::default()
        };
        before.tracking.notify_scope = NotifyScope::AllMatching;
        before.tracking.departed.action = DepartedAction::HandOver;
        before.tracking.who_may_subscribe = WhoMaySubscribe::Chosen { user_ids: vec![7] };
        before.tracking.item_language = ItemLanguage::En;
        before.tracking.assignment.fallback_user_id = Some(9);

        let mut all = SettingsChange::default();
        for setting in Setting::ALL {
            let change = to_what_was(&changed(setting, setting.of(&before))).unwrap();
            assert_ne!(change, SettingsChange::default(), "{setting:?}");
            all = merged(all, change);
        }

        assert_eq!(all.deal, Some(before.field_mapping.deal));
        assert_eq!((all.lead, all.company), (Some(vec![]), Some(vec![])));
        assert_eq!(all.lead_write_back, Some(false));
        assert_eq!(all.mirror_field.lead.as_deref(), Some("UF_CRM_NOTE"));
        assert_eq!(all.mirror_field.deal.as_deref(), Some(""), "there was none");
        let tracking = before.tracking;
        assert_eq!(
            all.tracking,
            TrackingWish {
                kind: Some(tracking.notification.kind),
                every: Some(tracking.notification.every),
                rules: Some(tracking.assignment.rules),
                fallback_user_id: Some(Some(9)),
                notify_scope: Some(NotifyScope::AllMatching),
                departed: Some(DepartedAction::HandOver),
                who_may_subscribe: Some(tracking.who_may_subscribe),
                item_language: Some(ItemLanguage::En),
            }
        );
    }

    #[test]
    fn a_mapping_that_was_detected_is_left_to_detection_again() {
        let change = to_what_was(&changed(
            Setting::FieldMapping,
            Setting::FieldMapping.of(&PortalSettings::default()),
        ));
        assert!(change.unwrap().detect_fields);
    }

    #[test]
    fn a_value_of_another_version_is_not_guessed() {
        let unreadable = changed(Setting::NotifyScope, Value::from("everywhere"));
        assert_eq!(to_what_was(&unreadable), None);
    }

    fn merged(one: SettingsChange, other: SettingsChange) -> SettingsChange {
        SettingsChange {
            lead: other.lead.or(one.lead),
            deal: other.deal.or(one.deal),
            company: other.company.or(one.company),
            detect_fields: one.detect_fields || other.detect_fields,
            lead_write_back: other.lead_write_back.or(one.lead_write_back),
            mirror_field: ByCardType {
                lead: other.mirror_field.lead.or(one.mirror_field.lead),
                deal: other.mirror_field.deal.or(one.mirror_field.deal),
                company: other.mirror_field.company.or(one.mirror_field.company),
            },
            tracking: TrackingWish {
                kind: other.tracking.kind.or(one.tracking.kind),
                every: other.tracking.every.or(one.tracking.every),
                rules: other.tracking.rules.or(one.tracking.rules),
                fallback_user_id: other.tracking.fallback_user_id.or(one.tracking.fallback_user_id),
                notify_scope: other.tracking.notify_scope.or(one.tracking.notify_scope),
                departed: other.tracking.departed.or(one.tracking.departed),
                who_may_subscribe: other
                    .tracking
                    .who_may_subscribe
                    .or(one.tracking.who_may_subscribe),
                item_language: other.tracking.item_language.or(one.tracking.item_language),
            },
        }
    }
}
