//! Subscriptions for programs: who wants to be told what, in which card.
//!
//! The operator acts for any user of any portal. The page of a card acts for its own user in its own card, and sees who
//! else subscribed there; somebody else's subscription looks to it like one that does not exist.

mod wanted;

use super::caller::Caller;
use super::question::{invalid, of_query};
use crate::http::error::{Problem, ProblemKind};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::{Query, QueryRejection};
use certlens_app::services::Services;
use certlens_domain::registry::Registry;
use certlens_domain::subscription::Mute;
use certlens_domain::tracking::{Assignment, NewsKind, NotificationKind, NotifyScope};
use certlens_store::{
    ArchiveReason, CrmEntity, EntityType, MemberId, NewSubscription, Subscription, SubscriptionId,
    SubscriptionOrder, SubscriptionQuery, SubscriptionRevision, SubscriptionState, UserId,
};
use certlens_tracking::SubscriptionRefused;
use certlens_tracking::subscriptions::MOST_AT_ONCE;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wanted::{Fields, Wanted};

/// Subscriptions on a page, where the request says nothing.
const USUAL_PAGE: u16 = 50;
/// The longest page.
const LONGEST_PAGE: u16 = 200;

/// What a new subscription is called from now on.
#[derive(Debug, Serialize)]
pub(super) struct Made {
    id: SubscriptionId,
}

/// Many of them, in the order in which they were asked for.
#[derive(Debug, Serialize)]
pub(super) struct ManyMade {
    ids: Vec<SubscriptionId>,
}

/// A card.
#[derive(Debug, Clone, Copy, Serialize)]
struct EntityAnswer {
    #[serde(rename = "type")]
    entity_type: EntityType,
    id: i64,
}

/// A subscription as programs see it.
#[derive(Debug, Serialize)]
pub(super) struct SubscriptionAnswer {
    id: SubscriptionId,
    member_id: String,
    entity: EntityAnswer,
    user_id: UserId,
    identifiers: Vec<String>,
    news: Vec<NewsKind>,
    /// `null`: all six.
    registries: Option<Vec<Registry>>,
    expiring_days: u16,
    /// `null`, as the two below: as the portal has it.
    scope: Option<NotifyScope>,
    notification_kind: Option<NotificationKind>,
    assignment: Option<Assignment>,
    muted_until: Option<Mute>,
    state: SubscriptionState,
    reason: Option<ArchiveReason>,
    created_at: DateTime<Utc>,
}

impl SubscriptionAnswer {
    fn of(member_id: &MemberId, subscription: Subscription) -> Self {
        let state = subscription.state();
        let terms = subscription.terms;
        Self {
            id: subscription.id,
            member_id: member_id.to_string(),
            entity: EntityAnswer {
                entity_type: subscription.entity.entity_type,
                id: subscription.entity.id,
            },
            user_id: subscription.user,
            identifiers: terms.identifiers,
            news: terms.news,
            registries: (!terms.registries.is_empty()).then_some(terms.registries),
            expiring_days: terms.expiring_days,
            scope: terms.scope,
            notification_kind: terms.notification_kind,
            assignment: terms.assignment,
            muted_until: subscription.muted,
            state,
            reason: subscription.archived,
            created_at: subscription.created_at,
        }
    }
}

/// A page of them.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    items: Vec<SubscriptionAnswer>,
    next: Option<String>,
}

/// What a list is limited to.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    member_id: Option<String>,
    state: Option<String>,
    entity_type: Option<String>,
    entity_id: Option<i64>,
    user_id: Option<i64>,
    limit: Option<u16>,
    cursor: Option<String>,
}

type Body = Result<Json<Map<String, Value>>, JsonRejection>;

/// `POST /api/v1/subscriptions`
pub(super) async fn subscribe(
    State(services): State<Services>,
    caller: Caller,
    body: Body,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let mut fields = Fields::of(body)?;
    let wanted = Wanted::take(&mut fields, &caller)?;
    fields.end()?;
    let id = services
        .tracking
        .subscribe(
            &wanted.member_id,
            wanted.entity,
            wanted.user,
            &wanted.terms,
            wanted::asker(&caller)?,
        )
        .await
        .map_err(of_refusal)?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// `POST /api/v1/subscriptions/bulk`: up to a thousand of one portal, all or none.
pub(super) async fn subscribe_all(
    State(services): State<Services>,
    caller: Caller,
    body: Body,
) -> Result<(StatusCode, Json<ManyMade>), Problem> {
    let mut fields = Fields::of(body)?;
    let member_id = wanted::portal(&mut fields, &caller)?;
    let listed: Vec<Map<String, Value>> = fields.required("subscriptions")?;
    fields.end()?;
    if listed.len() > MOST_AT_ONCE {
        let sentence = format!(
            "{} subscriptions are too many for one request; {MOST_AT_ONCE} are allowed",
            listed.len()
        );
        return Err(invalid("subscriptions", sentence));
    }
    let mut subscriptions = Vec::with_capacity(listed.len());
    for (place, listed) in listed.into_iter().enumerate() {
        let in_place = |problem: Problem| problem.within(&format!("subscriptions[{place}]"));
        let mut fields = Fields::from(listed);
        let wanted = Wanted::of_portal(member_id.clone(), &mut fields, &caller).map_err(in_place)?;
        fields.end().map_err(in_place)?;
        let terms = wanted.new_terms().map_err(in_place)?;
        subscriptions.push(NewSubscription {
            entity: wanted.entity,
            user: wanted.user,
            terms,
        });
    }
    let ids = services
        .tracking
        .subscribe_all(&member_id, &subscriptions, wanted::asker(&caller)?)
        .await
        .map_err(of_refusal)?;
    Ok((StatusCode::CREATED, Json(ManyMade { ids })))
}

/// `GET /api/v1/subscriptions`
pub(super) async fn list(
    State(services): State<Services>,
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Page>, Problem> {
    let Query(asked) = asked.map_err(of_query)?;
    let member_id = wanted::portal_named(asked.member_id.as_deref(), &caller)?;
    let query = query(&asked, &caller)?;
    let is_known = services
        .store
        .portal(&member_id)
        .await
        .map_err(|error| of_refusal(error.into()))?
        .is_some();
    if !is_known {
        return Err(of_refusal(SubscriptionRefused::UnknownPortal));
    }
    let page = services
        .store
        .subscriptions(&member_id, &query)
        .await
        .map_err(|error| of_refusal(error.into()))?;
    Ok(Json(Page {
        items: page
            .items
            .into_iter()
            .map(|one| SubscriptionAnswer::of(&member_id, one))
            .collect(),
        next: page.next.map(|id| id.to_string()),
    }))
}

fn query(asked: &Asked, caller: &Caller) -> Result<SubscriptionQuery, Problem> {
    let state = super::question::optional::<SubscriptionState>("state", asked.state.as_deref())?;
    let entity_type = super::question::optional::<EntityType>("entity_type", asked.entity_type.as_deref())?;
    let entity = match (entity_type, asked.entity_id) {
        (Some(entity_type), Some(id)) => Some(CrmEntity::new(entity_type, id)),
        (None, None) => None,
        _ => {
            let sentence = "a card is named by entity_type and entity_id together";
            return Err(invalid("entity_id", sentence));
        }
    };
    let after = super::question::optional::<i64>("cursor", asked.cursor.as_deref())
        .map_err(|_| invalid("cursor", "`cursor` is the `next` of an earlier page"))?;
    let limit = asked.limit.unwrap_or(USUAL_PAGE);
    if !(1..=LONGEST_PAGE).contains(&limit) {
        let sentence = format!("`limit` is a number from 1 to {LONGEST_PAGE}");
        return Err(invalid("limit", sentence));
    }
    let mut user = asked.user_id.map(UserId);
    if let Some(page) = wanted::PageCaller::of(caller)?
        && (entity.is_none() || entity != page.entity)
    {
        // Of other cards, a page's user sees his own subscriptions only.
        if user.is_some_and(|user| user != page.user) {
            let sentence = "a card's page sees subscriptions of other users in its own card only";
            return Err(invalid("user_id", sentence));
        }
        user = Some(page.user);
    }
    Ok(SubscriptionQuery {
        state,
        entity,
        user,
        after: after.map(SubscriptionId),
        order: SubscriptionOrder::EarliestFirst,
        limit,
    })
}

/// Which portal's subscription a path means; a card's page needs not name it.
#[derive(Debug, Deserialize)]
pub(super) struct Whose {
    member_id: Option<String>,
}

/// `PATCH /api/v1/subscriptions/{id}`
pub(super) async fn change(
    State(services): State<Services>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body,
) -> Result<Json<SubscriptionAnswer>, Problem> {
    let id = parsed(&id)?;
    let mut fields = Fields::of(body)?;
    let named = fields.optional::<String>("member_id")?.flatten();
    let revision = SubscriptionRevision {
        terms: wanted::terms(&mut fields)?,
        mute: fields.optional::<Mute>("muted_until")?,
        state: fields.optional::<SubscriptionState>("state")?.flatten(),
    };
    fields.end()?;
    let (member_id, owner) = place_of(&services, &caller, named.as_deref(), id).await?;
    let changed = services
        .tracking
        .revise_subscription(&member_id, id, owner, &revision)
        .await
        .map_err(of_refusal)?;
    Ok(Json(SubscriptionAnswer::of(&member_id, changed)))
}

/// `DELETE /api/v1/subscriptions/{id}`: archives it, as often as it is asked for.
pub(super) async fn unsubscribe(
    State(services): State<Services>,
    caller: Caller,
    Path(id): Path<String>,
    whose: Result<Query<Whose>, QueryRejection>,
) -> Result<StatusCode, Problem> {
    let id = parsed(&id)?;
    let Query(whose) = whose.map_err(of_query)?;
    let (member_id, owner) = place_of(&services, &caller, whose.member_id.as_deref(), id).await?;
    services
        .tracking
        .unsubscribe(&member_id, &[id], owner, ArchiveReason::Unsubscribed)
        .await
        .map_err(of_refusal)?;
    Ok(StatusCode::NO_CONTENT)
}

fn parsed(id: &str) -> Result<SubscriptionId, Problem> {
    id.parse()
        .map(SubscriptionId)
        .map_err(|_| Problem::new(ProblemKind::NotFound).detail("a subscription is named by its number"))
}

/// The portal of a subscription, and whose it must be for this caller. The operator may leave the portal out.
async fn place_of(
    services: &Services,
    caller: &Caller,
    named: Option<&str>,
    id: SubscriptionId,
) -> Result<(MemberId, Option<UserId>), Problem> {
    if let Some(page) = wanted::PageCaller::of(caller)? {
        return Ok((wanted::portal_named(named, caller)?, Some(page.user)));
    }
    if named.is_some() {
        return Ok((wanted::portal_named(named, caller)?, None));
    }
    let member_id = services
        .store
        .portal_of_subscription(id)
        .await
        .map_err(|error| of_refusal(error.into()))?
        .ok_or(SubscriptionRefused::Unknown)
        .map_err(of_refusal)?;
    Ok((member_id, None))
}

fn of_refusal(refused: SubscriptionRefused) -> Problem {
    match refused {
        SubscriptionRefused::Terms(refused) => wanted::of_terms(&refused),
        SubscriptionRefused::TooMany(error) => {
            Problem::new(ProblemKind::ParameterInvalid).detail(error.to_string())
        }
        SubscriptionRefused::UnknownPortal => {
            invalid("member_id", SubscriptionRefused::UnknownPortal.to_string())
        }
        SubscriptionRefused::NotPermitted(refused) => {
            Problem::new(ProblemKind::SubscribingForbidden).detail(refused.to_string())
        }
        SubscriptionRefused::Unknown => {
            Problem::new(ProblemKind::NotFound).detail(SubscriptionRefused::Unknown.to_string())
        }
        SubscriptionRefused::Store(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "subscriptions could not be reached"
            );
            Problem::new(ProblemKind::NotReady)
        }
    }
}
