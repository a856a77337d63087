//! Backups: the database's own data in one encrypted file, and their restoration, whole or of one portal.
//!
//! May know: the catalogue of the database, the migrations, the secret key. Must not know: what the rows mean, with two
//! exceptions that stand in one module each: which tables are left out ([`catalogue`]), and what must be put right after a
//! restoration so that nothing is sent twice (`restoring::settling`).
//!
//! **What is in it.** Every table that the database has, asked of its catalogue, unless it is listed as coming again by
//! itself: a table that a later migration adds is in the backup without anybody's doing. Rows are read in one snapshot, as
//! COPY writes them in text, which any version of Postgres reads again.
//!
//! **The file.** A head in clear (what it is, from when, of which migration; who can open it), then one stream: records,
//! compressed, sealed in chunks ([`file`]). A random key seals the chunks; the head holds that key wrapped once for the
//! secret key of the installation, and, where a passphrase was given, once for that.
//!
//! **Restoration** is one transaction: the database is brought to the backup's migration, loaded, brought to the program's
//! migration, and put right; whatever fails leaves the database as it was.

pub mod catalogue;
pub mod error;
pub mod file;
pub mod keeping;
mod making;
mod restoring;

pub use error::BackupError;
pub use file::head::{Contents, Head};
pub use file::keys::Keys;
pub use making::{MadeBackup, make};
pub use restoring::portal::{RestoredPortal, restore_portal};
pub use restoring::{
    BackedUpPortal, Restored, Summary, TableRows, restore_all, secret_key_of, summary, what_is_there,
};
