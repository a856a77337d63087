//! The installation without a browser: the installer's POST is sent by the simulator itself.

use serde_json::{Value, json};

use crate::frame::{self, FrameRequest, Opening};
use crate::names;
use crate::shared::Shared;

/// How much of the installer's page an error repeats.
const EXCERPT: usize = 400;

/// Why the application could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The application's server can't be reached.
    #[error("the installer at {url} can't be reached: {source}")]
    Unreachable {
        /// The installer's address.
        url: String,
        /// What failed.
        source: reqwest::Error,
    },
    /// The installer answered with an error page.
    #[error("the installer at {url} answered with status {status}: {excerpt}")]
    Refused {
        /// The installer's address.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the page.
        excerpt: String,
    },
}

/// Opens the installer as an administrator would, and finishes the installation.
///
/// `fresh` removes the application first, so that secrets and tokens change as in a reinstallation.
pub(crate) async fn install(shared: &Shared, fresh: bool) -> Result<Value, InstallError> {
    let (form, url) = {
        let mut state = shared.lock();
        if fresh {
            state.uninstall();
        }
        let url = state.install_url();
        let request = FrameRequest {
            opening: Opening::Installer,
            user_id: state.administrator(),
            language: state.language.clone(),
            handler: url.clone(),
            fault: None,
        };
        (frame::open(&mut state, &request), url)
    };
    let unreachable = |source: reqwest::Error| InstallError::Unreachable {
        url: url.clone(),
        source: source.without_url(),
    };
    let http = names::client().map_err(unreachable)?;
    let response = http
        .post(&form.action)
        .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.body())
        .send()
        .await
        .map_err(unreachable)?;
    let status = response.status();
    let page = response.text().await.map_err(unreachable)?;
    if !status.is_success() {
        let excerpt = page.chars().take(EXCERPT).collect();
        return Err(InstallError::Refused {
            url,
            status: status.as_u16(),
            excerpt,
        });
    }
    let mut state = shared.lock();
    // Nobody runs the page's script here, which would have called installFinish.
    state.finish_installation();
    let placements: Vec<&str> = state
        .placements
        .iter()
        .map(|bound| bound.placement.as_str())
        .collect();
    Ok(json!({"installed": true, "status": status.as_u16(), "placements": placements}))
}
