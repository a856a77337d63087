//! What can be done about a portal's people: reading their list anew, noting an absence.

use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::form::{FieldRefused, Submission};
use crate::naming;
use crate::open::Monitor;
use crate::texts::Texts;
use certlens_domain::language::Language;
use certlens_portals::STAFF_JOB;
use certlens_store::{KnownUser, MemberId, UserId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The form by which an absence is noted.
pub(crate) const ABSENCE_FORM: &str = "absence";

/// What can be done about people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PeopleAction {
    /// Reads the portal's list now.
    ReadList {
        /// The portal.
        member_id: MemberId,
    },
    /// Notes until which day somebody is away.
    SetAbsence {
        /// The portal.
        member_id: MemberId,
        /// Who.
        user: UserId,
        /// That day included; `None`: the person is there.
        until: Option<NaiveDate>,
    },
}

impl PeopleAction {
    /// What a form asks for.
    pub(crate) fn of_form(submission: &Submission, language: Language) -> Result<Self, FieldRefused> {
        let texts = Texts(language);
        let member_id = submission.value("member_id").unwrap_or_default();
        let member_id =
            MemberId::parse(member_id).map_err(|error| FieldRefused::of("member_id", error.to_string()))?;
        let user = submission
            .value("user")
            .and_then(|user| user.parse().ok())
            .ok_or_else(|| FieldRefused::of("user", texts.person_unknown()))?;
        let until = submission
            .value("until")
            .map(str::parse)
            .transpose()
            .map_err(|_| FieldRefused::of("until", texts.absence_no_day()))?;
        Ok(Self::SetAbsence {
            member_id,
            user: UserId(user),
            until,
        })
    }

    async fn person(&self, monitor: &Monitor, texts: Texts) -> Result<Option<KnownUser>, ActionRefused> {
        let Self::SetAbsence {
            member_id,
            user,
            until,
        } = self
        else {
            return Ok(None);
        };
        if until.is_some_and(|until| until < chrono::Utc::now().date_naive()) {
            return Err(FieldRefused::of("until", texts.absence_past()).into());
        }
        let known = monitor.store.known_user(member_id, *user).await?;
        match known {
            Some(known) => Ok(Some(known)),
            None => Err(ActionRefused::Refused(texts.person_unknown().to_owned())),
        }
    }
}

impl Perform for PeopleAction {
    fn name(&self) -> &'static str {
        match self {
            Self::ReadList { .. } => "people.read",
            Self::SetAbsence { .. } => "people.absence",
        }
    }

    fn portal(&self) -> Option<&MemberId> {
        match self {
            Self::ReadList { member_id } | Self::SetAbsence { member_id, .. } => Some(member_id),
        }
    }

    fn subject(&self, language: Language) -> String {
        match self {
            Self::ReadList { .. } => Texts(language).people_read_subject().to_owned(),
            Self::SetAbsence { user, .. } => naming::person(*user, None),
        }
    }

    async fn preview(&self, monitor: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        let texts = Texts(request.language);
        let person = self.person(monitor, texts).await?;
        Ok(match self {
            Self::ReadList { .. } => Preview {
                question: texts.people_read_question().to_owned(),
                effects: vec![texts.people_read_effect().to_owned()],
                needs_reason: false,
                is_destructive: false,
                button: texts.people_read_now().to_owned(),
            },
            Self::SetAbsence { user, until, .. } => {
                let name = person.and_then(|person| person.name);
                Preview {
                    question: texts.absence_question(&naming::person(*user, name.as_deref()), *until),
                    effects: vec![texts.absence_hint().to_owned()],
                    needs_reason: false,
                    is_destructive: false,
                    button: texts.absence_button().to_owned(),
                }
            }
        })
    }

    async fn perform(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        let texts = Texts(request.language);
        let person = self.person(monitor, texts).await?;
        match self {
            Self::ReadList { member_id } => {
                monitor
                    .store
                    .schedule(member_id, STAFF_JOB, Duration::ZERO)
                    .await?;
                Ok(Done::told(texts.people_reading()))
            }
            Self::SetAbsence {
                member_id,
                user,
                until,
            } => {
                monitor.store.set_absence(member_id, *user, *until).await?;
                let before = person.and_then(|person| person.absent_until);
                let message = match until {
                    Some(until) => texts.absence_noted(*until),
                    None => texts.absence_ended().to_owned(),
                };
                Ok(Done::told(message)
                    .changed(json!({"absent_until": before}), json!({"absent_until": until})))
            }
        }
    }
}
