//! What a card needs from the CRM, read in one request with the viewing user's token.
//!
//! Whoever may not see an item in Bitrix24 gets a refusal here as well: no other token is used. Knows field names
//! and shapes of the CRM's methods, nothing of what the identifiers are good for.

pub mod card;
pub mod requisite;

pub use card::{Card, CardError, Company, LinkedCompany, read_card};
pub use requisite::Requisite;
