//! The whole page: wires the viewer's selection to the search and the answer to the views.

use super::bridge::BridgeLine;
use super::documents::NewestDocuments;
use super::header::CardHeader;
use super::lead::LeadEntryForm;
use super::model::{Answer, Card, Failure, Findings, LeadEntry, Notice, Selection};
use super::regulations::Regulations;
use super::search::search;
use super::statuses::Statuses;
use super::tiles::RegistryTiles;
use super::trend::Trend;
use crate::browser;
use crate::catalogue::Texts;
use certlens_domain::analytics::RoleFilter;
use chrono::NaiveDate;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The page of a card. On the server the card comes from the context, in the browser from the rendered page.
#[component]
pub(crate) fn CardPage() -> impl IntoView {
    let card = SharedValue::new(expect_context::<Card>).into_inner();
    let texts = Texts(card.language);
    let selection = RwSignal::new(Selection {
        identifiers: card.identifiers,
        role: RoleFilter::Any,
        bridge: true,
    });
    let (answer, ask) = answering(card.answer, selection);
    let searching = ask.searching;
    let changed = Callback::new(move |()| ask.again());
    let kept = RwSignal::new(None::<String>);
    let lead_entry = card.lead_entry;
    view! {
        <CardHeader texts title=card.title selection changed />
        {card.notice.map(|notice| view! { <NoticeLine texts notice /> })}
        {move || kept.get().map(|text| view! { <p class="notice" role="status">{text}</p> })}
        {card
            .unreadable
            .into_iter()
            .map(|field| view! { <p class="notice notice--warning">{field.explain(texts.0)}</p> })
            .collect_view()}
        <div class="answer" aria-live="polite" aria-busy=move || searching.get().to_string()>
            {move || match answer.get() {
                Answer::NoIdentifiers => {
                    let entry = lead_entry.clone();
                    view! { <NothingToSearch texts selection entry kept changed /> }.into_any()
                }
                Answer::Failed(failure) => view! { <SearchFailed texts failure retry=changed /> }.into_any(),
                Answer::Found(findings) => {
                    view! { <Found texts findings=*findings today=card.today selection changed /> }.into_any()
                }
            }}
        </div>
    }
}

/// Asks the server again whenever the selection changed; of several answers under way only the last one counts.
#[derive(Debug, Clone, Copy)]
struct Asking {
    selection: RwSignal<Selection>,
    answer: RwSignal<Answer>,
    searching: RwSignal<bool>,
    latest: StoredValue<u32>,
}

fn answering(first: Answer, selection: RwSignal<Selection>) -> (RwSignal<Answer>, Asking) {
    let answer = RwSignal::new(first);
    let asking = Asking {
        selection,
        answer,
        searching: RwSignal::new(false),
        latest: StoredValue::new(0),
    };
    (answer, asking)
}

impl Asking {
    fn again(self) {
        let turn = self.latest.get_value().wrapping_add(1);
        self.latest.set_value(turn);
        let Some(query) = self.selection.with_untracked(Selection::query) else {
            self.searching.set(false);
            self.answer.set(Answer::NoIdentifiers);
            return;
        };
        self.searching.set(true);
        spawn_local(async move {
            let answer = match browser::in_session(|| search(query.values(), query.role, query.bridge)).await
            {
                Ok(findings) => Answer::Found(Box::new(findings)),
                Err(failure) => Answer::Failed(failure.into()),
            };
            if self.latest.try_get_value() == Some(turn) {
                self.searching.set(false);
                self.answer.set(answer);
            }
        });
    }
}

#[component]
fn NoticeLine(texts: Texts, notice: Notice) -> impl IntoView {
    let text = match notice {
        Notice::CompanyMissing => texts.company_missing(),
        Notice::CompanyUnreadable => texts.company_unreadable(),
        Notice::PortalSilent => texts.portal_silent(),
        Notice::PortalSilentKnown => texts.portal_silent_known(),
        Notice::PortalBusy => texts.portal_busy(),
        Notice::PaymentRequired => texts.portal_unpaid(),
        Notice::Restricted => texts.portal_restricted(),
        Notice::Deactivated => texts.viewer_deactivated(),
        Notice::NeedsAccess => texts.portal_needs_access(),
        Notice::NotOperational => texts.portal_not_operational(),
        Notice::Moved => texts.portal_moved(),
    };
    view! { <p class="notice">{text}</p> }
}

#[component]
fn NothingToSearch(
    texts: Texts,
    selection: RwSignal<Selection>,
    entry: Option<LeadEntry>,
    kept: RwSignal<Option<String>>,
    changed: Callback<()>,
) -> impl IntoView {
    let all_off = selection.with_untracked(|selection| !selection.identifiers.is_empty());
    match entry {
        Some(entry) if !all_off => view! { <LeadEntryForm texts entry selection kept changed /> }.into_any(),
        _ => view! {
            <section class="empty">
                <h2>{if all_off { texts.none_chosen() } else { texts.no_identifiers() }}</h2>
                <p>{if all_off { "" } else { texts.no_identifiers_hint() }}</p>
            </section>
        }
        .into_any(),
    }
}

#[component]
fn SearchFailed(texts: Texts, failure: Failure, retry: Callback<()>) -> impl IntoView {
    let (title, hint, may_retry) = match &failure {
        Failure::Unavailable { .. } => (texts.search_failed(), texts.search_failed_hint(), true),
        Failure::SessionEnded => (texts.session_ended(), texts.session_ended_hint(), false),
        Failure::Unreachable => (texts.unreachable(), texts.unreachable_hint(), true),
    };
    let request_id = match failure {
        Failure::Unavailable { request_id } => request_id,
        Failure::SessionEnded | Failure::Unreachable => None,
    };
    view! {
        <section class="empty" role="alert">
            <h2>{title}</h2>
            <p>{hint}</p>
            {may_retry
                .then(|| {
                    view! {
                        <button type="button" class="button button--alone needs-script" on:click=move |_| retry.run(())>
                            {texts.retry()}
                        </button>
                    }
                })}
            {request_id.map(|id| view! { <p class="fine">{texts.request_id()} ": " <code>{id}</code></p> })}
        </section>
    }
}

#[component]
fn Found(
    texts: Texts,
    findings: Findings,
    today: NaiveDate,
    selection: RwSignal<Selection>,
    changed: Callback<()>,
) -> impl IntoView {
    let Findings { analytics, newest } = findings;
    let nothing = analytics.totals.documents == 0;
    let answered = texts.answered(&analytics.engine.to_string(), analytics.elapsed_ms);
    let body = if nothing {
        view! {
            <section class="empty">
                <h2>{texts.nothing_found()}</h2>
                <p>{texts.nothing_found_hint()}</p>
            </section>
        }
        .into_any()
    } else {
        view! {
            <div class="pair">
                <Statuses texts totals=analytics.totals by_status=analytics.by_status />
                <Regulations
                    texts
                    counts=analytics.by_technical_regulation
                    documents=analytics.totals.documents
                />
            </div>
            <Trend texts trend=analytics.trend today />
            <NewestDocuments texts documents=newest all=analytics.totals.documents />
        }
        .into_any()
    };
    view! {
        <BridgeLine texts bridge=analytics.bridge selection changed />
        <RegistryTiles texts totals=analytics.totals registries=analytics.registries />
        {body}
        <footer class="fine">
            <span>{texts.as_of(today)}</span>
            <span>{answered}</span>
        </footer>
    }
}
