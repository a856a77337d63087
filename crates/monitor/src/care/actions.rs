//! What can be done after a look at a portal: look again, and put a difference aside until there is another.

use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::open::Monitor;
use crate::texts::Texts;
use certlens_domain::language::Language;
use certlens_portals::CanaryReport;
use certlens_store::{AnswerDeviation, MemberId};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CareAction {
    /// Looks at the portal now, as the hourly look does.
    Check {
        /// The portal.
        member_id: MemberId,
    },
    /// Puts a difference aside until there is another.
    HideDeviation {
        /// The portal.
        member_id: MemberId,
        /// The difference.
        id: i64,
    },
    /// The same for all of a portal.
    HideDeviations {
        /// The portal.
        member_id: MemberId,
    },
    /// Takes that back.
    ShowDeviation {
        /// The portal.
        member_id: MemberId,
        /// The difference.
        id: i64,
    },
}

impl CareAction {
    const fn of(&self) -> &MemberId {
        match self {
            Self::Check { member_id }
            | Self::HideDeviation { member_id, .. }
            | Self::HideDeviations { member_id }
            | Self::ShowDeviation { member_id, .. } => member_id,
        }
    }

    async fn deviation(
        &self,
        monitor: &Monitor,
        id: i64,
        texts: Texts,
    ) -> Result<AnswerDeviation, ActionRefused> {
        let found = monitor.store.deviation(self.of(), id).await?;
        found.ok_or_else(|| ActionRefused::Refused(texts.deviation_gone().to_owned()))
    }
}

impl Perform for CareAction {
    fn name(&self) -> &'static str {
        match self {
            Self::Check { .. } => "portals.check",
            Self::HideDeviation { .. } | Self::HideDeviations { .. } => "portals.hide_deviations",
            Self::ShowDeviation { .. } => "portals.show_deviation",
        }
    }

    fn portal(&self) -> Option<&MemberId> {
        Some(self.of())
    }

    fn subject(&self, _: Language) -> String {
        self.of().to_string()
    }

    async fn preview(&self, monitor: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        let texts = Texts(request.language);
        let (question, effects, button) = match self {
            Self::Check { .. } => (
                texts.check_question(),
                vec![texts.check_effect().to_owned()],
                texts.check_now(),
            ),
            Self::HideDeviation { id, .. } => {
                let deviation = self.deviation(monitor, *id, texts).await?;
                (
                    texts.hide_question(),
                    vec![texts.deviation(&deviation), texts.hide_effect().to_owned()],
                    texts.hide_deviation(),
                )
            }
            Self::HideDeviations { member_id } => {
                let all = monitor.store.deviations(member_id).await?;
                let mut effects: Vec<String> = all
                    .iter()
                    .filter(|deviation| deviation.hidden_at.is_none())
                    .take(20)
                    .map(|deviation| texts.deviation(deviation))
                    .collect();
                effects.push(texts.hide_effect().to_owned());
                (texts.hide_question(), effects, texts.hide_deviations())
            }
            Self::ShowDeviation { id, .. } => {
                let deviation = self.deviation(monitor, *id, texts).await?;
                (
                    texts.show_question(),
                    vec![texts.deviation(&deviation)],
                    texts.show_deviation(),
                )
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
        match self {
            Self::Check { member_id } => {
                let platform = certlens_bitrix24::MemberId::parse(member_id.as_str())
                    .map_err(|_| ActionRefused::Refused(texts.portals_empty().to_owned()))?;
                let report = monitor.portals.check(&platform).await?;
                monitor.portals.keep_deviations().await?;
                Ok(Done::told(looked(texts, &report)))
            }
            Self::HideDeviation { member_id, id } => {
                let deviation = self.deviation(monitor, *id, texts).await?;
                let by = request.viewer.actor().name;
                monitor.store.hide_deviations(member_id, Some(*id), &by).await?;
                Ok(Done::told(texts.hidden(1)).changed(
                    json!({"method": deviation.method, "field": deviation.field, "hidden": false}),
                    json!({"method": deviation.method, "field": deviation.field, "hidden": true}),
                ))
            }
            Self::HideDeviations { member_id } => {
                let by = request.viewer.actor().name;
                let hidden = monitor.store.hide_deviations(member_id, None, &by).await?;
                Ok(Done::told(texts.hidden(hidden)).changed(json!({"hidden": 0}), json!({"hidden": hidden})))
            }
            Self::ShowDeviation { member_id, id } => {
                if monitor.store.show_deviation(member_id, *id).await? {
                    Ok(Done::told(texts.shown()).changed(json!({"hidden": true}), json!({"hidden": false})))
                } else {
                    Err(ActionRefused::Refused(texts.deviation_gone().to_owned()))
                }
            }
        }
    }
}

/// What a look found, in a sentence.
fn looked(texts: Texts, report: &CanaryReport) -> String {
    match report.failure() {
        None if !report.saw_the_portal() => texts.check_saw_nothing().to_owned(),
        None => texts.check_passed().to_owned(),
        Some(failure) => texts.check_failed(failure.step, &failure.words),
    }
}
