//! The frame around every page: rail with sections, bar with language and user, and small pieces of HTML.
#![expect(
    clippy::format_collect,
    reason = "pages are small, and folds over a buffer read worse"
)]

use super::visitor::Visitor;
use crate::state::State;
use crate::state::crm::EntityKind;

/// Text made safe for element content and quoted attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// The path of an item's card.
pub(super) fn card_path(kind: EntityKind, id: u64) -> String {
    format!("/crm/{}/details/{id}/", kind.path())
}

/// The name of a list.
pub(super) fn list_name(visitor: &Visitor, kind: EntityKind) -> &'static str {
    let text = visitor.text();
    match kind {
        EntityKind::Company => text.companies,
        EntityKind::Lead => text.leads,
        EntityKind::Deal => text.deals,
        EntityKind::Contact => text.contacts,
    }
}

/// An amount with thin spaces between thousands and the currency's sign.
pub(super) fn money(amount: &str) -> String {
    let whole = amount.split('.').next().unwrap_or_default();
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return String::new();
    }
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    format!("{grouped}\u{a0}₽")
}

/// The whole document around a page's content, which is HTML.
pub(super) fn document(state: &State, visitor: &Visitor, title: &str, content: &str) -> String {
    let text = visitor.text();
    format!(
        r#"<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · {name}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/portal.css">
<script src="/assets/frame-host.js" defer></script>
</head>
<body class="{body_class}" data-failed="{failed}"{words}>
<div class="shell">
<nav class="rail" aria-label="{overview}">
<a class="brand" href="/"><span class="brand-mark" aria-hidden="true"></span><span>{name}</span></a>
{sections}
<p class="rail-note">{simulator}</p>
</nav>
<div class="stage">
<header class="bar">
<span class="bar-place">{overview}</span>
{languages}
{users}
</header>
<main id="portal-main">
{content}
</main>
</div>
</div>
</body>
</html>
"#,
        language = visitor.language,
        title = escape(title),
        name = escape(&state.name),
        failed = escape(text.application_failed),
        body_class = if visitor.in_slider { "bare" } else { "whole" },
        words = words(visitor),
        overview = text.overview,
        sections = sections(visitor),
        simulator = text.simulator,
        languages = languages(visitor),
        users = users(state, visitor),
    )
}

/// Words for the script's dialogs.
fn words(visitor: &Visitor) -> String {
    let text = visitor.text();
    let words = [
        ("search", text.search),
        ("choose", text.choose),
        ("cancel", text.cancel),
        ("choose_users", text.choose_users),
        ("choose_access", text.choose_access),
        ("choose_items", text.choose_items),
        ("lead", text.leads),
        ("deal", text.deals),
        ("company", text.companies),
        ("contact", text.contacts),
    ];
    words
        .iter()
        .map(|(name, word)| format!(r#" data-{name}="{}""#, escape(word)))
        .collect()
}

/// A page with a sentence and a way back.
pub(super) fn message(state: &State, visitor: &Visitor, sentence: &str) -> String {
    let text = visitor.text();
    let content = format!(
        r#"<section class="notice"><p>{}</p><a class="button" href="/">{}</a></section>"#,
        escape(sentence),
        text.back
    );
    document(state, visitor, text.overview, &content)
}

fn sections(visitor: &Visitor) -> String {
    let text = visitor.text();
    let entry = |path: &str, name: &str, icon: &str| {
        let is_here = if path == "/" {
            visitor.path == "/"
        } else {
            visitor.path.starts_with(path)
        };
        let current = if is_here { r#" aria-current="page""# } else { "" };
        format!(
            r#"<a class="section" href="{path}"{current}><svg viewBox="0 0 20 20" aria-hidden="true"><path d="{icon}"/></svg><span>{name}</span></a>"#
        )
    };
    [
        entry(
            "/",
            text.overview,
            "M3 3h6v6H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 11h6v6H3z",
        ),
        entry(
            "/crm/company/",
            text.companies,
            "M4 17V4l7-2v15zM12 8h4v9h-4zM6 7h2M6 10h2M6 13h2",
        ),
        entry("/crm/lead/", text.leads, "M3 4h14l-5 6v6l-4-2v-4z"),
        entry("/crm/deal/", text.deals, "M2 8l4-4 4 3 4-3 4 4-5 6-3 2-3-2z"),
        entry(
            "/crm/contact/",
            text.contacts,
            "M10 3a3.2 3.2 0 110 6.4A3.2 3.2 0 0110 3zM4 17c0-3.4 2.6-5.4 6-5.4s6 2 6 5.4z",
        ),
        entry(
            "/notifications/",
            text.notifications,
            "M10 3a4.5 4.5 0 014.5 4.5c0 4 1.5 5.5 1.5 5.5H4s1.5-1.5 1.5-5.5A4.5 4.5 0 0110 3zM8.5 16h3",
        ),
        entry(
            "/marketplace/",
            text.applications,
            "M3 3h6v6H3zM3 11h6v6H3zM11 11h6v6h-6zM14 2l4 4-4 4-4-4z",
        ),
    ]
    .concat()
}

fn languages(visitor: &Visitor) -> String {
    let link = |code: &str, name: &str| {
        let current = if visitor.language == code {
            r#" aria-current="true""#
        } else {
            ""
        };
        format!(r#"<a href="?lang={code}" lang="{code}" hreflang="{code}"{current}>{name}</a>"#)
    };
    format!(
        r#"<span class="languages">{}{}</span>"#,
        link("ru", "RU"),
        link("en", "EN")
    )
}

fn users(state: &State, visitor: &Visitor) -> String {
    let text = visitor.text();
    let links: String = state
        .users
        .values()
        .filter(|user| user.active)
        .map(|user| {
            let role = if user.admin {
                text.administrator
            } else {
                text.employee
            };
            let current = if user.id == visitor.user_id {
                r#" aria-current="true""#
            } else {
                ""
            };
            format!(
                r#"<a href="?user={id}"{current}>{name} {last_name}<small>{role}</small></a>"#,
                id = user.id,
                name = escape(&user.name),
                last_name = escape(&user.last_name),
            )
        })
        .collect();
    let (name, initials) = state.user(visitor.user_id).map_or_else(Default::default, |user| {
        let initials: String = [&user.name, &user.last_name]
            .iter()
            .filter_map(|name| name.chars().next())
            .collect();
        (format!("{} {}", user.name, user.last_name), initials)
    });
    format!(
        r#"<details class="user"><summary><span class="avatar" aria-hidden="true">{initials}</span>{name}</summary><div class="menu">{links}</div></details>"#,
        initials = escape(&initials),
        name = escape(&name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_of_markup_leaves_none() {
        assert_eq!(
            escape(r#"<a href="x">&'"#),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"
        );
    }

    #[test]
    fn money_groups_thousands() {
        assert_eq!(money("1234567.50"), "1\u{202f}234\u{202f}567\u{a0}₽");
        assert_eq!(money(""), "");
    }
}
