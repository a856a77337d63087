//! The application as a portal knows it: key pair, addresses of its card, and the installation.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::State;
use super::events::{EventAuthorization, EventNotice};
use crate::random;

/// Where an application came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// From the Market: one key pair for all portals.
    #[default]
    Market,
    /// Made for one portal, with a key pair of its own.
    Local,
}

/// The application's key pair and the addresses of its card.
#[derive(Debug, Clone, Default)]
pub(crate) struct Application {
    /// Its client identifier.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// Where it came from.
    pub kind: ApplicationKind,
    /// The main page; `/bitrix/app` of the application under test when left out.
    pub main_url: Option<String>,
    /// The installer; `/bitrix/install` of the application under test when left out.
    pub install_url: Option<String>,
    /// The target of the authorization-code flow; the option `login_path` when left out.
    pub login_url: Option<String>,
    /// Gets `ONAPPINSTALL` and `ONAPPUNINSTALL` besides bound handlers.
    pub event_url: Option<String>,
}

/// The application on this portal.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    /// Whether `installFinish` came; before that, widgets stay hidden.
    pub finished: bool,
    /// The shared secret of this installation.
    pub application_token: String,
    /// Which installation this is; tokens of earlier ones are dead.
    pub generation: u32,
    /// When the installation began.
    pub begun: DateTime<Utc>,
}

/// What an uninstallation does to the application's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clean {
    /// The administrator keeps it.
    Keep,
    /// The administrator has it deleted.
    Delete,
}

impl State {
    /// The application on this portal; begins an installation when there is none.
    pub(crate) fn ensure_installation(&mut self) -> Installation {
        if let Some(installation) = &self.installation {
            return installation.clone();
        }
        self.generations += 1;
        let installation = Installation {
            finished: false,
            application_token: random::token(),
            generation: self.generations,
            begun: self.clock.now(),
        };
        self.installation = Some(installation.clone());
        installation
    }

    /// Marks the installation finished: widgets appear, and `ONAPPINSTALL` goes out the first time.
    pub(crate) fn finish_installation(&mut self) {
        self.ensure_installation();
        let was_finished = self.is_installed();
        if let Some(installation) = &mut self.installation {
            installation.finished = true;
        }
        if was_finished {
            return;
        }
        let administrator = self.administrator();
        let data = json!({"VERSION": "1", "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": self.language});
        let authorization = EventAuthorization::RefreshableTokens(administrator);
        self.send_to_application("ONAPPINSTALL", &data, &authorization);
    }

    /// Removes the application without telling it: its bindings go, its tokens are dead.
    pub(crate) fn uninstall(&mut self) {
        self.installation = None;
        self.placements.clear();
        self.events.clear();
        self.offline.erase();
        self.acquainted.clear();
    }

    /// Removes the application and sends `ONAPPUNINSTALL`, which is authenticated by `application_token` only.
    pub(crate) fn uninstall_with_event(&mut self, clean: Clean) {
        let clean_flag = if clean == Clean::Delete { "1" } else { "0" };
        let data = json!({"LANGUAGE_ID": self.language, "CLEAN": clean_flag});
        if self.installation.is_some() {
            self.send_to_application("ONAPPUNINSTALL", &data, &EventAuthorization::None);
        }
        self.uninstall();
        if clean == Clean::Delete {
            self.app_options.clear();
            self.user_options.clear();
        }
    }

    /// Sends an event of the application's life to bound handlers and to the card's handler, each address once.
    pub(crate) fn send_to_application(
        &mut self,
        event: &str,
        data: &Value,
        authorization: &EventAuthorization,
    ) {
        let mut handlers = self.handlers_of(event);
        handlers.extend(self.application.event_url.clone());
        handlers.sort();
        handlers.dedup();
        for handler in handlers {
            let notice = EventNotice {
                event,
                data,
                authorization: authorization.clone(),
                application_token: None,
            };
            self.send_event(&handler, &notice);
        }
    }
}
