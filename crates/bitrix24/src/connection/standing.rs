//! What was last noted about each portal, so that the store hears of changes and not of each call.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use crate::credentials::renewal::describe;
use crate::credentials::{CredentialStore, Standing};
use crate::identity::MemberId;

/// The same is noted again after this time: another process may have noted something else meanwhile.
const REPEATED_AFTER: Duration = Duration::from_mins(5);
/// Portals remembered at once.
const CAPACITY: usize = 20_000;

#[derive(Debug, Default)]
pub(super) struct Standings(Mutex<HashMap<MemberId, (Standing, Instant)>>);

impl Standings {
    /// Tells the store, if it is news. A failing store costs a line in the log, not the call.
    pub(super) async fn note(&self, store: &dyn CredentialStore, portal: &MemberId, standing: Standing) {
        if !self.is_news(portal, standing) {
            return;
        }
        if let Err(error) = store.note(portal, standing).await {
            warn!(%portal, ?standing, error = %describe(&error), "a portal's standing could not be noted");
            self.forget(portal);
        }
    }

    fn is_news(&self, portal: &MemberId, standing: Standing) -> bool {
        let now = Instant::now();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known
            .get(portal)
            .is_some_and(|(last, at)| *last == standing && now - *at < REPEATED_AFTER)
        {
            return false;
        }
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(portal.clone(), (standing, now));
        true
    }

    fn forget(&self, portal: &MemberId) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(portal);
    }
}
