//! The connections that requests share. A request has one for itself while its statement runs, with its database and
//! its settings, and leaves it as it found it. Blocking calls run on blocking threads.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::library::{Connection, Engine, OpenError, Refusal};
use crate::request::{SettingName, quote_literal, quote_name};

/// Requests that may wait for a connection; more are refused at once instead of piling up in memory.
const LONGEST_QUEUE: usize = 2_000;

/// A connection, and the database it is in.
pub(crate) struct Session {
    connection: Connection,
    database: Option<String>,
}

impl Session {
    /// Runs `work` in `database` with `settings`, and takes the settings back afterwards.
    pub(crate) fn run<T>(
        &mut self,
        database: &str,
        settings: &[(SettingName, String)],
        work: impl FnOnce(&mut Connection) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.enter(database)?;
        for (applied, (name, value)) in settings.iter().enumerate() {
            let statement = format!("SET {name} = {}", quote_literal(value));
            if let Err(refusal) = self.execute(&statement) {
                self.take_back(&settings[..applied])?;
                return Err(refusal);
            }
        }
        let outcome = work(&mut self.connection);
        self.take_back(settings)?;
        outcome
    }

    fn enter(&mut self, database: &str) -> Result<(), Refusal> {
        if self.database.as_deref() == Some(database) {
            return Ok(());
        }
        // Unknown while it is being changed: an error may leave the connection anywhere.
        self.database = None;
        self.execute(&format!("USE {}", quote_name(database)))?;
        self.database = Some(database.to_owned());
        Ok(())
    }

    fn take_back(&mut self, settings: &[(SettingName, String)]) -> Result<(), Refusal> {
        settings
            .iter()
            .try_for_each(|(name, _)| self.execute(&format!("SET {name} = DEFAULT")))
    }

    fn execute(&mut self, statement: &str) -> Result<(), Refusal> {
        self.connection.query(statement.as_bytes(), "Null", &[]).map(drop)
    }
}

/// All connections.
pub(crate) struct Sessions {
    idle: Mutex<Vec<Session>>,
    free: Arc<Semaphore>,
    count: u32,
    waiting: AtomicUsize,
}

/// No connection is to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Busy {
    /// Too many requests wait already.
    #[error("too many statements are waiting for the engine")]
    Queue,
    /// The process is ending.
    #[error("the engine is shutting down")]
    Closing,
}

impl Sessions {
    /// Opens `count` connections, each with at most `memory` bytes for a statement.
    pub(crate) fn open(
        engine: &'static Engine,
        data_directory: &Path,
        count: u32,
        memory: u64,
    ) -> Result<Self, OpenError> {
        let mut idle = Vec::new();
        for _ in 0..count {
            let connection = engine.connect(data_directory)?;
            let mut session = Session {
                connection,
                database: None,
            };
            // As arguments of the connection such settings are silently dropped; as a statement they count.
            session
                .execute(&format!("SET max_memory_usage = {memory}"))
                .map_err(|_| OpenError::Connect)?;
            idle.push(session);
        }
        let free = Arc::new(Semaphore::new(count as usize));
        Ok(Self {
            idle: Mutex::new(idle),
            free,
            count,
            waiting: AtomicUsize::new(0),
        })
    }

    /// Waits for a connection, preferring one that is in `database` already.
    pub(crate) async fn take(self: &Arc<Self>, database: &str) -> Result<Lease, Busy> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= LONGEST_QUEUE {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Busy::Queue);
        }
        // A request whose client goes away while it waits must not be counted for ever.
        let _waiting = Waiting(&self.waiting);
        let permit = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .map_err(|_closed| Busy::Closing)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = idle
            .iter()
            .position(|session| session.database.as_deref() == Some(database));
        let session = match fitting {
            Some(index) => idle.swap_remove(index),
            None => idle.pop().ok_or(Busy::Closing)?,
        };
        Ok(Lease {
            session: Some(session),
            sessions: Arc::clone(self),
            _permit: permit,
        })
    }

    /// Waits until no statement runs, then closes all connections.
    pub(crate) async fn close(&self) {
        if let Ok(all) = self.free.acquire_many(self.count).await {
            all.forget();
        }
        self.free.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

struct Waiting<'counter>(&'counter AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection on loan; it goes back when this is dropped, also when the client has gone away meanwhile.
pub(crate) struct Lease {
    session: Option<Session>,
    sessions: Arc<Sessions>,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    /// Runs `work` with the connection on a thread that may block.
    pub(crate) async fn with<T: Send + 'static>(
        mut self,
        work: impl FnOnce(&mut Session) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let task = tokio::task::spawn_blocking(move || match self.session.as_mut() {
            Some(session) => work(session),
            None => Err(Refusal(
                "Code: 1002. DB::Exception: no connection. (UNKNOWN_EXCEPTION)".to_owned(),
            )),
        });
        task.await
            .unwrap_or_else(|error| Err(Refusal(format!("Code: 1002. DB::Exception: {error}"))))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.sessions
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(session);
        }
    }
}
