//! A portal's users for programs: who is there, who is away, whose subscriptions go to whom.

use super::caller::Caller;
use super::settings::permitted;
use crate::http::error::{Problem, ProblemKind};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use certlens_app::services::Services;
use certlens_store::{MemberId, StoreError, UserId};
use certlens_tracking::staff::MoveRefused;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Employees who are there, and those who left with subscriptions.
#[derive(Debug, Serialize)]
pub(super) struct Users {
    items: Vec<User>,
    /// Why the portal does not show its departments, in its own words; then the rule `department_head` finds nobody.
    departments_refused: Option<String>,
}

#[derive(Debug, Serialize)]
struct User {
    id: i64,
    name: Option<String>,
    /// `null`: the portal has not said, or does not list the user.
    active: Option<bool>,
    /// Away until this day, that day included.
    absent_until: Option<NaiveDate>,
}

/// A change of a user.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserChange {
    absent_until: Option<NaiveDate>,
}

/// Whose subscriptions go to whom.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    from: u64,
    to: u64,
}

/// What a move did.
#[derive(Debug, Serialize)]
pub(super) struct Moved {
    moved: u64,
}

/// `GET /api/v1/portals/{member_id}/users`
pub(super) async fn list(
    State(services): State<Services>,
    caller: Caller,
    Path(member_id): Path<String>,
) -> Result<Json<Users>, Problem> {
    let member_id = portal(&services, &caller, &member_id).await?;
    let users = services.store.users(&member_id).await.map_err(of_store)?;
    let departments_refused = services
        .store
        .departments_refused(&member_id)
        .await
        .map_err(of_store)?;
    let items = users
        .into_iter()
        .map(|user| User {
            id: user.user_id.0,
            name: user.name,
            active: user.is_active,
            absent_until: user.absent_until,
        })
        .collect();
    Ok(Json(Users {
        items,
        departments_refused,
    }))
}

/// `PATCH /api/v1/portals/{member_id}/users/{user_id}`
pub(super) async fn change(
    State(services): State<Services>,
    caller: Caller,
    Path((member_id, user_id)): Path<(String, String)>,
    change: Result<Json<UserChange>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let member_id = portal(&services, &caller, &member_id).await?;
    let user_id: i64 = user_id
        .parse()
        .map_err(|_| Problem::new(ProblemKind::NotFound).detail("a user is named by a number"))?;
    let Json(change) = change.map_err(malformed)?;
    let is_known = services
        .store
        .set_absence(&member_id, UserId(user_id), change.absent_until)
        .await
        .map_err(of_store)?;
    if is_known {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::new(ProblemKind::NotFound).detail(format!("nothing is known of a user {user_id}")))
    }
}

/// `POST /api/v1/portals/{member_id}/users/move-subscriptions`
pub(super) async fn move_subscriptions(
    State(services): State<Services>,
    caller: Caller,
    Path(member_id): Path<String>,
    asked: Result<Json<Move>, JsonRejection>,
) -> Result<Json<Moved>, Problem> {
    let member_id = portal(&services, &caller, &member_id).await?;
    let Json(Move { from, to }) = asked.map_err(malformed)?;
    match services.tracking.move_subscriptions(&member_id, from, to).await {
        Ok(moved) => Ok(Json(Moved { moved })),
        Err(MoveRefused::Store(error)) => Err(of_store(error)),
        Err(refused) => Err(Problem::new(ProblemKind::ParameterInvalid)
            .field("to")
            .detail(refused.to_string())),
    }
}

/// The portal of the address, if the caller may steer it and it is there.
async fn portal(services: &Services, caller: &Caller, member_id: &str) -> Result<MemberId, Problem> {
    let member_id = permitted(services, caller, member_id).await?;
    let missing = || Problem::new(ProblemKind::NotFound);
    let member_id = MemberId::parse(member_id.as_str()).map_err(|_| missing())?;
    match services.store.portal(&member_id).await {
        Ok(Some(_)) => Ok(member_id),
        Ok(None) => Err(missing().detail("the application is not installed on this portal")),
        Err(error) => Err(of_store(error)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that map_err wants")]
fn malformed(rejection: JsonRejection) -> Problem {
    Problem::new(ProblemKind::ParameterInvalid).detail(rejection.body_text())
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that map_err wants")]
fn of_store(error: StoreError) -> Problem {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "a portal's users could not be reached"
    );
    Problem::new(ProblemKind::NotReady)
}
