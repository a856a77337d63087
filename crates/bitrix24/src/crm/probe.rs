//! A trial reading: whether cards can be read as a card's opening reads them. One batch, nothing is kept.

use super::item::Item;
use super::methods::{Methods, is_unknown_method};
use super::requisite;
use crate::client::batch::{Command, CommandOutcome};
use crate::client::{ApiError, CallError, PortalClient};
use crate::error_code::ErrorCode;
use crate::frame::placement::EntityType;
use crate::identity::EntityId;
use crate::list::read_in_batches;

/// What a trial reading of one card gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// Everything that a card needs was there.
    Read,
    /// The item is gone, or not for this user: says nothing about the portal.
    Gone,
    /// The portal refused it.
    Refused(ApiError),
    /// The portal had no time for it: says nothing about the portal either.
    Busy,
    /// An answer came that has no item, or no list of details: of an unknown shape.
    Unreadable,
}

/// Reads cards as their opening does, a company with its details; and who the client's user is, when there is no card at
/// all. One request; a second one only for portals that don't know the methods of the first.
pub async fn probe(client: &PortalClient, cards: &[(EntityType, EntityId)]) -> Result<Vec<Probe>, CallError> {
    if cards.is_empty() {
        let profile = client.call("profile", serde_json::Value::Null).await?;
        return Ok(vec![if profile.result.is_object() {
            Probe::Read
        } else {
            Probe::Unreadable
        }]);
    }
    let newer = probe_by(Methods::Items, client, cards).await?;
    let is_unknown = |probe: &Probe| matches!(probe, Probe::Refused(error) if is_unknown_method(&error.code));
    if newer.iter().all(is_unknown) {
        return probe_by(Methods::Classic, client, cards).await;
    }
    Ok(newer)
}

async fn probe_by(
    generation: Methods,
    client: &PortalClient,
    cards: &[(EntityType, EntityId)],
) -> Result<Vec<Probe>, CallError> {
    let mut commands: Vec<Command> = cards
        .iter()
        .map(|(entity_type, id)| generation.get(*entity_type).with("id", id))
        .collect();
    let companies = cards
        .iter()
        .filter(|(entity_type, _)| *entity_type == EntityType::Company);
    commands.extend(companies.map(|(_, id)| requisite::of_one_company().with("filter[ENTITY_ID]", id)));
    let mut outcomes = read_in_batches(client, commands).await?;
    let mut details = outcomes.split_off(cards.len()).into_iter();
    let probe = |(&(entity_type, id), outcome): (&(EntityType, EntityId), CommandOutcome)| {
        let card = match outcome {
            CommandOutcome::Done(result) => match Item::read(entity_type, &generation.fields(result), &[]) {
                Some(item) if item.id == id => Probe::Read,
                _ => Probe::Unreadable,
            },
            outcome => refused(outcome),
        };
        let details = (entity_type == EntityType::Company)
            .then(|| details.next())
            .flatten();
        match (card, details) {
            (Probe::Read, Some(CommandOutcome::Done(rows))) if requisite::is_readable(&rows) => Probe::Read,
            (Probe::Read, Some(outcome)) => refused(outcome),
            (card, _) => card,
        }
    };
    Ok(cards.iter().zip(outcomes).map(probe).collect())
}

fn refused(outcome: CommandOutcome) -> Probe {
    match outcome {
        CommandOutcome::Failed(error) => match error.code {
            ErrorCode::NotFound | ErrorCode::AccessDenied | ErrorCode::IntranetUsersOnly => Probe::Gone,
            ErrorCode::QueryLimitExceeded | ErrorCode::OperationTimeLimit => Probe::Busy,
            _ => Probe::Refused(error),
        },
        CommandOutcome::NotExecuted => Probe::Busy,
        CommandOutcome::Done(_) => Probe::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::test_portal::TestPortal;

    fn company() -> (EntityType, EntityId) {
        (EntityType::Company, EntityId::new(5).unwrap())
    }

    fn good(method: &str) -> Value {
        match method {
            "crm.item.get" => json!({"item": {"id": 5, "title": "t"}}),
            "crm.requisite.list" => json!([{"ID": "1", "ENTITY_TYPE_ID": "4", "ENTITY_ID": "5"}]),
            _ => json!({"ID": "1", "ADMIN": true}),
        }
    }

    #[rstest]
    #[case::well("", json!(null), Probe::Read)]
    #[case::no_item("crm.item.get", json!({"thing": {}}), Probe::Unreadable)]
    #[case::another_item("crm.item.get", json!({"item": {"id": 6}}), Probe::Unreadable)]
    #[case::details_as_a_map("crm.requisite.list", json!({"rows": []}), Probe::Unreadable)]
    #[case::details_of_nobody("crm.requisite.list", json!([{"ID": "1"}]), Probe::Unreadable)]
    #[case::details_as_a_list_with_gaps(
        "crm.requisite.list",
        json!({"3": {"ID": "1", "ENTITY_TYPE_ID": "4", "ENTITY_ID": "5"}}),
        Probe::Read
    )]
    #[case::details_as_text("crm.requisite.list", json!("none"), Probe::Unreadable)]
    #[tokio::test]
    async fn probe_tells_whether_a_card_could_be_read(
        #[case] changed: &'static str,
        #[case] answer: Value,
        #[case] expected: Probe,
    ) {
        let portal = TestPortal::start(move |method, _| {
            Ok(if method == changed {
                answer.clone()
            } else {
                good(method)
            })
        })
        .await;

        let found = probe(&portal.client(), &[company()]).await.unwrap();

        assert_eq!(found, [expected]);
        assert_eq!(portal.requests().len(), 1);
    }

    #[tokio::test]
    async fn probe_of_an_older_portal_uses_its_methods() {
        let portal = TestPortal::start(|method, _| match method {
            "crm.item.get" => Err(("ERROR_METHOD_NOT_FOUND", "")),
            "crm.company.get" => Ok(json!({"ID": "5"})),
            other => Ok(good(other)),
        })
        .await;
        assert_eq!(
            probe(&portal.client(), &[company()]).await.unwrap(),
            [Probe::Read]
        );
    }

    #[tokio::test]
    async fn probe_of_a_busy_portal_says_nothing_about_it() {
        let portal = TestPortal::start(|method, _| match method {
            "crm.requisite.list" => Err(("OPERATION_TIME_LIMIT", "")),
            other => Ok(good(other)),
        })
        .await;
        assert_eq!(
            probe(&portal.client(), &[company()]).await.unwrap(),
            [Probe::Busy]
        );
    }

    #[tokio::test]
    async fn probe_of_a_card_that_is_gone_says_nothing_about_the_portal() {
        let portal = TestPortal::start(|method, _| match method {
            "crm.item.get" => Err(("NOT_FOUND", "")),
            other => Ok(good(other)),
        })
        .await;
        assert_eq!(
            probe(&portal.client(), &[company()]).await.unwrap(),
            [Probe::Gone]
        );
    }
}
