//! The one lock around the portal's memory, shared by all handlers. Never held across an await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::state::State;

/// A handle on the portal's memory.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<Mutex<State>>);

impl Shared {
    /// Wraps the memory.
    pub(crate) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// The memory. A handler that panicked leaves it usable: its writes are single assignments.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
