//! A card: head, stages, tabs. The first tab shows fields, every further one is a place that an application bound.
#![expect(
    clippy::format_collect,
    reason = "pages are small, and folds over a buffer read worse"
)]

pub(in crate::pages) mod timeline;

use super::layout::{card_path, document, escape, list_name, money};
use super::stage;
use super::visitor::Visitor;
use crate::state::State;
use crate::state::crm::table::{text as text_of, texts};
use crate::state::crm::{CREATED, EntityKind, Item};

/// Names of a company's details, in the order of showing.
const REQUISITE_FIELDS: [(&str, &str, &str); 8] = [
    ("RQ_COMPANY_NAME", "Name", "Наименование"),
    ("RQ_NAME", "Full name", "ФИО"),
    ("RQ_INN", "INN", "ИНН"),
    ("RQ_KPP", "KPP", "КПП"),
    ("RQ_OGRN", "OGRN", "ОГРН"),
    ("RQ_OGRNIP", "OGRNIP", "ОГРНИП"),
    ("RQ_BIN", "BIN", "БИН"),
    ("RQ_IIN", "IIN", "ИИН"),
];

/// The card of an item. `tab` names the open tab, `fault` what is wrong when a frame is opened.
pub(super) fn page(
    state: &State,
    visitor: &Visitor,
    item: &Item<'_>,
    tab: Option<&str>,
    fault: Option<&str>,
) -> String {
    let tabs = application_tabs(state, visitor, item);
    let open = tab
        .filter(|tab| tabs.iter().any(|known| known.id == *tab))
        .unwrap_or("general");
    let content = format!(
        r#"<article class="card" data-entity="{kind}" data-id="{id}" data-language="{language}" data-fault="{fault}">
{head}{stages}
<div class="tabs" role="tablist">{buttons}</div>
<div class="tab-panel" role="tabpanel" id="panel-general" aria-labelledby="tab-general"{general_hidden}>{general}</div>
{panels}
</article>"#,
        kind = item.kind.path(),
        id = item.id,
        language = visitor.language,
        fault = escape(fault.unwrap_or_default()),
        head = head(state, visitor, item),
        stages = stages(visitor, item),
        buttons = buttons(visitor, &tabs, open),
        general_hidden = if open == "general" { "" } else { " hidden" },
        general = general(state, visitor, item),
        panels = panels(visitor, &tabs, open),
    );
    document(state, visitor, &item.title(), &content)
}

/// A tab that an application bound.
struct ApplicationTab {
    id: String,
    title: String,
    handler: String,
}

/// Bound places of this type; none before the installation is finished.
fn application_tabs(state: &State, visitor: &Visitor, item: &Item<'_>) -> Vec<ApplicationTab> {
    if !state.is_installed() {
        return Vec::new();
    }
    let placement = item.kind.tab_placement();
    let bound = state
        .placements
        .iter()
        .filter(|bound| bound.placement == placement);
    bound
        .enumerate()
        .map(|(index, bound)| ApplicationTab {
            id: if index == 0 {
                "app".to_owned()
            } else {
                format!("app-{}", index + 1)
            },
            title: bound.title_in(visitor.language),
            handler: bound.handler.clone(),
        })
        .collect()
}

fn buttons(visitor: &Visitor, tabs: &[ApplicationTab], open: &str) -> String {
    let button = |id: &str, title: &str| {
        let selected = id == open;
        format!(
            r#"<button type="button" class="tab" role="tab" id="tab-{id}" data-tab="{id}" aria-controls="panel-{id}" aria-selected="{selected}">{}</button>"#,
            escape(title)
        )
    };
    let first = button("general", visitor.text().general);
    std::iter::once(first)
        .chain(tabs.iter().map(|tab| button(&tab.id, &tab.title)))
        .collect()
}

fn panels(visitor: &Visitor, tabs: &[ApplicationTab], open: &str) -> String {
    tabs.iter()
        .map(|tab| {
            format!(
                r#"<div class="tab-panel tab-application" role="tabpanel" id="panel-{id}" aria-labelledby="tab-{id}" data-opening="tab" data-handler="{handler}"{hidden}><p class="loading">{loading}</p></div>"#,
                id = tab.id,
                handler = escape(&tab.handler),
                hidden = if tab.id == open { "" } else { " hidden" },
                loading = visitor.text().loading,
            )
        })
        .collect()
}

fn head(state: &State, visitor: &Visitor, item: &Item<'_>) -> String {
    let text = visitor.text();
    let company = company_of(state, item).filter(|_| item.kind != EntityKind::Company);
    let company = company.map_or_else(String::new, |company| {
        format!(
            r#"<a class="head-company" href="{}">{}</a>"#,
            card_path(EntityKind::Company, company.id),
            escape(&company.title())
        )
    });
    let amount = money(&item.text("OPPORTUNITY"));
    format!(
        r#"<header class="card-head"><p class="crumbs"><a href="/">{overview}</a> / <a href="/crm/{kind}/">{list}</a> / {number}</p>
<div class="head-line"><h1>{title}</h1><span class="head-amount">{amount}</span></div>{company}</header>"#,
        overview = text.overview,
        kind = item.kind.path(),
        list = list_name(visitor, item.kind),
        number = item.id,
        title = escape(&item.title()),
    )
}

fn stages(visitor: &Visitor, item: &Item<'_>) -> String {
    let Some((names, reached)) = stage::stages(visitor, item) else {
        return String::new();
    };
    let steps: String = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let class = match index.cmp(&reached) {
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal => "here",
                std::cmp::Ordering::Greater => "ahead",
            };
            format!(r#"<li class="{class}">{name}</li>"#)
        })
        .collect();
    format!(r#"<ol class="stages" data-reached="{reached}">{steps}</ol>"#)
}

fn company_of<'a>(state: &'a State, item: &Item<'_>) -> Option<Item<'a>> {
    let id = if item.kind == EntityKind::Company {
        Some(item.id)
    } else {
        item.company_id()
    };
    state.crm.item(EntityKind::Company, id?)
}

fn general(state: &State, visitor: &Visitor, item: &Item<'_>) -> String {
    let text = visitor.text();
    let responsible = state
        .user(item.assigned_by_id())
        .map(|user| format!("{} {}", user.name, user.last_name))
        .unwrap_or_default();
    let contact = format!("{} {}", item.text("NAME"), item.text("LAST_NAME"));
    let named = [
        (text.contact, contact.trim().to_owned()),
        (text.phone, item.text("PHONE")),
        (text.email, item.text("EMAIL")),
        (text.address, item.text("ADDRESS")),
        (text.industry, item.text("INDUSTRY")),
        (text.source, stage::source(visitor, &item.text("SOURCE_ID"))),
        (text.amount, money(&item.text("OPPORTUNITY"))),
        (text.responsible, responsible),
        (text.created, created(visitor, item)),
        (text.comments, item.text("COMMENTS")),
    ];
    let labels: Vec<(String, String)> = state
        .crm
        .user_fields
        .of(item.kind)
        .map(|field| {
            (
                field.label(visitor.language).unwrap_or_else(|| field.name()),
                field.name(),
            )
        })
        .map(|(label, name)| (label, custom_value(state, item, &name)))
        .collect();
    let custom = labels
        .iter()
        .map(|(label, value)| (label.as_str(), value.clone()));
    let about = fields(named.into_iter().chain(custom));
    format!(
        r#"<div class="columns"><div><section class="panel"><h2>{about_head}</h2>{about}</section>{requisites}{related}</div>
<section class="panel timeline"><h2>{timeline}</h2><ol>{entries}</ol></section></div>"#,
        about_head = text.about,
        requisites = requisites(state, visitor, item),
        related = related(state, visitor, item),
        timeline = text.timeline,
        entries = timeline::timeline(state, visitor, item),
    )
}

fn created(visitor: &Visitor, item: &Item<'_>) -> String {
    let date = item.text("DATE_CREATE");
    timeline::moment(visitor, if date.is_empty() { CREATED } else { &date })
}

/// A custom field's values, with linked companies by their titles.
fn custom_value(state: &State, item: &Item<'_>, name: &str) -> String {
    let values = item.record.get(name).map(texts).unwrap_or_default();
    let shown = values.iter().map(|value| {
        let company = value.strip_prefix("CO_").and_then(|id| id.parse().ok());
        let company = company.and_then(|id| state.crm.item(EntityKind::Company, id));
        company.map_or_else(|| value.clone(), |company| company.title())
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn fields<'a>(named: impl Iterator<Item = (&'a str, String)>) -> String {
    let rows: String = named
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(&value)))
        .collect();
    format!(r#"<dl class="fields">{rows}</dl>"#)
}

fn requisites(state: &State, visitor: &Visitor, item: &Item<'_>) -> String {
    let text = visitor.text();
    let Some(company) = company_of(state, item) else {
        return String::new();
    };
    let sets: String = state
        .crm
        .requisites_of(company.id)
        .map(|(_, row)| {
            let value = |name: &str| text_of(row, name);
            let named = REQUISITE_FIELDS.iter().map(|(field, english, russian)| {
                (
                    if visitor.language == "ru" {
                        *russian
                    } else {
                        *english
                    },
                    value(field),
                )
            });
            format!("<h3>{}</h3>{}", escape(&value("NAME")), fields(named))
        })
        .collect();
    let sets = if sets.is_empty() {
        format!("<p>{}</p>", text.no_requisites)
    } else {
        sets
    };
    format!(
        r#"<section class="panel"><h2>{}</h2>{sets}</section>"#,
        text.requisites
    )
}

/// A company's leads and deals.
fn related(state: &State, visitor: &Visitor, item: &Item<'_>) -> String {
    if item.kind != EntityKind::Company {
        return String::new();
    }
    let links: String = [EntityKind::Lead, EntityKind::Deal]
        .into_iter()
        .flat_map(|kind| state.crm.items_of_company(kind, item.id))
        .filter(|other| visitor.sees(state, *other))
        .map(|other| {
            let kind = if other.kind == EntityKind::Lead {
                visitor.text().lead
            } else {
                visitor.text().deal
            };
            format!(
                r#"<li><span>{kind}</span><a href="{}">{}</a></li>"#,
                card_path(other.kind, other.id),
                escape(&other.title())
            )
        })
        .collect();
    if links.is_empty() {
        return String::new();
    }
    format!(
        r#"<section class="panel"><h2>{}</h2><ul class="related">{links}</ul></section>"#,
        visitor.text().related
    )
}
