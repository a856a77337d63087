//! The application's own page: its installer until the installation is finished, afterwards its main page.

use super::layout::{document, escape, message};
use super::visitor::Visitor;
use crate::state::State;

/// The page; `just_installed` after the reload that ends an installation.
pub(super) fn page(state: &State, visitor: &Visitor, just_installed: bool) -> String {
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
    let content = format!(
        r#"<article class="card" data-language="{language}"><header class="card-head"><div class="head-line"><h1>{head}</h1></div></header>{note}
<div class="tab-panel tab-application" id="panel-app" data-opening="{opening}"><p class="loading">{loading}</p></div></article>"#,
        language = visitor.language,
        head = escape(head),
        loading = text.loading,
    );
    document(state, visitor, head, &content)
}
