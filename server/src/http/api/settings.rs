//! A portal's settings for programs: where identifiers are, what is written into the CRM, who is told of news.

mod tracking;

use super::caller::Caller;
use crate::http::error::{Problem, ProblemKind};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use certlens_app::services::Services;
use certlens_bitrix24::MemberId;
use certlens_monitor::Viewer;
use certlens_portals::settings::ByCardType;
use certlens_portals::{PortalsError, SettingsChange, SettingsRefused, SettingsView};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::error::Error;

/// The settings as programs see them.
#[derive(Debug, Serialize)]
pub(super) struct Settings {
    field_mapping: ByCardType<Vec<String>>,
    /// `detected` by us, or `chosen` by somebody.
    field_mapping_source: &'static str,
    lead_write_back: bool,
    mirror_field: ByCardType<Option<String>>,
    #[serde(flatten)]
    tracking: tracking::Tracking,
}

impl From<SettingsView> for Settings {
    fn from(view: SettingsView) -> Self {
        Self {
            field_mapping: view.field_mapping,
            field_mapping_source: if view.is_detected { "detected" } else { "chosen" },
            lead_write_back: view.lead_write_back,
            mirror_field: view.mirror_field,
            tracking: view.tracking.into(),
        }
    }
}

/// A change; what is left out stays.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// `null`: as we detect it.
    #[serde(default, deserialize_with = "present")]
    #[expect(clippy::option_option, reason = "left out and null differ")]
    field_mapping: Option<Option<Mapping>>,
    lead_write_back: Option<bool>,
    #[serde(default)]
    mirror_field: Mirrors,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapping {
    lead: Option<Vec<String>>,
    deal: Option<Vec<String>>,
    company: Option<Vec<String>>,
}

/// Codes of fields; `null` and an empty text take a mirror away.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mirrors {
    #[serde(deserialize_with = "given")]
    lead: Option<String>,
    #[serde(deserialize_with = "given")]
    deal: Option<String>,
    #[serde(deserialize_with = "given")]
    company: Option<String>,
}

/// What is there, `null` included.
#[expect(clippy::option_option, reason = "left out and null differ")]
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Mapping>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What is there, `null` included, as a text.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or_default()))
}

/// `GET /api/v1/portals/{member_id}/settings`
pub(super) async fn read(
    State(services): State<Services>,
    caller: Caller,
    Path(member_id): Path<String>,
) -> Result<Json<Settings>, Problem> {
    let member_id = permitted(&services, &caller, &member_id).await?;
    let view = services
        .portals
        .settings(&member_id)
        .await
        .map_err(|error| of_portals(&error))?;
    Ok(Json(view.into()))
}

/// `PATCH /api/v1/portals/{member_id}/settings`
pub(super) async fn change(
    State(services): State<Services>,
    caller: Caller,
    Path(member_id): Path<String>,
    change: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Json<Settings>, Problem> {
    let member_id = permitted(&services, &caller, &member_id).await?;
    let invalid = |sentence: String| Problem::new(ProblemKind::ParameterInvalid).detail(sentence);
    let Json(mut change) = change.map_err(|rejection| invalid(rejection.body_text()))?;
    let tracking = tracking::wish_in(&mut change)?;
    let change: Change =
        serde_json::from_value(Value::Object(change)).map_err(|error| invalid(error.to_string()))?;
    let detect_fields = matches!(change.field_mapping, Some(None));
    let mapping = change.field_mapping.flatten().unwrap_or_default();
    let change = SettingsChange {
        lead: mapping.lead,
        deal: mapping.deal,
        company: mapping.company,
        detect_fields,
        lead_write_back: change.lead_write_back,
        mirror_field: ByCardType {
            lead: change.mirror_field.lead,
            deal: change.mirror_field.deal,
            company: change.mirror_field.company,
        },
        tracking,
    };
    let viewer = viewer(&services, &caller).await?;
    let stored = certlens_store::MemberId::parse(member_id.as_str())
        .map_err(|_| Problem::new(ProblemKind::NotFound))?;
    let view = services
        .monitor
        .change_settings(&viewer, &stored, &change, None)
        .await
        .map_err(of_refusal)?;
    Ok(Json(view.into()))
}

fn of_refusal(refused: SettingsRefused) -> Problem {
    match refused {
        SettingsRefused::Portals(error) => of_portals(&error),
        SettingsRefused::UnknownChange(_) => Problem::new(ProblemKind::NotFound).detail(refused.to_string()),
        refused => {
            let problem = Problem::new(ProblemKind::ParameterInvalid).detail(refused.to_string());
            match refused.field() {
                Some(field) => problem.field(field),
                None => problem,
            }
        }
    }
}

/// The caller, as the log names him.
async fn viewer(services: &Services, caller: &Caller) -> Result<Viewer, Problem> {
    let Caller::Page(session) = caller else {
        return Ok(Viewer::Operator {
            name: "API".to_owned(),
        });
    };
    certlens_app::monitor::administrator(services, session)
        .await
        .map_err(|error| of_portals(&error))?
        .ok_or(Problem::new(ProblemKind::AdministratorRequired))
}

/// The portal of the address, if the caller may steer it: the operator any, a page's user his own when he administers
/// it. A foreign portal looks like one that does not exist.
pub(super) async fn permitted(
    services: &Services,
    caller: &Caller,
    member_id: &str,
) -> Result<MemberId, Problem> {
    let member_id = MemberId::parse(member_id).map_err(|_| {
        Problem::new(ProblemKind::NotFound)
            .detail("a portal is named by its member_id, 32 hexadecimal digits")
    })?;
    let Caller::Page(session) = caller else {
        return Ok(member_id);
    };
    if *session.member_id() != member_id {
        return Err(Problem::new(ProblemKind::NotFound));
    }
    let client = services
        .portals
        .client_of(&member_id, session.user_id())
        .await
        .map_err(|error| of_portals(&error))?;
    let is_administrator = services
        .portals
        .is_administrator(&member_id, session.user_id(), &client)
        .await
        .map_err(|error| of_portals(&error))?;
    if is_administrator {
        Ok(member_id)
    } else {
        Err(Problem::new(ProblemKind::AdministratorRequired)
            .detail("only an administrator of the portal may read and change its settings"))
    }
}

fn of_portals(error: &PortalsError) -> Problem {
    match error {
        PortalsError::UnknownPortal(_) => {
            Problem::new(ProblemKind::NotFound).detail("the application is not installed on this portal")
        }
        error => {
            tracing::error!(
                error = error as &dyn Error,
                "a portal's settings could not be reached"
            );
            Problem::new(ProblemKind::NotReady)
        }
    }
}
