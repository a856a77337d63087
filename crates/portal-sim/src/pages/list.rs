//! Lists of companies, leads, deals and contacts: all on one page in short, each alone with search and pages.
#![expect(
    clippy::format_collect,
    reason = "pages are small, and folds over a buffer read worse"
)]

use super::layout::{card_path, document, escape, list_name, money};
use super::stage;
use super::visitor::Visitor;
use crate::state::State;
use crate::state::crm::table::text as text_of;
use crate::state::crm::{EntityKind, Item};

/// The fields of a company's details that identify it, in the order of showing.
const IDENTIFIERS: [(&str, &str); 5] = [
    ("RQ_INN", "ИНН"),
    ("RQ_OGRN", "ОГРН"),
    ("RQ_OGRNIP", "ОГРНИП"),
    ("RQ_BIN", "БИН"),
    ("RQ_IIN", "ИИН"),
];
/// Rows of a short list.
const SHORT: usize = 14;
/// Rows of a page.
const PAGE: usize = 50;

/// How much a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Two columns: three lists stand side by side.
    Compact,
    /// Three columns.
    Full,
}

/// What is asked of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// A piece of the title; empty for everything.
    pub search: String,
    /// The page from 1.
    pub page: usize,
}

/// All lists on one page.
pub(crate) fn everything(state: &State, visitor: &Visitor) -> String {
    let text = visitor.text();
    let lists: String = EntityKind::ALL
        .into_iter()
        .map(|kind| {
            let rows = state
                .crm
                .items(kind)
                .filter(|item| visitor.sees(state, *item))
                .take(SHORT);
            let rows: String = rows
                .map(|item| row(state, visitor, &item, Detail::Compact))
                .collect();
            let count = state.crm.table(kind).len();
            table(visitor, kind, Detail::Compact, count, &rows)
        })
        .collect();
    let content = format!(
        r#"<div class="page-head"><h1>{}</h1><p>{}</p></div><div class="lists">{lists}</div>"#,
        text.overview, text.overview_note
    );
    document(state, visitor, text.overview, &content)
}

/// One list.
pub(crate) fn one_kind(state: &State, visitor: &Visitor, kind: EntityKind, asked: &Asked) -> String {
    let (name, text) = (list_name(visitor, kind), visitor.text());
    let search = asked.search.to_lowercase();
    let matching = || {
        state
            .crm
            .items(kind)
            .filter(|item| search.is_empty() || item.title().to_lowercase().contains(&search))
            .filter(|item| visitor.sees(state, *item))
    };
    let total = matching().count();
    let pages = total.div_ceil(PAGE).max(1);
    let page = asked.page.clamp(1, pages);
    let rows: String = matching()
        .skip((page - 1) * PAGE)
        .take(PAGE)
        .map(|item| row(state, visitor, &item, Detail::Full))
        .collect();
    let body = if rows.is_empty() {
        format!(
            r#"<section class="notice"><p>{}</p></section>"#,
            text.nothing_found
        )
    } else {
        table(visitor, kind, Detail::Full, total, &rows)
    };
    let content = format!(
        r#"<div class="page-head"><h1>{name}</h1><form class="search" role="search"><input type="search" name="search" value="{value}" placeholder="{search}" aria-label="{search}"><button class="button">{find}</button></form></div>{body}{pager}"#,
        value = escape(&asked.search),
        search = text.search,
        find = text.find,
        pager = pager(visitor, &asked.search, page, pages),
    );
    document(state, visitor, name, &content)
}

fn pager(visitor: &Visitor, search: &str, page: usize, pages: usize) -> String {
    if pages < 2 {
        return String::new();
    }
    let text = visitor.text();
    let link = |page: usize, word: &str, rel: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("search", search)
            .append_pair("page", &page.to_string())
            .finish();
        format!(
            r#"<a class="button quiet" rel="{rel}" href="?{}">{word}</a>"#,
            escape(&query)
        )
    };
    let before = if page > 1 {
        link(page - 1, text.earlier, "prev")
    } else {
        String::new()
    };
    let after = if page < pages {
        link(page + 1, text.later, "next")
    } else {
        String::new()
    };
    format!(
        r#"<nav class="pager">{before}<span>{page} {} {pages}</span>{after}</nav>"#,
        text.of
    )
}

fn table(visitor: &Visitor, kind: EntityKind, detail: Detail, count: usize, rows: &str) -> String {
    let text = visitor.text();
    let heads = match (kind, detail) {
        (EntityKind::Company, Detail::Compact) => vec![text.title, text.tax_number],
        (EntityKind::Company, Detail::Full) => vec![text.title, text.tax_number, text.industry],
        (EntityKind::Contact, _) => vec![text.contact, text.email, text.phone],
        (_, Detail::Compact) => vec![text.title, text.stage],
        (EntityKind::Lead, Detail::Full) => vec![text.title, text.contact, text.stage],
        (EntityKind::Deal, Detail::Full) => vec![text.title, text.amount, text.stage],
    };
    let heads: String = heads
        .iter()
        .map(|head| format!(r#"<th scope="col">{head}</th>"#))
        .collect();
    format!(
        r#"<section class="panel list"><h2><a href="/crm/{kind}/">{name}</a> <span class="count">{count}</span></h2>
<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>"#,
        kind = kind.path(),
        name = list_name(visitor, kind),
    )
}

fn row(state: &State, visitor: &Visitor, item: &Item<'_>, detail: Detail) -> String {
    let company = item
        .company_id()
        .and_then(|id| state.crm.item(EntityKind::Company, id));
    let industry = item.text("INDUSTRY");
    let company_title =
        company.map_or_else(|| visitor.text().no_company.to_owned(), |company| company.title());
    let contact = format!("{} {}", item.text("NAME"), item.text("LAST_NAME"));
    let amount = money(&item.text("OPPORTUNITY"));
    let chip = stage::current(visitor, item).map_or_else(String::new, |(name, reached)| {
        format!(r#"<span class="chip chip-{reached}">{name}</span>"#)
    });
    let (below, cells) = match (item.kind, detail) {
        (EntityKind::Company, Detail::Compact) => (industry, vec![identifiers(state, item.id)]),
        (EntityKind::Company, Detail::Full) => (
            String::new(),
            vec![identifiers(state, item.id), escape(&industry)],
        ),
        (EntityKind::Contact, _) => (
            company_title,
            vec![escape(&item.text("EMAIL")), escape(&item.text("PHONE"))],
        ),
        (EntityKind::Lead, Detail::Compact) => (company_title, vec![chip]),
        (EntityKind::Lead, Detail::Full) => (company_title, vec![escape(contact.trim()), chip]),
        (EntityKind::Deal, Detail::Compact) => (
            company_title,
            vec![format!(r#"{chip}<small class="number">{amount}</small>"#)],
        ),
        (EntityKind::Deal, Detail::Full) => (
            company_title,
            vec![format!(r#"<span class="number">{amount}</span>"#), chip],
        ),
    };
    let below = if below.is_empty() {
        String::new()
    } else {
        format!("<small>{}</small>", escape(&below))
    };
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!(
        r#"<tr><td><a class="item" href="{path}">{title}</a>{below}</td>{cells}</tr>"#,
        path = card_path(item.kind, item.id),
        title = escape(&item.title()),
    )
}

/// The identifying numbers of a company's first set of details, one below the other.
fn identifiers(state: &State, company: u64) -> String {
    let Some((_, row)) = state.crm.requisites_of(company).next() else {
        return String::new();
    };
    IDENTIFIERS
        .iter()
        .map(|(field, name)| (name, text_of(row, field)))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            format!(
                r#"<span class="identifier"><i>{name}</i> {}</span>"#,
                escape(&value)
            )
        })
        .collect()
}
