//! How much is kept so that imports can be undone.

/// What imports replaced is kept for some of them, the newest; the disk that this takes is bounded by it. A kept
/// document takes about as much as a stored one does without its indexes, a kilobyte or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UndoLimits {
    /// So many imports can be undone.
    pub imports: u32,
    /// Imports of the last days only.
    pub days: u32,
    /// So many former documents are kept, of all imports together. An import that replaces more can't be undone.
    pub documents: u64,
}

impl Default for UndoLimits {
    fn default() -> Self {
        Self {
            imports: 20,
            days: 30,
            documents: 5_000_000,
        }
    }
}

impl UndoLimits {
    /// How many former documents one import may keep.
    pub(super) const fn most_documents(self) -> u64 {
        if self.imports == 0 { 0 } else { self.documents }
    }
}
