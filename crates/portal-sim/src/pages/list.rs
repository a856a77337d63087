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

/// How much a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Two columns: three lists stand side by side.
    Compact,
    /// Three columns.
    Full,
}

/// All lists on one page.
pub(crate) fn everything(state: &State, visitor: &Visitor) -> String {
    let text = visitor.text();
    let lists: String = EntityKind::ALL
        .into_iter()
        .map(|kind| table(state, visitor, kind, Detail::Compact))
        .collect();
    let content = format!(
        r#"<div class="page-head"><h1>{}</h1><p>{}</p></div><div class="lists">{lists}</div>"#,
        text.overview, text.overview_note
    );
    document(state, visitor, text.overview, &content)
}

/// One list.
pub(crate) fn one_kind(state: &State, visitor: &Visitor, kind: EntityKind) -> String {
    let name = list_name(visitor, kind);
    let content = format!(
        r#"<div class="page-head"><h1>{name}</h1></div>{}"#,
        table(state, visitor, kind, Detail::Full)
    );
    document(state, visitor, name, &content)
}

fn table(state: &State, visitor: &Visitor, kind: EntityKind, detail: Detail) -> String {
    let text = visitor.text();
    let heads = match (kind, detail) {
        (EntityKind::Company, Detail::Compact) => vec![text.title, text.tax_number],
        (EntityKind::Company, Detail::Full) => vec![text.title, text.tax_number, text.industry],
        (_, Detail::Compact) => vec![text.title, text.stage],
        (EntityKind::Lead, Detail::Full) => vec![text.title, text.contact, text.stage],
        (EntityKind::Deal, Detail::Full) => vec![text.title, text.amount, text.stage],
    };
    let visible = || {
        state
            .crm
            .items(kind)
            .filter(|item| !item.restricted || state.is_admin(visitor.user_id))
    };
    let rows: String = visible().map(|item| row(state, visitor, item, detail)).collect();
    let heads: String = heads
        .iter()
        .map(|head| format!(r#"<th scope="col">{head}</th>"#))
        .collect();
    format!(
        r#"<section class="panel list"><h2><a href="/crm/{kind}/">{name}</a> <span class="count">{count}</span></h2>
<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>"#,
        kind = kind.path(),
        name = list_name(visitor, kind),
        count = visible().count(),
    )
}

fn row(state: &State, visitor: &Visitor, item: &Item, detail: Detail) -> String {
    let company = item
        .company_id
        .and_then(|id| state.crm.item(EntityKind::Company, id));
    let industry = item.text("INDUSTRY");
    let company_title = company.map_or(visitor.text().no_company, |company| company.title.as_str());
    let contact = format!("{} {}", item.text("NAME"), item.text("LAST_NAME"));
    let amount = money(&item.text("OPPORTUNITY"));
    let chip = stage::current(visitor, item).map_or_else(String::new, |(name, reached)| {
        format!(r#"<span class="chip chip-{reached}">{name}</span>"#)
    });
    let (below, cells) = match (item.kind, detail) {
        (EntityKind::Company, Detail::Compact) => (industry.as_str(), vec![identifiers(state, item.id)]),
        (EntityKind::Company, Detail::Full) => ("", vec![identifiers(state, item.id), escape(&industry)]),
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
        format!("<small>{}</small>", escape(below))
    };
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!(
        r#"<tr><td><a class="item" href="{path}">{title}</a>{below}</td>{cells}</tr>"#,
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
