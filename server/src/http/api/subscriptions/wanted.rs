//! From a JSON object to what is wanted: field by field, so that a refusal names the field.

use super::super::caller::Caller;
use super::super::question::invalid;
use crate::http::error::{Problem, ProblemKind};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use certlens_domain::subscription::{Override, SubscriptionTerms, TermsChange, TermsRefused, WantedTerms};
use certlens_portals::{StoredViewer, Viewer};
use certlens_store::{CrmEntity, EntityType, MemberId, UserId};
use certlens_tracking::subscriptions::Asker;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The fields of an object that were not taken yet.
pub(super) struct Fields(Map<String, Value>);

impl From<Map<String, Value>> for Fields {
    fn from(object: Map<String, Value>) -> Self {
        Self(object)
    }
}

impl Fields {
    pub(super) fn of(body: Result<Json<Map<String, Value>>, JsonRejection>) -> Result<Self, Problem> {
        match body {
            Ok(Json(object)) => Ok(Self(object)),
            Err(rejection) => {
                // What is too large is said by whoever limits bodies.
                let kind = if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                    ProblemKind::BodyTooLarge
                } else {
                    ProblemKind::ParameterInvalid
                };
                Err(Problem::new(kind).detail(rejection.body_text()))
            }
        }
    }

    /// A field that may be missing (`None`) or `null` (`Some(None)`).
    #[expect(clippy::option_option, reason = "missing, null and a value are three things")]
    pub(super) fn optional<T: DeserializeOwned>(
        &mut self,
        field: &'static str,
    ) -> Result<Option<Option<T>>, Problem> {
        let Some(value) = self.0.remove(field) else {
            return Ok(None);
        };
        serde_json::from_value(value)
            .map(Some)
            .map_err(|error| invalid(field, format!("`{field}`: {error}")))
    }

    pub(super) fn required<T: DeserializeOwned>(&mut self, field: &'static str) -> Result<T, Problem> {
        self.optional(field)?
            .flatten()
            .ok_or_else(|| invalid(field, format!("`{field}` is missing")))
    }

    /// Nothing may be left: a misspelt field would be a wish that nobody hears.
    pub(super) fn end(self) -> Result<(), Problem> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => {
                let name: String = name.chars().take(40).collect();
                Err(Problem::new(ProblemKind::ParameterInvalid)
                    .detail(format!("there is no field `{name}` here")))
            }
        }
    }
}

/// The page of a card, as a caller.
pub(super) struct PageCaller {
    pub(super) user: UserId,
    pub(super) entity: Option<CrmEntity>,
}

impl PageCaller {
    /// `None`: the operator calls.
    pub(super) fn of(caller: &Caller) -> Result<Option<Self>, Problem> {
        let Caller::Page(session) = caller else {
            return Ok(None);
        };
        let viewer = Viewer {
            member_id: session.member_id().clone(),
            user_id: session.user_id(),
        };
        let StoredViewer { user, card, .. } = viewer.in_store(session.entity()).map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a session names no viewer"
            );
            Problem::new(ProblemKind::Internal)
        })?;
        Ok(Some(Self { user, entity: card }))
    }
}

/// Who asks: the operator is above what portals choose.
pub(super) fn asker(caller: &Caller) -> Result<Asker, Problem> {
    Ok(PageCaller::of(caller)?.map_or(Asker::Operator, |page| Asker::User(page.user)))
}

/// A subscription to be.
pub(super) struct Wanted {
    pub(super) member_id: MemberId,
    pub(super) entity: CrmEntity,
    pub(super) user: UserId,
    pub(super) terms: TermsChange,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntityField {
    #[serde(rename = "type")]
    entity_type: EntityType,
    id: i64,
}

impl Wanted {
    pub(super) fn take(fields: &mut Fields, caller: &Caller) -> Result<Self, Problem> {
        let member_id = portal(fields, caller)?;
        Self::of_portal(member_id, fields, caller)
    }

    pub(super) fn of_portal(
        member_id: MemberId,
        fields: &mut Fields,
        caller: &Caller,
    ) -> Result<Self, Problem> {
        let (entity, user) = match PageCaller::of(caller)? {
            None => (entity(fields)?, user(fields)?),
            Some(page) => of_page(&page, fields)?,
        };
        Ok(Self {
            member_id,
            entity,
            user,
            terms: terms(fields)?,
        })
    }

    /// The terms of the new subscription.
    pub(super) fn new_terms(&self) -> Result<SubscriptionTerms, Problem> {
        SubscriptionTerms::of(&self.terms).map_err(|refused| of_terms(&refused))
    }
}

fn entity(fields: &mut Fields) -> Result<CrmEntity, Problem> {
    let entity: EntityField = fields.required("entity")?;
    if entity.id < 1 {
        return Err(invalid(
            "entity",
            "`entity.id` is the number of an item, 1 or more",
        ));
    }
    Ok(CrmEntity::new(entity.entity_type, entity.id))
}

fn user(fields: &mut Fields) -> Result<UserId, Problem> {
    let user: i64 = fields.required("user_id")?;
    if user < 1 {
        return Err(invalid("user_id", "`user_id` is the number of a user, 1 or more"));
    }
    Ok(UserId(user))
}

/// A card's page proves its user's right to see this card, and no other.
fn of_page(page: &PageCaller, fields: &mut Fields) -> Result<(CrmEntity, UserId), Problem> {
    let own = page
        .entity
        .ok_or_else(|| invalid("entity", "this page belongs to no card"))?;
    if fields.0.contains_key("entity") && entity(fields)? != own {
        return Err(invalid("entity", "a card's page subscribes in its own card only"));
    }
    if fields.0.contains_key("user_id") && user(fields)? != page.user {
        return Err(invalid("user_id", "a card's page subscribes its own user only"));
    }
    Ok((own, page.user))
}

/// The terms among the fields.
pub(super) fn terms(fields: &mut Fields) -> Result<TermsChange, Problem> {
    let wanted = WantedTerms {
        identifiers: fields.optional("identifiers")?.flatten(),
        news: fields.optional("news")?.flatten(),
        // `null` stands for all of them.
        registries: fields.optional("registries")?.map(Option::unwrap_or_default),
        expiring_days: fields.optional("expiring_days")?.flatten(),
        scope: fields.optional("scope")?.map(Override::of),
        notification_kind: fields.optional("notification_kind")?.map(Override::of),
        assignment: fields.optional("assignment")?.map(Override::of),
    };
    TermsChange::check(wanted).map_err(|refused| of_terms(&refused))
}

/// The portal that a body names.
pub(super) fn portal(fields: &mut Fields, caller: &Caller) -> Result<MemberId, Problem> {
    let named: Option<String> = fields.optional("member_id")?.flatten();
    portal_named(named.as_deref(), caller)
}

/// The portal that is meant: a card's page means its own, and may name no other.
pub(super) fn portal_named(named: Option<&str>, caller: &Caller) -> Result<MemberId, Problem> {
    let own = match caller {
        Caller::Page(session) => Some(session.member_id().as_str()),
        Caller::Operator => None,
    };
    let malformed = || invalid("member_id", "`member_id` names a portal by 32 hexadecimal digits");
    let member_id = named.or(own).ok_or_else(malformed)?;
    let member_id = MemberId::parse(member_id).map_err(|_| malformed())?;
    if own.is_some_and(|own| own != member_id.as_str()) {
        return Err(invalid(
            "member_id",
            "a card's page subscribes in its own portal only",
        ));
    }
    Ok(member_id)
}

/// Terms that were refused, as a problem of their field.
pub(super) fn of_terms(refused: &TermsRefused) -> Problem {
    let kind = match refused {
        TermsRefused::NoIdentifier => ProblemKind::IdentifierMissing,
        TermsRefused::NotAnIdentifier(_) => ProblemKind::IdentifierInvalid,
        TermsRefused::TooManyIdentifiers => ProblemKind::TooManyIdentifiers,
        TermsRefused::NoNews
        | TermsRefused::ExpiringDays(_)
        | TermsRefused::Rules
        | TermsRefused::FallbackUser => ProblemKind::ParameterInvalid,
    };
    Problem::new(kind)
        .field(refused.field())
        .detail(refused.to_string())
}
