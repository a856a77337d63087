//! What can be done with a portal: repair, read anew, its local application's keys, erase.

use super::words;
use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::address::{Address, ScreenName};
use crate::form::{FieldRefused, Submission};
use crate::open::Monitor;
use crate::texts::Texts;
use certlens_domain::language::Language;
use certlens_store::MemberId;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use std::fmt;

/// The name of the form for keys.
pub(super) const KEYS_FORM: &str = "portal_keys";
/// No secret of Bitrix24 is nearly as long.
const LONGEST_SECRET: usize = 4_096;
/// More tables than this are not told one by one.
const MOST_TABLES: usize = 40;

/// A secret that somebody entered: goes in, and never out again.
#[derive(Clone, PartialEq, Eq)]
pub struct EnteredSecret(String);

impl fmt::Debug for EnteredSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EnteredSecret")
    }
}

impl Serialize for EnteredSecret {
    /// An action on its way to a page carries no secret.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}

impl<'de> Deserialize<'de> for EnteredSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// What can be done with a portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PortalAction {
    /// Proves its tokens, binds what is missing, begins failed work anew.
    Repair {
        /// The portal.
        member_id: MemberId,
    },
    /// Has its CRM read anew.
    ReadAnew {
        /// The portal.
        member_id: MemberId,
    },
    /// Stores the keys of a local application of the portal. The operator's.
    SetKeys {
        /// The portal.
        member_id: MemberId,
        /// The application's client id.
        client_id: String,
        /// Its secret.
        client_secret: EnteredSecret,
    },
    /// Forgets the keys of a local application of the portal. The operator's.
    RemoveKeys {
        /// The portal.
        member_id: MemberId,
        /// The application's client id.
        client_id: String,
    },
    /// Erases everything that is kept of the portal. The operator's.
    Erase {
        /// The portal.
        member_id: MemberId,
    },
}

impl PortalAction {
    /// The action of a form of this screen; `None` for another's.
    pub(crate) fn of_form(submission: &Submission, language: Language) -> Option<Result<Self, FieldRefused>> {
        (submission.form == KEYS_FORM).then(|| keys(submission, Texts(language)))
    }

    const fn of(&self) -> &MemberId {
        match self {
            Self::Repair { member_id }
            | Self::ReadAnew { member_id }
            | Self::SetKeys { member_id, .. }
            | Self::RemoveKeys { member_id, .. }
            | Self::Erase { member_id } => member_id,
        }
    }

    /// An administrator mends his own portal; keys and erasure are the operator's.
    fn authorise(&self, request: &Request) -> Result<(), ActionRefused> {
        match self {
            Self::Repair { .. } | Self::ReadAnew { .. } => Ok(()),
            Self::SetKeys { .. } | Self::RemoveKeys { .. } | Self::Erase { .. } => {
                Ok(request.viewer.operator_only()?)
            }
        }
    }
}

fn keys(submission: &Submission, texts: Texts) -> Result<PortalAction, FieldRefused> {
    let member_id = submission
        .value("member_id")
        .and_then(|text| MemberId::parse(text).ok())
        .ok_or_else(|| FieldRefused {
            field: None,
            sentence: texts.portals_empty().to_owned(),
        })?;
    let client_id = submission.value("client_id").unwrap_or_default();
    check_client_id(client_id, texts)?;
    let secret = submission.value("client_secret").unwrap_or_default();
    check_secret(secret, texts)?;
    Ok(PortalAction::SetKeys {
        member_id,
        client_id: client_id.to_owned(),
        client_secret: EnteredSecret(secret.to_owned()),
    })
}

fn check_client_id(client_id: &str, texts: Texts) -> Result<(), FieldRefused> {
    let is_plausible = (4..=128).contains(&client_id.len())
        && client_id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if is_plausible {
        Ok(())
    } else {
        Err(FieldRefused::of("client_id", texts.keys_bad_client_id()))
    }
}

fn check_secret(secret: &str, texts: Texts) -> Result<(), FieldRefused> {
    let is_plausible =
        (1..=LONGEST_SECRET).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plausible {
        Ok(())
    } else {
        Err(FieldRefused::of("client_secret", texts.keys_bad_secret()))
    }
}

impl Perform for PortalAction {
    fn name(&self) -> &'static str {
        match self {
            Self::Repair { .. } => "portals.repair",
            Self::ReadAnew { .. } => "portals.read_anew",
            Self::SetKeys { .. } => "portals.set_keys",
            Self::RemoveKeys { .. } => "portals.remove_keys",
            Self::Erase { .. } => "portals.erase",
        }
    }

    fn portal(&self) -> Option<&MemberId> {
        match self {
            // Its entry must outlive the portal, and must not name it.
            Self::Erase { .. } => None,
            other => Some(other.of()),
        }
    }

    fn subject(&self, language: Language) -> String {
        match self {
            Self::Repair { member_id } | Self::ReadAnew { member_id } => member_id.to_string(),
            Self::SetKeys { client_id, .. } | Self::RemoveKeys { client_id, .. } => client_id.clone(),
            Self::Erase { .. } => Texts(language).erased_subject().to_owned(),
        }
    }

    async fn preview(&self, monitor: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        self.authorise(request)?;
        let texts = Texts(request.language);
        let preview = |question: &str, effects: Vec<String>, button: &str| Preview {
            question: question.to_owned(),
            effects,
            needs_reason: false,
            is_destructive: false,
            button: button.to_owned(),
        };
        Ok(match self {
            Self::Repair { .. } => preview(
                texts.repair_question(),
                vec![texts.repair_effect().to_owned()],
                texts.repair(),
            ),
            Self::ReadAnew { .. } => preview(
                texts.read_anew_question(),
                vec![texts.read_anew_effect().to_owned()],
                texts.read_anew(),
            ),
            Self::SetKeys { client_id, .. } => preview(
                texts.keys_set_question(),
                vec![client_id.clone(), texts.keys_set_effect().to_owned()],
                texts.keys_save(),
            ),
            Self::RemoveKeys { client_id, .. } => Preview {
                is_destructive: true,
                ..preview(
                    texts.keys_remove_question(),
                    vec![client_id.clone(), texts.keys_removed().to_owned()],
                    texts.remove_keys(),
                )
            },
            Self::Erase { member_id } => Preview {
                needs_reason: true,
                is_destructive: true,
                ..preview(
                    texts.erase_question(),
                    what_goes(monitor, member_id, texts).await?,
                    texts.erase_portal(),
                )
            },
        })
    }

    async fn perform(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        self.authorise(request)?;
        let texts = Texts(request.language);
        match self {
            Self::Repair { member_id } => {
                let report = monitor.portals.repair(&platform(member_id, texts)?).await?;
                Ok(Done::told(words::report(texts, &report)))
            }
            Self::ReadAnew { member_id } => {
                monitor.portals.read_anew(&platform(member_id, texts)?).await?;
                Ok(Done::told(texts.reading_anew()))
            }
            Self::SetKeys {
                member_id,
                client_id,
                client_secret,
            } => set_keys(monitor, member_id, client_id, client_secret, texts).await,
            Self::RemoveKeys { member_id, client_id } => {
                let registered = monitor.store.application(client_id).await?;
                if registered.and_then(|application| application.member_id).as_ref() != Some(member_id) {
                    return Err(ActionRefused::Refused(texts.keys_unknown().to_owned()));
                }
                monitor.store.remove_application(client_id).await?;
                Ok(Done::told(texts.keys_removed()).changed(json!({"client_id": client_id}), Value::Null))
            }
            Self::Erase { member_id } => erase(monitor, member_id, texts).await,
        }
    }
}

fn platform(member_id: &MemberId, texts: Texts) -> Result<certlens_bitrix24::MemberId, ActionRefused> {
    certlens_bitrix24::MemberId::parse(member_id.as_str())
        .map_err(|_| ActionRefused::Refused(texts.portals_empty().to_owned()))
}

async fn set_keys(
    monitor: &Monitor,
    member_id: &MemberId,
    client_id: &str,
    secret: &EnteredSecret,
    texts: Texts,
) -> Result<Done, ActionRefused> {
    check_client_id(client_id, texts)?;
    check_secret(&secret.0, texts)?;
    if monitor.portals.is_market_application(client_id) {
        return Err(FieldRefused::of("client_id", texts.keys_of_market()).into());
    }
    if monitor.store.portal(member_id).await?.is_none() {
        return Err(ActionRefused::Refused(texts.portals_empty().to_owned()));
    }
    let before = monitor.store.application(client_id).await?;
    let owner = before
        .as_ref()
        .and_then(|application| application.member_id.as_ref());
    if owner.is_some_and(|owner| owner != member_id) {
        return Err(FieldRefused::of("client_id", texts.keys_of_another()).into());
    }
    let secret = SecretString::from(secret.0.as_str());
    monitor
        .store
        .add_application(client_id, &secret, Some(member_id))
        .await?;
    let before = before.map_or(
        Value::Null,
        |_| json!({"client_id": client_id, "secret": "former"}),
    );
    Ok(Done::told(texts.keys_stored()).changed(before, json!({"client_id": client_id, "secret": "new"})))
}

async fn what_goes(
    monitor: &Monitor,
    member_id: &MemberId,
    texts: Texts,
) -> Result<Vec<String>, ActionRefused> {
    let rows = monitor.store.rows_of_portal(member_id).await?;
    if rows.is_empty() {
        return Ok(vec![texts.erase_nothing().to_owned()]);
    }
    let mut effects = Vec::new();
    if let Some(portal) = monitor.store.portal(member_id).await? {
        effects.push(portal.address.domain);
    }
    let going = rows.iter().filter(|one| !one.is_kept).take(MOST_TABLES);
    effects.extend(going.map(|one| format!("{}: {}", texts.table_word(&one.table), one.rows)));
    if rows.iter().any(|one| one.is_kept) {
        effects.push(texts.erase_kept().to_owned());
    }
    Ok(effects)
}

async fn erase(monitor: &Monitor, member_id: &MemberId, texts: Texts) -> Result<Done, ActionRefused> {
    let rows = monitor.store.rows_of_portal(member_id).await?;
    if !monitor.store.erase(member_id).await? {
        return Err(ActionRefused::Refused(texts.erase_nothing().to_owned()));
    }
    let counted: serde_json::Map<String, Value> = rows
        .into_iter()
        .filter(|one| !one.is_kept)
        .map(|one| (one.table, one.rows.into()))
        .collect();
    Ok(Done::told(texts.erased())
        .changed(Value::Object(counted), Value::Null)
        .then(&Address::of(ScreenName::Portals)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission(client_id: &str, secret: &str) -> Submission {
        Submission {
            form: KEYS_FORM.to_owned(),
            fields: [
                ("member_id", "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49"),
                ("client_id", client_id),
                ("client_secret", secret),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        }
    }

    #[test]
    fn secret_that_was_entered_is_neither_printed_nor_sent_back() {
        let form = submission("local.66aa00bb11cc22.01234567", " top-secret ");

        let action = PortalAction::of_form(&form, Language::En).unwrap().unwrap();

        assert!(!format!("{action:?}").contains("top-secret"));
        assert!(!serde_json::to_string(&action).unwrap().contains("top-secret"));
        let PortalAction::SetKeys { client_secret, .. } = action else {
            panic!("{action:?}");
        };
        assert_eq!(client_secret.0, "top-secret");
    }

    #[test]
    fn keys_that_can_be_none_are_refused_by_their_field() {
        for (client_id, secret, field) in [
            ("my app", "s", "client_id"),
            ("", "s", "client_id"),
            ("local.1", "", "client_secret"),
            ("local.1", "ключ", "client_secret"),
        ] {
            let refused = PortalAction::of_form(&submission(client_id, secret), Language::Ru).unwrap();
            assert_eq!(
                refused.unwrap_err().field.as_deref(),
                Some(field),
                "{client_id} {secret}"
            );
        }
    }

    #[test]
    fn entry_of_an_erasure_does_not_name_the_portal() {
        let member_id = MemberId::parse("5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49").unwrap();
        let action = PortalAction::Erase {
            member_id: member_id.clone(),
        };
        assert_eq!(action.portal(), None);
        assert!(!action.subject(Language::Ru).contains(member_id.as_str()));
    }
}
