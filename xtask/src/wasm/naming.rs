//! Names of the browser's files: each carries a hash of its content.
//!
//! A name then means one content for ever: browsers keep the file without asking, and two builds lie side by side without mixing.
//! The list beside the files says which name each one has; the server reads it when it starts (`server/src/site.rs`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use sha2::{Digest as _, Sha256};

use super::files_of;

/// The list of names, in the site's directory.
const LIST: &str = "files.json";
/// How much of the hash stands in a name: 64 bits, as two contents of one file never meet by chance.
const HASH_BYTES: usize = 8;

/// From the name that a file has in the build to the one that it is served under.
pub(super) type Names = BTreeMap<String, String>;

/// Renames every file of `package` by its content, and writes the list into `site`.
pub(super) fn name_by_content(site: &Path, package: &Path) -> anyhow::Result<Names> {
    let mut names = Names::new();
    for path in files_of(package)? {
        let plain = path.file_name().and_then(|name| name.to_str());
        let plain = plain.with_context(|| format!("{} has no readable name", path.display()))?;
        if path.is_dir() {
            bail!(
                "{plain} is a directory among the browser's files: nothing would give the files in it names of their own"
            );
        }
        let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let name = name_of(plain, &content)?;
        fs::rename(&path, package.join(&name)).with_context(|| format!("renaming {}", path.display()))?;
        names.insert(plain.to_owned(), name);
    }
    let list = site.join(LIST);
    let text = serde_json::to_string_pretty(&names).context("writing down the files' names")?;
    fs::write(&list, text).with_context(|| format!("writing {}", list.display()))?;
    Ok(names)
}

/// The names that the latest build gave.
pub(super) fn read(site: &Path) -> anyhow::Result<Names> {
    let list = site.join(LIST);
    let text = fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no list of names", list.display()))
}

/// `certlens.css` with its content: `certlens.0123456789abcdef.css`.
fn name_of(plain: &str, content: &[u8]) -> anyhow::Result<String> {
    let (stem, extension) = plain.rsplit_once('.').unwrap_or_default();
    ensure!(
        !stem.is_empty(),
        "{plain} has no extension: browsers would not learn its type"
    );
    let hash = Sha256::digest(content)
        .iter()
        .take(HASH_BYTES)
        .fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
    Ok(format!("{stem}.{hash:016x}.{extension}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{name_by_content, name_of, read};

    #[test]
    fn name_keeps_what_it_is_and_changes_with_the_content() {
        let (one, same, other) = (
            name_of("certlens_bg.wasm", b"one").unwrap(),
            name_of("certlens_bg.wasm", b"one").unwrap(),
            name_of("certlens_bg.wasm", b"other").unwrap(),
        );

        assert_eq!(one, "certlens_bg.7692c3ad3540bb80.wasm");
        assert_eq!(one, same);
        assert_ne!(one, other);
    }

    #[test]
    fn file_without_an_extension_is_refused() {
        assert!(name_of("README", b"").is_err());
        assert!(name_of(".hidden", b"").is_err());
    }

    #[test]
    fn renamed_files_are_the_ones_that_the_list_names_and_no_plain_name_is_left() {
        let site = tempfile::tempdir().unwrap();
        let package = site.path().join("pkg");
        fs::create_dir(&package).unwrap();
        fs::write(package.join("certlens.css"), "body{}").unwrap();
        fs::write(package.join("certlens.js"), "export {}").unwrap();

        let names = name_by_content(site.path(), &package).unwrap();

        assert_eq!(read(site.path()).unwrap(), names);
        assert_eq!(names.keys().collect::<Vec<_>>(), ["certlens.css", "certlens.js"]);
        assert_eq!(
            fs::read_to_string(package.join(&names["certlens.css"])).unwrap(),
            "body{}"
        );
        assert!(!package.join("certlens.css").exists());
    }

    #[test]
    fn directory_among_the_files_is_refused() {
        let site = tempfile::tempdir().unwrap();
        let package = site.path().join("pkg");
        fs::create_dir_all(package.join("snippets")).unwrap();

        let refused = name_by_content(site.path(), &package).unwrap_err();

        assert!(refused.to_string().contains("snippets"), "{refused}");
    }
}
