//! One portal of a running simulator, as tests handle it: tokens, page openings, faults, what was asked.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::fault::{FrameFault, RestFault};
use crate::frame::{self, FrameForm, FrameRequest, Opening};
use crate::installer::{self, InstallError};
use crate::mutation::Mutation;
use crate::random;
use crate::seed::{SeedDepartment, SeedUser};
use crate::shared::Shared;
use crate::state::application::ApplicationKind;
use crate::state::crm::EntityKind;
use crate::state::journal::JournalEntry;
use crate::state::limits::{LimitReport, Plan};
use crate::state::outbox::Delivery;
use crate::state::{Application, Binding, Clean, LogEntry, WEBHOOK_SECRET};
use crate::world::{PortalError, World};

/// Tokens as a page opening carries them.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// An application made for one portal.
#[derive(Debug, Clone, Default)]
pub struct LocalApplication {
    /// Its client identifier; `local.<hex>.<digits>` is made up when left out.
    pub client_id: Option<String>,
    /// Its client secret; made up when left out.
    pub client_secret: Option<String>,
    /// The main page; that of the application under test when left out.
    pub handler: Option<String>,
    /// The installer; that of the application under test when left out.
    pub installer: Option<String>,
    /// The target of the authorization-code flow; that of the application under test when left out.
    pub login: Option<String>,
    /// Gets the events of the application's life besides bound handlers.
    pub events: Option<String>,
    /// The application has no pages: it is installed at once, and its installer gets `ONAPPINSTALL` by POST.
    pub api_only: bool,
}

/// A portal of a running simulator.
#[derive(Debug, Clone)]
pub struct PortalHandle {
    world: World,
    shared: Shared,
}

impl PortalHandle {
    pub(crate) fn new(world: World, shared: Shared) -> Self {
        Self { world, shared }
    }

    /// The portal's origin, `http://portal-a.localhost:8081`.
    pub fn portal_url(&self) -> String {
        self.shared.lock().addresses.portal_url()
    }

    /// The portal's 32 digits.
    pub fn member_id(&self) -> String {
        self.shared.lock().member_id.clone()
    }

    /// The client identifier of the application that the portal has.
    pub fn client_id(&self) -> String {
        self.shared.lock().application.client_id.clone()
    }

    /// The secret of the application that the portal has.
    pub fn client_secret(&self) -> String {
        self.shared.lock().application.client_secret.clone()
    }

    /// The shared secret of the installation, if there is one.
    pub fn application_token(&self) -> Option<String> {
        let state = self.shared.lock();
        let installation = state.installation.as_ref()?;
        Some(installation.application_token.clone())
    }

    /// When the installation began, by the simulator's clock.
    pub fn installed_since(&self) -> Option<DateTime<Utc>> {
        let state = self.shared.lock();
        state.installation.as_ref().map(|installation| installation.begun)
    }

    /// The base address of the webhook that the portal has from the start: a method's name follows.
    pub fn webhook_url(&self) -> String {
        let state = self.shared.lock();
        let (portal, user) = (state.addresses.portal_url(), state.administrator());
        format!("{portal}/rest/{user}/{WEBHOOK_SECRET}/")
    }

    /// Makes an inbound webhook of a user and returns its base address.
    pub fn create_webhook(&self, user_id: u64, secret: &str) -> String {
        let mut state = self.shared.lock();
        state.webhooks.insert((user_id, secret.to_owned()));
        format!("{}/rest/{user_id}/{secret}/", state.addresses.portal_url())
    }

    /// Replaces the portal's application by a local one, not installed yet unless it has no pages; returns its
    /// identifier and secret.
    pub fn use_local_application(&self, application: LocalApplication) -> (String, String) {
        let digits = random::between(10_000_000, 99_999_999);
        let made_up = || format!("local.{}.{digits}", &random::frame_id()[..14]);
        let client_id = application.client_id.unwrap_or_else(made_up);
        let client_secret = application.client_secret.unwrap_or_else(random::token);
        self.world.register(&client_id, &client_secret);
        let mut state = self.shared.lock();
        if state.application.client_id != client_id {
            state.uninstall();
        }
        let event_url = if application.api_only {
            application.events.or_else(|| application.installer.clone())
        } else {
            application.events
        };
        state.application = Application {
            client_id: client_id.clone(),
            client_secret: client_secret.clone(),
            kind: ApplicationKind::Local,
            main_url: application.handler,
            install_url: application.installer,
            login_url: application.login,
            event_url,
        };
        if application.api_only {
            state.finish_installation();
        }
        (client_id, client_secret)
    }

    /// Marks the application installed without opening its installer.
    pub fn finish_installation(&self) {
        self.shared.lock().finish_installation();
    }

    /// Binds the handler to the tabs of all three types of cards, as the application's installer would.
    pub fn bind_tabs(&self, handler: &str, title: &str) {
        let mut state = self.shared.lock();
        for kind in EntityKind::ALL {
            state.placements.push(Binding {
                placement: kind.tab_placement(),
                handler: handler.to_owned(),
                title: title.to_owned(),
                description: String::new(),
                languages: Value::Null,
            });
        }
    }

    /// Opens the application's installer as an administrator does, without a browser.
    pub async fn install(&self) -> Result<Value, InstallError> {
        installer::install(&self.shared, false).await
    }

    /// Removes the application; no event tells it.
    pub fn uninstall(&self) {
        self.shared.lock().uninstall();
    }

    /// Removes the application and tells it.
    pub fn uninstall_with_event(&self, clean: Clean) {
        self.shared.lock().uninstall_with_event(clean);
    }

    /// Removes what the application bound, as an outside administrator might.
    pub fn wipe_bindings(&self) {
        let mut state = self.shared.lock();
        state.placements.clear();
        state.events.clear();
    }

    /// Gives the portal another host name; the former one redirects.
    pub fn rename(&self, host: &str) -> Result<(), PortalError> {
        self.world.rename(&self.shared, host)
    }

    /// Issues a pair of tokens of a user; begins an installation when there is none.
    pub fn issue_token(&self, user_id: u64) -> TokenPair {
        let mut state = self.shared.lock();
        let generation = state.ensure_installation().generation;
        let client_id = state.application.client_id.clone();
        let grant = state.grants.issue(&client_id, generation, user_id);
        TokenPair {
            access: grant.access,
            refresh: grant.refresh,
        }
    }

    /// Lets every access token expire.
    pub fn expire_tokens(&self) {
        self.shared.lock().grants.expire_access();
    }

    /// Lets every refresh token expire: all chains are dead.
    pub fn expire_refresh_tokens(&self) {
        self.shared.lock().grants.expire_refresh();
    }

    /// Dismisses a user, or takes one back.
    pub fn set_user_active(&self, user_id: u64, active: bool) {
        if let Some(user) = self.shared.lock().users.get_mut(&user_id) {
            user.active = active;
        }
    }

    /// Refuses a user wherever one is made responsible, or stops doing so.
    pub fn refuse_user(&self, user_id: u64, refused: bool) {
        let mut state = self.shared.lock();
        if refused {
            state.refused_users.insert(user_id);
        } else {
            state.refused_users.remove(&user_id);
        }
    }

    /// Puts a user into the portal, or another in the place of one of that number; tells it like a first login.
    pub fn put_user(&self, user: SeedUser) {
        let mut state = self.shared.lock();
        let id = user.id;
        let data = serde_json::json!({"ID": id.to_string(), "ACTIVE": "Y", "NAME": user.name});
        let is_new = state.users.insert(id, user).is_none();
        if is_new {
            state.raise("ONUSERADD", data, None);
        }
    }

    /// Takes a user out of all lists, as if there had never been one of that number.
    pub fn remove_user(&self, user_id: u64) {
        self.shared.lock().users.remove(&user_id);
    }

    /// Replaces the departments.
    pub fn set_departments(&self, departments: impl IntoIterator<Item = SeedDepartment>) {
        self.shared.lock().departments = departments
            .into_iter()
            .map(|department| (department.id, department))
            .collect();
    }

    /// Gives the application a scope besides the usual ones.
    pub fn grant_scope(&self, scope: &str) {
        self.shared.lock().more_scopes.insert(scope.to_owned());
    }

    /// Switches a fault on until it is switched off.
    pub fn set_fault(&self, fault: RestFault) {
        self.shared.lock().faults.switch_on(fault, None);
    }

    /// Switches a fault on for so many times.
    pub fn set_fault_times(&self, fault: RestFault, times: u32) {
        self.shared.lock().faults.switch_on(fault, Some(times));
    }

    /// Answers in another shape from now on, beside what was ordered before.
    pub fn mutate(&self, mutation: Mutation) {
        self.shared.lock().mutations.push(mutation);
    }

    /// Answers as documented again.
    pub fn clear_mutations(&self) {
        self.shared.lock().mutations.clear();
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// Sets the limit of requests; without a plan, requests are counted and never refused.
    pub fn set_plan(&self, plan: Option<Plan>) {
        let limits = &mut self.shared.lock().limits;
        limits.enforced = plan.is_some();
        limits.plan = plan.unwrap_or(limits.plan);
    }

    /// What was seen of the limit of requests.
    pub fn limits(&self) -> LimitReport {
        let state = self.shared.lock();
        state.limits.report(state.clock.now())
    }

    /// Empties the buckets, and forgets what was seen of them.
    pub fn reset_limits(&self) {
        self.shared.lock().limits.reset();
    }

    /// Adds execution time to a method of the application.
    pub fn bill_operating(&self, method: &str, seconds: f64) {
        let mut state = self.shared.lock();
        let (client_id, now) = (state.application.client_id.clone(), state.clock.now());
        state.operating.bill(&client_id, method, seconds, now);
    }

    /// Raises an event, as a change in the portal would: `{"FIELDS": {"ID": "5"}}` of a user.
    pub fn raise(&self, event: &str, data: Value, user_id: Option<u64>) {
        self.shared.lock().raise(event, data, user_id);
    }

    /// Deliveries of events, oldest first.
    pub fn outbox(&self) -> Vec<Delivery> {
        self.shared.lock().outbox.deliveries().cloned().collect()
    }

    /// The POST by which the portal opens the application's tab in a card, for the administrator.
    pub fn open_frame_form(&self, kind: EntityKind, id: u64) -> FrameForm {
        let administrator = self.shared.lock().administrator();
        self.open_frame_form_as(administrator, kind, id, None)
    }

    /// The same for any user, with a fault if one is given.
    pub fn open_frame_form_as(
        &self,
        user_id: u64,
        kind: EntityKind,
        id: u64,
        fault: Option<FrameFault>,
    ) -> FrameForm {
        let mut state = self.shared.lock();
        let handler = state.tab_handler(kind);
        let language = state.language.clone();
        let request = FrameRequest {
            opening: Opening::Tab(kind, id),
            user_id,
            language,
            handler,
            fault,
        };
        frame::open(&mut state, &request)
    }

    /// The POST by which the portal opens the application's installer, for the administrator.
    pub fn open_installer_form(&self) -> FrameForm {
        let (administrator, handler) = {
            let state = self.shared.lock();
            (state.administrator(), state.install_url())
        };
        self.open_page_form(Opening::Installer, administrator, handler)
    }

    /// The POST by which the portal opens the application's main page.
    pub fn open_main_form_as(&self, user_id: u64) -> FrameForm {
        let handler = self.shared.lock().main_url();
        self.open_page_form(Opening::Main, user_id, handler)
    }

    fn open_page_form(&self, opening: Opening, user_id: u64, handler: String) -> FrameForm {
        let mut state = self.shared.lock();
        let request = FrameRequest {
            opening,
            user_id,
            language: state.language.clone(),
            handler,
            fault: None,
        };
        frame::open(&mut state, &request)
    }

    /// Codes of the bound placements.
    pub fn placements(&self) -> Vec<String> {
        let state = self.shared.lock();
        state
            .placements
            .iter()
            .map(|bound| bound.placement.clone())
            .collect()
    }

    /// Bound events, as (name, handler).
    pub fn events(&self) -> Vec<(String, String)> {
        let state = self.shared.lock();
        state
            .events
            .iter()
            .map(|bound| (bound.event.clone(), bound.handler.clone()))
            .collect()
    }

    /// REST requests that came in, oldest first.
    pub fn requests(&self) -> Vec<LogEntry> {
        let state = self.shared.lock();
        state
            .journal
            .entries()
            .map(|entry| entry.request.clone())
            .collect()
    }

    /// The same with all that is known of them.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.shared.lock().journal.entries().cloned().collect()
    }

    /// Forgets the requests.
    pub fn clear_journal(&self) {
        self.shared.lock().journal.clear();
    }
}
