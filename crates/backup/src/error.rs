//! Why a backup could not be made or restored.

use std::io;
use std::path::PathBuf;

/// A backup was not made, or nothing of it was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database refused or was lost.
    #[error("the database did not do what was asked")]
    Database(#[from] sqlx::Error),
    /// The database could not be brought to a migration.
    #[error("the database can't be brought to migration {0}")]
    Migration(i64, #[source] sqlx::migrate::MigrateError),
    /// The file could not be read or written.
    #[error("the file {} can't be read or written", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another file than one of ours.
    #[error("{} is no backup of Certlens", .0.display())]
    NoBackup(PathBuf),
    /// It was written by a newer version, in a form that this one does not know.
    #[error(
        "the backup has format {found}, this program knows up to {known}: restore it with Certlens {program} or newer"
    )]
    NewerFormat {
        /// The file's.
        found: u32,
        /// Ours.
        known: u32,
        /// Who wrote it.
        program: String,
    },
    /// It holds tables of a newer version.
    #[error(
        "the backup was made after migration {found}, this program knows migrations up to {known}: restore it with \
         Certlens {program} or newer"
    )]
    NewerMigration {
        /// The backup's.
        found: i64,
        /// Ours.
        known: i64,
        /// Who wrote it.
        program: String,
    },
    /// The key does not fit.
    #[error(
        "the backup was made under another secret key: set CERTLENS_SECRET_KEY_PREVIOUS to the key of that time, or \
         CERTLENS_SECRET_KEY where no other one is in use{}",
        if *has_passphrase { ", or give its passphrase by --passphrase-file" } else { "" }
    )]
    AnotherKey {
        /// Whether a passphrase opens it as well.
        has_passphrase: bool,
    },
    /// The passphrase does not fit.
    #[error("the passphrase does not open this backup; is the file of the passphrase the right one?")]
    WrongPassphrase,
    /// No passphrase was used when it was made.
    #[error("this backup was made without a passphrase: only the secret key of that time opens it")]
    NoPassphrase,
    /// It ends before its end.
    #[error("the backup is cut short; take a whole copy of it, or an older backup")]
    Truncated,
    /// Something in it is not what was written.
    #[error("the backup is damaged or was changed; take another copy of it, or an older backup")]
    Damaged,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes for encryption")]
    Entropy(#[source] getrandom::Error),
    /// There is something in the database that would be lost.
    #[error(
        "the database is not empty ({found}): name an empty one in CERTLENS_DATABASE_URL, or give --replace to lose what \
         is there"
    )]
    NotEmpty {
        /// What is there, in words.
        found: String,
    },
    /// Somebody works on the database.
    #[error(
        "{others} other connections of Certlens are open to this database: stop `certlens serve` everywhere, then restore \
         (sessions of a machine that died: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \
         application_name IN ({names}) AND datname = current_database() AND pid <> pg_backend_pid())"
    )]
    InUse {
        /// How many.
        others: i64,
        /// Their names for the database, as SQL writes them.
        names: String,
    },
    /// The portal is not in the backup.
    #[error(
        "the backup has no portal {0}; without --portal and --yes, `certlens restore` lists those that it has"
    )]
    UnknownPortal(String),
    /// The tables have changed since, so that rows of one portal do not fit any more.
    #[error(
        "table {table} was changed since this backup (migration {found}): restore the whole backup into an empty \
         database, make a backup there with this program, and take the portal from that"
    )]
    TableChanged {
        /// Which table.
        table: String,
        /// The backup's migration.
        found: i64,
    },
}

impl BackupError {
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::of_io(path, source)
    }

    /// An error of reading a file; what our own reader found wrong comes through the standard library as an error of input.
    pub(crate) fn of_io(path: PathBuf, source: io::Error) -> Self {
        match source.get_ref().and_then(|inner| inner.downcast_ref::<Fault>()) {
            Some(Fault::Truncated) => Self::Truncated,
            Some(Fault::Damaged) => Self::Damaged,
            None if source.kind() == io::ErrorKind::UnexpectedEof => Self::Truncated,
            None => Self::File { path, source },
        }
    }
}

/// What is wrong with the bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("cut short")]
    Truncated,
    #[error("damaged")]
    Damaged,
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::new(io::ErrorKind::InvalidData, fault)
    }
}
