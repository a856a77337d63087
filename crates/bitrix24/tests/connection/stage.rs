//! A portal and its authorization server behind one listener, just real enough: tokens rotate, faults come in order.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use certlens_bitrix24::credentials::memory::MemoryCredentials;
use certlens_bitrix24::{
    AccessToken, AuthorizationServer, AuthorizationServers, ChainId, ClientId, ClientSecret, Connections,
    CredentialStore, LocalPacing, MemberId, NetworkPolicy, Portal, PortalClient, PortalEndpoint, Priority,
    RefreshToken, TokenPair, Transport, UserId,
};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

pub(crate) const CLIENT_ID: &str = "app.test";
pub(crate) const CLIENT_SECRET: &str = "client-secret-of-the-tests";
pub(crate) const ADMINISTRATOR: UserId = UserId(1);
pub(crate) const EMPLOYEE: UserId = UserId(2);

/// What the portal or the authorization server does instead of its work.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Answers this.
    Says(u16, Value),
    /// Answers a page.
    Page(u16),
    /// Answers a redirect.
    Redirects(String),
    /// Does its work and then breaks the connection.
    LosesAnswer,
    /// Breaks the connection without having done anything.
    Breaks,
}

/// What has happened and what is to happen.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Living access tokens and their users.
    access: HashMap<String, UserId>,
    /// Unspent refresh tokens and their users.
    refresh: HashMap<String, UserId>,
    issued: usize,
    /// Faults of REST calls; the first is taken by the next call.
    pub(crate) faults: VecDeque<Fault>,
    /// Faults of the token endpoint.
    pub(crate) token_faults: VecDeque<Fault>,
    /// Answers every REST call alike, after the faults.
    pub(crate) always: Option<Fault>,
    /// Names and bodies of REST calls.
    pub(crate) calls: Vec<(String, Value)>,
    /// Requests to the token endpoint.
    pub(crate) renewals: usize,
    /// The portal's address by the authorization server, when it isn't this one.
    pub(crate) endpoint: Option<String>,
    /// Objects that were created.
    pub(crate) created: Vec<Value>,
}

impl World {
    /// Issues a pair for a user.
    pub(crate) fn issue(&mut self, user: UserId) -> (String, String) {
        self.issued += 1;
        let pair = (
            format!("access-token-number-{}", self.issued),
            format!("refresh-token-number-{}", self.issued),
        );
        self.access.insert(pair.0.clone(), user);
        self.refresh.insert(pair.1.clone(), user);
        pair
    }

    /// Ends all access tokens.
    pub(crate) fn expire_access(&mut self) {
        self.access.clear();
    }

    /// Ends all refresh tokens.
    pub(crate) fn revoke_refresh(&mut self) {
        self.refresh.clear();
    }

    pub(crate) fn calls_of(&self, method: &str) -> usize {
        self.calls.iter().filter(|(name, _)| name == method).count()
    }
}

/// A running portal.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) address: String,
    world: Arc<Mutex<World>>,
    pub(crate) store: MemoryCredentials,
}

pub(crate) fn member() -> MemberId {
    MemberId::parse("5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49").unwrap()
}

impl Stage {
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stage = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            world: Arc::default(),
            store: MemoryCredentials::new(),
        };
        stage.store.set_secret(
            &ClientId::new(CLIENT_ID),
            ClientSecret::parse(CLIENT_SECRET).unwrap(),
        );
        let router = Router::new()
            .route("/oauth/token/", any(token))
            .route("/rest/app.info", any(introspect))
            .route("/portal/rest/{method}", any(rest))
            .with_state(stage.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        stage
    }

    pub(crate) fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.world.lock().unwrap())
    }

    pub(crate) fn endpoint(&self) -> PortalEndpoint {
        PortalEndpoint::parse(
            &format!("{}/portal/rest/", self.address),
            NetworkPolicy::AllowInsecure,
        )
        .unwrap()
    }

    pub(crate) fn portal(&self) -> Portal {
        Portal {
            member_id: member(),
            endpoint: self.endpoint(),
            server: AuthorizationServer::parse(&self.address, NetworkPolicy::AllowInsecure).unwrap(),
        }
    }

    /// Stores a new chain of a user.
    pub(crate) fn chain_of(&self, user: UserId) -> ChainId {
        let (access, refresh) = self.world(|world| world.issue(user));
        let pair = TokenPair {
            access: AccessToken::parse(&access).unwrap(),
            refresh: RefreshToken::parse(&refresh).unwrap(),
            expires_at: Utc::now() + TimeDelta::hours(1),
        };
        self.store.add(&member(), &ClientId::new(CLIENT_ID), user, pair)
    }

    /// Connections of one process; several over one stage are several processes over one database.
    pub(crate) fn connections(&self) -> Connections {
        self.connections_over(Arc::new(self.store.clone()))
    }

    pub(crate) fn connections_over(&self, store: Arc<dyn CredentialStore>) -> Connections {
        let server = AuthorizationServer::parse(&self.address, NetworkPolicy::AllowInsecure).unwrap();
        Connections::new(
            Transport::new(NetworkPolicy::AllowInsecure).unwrap(),
            AuthorizationServers::new(server, Vec::new()),
            store,
            Arc::new(LocalPacing::with_budget(
                1000.try_into().unwrap(),
                1000.try_into().unwrap(),
                1000.try_into().unwrap(),
            )),
        )
    }

    /// A client with any chain's rights.
    pub(crate) fn client(&self) -> PortalClient {
        self.connections()
            .of_portal(&self.portal(), Priority::Interactive)
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.world(|world| world.faults.push_back(fault));
    }
}

pub(crate) fn refusal(status: u16, code: &str) -> Fault {
    Fault::Says(
        status,
        json!({"error": code, "error_description": format!("{code} in words")}),
    )
}

fn said(status: u16, body: &Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), axum::Json(body.clone())).into_response()
}

/// A body that ends in an error: the server closes the connection in the middle of the answer.
fn broken() -> Response {
    let failure = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
    Body::from_stream(failure).into_response()
}

fn of_fault(fault: &Fault) -> Option<Response> {
    match fault {
        Fault::Says(status, body) => Some(said(*status, body)),
        Fault::Page(status) => {
            let page = [(header::CONTENT_TYPE, "text/html")];
            Some((StatusCode::from_u16(*status).unwrap(), page, "<h1>Sorry</h1>").into_response())
        }
        Fault::Redirects(location) => {
            Some((StatusCode::FOUND, [(header::LOCATION, location.clone())]).into_response())
        }
        Fault::Breaks => Some(broken()),
        Fault::LosesAnswer => None,
    }
}

async fn token(State(stage): State<Stage>, body: String) -> Response {
    let form: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let fault = stage.world(|world| {
        world.renewals += 1;
        world.token_faults.pop_front()
    });
    if let Some(answer) = fault.as_ref().and_then(of_fault) {
        return answer;
    }
    if form["client_id"] != CLIENT_ID || form["client_secret"] != CLIENT_SECRET {
        return said(400, &json!({"error": "invalid_client"}));
    }
    let issued = stage.world(|world| {
        let user = world.refresh.remove(&form["refresh_token"])?;
        Some((world.issue(user), user))
    });
    if fault.is_some() {
        return broken();
    }
    match issued {
        Some(((access, refresh), user)) => said(
            200,
            &json!({
                "access_token": access, "refresh_token": refresh, "expires_in": 3600, "scope": "app",
                "domain": "oauth.example", "member_id": member().as_str(), "user_id": user.0,
                "client_endpoint": "https://not-to-be-believed.example/rest/",
            }),
        ),
        None => said(400, &json!({"error": "invalid_grant"})),
    }
}

async fn introspect(State(stage): State<Stage>, body: String) -> Response {
    let form: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let (user, endpoint) =
        stage.world(|world| (world.access.get(&form["auth"]).copied(), world.endpoint.clone()));
    match user {
        Some(user) => said(
            200,
            &json!({"result": {
                "client_id": CLIENT_ID, "user_id": user.0, "scope": "crm",
                "install": {
                    "installed": true, "member_id": member().as_str(),
                    "client_endpoint": endpoint.unwrap_or_else(|| format!("{}/portal/rest/", stage.address)),
                },
            }}),
        ),
        None => said(401, &json!({"error": "expired_token"})),
    }
}

async fn rest(State(stage): State<Stage>, Path(method): Path<String>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap();
    stage.world(|world| {
        world.calls.push((method.clone(), body.clone()));
        let fault = world.faults.pop_front().or_else(|| world.always.clone());
        if let Some(answer) = fault.as_ref().and_then(of_fault) {
            return answer;
        }
        let Some(user) = world.access.get(body["auth"].as_str().unwrap()).copied() else {
            return said(401, &json!({"error": "expired_token"}));
        };
        let result = match method.as_str() {
            "crm.activity.add" => {
                let mut row = body["fields"].clone();
                row["ID"] = json!(world.created.len() + 1);
                world.created.push(row);
                json!(world.created.len())
            }
            "crm.activity.list" => {
                let wanted = body["filter"]["ORIGIN_ID"].clone();
                world
                    .created
                    .iter()
                    .filter(|row| row["ORIGIN_ID"] == wanted)
                    .cloned()
                    .collect()
            }
            _ => json!({"ID": user.0.to_string()}),
        };
        if fault.is_some() {
            return broken();
        }
        said(200, &json!({"result": result, "time": {"operating": 0.1}}))
    })
}
