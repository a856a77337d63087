//! Each portal's tokens and bindings: as they were last seen, or as the portal says now.

use super::finding::Finding;
use crate::command::sentences;
use crate::configuration::Configuration;
use crate::data::Data;
use crate::state;
use certlens_bitrix24::MemberId;
use certlens_portals::{BindingPresence, BindingsLook, Need, Portals};
use certlens_store::{Portal, PortalState};
use futures::{StreamExt as _, stream};
use std::error::Error;
use std::time::Duration;

/// Portals that are asked at the same time.
const AT_ONCE: usize = 8;
/// A portal that says nothing for so long is silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks at all portals that have not removed the application. `asks`: at the portals themselves, too.
pub(super) async fn look(configuration: &Configuration, data: &Data, asks: bool) -> Vec<Finding> {
    let unread = |what: String| {
        vec![Finding::problem(
            "portals",
            what,
            "look at the database and at the settings",
        )]
    };
    let portals = match state::services(configuration, data) {
        Ok(services) => services.portals,
        Err(error) => return unread(format!("{error:#}")),
    };
    let known = match data.store().portals().await {
        Ok(known) => known,
        Err(error) => return unread(error.to_string()),
    };
    let present: Vec<Portal> = known
        .into_iter()
        .filter(|portal| portal.state != PortalState::Uninstalled)
        .collect();
    let number = present.len();
    let looked: Vec<Vec<Finding>> = stream::iter(present)
        .map(|portal| of_portal(&portals, portal, asks))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let fine = looked.iter().filter(|findings| findings.is_empty()).count();
    let how = if asks {
        "as they say now"
    } else {
        "as they were last seen"
    };
    let mut findings = vec![Finding::fine(
        "portals",
        format!("{fine} of {number} in order, {how}"),
    )];
    findings.extend(looked.into_iter().flatten());
    findings
}

async fn of_portal(portals: &Portals, portal: Portal, asks: bool) -> Vec<Finding> {
    let check = format!("portal {}", portal.address.domain);
    let looked = async {
        let member_id = MemberId::parse(portal.member_id.as_str())
            .map_err(|error| Box::new(error) as Box<dyn Error + Send + Sync>)?;
        let look = if asks {
            Some(ask(portals, &member_id).await)
        } else {
            None
        };
        // Afterwards: asking may have ended a chain of tokens.
        Ok::<_, Box<dyn Error + Send + Sync>>((portals.inspect(&member_id).await?, look))
    };
    match looked.await {
        Err(error) => vec![Finding::problem(
            check,
            error.to_string(),
            "look at the database and at the secret key",
        )],
        Ok((inspection, look)) => {
            let mut findings: Vec<Finding> = inspection
                .needs
                .iter()
                .map(|need| of_need(&check, need))
                .collect();
            // Whatever is known already explains a portal's silence.
            if let Some(look) = look
                && findings.is_empty()
            {
                findings.extend(of_look(&check, portal.member_id.as_str(), look));
            }
            findings
        }
    }
}

async fn ask(portals: &Portals, member_id: &MemberId) -> Result<BindingsLook, String> {
    match tokio::time::timeout(PATIENCE, portals.look_at_bindings(member_id)).await {
        Ok(Ok(look)) => Ok(look),
        Ok(Err(error)) => Err(sentences(&error)),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// What only people can do is a problem; what the portal itself lacks, or a repair mends, is a warning.
fn of_need(check: &str, need: &Need) -> Finding {
    let what = match need {
        Need::Portal(_) => return Finding::warning(check, "refuses the application", need.to_string()),
        Need::Repair { .. } => {
            return Finding::warning(check, "something is missing or fails", need.to_string());
        }
        Need::Install { .. } => "does not have the application",
        Need::OpenApplication { .. } => "has no valid tokens",
        Need::MakeApplication { .. } => "may have lost its application",
        Need::EnterSecret { .. } => "can't renew its tokens",
        Need::AdministratorMissing { .. } => "has no tokens of an administrator",
        Need::EventsUnproved { .. } => "sends events that can't be believed",
    };
    Finding::problem(check, what, need.to_string())
}

fn of_look(check: &str, member_id: &str, look: Result<BindingsLook, String>) -> Option<Finding> {
    let repair = format!("certlens portal repair {member_id}");
    let look = match look {
        Ok(look) => look,
        Err(why) => return Some(Finding::problem(check, format!("can't be asked: {why}"), repair)),
    };
    let wrong: Vec<String> = look
        .bindings
        .iter()
        .filter_map(|(name, _, presence)| match presence {
            BindingPresence::Present => None,
            BindingPresence::Missing => Some(format!("{name} is missing")),
            BindingPresence::Altered => Some(format!("{name} was altered")),
            BindingPresence::Unknown(why) => Some(format!("{name}: {why}")),
        })
        .collect();
    (!wrong.is_empty()).then(|| Finding::problem(check, wrong.join(", "), repair))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    fn look(presence: BindingPresence) -> BindingsLook {
        BindingsLook {
            at: chrono::Utc::now(),
            bindings: vec![("CRM_DEAL_DETAIL_TAB".to_owned(), true, presence)],
            left_overs: Vec::new(),
            is_installed: Some(true),
        }
    }

    #[test]
    fn missing_tab_and_silent_portal_are_problems_with_the_command_that_mends_them() {
        assert!(of_look("portal a", "5f", Ok(look(BindingPresence::Present))).is_none());
        for wrong in [Ok(look(BindingPresence::Missing)), Err("no answer".to_owned())] {
            let finding = of_look("portal a", "5f", wrong).unwrap();
            assert_eq!(finding.verdict, Verdict::Problem);
            assert_eq!(finding.remedy.as_deref(), Some("certlens portal repair 5f"));
        }
    }

    #[test]
    fn what_only_people_can_do_is_a_problem_and_a_repair_a_warning() {
        let open = Need::OpenApplication {
            link: "https://a/".to_owned(),
        };
        let repair = Need::Repair {
            missing: Vec::new(),
            failing: vec!["crawl".to_owned()],
            failed_events: 0,
        };
        assert_eq!(of_need("portal a", &open).verdict, Verdict::Problem);
        assert_eq!(of_need("portal a", &repair).verdict, Verdict::Warning);
    }
}
