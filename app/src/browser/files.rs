//! Orders a file of documents from the server, in the session of the page.

use super::{SESSION_META, renewal, start};
use gloo_net::http::Request;
use serde::Deserialize;

/// Where the ordered file is for a minute.
#[derive(Deserialize)]
struct Ticket {
    address: String,
}

/// Orders a file; its address, or nothing when the server gave none.
pub(super) async fn order(order: &str) -> Option<String> {
    renewal::keep_fresh().await;
    let token = start::meta(SESSION_META)?;
    let request = Request::post("/card/handover")
        .header("Authorization", &format!("Bearer {token}"))
        .header("Content-Type", "application/json")
        .body(order.to_owned())
        .ok()?;
    let answer = request.send().await.ok().filter(gloo_net::http::Response::ok)?;
    Some(answer.json::<Ticket>().await.ok()?.address)
}
