//! No portal reaches another's data, by whatever route: every path that the server names, every server function, every screen and
//! every action of the monitor is tried with every session that is not the portal's own.
//!
//! The routes are not listed here: they are asked of the server ([`certlens::http::paths`], the registry of server functions, the types
//! of screens and actions). What is sent to each stands in [`requests`]; a route that is not there fails the test.
//!
//! Two portals: *ours* is the one that asks, *the other* has a mark in every text that is kept of it.

mod actions;
mod callers;
mod requests;
mod world;

use axum::http::{Method, StatusCode};
use callers::Caller;
use requests::{Demand, Shape};
use std::collections::BTreeSet;
use world::{ADMINISTRATOR, MANAGER, MARK, TwoPortals};

/// Every path with every method that it answers.
async fn demands(world: &TwoPortals) -> Vec<Demand> {
    let mut demands = Vec::new();
    let mut missing = Vec::new();
    for path in certlens::http::paths() {
        for method in world.methods_of(&path).await {
            match requests::to(world, &path, &method) {
                Some(demand) => demands.push(demand),
                None => missing.push(format!("{method} {path}")),
            }
        }
    }
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        match requests::to_function(world, path) {
            Some(demand) => demands.push(demand),
            None => missing.push(format!("{method} {path}")),
        }
    }
    assert!(
        missing.is_empty(),
        "say in server/tests/http/isolation/requests.rs what a stranger sends to these routes, with the other portal's names and \
         numbers in it, and whether anybody may use them: {missing:#?}"
    );
    demands
}

#[tokio::test]
async fn no_route_shows_or_changes_anything_of_another_portal_whoever_asks() {
    let world = TwoPortals::start().await;
    let demands = demands(&world).await;
    let callers = Caller::all(&world).await;
    let before = world.rows_of_the_other().await;

    let mut faults = BTreeSet::new();
    for demand in &demands {
        for caller in &callers {
            for shape in &demand.shapes {
                let answer = caller.send(&world, &demand.method, shape).await;
                let what = format!("{} {} as {}", demand.method, shape.address, caller.name);
                let sent = shape.body.as_ref().map_or("", |(_, body)| body.as_str());
                if answer.status.is_success() && answer.body.contains(MARK) {
                    let place = answer.body.find(MARK).unwrap_or_default();
                    let around: String = answer
                        .body
                        .chars()
                        .skip(place.saturating_sub(200))
                        .take(300)
                        .collect();
                    faults.insert(format!(
                        "{what} shows the other portal's data ({sent}): …{around}…"
                    ));
                }
                // A portal that is not there, a search that does not answer are no faults of ours; a panic is.
                if answer.status == StatusCode::INTERNAL_SERVER_ERROR {
                    faults.insert(format!("{what} ({sent}): {}", answer.body));
                }
                if !demand.is_open && !caller.is_somebody && !answer.status.is_client_error() {
                    faults.insert(format!("{what} ({sent}) is answered {}", answer.status));
                }
            }
        }
        let after = world.rows_of_the_other().await;
        let changed: Vec<_> = after.iter().filter(|table| !before.contains(*table)).collect();
        if !changed.is_empty() {
            faults.insert(format!(
                "{} {} changed the other portal's {changed:?}",
                demand.method, demand.path
            ));
            break;
        }
    }

    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
    world.close().await;
}

#[tokio::test]
async fn operators_cookie_opens_nothing_but_pages_of_the_monitor() {
    let world = TwoPortals::start().await;
    let by_cookie = Caller::operator_by_cookie(&world).await;
    let before = world.rows_of_the_other().await;

    let mut opened = BTreeSet::new();
    for demand in demands(&world).await {
        let is_page = demand.method == Method::GET
            && demand.path.starts_with("/monitor")
            && demand.path != "/monitor/live";
        for shape in &demand.shapes {
            let answer = by_cookie.send(&world, &demand.method, shape).await;
            let shows = answer.status.is_success() && answer.body.contains(MARK);
            if shows && is_page {
                opened.insert(demand.path.clone());
            }
            assert!(is_page || !shows, "{} {}", demand.method, shape.address);
            assert!(
                demand.is_open || answer.status.is_client_error(),
                "{} {}: {}",
                demand.method,
                shape.address,
                answer.status
            );
        }
    }

    assert!(opened.contains("/monitor/{*screen}"), "{opened:?}");
    assert_eq!(world.rows_of_the_other().await, before);
    world.close().await;
}

/// Without it the first test could pass because nothing shows the mark to anybody.
#[tokio::test]
async fn the_same_requests_show_the_mark_to_those_who_may_see_it() {
    let world = TwoPortals::start().await;
    let demands = demands(&world).await;
    let operator = Caller::operator_signed_on(&world);

    let mut shown = BTreeSet::new();
    for demand in demands
        .iter()
        .filter(|demand| demand.method == Method::GET || demand.path.starts_with("/fn/monitor-screen"))
    {
        for shape in &demand.shapes {
            let answer = operator.send(&world, &demand.method, shape).await;
            if answer.status.is_success() && answer.body.contains(MARK) {
                shown.insert(demand.path.clone());
            }
        }
    }

    for path in [
        "/api/v1/portals/{member_id}/export",
        "/api/v1/portals/{member_id}/users",
        "/api/v1/monitor/{screen}",
        "/api/v1/monitor/{screen}/{subject}",
        "/fn/monitor-screen",
    ] {
        assert!(
            shown.contains(path),
            "{path} does not show the mark even to the operator: {shown:#?}"
        );
    }
    world.close().await;
}

/// What is refused for its shape finds no leak, however open the route is.
#[tokio::test]
async fn the_same_changes_are_made_for_the_other_portals_own_people() {
    let world = TwoPortals::start().await;
    let demands = demands(&world).await;
    let manager = Caller::of_the_other(&world, MANAGER, true).await;
    let administrator = Caller::of_the_other(&world, ADMINISTRATOR, false).await;

    for (caller, method, path) in [
        (&manager, Method::POST, "/api/v1/subscriptions"),
        (&manager, Method::POST, "/api/v1/subscriptions/bulk"),
        (&manager, Method::PATCH, "/api/v1/subscriptions/{id}"),
        (&manager, Method::DELETE, "/api/v1/subscriptions/{id}"),
        (
            &administrator,
            Method::PATCH,
            "/api/v1/portals/{member_id}/settings",
        ),
        (&administrator, Method::POST, "/fn/settings"),
        (&administrator, Method::POST, "/fn/tracking-settings"),
    ] {
        let demand = demands
            .iter()
            .find(|demand| demand.method == method && demand.path == path)
            .unwrap_or_else(|| panic!("nobody asks {method} {path}"));
        for shape in &demand.shapes {
            let answer = caller.send(&world, &method, shape).await;
            assert!(
                answer.status.is_success(),
                "{method} {} ({:?}): {} {}",
                shape.address,
                shape.body,
                answer.status,
                answer.body
            );
        }
    }
    world.close().await;
}

/// A table without the mark would never be missed in an answer.
#[tokio::test]
async fn every_table_of_the_other_portal_that_has_words_has_the_mark() {
    let world = TwoPortals::start().await;

    let without = world.tables_without_mark().await;

    assert_eq!(
        without,
        Vec::<String>::new(),
        "put a row of the other portal into these tables in server/tests/http/isolation/world.rs, or say there why they have no words"
    );
    world.close().await;
}

#[tokio::test]
async fn every_answer_carries_the_headers_of_security_and_no_policy_allows_what_is_inline() {
    let world = TwoPortals::start().await;
    let callers = [
        Caller::nobody(),
        Caller::operator(),
        Caller::operator_by_cookie(&world).await,
    ];

    let mut pages = 0;
    for demand in demands(&world).await {
        for caller in &callers {
            let Some(shape) = demand.shapes.first() else {
                continue;
            };
            let answer = caller.send(&world, &demand.method, shape).await;
            let what = format!("{} {}", demand.method, shape.address);
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
            assert_eq!(
                answer.header("referrer-policy"),
                "strict-origin-when-cross-origin",
                "{what}"
            );
            assert!(
                answer.header("permissions-policy").contains("camera=()"),
                "{what}"
            );
            assert!(!answer.header("x-request-id").is_empty(), "{what}");
            if answer.header("content-type").starts_with("text/html") {
                let policy = answer.header("content-security-policy");
                assert!(policy.starts_with("default-src 'none'"), "{what}: {policy}");
                assert!(!policy.contains("unsafe-inline"), "{what}: {policy}");
                assert!(!policy.contains("'unsafe-eval'"), "{what}: {policy}");
                assert!(policy.contains("'nonce-"), "{what}: {policy}");
                assert_eq!(answer.header("cache-control"), "no-store", "{what}");
                pages += 1;
            }
        }
    }

    assert!(pages > 10, "{pages} pages");
    world.close().await;
}

#[test]
fn interface_is_described_as_it_is_served() {
    let described: serde_json::Value =
        serde_json::from_str(include_str!("../../src/http/api/openapi.json")).unwrap();
    let folder = described["servers"][0]["url"].as_str().unwrap_or_default();
    let described: BTreeSet<String> = described["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(|path| {
            if path.starts_with("/api/") {
                path.clone()
            } else {
                format!("{folder}{path}")
            }
        })
        .map(|path| path[path.find("/api/").unwrap_or_default()..].to_owned())
        .collect();
    let served: BTreeSet<String> = certlens::http::paths()
        .into_iter()
        .filter(|path| path.starts_with("/api/") && !path.ends_with("/openapi.json"))
        .collect();
    let different: Vec<_> = described.symmetric_difference(&served).collect();
    assert!(
        different.is_empty(),
        "described or served, not both: {different:?}"
    );
}

impl Shape {
    fn get(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            body: None,
        }
    }

    fn json(address: impl Into<String>, body: &serde_json::Value) -> Self {
        Self {
            address: address.into(),
            body: Some(("application/json", body.to_string())),
        }
    }

    fn form(address: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            body: Some(("application/x-www-form-urlencoded", body.into())),
        }
    }
}
