//! Lists of companies, leads and deals.
#![expect(
    clippy::format_collect,
    reason = "pages are small, and folds over a buffer read worse"
)]

use super::layout::{card_path, document, escape, list_name, money};
use super::stage;
use super::visitor::Visitor;
use crate::state::State;
use crate::state::crm::{EntityKind, Item};

/// The fields of a company's details that identify it, in the order of showing.
const IDENTIFIERS: [(&str, &str); 5] = [
    ("RQ_INN", "ИНН"),
    ("RQ_OGRN", "ОГРН"),
    ("RQ_OGRNIP", "ОГРНИП"),
    ("RQ_BIN", "БИН"),
    ("RQ_IIN", "ИИН"),
];

/// All lists on one page.
pub(super) fn everything(state: &State, visitor: &Visitor) -> String {
    let text = visitor.text();
    let lists: String = EntityKind::ALL
        .into_iter()
        .map(|kind| table(state, visitor, kind))
        .collect();
    let content = format!(
        r#"<div class="page-head"><h1>{}</h1><p>{}</p></div><div class="lists">{lists}</div>"#,
        text.overview, text.overview_note
    );
    document(state, visitor, text.overview, &content)
}

/// One list.
pub(super) fn one_kind(state: &State, visitor: &Visitor, kind: EntityKind) -> String {
    let name = list_name(visitor, kind);
    let content = format!(
        r#"<div class="page-head"><h1>{name}</h1></div>{}"#,
        table(state, visitor, kind)
    );
    document(state, visitor, name, &content)
}

fn table(state: &State, visitor: &Visitor, kind: EntityKind) -> String {
    let text = visitor.text();
    let heads = match kind {
        EntityKind::Company => [text.title, text.tax_number, text.industry],
        EntityKind::Lead => [text.title, text.contact, text.stage],
        EntityKind::Deal => [text.title, text.amount, text.stage],
    };
    let visible = || {
        state
            .crm
            .items(kind)
            .filter(|item| !item.restricted || state.is_admin(visitor.user_id))
    };
    let rows: String = visible().map(|item| row(state, visitor, item)).collect();
    let heads: String = heads
        .iter()
        .map(|head| format!(r#"<th scope="col">{head}</th>"#))
        .collect();
    format!(
        r#"<section class="panel list list-{kind}"><h2><a href="/crm/{kind}/">{name}</a> <span class="count">{count}</span></h2>
<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>"#,
        kind = kind.path(),
        name = list_name(visitor, kind),
        count = visible().count(),
    )
}

fn row(state: &State, visitor: &Visitor, item: &Item) -> String {
    let company = item
        .company_id
        .and_then(|id| state.crm.item(EntityKind::Company, id));
    let below = match item.kind {
        EntityKind::Company => String::new(),
        _ => company.map_or_else(
            || visitor.text().no_company.to_owned(),
            |company| company.title.clone(),
        ),
    };
    let below = if below.is_empty() {
        below
    } else {
        format!("<small>{}</small>", escape(&below))
    };
    let stage_chip = stage::current(visitor, item).map_or_else(String::new, |(name, reached)| {
        format!(r#"<span class="chip chip-{reached}">{name}</span>"#)
    });
    let (second, third) = match item.kind {
        EntityKind::Company => (identifiers(state, item.id), escape(&item.text("INDUSTRY"))),
        EntityKind::Lead => {
            let contact = format!("{} {}", item.text("NAME"), item.text("LAST_NAME"));
            (escape(contact.trim()), stage_chip)
        }
        EntityKind::Deal => (
            format!(
                r#"<span class="number">{}</span>"#,
                money(&item.text("OPPORTUNITY"))
            ),
            stage_chip,
        ),
    };
    format!(
        r#"<tr><td><a class="item" href="{path}">{title}</a>{below}</td><td>{second}</td><td>{third}</td></tr>"#,
        path = card_path(item.kind, item.id),
        title = escape(&item.title),
    )
}

/// The identifying numbers of a company's first set of details, one below the other.
fn identifiers(state: &State, company: u64) -> String {
    let Some(row) = state.crm.requisites_of(company).next() else {
        return String::new();
    };
    IDENTIFIERS
        .iter()
        .filter_map(|(field, name)| {
            let value = row.get(*field)?.as_str().filter(|value| !value.is_empty())?;
            Some(format!(
                r#"<span class="identifier"><i>{name}</i> {}</span>"#,
                escape(value)
            ))
        })
        .collect()
}
