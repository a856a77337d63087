//! The page of the monitor: its frame around the first screen, rendered on the server.

use super::calls::MonitorFailure;
use super::view::{Failure, monitor_screen};
use crate::catalogue::Texts;
use crate::overview::model::Overview;
use crate::services::Services;
use certlens_domain::language::Language;
use certlens_monitor::screen::NavigationItem;
use certlens_monitor::{Address, Monitor, Screen, Viewer};
use leptos::prelude::*;

/// The page, ready to be rendered.
#[derive(Debug, Clone)]
pub struct MonitorPageModel {
    /// The viewer's language.
    pub language: Language,
    /// As whom he is here.
    pub viewer_name: String,
    /// Whether he can sign out: an operator, who signed on.
    pub can_sign_out: bool,
    /// Where he is.
    pub address: Address,
    /// The navigation.
    pub navigation: Vec<NavigationItem>,
    /// The screen, or why there is none.
    pub screen: Result<Screen, MonitorFailure>,
    /// The settings that have controls of their own, where the screen has a place for them.
    pub own_settings: Option<Overview>,
}

/// Opens the monitor for a proved viewer.
pub async fn open(
    services: &Services,
    viewer: &Viewer,
    address: Address,
    language: Language,
    request_id: Option<&str>,
) -> MonitorPageModel {
    let screen = services
        .monitor
        .open(viewer, &address, language, services.calendar.today())
        .await
        .map_err(|refused| super::answering::of_screen(&refused, language, request_id));
    let own_settings = match &screen {
        Ok(screen) => super::answering::page_settings(services, viewer, screen, language).await,
        Err(_) => None,
    };
    MonitorPageModel {
        language,
        viewer_name: viewer.actor().name,
        can_sign_out: viewer.is_operator(),
        navigation: Monitor::navigation(viewer, &address, language),
        address,
        screen,
        own_settings,
    }
}

impl MonitorPageModel {
    /// The title of the document.
    pub fn title(&self) -> String {
        match &self.screen {
            Ok(screen) => format!("{} · Certlens", screen.title),
            Err(_) => "Certlens".to_owned(),
        }
    }
}

/// The frame of the monitor: who looks, what lives, the place of screens, of messages and of questions.
#[component]
pub fn MonitorPage(
    /// What the page knows.
    model: MonitorPageModel,
) -> impl IntoView {
    let texts = Texts(model.language);
    let MonitorPageModel {
        address,
        navigation,
        screen,
        own_settings,
        ..
    } = model;
    let shown = address.to_string();
    let content = match screen {
        Ok(screen) => monitor_screen(texts, &address, navigation, screen, own_settings).into_any(),
        Err(failure) => view! { <Failure texts navigation failure /> }.into_any(),
    };
    view! {
        <header class="monitor-top">
            <a class="monitor-brand" href="/monitor/overview">
                "Certlens"
            </a>
            <p class="monitor-live" data-live=texts.live() data-lost=texts.not_live() aria-live="off"></p>
            <p class="monitor-viewer">{model.viewer_name}</p>
            {model
                .can_sign_out
                .then(|| {
                    view! {
                        <form method="post" action="/monitor/sign-out">
                            <button type="submit" class="quiet">
                                {texts.sign_out()}
                            </button>
                        </form>
                    }
                })}
        </header>
        <p
            id="monitor-status"
            role="status"
            data-busy=texts.order_busy()
            data-unreachable=texts.unreachable()
            data-session-ended=texts.monitor_session_ended()
            data-missing=texts.screen_missing()
            data-nothing-chosen=texts.nothing_chosen()
            data-choose-file=texts.choose_file_first()
            data-sending=texts.sending_file()
        ></p>
        <div id="screen" data-address=shown>
            {content}
        </div>
        <dialog id="monitor-dialog" aria-labelledby="dialog-question"></dialog>
    }
}
