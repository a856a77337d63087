//! What can go wrong with a search.

use std::sync::Arc;

/// A search failed: Postgres, on which everything rests, did not answer. Cheap to clone: those who asked together
/// fail together.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SearchError {
    /// Postgres failed or is unreachable.
    #[error("the database did not answer the search; check that Postgres runs and is migrated: {0}")]
    Postgres(Arc<sqlx::Error>),
    /// A stored row does not follow the rules of the program, as after a downgrade.
    #[error("the database holds a {what} that this version does not know: {value}")]
    Stored {
        /// What it should have been.
        what: &'static str,
        /// What it is.
        value: String,
    },
    /// More searches wait than can be answered in time.
    #[error("too many searches wait for the database; try again in a moment")]
    Overloaded,
    /// The work on the search ended without an answer.
    #[error("the search was interrupted by a fault of the program; the log says more, try again")]
    Interrupted,
}

impl From<sqlx::Error> for SearchError {
    fn from(error: sqlx::Error) -> Self {
        Self::Postgres(Arc::new(error))
    }
}
