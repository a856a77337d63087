//! What people have to do so that a portal works again. Pure: from what is known to what is to be done.
//!
//! What Certlens can do by itself (binding what is missing, repeating what failed) is a [`Need::Repair`], one button;
//! what only people can do names who, where and what they find there.

use certlens_store::PortalState;
use url::Url;

use super::{ApplicationKeys, PortalInspection, notice_of_reason};
use crate::notice::PortalNotice;
use crate::reconcile::BindingOutcome;

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// The application is not on the portal: an administrator installs it. A market application from the list of
    /// applications; a local one is made anew when it is not there any more ([`Need::MakeApplication`]).
    Install {
        /// The portal's list of applications.
        link: String,
    },
    /// An administrator of the portal opens the application's page there once: that brings new tokens.
    OpenApplication {
        /// The application's page on the portal, or its list of applications where the number is unknown.
        link: String,
    },
    /// The local application, or its keys, were deleted: an administrator makes one anew with these addresses, and its
    /// keys are entered here.
    MakeApplication {
        /// Where an administrator makes one.
        link: String,
        /// What to enter there as the handler's address.
        handler: String,
        /// What to enter there as the address of the first installation.
        installer: String,
    },
    /// The secret of this application is not known here: tokens can't be renewed.
    EnterSecret {
        /// The application's client id.
        client_id: String,
        /// Whether it is the market application, whose secret is this service's configuration.
        is_market: bool,
    },
    /// The portal refuses its interface; what that means, and since when is the portal's state.
    Portal(PortalNotice),
    /// Bindings are missing or old, or work failed: [`crate::Portals::repair`] tends to it.
    Repair {
        /// Missing bindings, by their names.
        missing: Vec<String>,
        /// Kinds of work that failed last time.
        failing: Vec<String>,
        /// Events that were given up.
        failed_events: i64,
    },
    /// Only people who are no administrators have living tokens: bindings can't be changed with them. An administrator
    /// opens the application's page once.
    AdministratorMissing {
        /// The application's page on the portal.
        link: String,
    },
    /// Events of the portal can't be authenticated: an administrator opens the application's page once.
    EventsUnproved {
        /// The application's page on the portal.
        link: String,
    },
}

impl Need {
    /// The stable key, for texts.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Install { .. } => "install",
            Self::OpenApplication { .. } => "open_application",
            Self::MakeApplication { .. } => "make_application",
            Self::EnterSecret { .. } => "enter_secret",
            Self::Portal(_) => "portal",
            Self::Repair { .. } => "repair",
            Self::AdministratorMissing { .. } => "administrator_missing",
            Self::EventsUnproved { .. } => "events_unproved",
        }
    }

    /// Where the need is met on the portal.
    pub fn link(&self) -> Option<&str> {
        match self {
            Self::Install { link }
            | Self::OpenApplication { link }
            | Self::MakeApplication { link, .. }
            | Self::AdministratorMissing { link }
            | Self::EventsUnproved { link } => Some(link),
            Self::EnterSecret { .. } | Self::Portal(_) | Self::Repair { .. } => None,
        }
    }
}

impl std::fmt::Display for Need {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Install { link } => write!(
                formatter,
                "the application is not on the portal: ask an administrator of the portal to install it from {link}"
            ),
            Self::OpenApplication { link } => write!(
                formatter,
                "no valid token is left: ask an administrator of the portal to open {link} once (and to install the \
                 application again, should it not be there)"
            ),
            Self::MakeApplication {
                link,
                handler,
                installer,
            } => write!(
                formatter,
                "if the application is no longer there, it was deleted with its keys: ask an administrator to make a \
                 local application at {link} with the handler {handler} and the installation address {installer}, \
                 enter its client_id and client_secret here (certlens portal application add), and open it once"
            ),
            Self::EnterSecret {
                client_id,
                is_market: true,
            } => write!(
                formatter,
                "the secret of {client_id} is unknown, so tokens can't be renewed: set CERTLENS_BITRIX_CLIENT_SECRET \
                 and start the service anew"
            ),
            Self::EnterSecret { client_id, .. } => write!(
                formatter,
                "the secret of {client_id} is unknown, so tokens can't be renewed: enter it here (certlens portal \
                 application add {client_id})"
            ),
            Self::Portal(notice) => formatter.write_str(of_notice(notice)),
            Self::Repair {
                missing,
                failing,
                failed_events,
            } => {
                let mut parts = Vec::new();
                if !missing.is_empty() {
                    parts.push(format!("missing on the portal: {}", missing.join(", ")));
                }
                if !failing.is_empty() {
                    parts.push(format!("work that fails: {}", failing.join(", ")));
                }
                if *failed_events > 0 {
                    parts.push(format!("events that were given up: {failed_events}"));
                }
                write!(
                    formatter,
                    "{}; press repair (certlens portal repair)",
                    parts.join("; ")
                )
            }
            Self::AdministratorMissing { link } => write!(
                formatter,
                "no administrator's token is left, so tabs and events can't be put in order: ask an administrator of \
                 the portal to open {link} once"
            ),
            Self::EventsUnproved { link } => write!(
                formatter,
                "the portal's events can't be authenticated: ask an administrator of the portal to open {link} once"
            ),
        }
    }
}

const fn of_notice(notice: &PortalNotice) -> &'static str {
    match notice {
        PortalNotice::PaymentRequired => {
            "the portal's paid period is over: ask its administrator to renew the application's subscription"
        }
        PortalNotice::AppRestricted => {
            "the portal closed the application to our users, or its plan has no REST interface: ask its administrator \
             to open the application to everybody who works with the CRM, and to look at the plan"
        }
        PortalNotice::Throttled => "the portal blocks requests for a while because there were too many: wait",
        PortalNotice::NotOperational => {
            "the portal answers with a page of its own (maintenance, an expired licence, deletion): ask its \
             administrator whether it works"
        }
        PortalNotice::Moved => {
            "the portal moved: ask its administrator to open the application at the new address"
        }
        PortalNotice::UserDeactivated | PortalNotice::NeedsReauth => {
            "no valid token is left: ask an administrator of the portal to open the application once"
        }
        PortalNotice::Silent => "the portal does not answer: wait, and look whether it is there",
    }
}

/// The application's page on the portal; its list of applications where the number is unknown.
fn page_of(inspection: &PortalInspection) -> String {
    let origin = inspection.portal.address.origin.trim_end_matches('/');
    match inspection.figures.application_number {
        Some(number) => format!("{origin}/marketplace/app/{number}/"),
        None => applications_of(inspection),
    }
}

fn applications_of(inspection: &PortalInspection) -> String {
    format!(
        "{}/marketplace/",
        inspection.portal.address.origin.trim_end_matches('/')
    )
}

/// What has to be done, the most urgent first.
pub(super) fn of(inspection: &PortalInspection, public_url: &Url) -> Vec<Need> {
    let mut needs = Vec::new();
    let address = |path: &str| {
        public_url
            .join(path)
            .map_or_else(|_| path.to_owned(), String::from)
    };
    let remake = || Need::MakeApplication {
        link: format!(
            "{}/devops/",
            inspection.portal.address.origin.trim_end_matches('/')
        ),
        handler: address("bitrix/app"),
        installer: address("bitrix/install"),
    };
    let is_local = matches!(inspection.keys, ApplicationKeys::Local { .. });
    match inspection.portal.state {
        PortalState::Uninstalled => {
            needs.push(Need::Install {
                link: applications_of(inspection),
            });
            needs.extend(is_local.then(remake));
            return needs;
        }
        PortalState::Suspended => {
            let reason = inspection.portal.state_reason.as_deref().unwrap_or_default();
            needs.push(Need::Portal(notice_of_reason(reason)));
        }
        PortalState::Installing | PortalState::Installed | PortalState::NeedsReauth => {}
    }
    if let (Some(client_id), false) = (inspection.keys.client_id(), inspection.keys.are_known()) {
        needs.push(Need::EnterSecret {
            client_id: client_id.to_owned(),
            is_market: !is_local,
        });
    }
    let has_chain = inspection.living_chains().next().is_some();
    let has_administrator = inspection.living_chains().any(|chain| chain.is_administrator);
    if !has_chain || inspection.portal.state == PortalState::NeedsReauth {
        needs.push(Need::OpenApplication {
            link: page_of(inspection),
        });
        needs.extend(is_local.then(remake));
    } else if !has_administrator {
        needs.push(Need::AdministratorMissing {
            link: page_of(inspection),
        });
    }
    if has_chain && !inspection.portal.has_application_token {
        needs.push(Need::EventsUnproved {
            link: page_of(inspection),
        });
    }
    needs.extend(repair(inspection));
    needs
}

/// What we can tend to ourselves.
fn repair(inspection: &PortalInspection) -> Option<Need> {
    let missing: Vec<String> = inspection
        .bindings
        .iter()
        .flat_map(|report| &report.bindings)
        .filter(|binding| matches!(binding.outcome, BindingOutcome::Failed(_)))
        .map(|binding| binding.name.clone())
        .collect();
    let failing: Vec<String> = inspection
        .failing_jobs()
        .map(|(job, _)| job.kind.clone())
        .collect();
    let failed_events = inspection.failed_events.iter().map(|failed| failed.events).sum();
    let is_needed = !missing.is_empty() || !failing.is_empty() || failed_events > 0;
    is_needed.then_some(Need::Repair {
        missing,
        failing,
        failed_events,
    })
}

#[cfg(test)]
mod tests;
