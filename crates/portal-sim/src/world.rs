//! The world around the portals: which host is whose, the applications that exist, the clock, what portals share.
//!
//! Each portal has a lock of its own; nothing here is locked while a request is answered.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, header};
use tokio::sync::mpsc::UnboundedSender;

use crate::clock::Clock;
use crate::router;
use crate::seed::Seed;
use crate::shared::Shared;
use crate::state::journal::Journal;
use crate::state::limits::Plan;
use crate::state::outbox::DeliveryOrder;
use crate::state::{Addresses, Application, State, Surroundings};

/// The host name of the authorization server.
const AUTHORIZATION_NAME: &str = "oauth.localhost";

/// What a new portal begins with.
#[derive(Debug, Clone)]
pub(crate) struct Defaults {
    /// The application under test, without a final slash.
    pub app_url: String,
    /// The path of its handler of the authorization-code flow.
    pub login_path: String,
    /// The application from the Market.
    pub market: Application,
    /// The limit of requests.
    pub plan: Plan,
    /// Whether requests over the limit are refused.
    pub enforces_limits: bool,
    /// The shortest and longest delay of events in milliseconds.
    pub event_delay: (u64, u64),
}

/// A portal of the world.
#[derive(Debug)]
pub(crate) struct Portal {
    /// Its memory.
    pub shared: Shared,
    /// Its pages and REST interface.
    pub router: Router,
}

/// Whose a host name is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A portal's, by number.
    Portal(u32),
    /// A renamed portal's former name.
    Former(u32),
    /// The authorization server's.
    Authorization,
    /// Nobody's, such as the bare address.
    Nobody,
}

/// A portal that can't be added.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// Another portal answers under that name.
    #[error("the host {0} is taken; choose another one")]
    HostTaken(String),
    /// Not a host name.
    #[error("{0:?} is no host name: letters, digits, dots and hyphens, without a port")]
    BadHost(String),
}

#[derive(Debug)]
struct Inner {
    port: u16,
    defaults: RwLock<Defaults>,
    portals: RwLock<Vec<Arc<Portal>>>,
    hosts: RwLock<HashMap<String, Owner>>,
    /// Secrets of local applications by client identifier.
    local_applications: RwLock<HashMap<String, String>>,
    /// Requests to the authorization server that belong to no portal.
    unattributed: Mutex<Journal>,
    clock: Clock,
    sequence: Arc<AtomicU64>,
    deliveries: UnboundedSender<DeliveryOrder>,
}

/// A handle on the world.
#[derive(Debug, Clone)]
pub(crate) struct World(Arc<Inner>);

impl World {
    /// A world without portals, on a port.
    pub(crate) fn new(port: u16, defaults: Defaults, deliveries: UnboundedSender<DeliveryOrder>) -> Self {
        let sequence = Arc::new(AtomicU64::default());
        let hosts = HashMap::from([(AUTHORIZATION_NAME.to_owned(), Owner::Authorization)]);
        Self(Arc::new(Inner {
            port,
            defaults: RwLock::new(defaults),
            portals: RwLock::default(),
            hosts: RwLock::new(hosts),
            local_applications: RwLock::default(),
            unattributed: Mutex::new(Journal::new(Arc::clone(&sequence))),
            clock: Clock::default(),
            sequence,
            deliveries,
        }))
    }

    /// Adds a portal with its content.
    ///
    /// `host` is its name without a port; without one it is `portal-a.localhost`, `portal-b.localhost`, … by number.
    pub(crate) fn add(&self, mut seed: Seed, host: Option<String>) -> Result<Shared, PortalError> {
        let defaults = self.defaults();
        let mut portals = self.0.portals.write().unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(portals.len() + 1).unwrap_or(u32::MAX);
        let name = host.unwrap_or_else(|| default_name(number));
        self.claim(&name, &Owner::Portal(number))?;
        if portals
            .iter()
            .any(|portal| portal.shared.lock().member_id == seed.portal.member_id)
        {
            seed.portal.member_id = member_id(number);
            seed.portal.name = format!("{} {number}", seed.portal.name);
        }
        let addresses = Addresses {
            portal_host: self.with_port(&name),
            authorization_host: self.authorization_host(),
            app_url: defaults.app_url,
        };
        let mut state = State::new(seed, addresses, defaults.market).surrounded(Surroundings {
            number,
            clock: self.0.clock.clone(),
            sequence: Arc::clone(&self.0.sequence),
            deliveries: self.0.deliveries.clone(),
        });
        state.limits.plan = defaults.plan;
        state.limits.enforced = defaults.enforces_limits;
        state.outbox.delay = defaults.event_delay;
        state.login_path = defaults.login_path;
        let shared = Shared::new(state);
        portals.push(Arc::new(Portal {
            router: router::portal(shared.clone()),
            shared: shared.clone(),
        }));
        Ok(shared)
    }

    /// Gives a portal another host name; the former one redirects.
    pub(crate) fn rename(&self, shared: &Shared, name: &str) -> Result<(), PortalError> {
        let former = shared.lock().addresses.portal_name().to_ascii_lowercase();
        let Owner::Portal(number) = self.owner_of_name(&former) else {
            return Err(PortalError::BadHost(former));
        };
        self.claim(name, &Owner::Portal(number))?;
        let mut hosts = self.0.hosts.write().unwrap_or_else(PoisonError::into_inner);
        hosts.insert(former, Owner::Former(number));
        drop(hosts);
        shared.lock().addresses.portal_host = self.with_port(name);
        Ok(())
    }

    fn claim(&self, name: &str, owner: &Owner) -> Result<(), PortalError> {
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if !is_name {
            return Err(PortalError::BadHost(name.to_owned()));
        }
        let mut hosts = self.0.hosts.write().unwrap_or_else(PoisonError::into_inner);
        let name = name.to_ascii_lowercase();
        let is_free = match (hosts.get(&name), owner) {
            (None, _) => true,
            // A portal may take its own former name back.
            (Some(Owner::Former(former)), Owner::Portal(number)) => former == number,
            (Some(_), _) => false,
        };
        if !is_free {
            return Err(PortalError::HostTaken(name));
        }
        hosts.insert(name, owner.clone());
        Ok(())
    }

    /// Whose host a request names.
    pub(crate) fn owner(&self, headers: &HeaderMap) -> Owner {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let name = host.split(':').next().unwrap_or_default();
        self.owner_of_name(&name.to_ascii_lowercase())
    }

    fn owner_of_name(&self, name: &str) -> Owner {
        let hosts = self.0.hosts.read().unwrap_or_else(PoisonError::into_inner);
        hosts.get(name).cloned().unwrap_or(Owner::Nobody)
    }

    /// The portal of that number.
    pub(crate) fn by_number(&self, number: u32) -> Option<Arc<Portal>> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let portals = self.0.portals.read().unwrap_or_else(PoisonError::into_inner);
        portals.get(index).cloned()
    }

    /// All portals by number.
    pub(crate) fn portals(&self) -> Vec<Arc<Portal>> {
        let portals = self.0.portals.read().unwrap_or_else(PoisonError::into_inner);
        portals.clone()
    }

    /// The portal that a text names: `portal-b`, its whole host, its number or its `member_id`.
    pub(crate) fn find(&self, text: &str) -> Option<Arc<Portal>> {
        if let Some(portal) = text.parse().ok().and_then(|number| self.by_number(number)) {
            return Some(portal);
        }
        self.portals().into_iter().find(|portal| {
            let state = portal.shared.lock();
            let name = state.addresses.portal_name();
            let label = name.split('.').next().unwrap_or_default();
            [name, label, &state.addresses.portal_host, &state.member_id]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(text))
        })
    }

    /// The portal of a request: that of its host, or the first.
    pub(crate) fn portal_of(&self, headers: &HeaderMap) -> Option<Arc<Portal>> {
        match self.owner(headers) {
            Owner::Portal(number) | Owner::Former(number) => self.by_number(number),
            Owner::Authorization | Owner::Nobody => self.by_number(1),
        }
    }

    /// What a new portal begins with.
    pub(crate) fn defaults(&self) -> Defaults {
        let defaults = self.0.defaults.read().unwrap_or_else(PoisonError::into_inner);
        defaults.clone()
    }

    /// Says where the application under test is, to every portal.
    pub(crate) fn set_app_url(&self, url: &str) {
        let url = url.trim_end_matches('/');
        let mut defaults = self.0.defaults.write().unwrap_or_else(PoisonError::into_inner);
        url.clone_into(&mut defaults.app_url);
        drop(defaults);
        for portal in self.portals() {
            url.clone_into(&mut portal.shared.lock().addresses.app_url);
        }
    }

    /// Makes a local application's key pair known to the authorization server.
    pub(crate) fn register(&self, client_id: &str, client_secret: &str) {
        let known = &self.0.local_applications;
        let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(client_id.to_owned(), client_secret.to_owned());
    }

    /// The secret of an application, if the authorization server knows it.
    pub(crate) fn secret_of(&self, client_id: &str) -> Option<String> {
        let market = self.defaults().market;
        if market.client_id == client_id {
            return Some(market.client_secret);
        }
        let known = &self.0.local_applications;
        let known = known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(client_id).cloned()
    }

    /// Requests to the authorization server that belong to no portal.
    pub(crate) fn unattributed(&self) -> MutexGuard<'_, Journal> {
        let journal = &self.0.unattributed;
        journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The clock of all portals.
    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The authorization server's host with its port.
    pub(crate) fn authorization_host(&self) -> String {
        self.with_port(AUTHORIZATION_NAME)
    }

    fn with_port(&self, name: &str) -> String {
        format!("{name}:{}", self.0.port)
    }
}

/// How long a slow renewal takes.
pub(crate) const REFRESH_DELAY: Duration = Duration::from_secs(5);

/// `portal-a.localhost` to `portal-z.localhost`, then by number.
fn default_name(number: u32) -> String {
    match u8::try_from(number)
        .ok()
        .filter(|number| (1..=26).contains(number))
    {
        Some(number) => format!("portal-{}.localhost", char::from(b'a' + number - 1)),
        None => format!("portal-{number}.localhost"),
    }
}

/// 32 digits that are the same at each start.
fn member_id(number: u32) -> String {
    // Two steps of SplitMix64 spread the number over all digits.
    let mix = |seed: u64| {
        let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let number = u64::from(number);
    format!("{:016x}{:016x}", mix(number), mix(number + 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_names_go_on_by_number_after_the_alphabet() {
        let names = [1, 2, 26, 27, 200].map(default_name);
        assert_eq!(
            names,
            [
                "portal-a.localhost",
                "portal-b.localhost",
                "portal-z.localhost",
                "portal-27.localhost",
                "portal-200.localhost"
            ]
        );
    }

    #[test]
    fn member_ids_are_stable_and_all_different() {
        let all: std::collections::BTreeSet<String> = (1..=500).map(member_id).collect();
        assert_eq!(all.len(), 500);
        assert!(all.iter().all(|id| id.len() == 32));
        assert_eq!(member_id(2), member_id(2));
    }
}
