//! What can be done about a tracked identifier: a recount of it alone, at once.

use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::open::Monitor;
use crate::texts::Texts;
use certlens_domain::language::Language;
use certlens_store::{MemberId, TrackedQuery};
use certlens_tracking::recounting::recount_identifier;
use serde::{Deserialize, Serialize};

/// What can be done about a tracked identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierAction {
    /// Looks for its news at once.
    Recount {
        /// The identifier, as it is tracked.
        identifier: String,
        /// The portal of an administrator; the operator names none.
        #[serde(default)]
        member_id: Option<MemberId>,
    },
}

impl Perform for IdentifierAction {
    fn name(&self) -> &'static str {
        "identifier.recount"
    }

    fn portal(&self) -> Option<&MemberId> {
        let Self::Recount { member_id, .. } = self;
        member_id.as_ref()
    }

    fn subject(&self, _: Language) -> String {
        let Self::Recount { identifier, .. } = self;
        identifier.clone()
    }

    async fn preview(&self, _: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        let texts = Texts(request.language);
        let Self::Recount { identifier, .. } = self;
        Ok(Preview {
            question: texts.identifier_recount_question(identifier),
            effects: vec![texts.recount_everything_effect().to_owned()],
            needs_reason: false,
            is_destructive: false,
            button: texts.recount_now().to_owned(),
        })
    }

    async fn perform(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        let texts = Texts(request.language);
        let Self::Recount {
            identifier,
            member_id,
        } = self;
        let query = TrackedQuery {
            member_id: member_id.as_ref(),
            prefix: Some(identifier),
            limit: 1,
            ..TrackedQuery::default()
        };
        let tracked = monitor.store.tracked_identifiers(&query).await?;
        if !tracked.iter().any(|tracked| tracked.identifier == *identifier) {
            return Err(ActionRefused::Refused(texts.identifier_not_tracked().to_owned()));
        }
        let (_, outcome) = recount_identifier(&monitor.tracking, identifier)
            .await
            .map_err(|error| ActionRefused::Failed {
                what: texts.identifier_not_recounted().to_owned(),
                source: Box::new(error),
            })?;
        Ok(Done::told(texts.identifier_recounted(identifier, outcome.found)))
    }
}
