//! Pure types and rules of certification analytics.
//!
//! What this crate may know: identifiers and their check digits, document numbers, registries, statuses, technical
//! regulations, the analytics that a card shows. What it must not know: databases, HTTP, Bitrix24, clocks. Everything
//! here is deterministic and compiles for the browser, so that server and page share one set of types.
//!
//! | question | module |
//! |---|---|
//! | is this text an identifier, of which kind, does its check digit hold? | [`identifier`] |
//! | are these two document numbers the same document, which one is looked for? | [`document_number`] |
//! | which registries exist, what kinds of documents do they hold? | [`registry`] |
//! | what does this registry's status label mean today? | [`status`] |
//! | which technical regulation has this title? | [`technical_regulation`] |
//! | what is a document, a page of documents, all about one? | [`document`], [`documents_page`], [`document_detail`] |
//! | which companies stand beside a counterparty? | [`related`] |
//! | how fresh are the loaded data? | [`freshness`] |
//! | what is certified under this scheme? | [`scheme`] |
//! | whose documents does a card show, and who says so? | [`selection`] |
//! | what can happen to a document, who is told, as what? | [`tracking`] |
//! | who of a portal can take work, who leads whom? | [`people`] |
//! | what does a person want to be told of? | [`subscription`] |
//! | what does a card show? | [`analytics`], [`board`], [`trend`] |
//! | what does it say in words? | [`summary`], [`signals`] |
//! | what is this group of goods, this country, this body called? | [`tn_ved`], [`country`], [`certification_body`] |
//! | how is a number, a day, a counted noun, a length of time written? | [`mod@format`], [`noun`], [`duration`] |

pub mod analytics;
pub mod board;
pub mod certification_body;
pub mod country;
pub mod document;
pub mod document_detail;
pub mod document_number;
pub mod documents_page;
pub mod duration;
pub mod format;
pub mod freshness;
pub mod identifier;
pub mod language;
pub mod noun;
pub mod people;
pub mod registry;
pub mod related;
#[cfg(test)]
mod sample;
pub mod scheme;
pub mod selection;
pub mod signals;
pub mod status;
pub mod subscription;
pub mod summary;
pub mod technical_regulation;
mod text;
pub mod tn_ved;
pub mod tracking;
pub mod trend;
