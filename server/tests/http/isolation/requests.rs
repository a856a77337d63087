//! What a stranger sends to each route: the other portal's names and numbers, in every place that takes any.

use super::actions;
use super::world::{ADMINISTRATOR, COMPANY, IDENTIFIER, MANAGER, TwoPortals};
use axum::http::Method;
use certlens_app::overview::model::SettingsChange;
use certlens_domain::tracking::settings::TrackingSettings;
use certlens_portal_sim::{EntityKind, FrameForm};
use serde_json::{Value, json};

/// One request but for its method and who sends it.
pub(crate) struct Shape {
    pub(crate) address: String,
    /// With its media type.
    pub(crate) body: Option<(&'static str, String)>,
}

/// All that is sent to one route.
pub(crate) struct Demand {
    pub(crate) method: Method,
    /// As the router writes it.
    pub(crate) path: String,
    pub(crate) shapes: Vec<Shape>,
    /// Whether anybody may ask: then only what is shown and changed counts, not the status.
    pub(crate) is_open: bool,
}

/// What is sent to a path; `None`: nobody has said it yet.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn to(world: &TwoPortals, path: &str, method: &Method) -> Option<Demand> {
    let other = world.other.member_id();
    let demand = |is_open: bool, shapes: Vec<Shape>| {
        Some(Demand {
            method: method.clone(),
            path: path.to_owned(),
            shapes,
            is_open,
        })
    };
    // They name no portal and no person.
    let open = |shapes| demand(true, shapes);
    let closed = |shapes| demand(false, shapes);
    let nothing = "00000000-0000-0000-0000-000000000000";
    match (method.as_str(), path) {
        ("GET", "/healthz" | "/readyz" | "/metrics" | "/api/v1/openapi.json") => open(vec![Shape::get(path)]),
        // Server functions have their own list; a name that is none of theirs.
        ("POST", "/fn/{name}") => open(vec![Shape::json("/fn/none-of-ours", &json!({}))]),
        // The registries are the same for all who may ask.
        ("GET", "/api/v1/analytics" | "/api/v1/related") => {
            closed(vec![Shape::get(format!("{path}?id={IDENTIFIER}"))])
        }
        ("GET", "/api/v1/documents") => closed(vec![Shape::get(format!("{path}?id={IDENTIFIER}&limit=1"))]),
        ("GET", "/api/v1/documents/by-number") => closed(vec![Shape::get(format!("{path}?number=RU1"))]),
        ("GET", "/api/v1/documents/history") => {
            closed(vec![Shape::get(format!("{path}?registry=kz&number=1"))])
        }
        ("GET", "/api/v1/documents/{registry}/{key}") => closed(vec![Shape::get("/api/v1/documents/kz/1")]),
        ("GET", "/api/v1/registries" | "/api/v1/imports" | "/api/v1/recounts") => {
            closed(vec![Shape::get(path)])
        }
        ("POST", "/api/v1/imports") => closed(vec![
            Shape::json(path, &json!({"source": "jsonl", "path": "nothing.jsonl"})),
            Shape::form(format!("{path}?source=jsonl&name=x.jsonl"), "{}"),
        ]),
        ("GET" | "DELETE", "/api/v1/imports/{id}") => {
            closed(vec![Shape::get(format!("/api/v1/imports/{nothing}"))])
        }
        ("GET", "/api/v1/imports/{id}/rejects") => {
            closed(vec![Shape::get(format!("/api/v1/imports/{nothing}/rejects"))])
        }
        ("POST", "/api/v1/imports/{id}/undo") => closed(vec![Shape::json(
            format!("/api/v1/imports/{nothing}/undo"),
            &json!({}),
        )]),
        ("POST", "/api/v1/recount") => closed(vec![
            Shape::json(path, &json!({})),
            Shape::json(path, &json!({"member_id": other})),
        ]),
        (
            "GET",
            "/api/v1/portals/{member_id}/settings"
            | "/api/v1/portals/{member_id}/export"
            | "/api/v1/portals/{member_id}/users",
        ) => closed(vec![Shape::get(path.replace("{member_id}", &other))]),
        ("PATCH", "/api/v1/portals/{member_id}/settings") => closed(vec![Shape::json(
            path.replace("{member_id}", &other),
            &json!({"lead_write_back": true}),
        )]),
        ("PATCH", "/api/v1/portals/{member_id}/users/{user_id}") => closed(vec![Shape::json(
            path.replace("{member_id}", &other).replace("{user_id}", "7"),
            &json!({"absent_until": "2099-01-15"}),
        )]),
        ("POST", "/api/v1/portals/{member_id}/users/move-subscriptions") => closed(vec![Shape::json(
            path.replace("{member_id}", &other),
            &json!({"from": MANAGER, "to": ADMINISTRATOR}),
        )]),
        ("GET", "/api/v1/subscriptions") => closed(vec![
            Shape::get(path),
            Shape::get(format!("{path}?member_id={other}")),
            Shape::get(format!(
                "{path}?member_id={other}&entity_type=company&entity_id={COMPANY}&user_id={MANAGER}"
            )),
        ]),
        ("POST", "/api/v1/subscriptions") => {
            let mut wish = wish();
            wish["member_id"] = json!(other);
            closed(vec![Shape::json(path, &wish)])
        }
        ("POST", "/api/v1/subscriptions/bulk") => closed(vec![Shape::json(
            path,
            &json!({"member_id": other, "subscriptions": [wish()]}),
        )]),
        ("PATCH", "/api/v1/subscriptions/{id}") => {
            let address = path.replace("{id}", &world.subscription.to_string());
            closed(vec![
                Shape::json(address.clone(), &json!({"news": ["suspended"]})),
                Shape::json(
                    address.clone(),
                    &json!({"member_id": other, "news": ["terminated"]}),
                ),
                Shape::json(address, &json!({"state": "archived"})),
            ])
        }
        ("DELETE", "/api/v1/subscriptions/{id}") => {
            let address = path.replace("{id}", &world.subscription.to_string());
            closed(vec![
                Shape::get(address.clone()),
                Shape::get(format!("{address}?member_id={other}")),
            ])
        }
        ("GET", "/api/v1/monitor/{screen}" | "/api/v1/monitor/{screen}/{subject}") => {
            let has_subject = path.ends_with("{subject}");
            closed(screens(world, "/api/v1", has_subject))
        }
        ("GET", "/monitor" | "/monitor/{*screen}") => open(screens(world, "", true)),
        ("GET", "/monitor/live") => closed(vec![
            Shape::get(path),
            Shape::get(format!("{path}?portal={other}")),
        ]),
        ("POST", "/monitor/sign-on") => open(vec![Shape::form(
            path,
            "name=x&token=not-the-operators-token&next=/monitor",
        )]),
        ("POST", "/monitor/sign-out") => open(vec![Shape::form(path, "")]),
        ("POST", "/api/v1/actions") => closed(
            actions::all(world)
                .iter()
                .flat_map(|action| {
                    ["?preview=1", "?reason=because"]
                        .map(|query| Shape::json(format!("{path}{query}"), action))
                })
                .collect(),
        ),
        ("POST", "/card/handover") => closed(vec![Shape::json(
            path,
            &json!({"format": "csv", "identifiers": [IDENTIFIER]}),
        )]),
        ("GET", "/card/handover") => closed(vec![Shape::get(format!(
            "{path}?ticket=c29tZXRoaW5n.c29tZXRoaW5n"
        ))]),
        ("GET", "/bitrix/app" | "/bitrix/install" | "/bitrix/events" | "/bitrix/uninstall") => open(vec![
            Shape::get(path),
            Shape::get(format!("{path}?member_id={other}&DOMAIN=x")),
        ]),
        ("GET", "/bitrix/login") => open(vec![
            Shape::get(path),
            Shape::get(format!(
                "{path}?code=0123456789abcdef&state={other}.9999999999.abc&member_id={other}&domain=x"
            )),
        ]),
        ("POST", "/bitrix/login") => open(vec![Shape::form(path, format!("member_id={other}&domain="))]),
        ("POST", "/bitrix/app" | "/bitrix/install") => open(frames(world, path)),
        ("POST", "/bitrix/events" | "/bitrix/uninstall") => open(events(world, path)),
        _ => None,
    }
}

/// What is sent to a server function; `None`: nobody has said it yet.
pub(crate) fn to_function(world: &TwoPortals, path: &str) -> Option<Demand> {
    let identifiers = json!([IDENTIFIER]);
    let bodies = match path.strip_prefix("/fn/")? {
        "progress" | "card_revision" => vec![json!({})],
        "settings" => {
            let change = json!(SettingsChange {
                lead_write_back: true,
                ..SettingsChange::default()
            });
            let mut with_portal = change.clone();
            with_portal["member_id"] = json!(world.other.member_id());
            vec![json!({ "change": change }), json!({ "change": with_portal })]
        }
        "tracking-settings" => vec![json!({"settings": TrackingSettings::default()})],
        // A token of the one portal's user for the session of another.
        "session" => vec![json!({"access_token": world.ours.issue_token(ADMINISTRATOR).access})],
        "board" | "timeline" => vec![json!({"identifiers": identifiers, "fragment": "", "language": "en"})],
        "keep" => vec![json!({"identifier": IDENTIFIER})],
        "number" => vec![json!({"number": "RU1"})],
        "identifiers" => vec![
            json!({"changes": []}),
            json!({"changes": [{"label": {"value": IDENTIFIER, "label": "ours"}}]}),
            json!({"changes": [{"remove": {"value": IDENTIFIER}}]}),
        ],
        "tracking" => tracking_orders(world),
        "monitor-screen" => screens(world, "", false)
            .into_iter()
            .chain(screens(world, "", true))
            .map(|shape| json!({"address": shape.address, "language": "en"}))
            .collect(),
        "monitor-order" => actions::all(world)
            .iter()
            .flat_map(|action| {
                [false, true].map(|is_confirmed| {
                    json!({"order": {"action": action.to_string()}, "is_confirmed": is_confirmed, "reason": "because", "language": "en"})
                })
            })
            .collect(),
        "monitor-pass" => vec![
            json!({"address": format!("/api/v1/portals/{}/export", world.other.member_id())}),
            json!({"address": format!("/monitor/live?portal={}", world.other.member_id())}),
        ],
        _ => return None,
    };
    Some(Demand {
        method: Method::POST,
        path: path.to_owned(),
        shapes: bodies.iter().map(|body| Shape::json(path, body)).collect(),
        is_open: false,
    })
}

/// Every screen, asked for the other portal, for what is its, and for files of its tables.
fn screens(world: &TwoPortals, before: &str, with_subject: bool) -> Vec<Shape> {
    let other = world.other.member_id();
    let subjects = [
        other.clone(),
        IDENTIFIER.to_owned(),
        MANAGER.to_string(),
        world.subscription.to_string(),
        world.item.clone(),
        format!("item-{}", world.item),
        format!("event-{}", world.event),
        format!("job-{other}-crawl"),
        world.settings_change.to_string(),
    ];
    let mut shapes = Vec::new();
    for (screen, tables) in &world.tables {
        let base = format!("{before}/monitor/{screen}");
        if with_subject {
            for subject in &subjects {
                shapes.push(Shape::get(format!("{base}/{subject}")));
                shapes.push(Shape::get(format!("{base}/{subject}?portal={other}")));
            }
            continue;
        }
        shapes.push(Shape::get(base.clone()));
        shapes.push(Shape::get(format!("{base}?portal={other}")));
        for filter in ["q=zz", "text=zz", "user=7", "subject=company-101", "state=dead"] {
            shapes.push(Shape::get(format!("{base}?{filter}")));
        }
        for table in tables {
            shapes.push(Shape::get(format!("{base}?export={table}")));
            shapes.push(Shape::get(format!("{base}?portal={other}&export={table}")));
        }
    }
    shapes
}

fn wish() -> Value {
    json!({
        "entity": {"type": "company", "id": COMPANY}, "user_id": MANAGER, "identifiers": [IDENTIFIER],
        "news": ["new_document"],
    })
}

/// Orders of a card's panel with the other portal's subscription.
fn tracking_orders(world: &TwoPortals) -> Vec<Value> {
    let id = world.subscription;
    let orders = [
        json!("look"),
        json!({"mute": {"ids": [id], "mute": "forever"}}),
        json!({"unsubscribe": {"ids": [id]}}),
        json!({"restore": {"ids": [id]}}),
        json!({"change": {"id": id}}),
    ];
    let shown = [
        json!("card"),
        json!({"own": {"after": null}}),
        json!({"own": {"after": id}}),
    ];
    orders
        .iter()
        .flat_map(|order| shown.iter().map(move |shown| json!({"order": order, "shown": shown})))
        .map(|asked| {
            json!({"order": asked.to_string(), "fields": [["identifier", IDENTIFIER], ["news", "new_document"]], "language": "en"})
        })
        .collect()
}

/// Frames of ours that say the other portal's names.
fn frames(world: &TwoPortals, path: &str) -> Vec<Shape> {
    let other = world.other.member_id();
    let ours = world
        .ours
        .open_frame_form_as(ADMINISTRATOR, EntityKind::Company, COMPANY, None);
    let others = world
        .other
        .open_frame_form_as(ADMINISTRATOR, EntityKind::Company, COMPANY, None);
    let with = |form: &FrameForm, name: &str, value: &str| {
        let mut form = form.clone();
        form.fields.retain(|(field, _)| field != name);
        form.fields.push((name.to_owned(), value.to_owned()));
        form
    };
    let token = |form: &FrameForm| {
        let field = form.fields.iter().find(|(name, _)| name == "AUTH_ID");
        field.map_or_else(String::new, |(_, value)| value.clone())
    };
    [
        with(&ours, "member_id", &other),
        with(&others, "AUTH_ID", &token(&ours)),
        with(&others, "AUTH_ID", ""),
        with(&others, "AUTH_ID", "0123456789abcdef0123456789abcdef"),
        with(
            &ours,
            "PLACEMENT_OPTIONS",
            &json!({"ID": COMPANY, "member_id": other, "portal": other}).to_string(),
        ),
        FrameForm {
            query: others.query.clone(),
            ..ours.clone()
        },
    ]
    .into_iter()
    .map(|form| Shape::form(format!("{path}?{}", form.query), form.body()))
    .collect()
}

/// Events in the other portal's name, with an application token of ours, a made-up one and none.
fn events(world: &TwoPortals, path: &str) -> Vec<Shape> {
    let other = world.other.member_id();
    let ours = world.ours.application_token().unwrap_or_default();
    [
        "ONAPPUNINSTALL",
        "ONAPPINSTALL",
        "ONCRMCOMPANYUPDATE",
        "ONCRMTIMELINEITEMACTION",
    ]
    .iter()
    .flat_map(|event| {
        [ours.as_str(), "00000000000000000000000000000000", ""].map(|token| {
            let body = format!(
                "event={event}&data[CLEAN]=1&data[FIELDS][ID]={COMPANY}&ts=1790000000&auth[member_id]={other}\
                     &auth[application_token]={token}&auth[domain]=x"
            );
            Shape::form(path, body)
        })
    })
    .collect()
}
