//! An invented portal: companies, leads and deals whose identifiers occur in the invented documents, in the shape
//! that the portal simulator reads.

use super::company::{
    BIGGEST, Company, Country, HOLDING_BELARUS, HOLDING_KAZAKHSTAN, HOLDING_RUSSIA, SOLE_TRADER,
};
use super::holdings;
use serde::Serialize;

/// The content of a portal.
#[derive(Debug, Clone, Serialize)]
pub struct DemoPortal {
    /// The portal itself.
    pub portal: DemoPortalIdentity,
    /// Its companies.
    pub companies: Vec<DemoCompany>,
    /// Its leads.
    pub leads: Vec<DemoLead>,
    /// Its deals.
    pub deals: Vec<DemoDeal>,
    /// Its custom fields.
    pub user_fields: Vec<DemoUserField>,
}

/// A custom field of the portal's cards.
#[derive(Debug, Clone, Serialize)]
pub struct DemoUserField {
    /// `lead`, `deal` or `company`.
    pub entity: &'static str,
    /// Its code.
    pub name: &'static str,
    /// Its name in the card.
    pub label: &'static str,
    /// Its type in the portal.
    pub user_type: &'static str,
    /// Whether it holds several values.
    pub multiple: bool,
}

/// Which portal it is.
#[derive(Debug, Clone, Serialize)]
pub struct DemoPortalIdentity {
    /// 32 hexadecimal digits.
    pub member_id: String,
    /// Language of its pages.
    pub lang: String,
    /// The name in the page's corner.
    pub name: String,
}

/// A company with its sets of details.
#[derive(Debug, Clone, Serialize)]
pub struct DemoCompany {
    /// Number in the portal.
    pub id: u64,
    /// Title of the card.
    pub title: String,
    /// Sets of details.
    pub requisites: Vec<DemoRequisite>,
}

/// A set of details, by the names of the portal's interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DemoRequisite {
    /// Title of the set.
    pub name: String,
    /// Name of the organisation or person.
    #[serde(rename = "RQ_COMPANY_NAME")]
    pub company_name: String,
    /// INN; in Belarusian sets the UNP.
    #[serde(rename = "RQ_INN", skip_serializing_if = "Option::is_none")]
    pub inn: Option<String>,
    /// OGRN.
    #[serde(rename = "RQ_OGRN", skip_serializing_if = "Option::is_none")]
    pub ogrn: Option<String>,
    /// OGRNIP.
    #[serde(rename = "RQ_OGRNIP", skip_serializing_if = "Option::is_none")]
    pub ogrnip: Option<String>,
    /// BIN.
    #[serde(rename = "RQ_BIN", skip_serializing_if = "Option::is_none")]
    pub bin: Option<String>,
}

/// A lead.
#[derive(Debug, Clone, Serialize)]
pub struct DemoLead {
    /// Number in the portal.
    pub id: u64,
    /// Title of the card.
    pub title: String,
    /// Its company; a new lead has none yet.
    pub company_id: Option<u64>,
    /// The number that a manager wrote into the card.
    #[serde(rename = "UF_CRM_INN", skip_serializing_if = "Option::is_none")]
    pub inn: Option<String>,
}

/// A deal.
#[derive(Debug, Clone, Serialize)]
pub struct DemoDeal {
    /// Number in the portal.
    pub id: u64,
    /// Title of the card.
    pub title: String,
    /// Its company.
    pub company_id: u64,
    /// Further companies, as the portal writes them: `CO_105`.
    #[serde(rename = "UF_CRM_PARTNERS", skip_serializing_if = "Vec::is_empty")]
    pub partners: Vec<String>,
}

/// The portal that goes with `documents(seed, count, …)`: holders of all sizes, a holding in three countries, a sole
/// trader, one with a slip in its INN, one without identifiers, one that holds nothing, and the company of the sample
/// rows of the Russian registry.
pub fn portal(seed: u64, count: u64) -> DemoPortal {
    let sizes = holdings(count);
    let company = |index| Company::of(seed, index);
    let organisation = |from: usize| {
        (from as u64..from as u64 + 1000)
            .find(|index| {
                let company = Company::of(seed, *index);
                company.country() == Country::Russia && !company.is_sole_trader()
            })
            .unwrap_or(BIGGEST)
    };
    // The first company with at most so many documents.
    let holder_of = |most: u64| {
        let first = sizes.iter().position(|size| *size <= most);
        organisation(first.unwrap_or_default().max(200))
    };
    let cards = vec![
        card(&[company(BIGGEST)]),
        card(&[company(organisation(20))]),
        card(&[company(holder_of(60))]),
        card(&[company(holder_of(3))]),
        card(&[
            company(HOLDING_RUSSIA),
            company(HOLDING_KAZAKHSTAN),
            company(HOLDING_BELARUS),
        ]),
        card(&[company(SOLE_TRADER)]),
        with_wrong_check_digit(card(&[company(organisation(40))])),
        ("Новый клиент без реквизитов".to_owned(), Vec::new()),
        card(&[company(organisation(sizes.len() + 1000))]),
        sample_company(),
        card(&[company(organisation(120))]),
        card(&[company(organisation(10))]),
    ];
    let companies: Vec<DemoCompany> = (101..)
        .zip(cards)
        .map(|(id, (title, requisites))| DemoCompany {
            id,
            title,
            requisites,
        })
        .collect();
    DemoPortal {
        portal: DemoPortalIdentity {
            member_id: "c0ffee5f0c3b7a9d1e4c2b8a6f7e0d1c".to_owned(),
            lang: "ru".to_owned(),
            name: "Меридиан Трейд".to_owned(),
        },
        leads: leads(&companies),
        deals: deals(&companies),
        companies,
        user_fields: user_fields(),
    }
}

type Card = (String, Vec<DemoRequisite>);

/// The card of one company, or of several of one holding.
fn card(members: &[Company]) -> Card {
    let title = members
        .first()
        .map(|company| {
            company
                .party()
                .name
                .replace("Индивидуальный предприниматель", "ИП")
        })
        .unwrap_or_default();
    (title, members.iter().map(requisite).collect())
}

fn requisite(company: &Company) -> DemoRequisite {
    let party = company.party().clone();
    let with_name = |name: &str| DemoRequisite {
        name: name.to_owned(),
        company_name: party.name.clone(),
        ..DemoRequisite::default()
    };
    match company.country() {
        Country::Russia if company.is_sole_trader() => DemoRequisite {
            inn: party.inn,
            ogrnip: party.ogrn,
            ..with_name("Реквизиты ИП")
        },
        Country::Russia => DemoRequisite {
            inn: party.inn,
            ogrn: party.ogrn,
            ..with_name("Россия")
        },
        Country::Kazakhstan => DemoRequisite {
            bin: party.bin,
            ..with_name("Казахстан")
        },
        Country::Belarus => DemoRequisite {
            inn: party.unp,
            ..with_name("Беларусь")
        },
        Country::Kyrgyzstan => DemoRequisite {
            inn: party.inn,
            ..with_name("Кыргызстан")
        },
    }
}

/// A slip of the keyboard: the last digit of the INN is the next one.
fn with_wrong_check_digit((title, mut requisites): Card) -> Card {
    for inn in requisites
        .iter_mut()
        .filter_map(|requisite| requisite.inn.as_mut())
    {
        if let Some(last) = inn.pop().and_then(|digit| digit.to_digit(10)) {
            inn.push_str(&((last + 1) % 10).to_string());
        }
    }
    (title, requisites)
}

/// The applicant of three of the sample declarations.
fn sample_company() -> Card {
    let requisite = DemoRequisite {
        name: "Россия".to_owned(),
        company_name: "ООО «ФЦС»".to_owned(),
        inn: Some("5403055932".to_owned()),
        ogrn: Some("1205400003962".to_owned()),
        ..DemoRequisite::default()
    };
    ("ООО «ФЦС»".to_owned(), vec![requisite])
}

fn user_fields() -> Vec<DemoUserField> {
    let field = |entity, name, label, user_type, multiple| DemoUserField {
        entity,
        name,
        label,
        user_type,
        multiple,
    };
    vec![
        field("lead", "UF_CRM_INN", "ИНН контрагента", "string", false),
        field("lead", "UF_CRM_SOURCE_DETAIL", "Откуда узнали", "string", false),
        field("deal", "UF_CRM_PARTNERS", "Участники сделки", "crm", true),
        field("company", "UF_CRM_UNP", "УНП", "string", false),
    ]
}

/// A lead for each company, one with a number instead of a company, and one that says nothing yet.
fn leads(companies: &[DemoCompany]) -> Vec<DemoLead> {
    const TITLES: [&str; 5] = [
        "Запрос с сайта: прайс-лист",
        "Звонок: условия поставки",
        "Выставка: образцы",
        "Письмо: проверка документов",
        "Рекомендация партнёра",
    ];
    let numbered = companies
        .first()
        .and_then(|company| company.requisites.first())
        .and_then(|requisite| requisite.inn.clone());
    let linked = companies
        .iter()
        .zip(TITLES.iter().cycle())
        .map(|(company, title)| (*title, Some(company.id), None));
    let alone = [
        ("Новый запрос: номер в карточке", None, numbered),
        ("Новый запрос: никто не заполнил", None, None),
    ];
    (201..)
        .zip(linked.chain(alone))
        .map(|(id, (title, company_id, inn))| DemoLead {
            id,
            title: title.to_owned(),
            company_id,
            inn,
        })
        .collect()
}

/// A deal for each company, and one with two.
fn deals(companies: &[DemoCompany]) -> Vec<DemoDeal> {
    const TITLES: [&str; 5] = [
        "Поставка партии, I квартал",
        "Договор на год",
        "Пробная партия",
        "Сезонная закупка",
        "Продление договора",
    ];
    let single = companies
        .iter()
        .zip(TITLES.iter().cycle())
        .map(|(company, title)| (*title, company.id, Vec::new()));
    let shared = companies
        .first()
        .zip(companies.get(1))
        .map(|(first, second)| ("Совместный тендер", first.id, vec![format!("CO_{}", second.id)]));
    (301..)
        .zip(single.chain(shared))
        .map(|(id, (title, company_id, partners))| DemoDeal {
            id,
            title: title.to_owned(),
            company_id,
            partners,
        })
        .collect()
}
