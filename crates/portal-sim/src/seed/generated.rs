//! A portal's content of any size, the same for the same number: companies with details good and bad, leads, deals.
//!
//! The sample comes first, so that its cards keep their addresses; generated items are numbered from 1001.

use rand::Rng;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::identifier::{bin, inn, ogrn, ogrnip, personal_inn, spoilt, unp};
use super::setting::{user_fields, users};
use super::words::{ADJECTIVES, CITIES, DEAL_STAGES, LEAD_STAGES, NAMES, NOUNS, SOURCES, TRADES};
use super::{Seed, SeedError, SeedItem};

/// How much to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GeneratedSeed {
    /// Companies beside the sample's.
    pub companies: u64,
    /// Leads beside the sample's.
    pub leads: u64,
    /// Deals beside the sample's.
    pub deals: u64,
    /// The same number gives the same content.
    pub random: u64,
}

impl Default for GeneratedSeed {
    fn default() -> Self {
        Self {
            companies: 1_000,
            leads: 300,
            deals: 500,
            random: 7,
        }
    }
}

/// The number of the first generated item of each type.
const FIRST: u64 = 1_001;
/// The responsible persons of items; the last one has left.
const RESPONSIBLE: [u64; 5] = [1, 7, 8, 10, 9];

impl Seed {
    /// The sample and generated content after it.
    pub fn generated(size: GeneratedSeed) -> Result<Self, SeedError> {
        let mut seed = Self::sample()?;
        let mut random = ChaCha8Rng::seed_from_u64(size.random);
        seed.users.extend(users());
        seed.user_fields.extend(user_fields());
        seed.companies
            .extend((0..size.companies).map(|index| company(&mut random, FIRST + index)));
        let companies: Vec<u64> = seed.companies.iter().map(|company| company.id).collect();
        seed.leads
            .extend((0..size.leads).map(|index| lead(&mut random, FIRST + index, &companies)));
        seed.deals
            .extend((0..size.deals).map(|index| deal(&mut random, FIRST + index, &companies)));
        let contacts = size.companies / 10;
        seed.contacts
            .extend((0..contacts).map(|index| contact(&mut random, FIRST + index, &companies)));
        Ok(seed)
    }
}

fn pick<'a, T>(random: &mut impl Rng, from: &'a [T]) -> &'a T {
    &from[random.random_range(0..from.len())]
}

/// One of a hundred.
fn share(random: &mut impl Rng) -> u32 {
    random.random_range(0..100)
}

fn company(random: &mut impl Rng, id: u64) -> SeedItem {
    let (industry, short) = *pick(random, &TRADES);
    let name = format!("{} {}-{short}", pick(random, &ADJECTIVES), pick(random, &NOUNS));
    let city = pick(random, &CITIES);
    let share = share(random);
    let form = match share {
        0..70 => "ООО",
        70..78 => "АО",
        78..86 => "ИП",
        86..94 => "ТОО",
        _ => "ОДО",
    };
    let title = format!("{form} «{name}»");
    let mut fields = Map::new();
    fields.insert("INDUSTRY".to_owned(), json!(industry));
    fields.insert(
        "ADDRESS".to_owned(),
        json!(format!("{city}, ул. {} {}", pick(random, &NOUNS), id % 90 + 1)),
    );
    if !id.is_multiple_of(3) {
        fields.insert(
            "PHONE".to_owned(),
            json!(format!("+7 495 {:03}-{:02}-{:02}", id % 1000, id % 97, id % 89)),
        );
    }
    if !id.is_multiple_of(5) {
        fields.insert("EMAIL".to_owned(), json!(format!("office{id}@example.com")));
    }
    let requisites = match form {
        "ИП" => vec![details(
            "ИП",
            &[
                ("RQ_NAME", title.clone()),
                ("RQ_INN", personal_inn(random)),
                ("RQ_OGRNIP", ogrnip(random)),
            ],
            "2",
        )],
        "ТОО" => {
            let number = bin(random);
            if id.is_multiple_of(2) {
                fields.insert("UF_CRM_1700000000001".to_owned(), json!(number));
            }
            vec![details(
                "Реквизиты",
                &[("RQ_COMPANY_NAME", title.clone()), ("RQ_BIN", number)],
                "4",
            )]
        }
        "ОДО" => {
            let number = unp(random);
            if id.is_multiple_of(2) {
                fields.insert("UF_CRM_1700000000002".to_owned(), json!(number));
                vec![details("Реквизиты", &[("RQ_COMPANY_NAME", title.clone())], "5")]
            } else {
                vec![details(
                    "Реквизиты",
                    &[("RQ_COMPANY_NAME", title.clone()), ("RQ_INN", number)],
                    "5",
                )]
            }
        }
        _ => russian(random, id, &title),
    };
    SeedItem {
        id,
        title,
        company_id: None,
        assigned_by_id: Some(*pick(random, &RESPONSIBLE)),
        restricted: id.is_multiple_of(211),
        requisites,
        fields,
    }
}

/// Details of a Russian company: mostly good, some wrong, empty, written with spaces or words, some several.
fn russian(random: &mut impl Rng, id: u64, title: &str) -> Vec<Map<String, Value>> {
    let (inn, ogrn) = (inn(random), ogrn(random));
    let name = ("RQ_COMPANY_NAME", title.to_owned());
    let main = match id % 25 {
        1 => details(
            "Основные",
            &[name, ("RQ_INN", spoilt(&inn)), ("RQ_OGRN", ogrn)],
            "1",
        ),
        2 => details("Основные", &[name], "1"),
        3 => {
            let spaced = format!("{} {} {}", &inn[..4], &inn[4..7], &inn[7..]);
            details("Основные", &[name, ("RQ_INN", spaced), ("RQ_OGRN", ogrn)], "1")
        }
        4 => details(
            "Основные",
            &[
                name,
                ("RQ_INN", format!("ИНН {inn}")),
                ("RQ_OGRN", "уточняется".to_owned()),
            ],
            "1",
        ),
        5 => return Vec::new(),
        _ => {
            let kpp = format!("{}01001", &inn[..4]);
            details(
                "Основные",
                &[name, ("RQ_INN", inn), ("RQ_KPP", kpp), ("RQ_OGRN", ogrn)],
                "1",
            )
        }
    };
    let mut all = vec![main];
    if id.is_multiple_of(12) {
        let mut branch = details(
            "Филиал",
            &[
                ("RQ_COMPANY_NAME", format!("Филиал {title}")),
                ("RQ_BIN", bin(random)),
            ],
            "4",
        );
        branch.insert("SORT".to_owned(), json!("600"));
        all.push(branch);
    }
    all
}

fn details(name: &str, fields: &[(&str, String)], preset: &str) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("NAME".to_owned(), json!(name));
    row.insert("PRESET_ID".to_owned(), json!(preset));
    row.extend(
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value))),
    );
    row
}

fn lead(random: &mut impl Rng, id: u64, companies: &[u64]) -> SeedItem {
    let (trade, _) = pick(random, &TRADES);
    let (name, last_name) = pick(random, &NAMES);
    let share = share(random);
    let mut fields = Map::new();
    for (field, value) in [
        ("STATUS_ID", *pick(random, &LEAD_STAGES)),
        ("SOURCE_ID", *pick(random, &SOURCES)),
        ("NAME", *name),
        ("LAST_NAME", *last_name),
    ] {
        fields.insert(field.to_owned(), json!(value));
    }
    fields.insert(
        "PHONE".to_owned(),
        json!(format!("+7 900 {:03}-{:02}-{:02}", id % 1000, id % 97, id % 89)),
    );
    // Half of the leads know their company, some of the others a number of their own.
    match share {
        50..70 => {
            fields.insert("UF_CRM_INN".to_owned(), json!(inn(random)));
        }
        70..78 => {
            fields.insert("UF_CRM_OGRN".to_owned(), json!(ogrn(random)));
        }
        _ => {}
    }
    SeedItem {
        id,
        title: format!("Запрос: {}", trade.to_lowercase()),
        company_id: (share < 50 && !companies.is_empty()).then(|| *pick(random, companies)),
        assigned_by_id: Some(*pick(random, &RESPONSIBLE)),
        restricted: false,
        requisites: Vec::new(),
        fields,
    }
}

fn deal(random: &mut impl Rng, id: u64, companies: &[u64]) -> SeedItem {
    let (trade, _) = pick(random, &TRADES);
    let mut fields = Map::new();
    let amount = random.random_range(4..900) * 10_000;
    for (field, value) in [
        ("STAGE_ID", (*pick(random, &DEAL_STAGES)).to_owned()),
        ("OPPORTUNITY", format!("{amount}.00")),
        ("CURRENCY_ID", "RUB".to_owned()),
    ] {
        fields.insert(field.to_owned(), json!(value));
    }
    let linked = share(random) < 90 && !companies.is_empty();
    if linked && id.is_multiple_of(15) {
        let others: Vec<String> = (0..2)
            .map(|_| format!("CO_{}", pick(random, companies)))
            .collect();
        fields.insert("UF_CRM_PARTNERS".to_owned(), json!(others));
    }
    SeedItem {
        id,
        title: format!("Поставка: {}, партия {}", trade.to_lowercase(), id % 40 + 1),
        company_id: linked.then(|| *pick(random, companies)),
        assigned_by_id: Some(*pick(random, &RESPONSIBLE)),
        restricted: id.is_multiple_of(173),
        requisites: Vec::new(),
        fields,
    }
}

fn contact(random: &mut impl Rng, id: u64, companies: &[u64]) -> SeedItem {
    let (name, _) = pick(random, &NAMES);
    let (_, last_name) = pick(random, &NAMES);
    let mut fields = Map::new();
    fields.insert("NAME".to_owned(), json!(name));
    fields.insert("LAST_NAME".to_owned(), json!(last_name));
    fields.insert("EMAIL".to_owned(), json!(format!("person{id}@example.com")));
    SeedItem {
        id,
        title: String::new(),
        company_id: (!companies.is_empty()).then(|| *pick(random, companies)),
        assigned_by_id: Some(*pick(random, &RESPONSIBLE)),
        restricted: false,
        requisites: Vec::new(),
        fields,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_content_is_the_same_for_the_same_number_and_begins_with_the_sample() {
        let size = GeneratedSeed {
            companies: 200,
            leads: 40,
            deals: 60,
            random: 7,
        };

        let (first, second) = (Seed::generated(size).unwrap(), Seed::generated(size).unwrap());

        assert_eq!(format!("{first:?}"), format!("{second:?}"));
        assert_eq!(first.companies[0].id, 101);
        assert_eq!(
            first.companies.len(),
            Seed::sample().unwrap().companies.len() + 200
        );
    }

    #[test]
    fn generated_content_has_the_trouble_of_real_portals() {
        let seed = Seed::generated(GeneratedSeed {
            companies: 500,
            leads: 200,
            deals: 200,
            random: 7,
        })
        .unwrap();
        let details: Vec<_> = seed
            .companies
            .iter()
            .flat_map(|company| &company.requisites)
            .collect();
        let value = |name: &str| details.iter().filter(|row| row.contains_key(name)).count();

        assert!(value("RQ_BIN") > 0 && value("RQ_OGRNIP") > 0);
        assert!(
            details
                .iter()
                .any(|row| row.get("NAME").is_some_and(|name| name == "Филиал"))
        );
        assert!(seed.companies.iter().any(|company| company.requisites.is_empty()));
        assert!(
            seed.leads
                .iter()
                .any(|lead| lead.company_id.is_none() && lead.fields.contains_key("UF_CRM_INN"))
        );
        assert!(
            seed.deals
                .iter()
                .any(|deal| deal.fields.contains_key("UF_CRM_PARTNERS"))
        );
        assert!(seed.deals.iter().any(|deal| deal.assigned_by_id == Some(9)));
    }
}
