//! Everything that one simulated portal remembers, in memory, behind one lock.
//!
//! Plain data and its rules; no HTTP and no HTML here. The world around it, other portals and the authorization
//! server, is in [`crate::world`].

pub(crate) mod application;
pub(crate) mod crm;
pub(crate) mod events;
pub(crate) mod grants;
pub(crate) mod journal;
pub(crate) mod limits;
pub(crate) mod offline;
pub(crate) mod operating;
pub(crate) mod outbox;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::clock::Clock;
use crate::fault::{Faults, RestFault};
use crate::mutation::Mutation;
use crate::seed::{Seed, SeedDepartment, SeedUser};
pub(crate) use application::Clean;
pub(crate) use application::{Application, Installation};
use crm::Crm;
pub(crate) use events::EventBinding;
use grants::Grants;
pub(crate) use journal::LogEntry;
use journal::{Journal, RequestDetails};
use limits::Limits;
use offline::OfflineQueue;
use operating::Operating;
use outbox::{DeliveryOrder, Outbox};

/// The secret of the webhook that each portal has from the start, of its first administrator.
pub(crate) const WEBHOOK_SECRET: &str = "simulatorwebhook";

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

    /// The portal's host without the port.
    pub(crate) fn portal_name(&self) -> &str {
        self.portal_host
            .split(':')
            .next()
            .unwrap_or(self.portal_host.as_str())
    }

    /// The authorization server's origin.
    pub(crate) fn authorization_url(&self) -> String {
        format!("http://{}", self.authorization_host)
    }
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

/// With what a request is authorized: budgets of time are counted by it, and some methods refuse webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Credential {
    /// A token of the application.
    #[default]
    Application,
    /// An inbound webhook.
    Webhook,
}

/// What a portal shares with the others.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// The portal's number, from 1.
    pub number: u32,
    /// The clock.
    pub clock: Clock,
    /// The numbering of requests.
    pub sequence: Arc<AtomicU64>,
    /// Who delivers events.
    pub deliveries: UnboundedSender<DeliveryOrder>,
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
    /// Departments by number.
    pub departments: BTreeMap<u64, SeedDepartment>,
    /// Scopes that the application has besides the usual ones.
    pub more_scopes: BTreeSet<String>,
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
    /// Switched-on faults.
    pub faults: Faults,
    /// How answers differ from the documented ones.
    pub mutations: Vec<Mutation>,
    /// Users who may not be made responsible, although they are there.
    pub refused_users: BTreeSet<u64>,
    /// The clock.
    pub clock: Clock,
    /// Deliveries of events.
    pub outbox: Outbox,
    /// Queued offline events.
    pub offline: OfflineQueue,
    /// The limit of requests.
    pub limits: Limits,
    /// The budget of execution time.
    pub operating: Operating,
    /// The requests that came in.
    pub journal: Journal,
    /// Inbound webhooks: user and secret.
    pub webhooks: BTreeSet<(u64, String)>,
    /// By what the request being answered is authorized.
    pub credential: Credential,
    /// The `auth_connector` of the request being answered.
    pub connector: String,
    /// Whether the request being answered is a batch.
    pub in_batch: bool,
    /// Whether the portal is self-hosted.
    pub is_box: bool,
    /// Whether `/oauth/token/` on the portal's host is passed on to the authorization server.
    pub proxies_tokens: bool,
    /// How long each REST call takes.
    pub latency: Duration,
    /// The path of the application's handler of the authorization-code flow.
    pub login_path: String,
    generations: u32,
}

impl State {
    /// The portal as the seed says, without the application.
    pub(crate) fn new(mut seed: Seed, addresses: Addresses, application: Application) -> Self {
        Self {
            addresses,
            application,
            member_id: seed.portal.member_id.clone(),
            name: seed.portal.name.clone(),
            language: seed.portal.lang.clone(),
            users: seed.users.iter().map(|user| (user.id, user.clone())).collect(),
            departments: seed
                .departments
                .iter()
                .map(|department| (department.id, department.clone()))
                .collect(),
            more_scopes: BTreeSet::new(),
            crm: Crm::of_seed(&mut seed),
            installation: None,
            grants: Grants::default(),
            placements: Vec::new(),
            events: Vec::new(),
            app_options: BTreeMap::new(),
            user_options: BTreeMap::new(),
            acquainted: BTreeSet::new(),
            faults: Faults::default(),
            mutations: Vec::new(),
            refused_users: BTreeSet::new(),
            clock: Clock::default(),
            outbox: Outbox::default(),
            offline: OfflineQueue::default(),
            limits: Limits::default(),
            operating: Operating::default(),
            journal: Journal::default(),
            webhooks: BTreeSet::new(),
            credential: Credential::default(),
            connector: String::new(),
            in_batch: false,
            is_box: false,
            proxies_tokens: true,
            latency: Duration::ZERO,
            login_path: "/bitrix/login".to_owned(),
            generations: 0,
        }
    }

    /// Puts the portal among others.
    pub(crate) fn surrounded(mut self, surroundings: Surroundings) -> Self {
        let Surroundings {
            number,
            clock,
            sequence,
            deliveries,
        } = surroundings;
        self.grants = Grants::new(number, clock.clone());
        self.journal = Journal::new(sequence);
        self.outbox = Outbox::new(number, deliveries);
        self.clock = clock;
        self.webhooks
            .insert((self.administrator(), WEBHOOK_SECRET.to_owned()));
        self
    }

    /// Whether this user may be made responsible: there, at work, and not refused to order.
    pub(crate) fn accepts_responsible(&self, user_id: u64) -> bool {
        !self.refused_users.contains(&user_id) && self.user(user_id).is_some_and(|user| user.active)
    }

    /// The application's status letter.
    pub(crate) fn status(&self) -> &'static str {
        match self.application.kind {
            application::ApplicationKind::Market => "F",
            application::ApplicationKind::Local => "L",
        }
    }

    /// The address of the application's main page.
    pub(crate) fn main_url(&self) -> String {
        let default = || format!("{}/bitrix/app", self.addresses.app_url);
        self.application.main_url.clone().unwrap_or_else(default)
    }

    /// The handler of the tab in cards of a type: the bound one, else the application's main page.
    pub(crate) fn tab_handler(&self, kind: crm::EntityKind) -> String {
        let placement = kind.tab_placement();
        let bound = self.placements.iter().find(|bound| bound.placement == placement);
        bound.map_or_else(|| self.main_url(), |bound| bound.handler.clone())
    }

    /// Where the authorization-code flow leads.
    pub(crate) fn login_url(&self) -> String {
        let default = || format!("{}{}", self.addresses.app_url, self.login_path);
        self.application.login_url.clone().unwrap_or_else(default)
    }

    /// The address of the application's installer.
    pub(crate) fn install_url(&self) -> String {
        let default = || format!("{}/bitrix/install", self.addresses.app_url);
        self.application.install_url.clone().unwrap_or_else(default)
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

    /// Writes a request down that has no details: a command of a batch.
    pub(crate) fn record(&mut self, entry: LogEntry) {
        self.write_down(entry, RequestDetails::default());
    }

    /// Writes a request down.
    pub(crate) fn write_down(&mut self, entry: LogEntry, details: RequestDetails) {
        self.journal
            .write(self.clock.now(), self.addresses.portal_name(), entry, details);
    }

    /// Under which name the request being answered is billed and journaled.
    pub(crate) fn credential_name(&self) -> String {
        match self.credential {
            Credential::Application => self.application.client_id.clone(),
            Credential::Webhook => "webhook".to_owned(),
        }
    }

    /// Whether a fault is on, counted down if it is on for a number of times.
    pub(crate) fn suffers(&mut self, fault: RestFault) -> bool {
        self.faults.take(fault)
    }
}
