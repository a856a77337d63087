//! What a card's board shows, as the frame's address tells it after `#`.
//!
//! Every mark of the board is a link to a whole state, so that the browser's own history, its keyboard and its "copy
//! link" work, and the browser's half need not know what a state means. An address is foreign input: what is not
//! understood is left out. Pure.

use super::compare::chosen::Chosen;
use super::condition::Condition;
use certlens_domain::analytics::RoleFilter;
use certlens_domain::documents_page::{DocumentFilter, DocumentsOrder};
use certlens_domain::registry::Registry;

/// What is shown, beside whose documents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BoardState {
    /// Which documents.
    pub filter: DocumentFilter,
    /// In which role.
    pub role: RoleFilter,
    /// Only documents with one of the given numbers, not those that paired numbers lead to.
    pub without_pairs: bool,
    /// How much a column of the trend holds.
    pub step: Step,
    /// What its columns are divided by.
    pub stack: Stack,
    /// Which product codes are charted.
    pub products: Products,
    /// The order of the table.
    pub order: DocumentsOrder,
    /// The place in the table after which its page begins, opaque.
    pub after: Option<String>,
    /// The document that is opened.
    pub document: Option<OpenDocument>,
    /// Whether related companies are shown.
    pub related: bool,
    /// Who is compared with the counterparty, when a comparison is open.
    pub(crate) compare: Option<Chosen>,
}

/// How much a column of the trend holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Step {
    /// A month.
    #[default]
    Month,
    /// Three months.
    Quarter,
    /// Twelve.
    Year,
}

/// What the columns of the trend are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stack {
    /// Certificates and declarations.
    #[default]
    Kind,
    /// The six registries.
    Registry,
}

/// Which digits of TN VED codes are charted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Products {
    /// The first two.
    #[default]
    Groups,
    /// The first four.
    Positions,
}

/// A document by its place in the registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDocument {
    /// The registry.
    pub registry: Registry,
    /// The key within it.
    pub key: String,
}

impl Step {
    /// All, finest first.
    pub const ALL: [Self; 3] = [Self::Month, Self::Quarter, Self::Year];

    const fn key(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// The longest address that is read: far more than a board of links ever makes.
const LONGEST: usize = 8_192;
/// The most conditions that are read.
const MOST_CONDITIONS: usize = 100;

impl BoardState {
    /// Reads what stands after `#`.
    pub fn parse(fragment: &str) -> Self {
        let fragment = fragment.trim_start_matches('#');
        let mut state = Self::default();
        if fragment.len() > LONGEST {
            return state;
        }
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(fragment).unwrap_or_default();
        for (key, value) in pairs.into_iter().take(MOST_CONDITIONS) {
            state.read(&key, &value);
        }
        state
    }

    fn read(&mut self, key: &str, value: &str) {
        match key {
            "role" => self.role = value.parse().unwrap_or_default(),
            "pairs" => self.without_pairs = value == "off",
            "by" => {
                self.step = Step::ALL
                    .into_iter()
                    .find(|step| step.key() == value)
                    .unwrap_or_default();
            }
            "related" => self.related = value == "shown",
            "compare" => self.compare.get_or_insert_default().read(value),
            "stack" if value == "registry" => self.stack = Stack::Registry,
            "products" if value == "positions" => self.products = Products::Positions,
            "order" => self.order = DocumentsOrder::of_key(value).unwrap_or_default(),
            "after" => self.after = Some(value.to_owned()),
            "document" => {
                self.document = value.split_once('/').and_then(|(registry, key)| {
                    Some(OpenDocument {
                        registry: registry.parse().ok()?,
                        key: key.to_owned(),
                    })
                });
            }
            _ => {
                if let Some(condition) = Condition::read(key, value) {
                    condition.add_to(&mut self.filter);
                }
            }
        }
    }

    /// The link to this state: `#` and what differs from the usual.
    pub fn link(&self) -> String {
        let mut pairs: Vec<(&str, String)> = Condition::all_of(&self.filter)
            .into_iter()
            .map(|condition| condition.written())
            .collect();
        match self.role {
            RoleFilter::Any => {}
            RoleFilter::Applicant => pairs.push(("role", "applicant".to_owned())),
            RoleFilter::Manufacturer => pairs.push(("role", "manufacturer".to_owned())),
        }
        if self.without_pairs {
            pairs.push(("pairs", "off".to_owned()));
        }
        if self.related {
            pairs.push(("related", "shown".to_owned()));
        }
        if let Some(chosen) = &self.compare {
            pairs.push(("compare", chosen.written()));
        }
        if self.step != Step::default() {
            pairs.push(("by", self.step.key().to_owned()));
        }
        if self.stack == Stack::Registry {
            pairs.push(("stack", "registry".to_owned()));
        }
        if self.products == Products::Positions {
            pairs.push(("products", "positions".to_owned()));
        }
        if self.order != DocumentsOrder::default() {
            pairs.push(("order", self.order.key().to_owned()));
        }
        if let Some(after) = &self.after {
            pairs.push(("after", after.clone()));
        }
        if let Some(OpenDocument { registry, key }) = &self.document {
            pairs.push(("document", format!("{}/{key}", registry.key())));
        }
        // Pairs of texts always encode.
        let encoded = serde_urlencoded::to_string(pairs).unwrap_or_default();
        // An address of nothing but `#` would make the browser scroll to the top.
        if encoded.is_empty() {
            "#all".to_owned()
        } else {
            format!("#{encoded}")
        }
    }

    /// The same view of other documents: from the first page, with none opened.
    #[must_use]
    pub fn with_filter(&self, filter: DocumentFilter) -> Self {
        Self {
            filter,
            after: None,
            document: None,
            ..self.clone()
        }
    }

    /// The state after a click on a mark that stands for this condition.
    #[must_use]
    pub fn toggled(&self, condition: &Condition) -> Self {
        self.with_filter(condition.toggled(&self.filter))
    }

    /// The same filter, shown in another manner.
    #[must_use]
    pub fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut state = Self {
            after: None,
            document: None,
            ..self.clone()
        };
        change(&mut state);
        state
    }

    /// The same board with this comparison, or with none.
    #[must_use]
    pub(crate) fn comparing(&self, compare: Option<Chosen>) -> Self {
        Self {
            compare,
            ..self.clone()
        }
    }

    /// Whether anything restricts the documents.
    pub fn is_filtered(&self) -> bool {
        self.filter != DocumentFilter::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::registry::DocumentKind;
    use certlens_domain::status::Status;
    use chrono::NaiveDate;
    use proptest::prelude::*;
    use rstest::rstest;

    fn everything() -> BoardState {
        let day = NaiveDate::from_ymd_opt(2026, 3, 2);
        BoardState {
            filter: DocumentFilter {
                registries: vec![Registry::Kz, Registry::By],
                kind: Some(DocumentKind::Certificate),
                statuses: vec![Status::Active, Status::Suspended],
                technical_regulations: vec!["ТР ТС 004/2011".to_owned()],
                registered_from: day,
                registered_to: day,
                text: Some("чайник & co = 5 #1".to_owned()),
                tn_ved: vec!["85".to_owned(), "8516".to_owned()],
                certification_bodies: vec!["ООО «Орган»".to_owned(), String::new()],
                schemes: vec!["1д".to_owned()],
                production: vec![certlens_domain::scheme::Production::Batch],
                origins: vec!["CN".to_owned()],
                ends_from: day,
                ends_to: day,
                not_valid_in_rf: true,
            },
            role: RoleFilter::Manufacturer,
            without_pairs: true,
            step: Step::Quarter,
            stack: Stack::Registry,
            products: Products::Positions,
            order: DocumentsOrder::EndsFirst,
            after: Some("abc".to_owned()),
            document: Some(OpenDocument {
                registry: Registry::RfDeclarations,
                key: "N/1 2".to_owned(),
            }),
            related: true,
            compare: Some(compared("7707083893 1027700132195,7736050003,чайник")),
        }
    }

    fn compared(value: &str) -> Chosen {
        let mut chosen = Chosen::default();
        chosen.read(value);
        chosen
    }

    #[test]
    fn state_is_read_from_its_own_link() {
        assert_eq!(BoardState::parse(&everything().link()), everything());
        assert_eq!(
            BoardState::parse(&BoardState::default().link()),
            BoardState::default()
        );
    }

    #[test]
    fn what_a_form_appends_joins_the_comparison() {
        let open = BoardState::default().comparing(Some(Chosen::default()));
        assert_eq!(open.link(), "#compare=");
        let typed = format!("{}&compare=7707083893%201027700132195", open.link());
        assert_eq!(
            BoardState::parse(&typed).compare,
            Some(compared("7707083893 1027700132195"))
        );
    }

    proptest! {
        #[test]
        fn any_address_is_read_again_as_it_was_understood(
            pairs in prop::collection::vec((
                prop::sample::select(vec![
                    "status", "kind", "text", "compare", "role", "pairs", "related", "by", "after", "document", "order", "ends",
                ]),
                prop_oneof![
                    "[0-9]{9,15}", "[ a-zA-Zа-я0-9,;&=+%#./-]{0,40}", Just("shown".to_owned()), Just("active".to_owned()),
                    Just("2026-01-01..2026-03-31".to_owned()), Just("kz/1".to_owned()),
                ],
            ), 0..12),
        ) {
            let state = BoardState::parse(&serde_urlencoded::to_string(pairs).unwrap());
            prop_assert_eq!(BoardState::parse(&state.link()), state);
        }
    }

    #[rstest]
    #[case::nothing("")]
    #[case::unknown_keys("#utm=1&x")]
    #[case::unknown_values("#status=gone&registry=&kind=both&role=boss&by=week&document=kz&from=yesterday")]
    #[case::broken_percent("#status=%ff%f")]
    fn what_is_not_understood_is_left_out(#[case] fragment: &str) {
        assert_eq!(BoardState::parse(fragment), BoardState::default());
    }

    #[test]
    fn another_filter_begins_at_the_first_page_with_no_document_open() {
        let state = everything().with_filter(DocumentFilter::default());
        assert_eq!((state.after, state.document), (None, None));
        assert_eq!(state.step, Step::Quarter, "the manner of showing stays");
    }
}
