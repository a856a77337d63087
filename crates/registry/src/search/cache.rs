//! Answers that are still good.
//!
//! An entry is good while the registries that it covers are the same ones in the same versions, and for a day at most.
//! Of those who ask the same expensive question at once, one finds the answer and the others wait for it ([`Turn`]).
//! Bounded by size: what is asked rarely makes room. May know: how an answer looks. Must not know: who computed it.

use super::state::StoreState;
use certlens_domain::analytics::{Analytics, AnalyticsQuery};
use certlens_domain::board::{Board, BoardQuery, Values};
use certlens_domain::documents_page::{DocumentsPage, DocumentsQuery};
use certlens_domain::registry::Registry;
use chrono::NaiveDate;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The most memory that all entries take, in bytes, roughly.
const CAPACITY: u64 = 64 * 1024 * 1024;
/// How long an entry is good at most.
const LIFETIME: Duration = Duration::from_hours(24);

/// What was asked, the same text for all spellings of a question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CacheKey(String);

impl CacheKey {
    /// The key of the numbers on the day `today`.
    pub(super) fn analytics(query: &AnalyticsQuery, today: NaiveDate) -> Self {
        Self(format!("analytics {today} {}", about(query)))
    }

    /// The key of a board.
    pub(super) fn board(query: &BoardQuery, today: NaiveDate) -> Option<Self> {
        // Texts of a filter are written as JSON, so that no text can pass for another key.
        let filter = serde_json::to_string(&query.filter).ok()?;
        Some(Self(format!("board {today} {} {filter}", about(&query.about))))
    }

    /// The key of a first page; `None` for a later one, which is hardly asked twice.
    pub(super) fn page(query: &DocumentsQuery, today: NaiveDate) -> Option<Self> {
        if query.after.is_some() {
            return None;
        }
        // Texts of a filter are written as JSON, so that no text can pass for another key.
        let filter = serde_json::to_string(&query.filter).ok()?;
        let (limit, order) = (query.limit, query.order.key());
        Some(Self(format!(
            "page {today} {limit} {order} {} {filter}",
            about(&query.about)
        )))
    }
}

fn about(query: &AnalyticsQuery) -> String {
    let mut values = query.values();
    values.sort_unstable();
    let mut text = format!("{:?} {}", query.role, query.bridge);
    for value in values {
        let _ = write!(text, " {value}");
    }
    text
}

/// An answer as it is kept.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// Numbers.
    Analytics(Analytics),
    /// A first page.
    Page(DocumentsPage),
    /// A board.
    Board(Box<Board>),
}

impl Answer {
    /// Bytes that it takes, roughly.
    fn weight(&self) -> usize {
        match self {
            Self::Analytics(analytics) => {
                1_024
                    + analytics.identifiers.len() * 128
                    + analytics.trend.len() * 32
                    + analytics.by_technical_regulation.len() * 64
                    + analytics.bridge.pairs.len() * 96
            }
            Self::Page(page) => {
                let texts = |found: &certlens_domain::documents_page::FoundDocument| {
                    let document = &found.document;
                    1_024
                        + document.product.len()
                        + document.applicant.name.len()
                        + document.manufacturer.name.len()
                };
                256 + page.items.iter().map(texts).sum::<usize>()
            }
            Self::Board(board) => {
                let facets = [
                    &board.by_technical_regulation,
                    &board.by_product_group,
                    &board.by_product_position,
                    &board.by_certification_body,
                    &board.by_scheme,
                    &board.by_origin,
                ];
                let values = |facet: &Values| -> usize {
                    let listed = facet.listed.iter();
                    listed.map(|listed| 48 + listed.value.len()).sum()
                };
                1_536
                    + (board.registered.len() + board.ends.len()) * 24
                    + facets.into_iter().map(values).sum::<usize>()
            }
        }
    }
}

/// An answer and the data that it was made from.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) answer: Answer,
    covered: Covered,
}

/// Registries with their versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Covered {
    /// `None`: all that are loaded.
    only: Option<Vec<Registry>>,
    versions: Vec<(Registry, i64)>,
}

impl Covered {
    /// All loaded registries.
    pub(super) fn all(state: &StoreState) -> Self {
        Self::in_state(None, state)
    }

    /// What a page covers: the registries that it filters by. A page with the bridge covers all of them, because pairs
    /// are learned from any registry.
    pub(super) fn page(query: &DocumentsQuery, state: &StoreState) -> Self {
        let registries = &query.filter.registries;
        let only = (!registries.is_empty() && !query.about.bridge).then(|| registries.clone());
        Self::in_state(only, state)
    }

    fn in_state(only: Option<Vec<Registry>>, state: &StoreState) -> Self {
        let covers = |registry: &Registry| only.as_ref().is_none_or(|only| only.contains(registry));
        let versions = state
            .loaded()
            .iter()
            .filter(|loaded| covers(&loaded.registry))
            .map(|loaded| (loaded.registry, loaded.data_version))
            .collect();
        Self { only, versions }
    }

    fn holds_in(&self, state: &StoreState) -> bool {
        *self == Self::in_state(self.only.clone(), state)
    }
}

impl Entry {
    /// Whether the data are still those that the answer was made from.
    pub(super) fn is_good(&self, state: &StoreState) -> bool {
        self.covered.holds_in(state)
    }
}

/// Questions of which it is known that somebody is answering them, at most. One that is forgotten is answered twice.
const TURNS: u64 = 10_000;
/// How long a question is remembered that nobody is answering any more.
const TURN_IDLE: Duration = Duration::from_mins(1);

/// The right to answer a question while others who ask the same wait. It ends when it is dropped.
pub(super) type Turn = OwnedMutexGuard<()>;

/// The cache. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    entries: moka::future::Cache<CacheKey, Arc<Entry>>,
    turns: moka::sync::Cache<CacheKey, Arc<Mutex<()>>>,
}

impl Cache {
    pub(super) fn new() -> Self {
        let weigher = |key: &CacheKey, entry: &Arc<Entry>| {
            u32::try_from(key.0.len() + entry.answer.weight()).unwrap_or(u32::MAX)
        };
        Self {
            entries: moka::future::Cache::builder()
                .max_capacity(CAPACITY)
                .weigher(weigher)
                .time_to_live(LIFETIME)
                .build(),
            turns: moka::sync::Cache::builder()
                .max_capacity(TURNS)
                .time_to_idle(TURN_IDLE)
                .build(),
        }
    }

    /// The right to answer this question; or, when somebody else has it, a wait until he is done, and then `None`.
    ///
    /// Who waited looks for the answer; if there is none, because it failed or the data moved, he answers without a
    /// turn: those who waited must not fail one after another.
    pub(super) async fn turn(&self, key: &CacheKey) -> Option<Turn> {
        let question = self.turns.get_with_by_ref(key, Arc::default);
        if let Ok(turn) = Arc::clone(&question).try_lock_owned() {
            return Some(turn);
        }
        drop(question.lock().await);
        None
    }

    /// What was answered to this question before, good or not.
    pub(super) async fn earlier(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        self.entries.get(key).await
    }

    /// Keeps an answer.
    pub(super) async fn keep(&self, key: CacheKey, answer: Answer, covered: Covered) {
        let entry = Arc::new(Entry { answer, covered });
        self.entries.insert(key, entry).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::analytics::RoleFilter;
    use certlens_domain::documents_page::DocumentFilter;
    use certlens_domain::identifier::Identifier;
    use rstest::rstest;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn query(identifiers: &[&str]) -> AnalyticsQuery {
        AnalyticsQuery::about(identifiers.iter().map(|text| Identifier::parse(text).unwrap()))
    }

    fn state(versions: &[(Registry, i64)]) -> StoreState {
        StoreState::loaded_in_versions(versions)
    }

    #[test]
    fn order_of_identifiers_makes_no_other_key_and_everything_else_does() {
        let both = ["7707083893", "1027700132195"];
        let key = CacheKey::analytics(&query(&both), day(2));
        assert_eq!(key, CacheKey::analytics(&query(&[both[1], both[0]]), day(2)));
        let mut other_role = query(&both);
        other_role.role = RoleFilter::Applicant;
        let mut bridged = query(&both);
        bridged.bridge = true;
        let others = [
            CacheKey::analytics(&query(&both), day(3)),
            CacheKey::analytics(&query(&both[..1]), day(2)),
            CacheKey::analytics(&other_role, day(2)),
            CacheKey::analytics(&bridged, day(2)),
            CacheKey::page(&DocumentsQuery::newest(query(&both), 5), day(2)).unwrap(),
        ];
        assert!(!others.contains(&key));
    }

    #[test]
    fn filter_and_size_belong_to_the_key_of_a_page_and_later_pages_have_none() {
        let newest = DocumentsQuery::newest(query(&["7707083893"]), 5);
        let filtered = DocumentsQuery {
            filter: DocumentFilter {
                text: Some("чайник".to_owned()),
                ..DocumentFilter::default()
            },
            ..newest.clone()
        };
        let longer = DocumentsQuery::newest(query(&["7707083893"]), 6);
        let key = CacheKey::page(&newest, day(2));
        assert!(
            key.is_some()
                && key != CacheKey::page(&filtered, day(2))
                && key != CacheKey::page(&longer, day(2))
        );
        let later = DocumentsQuery {
            after: Some(certlens_domain::documents_page::PageCursor {
                order: newest.order,
                registered_on: day(1),
                valid_until: None,
                registry: Registry::Kz,
                document_key: "1".to_owned(),
            }),
            ..newest
        };
        assert_eq!(CacheKey::page(&later, day(2)), None);
    }

    #[test]
    fn filter_belongs_to_the_key_of_a_board_and_the_order_of_identifiers_does_not() {
        let both = ["7707083893", "1027700132195"];
        let board = |identifiers: &[&str], filter| BoardQuery {
            about: query(identifiers),
            filter,
        };
        let filtered = DocumentFilter {
            origins: vec![String::new()],
            ..DocumentFilter::default()
        };
        let key = CacheKey::board(&board(&both, DocumentFilter::default()), day(2));
        let reversed = board(&[both[1], both[0]], DocumentFilter::default());
        assert!(key.is_some());
        assert_eq!(key, CacheKey::board(&reversed, day(2)));
        assert_ne!(key, CacheKey::board(&reversed, day(3)));
        assert_ne!(key, CacheKey::board(&board(&both, filtered), day(2)));
    }

    #[rstest]
    #[case::nothing_happened(&[(Registry::Kz, 1), (Registry::By, 2)], true, true)]
    #[case::covered_registry_moved(&[(Registry::Kz, 3), (Registry::By, 2)], false, false)]
    #[case::another_registry_moved(&[(Registry::Kz, 1), (Registry::By, 3)], false, true)]
    #[case::another_registry_was_loaded(&[(Registry::Kz, 1), (Registry::By, 2), (Registry::RfCertificates, 3)], false, true)]
    fn entry_is_good_while_what_it_covers_has_not_moved(
        #[case] later: &[(Registry, i64)],
        #[case] everything: bool,
        #[case] kazakh_page: bool,
    ) {
        let (earlier, later) = (state(&[(Registry::Kz, 1), (Registry::By, 2)]), state(later));
        let mut page = DocumentsQuery::newest(query(&["7707083893"]), 5);
        page.filter.registries = vec![Registry::Kz];
        assert_eq!(Covered::all(&earlier).holds_in(&later), everything);
        assert_eq!(Covered::page(&page, &earlier).holds_in(&later), kazakh_page);
        page.about.bridge = true;
        assert_eq!(
            Covered::page(&page, &earlier).holds_in(&later),
            everything,
            "pairs come from any registry"
        );
    }
}
