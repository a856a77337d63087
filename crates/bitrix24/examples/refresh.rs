//! A connection that renews its tokens: the stored pair counts as ended, so the first call renews it.
//!
//! ```sh
//! cargo run --example refresh -- grant.json
//! ```
//!
//! `grant.json` is what a portal hands out at an installation, with the application's keys beside it: `{"access_token",
//! "refresh_token", "member_id", "user_id", "client_endpoint", "server_endpoint", "client_id", "client_secret"}`. The
//! crate's README tells how to get one from the portal simulator, for which `BITRIX24_ALLOW_INSECURE=1` has to be set.
//!
//! The pair is kept in memory here; a service implements `CredentialStore` over its database. Renewing spends the
//! refresh token: the file is good for one run.

use std::env;
use std::error::Error;
use std::sync::Arc;

use certlens_bitrix24::credentials::memory::MemoryCredentials;
use certlens_bitrix24::{
    AccessToken, AuthorizationServers, ClientId, ClientSecret, Connections, LocalPacing, MemberId,
    NetworkPolicy, Portal, PortalEndpoint, Priority, RefreshToken, TokenPair, Transport, UserId, lenient,
};
use chrono::Utc;
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let policy = match env::var("BITRIX24_ALLOW_INSECURE") {
        Ok(_) => NetworkPolicy::AllowInsecure,
        Err(_) => NetworkPolicy::PublicHttps,
    };
    let file = env::args().nth(1).ok_or("name a file with a grant")?;
    let grant: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let text = |key: &str| grant[key].as_str().unwrap_or_default();
    // A service has its own list of authorization servers and believes no other; here the file is trusted.
    let servers = AuthorizationServers::parse(text("server_endpoint"), policy)?;
    let client_id = ClientId::new(text("client_id"));
    let portal = Portal {
        member_id: MemberId::parse(text("member_id"))?,
        endpoint: PortalEndpoint::parse(text("client_endpoint"), policy)?,
        server: servers.default_server().clone(),
    };

    let credentials = MemoryCredentials::new();
    credentials.set_secret(&client_id, ClientSecret::parse(text("client_secret"))?);
    let pair = TokenPair {
        access: AccessToken::parse(text("access_token"))?,
        refresh: RefreshToken::parse(text("refresh_token"))?,
        expires_at: Utc::now(),
    };
    let user = lenient::positive_integer(&grant["user_id"]).ok_or("the grant names no user")?;
    let chain = credentials.add(&portal.member_id, &client_id, UserId(user), pair);

    let connections = Connections::new(
        Transport::new(policy)?,
        servers,
        Arc::new(credentials.clone()),
        Arc::new(LocalPacing::new()),
    );
    let client = connections.of_portal(&portal, Priority::Interactive);
    let viewer: Value = client.call_as("profile", json!({})).await?;

    println!(
        "the portal answers to {}",
        viewer["NAME"].as_str().unwrap_or("nobody")
    );
    if let Some(pair) = credentials.pair_of(chain) {
        println!("the renewed access token lives until {}", pair.expires_at);
    }
    Ok(())
}
