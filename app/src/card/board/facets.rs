//! The facets: bars whose every line is a link that adds or takes back its condition. The text of a line is the chart in words,
//! so that no table is needed behind it.

use super::model::{Answered, BoardModel};
use super::trend::{Switch, per_cent};
use crate::card::condition::{Condition, product_words, regulation_title};
use crate::card::state::Products;
use crate::catalogue::Texts;
use crate::chart::length;
use certlens_domain::board::{ByKind, Values};
use certlens_domain::certification_body::short_name;
use certlens_domain::registry::Registry;
use certlens_domain::scheme::Production;
use certlens_domain::status::Status;
use certlens_domain::{country, tn_ved};
use leptos::prelude::*;
use std::sync::Arc;

/// Lines that are shown at once; the rest unfolds.
const SHOWN: usize = 7;

/// A line of a facet.
#[derive(Debug, Clone)]
struct Mark {
    condition: Condition,
    label: String,
    /// The whole of a shortened label, or more about it.
    hint: Option<String>,
    documents: u64,
    /// Class of the bar.
    class: String,
}

/// A facet ready to be shown.
#[derive(Debug, Clone)]
struct Facet {
    key: &'static str,
    title: &'static str,
    note: Option<String>,
    marks: Vec<Mark>,
    /// Values that are not listed.
    more: u64,
}

/// All facets in their grid.
#[component]
pub(super) fn Facets(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let board = &answered.board;
    let facets = [
        regulations(texts, &board.by_technical_regulation),
        statuses(texts, &board.by_status),
        bodies(texts, &board.by_certification_body),
        schemes(texts, &board.by_scheme),
        productions(texts, &board.by_production),
        origins(texts, &board.by_origin),
    ];
    let [regulations, statuses, rest @ ..] = facets;
    view! {
        <div class="facets">
            <RegistriesPanel model=model.clone() answered=answered.clone() />
            <FacetPanel model=model.clone() facet=regulations />
            <FacetPanel model=model.clone() facet=statuses />
            <ProductsPanel model=model.clone() answered=answered.clone() />
            {rest
                .into_iter()
                .map(|facet| view! { <FacetPanel model=model.clone() facet /> })
                .collect_view()}
        </div>
    }
}

fn regulations(texts: Texts, values: &Values) -> Facet {
    let mark = |code: &str, documents| Mark {
        condition: Condition::Regulation(code.to_owned()),
        label: code.to_owned(),
        hint: regulation_title(code, texts.0).map(str::to_owned),
        documents,
        class: "fill-mark".to_owned(),
    };
    open(
        "regulations",
        texts.regulations(),
        Some(texts.regulations_note().to_owned()),
        values,
        mark,
    )
}

fn statuses(texts: Texts, counts: &std::collections::BTreeMap<Status, u64>) -> Facet {
    let marks = Status::ALL
        .into_iter()
        .filter_map(|status| Some((status, *counts.get(&status)?)))
        .map(|(status, documents)| Mark {
            condition: Condition::Status(status),
            label: texts.status_name(status).to_owned(),
            hint: None,
            documents,
            class: format!("fill-{}", status.key()),
        });
    Facet {
        key: "statuses",
        title: texts.statuses(),
        note: None,
        marks: marks.collect(),
        more: 0,
    }
}

fn bodies(texts: Texts, values: &Values) -> Facet {
    open("bodies", texts.bodies(), None, values, |name, documents| Mark {
        condition: Condition::Body(name.to_owned()),
        label: if name.is_empty() {
            texts.no_body().to_owned()
        } else {
            short_name(name)
        },
        hint: (!name.is_empty()).then(|| name.to_owned()),
        documents,
        class: "fill-mark".to_owned(),
    })
}

fn schemes(texts: Texts, values: &Values) -> Facet {
    open("schemes", texts.schemes(), None, values, |scheme, documents| {
        Mark {
            condition: Condition::Scheme(scheme.to_owned()),
            label: if scheme.is_empty() {
                texts.not_named().to_owned()
            } else {
                scheme.to_owned()
            },
            hint: (!scheme.is_empty()).then(|| texts.production(Production::of(scheme)).to_owned()),
            documents,
            class: "fill-mark".to_owned(),
        }
    })
}

fn productions(texts: Texts, counts: &std::collections::BTreeMap<Production, u64>) -> Facet {
    let marks = Production::ALL
        .into_iter()
        .filter_map(|production| Some((production, *counts.get(&production)?)))
        .filter(|(_, documents)| *documents > 0)
        .map(|(production, documents)| Mark {
            condition: Condition::Production(production),
            label: texts.production(production).to_owned(),
            hint: None,
            documents,
            class: "fill-mark".to_owned(),
        });
    Facet {
        key: "production",
        title: texts.production_word(),
        note: None,
        marks: marks.collect(),
        more: 0,
    }
}

fn origins(texts: Texts, values: &Values) -> Facet {
    open("origins", texts.origins(), None, values, |code, documents| Mark {
        condition: Condition::Origin(code.to_owned()),
        label: if code.is_empty() {
            texts.not_named().to_owned()
        } else {
            country::name(code, texts.0).to_owned()
        },
        hint: None,
        documents,
        class: "fill-mark".to_owned(),
    })
}

fn open(
    key: &'static str,
    title: &'static str,
    note: Option<String>,
    values: &Values,
    mark: impl Fn(&str, u64) -> Mark,
) -> Facet {
    Facet {
        key,
        title,
        note,
        marks: values
            .listed
            .iter()
            .map(|counted| mark(&counted.value, counted.documents))
            .collect(),
        more: values.more,
    }
}

#[component]
fn FacetPanel(model: BoardModel, facet: Facet) -> impl IntoView {
    let heading = format!("facet-{}", facet.key);
    view! {
        <section class="panel facet" data-part=heading.clone() aria-labelledby=format!("{heading}-title")>
            <div class="panel__head">
                <h2 id=format!("{heading}-title")>{facet.title}</h2>
            </div>
            <Marks model facet />
        </section>
    }
}

/// The lines of a facet, the first ones at once.
#[component]
fn Marks(model: BoardModel, facet: Facet) -> impl IntoView {
    let texts = model.texts;
    if facet.marks.is_empty() {
        return view! { <p class="facet__none">{texts.no_values()}</p> }.into_any();
    }
    let longest = facet.marks.iter().map(|mark| mark.documents).max().unwrap_or(0);
    let mut shown = facet.marks;
    let folded = shown.split_off(shown.len().min(SHOWN));
    // A chosen line is never hidden.
    let unfolds = folded
        .iter()
        .any(|mark| mark.condition.is_in(&model.state.filter));
    let (hidden, unlisted) = (folded.len() as u64, facet.more);
    let lines = |marks: Vec<Mark>| {
        marks
            .into_iter()
            .map(|mark| view! { <MarkLine model=model.clone() mark longest /> })
            .collect_view()
    };
    view! {
        <ol class="marks">{lines(shown)}</ol>
        {(hidden > 0)
            .then(|| {
                view! {
                    <details class="more" open=unfolds>
                        <summary>{texts.more_values(hidden)}</summary>
                        <ol class="marks">{lines(folded)}</ol>
                        {(unlisted > 0).then(|| view! { <p class="fine">{texts.unlisted_values(unlisted)}</p> })}
                    </details>
                }
            })}
        {facet.note.map(|note| view! { <p class="fine">{note}</p> })}
    }
    .into_any()
}

#[component]
fn MarkLine(model: BoardModel, mark: Mark, longest: u64) -> impl IntoView {
    let texts = model.texts;
    let chosen = mark.condition.is_in(&model.state.filter);
    let link = model.state.toggled(&mark.condition).link();
    let (key, value) = mark.condition.written();
    view! {
        <li>
            <a
                class="mark"
                href=link
                title=mark.hint
                data-key=format!("{key}:{value}")
                data-documents=mark.documents
                aria-current=chosen.then_some("true")
            >
                <span class="mark__label">{mark.label}</span>
                <span class="mark__count">{texts.count(mark.documents)}</span>
                <svg class="mark__bar" aria-hidden="true" width="100%" height="6">
                    <rect class="mark__track" width="100%" height="6" rx="3" />
                    <rect class=mark.class width=per_cent(length(mark.documents, longest)) height="6" rx="3" />
                </svg>
            </a>
        </li>
    }
}

/// Product groups, by two digits or four.
#[component]
fn ProductsPanel(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let board = &answered.board;
    let values = match model.state.products {
        Products::Groups => &board.by_product_group,
        Products::Positions => &board.by_product_position,
    };
    let facet = open(
        "products",
        texts.products(),
        Some(texts.products_note().to_owned()),
        values,
        |digits, documents| {
            let name = match digits.len() {
                2 => tn_ved::group_short_name(digits, texts.0).map(str::to_owned),
                _ => tn_ved::position_short_name(digits, texts.0).map(std::borrow::Cow::into_owned),
            };
            Mark {
                condition: Condition::Product(digits.to_owned()),
                label: name.map_or_else(|| digits.to_owned(), |name| format!("{digits} {name}")),
                hint: Some(product_words(digits, texts.0)),
                documents,
                class: "fill-mark".to_owned(),
            }
        },
    );
    let choices = [
        (Products::Groups, texts.two_digits()),
        (Products::Positions, texts.four_digits()),
    ]
    .map(|(products, name)| {
        let link = model.state.changed(|state| state.products = products).link();
        (name, link, model.state.products == products)
    });
    view! {
        <section class="panel facet" data-part="facet-products" aria-labelledby="facet-products-title">
            <div class="panel__head">
                <h2 id="facet-products-title">{facet.title}</h2>
                <Switch label=texts.digits_word() choices=choices.to_vec() />
            </div>
            <Marks model facet />
        </section>
    }
}

/// All six registries: with documents, with none, and those of which nothing is known.
#[component]
pub(super) fn RegistriesPanel(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let longest = answered
        .board
        .by_registry
        .values()
        .map(|by_kind| by_kind.documents())
        .max()
        .unwrap_or(0);
    let lines = answered
        .analytics
        .registries
        .iter()
        .map(|summary| {
            let registry = summary.registry;
            let counts = answered.board.by_registry.get(&registry).copied().unwrap_or_default();
            let data_date = summary.data_date;
            view! { <RegistryLine model=model.clone() registry counts longest loaded=summary.loaded data_date /> }
        })
        .collect_view();
    view! {
        <section class="panel facet" data-part="facet-registries" aria-labelledby="facet-registries-title">
            <div class="panel__head">
                <h2 id="facet-registries-title">{texts.registries()}</h2>
            </div>
            <ol class="marks">{lines}</ol>
        </section>
    }
}

#[component]
fn RegistryLine(
    model: BoardModel,
    registry: Registry,
    counts: ByKind,
    longest: u64,
    loaded: bool,
    data_date: Option<chrono::NaiveDate>,
) -> impl IntoView {
    let texts = model.texts;
    let name = texts.registry(registry);
    let until = data_date.map(|day| texts.data_until(day));
    let remark = until.clone();
    if !loaded {
        return view! {
            <li>
                <div class="mark mark--unknown" data-registry=registry.key() title=texts.not_loaded_hint()>
                    <span class="mark__label">{name}</span>
                    <span class="mark__count">{texts.not_loaded()}</span>
                </div>
            </li>
        }
        .into_any();
    }
    let documents = counts.documents();
    if documents == 0 && !Condition::Registry(registry).is_in(&model.state.filter) {
        return view! {
            <li>
                <div class="mark mark--zero" data-registry=registry.key() title=remark>
                    <span class="mark__label">{name} <span class="mark__until">{until}</span></span>
                    <span class="mark__count">"0"</span>
                </div>
            </li>
        }
        .into_any();
    }
    let condition = Condition::Registry(registry);
    let chosen = condition.is_in(&model.state.filter);
    let link = model.state.toggled(&condition).link();
    view! {
        <li>
            <a
                class="mark"
                href=link
                title=remark
                data-registry=registry.key()
                data-key=format!("registry:{}", registry.key())
                data-documents=documents
                data-certificates=counts.certificates
                data-declarations=counts.declarations
                aria-current=chosen.then_some("true")
            >
                <span class="mark__label">{name} <span class="mark__until">{until}</span></span>
                <span class="mark__count">{texts.count(documents)}</span>
                <svg class="mark__bar" aria-hidden="true" width="100%" height="6">
                    <rect class="mark__track" width="100%" height="6" rx="3" />
                    <rect class=format!("fill-{}", registry.key()) width=per_cent(length(documents, longest)) height="6" rx="3" />
                </svg>
            </a>
        </li>
    }
    .into_any()
}
