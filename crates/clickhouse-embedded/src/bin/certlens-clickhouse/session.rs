//! The connections that requests share. A request has one for itself while its statement runs, with its database, its
//! settings and no others. Blocking calls run on blocking threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::library::{Connection, Engine, OpenError, Place, Refusal};
use crate::request::{SettingName, quote_literal, quote_name};

/// Requests that may wait for a connection; more are refused at once instead of piling up in memory.
const LONGEST_QUEUE: usize = 2_000;
/// The setting that bounds a statement's memory.
const MEMORY: &str = "max_memory_usage";

/// How many connections, and what each may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Statements that run at once.
    pub(crate) connections: u32,
    /// Memory of one statement, in bytes, unless its request asks for another amount.
    pub(crate) statement_memory: u64,
}

type Settings = Vec<(SettingName, String)>;

/// A connection, the database it is in, and the settings that its last request left. They stay until a request wants
/// others: requests of one kind follow each other, and each change is a statement that costs a quarter of a millisecond.
pub(crate) struct Session {
    connection: Connection,
    database: Option<String>,
    settings: Settings,
    statement_memory: u64,
}

impl Session {
    fn open(engine: &'static Engine, place: Place<'_>, statement_memory: u64) -> Result<Self, OpenError> {
        let mut session = Self {
            connection: engine.connect(place)?,
            database: None,
            settings: Vec::new(),
            statement_memory,
        };
        // As arguments of the connection such settings are silently dropped; as a statement they count.
        session
            .execute(&format!("SET {MEMORY} = {statement_memory}"))
            .map_err(|_| OpenError::Connect)?;
        Ok(session)
    }

    /// Runs `work` in `database` with `settings` and no others.
    pub(crate) fn run<T>(
        &mut self,
        database: &str,
        settings: &[(SettingName, String)],
        work: impl FnOnce(&mut Connection) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.enter(database)?;
        self.apply(settings)?;
        work(&mut self.connection)
    }

    fn fits(&self, database: &str, settings: &[(SettingName, String)]) -> u8 {
        let in_place = self.database.as_deref() == Some(database);
        u8::from(in_place) * 2 + u8::from(self.settings == settings)
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

    fn apply(&mut self, wanted: &[(SettingName, String)]) -> Result<(), Refusal> {
        if self.settings == wanted {
            return Ok(());
        }
        let taken_back = self
            .settings
            .iter()
            .filter(|(name, _)| !wanted.iter().any(|(other, _)| other == name))
            .map(|(name, _)| self.taken_back(name));
        let set = wanted
            .iter()
            .map(|(name, value)| format!("{name} = {}", quote_literal(value)));
        let changes = taken_back.chain(set).collect::<Vec<_>>();
        if let Err(refusal) = self.execute(&format!("SET {}", changes.join(", "))) {
            self.reset(wanted)?;
            return Err(refusal);
        }
        self.settings = wanted.to_vec();
        Ok(())
    }

    /// After a refusal nobody knows which settings are in force: all that may be are taken back, one by one, because
    /// the one that was refused (it may not even exist) must not keep the others.
    fn reset(&mut self, refused: &[(SettingName, String)]) -> Result<(), Refusal> {
        for (name, _) in refused {
            let statement = format!("SET {}", self.taken_back(name));
            // Refused again: then it was never set.
            let _ = self.execute(&statement);
        }
        let held = std::mem::take(&mut self.settings);
        held.iter()
            .try_for_each(|(name, _)| self.execute(&format!("SET {}", self.taken_back(name))))
    }

    fn taken_back(&self, name: &SettingName) -> String {
        if name.as_str() == MEMORY {
            return format!("{name} = {}", self.statement_memory);
        }
        format!("{name} = DEFAULT")
    }

    fn execute(&mut self, statement: &str) -> Result<(), Refusal> {
        self.connection.query(statement.as_bytes(), "Null", &[]).map(drop)
    }
}

/// All connections.
pub(crate) struct Sessions {
    idle: Mutex<Vec<Session>>,
    /// For probes only: they must not wait for statements.
    probe: Arc<Mutex<Option<Session>>>,
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
    /// Opens all connections to a data directory.
    pub(crate) fn open(engine: &'static Engine, place: Place<'_>, size: Size) -> Result<Self, OpenError> {
        let open = || Session::open(engine, place, size.statement_memory);
        let probe = open()?;
        let idle = (0..size.connections)
            .map(|_| open())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            idle: Mutex::new(idle),
            probe: Arc::new(Mutex::new(Some(probe))),
            free: Arc::new(Semaphore::new(size.connections as usize)),
            count: size.connections,
            waiting: AtomicUsize::new(0),
        })
    }

    /// Runs the smallest statement there is, beside all others.
    pub(crate) async fn probe(&self) -> Result<(), Refusal> {
        let probe = Arc::clone(&self.probe);
        let task = tokio::task::spawn_blocking(move || {
            match probe.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                Some(session) => session.execute("SELECT 1"),
                // Closing: the process is about to end in order.
                None => Ok(()),
            }
        });
        task.await
            .unwrap_or_else(|error| Err(Refusal(format!("Code: 1002. DB::Exception: {error}"))))
    }

    /// Waits for a connection, preferring one that is in `database` and has `settings` already.
    pub(crate) async fn take(
        self: &Arc<Self>,
        database: &str,
        settings: &[(SettingName, String)],
    ) -> Result<Lease, Busy> {
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
        let fitting = (0..idle.len())
            .max_by_key(|index| idle[*index].fits(database, settings))
            .ok_or(Busy::Closing)?;
        let session = idle.swap_remove(fitting);
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
        self.probe.lock().unwrap_or_else(PoisonError::into_inner).take();
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
