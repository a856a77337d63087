//! Applications: the overview with the administrator's buttons, and the application's own page, which is its
//! installer until the installation is finished.
#![expect(
    clippy::format_collect,
    reason = "pages are small, and folds over a buffer read worse"
)]

use serde_json::Value;

use super::layout::{document, escape, message};
use super::visitor::Visitor;
use crate::frame::SCOPE;
use crate::state::State;

/// The overview.
pub(super) fn overview(state: &State, visitor: &Visitor) -> String {
    let text = visitor.text();
    let begun = state.installation.is_some();
    let (status, class) = match (state.is_installed(), begun) {
        (true, _) => (text.installed_short, "chip-3"),
        (false, true) => (text.installation_begun, "chip-1"),
        (false, false) => (text.not_installed_short, ""),
    };
    let button = |action: &str, word: &str, class: &str| {
        format!(
            r#"<form method="post" action="{action}"><button class="button {class}">{word}</button></form>"#
        )
    };
    let open = format!(
        r#"<a class="button" href="/marketplace/app/certlens/">{}</a>"#,
        text.open
    );
    let buttons = match (state.is_admin(visitor.user_id), begun) {
        (true, true) => [
            open,
            button("/marketplace/install/", text.reinstall, "quiet"),
            button("/marketplace/uninstall/?clean=0", text.keep_data, "quiet"),
            button(
                "/marketplace/uninstall/?clean=1",
                text.delete_data,
                "quiet danger",
            ),
        ]
        .concat(),
        (true, false) => button("/marketplace/install/", text.install, ""),
        (false, true) => open,
        (false, false) => format!("<p>{}</p>", text.only_administrators),
    };
    let places: String = state
        .placements
        .iter()
        .map(|bound| {
            let title = escape(&bound.title_in(visitor.language));
            format!("<li><span>{}</span>{title}</li>", escape(&bound.placement))
        })
        .collect();
    let events: String = state
        .events
        .iter()
        .map(|bound| format!("<li>{}</li>", escape(&bound.event)))
        .collect();
    let section = |head: &str, rows: &str| match rows {
        "" => String::new(),
        rows => format!(
            r#"<section class="panel"><h2>{head}</h2><ul class="related codes">{rows}</ul></section>"#
        ),
    };
    let scopes: String = SCOPE
        .split(',')
        .map(|scope| format!("<li>{scope}</li>"))
        .collect();
    let details = [
        section(text.places, &places),
        section(text.event_handlers, &events),
        section(text.scopes, if begun { &scopes } else { "" }),
    ]
    .concat();
    let content = format!(
        r#"<div class="page-head"><h1>{head}</h1></div>
<section class="panel application-card" data-installed="{installed}"><span class="application-mark" aria-hidden="true"></span>
<div><h2>Certlens <span class="chip {class}">{status}</span></h2><p>{about}</p><div class="buttons">{buttons}</div></div></section>
<div class="details">{details}</div>"#,
        head = text.applications,
        installed = state.is_installed(),
        about = text.about_application,
    );
    document(state, visitor, text.applications, &content)
}

/// The page; `just_installed` after the reload that ends an installation.
pub(super) fn page(
    state: &State,
    visitor: &Visitor,
    just_installed: bool,
    options: Option<&Value>,
    fault: Option<&str>,
) -> String {
    let text = visitor.text();
    let installed = state.is_installed();
    if !installed && !state.is_admin(visitor.user_id) {
        return message(state, visitor, text.not_installed);
    }
    let opening = if installed { "main" } else { "installer" };
    let head = if installed { "Certlens" } else { text.installing };
    let note = if installed && just_installed {
        format!(r#"<p class="note" role="status">{}</p>"#, text.installed)
    } else {
        String::new()
    };
    let options = options
        .filter(|options| options.is_object())
        .map_or_else(String::new, |options| {
            format!(r#" data-options="{}""#, escape(&options.to_string()))
        });
    let content = format!(
        r#"<article class="card" data-language="{language}" data-fault="{fault}"><header class="card-head"><div class="head-line"><h1>{head}</h1></div></header>{note}
<div class="tab-panel tab-application" id="panel-app" data-opening="{opening}"{options}><p class="loading">{loading}</p></div></article>"#,
        language = visitor.language,
        fault = escape(fault.unwrap_or_default()),
        head = escape(head),
        loading = text.loading,
    );
    document(state, visitor, head, &content)
}
