//! All that is known of one piece of work.

use chrono::{DateTime, Utc};

use crate::notification_items::ItemId;
use crate::{CrmEntity, EventId, MemberId, Store, StoreError, Subject, UserId};

/// News that an inspection lists.
const MOST_NEWS: i64 = 100;

/// A notification item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemDetails {
    /// Its number.
    pub id: ItemId,
    /// The portal.
    pub member_id: MemberId,
    /// Scheme and host of the portal's pages.
    pub origin: String,
    /// Its card.
    pub entity: CrmEntity,
    /// The card's title, where the index knows it.
    pub card_title: Option<String>,
    /// What is to appear: `todo` and so on.
    pub kind: String,
    /// `waiting`, `sending`, `sent`, `skipped`, `unassignable`, `dead` or `discarded`.
    pub state: String,
    /// Why it is in this state, or why the last attempt failed.
    pub reason: Option<String>,
    /// How often it was tried since it got its latest chance.
    pub attempts: i32,
    /// A request that may have created it was sent, and its answer is not known.
    pub is_uncertain: bool,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When it is due.
    pub due_at: DateTime<Utc>,
    /// When it came to its end.
    pub finished_at: Option<DateTime<Utc>>,
    /// By which rule it went to whom.
    pub assigned_rule: Option<String>,
    /// To whom.
    pub responsible: Option<(UserId, Option<String>)>,
    /// Who subscribed, with their names.
    pub subscribers: Vec<(UserId, Option<String>)>,
    /// The portal's number of the object.
    pub portal_object: Option<String>,
    /// Who was passed over, in the order in which they were tried.
    pub refusals: Vec<ItemRefusal>,
    /// What it tells; at most a hundred.
    pub news: Vec<ToldNews>,
}

/// Somebody who was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRefusal {
    /// By which rule they were named.
    pub rule: String,
    /// Who.
    pub user: UserId,
    /// Their name, where it is known.
    pub name: Option<String>,
    /// `dismissed`, `absent`, `unknown` or `refused`.
    pub reason: String,
    /// The portal's words.
    pub words: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A piece of news in an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldNews {
    /// What happened.
    pub kind: String,
    /// To a document of this registry
    pub registry: String,
    /// with this number, or this key where the document is gone.
    pub document: String,
    /// The subscribed identifiers that it carries.
    pub identifiers: Vec<String>,
    /// When it was found.
    pub found_at: DateTime<Utc>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDetails {
    /// Its number.
    pub id: EventId,
    /// The portal that it names.
    pub member_id: MemberId,
    /// Its name.
    pub event: String,
    /// What it is about.
    pub subject: Option<Subject>,
    /// Whether it carried the portal's proof.
    pub is_proved: bool,
    /// `pending`, `done` or `failed`.
    pub state: String,
    /// Why the last attempt failed.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When it is due.
    pub due_at: DateTime<Utc>,
}

impl Store {
    /// A notification item of the portal, or of any; `None` when there is none.
    pub async fn item_details(
        &self,
        member_id: Option<&MemberId>,
        id: ItemId,
    ) -> Result<Option<ItemDetails>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT item.member_id, portal.origin, item.entity_type, item.entity_id, card.title AS "title?", item.kind,
                      item.state, item.reason, item.attempts, item.is_uncertain, item.created_at, item.due_at,
                      item.finished_at, item.assigned_rule, item.responsible_id, item.subscriber_ids,
                      item.portal_object
               FROM notification_items AS item
               JOIN portals AS portal ON portal.member_id = item.member_id
               LEFT JOIN crm_items AS card ON card.member_id = item.member_id
                    AND card.entity_type = item.entity_type AND card.entity_id = item.entity_id
               WHERE item.id = $2 AND ($1::text IS NULL OR item.member_id = $1)"#,
            member_id.map(MemberId::as_str),
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let inconsistent = |column| move |_| StoreError::inconsistent("notification_items", column);
        let portal = MemberId::parse(&row.member_id).map_err(inconsistent("member_id"))?;
        let mut users = row.subscriber_ids.clone();
        users.extend(row.responsible_id);
        let names = self.user_names(&portal, &users).await?;
        let with_name = |user: i64| (UserId(user), names.get(&user).cloned());
        Ok(Some(ItemDetails {
            id,
            origin: row.origin,
            entity: CrmEntity::new(
                row.entity_type
                    .parse()
                    .map_err(|_| StoreError::inconsistent("notification_items", "entity_type"))?,
                row.entity_id,
            ),
            card_title: row.title,
            kind: row.kind,
            state: row.state,
            reason: row.reason,
            attempts: row.attempts,
            is_uncertain: row.is_uncertain,
            created_at: row.created_at,
            due_at: row.due_at,
            finished_at: row.finished_at,
            assigned_rule: row.assigned_rule,
            responsible: row.responsible_id.map(with_name),
            subscribers: row.subscriber_ids.into_iter().map(with_name).collect(),
            portal_object: row.portal_object,
            refusals: self.refusals_of_item(id).await?,
            news: self.news_of_item(id).await?,
            member_id: portal,
        }))
    }

    async fn refusals_of_item(&self, id: ItemId) -> Result<Vec<ItemRefusal>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT refusal.rule, refusal.user_id, person.name AS "name?", refusal.reason, refusal.words, refusal.at
               FROM assignment_refusals AS refusal
               LEFT JOIN portal_users AS person
                    ON person.member_id = refusal.member_id AND person.user_id = refusal.user_id
               WHERE refusal.item_id = $1 ORDER BY refusal.id DESC LIMIT 100"#,
            id.0,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut refusals: Vec<ItemRefusal> = rows
            .into_iter()
            .map(|row| ItemRefusal {
                rule: row.rule,
                user: UserId(row.user_id),
                name: row.name,
                reason: row.reason,
                words: row.words,
                at: row.at,
            })
            .collect();
        refusals.reverse();
        Ok(refusals)
    }

    async fn news_of_item(&self, id: ItemId) -> Result<Vec<ToldNews>, StoreError> {
        Ok(sqlx::query_as!(
            ToldNews,
            r#"SELECT told.kind, told.registry::text AS "registry!",
                      coalesce(document.number, told.document_key) AS "document!", news.identifiers, news.found_at
               FROM item_news AS told
               JOIN news ON news.id = told.news_id
               LEFT JOIN documents AS document
                    ON document.registry = told.registry AND document.document_key = told.document_key
               WHERE told.item_id = $1 ORDER BY told.news_id LIMIT $2"#,
            id.0,
            MOST_NEWS,
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// An event of the portal, or of any; `None` when there is none.
    pub async fn event_details(
        &self,
        member_id: Option<&MemberId>,
        id: EventId,
    ) -> Result<Option<EventDetails>, StoreError> {
        let row = sqlx::query!(
            "SELECT member_id, event, subject_kind, subject_id, proved, state, last_error, attempts, received_at, due_at
             FROM portal_events WHERE id = $2 AND ($1::text IS NULL OR member_id = $1)",
            member_id.map(MemberId::as_str),
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(EventDetails {
                id,
                member_id: MemberId::parse(&row.member_id)
                    .map_err(|_| StoreError::inconsistent("portal_events", "member_id"))?,
                event: row.event,
                subject: row
                    .subject_kind
                    .zip(row.subject_id)
                    .map(|(kind, id)| Subject { kind, id }),
                is_proved: row.proved,
                state: row.state,
                reason: row.last_error,
                attempts: row.attempts,
                received_at: row.received_at,
                due_at: row.due_at,
            })
        })
        .transpose()
    }
}
