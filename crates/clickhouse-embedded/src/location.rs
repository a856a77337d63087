//! Finds the engine's library and program: where they are named, or beside the running program.

use std::env;
use std::path::{Path, PathBuf};

use crate::ClickHouseError;

const LIBRARY: &str = "libchdb.so";
const PROGRAM: &str = "certlens-clickhouse";

/// Finds the engine's library: `configured` when given, else beside the running program.
///
/// # Errors
/// [`ClickHouseError::LibraryMissing`] with the places that were searched.
pub fn find_library(configured: Option<&Path>) -> Result<PathBuf, ClickHouseError> {
    find(LIBRARY, configured).map_err(|looked_in| ClickHouseError::LibraryMissing { looked_in })
}

pub(crate) fn find_program(configured: Option<&Path>) -> Result<PathBuf, ClickHouseError> {
    find(PROGRAM, configured).map_err(|looked_in| ClickHouseError::ProgramMissing { looked_in })
}

fn find(name: &str, configured: Option<&Path>) -> Result<PathBuf, String> {
    let candidates = match configured {
        Some(path) => vec![path.to_path_buf()],
        None => places().into_iter().map(|place| place.join(name)).collect(),
    };
    candidates
        .iter()
        .find(|path| path.is_file())
        .cloned()
        .ok_or_else(|| {
            candidates
                .iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
                .join(", ")
        })
}

/// Beside the program; and one level up for tests, which live in `deps/` below the programs.
fn places() -> Vec<PathBuf> {
    let Ok(program) = env::current_exe() else {
        return Vec::new();
    };
    program
        .ancestors()
        .skip(1)
        .take(2)
        .map(Path::to_path_buf)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::find_library;

    #[test]
    fn find_library_at_a_wrong_path_names_it_and_the_remedy() {
        let error = find_library(Some(Path::new("/nowhere/libchdb.so")))
            .unwrap_err()
            .to_string();

        assert!(error.contains("/nowhere/libchdb.so"), "{error}");
        assert!(error.contains("CERTLENS_CLICKHOUSE_LIBRARY"), "{error}");
    }
}
