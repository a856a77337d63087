//! Remembers what the cells of dictionary columns mean: a dump of a million rows has some hundred of them.

use std::collections::HashMap;

/// How many different cells are remembered: far above what dictionaries hold, and bounded for columns that turn out
/// to be none.
const REMEMBERED: usize = 4096;

/// Meanings by cell.
#[derive(Debug)]
pub(super) struct Memory<T>(HashMap<String, T>);

impl<T: Clone> Memory<T> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// The meaning of a cell, found out when it is met for the first time.
    pub(super) fn meaning(&mut self, cell: &str, find_out: impl FnOnce(&str) -> T) -> T {
        if let Some(known) = self.0.get(cell) {
            return known.clone();
        }
        let meaning = find_out(cell);
        if self.0.len() < REMEMBERED {
            self.0.insert(cell.to_owned(), meaning.clone());
        }
        meaning
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_is_understood_once_until_the_memory_is_full() {
        let mut memory = Memory::new();
        let mut found_out = 0;
        for cell in (0..=REMEMBERED).chain(0..=REMEMBERED) {
            let meaning = memory.meaning(&cell.to_string(), |cell| {
                found_out += 1;
                cell.len()
            });
            assert_eq!(meaning, cell.to_string().len());
        }
        assert_eq!(found_out, REMEMBERED + 2, "the last one did not fit");
    }
}
