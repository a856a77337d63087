//! One document with all that is known of it. It opens beside the table; the browser's half moves it to the row.

use super::model::{BoardModel, Detail};
use crate::card::condition::product_words;
use crate::catalogue::Texts;
use certlens_domain::country;
use certlens_domain::document::Party;
use certlens_domain::document_detail::DocumentDetail;
use certlens_domain::documents_page::StatusChange;
use certlens_domain::scheme::Production;
use leptos::prelude::*;

/// The opened document; an empty place when none is open.
#[component]
pub(super) fn Drawer(model: BoardModel, detail: Option<Detail>) -> impl IntoView {
    let texts = model.texts;
    let close = {
        let mut state = model.state.clone();
        state.document = None;
        state.link()
    };
    let row = model
        .state
        .document
        .as_ref()
        .map(|opened| format!("document:{}/{}", opened.registry.key(), opened.key));
    let content = detail.map(|detail| {
        let closed = close.clone();
        let inner = match detail {
            Detail::Found(detail) => view! { <DocumentSheet texts detail=*detail /> }.into_any(),
            Detail::Missing => view! { <p>{texts.document_missing()}</p> }.into_any(),
        };
        view! {
            <div class="drawer" id="drawer" role="dialog" aria-labelledby="drawer-title" tabindex="-1" data-close=closed data-row=row.clone()>
                <a class="drawer__close" href=close data-key="drawer:close" aria-label=texts.close()>"×"</a>
                {inner}
            </div>
        }
    });
    view! { <div class="drawer__place" data-part="drawer">{content}</div> }
}

#[component]
fn DocumentSheet(texts: Texts, detail: DocumentDetail) -> impl IntoView {
    let document = &detail.document;
    let number = document.number.clone();
    let kind = format!(
        "{} · {}",
        texts.kind(document.kind),
        texts.registry(document.registry)
    );
    let official = document.url.clone().filter(|url| is_web_address(url)).map(|url| {
        view! {
            <a class="button" href=url target="_blank" rel="noopener noreferrer" title=texts.opens_in_new_tab()>
                {texts.official_record()} " ↗"
            </a>
        }
    });
    let fields: Vec<(&'static str, String)> = fields(texts, &detail)
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let label = (!document.status_label.is_empty()).then(|| texts.registry_says(&document.status_label));
    let since_load = detail
        .expired_since_load()
        .then(|| texts.term_ended_since().to_owned());
    view! {
        <header class="drawer__head">
            <h2 id="drawer-title">{number.clone()}</h2>
            <p class="fine">{kind}</p>
            <div class="drawer__actions">
                <button type="button" class="button needs-script" data-action="copy" data-copy=number data-done=texts.copied() data-failed=texts.not_copied()>
                    {texts.copy_number()}
                </button>
                {official}
            </div>
        </header>
        <dl class="sheet">
            <dt>{texts.status()}</dt>
            <dd>
                <span class=format!("pill pill-{}", document.status.key())>{texts.status_name(document.status)}</span>
                {label.map(|label| view! { <span class="fine">{label}</span> })}
                {since_load.map(|note| view! { <span class="fine">{note}</span> })}
            </dd>
            {detail
                .rf_status
                .map(|status| {
                    view! {
                        <dt>{texts.in_russia_word()}</dt>
                        <dd>
                            <span class=format!("pill pill-{}", status.key())>{texts.status_name(status)}</span>
                            <span class="fine">{detail.rf_status_label.clone()} " " {texts.rf_status_hint()}</span>
                        </dd>
                    }
                })}
            {fields
                .into_iter()
                .map(|(name, value)| {
                    view! {
                        <dt>{name}</dt>
                        <dd>{value}</dd>
                    }
                })
                .collect_view()}
        </dl>
        <History texts history=detail.history.clone() />
        <p class="fine">{texts.known_since(detail.first_seen.date_naive(), detail.data_date)}</p>
    }
}

fn fields(texts: Texts, detail: &DocumentDetail) -> Vec<(&'static str, String)> {
    let document = &detail.document;
    let products: Vec<String> = document
        .tn_ved
        .iter()
        .map(|code| match code.len() {
            0..=4 => product_words(code, texts.0),
            _ => code.clone(),
        })
        .collect();
    let scheme = document
        .scheme
        .clone()
        .map(|scheme| match Production::of(&scheme) {
            Production::Unknown => scheme,
            production => format!("{scheme} · {}", texts.production(production)),
        });
    vec![
        (texts.registered(), texts.day(document.registered_on)),
        (
            texts.valid_until(),
            document
                .valid_until
                .map_or_else(|| texts.no_limit().to_owned(), |day| texts.day(day)),
        ),
        (texts.applicant(), party(texts, &document.applicant)),
        (texts.manufacturer(), party(texts, &document.manufacturer)),
        (texts.product(), document.product.clone()),
        (texts.regulations(), document.technical_regulations.join(", ")),
        (texts.product_code(), products.join(", ")),
        (texts.scheme_word(), scheme.unwrap_or_default()),
        (
            texts.body_word(),
            document.certification_body.clone().unwrap_or_default(),
        ),
    ]
}

fn party(texts: Texts, party: &Party) -> String {
    let country = party
        .country
        .as_deref()
        .map(|code| country::name(code, texts.0).to_owned());
    let identifiers = party.identifiers().map(str::to_owned);
    std::iter::once(party.name.clone())
        .chain(identifiers)
        .chain(country)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

#[component]
fn History(texts: Texts, history: Vec<StatusChange>) -> impl IntoView {
    if history.is_empty() {
        return view! { <p class="fine">{texts.status_never_changed()}</p> }.into_any();
    }
    view! {
        <h3>{texts.history()}</h3>
        <ol class="history">
            {history
                .into_iter()
                .map(|change| {
                    view! {
                        <li>
                            <time datetime=change.seen_at.to_rfc3339()>{texts.day(change.seen_at.date_naive())}</time>
                            " "
                            {texts.status_name(change.from_status)}
                            " → "
                            {texts.status_name(change.to_status)}
                        </li>
                    }
                })
                .collect_view()}
        </ol>
    }
    .into_any()
}

/// Registry files are foreign input: a link leads to a web address or nowhere.
fn is_web_address(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        assert!(is_web_address(
            "https://pub.fsa.gov.ru/rds/declaration/view/1/common"
        ));
        assert!(!is_web_address("javascript:alert(1)"));
        assert!(!is_web_address("data:text/html,x"));
        assert!(!is_web_address(""));
    }
}
