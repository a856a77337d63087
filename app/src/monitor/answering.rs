//! What the monitor's server functions do: find out who asks, ask `certlens_monitor`, make HTML of it.

use super::calls::{MonitorFailure, Order, Ordered};
use super::view::{DialogContent, monitor_screen};
use crate::card::open::{Bearer, RequestId};
use crate::catalogue::Texts;
use crate::services::Services;
use crate::session::{OperatorSession, PassBearer, Session};
use certlens_domain::language::Language;
use certlens_monitor::form::Submission;
use certlens_monitor::{Action, ActionRefused, Address, Monitor, Request, ScreenRefused, Viewer};
use chrono::Utc;
use leptos::prelude::*;

/// The operator whose session a request carries. Provided to server functions as context.
#[derive(Debug, Clone)]
pub struct OperatorBearer(pub OperatorSession);

/// The administrator for whom a session of a portal's user stands; `None` when he administers nothing.
pub async fn administrator(
    services: &Services,
    session: &Session,
) -> Result<Option<Viewer>, certlens_portals::PortalsError> {
    let (member_id, user_id) = (session.member_id(), session.user_id());
    let client = services.portals.client_of(member_id, user_id).await?;
    if !services
        .portals
        .is_administrator(member_id, user_id, &client)
        .await?
    {
        return Ok(None);
    }
    let (Ok(member_id), Ok(user)) = (
        certlens_store::MemberId::parse(member_id.as_str()),
        i64::try_from(user_id.0),
    ) else {
        return Ok(None);
    };
    let user_id = certlens_store::UserId(user);
    let name = services.store.user_name(&member_id, user_id).await?;
    Ok(Some(Viewer::Administrator {
        member_id,
        user_id,
        name,
    }))
}

/// Sets the answer's HTTP status.
pub(super) fn answered<T>(answer: Result<T, MonitorFailure>) -> Result<T, MonitorFailure> {
    if let (Err(failure), Some(response)) = (&answer, use_context::<leptos_axum::ResponseOptions>()) {
        response.set_status(failure.status());
    }
    answer
}

/// Who calls a server function.
struct MonitorCaller {
    services: Services,
    bearer: PassBearer,
    viewer: Viewer,
    request_id: Option<String>,
}

async fn caller(language: Language) -> Result<MonitorCaller, MonitorFailure> {
    let services = use_context::<Services>().ok_or(MonitorFailure::Unauthorized)?;
    let request_id = use_context::<RequestId>().map(|RequestId(id)| id);
    if let Some(OperatorBearer(session)) = use_context::<OperatorBearer>() {
        return Ok(MonitorCaller {
            services,
            viewer: Viewer::Operator {
                name: session.name.clone(),
            },
            bearer: PassBearer::Operator(session),
            request_id,
        });
    }
    let Some(Bearer(session)) = use_context::<Bearer>() else {
        return Err(MonitorFailure::Unauthorized);
    };
    match administrator(&services, &session).await {
        Ok(Some(viewer)) => Ok(MonitorCaller {
            services,
            bearer: PassBearer::User(session),
            viewer,
            request_id,
        }),
        Ok(None) => Err(MonitorFailure::Forbidden(
            Texts(language).monitor_for_administrators().to_owned(),
        )),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "whether the caller administers the portal is unknown"
            );
            Err(MonitorFailure::Unavailable {
                sentence: Texts(language).monitor_unproved().to_owned(),
            })
        }
    }
}

/// The screen at an address as HTML.
pub(super) async fn screen(address: &str, language: Language) -> Result<String, MonitorFailure> {
    let caller = caller(language).await?;
    let address: Address = address.parse().map_err(|_| MonitorFailure::NotFound)?;
    let shown = caller
        .services
        .monitor
        .open(
            &caller.viewer,
            &address,
            language,
            caller.services.calendar.today(),
        )
        .await
        .map_err(|refused| of_screen(&refused, language, caller.request_id.as_deref()))?;
    let navigation = Monitor::navigation(&caller.viewer, &address, language);
    let own_settings = page_settings(&caller.services, &caller.viewer, &shown, language).await;
    Ok(Owner::new()
        .with(|| monitor_screen(Texts(language), &address, navigation, shown, own_settings).to_html()))
}

/// The settings with controls of their own, where the screen has a place for them.
pub(super) async fn page_settings(
    services: &Services,
    viewer: &Viewer,
    screen: &certlens_monitor::Screen,
    language: Language,
) -> Option<crate::overview::model::Overview> {
    let has_place = screen
        .parts
        .iter()
        .any(|part| matches!(part, certlens_monitor::Part::OwnSettings));
    match viewer.portal() {
        Some(member_id) if has_place => {
            crate::overview::open::of_administrator(services, member_id, language).await
        }
        _ => None,
    }
}

/// Gives an order, or asks what it would do.
pub(super) async fn order(
    order: Order,
    is_confirmed: bool,
    reason: String,
    language: Language,
) -> Result<Ordered, MonitorFailure> {
    let caller = caller(language).await?;
    let refused = |refused| of_action(&refused, language, caller.request_id.as_deref());
    let action = match order {
        Order::Action(json) => serde_json::from_str(&json).map_err(|error| MonitorFailure::Refused {
            sentence: error.to_string(),
            field: None,
        })?,
        Order::Form(form, fields) => Action::of_form(&Submission { form, fields }, language)
            .map_err(|refusal| refused(ActionRefused::Field(refusal)))?,
    };
    let request = Request {
        viewer: caller.viewer.clone(),
        language,
        reason,
        request_id: caller.request_id.clone(),
    };
    let monitor = &caller.services.monitor;
    if is_confirmed {
        let done = action.act(monitor, &request).await.map_err(refused)?;
        return Ok(Ordered::Done {
            message: done.message,
            go_to: done.go_to,
        });
    }
    let preview = action.preview(monitor, &request).await.map_err(refused)?;
    let html = Owner::new().with(|| view! { <DialogContent texts=Texts(language) preview /> }.to_html());
    Ok(Ordered::Question(html))
}

/// A pass for one of our addresses.
pub(super) async fn pass(address: &str) -> Result<String, MonitorFailure> {
    let caller = caller(Language::En).await?;
    let is_ours = address.starts_with("/api/v1/") || address.starts_with("/monitor/");
    if !is_ours {
        return Err(MonitorFailure::NotFound);
    }
    let pass = caller
        .services
        .session_key
        .sign_pass(
            &caller.bearer,
            address,
            caller.services.operator_token.as_ref(),
            Utc::now(),
        )
        .ok_or(MonitorFailure::Unauthorized)?;
    let joint = if address.contains('?') { '&' } else { '?' };
    Ok(format!("{address}{joint}pass={pass}"))
}

/// Why there is no screen, for the viewer; causes go to the log.
pub(crate) fn of_screen(
    refused: &ScreenRefused,
    language: Language,
    request_id: Option<&str>,
) -> MonitorFailure {
    match refused {
        ScreenRefused::OutOfScope(_) => {
            MonitorFailure::Forbidden(Texts(language).monitor_out_of_scope().to_owned())
        }
        ScreenRefused::NotFound => MonitorFailure::NotFound,
        refused => unavailable(refused, language, request_id),
    }
}

/// Why an action was not done, for the viewer; causes go to the log.
pub(crate) fn of_action(
    refused: &ActionRefused,
    language: Language,
    request_id: Option<&str>,
) -> MonitorFailure {
    match refused {
        ActionRefused::OutOfScope(_) => {
            MonitorFailure::Forbidden(Texts(language).monitor_out_of_scope().to_owned())
        }
        ActionRefused::Refused(sentence) => MonitorFailure::Refused {
            sentence: sentence.clone(),
            field: None,
        },
        ActionRefused::Field(refusal) => MonitorFailure::Refused {
            sentence: refusal.sentence.clone(),
            field: refusal.field.clone(),
        },
        ActionRefused::Failed { what, .. } => {
            tracing::error!(
                error = refused as &dyn std::error::Error,
                "an action of the monitor failed"
            );
            MonitorFailure::Unavailable {
                sentence: what.clone(),
            }
        }
        refused => unavailable(refused, language, request_id),
    }
}

fn unavailable(
    error: &(dyn std::error::Error + 'static),
    language: Language,
    request_id: Option<&str>,
) -> MonitorFailure {
    tracing::error!(error, "the monitor could not answer");
    MonitorFailure::Unavailable {
        sentence: Texts(language).monitor_failed(request_id),
    }
}
