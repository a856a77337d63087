//! Everything the simulated portal remembers, in memory, behind one lock.
//!
//! Plain data and its rules; no HTTP and no HTML here.

pub(crate) mod crm;
pub(crate) mod grants;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;
use serde_json::Value;

use crate::fault::RestFault;
use crate::random;
use crate::seed::{Seed, SeedUser};
use crm::Crm;
use grants::Grants;

/// How many requests the log keeps.
const LOG_CAPACITY: usize = 1_000;

/// Where everything answers, and who the application is.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    /// The portal's host with its port, `portal-a.localhost:8081`.
    pub portal_host: String,
    /// The authorization server's host with its port.
    pub authorization_host: String,
    /// The application under test, without a final slash.
    pub app_url: String,
}

impl Addresses {
    /// The portal's origin.
    pub(crate) fn portal_url(&self) -> String {
        format!("http://{}", self.portal_host)
    }

    /// The authorization server's origin.
    pub(crate) fn authorization_url(&self) -> String {
        format!("http://{}", self.authorization_host)
    }
}

/// The application's key pair.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    /// Its client identifier.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
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
}

/// A place bound by the application.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Binding {
    /// The placement's code in upper case.
    pub placement: String,
    /// The address it opens.
    pub handler: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Titles by language, as they were given.
    pub languages: Value,
}

impl Binding {
    /// The title in a language, or the general one.
    pub(crate) fn title_in(&self, language: &str) -> String {
        let localized = self
            .languages
            .get(language)
            .and_then(|texts| texts.get("TITLE"))
            .and_then(Value::as_str);
        [localized.unwrap_or_default(), &self.title, "Application"]
            .into_iter()
            .find(|title| !title.is_empty())
            .unwrap_or_default()
            .to_owned()
    }
}

/// An event handler bound by the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventBinding {
    /// The event's name in upper case.
    pub event: String,
    /// The address it calls.
    pub handler: String,
}

/// A request that came in.
#[derive(Debug, Clone, Serialize)]
pub struct LogEntry {
    /// `portal` or `authorization`.
    pub server: &'static str,
    /// The REST method; inside a batch each command has an entry with `in_batch`.
    pub method: String,
    /// The token's user, when it was good.
    pub user_id: Option<u64>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Whether it was a command of a batch.
    pub in_batch: bool,
}

/// The portal's memory.
#[derive(Debug)]
pub(crate) struct State {
    /// Where everything answers.
    pub addresses: Addresses,
    /// The application's key pair.
    pub application: Application,
    /// The portal's 32 digits.
    pub member_id: String,
    /// The portal's name.
    pub name: String,
    /// The language of a new visitor.
    pub language: String,
    /// Users by number.
    pub users: BTreeMap<u64, SeedUser>,
    /// Companies, leads, deals.
    pub crm: Crm,
    /// The application on this portal, finished or not.
    pub installation: Option<Installation>,
    /// Tokens.
    pub grants: Grants,
    /// Bound places in the order of binding.
    pub placements: Vec<Binding>,
    /// Bound events.
    pub events: Vec<EventBinding>,
    /// The application's options.
    pub app_options: BTreeMap<String, Value>,
    /// The application's options of each user.
    pub user_options: BTreeMap<(u64, String), Value>,
    /// Users who opened the application before.
    pub acquainted: BTreeSet<u64>,
    /// Switched-on faults of the REST interface.
    pub faults: BTreeSet<RestFault>,
    log: VecDeque<LogEntry>,
    generations: u32,
}

impl State {
    /// The portal as the seed says, without the application.
    pub(crate) fn new(seed: Seed, addresses: Addresses, application: Application) -> Self {
        Self {
            addresses,
            application,
            member_id: seed.portal.member_id.clone(),
            name: seed.portal.name.clone(),
            language: seed.portal.lang.clone(),
            users: seed.users.iter().map(|user| (user.id, user.clone())).collect(),
            crm: Crm::new(seed.companies, seed.leads, seed.deals),
            installation: None,
            grants: Grants::default(),
            placements: Vec::new(),
            events: Vec::new(),
            app_options: BTreeMap::new(),
            user_options: BTreeMap::new(),
            acquainted: BTreeSet::new(),
            faults: BTreeSet::new(),
            log: VecDeque::new(),
            generations: 0,
        }
    }

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
        };
        self.installation = Some(installation.clone());
        installation
    }

    /// Marks the installation finished: widgets appear.
    pub(crate) fn finish_installation(&mut self) {
        self.ensure_installation();
        if let Some(installation) = &mut self.installation {
            installation.finished = true;
        }
    }

    /// Removes the application: its bindings go, its tokens are dead.
    pub(crate) fn uninstall(&mut self) {
        self.installation = None;
        self.placements.clear();
        self.events.clear();
        self.acquainted.clear();
    }

    /// Whether widgets are shown.
    pub(crate) fn is_installed(&self) -> bool {
        self.installation
            .as_ref()
            .is_some_and(|installation| installation.finished)
    }

    /// The user, if there is one of that number.
    pub(crate) fn user(&self, id: u64) -> Option<&SeedUser> {
        self.users.get(&id)
    }

    /// Whether the user administers the portal.
    pub(crate) fn is_admin(&self, id: u64) -> bool {
        self.user(id).is_some_and(|user| user.admin)
    }

    /// The administrator who installs applications.
    pub(crate) fn administrator(&self) -> u64 {
        self.users
            .values()
            .find(|user| user.admin)
            .or_else(|| self.users.values().next())
            .map_or(1, |user| user.id)
    }

    /// Writes a request down, forgetting the oldest.
    pub(crate) fn record(&mut self, entry: LogEntry) {
        if self.log.len() == LOG_CAPACITY {
            self.log.pop_front();
        }
        self.log.push_back(entry);
    }

    /// The requests that came in, oldest first.
    pub(crate) fn log(&self) -> Vec<LogEntry> {
        self.log.iter().cloned().collect()
    }

    /// Forgets the requests.
    pub(crate) fn clear_log(&mut self) {
        self.log.clear();
    }
}
