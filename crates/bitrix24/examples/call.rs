//! Calls a portal with one access token: the viewer's name, then one batch.
//!
//! ```sh
//! cargo run --example call -- grant.json
//! ```
//!
//! `grant.json` is what a portal hands out at an installation: `{"access_token", "client_endpoint", …}`. The crate's
//! README tells how to get one from the portal simulator, for which `BITRIX24_ALLOW_INSECURE=1` has to be set.

use std::env;
use std::error::Error;
use std::time::Duration;

use certlens_bitrix24::{
    AccessToken, Batch, Command, CommandOutcome, NetworkPolicy, PortalClient, PortalEndpoint, Transport,
};
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
    let endpoint = PortalEndpoint::parse(text("client_endpoint"), policy)?;
    let token = AccessToken::parse(text("access_token"))?;
    let client = PortalClient::new(Transport::new(policy)?, endpoint, token).within(Duration::from_secs(10));

    let viewer: Value = client.call_as("profile", json!({})).await?;
    println!(
        "the token belongs to {}",
        viewer["NAME"].as_str().unwrap_or("nobody")
    );

    let batch = Batch::independent()
        .command("scopes", Command::new("scope"))
        .command(
            "companies",
            Command::new("crm.item.list")
                .with("entityTypeId", 4)
                .with("start", -1),
        );
    let mut reply = client.batch(&batch).await?;
    for key in ["scopes", "companies"] {
        match reply.take(key) {
            CommandOutcome::Done(result) => println!("{key}: {result}"),
            CommandOutcome::Failed(error) => println!("{key}: {error}"),
            CommandOutcome::NotExecuted => println!("{key}: not executed"),
        }
    }
    Ok(())
}
