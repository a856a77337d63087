//! Screens as HTML. Every mark that changes what is seen is a link with an address; what is done is a button with an order.
//!
//! Knows the models of `certlens_monitor` and the texts; no SQL, no HTTP. `data-part` names what is swapped as a whole,
//! `data-key` what keeps the focus.

mod chart;
mod controls;
mod parts;
mod table;

use super::calls::MonitorFailure;
use crate::catalogue::Texts;
use crate::overview::model::Overview;
use crate::overview::page::OverviewPage;
use certlens_monitor::screen::{NavigationItem, Part};
use certlens_monitor::{Address, Preview, Screen};
use chart::ChartView;
use chrono::{DateTime, Utc};
use controls::{ButtonsView, FormView, UploadView, filters_view};
use leptos::prelude::*;
use parts::{ChoiceView, FactsView, FiguresView, LinkView, NoticeView, ProblemsView, StoryView};
use table::table_view;

/// The navigation and a screen.
pub(super) fn monitor_screen(
    texts: Texts,
    address: &Address,
    navigation: Vec<NavigationItem>,
    screen: Screen,
    own_settings: Option<Overview>,
) -> impl IntoView + use<> {
    let mut own_settings = own_settings;
    let parts = screen
        .parts
        .into_iter()
        .enumerate()
        .map(|(index, part)| {
            let name = format!("part-{index}");
            let content = match part {
                Part::Notice(notice) => view! { <NoticeView notice /> }.into_any(),
                Part::Problems(problems) => view! { <ProblemsView texts problems /> }.into_any(),
                Part::Figures(figures) => view! { <FiguresView figures /> }.into_any(),
                Part::Table(table) => table_view(texts, address, table).into_any(),
                Part::Filters(filters) => filters_view(texts, address, filters).into_any(),
                Part::Choice(choice) => view! { <ChoiceView choice /> }.into_any(),
                Part::Chart(chart) => view! { <ChartView texts chart index /> }.into_any(),
                Part::Form(form) => view! { <FormView form /> }.into_any(),
                Part::Story(story) => view! { <StoryView texts story /> }.into_any(),
                Part::Facts(facts) => view! { <FactsView texts facts /> }.into_any(),
                Part::Buttons(buttons) => view! { <ButtonsView buttons /> }.into_any(),
                Part::Upload(upload) => view! { <UploadView upload /> }.into_any(),
                Part::OwnSettings => own_settings
                    .take()
                    .map(|overview| view! { <OverviewPage overview /> })
                    .into_any(),
            };
            view! {
                <div class="monitor-part" data-part=name>
                    {content}
                </div>
            }
        })
        .collect_view();
    view! {
        <Navigation texts navigation />
        <div class="monitor-title" data-part="title">
            {screen.above.map(|link| view! { <p class="monitor-above"><LinkView link /></p> })}
            <h1 tabindex="-1">{screen.title}</h1>
            {screen.lead.map(|lead| view! { <p class="monitor-lead">{lead}</p> })}
        </div>
        {parts}
    }
}

/// Instead of a screen: why there is none.
#[component]
pub(super) fn Failure(
    texts: Texts,
    navigation: Vec<NavigationItem>,
    failure: MonitorFailure,
) -> impl IntoView {
    let (title, hint) = match failure {
        MonitorFailure::NotFound => (
            texts.screen_missing().to_owned(),
            texts.screen_missing_hint().to_owned(),
        ),
        MonitorFailure::Forbidden(sentence)
        | MonitorFailure::Refused { sentence, .. }
        | MonitorFailure::Unavailable { sentence } => (texts.search_failed().to_owned(), sentence),
        MonitorFailure::Unauthorized => (texts.monitor_session_ended().to_owned(), String::new()),
        MonitorFailure::Unreachable => (
            texts.unreachable().to_owned(),
            texts.unreachable_hint().to_owned(),
        ),
    };
    view! {
        <Navigation texts navigation />
        <div class="monitor-title" data-part="title">
            <h1 tabindex="-1">{title}</h1>
            <p class="monitor-lead">{hint}</p>
        </div>
    }
}

#[component]
fn Navigation(texts: Texts, navigation: Vec<NavigationItem>) -> impl IntoView {
    let links = navigation
        .into_iter()
        .map(|item| {
            let present = item.is_present.then_some("page");
            view! {
                <li>
                    <a href=item.address.clone() aria-current=present data-key=format!("nav:{}", item.address)>
                        {item.text}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="monitor-nav" aria-label=texts.monitor_navigation() data-part="nav">
            <ul>{links}</ul>
        </nav>
    }
}

/// The content of the dialogue that asks before something is done.
#[component]
pub(super) fn DialogContent(texts: Texts, preview: Preview) -> impl IntoView {
    let effects = preview
        .effects
        .into_iter()
        .map(|effect| view! { <li>{effect}</li> })
        .collect_view();
    let reason = preview.needs_reason.then(|| {
        view! {
            <label class="monitor-field">
                <span>{texts.reason_label()}</span>
                <textarea name="reason" rows="2" maxlength="1000" required></textarea>
            </label>
        }
    });
    let class = if preview.is_destructive {
        "danger"
    } else {
        "primary"
    };
    view! {
        <form method="dialog" data-confirm>
            <h2 id="dialog-question">{preview.question}</h2>
            <ul class="dialog-effects">{effects}</ul>
            {reason}
            <p class="field-error" role="alert"></p>
            <div class="dialog-buttons">
                <button type="submit" class=class data-yes>
                    {preview.button}
                </button>
                <button type="button" data-no>
                    {texts.cancel()}
                </button>
            </div>
        </form>
    }
}

/// A moment as people read it: in UTC from the server, in the reader's time once the browser's half runs.
#[component]
pub(super) fn Moment(at: DateTime<Utc>) -> impl IntoView {
    let machine = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let words = at.format("%d.%m.%Y %H:%M UTC").to_string();
    view! {
        <time datetime=machine data-moment="">
            {words}
        </time>
    }
}
