//! A client that knows `*.localhost`, and an application that remembers what it was told.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, State};
use axum::routing::post;
use certlens_portal_sim::{PortalHandle, Simulator, SimulatorOptions};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) const ADMINISTRATOR: u64 = 1;
pub(crate) const MANAGER: u64 = 7;

#[derive(Debug)]
struct ThisMachine;

impl Resolve for ThisMachine {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async {
            let addresses: Addrs = Box::new([SocketAddr::from((Ipv4Addr::LOCALHOST, 0))].into_iter());
            Ok(addresses)
        })
    }
}

pub(crate) fn http() -> Client {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Arc::new(ThisMachine))
        .build()
        .unwrap()
}

pub(crate) async fn simulator_with(options: SimulatorOptions) -> Simulator {
    let simulator = Simulator::start(options).await.unwrap();
    for portal in simulator.portals() {
        portal.finish_installation();
    }
    simulator
}

pub(crate) async fn simulator() -> Simulator {
    simulator_with(SimulatorOptions::default()).await
}

/// Three portals, each with the application.
pub(crate) async fn three_portals() -> Simulator {
    simulator_with(SimulatorOptions {
        portals: 3,
        ..SimulatorOptions::default()
    })
    .await
}

/// Calls a method with a token.
pub(crate) async fn call(
    http: &Client,
    portal: &PortalHandle,
    token: &str,
    method: &str,
    mut parameters: Value,
) -> (StatusCode, Value) {
    parameters["auth"] = json!(token);
    json_of(
        http.post(format!("{}/rest/{method}", portal.portal_url()))
            .json(&parameters),
    )
    .await
}

/// Sends a command of the control interface.
pub(crate) async fn command(http: &Client, simulator: &Simulator, command: &str) -> (StatusCode, Value) {
    let response = http
        .post(format!("http://{}/__sim/{command}", simulator.address()))
        .send()
        .await
        .unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Asks the control interface.
pub(crate) async fn ask(http: &Client, simulator: &Simulator, question: &str) -> Value {
    json_of(http.get(format!("http://{}/__sim/{question}", simulator.address())))
        .await
        .1
}

pub(crate) async fn json_of(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// Renews a pair at the authorization server.
pub(crate) async fn renew(
    http: &Client,
    simulator: &Simulator,
    portal: &PortalHandle,
    refresh: &str,
) -> reqwest::Result<(StatusCode, Value)> {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &portal.client_id()),
        ("client_secret", &portal.client_secret()),
        ("refresh_token", refresh),
    ];
    let url = format!("{}/oauth/token/", simulator.auth_url());
    let response = http.post(url).form(&form).send().await?;
    Ok((response.status(), response.json().await?))
}

type Told = Vec<BTreeMap<String, String>>;

/// An application that remembers the events it is told of.
pub(crate) struct Listener {
    pub(crate) url: String,
    told: watch::Receiver<Told>,
}

impl Listener {
    pub(crate) async fn start() -> Self {
        let (sender, told) = watch::channel(Told::new());
        let sender = Arc::new(Mutex::new(sender));
        let router = Router::new().route("/events", post(remember)).with_state(sender);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!(
            "http://app.localhost:{}/events",
            listener.local_addr().unwrap().port()
        );
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, told }
    }

    /// Waits until so many events came, and returns all.
    pub(crate) async fn told(&mut self, count: usize) -> Told {
        let waiting = self.told.wait_for(|told| told.len() >= count);
        tokio::time::timeout(Duration::from_secs(20), waiting)
            .await
            .expect("the events should have come by now")
            .unwrap()
            .clone()
    }

    /// What came so far.
    pub(crate) fn so_far(&self) -> Told {
        self.told.borrow().clone()
    }
}

async fn remember(
    State(sender): State<Arc<Mutex<watch::Sender<Told>>>>,
    Form(fields): Form<BTreeMap<String, String>>,
) {
    sender.lock().unwrap().send_modify(|told| told.push(fields));
}

/// Waits until nothing in the outbox waits any more, and returns how each delivery ended.
pub(crate) async fn settled(portal: &PortalHandle) -> Vec<Value> {
    loop {
        let outbox: Vec<Value> = portal.outbox().iter().map(|delivery| json!(delivery)).collect();
        if outbox
            .iter()
            .all(|delivery| delivery["status"] != json!("waiting"))
        {
            return outbox;
        }
        tokio::task::yield_now().await;
    }
}
