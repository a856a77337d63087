//! What an item says: title, text and layout from its news, in the language of the portal and the words of the trade.
//!
//! Pure. Knows documents and news; nothing of portals' codes (texts are plain) and of who gets the item.

mod layout;
mod words;

use certlens_domain::language::Language;
use certlens_domain::registry::Registry;
use certlens_domain::tracking::NewsKind;
use certlens_registry::ToldDocument;

pub(crate) use layout::{MUTE, layout};
use words::Words;

/// Documents that an item describes one by one; the others are counted.
pub(crate) const LISTED: usize = 10;
/// The longest description of a product, in characters.
const PRODUCT: usize = 160;

/// A piece of news with its document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told<'a> {
    pub(crate) kind: NewsKind,
    pub(crate) registry: Registry,
    /// `None`: the document isn't stored any more, or is not among those that are listed.
    pub(crate) document: Option<&'a ToldDocument>,
}

/// Everything that one item tells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Story<'a> {
    pub(crate) language: Language,
    /// The subscribed identifiers that the documents carry, without repetition.
    pub(crate) identifiers: Vec<&'a str>,
    /// In the order in which they are listed: see [`rank`].
    pub(crate) news: Vec<Told<'a>>,
}

/// What people must know first comes first.
pub(crate) const fn rank(kind: NewsKind) -> u8 {
    match kind {
        NewsKind::Terminated => 0,
        NewsKind::Suspended => 1,
        NewsKind::RfTerritory => 2,
        NewsKind::Expiring => 3,
        NewsKind::NewDocument => 4,
    }
}

impl Story<'_> {
    const fn words(&self) -> Words {
        Words(self.language)
    }

    /// One line: the document, when there is one; else how many of what.
    pub(crate) fn title(&self) -> String {
        let words = self.words();
        match self.news.as_slice() {
            [only] => match only.document {
                Some(document) => {
                    format!(
                        "{} {}",
                        words.happened(only.kind, Some(document)),
                        document.number.trim()
                    )
                }
                None => words.happened(only.kind, None),
            },
            _ => format!("{}: {}", words.documents_changed(), self.counts()),
        }
    }

    /// "12 new, 3 suspended": each kind that there is.
    fn counts(&self) -> String {
        let words = self.words();
        let counted = NewsKind::ALL.iter().filter_map(|kind| {
            let number = self.news.iter().filter(|told| told.kind == *kind).count();
            (number > 0).then(|| words.counted(*kind, number))
        });
        counted.collect::<Vec<_>>().join(", ")
    }

    /// The identifiers for which somebody subscribed, in one line; `None` without any.
    fn about(&self) -> Option<String> {
        const SHOWN: usize = 5;
        if self.identifiers.is_empty() {
            return None;
        }
        let mut shown = self
            .identifiers
            .iter()
            .take(SHOWN)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        if self.identifiers.len() > SHOWN {
            shown.push_str(", \u{2026}");
        }
        Some(format!("{}: {shown}", self.words().identifiers()))
    }

    /// "and 57 more"; `None` when all are listed.
    fn more(&self) -> Option<String> {
        let more = self.news.len().saturating_sub(LISTED);
        (more > 0).then(|| self.words().and_more(more))
    }

    /// All of it as plain text.
    pub(crate) fn text(&self) -> String {
        let words = self.words();
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.about());
        if self.news.len() > 1 {
            parts.push(self.counts());
        }
        for told in self.news.iter().take(LISTED) {
            let mut lines = vec![match told.document {
                Some(document) => {
                    format!(
                        "{} {}",
                        words.happened(told.kind, Some(document)),
                        document.number.trim()
                    )
                }
                None => format!(
                    "{} ({})",
                    words.happened(told.kind, None),
                    words.registry(told.registry)
                ),
            }];
            if let Some(document) = told.document {
                lines.push(details(words, told, document));
                lines.extend(product(document));
                if !document.applicant.is_empty() {
                    lines.push(format!(
                        "{}: {}",
                        words.applicant(),
                        short(&document.applicant, PRODUCT)
                    ));
                }
                lines.extend(document.url.clone());
            }
            parts.push(lines.join("\n"));
        }
        parts.extend(self.more());
        parts.join("\n\n")
    }

    /// The same for the messenger: shorter, with the card's address if it is known.
    pub(crate) fn message(&self, card: Option<&str>) -> String {
        let words = self.words();
        let mut lines = vec![self.title()];
        lines.extend(self.about());
        if self.news.len() > 1 {
            for told in self.news.iter().take(LISTED) {
                let number = told.document.map_or("", |document| document.number.trim());
                let happened = words.happened(told.kind, told.document);
                lines.push(format!("\u{2022} {happened} {number}").trim_end().to_owned());
            }
            lines.extend(self.more());
        } else if let Some((told, document)) = self.news.first().and_then(|told| Some((told, told.document?)))
        {
            lines.push(details(words, told, document));
            lines.extend(product(document));
        }
        lines.extend(card.map(str::to_owned));
        lines.join("\n")
    }
}

/// Registry, regulations, dates; what changed on Russia's territory.
fn details(words: Words, told: &Told<'_>, document: &ToldDocument) -> String {
    let mut parts = vec![words.registered(document.registered_on)];
    parts.push(match document.valid_until {
        Some(day) => words.valid_until(day),
        None => words.without_end().to_owned(),
    });
    if told.kind == NewsKind::RfTerritory
        && let Some(status) = document.rf_status
    {
        parts.push(words.in_russia(status));
    }
    parts.extend((!document.technical_regulations.is_empty()).then(|| {
        let shown: Vec<&str> = document
            .technical_regulations
            .iter()
            .take(4)
            .map(String::as_str)
            .collect();
        shown.join(", ")
    }));
    parts.push(words.registry(told.registry).to_owned());
    parts.join(" \u{b7} ")
}

fn product(document: &ToldDocument) -> Option<String> {
    let product = document.product.split_whitespace().collect::<Vec<_>>().join(" ");
    (!product.is_empty()).then(|| short(&product, PRODUCT))
}

/// The beginning of a text, cut between words where that is possible.
fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most - 1).collect();
    let end = cut
        .rfind(' ')
        .filter(|end| *end > cut.len() / 2)
        .unwrap_or(cut.len());
    format!("{}\u{2026}", cut[..end].trim_end_matches([',', ';', ' ']))
}

#[cfg(test)]
mod tests;
