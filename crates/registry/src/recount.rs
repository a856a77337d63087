//! Recounts: what happened to the documents of tracked identifiers since the last look, in one set-based query per
//! portion.
//! May know: documents, their changes, subscriptions' identifiers. Must not know: portals' people, items.

use sqlx::PgPool;

/// The door to recounts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recounter {
    postgres: PgPool,
}

impl Recounter {
    /// A door to the documents of this database.
    pub const fn new(postgres: PgPool) -> Self {
        Self { postgres }
    }

    /// The documents' database.
    pub(crate) const fn postgres(&self) -> &PgPool {
        &self.postgres
    }
}
