//! Typed reading of the CRM: cards, items, companies' details, custom fields, users, departments. And two writes: a custom field of
//! an item, a comment in its timeline.
//!
//! Everything takes a [`crate::PortalClient`] and sees what the client's user may see: whoever may not see an item in
//! Bitrix24 gets a refusal here as well. Knows field names and shapes of the CRM's methods, nothing of what the
//! identifiers are good for. The newer methods (`crm.item.…`) are tried first, the classic ones only where a portal
//! doesn't know them.

pub mod card;
pub mod company;
pub mod department;
pub mod field;
pub mod item;
mod links;
mod methods;
pub mod owner;
mod probe;
pub mod requisite;
pub mod timeline;
pub mod user;
pub mod userfield;

pub use card::{Card, CardError, CardQuery, Viewer, read_card, read_viewer};
pub use company::{Company, LinkedCompany, read_companies};
pub use department::{Department, departments};
pub use item::{Item, ItemPage, ItemReading, ItemSelection, item_pages, read_items};
pub use owner::{Owner, read_owners};
pub use probe::{Probe, probe};
pub use requisite::{Requisite, RequisitePage, requisite_pages, requisites_of};
pub use user::{User, all_users, users};
pub use userfield::detection::{IdentifierKind, Suggestion, detect};
pub use userfield::{CustomField, CustomFields, custom_fields};
