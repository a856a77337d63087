//! The HTML around the page: head, session, styles, and the script that starts the browser's half.
//!
//! A start script of our own instead of Leptos's `HydrationScripts`: the one of 0.8.23 writes the nonce into
//! `crossorigin`, which makes Firefox drop the preload and may stop the page (leptos issue 4843), and it reports no
//! failure. Ours marks the document when the browser's half does not start.

use crate::browser::{BX24_META, ROOT_ELEMENT, SESSION_META};
use crate::card::open::CardOnBoard;
use crate::card::page::CardPage;
use crate::monitor::page::{MonitorPage, MonitorPageModel};
use crate::overview::model::Overview;
use crate::overview::page::OverviewPage;
use certlens_domain::language::Language;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use std::sync::Arc;

/// What the head of a page says.
#[derive(Debug, Clone)]
pub struct Head {
    /// The page's language.
    pub language: Language,
    /// Title of the document.
    pub title: String,
    /// The session's token.
    pub session_token: String,
    /// Address of Bitrix24's browser library.
    pub bx24_library: String,
    /// The browser's files; a page without them is read, not used.
    pub files: Option<Arc<PageFiles>>,
}

/// Where the browser finds the files of our pages: addresses that change with the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFiles {
    /// The style sheet.
    pub style: String,
    /// What starts the browser's half.
    pub start: String,
    /// The browser's half of a card.
    pub card: Module,
    /// The browser's half of the application's own page and of the monitor.
    pub overview: Module,
}

/// The browser's half of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The script that binds the program to the browser.
    pub script: String,
    /// The program.
    pub wasm: String,
}

/// The document of a card.
#[component]
pub fn CardDocument(
    /// What the document's head says.
    head: Head,
    /// The card and its board.
    opened: CardOnBoard,
) -> impl IntoView {
    let CardOnBoard { card, board } = opened;
    document(
        head,
        "card",
        |files| &files.card,
        view! { <CardPage card board /> },
    )
}

/// The document of the application's own page.
#[component]
pub fn OverviewDocument(
    /// What the document's head says.
    head: Head,
    /// What the page knows.
    overview: Overview,
) -> impl IntoView {
    document(
        head,
        "overview",
        |files| &files.overview,
        view! { <OverviewPage overview /> },
    )
}

/// The document of the monitor.
#[component]
pub fn MonitorDocument(
    /// What the document's head says.
    head: Head,
    /// What the page knows.
    model: MonitorPageModel,
) -> impl IntoView {
    document(
        head,
        "monitor",
        |files| &files.overview,
        view! { <MonitorPage model /> },
    )
}

/// The document around a page. `frontend/start.js` finds the browser's half by the root's `data-script` and `data-wasm`.
fn document(
    head: Head,
    page: &'static str,
    module: impl Fn(&PageFiles) -> &Module,
    content: impl IntoView,
) -> impl IntoView {
    let module = head.files.as_deref().map(module).cloned();
    let (script, wasm) = module.map(|module| (module.script, module.wasm)).unzip();
    // The URL must not be known to the portal's other frames: nothing of it goes out with links.
    view! {
        <!DOCTYPE html>
        <html lang=head.language.tag()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="referrer" content="no-referrer" />
                <meta name="color-scheme" content="light dark" />
                <meta name=SESSION_META content=head.session_token />
                <meta name=BX24_META content=head.bx24_library />
                <title>{head.title}</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                {head.files.map(|files| links(&files, script.clone(), wasm.clone()))}
            </head>
            <body>
                <main id=ROOT_ELEMENT data-page=page data-script=script data-wasm=wasm>
                    {content}
                </main>
            </body>
        </html>
    }
}

/// Links to the browser's files. Only the styles come before the first paint; the program is fetched meanwhile, behind them.
fn links(files: &PageFiles, script: Option<String>, wasm: Option<String>) -> impl IntoView + use<> {
    view! {
        <link rel="stylesheet" href=files.style.clone() />
        <link rel="modulepreload" href=script nonce=use_nonce() />
        <link
            rel="preload"
            href=wasm
            r#as="fetch"
            r#type="application/wasm"
            crossorigin="anonymous"
            fetchpriority="low"
        />
        <script type="module" src=files.start.clone() nonce=use_nonce()></script>
    }
}
