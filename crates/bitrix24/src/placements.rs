//! Registration of the places where the portal shows the application, and who may do that.
//!
//! Repeatable: an installer that runs twice leaves the same bindings. Needs an administrator's token.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{CallError, PortalClient};
use crate::error_code::ErrorCode;
use crate::frame::placement::Placement;

/// A place and the page it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub placement: Placement,
    /// The address that the portal POSTs to.
    pub handler: String,
    /// The tab's title, by language code; the first is the default.
    pub titles: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
struct Bound {
    placement: String,
    handler: String,
}

/// Whether the token's user administers the portal.
pub async fn is_administrator(client: &PortalClient) -> Result<bool, CallError> {
    let reply = client.call("user.admin", Value::Null).await?;
    Ok(crate::lenient::is_yes(&reply.result))
}

/// Makes the application's bindings in the wanted places equal to `wanted`: stale handlers go, missing ones come.
pub async fn reconcile(client: &PortalClient, wanted: &[Binding]) -> Result<(), CallError> {
    let bound: Vec<Bound> = client.call_as("placement.get", Value::Null).await?;
    for binding in wanted {
        let code = binding.placement.code();
        let here = bound
            .iter()
            .filter(|bound| bound.placement.eq_ignore_ascii_case(&code));
        let mut is_bound = false;
        for bound in here {
            if bound.handler == binding.handler {
                is_bound = true;
            } else {
                let stale = json!({"PLACEMENT": code, "HANDLER": bound.handler});
                client.call("placement.unbind", stale).await?;
            }
        }
        if !is_bound {
            bind(client, binding).await?;
        }
    }
    Ok(())
}

async fn bind(client: &PortalClient, binding: &Binding) -> Result<(), CallError> {
    let titles: serde_json::Map<String, Value> = binding
        .titles
        .iter()
        .map(|(language, title)| (language.clone(), json!({"TITLE": title})))
        .collect();
    let title = binding.titles.first().map_or("", |(_, title)| title.as_str());
    let parameters = json!({
        "PLACEMENT": binding.placement.code(),
        "HANDLER": binding.handler,
        "TITLE": title,
        "LANG_ALL": titles,
    });
    match client.call("placement.bind", parameters).await {
        Err(CallError::Refused(error)) if is_already_bound(&error.code, &error.description) => Ok(()),
        outcome => outcome.map(drop),
    }
}

/// Another run of the installer was quicker; there is no code of its own for that.
fn is_already_bound(code: &ErrorCode, description: &str) -> bool {
    *code == ErrorCode::Other("ERROR_CORE".to_owned())
        && description.to_ascii_lowercase().contains("already binded")
}
