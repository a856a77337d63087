//! How an import is to be done.

use std::time::Duration;

/// How long an import waits for another one when nothing else is said. The lock of an import that was just interrupted
/// is free as soon as the server notices.
const PATIENCE: Duration = Duration::from_secs(5);

/// How an import is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportOptions {
    /// Read, check and compare only: the summary and the rejects file are real, nothing is stored.
    pub dry_run: bool,
    /// How long to wait for another import to end.
    pub patience: Duration,
    /// Import a file even if it was imported as it is; otherwise that is [`ImportError::Known`](super::ImportError::Known).
    pub again: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            dry_run: false,
            patience: PATIENCE,
            again: true,
        }
    }
}
