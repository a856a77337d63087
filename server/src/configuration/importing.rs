//! The settings of imports: from where, how large, and how many of them can be undone.

use super::{ConfigurationError, parsed, refused};
use certlens_registry::{IntakeOptions, UndoLimits};
use std::path::{Path, PathBuf};

/// Twenty gigabytes: the largest dump of a registry that there is, twice.
const UPLOAD_LIMIT: u64 = 20_000_000_000;

/// From where a running server imports. A folder that is named must be there; the usual one is made when needed.
pub(super) fn intake(
    data_dir: &Path,
    folder: Option<PathBuf>,
    most_bytes: Option<&str>,
) -> Result<IntakeOptions, ConfigurationError> {
    let incoming = data_dir.join("incoming");
    if let Some(folder) = &folder
        && !folder.is_dir()
    {
        let problem = format!("there is no folder {}", folder.display());
        return Err(refused("CERTLENS_IMPORT_DIR", problem));
    }
    Ok(IntakeOptions {
        folder: folder.unwrap_or_else(|| incoming.clone()),
        incoming,
        most_bytes: parsed("CERTLENS_UPLOAD_LIMIT", most_bytes, bytes)?.unwrap_or(UPLOAD_LIMIT),
    })
}

/// Which imports can be undone.
pub(super) fn undo_limits(
    imports: Option<&str>,
    days: Option<&str>,
) -> Result<UndoLimits, ConfigurationError> {
    let usual = UndoLimits::default();
    let number = |most: u32| {
        move |text: &str| {
            text.parse::<u32>()
                .ok()
                .filter(|number| *number <= most)
                .ok_or_else(|| format!("expected a number from 0 to {most}"))
        }
    };
    Ok(UndoLimits {
        imports: parsed("CERTLENS_UNDO_IMPORTS", imports, number(1000))?.unwrap_or(usual.imports),
        days: parsed("CERTLENS_UNDO_DAYS", days, number(3650))?.unwrap_or(usual.days),
        ..usual
    })
}

/// Bytes, as a number or with a unit.
fn bytes(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 6] = [
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("B", 1),
        ("", 1),
    ];
    let read = |(unit, factor): (&str, u64)| {
        let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
        number.checked_mul(factor).filter(|bytes| *bytes > 0)
    };
    UNITS
        .into_iter()
        .find_map(read)
        .ok_or_else(|| "expected a size such as 20GB or 500MB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("20GB", Some(20_000_000_000))]
    #[case("512 MiB", Some(536_870_912))]
    #[case("1048576", Some(1_048_576))]
    #[case("0", None)]
    #[case("much", None)]
    #[case("99999999999999GB", None)]
    fn size_of_an_upload_is_a_number_with_a_unit(#[case] text: &str, #[case] size: Option<u64>) {
        assert_eq!(bytes(text).ok(), size);
    }

    #[test]
    fn named_folder_must_be_there_and_the_usual_one_is_in_the_data_directory() {
        let usual = intake(Path::new("data"), None, None).unwrap();
        assert_eq!(usual.folder, Path::new("data/incoming"));
        let refused = intake(Path::new("data"), Some(PathBuf::from("/nowhere")), None).unwrap_err();
        assert!(refused.to_string().contains("CERTLENS_IMPORT_DIR"), "{refused}");
    }

    #[test]
    fn imports_that_can_be_undone_are_a_number() {
        assert_eq!(undo_limits(Some("0"), Some("7")).unwrap().days, 7);
        assert!(undo_limits(Some("all"), None).is_err());
    }
}
