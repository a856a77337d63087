//! Recounts by hand: the operator asks for one, whoever leads runs it.

use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::open::Monitor;
use crate::texts::Texts;
use certlens_domain::language::Language;
use certlens_store::{MemberId, RecountOccasion};
use serde::{Deserialize, Serialize};

/// What can be done about recounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecountAction {
    /// Looks for news of all tracked identifiers now.
    Everything {},
}

impl Perform for RecountAction {
    fn name(&self) -> &'static str {
        "recount.everything"
    }

    fn portal(&self) -> Option<&MemberId> {
        None
    }

    fn subject(&self, language: Language) -> String {
        Texts(language).recount_of_everything().to_owned()
    }

    async fn preview(&self, _: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        let texts = Texts(request.language);
        Ok(Preview {
            question: texts.recount_everything_question().to_owned(),
            effects: vec![texts.recount_everything_effect().to_owned()],
            needs_reason: false,
            is_destructive: false,
            button: texts.recount_now().to_owned(),
        })
    }

    async fn perform(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        let run = monitor.store.request_recount(RecountOccasion::Interface).await?;
        Ok(Done::told(
            Texts(request.language).recount_requested(&run.to_string()),
        ))
    }
}
