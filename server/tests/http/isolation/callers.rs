//! Everybody who is not the other portal: by which token, and whether that opens anything at all.

use super::requests::Shape;
use super::world::{ADMINISTRATOR, COMPANY, MANAGER, TwoPortals};
use crate::running::{Answer, OPERATOR_TOKEN};
use axum::body::Body;
use axum::http::{Method, Request, header};
use certlens_app::session::{OperatorSession, Session};
use certlens_bitrix24::FrameOpen;
use certlens_portal_sim::EntityKind;
use chrono::{Duration, Utc};
use serde_json::json;

/// How a caller says who he is.
enum Proof {
    Nothing,
    /// In the `Authorization` header.
    Bearer(String),
    /// As browsers send it along.
    Cookie(String),
    /// In the address of each GET; made for it in this session.
    Pass(String),
}

pub(crate) struct Caller {
    pub(crate) name: &'static str,
    /// Whether what he shows is believed; what others send must be refused wherever not everybody may ask.
    pub(crate) is_somebody: bool,
    proof: Proof,
}

impl Caller {
    pub(crate) fn nobody() -> Self {
        Self {
            name: "nobody",
            is_somebody: false,
            proof: Proof::Nothing,
        }
    }

    pub(crate) fn operator() -> Self {
        Self {
            name: "the operator",
            is_somebody: true,
            proof: Proof::Bearer(OPERATOR_TOKEN.to_owned()),
        }
    }

    /// The operator in his browser, as its pages ask.
    pub(crate) fn operator_signed_on(world: &TwoPortals) -> Self {
        let session = OperatorSession::new("Anna", Utc::now());
        let key = &world.living.state.services.session_key;
        let token = key.sign_operator(&session, &OPERATOR_TOKEN.into());
        Self {
            name: "the operator in his browser",
            is_somebody: true,
            proof: Proof::Bearer(token),
        }
    }

    /// The operator's browser, led by another site: only the cookie comes along.
    pub(crate) async fn operator_by_cookie(world: &TwoPortals) -> Self {
        let form = format!("name=Anna&token={OPERATOR_TOKEN}&next=");
        let answer = world.living.server.post_form("/monitor/sign-on", form).await;
        let cookie = answer
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned();
        assert!(cookie.starts_with("certlens_operator="), "{}", answer.status);
        Self {
            name: "the operator's cookie",
            is_somebody: false,
            proof: Proof::Cookie(cookie),
        }
    }

    /// One of the other portal's own people, in its card or in the application's own page.
    pub(crate) async fn of_the_other(world: &TwoPortals, user: u64, is_card: bool) -> Self {
        Self {
            name: "one of the other portal's own people",
            is_somebody: true,
            proof: Proof::Bearer(world.page(&world.other, user, is_card).await),
        }
    }

    /// All who must not reach the other portal.
    pub(crate) async fn all(world: &TwoPortals) -> Vec<Self> {
        let somebody = |name, token| Self {
            name,
            is_somebody: true,
            proof: Proof::Bearer(token),
        };
        let refused = |name, token| Self {
            name,
            is_somebody: false,
            proof: Proof::Bearer(token),
        };
        let manager = world.page(&world.ours, MANAGER, true).await;
        let administrator = world.page(&world.ours, ADMINISTRATOR, false).await;
        let card_of_administrator = world.page(&world.ours, ADMINISTRATOR, true).await;
        // Signed by us, for the other portal's administrator, and over.
        let form = world
            .other
            .open_frame_form_as(ADMINISTRATOR, EntityKind::Company, COMPANY, None);
        let frame = FrameOpen::parse(&form.query, form.body().as_bytes());
        let services = &world.living.state.services;
        let proved = services.verify(frame, false).await.unwrap();
        let generation = services
            .session_generation(proved.member_id())
            .await
            .unwrap()
            .unwrap();
        let key = &services.session_key;
        let ended = key.sign(&Session::of_frame(
            &proved,
            generation,
            Utc::now() - Duration::hours(1),
        ));
        let revoked = key.sign(&Session::of_frame(&proved, generation - 1, Utc::now()));
        let living = key.sign(&Session::of_frame(&proved, generation, Utc::now()));
        // Claims of one session with the signature of another.
        let claims = living.split('.').next().unwrap_or_default();
        let signature = manager.split('.').nth(1).unwrap_or_default();
        vec![
            Self::nobody(),
            somebody("a manager in a card of ours", manager.clone()),
            somebody("an administrator in a card of ours", card_of_administrator),
            somebody("an administrator in the monitor of ours", administrator.clone()),
            refused("a made-up token", "c29tZXRoaW5n.c29tZXRoaW5n".to_owned()),
            refused(
                "claims of the other's session with a signature of ours",
                format!("{claims}.{signature}"),
            ),
            refused("the other's session that has ended", ended),
            refused("the other's session of a removed application", revoked),
            Self {
                name: "a pass of our administrator",
                is_somebody: true,
                proof: Proof::Pass(administrator),
            },
            Self {
                name: "a pass of our manager",
                is_somebody: true,
                proof: Proof::Pass(manager),
            },
        ]
    }

    pub(crate) async fn send(&self, world: &TwoPortals, method: &Method, shape: &Shape) -> Answer {
        let address = match &self.proof {
            Proof::Pass(token) if *method == Method::GET => with_pass(world, token, &shape.address).await,
            _ => shape.address.clone(),
        };
        let mut request = Request::builder().method(method).uri(address);
        request = match &self.proof {
            Proof::Bearer(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            Proof::Cookie(cookie) => request.header(header::COOKIE, cookie),
            Proof::Nothing | Proof::Pass(_) => request,
        };
        let body = match &shape.body {
            Some((content_type, body)) => {
                request = request.header(header::CONTENT_TYPE, *content_type);
                Body::from(body.clone())
            }
            None => Body::empty(),
        };
        let is_stream = shape.address.starts_with("/monitor/live");
        world
            .living
            .server
            .send_briefly(request.body(body).unwrap(), is_stream)
            .await
    }
}

/// The address with a pass, if one is given for it.
async fn with_pass(world: &TwoPortals, token: &str, address: &str) -> String {
    let wish = json!({ "address": address });
    let answer = world
        .living
        .server
        .ask(token, Method::POST, "/fn/monitor-pass", Some(&wish))
        .await;
    if answer.status.is_success() {
        serde_json::from_str(&answer.body).unwrap_or_else(|_| address.to_owned())
    } else {
        address.to_owned()
    }
}
