//! The engine's C interface: the one place of the project with `unsafe`. Everything it hands out is safe to use from
//! any thread; one connection runs one statement at a time, which `&mut self` guarantees.
//!
//! Knows pointers and lengths only; databases, settings and HTTP are for others.

#![expect(
    unsafe_code,
    reason = "the engine is a C library: every call into it is foreign code"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::NonNull;
use std::slice;

/// What the engine said when it refused a statement: `Code: 62. DB::Exception: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

/// Why the engine could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The file is no library, or not the one that we know.
    #[error("the engine library could not be loaded: {0}")]
    Load(#[from] libloading::Error),
    /// The engine gives no reason: it returns nothing.
    #[error("the engine could not open its data directory (is another process using it?)")]
    Connect,
    /// A path with a zero byte.
    #[error("the data directory's name contains a zero byte")]
    Name(#[from] std::ffi::NulError),
}

type RawConnection = *mut c_void;
type RawResult = c_void;
type RawInsert = c_void;

/// What a connection is opened with. The first one decides for the whole process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'paths> {
    /// Directory of the databases.
    pub(crate) data_directory: &'paths Path,
    /// The engine's settings file.
    pub(crate) settings_file: Option<&'paths Path>,
}

/// The functions that we use, as libchdb 26.7 declares them in its header `chdb.h`.
struct Functions {
    version: unsafe extern "C" fn() -> *const c_char,
    connect: unsafe extern "C" fn(c_int, *const *const c_char) -> *mut RawConnection,
    close: unsafe extern "C" fn(*mut RawConnection),
    query: unsafe extern "C" fn(
        RawConnection,
        *const u8,
        usize,
        *const u8,
        usize,
        *const *const u8,
        *const usize,
        *const *const u8,
        *const usize,
        usize,
    ) -> *mut RawResult,
    result_error: unsafe extern "C" fn(*mut RawResult) -> *const c_char,
    result_buffer: unsafe extern "C" fn(*mut RawResult) -> *const u8,
    result_length: unsafe extern "C" fn(*mut RawResult) -> usize,
    destroy_result: unsafe extern "C" fn(*mut RawResult),
    insert_begin: unsafe extern "C" fn(RawConnection, *const u8, usize, *const u8, usize) -> *mut RawInsert,
    insert_append: unsafe extern "C" fn(*mut RawInsert, *const u8, usize) -> c_int,
    insert_done: unsafe extern "C" fn(*mut RawInsert) -> *mut RawResult,
    insert_error: unsafe extern "C" fn(*mut RawInsert) -> *const c_char,
    destroy_insert: unsafe extern "C" fn(*mut RawInsert),
}

/// The loaded engine. It lives as long as the process: the library starts threads that never end.
pub(crate) struct Engine {
    functions: Functions,
}

impl Engine {
    /// Loads the engine's library.
    pub(crate) fn load(path: &Path) -> Result<&'static Self, OpenError> {
        // SAFETY: loading runs the library's initialisers. The caller names libchdb, whose initialisers are made to
        // run inside foreign processes; it is loaded once, before other threads matter.
        let library: &'static libloading::Library =
            Box::leak(Box::new(unsafe { libloading::Library::new(path)? }));
        // SAFETY: each type below repeats the declaration of that symbol in the library's header; the library is
        // never unloaded, so the pointers stay valid.
        let functions = unsafe {
            Functions {
                version: *library.get(b"chdb_version\0")?,
                connect: *library.get(b"chdb_connect\0")?,
                close: *library.get(b"chdb_close_conn\0")?,
                query: *library.get(b"chdb_query_with_params_n\0")?,
                result_error: *library.get(b"chdb_result_error\0")?,
                result_buffer: *library.get(b"chdb_result_buffer\0")?,
                result_length: *library.get(b"chdb_result_length\0")?,
                destroy_result: *library.get(b"chdb_destroy_query_result\0")?,
                insert_begin: *library.get(b"chdb_stream_insert_n\0")?,
                insert_append: *library.get(b"chdb_stream_append\0")?,
                insert_done: *library.get(b"chdb_stream_done\0")?,
                insert_error: *library.get(b"chdb_stream_insert_error\0")?,
                destroy_insert: *library.get(b"chdb_destroy_insert_stream\0")?,
            }
        };
        // SAFETY: the symbol is declared as `void f(int)`; called before the first connection, as documented. The
        // engine then leaves signals to this program, which must end in order on SIGTERM.
        unsafe {
            let leave_signals: libloading::Symbol<'_, unsafe extern "C" fn(c_int)> =
                library.get(b"chdb_set_signal_handlers_enabled\0")?;
            leave_signals(0);
        }
        Ok(Box::leak(Box::new(Self { functions })))
    }

    /// Version of the library, such as `26.7.3`.
    pub(crate) fn version(&self) -> Option<String> {
        // SAFETY: the function takes nothing and returns a constant of the library, which is never unloaded.
        unsafe { text((self.functions.version)()) }
    }

    /// Opens one more connection to the data directory; the first one starts the engine.
    pub(crate) fn connect(&'static self, place: Place<'_>) -> Result<Connection, OpenError> {
        let mut arguments = vec![
            CString::new("clickhouse")?,
            CString::new(format!("--path={}", place.data_directory.display()))?,
        ];
        if let Some(file) = place.settings_file {
            arguments.push(CString::new(format!("--config-file={}", file.display()))?);
        }
        let pointers = arguments
            .iter()
            .map(|argument| argument.as_ptr())
            .collect::<Vec<_>>();
        let count = c_int::try_from(pointers.len()).unwrap_or(c_int::MAX);
        // SAFETY: `pointers` holds `count` zero-terminated strings that outlive the call; the engine copies them.
        let handle = unsafe { (self.functions.connect)(count, pointers.as_ptr()) };
        let handle = NonNull::new(handle).ok_or(OpenError::Connect)?;
        Ok(Connection {
            engine: self,
            handle,
            holds_remains: false,
        })
    }
}

/// One connection: a session of the engine with a current database and settings.
pub(crate) struct Connection {
    engine: &'static Engine,
    handle: NonNull<RawConnection>,
    /// The last statement was refused, maybe when it had written a part of its answer. The engine keeps such a part and
    /// puts it before the answer of the next statement, whichever that is.
    holds_remains: bool,
}

// SAFETY: the library documents its calls as thread-safe: it runs statements on threads of its own, and nothing of a
// connection is bound to the thread that opened it.
unsafe impl Send for Connection {}

impl Connection {
    /// Runs a statement with server-side parameters. Values are in the engine's escaped text form.
    pub(crate) fn query(
        &mut self,
        statement: &[u8],
        format: &str,
        parameters: &[(String, String)],
    ) -> Result<Answer, Refusal> {
        self.discard_remains()?;
        let answer = self.run(statement, format, parameters);
        self.holds_remains = answer.is_err();
        answer
    }

    /// Runs a statement whose answer nobody reads, so that what an earlier one left goes with it.
    fn discard_remains(&mut self) -> Result<(), Refusal> {
        if self.holds_remains {
            self.run(b"SELECT 1", "Null", &[])?;
            self.holds_remains = false;
        }
        Ok(())
    }

    fn run(
        &mut self,
        statement: &[u8],
        format: &str,
        parameters: &[(String, String)],
    ) -> Result<Answer, Refusal> {
        let names = parameters
            .iter()
            .map(|(name, _)| name.as_ptr())
            .collect::<Vec<_>>();
        let name_lengths = parameters.iter().map(|(name, _)| name.len()).collect::<Vec<_>>();
        let values = parameters
            .iter()
            .map(|(_, value)| value.as_ptr())
            .collect::<Vec<_>>();
        let value_lengths = parameters
            .iter()
            .map(|(_, value)| value.len())
            .collect::<Vec<_>>();
        // SAFETY: the handle is open until `drop`, and points to the connection the call wants by value. Every pointer
        // goes with its length, all four arrays have `parameters.len()` entries, all outlive the call.
        let result = unsafe {
            (self.engine.functions.query)(
                *self.handle.as_ptr(),
                statement.as_ptr(),
                statement.len(),
                format.as_ptr(),
                format.len(),
                names.as_ptr(),
                name_lengths.as_ptr(),
                values.as_ptr(),
                value_lengths.as_ptr(),
                parameters.len(),
            )
        };
        Answer::new(self.engine, result)
    }

    /// Begins an insert whose rows come in pieces. `statement` is an `INSERT` without its `FORMAT` clause.
    pub(crate) fn insert(&mut self, statement: &str, format: &str) -> Result<Insert<'_>, Refusal> {
        self.discard_remains()?;
        // Until it is finished it may be refused, or given up.
        self.holds_remains = true;
        // SAFETY: as in `query`; the call never returns null by its documentation, which is checked all the same.
        let stream = unsafe {
            (self.engine.functions.insert_begin)(
                *self.handle.as_ptr(),
                statement.as_ptr(),
                statement.len(),
                format.as_ptr(),
                format.len(),
            )
        };
        let stream = NonNull::new(stream).ok_or_else(nothing)?;
        let insert = Insert {
            connection: self,
            stream,
        };
        match insert.error() {
            Some(refusal) => Err(refusal),
            None => Ok(insert),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: opened by `connect`, closed only here; no statement runs, since statements borrow the connection.
        unsafe { (self.engine.functions.close)(self.handle.as_ptr()) }
    }
}

/// An insert that is being fed. Dropped before [`Insert::finish`], it is cancelled.
pub(crate) struct Insert<'connection> {
    connection: &'connection mut Connection,
    stream: NonNull<RawInsert>,
}

impl Insert<'_> {
    /// Feeds one piece of rows in the insert's format; blocks while the engine is busy.
    pub(crate) fn append(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        // SAFETY: the stream is open until `drop`; the engine copies the piece during the call.
        let state = unsafe {
            (self.connection.engine.functions.insert_append)(
                self.stream.as_ptr(),
                piece.as_ptr(),
                piece.len(),
            )
        };
        if state == 0 {
            Ok(())
        } else {
            Err(self.error().unwrap_or_else(nothing))
        }
    }

    /// Ends the rows and commits them.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        // SAFETY: the stream is open; finishing does not free it, `drop` does, as documented.
        let result = unsafe { (self.connection.engine.functions.insert_done)(self.stream.as_ptr()) };
        Answer::new(self.connection.engine, result)?;
        self.connection.holds_remains = false;
        Ok(())
    }

    fn error(&self) -> Option<Refusal> {
        // SAFETY: the stream is open; the text belongs to it and is copied before anything else happens to it.
        unsafe {
            text((self.connection.engine.functions.insert_error)(
                self.stream.as_ptr(),
            ))
        }
        .map(Refusal)
    }
}

impl Drop for Insert<'_> {
    fn drop(&mut self) {
        // SAFETY: begun by `Connection::insert`, destroyed only here; an unfinished insert is cancelled by this.
        unsafe { (self.connection.engine.functions.destroy_insert)(self.stream.as_ptr()) }
    }
}

/// An answer in the engine's own memory, so that a large one is not copied on its way out.
pub(crate) struct Answer {
    engine: &'static Engine,
    result: NonNull<RawResult>,
}

// SAFETY: a finished result is memory that nobody writes to any more; the engine frees it from any thread.
unsafe impl Send for Answer {}
// SAFETY: as above; shared reading only.
unsafe impl Sync for Answer {}

impl Answer {
    fn new(engine: &'static Engine, result: *mut RawResult) -> Result<Self, Refusal> {
        let answer = Self {
            engine,
            result: NonNull::new(result).ok_or_else(nothing)?,
        };
        // SAFETY: the result is alive; the text belongs to it and is copied.
        match unsafe { text((engine.functions.result_error)(answer.result.as_ptr())) } {
            Some(error) => Err(Refusal(error)),
            None => Ok(answer),
        }
    }
}

impl AsRef<[u8]> for Answer {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the result is alive as long as `self`.
        let (start, length) = unsafe {
            (
                (self.engine.functions.result_buffer)(self.result.as_ptr()),
                (self.engine.functions.result_length)(self.result.as_ptr()),
            )
        };
        if start.is_null() || length == 0 {
            return &[];
        }
        // SAFETY: the engine vouches for `length` bytes from `start`, unchanged until the result is destroyed, and
        // the slice borrows `self`.
        unsafe { slice::from_raw_parts(start, length) }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: made by the engine, destroyed only here.
        unsafe { (self.engine.functions.destroy_result)(self.result.as_ptr()) }
    }
}

/// Copies a C string; null and empty mean that there is none.
///
/// # Safety
/// `pointer` is null or points to a zero-terminated string that is alive during the call.
unsafe fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    let text = unsafe { CStr::from_ptr(pointer) };
    Some(text.to_string_lossy().into_owned()).filter(|text| !text.is_empty())
}

fn nothing() -> Refusal {
    Refusal("Code: 1002. DB::Exception: the engine gave no answer. (UNKNOWN_EXCEPTION)".to_owned())
}
