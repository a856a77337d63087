//! Which files the browser's half consists of: the list that the build wrote beside them.
//!
//! Names carry a hash of the content, so that pages can't know them beforehand. Knows the list's form and the build's plain
//! names, nothing of HTTP. The list is read once: a page names the files of one build, whatever is copied over them later.

use certlens_app::shell::{Module, PageFiles};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The list, in the site's directory (`xtask/src/wasm/naming.rs` writes it).
pub(crate) const LIST: &str = "files.json";
/// Where the named files are, below the site's directory and in addresses.
pub(crate) const PACKAGE: &str = "pkg";

/// Why the browser's files are not known.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// There is no list, or it can't be read.
    #[error(
        "{path} can't be read; build the browser's half with `cargo xtask wasm`, or set CERTLENS_SITE_DIR"
    )]
    Unreadable {
        /// The list.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The list is something else.
    #[error("{path} is no list of the browser's files; build them anew with `cargo xtask wasm`")]
    NoList {
        /// The list.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A file is not in the list.
    #[error(
        "{path} does not name {plain}; it belongs to another version: build it anew with `cargo xtask wasm`"
    )]
    Unnamed {
        /// The list.
        path: PathBuf,
        /// The file's name in the build.
        plain: &'static str,
    },
    /// A file is in the list only.
    #[error("{path} is missing, though the list of files names it; copy the whole directory again")]
    Missing {
        /// The file.
        path: PathBuf,
    },
}

/// The files of a page as the build in `site_dir` names them.
pub fn page_files(site_dir: &Path) -> Result<PageFiles, SiteError> {
    let path = site_dir.join(LIST);
    let text = std::fs::read_to_string(&path).map_err(|source| SiteError::Unreadable {
        path: path.clone(),
        source,
    })?;
    let names: HashMap<String, String> = serde_json::from_str(&text).map_err(|source| SiteError::NoList {
        path: path.clone(),
        source,
    })?;
    let address = |plain: &'static str| {
        let name = names.get(plain).ok_or_else(|| SiteError::Unnamed {
            path: path.clone(),
            plain,
        })?;
        let file = site_dir.join(PACKAGE).join(name);
        if file.is_file() {
            Ok(format!("/{PACKAGE}/{name}"))
        } else {
            Err(SiteError::Missing { path: file })
        }
    };
    Ok(PageFiles {
        style: address("certlens.css")?,
        start: address("start.js")?,
        card: Module {
            script: address("certlens.js")?,
            wasm: address("certlens_bg.wasm")?,
        },
        overview: Module {
            script: address("certlens-overview.js")?,
            wasm: address("certlens-overview_bg.wasm")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: [&str; 6] = [
        "certlens.css",
        "start.js",
        "certlens.js",
        "certlens_bg.wasm",
        "certlens-overview.js",
        "certlens-overview_bg.wasm",
    ];

    /// A build whose files are named `0.<plain>`.
    fn build() -> tempfile::TempDir {
        let site = tempfile::tempdir().unwrap();
        std::fs::create_dir(site.path().join(PACKAGE)).unwrap();
        let mut names = HashMap::new();
        for plain in PLAIN {
            let name = format!("0.{plain}");
            std::fs::write(site.path().join(PACKAGE).join(&name), plain).unwrap();
            names.insert(plain, name);
        }
        std::fs::write(site.path().join(LIST), serde_json::to_string(&names).unwrap()).unwrap();
        site
    }

    #[test]
    fn files_are_addressed_by_the_names_of_the_list() {
        let site = build();

        let files = page_files(site.path()).unwrap();

        assert_eq!(files.style, "/pkg/0.certlens.css");
        assert_eq!(files.card.wasm, "/pkg/0.certlens_bg.wasm");
        assert_eq!(files.overview.script, "/pkg/0.certlens-overview.js");
    }

    #[test]
    fn what_is_wrong_with_a_build_is_said_with_its_path() {
        let nothing = tempfile::tempdir().unwrap();
        let copied_in_part = build();
        std::fs::remove_file(copied_in_part.path().join("pkg/0.certlens.js")).unwrap();
        let of_another_version = build();
        std::fs::write(
            of_another_version.path().join(LIST),
            r#"{"certlens.css":"0.certlens.css"}"#,
        )
        .unwrap();
        let damaged = build();
        std::fs::write(damaged.path().join(LIST), "<html>").unwrap();

        for (site, says) in [
            (nothing, "files.json can't be read"),
            (copied_in_part, "pkg/0.certlens.js is missing"),
            (of_another_version, "does not name start.js"),
            (damaged, "is no list"),
        ] {
            let refused = page_files(site.path()).unwrap_err().to_string();
            assert!(refused.contains(says), "{refused}");
        }
    }
}
