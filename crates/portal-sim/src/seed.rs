//! The portal's content at the start: users, companies, leads and deals from a JSON file or from the built-in sample.
//!
//! Fields other than the named ones keep the classic names of the REST interface (`PHONE`, `OPPORTUNITY`,
//! `UF_CRM_…`). Pure.

mod generated;
mod identifier;
mod setting;
mod words;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::state::crm::Item;
pub use generated::GeneratedSeed;

/// The content that `portal-sim` starts with when no file is given.
const SAMPLE: &str = include_str!("../assets/sample.json");

/// What a seed file says. See `docs/portal-sim.md` for an example.
#[derive(Debug, Clone, Deserialize)]
pub struct Seed {
    /// The portal itself.
    #[serde(default)]
    pub portal: SeedPortal,
    /// Its users; an administrator and a manager when left out.
    #[serde(default = "default_users")]
    pub users: Vec<SeedUser>,
    /// Its departments; one that all employees belong to, without a head, when left out.
    #[serde(default = "default_departments")]
    pub departments: Vec<SeedDepartment>,
    /// Companies with their details.
    #[serde(default)]
    pub companies: Vec<SeedItem>,
    /// Leads.
    #[serde(default)]
    pub leads: Vec<SeedItem>,
    /// Deals.
    #[serde(default)]
    pub deals: Vec<SeedItem>,
    /// Contacts; `NAME` and `LAST_NAME` are fields, the title isn't shown.
    #[serde(default)]
    pub contacts: Vec<SeedItem>,
    /// Custom fields with labels and types; fields that items use without being named here are texts.
    #[serde(default)]
    pub user_fields: Vec<SeedUserField>,
}

/// A custom field.
#[derive(Debug, Clone, Deserialize)]
pub struct SeedUserField {
    /// `company`, `lead`, `deal` or `contact`.
    pub entity: String,
    /// `UF_CRM_…`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Its type, `string` when left out.
    #[serde(default = "text_type")]
    pub user_type: String,
    /// Whether it holds several values.
    #[serde(default)]
    pub multiple: bool,
}

fn text_type() -> String {
    "string".to_owned()
}

/// What a user sees of the CRM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeedRights {
    /// Everything but restricted items.
    #[default]
    All,
    /// What he is responsible for.
    Own,
}

/// The portal's identity.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct SeedPortal {
    /// 32 hexadecimal digits.
    pub member_id: String,
    /// The host name, without a port; the command line's wins when given.
    pub host: Option<String>,
    /// The language of a new visitor, `ru` or `en`.
    pub lang: String,
    /// The name in the page's corner.
    pub name: String,
}

impl Default for SeedPortal {
    fn default() -> Self {
        Self {
            member_id: "c0ffee5f0c3b7a9d1e4c2b8a6f7e0d1c".to_owned(),
            host: None,
            lang: "ru".to_owned(),
            name: "Northwind".to_owned(),
        }
    }
}

/// A user of the portal.
#[derive(Debug, Clone, Deserialize)]
pub struct SeedUser {
    /// The user's number.
    pub id: u64,
    /// Given name.
    pub name: String,
    /// Family name.
    #[serde(default)]
    pub last_name: String,
    /// Whether the user administers the portal.
    #[serde(default)]
    pub admin: bool,
    /// Whether the user works here still.
    #[serde(default = "yes")]
    pub active: bool,
    /// What the user sees of the CRM; administrators see everything.
    #[serde(default)]
    pub rights: SeedRights,
    /// Whether the user is a guest from outside the company.
    #[serde(default)]
    pub extranet: bool,
    /// The position.
    #[serde(default)]
    pub position: String,
    /// The address; made from the number when left out.
    #[serde(default)]
    pub email: Option<String>,
    /// The departments; the first one when left out.
    #[serde(default = "first_department")]
    pub departments: Vec<u64>,
}

/// A department of the portal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeedDepartment {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The department that it belongs to.
    #[serde(default)]
    pub parent: Option<u64>,
    /// The user who leads it.
    #[serde(default)]
    pub head: Option<u64>,
}

fn first_department() -> Vec<u64> {
    vec![1]
}

fn default_departments() -> Vec<SeedDepartment> {
    vec![SeedDepartment {
        id: 1,
        name: "Northwind".to_owned(),
        parent: None,
        head: None,
    }]
}

impl SeedUser {
    /// `USER_TYPE` of the REST interface.
    pub(crate) fn user_type(&self) -> &'static str {
        if self.extranet { "extranet" } else { "employee" }
    }

    /// The e-mail address.
    pub(crate) fn mail(&self) -> String {
        self.email
            .clone()
            .unwrap_or_else(|| format!("user{}@example.com", self.id))
    }

    /// Whether the user may see an item of the CRM.
    pub(crate) fn sees(&self, item: Item<'_>) -> bool {
        self.admin
            || !self.extranet
                && !item.restricted
                && (self.rights == SeedRights::All || item.assigned_by_id() == self.id)
    }
}

/// A company, lead or deal.
#[derive(Debug, Clone, Deserialize)]
pub struct SeedItem {
    /// The item's number.
    pub id: u64,
    /// The item's title.
    #[serde(default)]
    pub title: String,
    /// The company of a lead or deal.
    #[serde(default)]
    pub company_id: Option<u64>,
    /// The user who is responsible; the first user when left out.
    #[serde(default)]
    pub assigned_by_id: Option<u64>,
    /// Only administrators see it, to try refusals.
    #[serde(default)]
    pub restricted: bool,
    /// A company's sets of details, by the names of `crm.requisite.*`, a title under `name`.
    #[serde(default)]
    pub requisites: Vec<Map<String, Value>>,
    /// All other fields by their classic names.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// A seed that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("the seed is not valid: {0}")]
pub struct SeedError(#[from] serde_json::Error);

impl Seed {
    /// Reads a seed file's text.
    pub fn from_json(text: &str) -> Result<Self, SeedError> {
        Ok(serde_json::from_str(text)?)
    }

    /// The built-in sample: a dozen invented companies.
    pub fn sample() -> Result<Self, SeedError> {
        Self::from_json(SAMPLE)
    }
}

fn yes() -> bool {
    true
}

fn default_users() -> Vec<SeedUser> {
    let user = |id, name: &str, last_name: &str, admin| SeedUser {
        id,
        name: name.to_owned(),
        last_name: last_name.to_owned(),
        admin,
        active: true,
        rights: SeedRights::All,
        extranet: false,
        position: if admin {
            "Руководитель отдела закупок"
        } else {
            "Менеджер"
        }
        .to_owned(),
        email: None,
        departments: first_department(),
    };
    vec![
        user(1, "Анна", "Соколова", true),
        user(7, "Тимур", "Ахметов", false),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_has_a_dozen_companies_each_with_details() {
        let seed = Seed::sample().unwrap();
        assert!(seed.companies.len() >= 12);
        assert!(
            seed.companies
                .iter()
                .all(|company| !company.requisites.is_empty())
        );
    }

    #[test]
    fn sample_links_leads_and_deals_to_its_companies() {
        let seed = Seed::sample().unwrap();
        let known: Vec<u64> = seed.companies.iter().map(|company| company.id).collect();
        let linked = seed
            .leads
            .iter()
            .chain(&seed.deals)
            .filter_map(|item| item.company_id);
        assert!(linked.clone().count() >= 12);
        assert!(linked.into_iter().all(|company| known.contains(&company)));
    }
}
