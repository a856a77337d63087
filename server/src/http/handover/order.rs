//! What a card may order: whose documents, which of them, as which file.
//!
//! The order travels in the ticket, so it is checked again when the ticket comes back: an older server may have signed
//! it.

use crate::http::error::{Problem, ProblemKind};
use certlens_domain::analytics::{AnalyticsQuery, MOST_IDENTIFIERS, RoleFilter};
use certlens_domain::documents_page::{
    DocumentFilter, DocumentsOrder, DocumentsQuery, MOST_DOCUMENTS_A_PAGE,
};
use certlens_domain::identifier::Identifier;
use certlens_domain::language::Language;
use serde::{Deserialize, Serialize};

/// Longer than any name of a company, or any filter that somebody reads.
const LONGEST_WORDS: usize = 1_000;
/// Longer than any number or any phrase that somebody looks for.
const LONGEST_TEXT: usize = 200;

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// Lines of text.
    Csv,
    /// A workbook.
    Xlsx,
}

impl Format {
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => super::xlsx::MEDIA_TYPE,
        }
    }
}

/// An order, as the page sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HandoverOrder {
    pub(super) format: Format,
    /// Whose documents.
    pub(super) identifiers: Vec<String>,
    #[serde(default)]
    pub(super) role: RoleFilter,
    /// Whether documents found through learned pairs are added.
    #[serde(default)]
    pub(super) bridge: bool,
    /// Which of them.
    #[serde(default)]
    pub(super) filter: DocumentFilter,
    #[serde(default)]
    pub(super) order: DocumentsOrder,
    /// The language of titles and words.
    #[serde(default)]
    pub(super) language: Language,
    /// How the page calls the counterparty.
    #[serde(default)]
    pub(super) company: String,
    /// How the page says the filter.
    #[serde(default)]
    pub(super) filter_in_words: String,
}

impl HandoverOrder {
    /// The question for the search.
    pub(super) fn query(&self) -> Result<DocumentsQuery, Problem> {
        if self.identifiers.is_empty() {
            return Err(Problem::new(ProblemKind::IdentifierMissing).field("identifiers"));
        }
        if self.identifiers.len() > MOST_IDENTIFIERS {
            return Err(Problem::new(ProblemKind::TooManyIdentifiers).field("identifiers"));
        }
        let identifiers = self
            .identifiers
            .iter()
            .map(|text| Identifier::parse(text))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| {
                Problem::new(ProblemKind::IdentifierInvalid)
                    .field("identifiers")
                    .detail(error.to_string())
            })?;
        not_longer("company", &self.company, LONGEST_WORDS)?;
        not_longer("filter_in_words", &self.filter_in_words, LONGEST_WORDS)?;
        not_longer(
            "filter",
            self.filter.text.as_deref().unwrap_or_default(),
            LONGEST_TEXT,
        )?;
        let about = AnalyticsQuery {
            role: self.role,
            bridge: self.bridge,
            ..AnalyticsQuery::about(identifiers)
        };
        Ok(DocumentsQuery {
            filter: self.filter.clone(),
            order: self.order,
            ..DocumentsQuery::newest(about, MOST_DOCUMENTS_A_PAGE)
        })
    }
}

fn not_longer(field: &'static str, text: &str, most: usize) -> Result<(), Problem> {
    if text.chars().count() <= most {
        return Ok(());
    }
    let sentence = format!("`{field}` must not have a text longer than {most} characters");
    Err(Problem::new(ProblemKind::ParameterInvalid)
        .field(field)
        .detail(sentence))
}
