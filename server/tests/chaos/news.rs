//! What is imported, and what each portal must have been told of it: each import brings one new document for each
//! subscription, so each document's number stands in one to-do of one card.

use std::collections::BTreeMap;

use certlens_portal_sim::PortalHandle;
use reqwest::Client;
use serde_json::{Value, json};

/// The first of the generated companies.
pub(crate) const FIRST: u64 = 1_001;
pub(crate) const MANAGER: u64 = 7;
const ADMINISTRATOR: u64 = 1;

pub(crate) fn inn(portal: usize, card: u64) -> String {
    format!("77{portal:03}{card:05}")
}

fn number(round: usize, portal: usize, card: u64) -> String {
    format!("ЕАЭС N RU Д-RU.РА01.В.{round:03}{portal}{card:05}/25")
}

/// The file of one import.
pub(crate) fn lines(round: usize, portals: usize, cards: u64) -> String {
    let line = |portal: usize, card: u64| {
        let line = json!({
            "registry": "rf_declarations", "source_id": format!("{round}-{portal}-{card}"),
            "number": number(round, portal, card), "kind": "declaration", "status": "active",
            "status_label": "Действует", "registered_on": "2025-08-28", "valid_until": "2099-08-27",
            "applicant": {"name": "ООО «Пример»", "country": "RU", "inn": inn(portal, card)},
            "technical_regulations": ["ТР ТС 004/2011"], "product": "Чайник",
        });
        format!("{line}\n")
    };
    (0..portals)
        .flat_map(|portal| (0..cards).map(move |card| line(portal, card)))
        .collect()
}

/// What is wrong with what the portals were told of so many imports.
pub(crate) async fn wrongly_told(
    client: &Client,
    portals: &[PortalHandle],
    rounds: usize,
    cards: u64,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (place, portal) in portals.iter().enumerate() {
        let mut told: BTreeMap<(String, String), usize> = BTreeMap::new();
        // News that come while a portal is away are gathered into one item, which names some of them and counts the rest.
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        for (card, text) in todos(client, portal).await {
            let more = text
                .lines()
                .filter_map(|line| line.trim().strip_prefix("и ещё ")?.parse::<usize>().ok());
            *counted.entry(card.clone()).or_default() += more.sum::<usize>();
            for word in text
                .split_whitespace()
                .filter(|word| word.starts_with("Д-RU.РА01.В."))
            {
                *told.entry((card.clone(), word.to_owned())).or_default() += 1;
            }
        }
        for card in 0..cards {
            let company = (FIRST + card).to_string();
            let mut unnamed = Vec::new();
            for round in 0..rounds {
                let number = number(round, place, card);
                let word = number.split_whitespace().last().unwrap().to_owned();
                match told.remove(&(company.clone(), word)).unwrap_or(0) {
                    0 => unnamed.push(number),
                    1 => {}
                    times => wrong.push(format!(
                        "portal {place}, card {company}: {number} told {times} times"
                    )),
                }
            }
            let more = counted.remove(&company).unwrap_or(0);
            if unnamed.len() != more {
                let named = unnamed.join(", ");
                wrong.push(format!(
                    "portal {place}, card {company}: {} documents are not named ({named}), and {more} are counted as more",
                    unnamed.len()
                ));
            }
        }
        for ((card, word), times) in told {
            wrong.push(format!(
                "portal {place}, card {card}: {word} told {times} times, and nobody asked for it"
            ));
        }
    }
    wrong
}

/// The texts of all to-dos of the portal with the numbers of their cards.
async fn todos(client: &Client, portal: &PortalHandle) -> Vec<(String, String)> {
    let token = portal.issue_token(ADMINISTRATOR).access;
    let url = url::Url::parse(&portal.portal_url()).unwrap();
    let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
    let mut todos = Vec::new();
    loop {
        portal.reset_limits();
        let page = json!({
            "auth": token, "filter": {"PROVIDER_ID": "CRM_TODO"}, "order": {"ID": "ASC"},
            "select": ["ID", "OWNER_ID", "DESCRIPTION"], "start": todos.len(),
        });
        // Whatever this machine makes of the portal's name.
        let answer = client
            .post(format!("http://127.0.0.1:{port}/rest/crm.activity.list.json"))
            .header("host", format!("{host}:{port}"))
            .header("content-type", "application/json")
            .body(page.to_string())
            .send()
            .await
            .unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let rows = answer["result"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
        todos.extend(
            rows.iter()
                .map(|row| (text(row, "OWNER_ID"), text(row, "DESCRIPTION"))),
        );
        if rows.len() < 50 {
            return todos;
        }
    }
}
