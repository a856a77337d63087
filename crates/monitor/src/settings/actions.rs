//! What can be done with a portal's settings: change them by a form, take a change back.

use super::words;
use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::form::{FieldRefused, Submission};
use crate::open::Monitor;
use crate::texts::Texts;
use crate::viewer::Viewer;
use certlens_domain::language::Language;
use certlens_domain::tracking::settings::{Departed, NotificationSettings};
use certlens_domain::tracking::subscribers::WhoMaySubscribe;
use certlens_domain::tracking::{Assignment, AssignmentRule, ItemLanguage, NotifyScope};
use certlens_portals::settings::ByCardType;
use certlens_portals::{SettingsChange, SettingsRefused, TrackingWish};
use certlens_store::{
    FieldMapping, MemberId, MirrorFields, PortalSettings, Setting, SettingsAuthor, SettingsChangeId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The names of the forms.
pub(super) const FIELDS_FORM: &str = "settings_fields";
pub(super) const MIRROR_FORM: &str = "settings_mirror";
pub(super) const NOTIFICATION_FORM: &str = "settings_notification";
pub(super) const ASSIGNMENT_FORM: &str = "settings_assignment";
pub(super) const SUBSCRIBERS_FORM: &str = "settings_subscribers";
pub(super) const LANGUAGE_FORM: &str = "settings_language";

/// What is wished for; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsWish {
    /// The mapped fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_mapping: Option<FieldMapping>,
    /// Whether the mapping is left to detection.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub detect_fields: bool,
    /// Whether identifiers are written into leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_write_back: Option<bool>,
    /// The fields that repeat a card's chosen identifiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror_field: Option<MirrorFields>,
    /// As what, and how often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<NotificationSettings>,
    /// Who is responsible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment: Option<Assignment>,
    /// In which cards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify_scope: Option<NotifyScope>,
    /// What becomes of the subscriptions of somebody who left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departed: Option<Departed>,
    /// Who may subscribe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who_may_subscribe: Option<WhoMaySubscribe>,
    /// In which language items are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_language: Option<ItemLanguage>,
}

impl SettingsWish {
    fn change(&self) -> SettingsChange {
        let mapping = self.field_mapping.clone().filter(|_| !self.detect_fields);
        let (lead, deal, company) = match mapping {
            Some(FieldMapping { lead, deal, company }) => (Some(lead), Some(deal), Some(company)),
            None => (None, None, None),
        };
        let mirror_field = self
            .mirror_field
            .clone()
            .map_or_else(ByCardType::default, |fields| {
                // An empty name takes a field away.
                ByCardType {
                    lead: Some(fields.lead.unwrap_or_default()),
                    deal: Some(fields.deal.unwrap_or_default()),
                    company: Some(fields.company.unwrap_or_default()),
                }
            });
        SettingsChange {
            lead,
            deal,
            company,
            detect_fields: self.detect_fields,
            lead_write_back: self.lead_write_back,
            mirror_field,
            tracking: TrackingWish {
                kind: self.notification.map(|wish| wish.kind),
                every: self.notification.map(|wish| wish.every),
                rules: self.assignment.as_ref().map(|wish| wish.rules.clone()),
                fallback_user_id: self.assignment.as_ref().map(|wish| wish.fallback_user_id),
                notify_scope: self.notify_scope,
                departed: self.departed.map(|departed| departed.action),
                who_may_subscribe: self.who_may_subscribe.clone(),
                item_language: self.item_language,
            },
        }
    }

    /// The settings as they would be, before anything was checked.
    fn applied(&self, present: &PortalSettings) -> PortalSettings {
        let mut wished = present.clone();
        if self.detect_fields {
            wished.field_mapping_source = certlens_store::FieldMappingSource::Detected;
        } else if let Some(mapping) = &self.field_mapping {
            wished.field_mapping = mapping.clone();
            wished.field_mapping_source = certlens_store::FieldMappingSource::Chosen;
        }
        wished.lead_write_back = self.lead_write_back.unwrap_or(present.lead_write_back);
        if let Some(fields) = &self.mirror_field {
            wished.mirror_field = fields.clone();
        }
        let tracking = &mut wished.tracking;
        tracking.notification = self.notification.unwrap_or(tracking.notification);
        tracking.notify_scope = self.notify_scope.unwrap_or(tracking.notify_scope);
        tracking.departed = self.departed.unwrap_or(tracking.departed);
        tracking.item_language = self.item_language.unwrap_or(tracking.item_language);
        if let Some(assignment) = &self.assignment {
            tracking.assignment = assignment.clone();
        }
        if let Some(who) = &self.who_may_subscribe {
            tracking.who_may_subscribe = who.clone();
        }
        wished
    }
}

/// What can be done with settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SettingsAction {
    /// Changes what the wish names.
    Change {
        /// The portal.
        member_id: MemberId,
        /// What is wished for.
        wish: Box<SettingsWish>,
    },
    /// Takes a change back.
    Revert {
        /// The portal.
        member_id: MemberId,
        /// The change.
        change: SettingsChangeId,
    },
}

impl SettingsAction {
    /// The action of a form of this screen; `None` for another's.
    pub(crate) fn of_form(submission: &Submission, language: Language) -> Option<Result<Self, FieldRefused>> {
        let wish = match submission.form.as_str() {
            FIELDS_FORM => Ok(fields(submission)),
            MIRROR_FORM => Ok(mirror(submission)),
            NOTIFICATION_FORM => notification(submission),
            ASSIGNMENT_FORM => assignment(submission),
            SUBSCRIBERS_FORM => subscribers(submission),
            LANGUAGE_FORM => language_of_items(submission),
            _ => return None,
        };
        let texts = Texts(language);
        let member_id = submission
            .value("member_id")
            .and_then(|text| MemberId::parse(text).ok())
            .ok_or_else(|| FieldRefused {
                field: None,
                sentence: texts.settings_choose_portal().to_owned(),
            });
        Some(member_id.and_then(|member_id| {
            Ok(Self::Change {
                member_id,
                wish: Box::new(wish?),
            })
        }))
    }

    const fn of(&self) -> &MemberId {
        match self {
            Self::Change { member_id, .. } | Self::Revert { member_id, .. } => member_id,
        }
    }
}

fn fields(submission: &Submission) -> SettingsWish {
    let of = |name| submission.values(name).map(str::to_owned).collect();
    SettingsWish {
        field_mapping: Some(FieldMapping {
            lead: of("lead"),
            deal: of("deal"),
            company: of("company"),
        }),
        detect_fields: submission.is_on("detect"),
        lead_write_back: Some(submission.is_on("write_back")),
        ..SettingsWish::default()
    }
}

fn mirror(submission: &Submission) -> SettingsWish {
    let of = |name| submission.value(name).map(str::to_owned);
    SettingsWish {
        mirror_field: Some(MirrorFields {
            lead: of("lead"),
            deal: of("deal"),
            company: of("company"),
        }),
        ..SettingsWish::default()
    }
}

/// A value that a choice of ours sent: anything else was sent by no form of ours.
fn chosen<T: serde::de::DeserializeOwned>(submission: &Submission, name: &str) -> Result<T, FieldRefused> {
    let value = submission.value(name).map_or(Value::Null, Value::from);
    serde_json::from_value(value).map_err(|error| FieldRefused::of(name, error.to_string()))
}

fn notification(submission: &Submission) -> Result<SettingsWish, FieldRefused> {
    Ok(SettingsWish {
        notification: Some(NotificationSettings {
            kind: chosen(submission, "kind")?,
            every: chosen(submission, "every")?,
        }),
        notify_scope: Some(chosen(submission, "scope")?),
        ..SettingsWish::default()
    })
}

fn user_of(name: &str, value: &str) -> Result<u64, FieldRefused> {
    value
        .parse()
        .map_err(|_| FieldRefused::of(name, format!("{value:?} is no user")))
}

fn assignment(submission: &Submission) -> Result<SettingsWish, FieldRefused> {
    let mut rules: Vec<AssignmentRule> = Vec::new();
    for number in 1..=AssignmentRule::ALL.len() {
        let name = format!("rule_{number}");
        if submission.value(&name).is_some() {
            rules.push(chosen(submission, &name)?);
        }
    }
    let fallback_user_id = submission
        .value("fallback")
        .map(|value| user_of("fallback", value))
        .transpose()?;
    Ok(SettingsWish {
        assignment: Some(Assignment {
            rules,
            fallback_user_id,
        }),
        departed: Some(Departed {
            action: chosen(submission, "departed")?,
        }),
        ..SettingsWish::default()
    })
}

fn language_of_items(submission: &Submission) -> Result<SettingsWish, FieldRefused> {
    Ok(SettingsWish {
        item_language: Some(chosen(submission, "language")?),
        ..SettingsWish::default()
    })
}

fn subscribers(submission: &Submission) -> Result<SettingsWish, FieldRefused> {
    let who = match submission.value("who") {
        Some("administrators") => WhoMaySubscribe::Administrators,
        Some("chosen") => WhoMaySubscribe::Chosen {
            user_ids: submission
                .values("users")
                .map(|value| user_of("users", value))
                .collect::<Result<_, _>>()?,
        },
        _ => WhoMaySubscribe::Everybody,
    };
    Ok(SettingsWish {
        who_may_subscribe: Some(who),
        ..SettingsWish::default()
    })
}

impl Perform for SettingsAction {
    fn name(&self) -> &'static str {
        match self {
            Self::Change { .. } => "settings.change",
            Self::Revert { .. } => "settings.revert",
        }
    }

    fn portal(&self) -> Option<&MemberId> {
        Some(self.of())
    }

    fn subject(&self, language: Language) -> String {
        let texts = Texts(language);
        match self {
            Self::Change { wish, .. } => {
                let touched: Vec<&str> = Setting::ALL
                    .into_iter()
                    .filter(|setting| wish.names(*setting))
                    .map(|setting| texts.setting_word(setting))
                    .collect();
                touched.join(", ")
            }
            Self::Revert { change, .. } => {
                texts.of(format!("изменение № {change}"), format!("change {change}"))
            }
        }
    }

    async fn preview(&self, monitor: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        let texts = Texts(request.language);
        let store = &monitor.store;
        let names = super::names(store, self.of()).await?;
        let present = store.settings(self.of()).await?;
        let line = |setting: Setting, before: &Value, after: &Value| {
            let before = words::value(texts, &names, setting, before).join("; ");
            let after = words::value(texts, &names, setting, after).join("; ");
            format!("{}: {before} → {after}", texts.setting_word(setting))
        };
        let (question, effects, button) = match self {
            Self::Change { wish, .. } => {
                let wished = wish.applied(&present);
                let mut effects: Vec<String> = differing(&present, &wished)
                    .map(|(setting, before, after)| line(setting, &before, &after))
                    .collect();
                if effects.is_empty() {
                    effects.push(texts.settings_change_nothing().to_owned());
                }
                if wished.field_mapping != present.field_mapping {
                    effects.push(texts.settings_crawl_follows().to_owned());
                }
                (texts.settings_change_question(), effects, texts.settings_save())
            }
            Self::Revert { member_id, change } => {
                let changed = store
                    .settings_changed(member_id, *change)
                    .await?
                    .ok_or_else(|| words::refusal(texts, &SettingsRefused::UnknownChange(*change)))?;
                let now = changed.setting.of(&present);
                let mut effects = vec![line(changed.setting, &now, &changed.before)];
                if now != changed.after {
                    effects.push(texts.settings_changed_since().to_owned());
                }
                (texts.settings_revert_question(), effects, texts.settings_revert())
            }
        };
        Ok(Preview {
            question: question.to_owned(),
            effects,
            needs_reason: false,
            is_destructive: false,
            button: button.to_owned(),
        })
    }

    async fn perform(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        let texts = Texts(request.language);
        let member_id = self.of();
        let platform = super::platform(member_id)
            .map_err(|_| ActionRefused::Refused(texts.settings_choose_portal().to_owned()))?;
        let by = author(&request.viewer);
        let before = monitor.store.settings(member_id).await?;
        let outcome = match self {
            Self::Change { wish, .. } => {
                monitor
                    .portals
                    .change_settings(&platform, &by, &wish.change())
                    .await
            }
            Self::Revert { change, .. } => monitor.portals.revert_settings(&platform, &by, *change).await,
        };
        match outcome {
            Ok(_) => {}
            Err(SettingsRefused::Portals(error)) => return Err(error.into()),
            Err(refused) => return Err(words::refusal(texts, &refused).into()),
        }
        let after = monitor.store.settings(member_id).await?;
        let (mut was, mut is) = (Map::new(), Map::new());
        for (setting, before, after) in differing(&before, &after) {
            was.insert(setting.key().to_owned(), before);
            is.insert(setting.key().to_owned(), after);
        }
        let message = match self {
            _ if is.is_empty() => texts.settings_saved_nothing(),
            Self::Change { .. } => texts.settings_saved(),
            Self::Revert { .. } => texts.settings_reverted(),
        };
        Ok(Done::told(message).changed(json!(was), json!(is)))
    }
}

impl SettingsWish {
    /// Whether it says something about a setting.
    const fn names(&self, setting: Setting) -> bool {
        match setting {
            Setting::FieldMapping => self.detect_fields || self.field_mapping.is_some(),
            Setting::LeadWriteBack => self.lead_write_back.is_some(),
            Setting::MirrorField => self.mirror_field.is_some(),
            Setting::Notification => self.notification.is_some(),
            Setting::Assignment => self.assignment.is_some(),
            Setting::NotifyScope => self.notify_scope.is_some(),
            Setting::Departed => self.departed.is_some(),
            Setting::WhoMaySubscribe => self.who_may_subscribe.is_some(),
            Setting::ItemLanguage => self.item_language.is_some(),
        }
    }
}

/// The settings that differ, with both values.
pub(super) fn differing<'a>(
    before: &'a PortalSettings,
    after: &'a PortalSettings,
) -> impl Iterator<Item = (Setting, Value, Value)> + 'a {
    Setting::ALL
        .into_iter()
        .map(move |setting| (setting, setting.of(before), setting.of(after)))
        .filter(|(_, before, after)| before != after)
}

/// The viewer, as the history of settings names him.
pub(super) fn author(viewer: &Viewer) -> SettingsAuthor {
    match viewer {
        Viewer::Operator { .. } => SettingsAuthor::Operator,
        Viewer::Administrator { user_id, name, .. } => SettingsAuthor::User {
            id: *user_id,
            name: name.clone(),
        },
    }
}

#[cfg(test)]
mod tests;
