//! The HTML around the page: head, session, styles, and the script that starts the browser's half.
//!
//! A start script of our own instead of Leptos's `HydrationScripts`: the one of 0.8.23 writes the nonce into
//! `crossorigin`, which makes Firefox drop the preload and may stop the page (leptos issue 4843), and it reports no
//! failure. Ours marks the document when the browser's half does not start.

use crate::browser::{BX24_META, ROOT_ELEMENT, SESSION_META};
use crate::card::open::CardOnBoard;
use crate::card::page::CardPage;
use crate::overview::model::Overview;
use crate::overview::page::OverviewPage;
use certlens_domain::language::Language;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

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
        &Module {
            script: "/pkg/certlens.js",
            wasm: "/pkg/certlens_bg.wasm",
        },
        view! {
            <main id=ROOT_ELEMENT data-page="card" data-module="certlens">
                <CardPage card board />
            </main>
        },
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
        &Module {
            script: "/pkg/certlens-overview.js",
            wasm: "/pkg/certlens-overview_bg.wasm",
        },
        view! {
            <main id=ROOT_ELEMENT data-page="overview" data-module="certlens-overview">
                <OverviewPage overview />
            </main>
        },
    )
}

/// Where the browser's half of a page lies; `public/start.js` finds it by the root's `data-module`.
struct Module {
    script: &'static str,
    wasm: &'static str,
}

fn document(head: Head, module: &Module, main: impl IntoView) -> impl IntoView {
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
                <link rel="stylesheet" href="/pkg/certlens.css" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="modulepreload" href=module.script nonce=use_nonce() />
                <link rel="preload" href=module.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                <script type="module" src="/start.js" nonce=use_nonce()></script>
            </head>
            <body>{main}</body>
        </html>
    }
}
