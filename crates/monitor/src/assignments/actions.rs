//! Sending items to a person whom the rules would not have found.

use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::form::{FieldRefused, Submission};
use crate::naming;
use crate::open::Monitor;
use crate::texts::Texts;
use certlens_domain::language::Language;
use certlens_store::{ItemId, KnownUser, MemberId, UserId, WorkId};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The form by which items are assigned.
pub(crate) const ASSIGN_FORM: &str = "assign";

/// What can be done about assignments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AssignmentAction {
    /// Sends items to a person, whatever the rules say.
    Assign {
        /// The portal.
        member_id: MemberId,
        /// Which items; `None`: all that nobody can take.
        items: Option<Vec<WorkId>>,
        /// To whom.
        user: UserId,
    },
}

impl AssignmentAction {
    /// What a form asks for.
    pub(crate) fn of_form(submission: &Submission, language: Language) -> Result<Self, FieldRefused> {
        let texts = Texts(language);
        let member_id = submission.value("member_id").unwrap_or_default();
        let member_id =
            MemberId::parse(member_id).map_err(|error| FieldRefused::of("member_id", error.to_string()))?;
        let item = submission
            .value("item")
            .map(|item| format!("item-{item}").parse::<WorkId>())
            .transpose()
            .map_err(|error| FieldRefused::of("item", error.to_string()))?;
        let user = submission
            .value("user")
            .and_then(|user| user.parse().ok())
            .ok_or_else(|| FieldRefused::of("user", texts.assign_nobody()))?;
        Ok(Self::Assign {
            member_id,
            items: item.map(|item| vec![item]),
            user: UserId(user),
        })
    }

    /// The person, if they can take anything.
    async fn person(&self, monitor: &Monitor, texts: Texts) -> Result<KnownUser, ActionRefused> {
        let Self::Assign { member_id, user, .. } = self;
        let known = monitor.store.known_user(member_id, *user).await?;
        let nobody = || FieldRefused::of("user", texts.assign_nobody());
        let known = known
            .filter(|known| known.is_active == Some(true))
            .ok_or_else(nobody)?;
        match known.absent_until {
            Some(until) if until >= chrono::Utc::now().date_naive() => {
                Err(FieldRefused::of("user", texts.person_is_away(until)).into())
            }
            _ => Ok(known),
        }
    }

    fn items(&self) -> Option<Vec<ItemId>> {
        let Self::Assign { items, .. } = self;
        let of = |work: &WorkId| match work {
            WorkId::Item(id) => Some(*id),
            WorkId::Event(_) | WorkId::Job(..) => None,
        };
        items.as_ref().map(|items| items.iter().filter_map(of).collect())
    }
}

fn name_of(person: &KnownUser) -> String {
    naming::person(person.user_id, person.name.as_deref())
}

impl Perform for AssignmentAction {
    fn name(&self) -> &'static str {
        "assignments.assign"
    }

    fn portal(&self) -> Option<&MemberId> {
        let Self::Assign { member_id, .. } = self;
        Some(member_id)
    }

    fn subject(&self, language: Language) -> String {
        let Self::Assign { items, .. } = self;
        match items {
            Some(items) => items
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            None => Texts(language).assign_all_subject().to_owned(),
        }
    }

    async fn preview(&self, monitor: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        let texts = Texts(request.language);
        let person = self.person(monitor, texts).await?;
        let items = self.items().map(|items| items.len());
        Ok(Preview {
            question: texts.assign_question(items, &name_of(&person)),
            effects: vec![texts.assign_hint().to_owned()],
            needs_reason: false,
            is_destructive: false,
            button: texts.assign_button().to_owned(),
        })
    }

    async fn perform(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        let texts = Texts(request.language);
        let person = self.person(monitor, texts).await?;
        let Self::Assign { member_id, user, .. } = self;
        let items = self.items();
        let assigned = monitor
            .store
            .assign_items(member_id, items.as_deref(), *user)
            .await?;
        if assigned == 0 {
            return Err(ActionRefused::Refused(texts.assign_nothing().to_owned()));
        }
        let done = Done::told(texts.assigned(assigned, &name_of(&person)));
        Ok(done.changed(
            json!({"assigned_to": null}),
            json!({"assigned_to": user, "items": assigned}),
        ))
    }
}
