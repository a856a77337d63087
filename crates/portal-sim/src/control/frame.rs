//! Page openings without a portal's page: as JSON, or as a plain form for browsers without JavaScript.

use std::fmt::Write as _;

use axum::Json;
use axum::response::Html;

use super::{Command, Refusal, bad_request};
use crate::fault::FrameFault;
use crate::frame::{self, FrameForm, FrameRequest, Opening};
use crate::state::crm::EntityKind;

/// `GET /__sim/frame?entity=company&id=101`: the POST of that tab as JSON; `opening=main` or `installer` for the
/// application's own pages; `user`, `lang`, `fault`.
pub(super) async fn frame(command: Command) -> Result<Json<FrameForm>, Refusal> {
    open(&command).map(Json)
}

/// `GET /__sim/open-frame?…`: the same as a page with a plain form and a button.
pub(super) async fn open_frame(command: Command) -> Result<Html<String>, Refusal> {
    open(&command).map(|form| Html(plain_form(&form)))
}

fn open(command: &Command) -> Result<FrameForm, Refusal> {
    let user_id = command.number::<u64>("user")?;
    let id = command.number::<u64>("id")?;
    let fault = command
        .text("fault")
        .map(|name| name.parse::<FrameFault>())
        .transpose()
        .map_err(|error| bad_request(&error.to_string()))?;
    let mut state = command.shared().lock();
    let (opening, handler) = match command.text("opening").as_deref() {
        Some("main") => (Opening::Main, state.main_url()),
        Some("installer") => (Opening::Installer, state.install_url()),
        _ => {
            let kind = command
                .text("entity")
                .and_then(|word| EntityKind::from_path(&word))
                .ok_or_else(|| bad_request("entity is one of company, lead, deal"))?;
            let id = id.ok_or_else(|| bad_request("id is the item's number"))?;
            (Opening::Tab(kind, id), state.tab_handler(kind))
        }
    };
    let request = FrameRequest {
        opening,
        user_id: user_id.unwrap_or_else(|| state.administrator()),
        language: command.text("lang").unwrap_or_else(|| state.language.clone()),
        handler,
        fault,
    };
    Ok(frame::open(&mut state, &request))
}

fn plain_form(form: &FrameForm) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;")
    };
    let mut fields = String::new();
    for (name, value) in &form.fields {
        let (name, value) = (escape(name), escape(value));
        // Writing to a String never fails.
        let _ = write!(fields, r#"<input type="hidden" name="{name}" value="{value}">"#);
    }
    format!(
        r#"<!doctype html><meta charset="utf-8"><title>Open the frame</title><link rel="icon" href="data:,">
<form method="post" action="{}">{fields}<button>Open</button></form>"#,
        escape(&form.action)
    )
}
