//! The whole page: wires the server's answers to the parts.

use super::calls::read_progress;
use super::connection::Connection;
use super::index::IndexPanel;
use super::model::{Overview, Progress};
use super::registries::RegistriesPanel;
use super::settings::SettingsPanel;
use super::tracking_settings::TrackingPanel;
use crate::browser;
use crate::catalogue::Texts;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often a page with something under way asks how it goes.
const ASK_EVERY: Duration = Duration::from_secs(4);

/// The application's own page, an island as a whole: nearly all of it moves.
#[island]
pub(crate) fn OverviewPage(
    /// What the server knew when it rendered the page.
    overview: Overview,
) -> impl IntoView {
    let texts = Texts(overview.language);
    let progress = RwSignal::new(overview.progress);
    follow(progress);
    let settings = overview.settings;
    view! {
        <header class="overview-header">
            <h1>"Certlens"</h1>
            <p class="fine">{overview.domain}</p>
        </header>
        <p>{texts.overview_lead()}</p>
        {settings.is_none().then(|| view! { <p class="notice">{texts.overview_for_managers()}</p> })}
        <div class="pair">
            <Connection texts progress />
            <IndexPanel texts progress />
        </div>
        <RegistriesPanel texts registries=overview.registries />
        {overview.tracking.map(|form| view! { <TrackingPanel texts form /> })}
        {settings.map(|settings| view! { <SettingsPanel texts settings progress /> })}
    }
}

/// Asks the server how things stand while something moves. Effects run in the browser only.
fn follow(shown: RwSignal<Progress>) {
    let moving = Memo::new(move |_| shown.with(Progress::is_moving));
    let asking = StoredValue::new(false);
    Effect::new(move |_| {
        if !moving.get() {
            return;
        }
        let Ok(timer) = set_interval_with_handle(move || ask(shown, asking), ASK_EVERY) else {
            return;
        };
        on_cleanup(move || timer.clear());
    });
}

/// One question at a time. A failed one changes nothing: the next may succeed.
pub(super) fn ask(shown: RwSignal<Progress>, asking: StoredValue<bool>) {
    if asking.get_value() {
        return;
    }
    asking.set_value(true);
    spawn_local(async move {
        if let Ok(now) = browser::in_session(read_progress).await {
            let now = shown.with_untracked(|shown| now.after(shown));
            if shown.with_untracked(|shown| *shown != now) {
                shown.set(now);
            }
        }
        asking.try_update_value(|asking| *asking = false);
    });
}
