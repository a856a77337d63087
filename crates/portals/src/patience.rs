//! How long our own database may take while a person waits for a portal.
//!
//! A lost database lets its callers wait for a connection; a card must not wait with them, because the portal can
//! answer without our memory.

use std::time::Duration;

use certlens_store::StoreError;

/// Longer than one row ever takes from a database that lives.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why the store gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// It failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It took too long.
    #[error("the database took longer than {} s", PATIENCE.as_secs())]
    TooSlow,
}

/// What the store says, unless it takes too long.
pub(crate) async fn in_time<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, Unanswered> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Unanswered::TooSlow),
    }
}
