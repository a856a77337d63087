//! The configuration file `certlens.toml`: its keys are the settings' names without the prefix, in lower case.

use super::{ConfigurationError, Settings};
use std::io;
use std::path::{Path, PathBuf};

const USUAL_FILE: &str = "certlens.toml";

/// The settings of the named file, or of the usual one if that exists; otherwise none.
pub(super) fn read(named: Option<&Path>) -> Result<Settings, ConfigurationError> {
    let path = named
        .filter(|path| !path.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from(USUAL_FILE), Path::to_owned);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&path, &text),
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(source) => Err(ConfigurationError::Unreadable { path, source }),
    }
}

fn parse(path: &Path, text: &str) -> Result<Settings, ConfigurationError> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        // The error's own `Display` repeats the line, which may hold a secret; its message does not.
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        ConfigurationError::Malformed {
            path: path.to_owned(),
            line,
            message: error.message().to_owned(),
        }
    })
}
