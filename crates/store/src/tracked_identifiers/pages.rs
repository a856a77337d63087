//! Pages of tracked identifiers, in their orders. Each goes along an index, so that a page costs the same among a million.

use super::{TrackedQuery, TrackedState};
use crate::{MemberId, Store, StoreError};
use std::fmt;

/// Which of the tracked identifiers a page goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Having {
    /// All of them.
    Any,
    /// Those that never had news.
    NoNews,
}

/// A place in the order of news: after this piece of news and identifier, or among those that never had any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NewsPlace<'a> {
    /// The latest news; `None`: there were none.
    pub(super) news: Option<i64>,
    /// The identifier.
    pub(super) identifier: &'a str,
}

impl fmt::Display for NewsPlace<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.news {
            Some(news) => write!(formatter, "{news}.{}", self.identifier),
            None => write!(formatter, ".{}", self.identifier),
        }
    }
}

impl<'a> NewsPlace<'a> {
    /// `None` where the text is no place: an address that somebody made up begins at the beginning.
    fn parse(text: &'a str) -> Option<Self> {
        let (news, identifier) = text.split_once('.')?;
        let news = if news.is_empty() {
            None
        } else {
            Some(news.parse().ok()?)
        };
        Some(Self { news, identifier })
    }
}

impl Store {
    /// By their latest news, in either direction; then those that never had any, by number.
    pub(super) async fn page_by_news(&self, query: &TrackedQuery<'_>) -> Result<Vec<String>, StoreError> {
        let place = query.after.and_then(NewsPlace::parse);
        let rest = TrackedQuery {
            is_descending: false,
            after: None,
            ..*query
        };
        if let Some(NewsPlace {
            news: None,
            identifier,
        }) = place
        {
            let rest = TrackedQuery {
                after: Some(identifier),
                ..rest
            };
            return self.tracked_page(&rest, Having::NoNews).await;
        }
        let mut page = self.newsworthy_page(query, place).await?;
        let left = query.limit - i64::try_from(page.len()).unwrap_or(query.limit);
        if left > 0 {
            let rest = TrackedQuery { limit: left, ..rest };
            page.extend(self.tracked_page(&rest, Having::NoNews).await?);
        }
        Ok(page)
    }

    /// Those that had news. One that several portals track stands where its latest news are.
    async fn newsworthy_page(
        &self,
        query: &TrackedQuery<'_>,
        after: Option<NewsPlace<'_>>,
    ) -> Result<Vec<String>, StoreError> {
        let statement = |beyond: &str, direction: &str| {
            format!(
                "SELECT latest.identifier FROM latest_news AS latest
                 WHERE ($1::text IS NULL OR latest.member_id = $1)
                   AND ($2::bigint IS NULL OR (latest.news_id, latest.identifier) {beyond} ($2, $3::text COLLATE \"C\"))
                   AND ($4::text IS NULL OR starts_with(latest.identifier, $4))
                   AND ($1::text IS NOT NULL OR NOT EXISTS (
                        SELECT FROM latest_news AS later
                        WHERE later.identifier = latest.identifier AND later.news_id > latest.news_id))
                   AND EXISTS (
                        SELECT FROM subscription_identifiers AS tracked
                        JOIN subscriptions AS subscription ON subscription.id = tracked.subscription_id
                        WHERE tracked.identifier = latest.identifier AND subscription.state = 'active'
                          AND ($1::text IS NULL OR tracked.member_id = $1))
                 ORDER BY latest.news_id {direction}, latest.identifier {direction} LIMIT $5"
            )
        };
        let statement = if query.is_descending {
            statement("<", "DESC")
        } else {
            statement(">", "ASC")
        };
        // Not prepared by name, as above all others: the plan has to know whether a portal is asked for. Nothing of the
        // text comes from outside.
        Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
            .persistent(false)
            .bind(query.member_id.map(MemberId::as_str))
            .bind(after.and_then(|place| place.news))
            .bind(after.map(|place| place.identifier))
            .bind(query.prefix)
            .bind(query.limit)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Hops from identifier to identifier through the index, however many subscriptions each has.
    pub(super) async fn tracked_page(
        &self,
        query: &TrackedQuery<'_>,
        having: Having,
    ) -> Result<Vec<String>, StoreError> {
        let upwards = r#"
            WITH RECURSIVE page (identifier, place) AS (
                (SELECT tracked.identifier, 1 FROM subscription_identifiers AS tracked
                 WHERE ($1::text IS NULL OR tracked.member_id = $1)
                   AND tracked.identifier > coalesce($2, '') COLLATE "C" AND tracked.identifier >= coalesce($3, '') COLLATE "C"
                   AND EXISTS (SELECT FROM subscriptions AS subscription
                               WHERE subscription.id = tracked.subscription_id AND subscription.state = 'active')
                   AND (NOT $5 OR NOT EXISTS (
                        SELECT FROM latest_news AS latest
                        WHERE latest.identifier = tracked.identifier AND ($1::text IS NULL OR latest.member_id = $1)))
                 ORDER BY tracked.identifier LIMIT 1)
                UNION ALL
                SELECT next.identifier, page.place + 1
                FROM page, LATERAL (
                    SELECT tracked.identifier FROM subscription_identifiers AS tracked
                    WHERE ($1::text IS NULL OR tracked.member_id = $1) AND tracked.identifier > page.identifier
                      AND EXISTS (SELECT FROM subscriptions AS subscription
                                  WHERE subscription.id = tracked.subscription_id AND subscription.state = 'active')
                   AND (NOT $5 OR NOT EXISTS (
                        SELECT FROM latest_news AS latest
                        WHERE latest.identifier = tracked.identifier AND ($1::text IS NULL OR latest.member_id = $1)))
                    ORDER BY tracked.identifier LIMIT 1
                ) AS next
                WHERE page.place < $4 AND ($3::text IS NULL OR starts_with(page.identifier, $3))
            )
            SELECT identifier FROM page WHERE $3::text IS NULL OR starts_with(identifier, $3) ORDER BY place"#;
        let downwards = r#"
            WITH RECURSIVE page (identifier, place) AS (
                (SELECT tracked.identifier, 1 FROM subscription_identifiers AS tracked
                 WHERE ($1::text IS NULL OR tracked.member_id = $1)
                   AND ($2::text IS NULL OR tracked.identifier < $2 COLLATE "C")
                   AND ($3::text IS NULL OR tracked.identifier < $3 || '~' COLLATE "C")
                   AND EXISTS (SELECT FROM subscriptions AS subscription
                               WHERE subscription.id = tracked.subscription_id AND subscription.state = 'active')
                   AND (NOT $5 OR NOT EXISTS (
                        SELECT FROM latest_news AS latest
                        WHERE latest.identifier = tracked.identifier AND ($1::text IS NULL OR latest.member_id = $1)))
                 ORDER BY tracked.identifier DESC LIMIT 1)
                UNION ALL
                SELECT next.identifier, page.place + 1
                FROM page, LATERAL (
                    SELECT tracked.identifier FROM subscription_identifiers AS tracked
                    WHERE ($1::text IS NULL OR tracked.member_id = $1) AND tracked.identifier < page.identifier
                      AND EXISTS (SELECT FROM subscriptions AS subscription
                                  WHERE subscription.id = tracked.subscription_id AND subscription.state = 'active')
                   AND (NOT $5 OR NOT EXISTS (
                        SELECT FROM latest_news AS latest
                        WHERE latest.identifier = tracked.identifier AND ($1::text IS NULL OR latest.member_id = $1)))
                    ORDER BY tracked.identifier DESC LIMIT 1
                ) AS next
                WHERE page.place < $4 AND ($3::text IS NULL OR starts_with(page.identifier, $3))
            )
            SELECT identifier FROM page WHERE $3::text IS NULL OR starts_with(identifier, $3) ORDER BY place"#;
        // Not prepared by name: a plan that knows whether a portal is asked for takes that portal's index.
        let statement = if query.is_descending { downwards } else { upwards };
        Ok(sqlx::query_scalar(statement)
            .persistent(false)
            .bind(query.member_id.map(MemberId::as_str))
            .bind(query.after)
            .bind(query.prefix)
            .bind(i32::try_from(query.limit).unwrap_or(i32::MAX))
            .bind(having == Having::NoNews)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Identifiers whose news wait, or whose items were given up: few, found by the indexes of those.
    pub(super) async fn troubled_page(
        &self,
        query: &TrackedQuery<'_>,
        state: TrackedState,
    ) -> Result<Vec<String>, StoreError> {
        let identifiers = sqlx::query_scalar!(
            r#"SELECT DISTINCT stated.identifier AS "identifier!"
               FROM (
                   SELECT identifiers FROM news
                   WHERE $5 = 'news_waiting' AND settled_at IS NULL AND ($1::text IS NULL OR member_id = $1)
                   UNION ALL
                   SELECT news.identifiers FROM notification_items AS item
                   JOIN item_news ON item_news.item_id = item.id
                   JOIN news ON news.id = item_news.news_id
                   WHERE $5 = 'item_dead' AND item.state = 'dead' AND ($1::text IS NULL OR item.member_id = $1)
               ) AS troubled
               CROSS JOIN LATERAL unnest(troubled.identifiers) AS stated (identifier)
               WHERE ($2::text IS NULL OR ($6 AND stated.identifier < $2 COLLATE "C")
                      OR (NOT $6 AND stated.identifier > $2 COLLATE "C"))
                 AND ($3::text IS NULL OR starts_with(stated.identifier, $3))
               ORDER BY 1 LIMIT CASE WHEN $6 THEN NULL ELSE $4::bigint END"#,
            query.member_id.map(MemberId::as_str),
            query.after,
            query.prefix,
            query.limit,
            state.key(),
            query.is_descending,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut identifiers: Vec<String> = identifiers;
        identifiers.sort_unstable();
        if query.is_descending {
            identifiers.reverse();
        }
        identifiers.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        Ok(identifiers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::with_news(Some(17), "7707083893")]
    #[case::without(None, "7707083893")]
    fn place_is_read_as_it_was_written(#[case] news: Option<i64>, #[case] identifier: &str) {
        let place = NewsPlace { news, identifier };
        assert_eq!(NewsPlace::parse(&place.to_string()), Some(place));
    }

    #[rstest]
    #[case::of_another_order("7707083893")]
    #[case::no_number("x.7707083893")]
    fn text_that_is_no_place_is_none(#[case] text: &str) {
        assert_eq!(NewsPlace::parse(text), None);
    }
}
