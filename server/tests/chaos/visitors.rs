//! People who open cards all the time, through the one process or the other, as a proxy before both would have it: who
//! can't be reached is left for the other, and nothing is sent twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use certlens_portal_sim::{EntityKind, FrameForm, PortalHandle};
use reqwest::Client;
use tokio_util::sync::CancellationToken;

use crate::fleet::Kept;
use crate::outages::Outages;
use crate::schedule::Random;

const PATIENCE: Duration = Duration::from_mins(1);
/// Between two cards of one visitor.
const THINKING: Duration = Duration::from_millis(150);

/// How the openings ended.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) cards: usize,
    /// Under way in a process that was killed.
    pub(crate) cut: usize,
    /// Failed while the database was away, by how.
    pub(crate) without_database: BTreeMap<String, usize>,
    pub(crate) longest: Duration,
    /// What must not be.
    pub(crate) failures: Vec<String>,
}

/// What a visitor needs.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) servers: [Arc<Kept>; 2],
    pub(crate) portals: Vec<PortalHandle>,
    pub(crate) companies: std::ops::Range<u64>,
    pub(crate) user: u64,
    pub(crate) database: Outages,
    pub(crate) opened: Arc<Mutex<Opened>>,
    pub(crate) began: Instant,
}

impl Visitor {
    /// Opens cards until it is told to end.
    pub(crate) async fn run(self, seed: u64, ends: CancellationToken) {
        let mut random = Random::of(seed);
        let client = Client::builder().timeout(PATIENCE).build().unwrap();
        let mut turn = usize::try_from(seed % 2).unwrap();
        while !ends.is_cancelled() {
            let portal = &self.portals[usize::try_from(random.below(self.portals.len() as u64)).unwrap()];
            let company = self.companies.start + random.below(self.companies.end - self.companies.start);
            let form = portal.open_frame_form_as(self.user, EntityKind::Company, company, None);
            self.open(&client, turn, &form).await;
            turn = 1 - turn;
            tokio::time::sleep(THINKING).await;
        }
    }

    async fn open(&self, client: &Client, turn: usize, form: &FrameForm) {
        let begun = Instant::now();
        let mut asked = &self.servers[turn];
        let mut answer = post(client, asked, form).await;
        if let Err(error) = &answer
            && error.is_connect()
        {
            asked = &self.servers[1 - turn];
            answer = post(client, asked, form).await;
        }
        let ended = Instant::now();
        let mut opened = self.opened.lock().unwrap();
        opened.longest = opened.longest.max(ended - begun);
        let kind = answer.as_ref().map_or_else(
            |error| {
                if error.is_timeout() {
                    "no answer".to_owned()
                } else {
                    "cut off".to_owned()
                }
            },
            |(status, _)| format!("status {status}"),
        );
        let problem = match answer {
            Ok((200, body)) if body.contains("data-page=\"card\"") && body.contains("</html>") => {
                opened.cards += 1;
                return;
            }
            Ok((status, body)) => format!("status {status}: {}", visible(&body)),
            Err(error) => format!("{error:?}"),
        };
        // Even then people are told in words, by a page that says when to come back.
        if self.database.meet(begun, ended) && kind != "status 500" {
            *opened.without_database.entry(kind).or_default() += 1;
        } else if asked.was_killed(begun, ended) {
            opened.cut += 1;
        } else {
            let failure = format!(
                "after {:.1} s, took {:.1} s, port {}: {problem}",
                (begun - self.began).as_secs_f64(),
                (ended - begun).as_secs_f64(),
                asked.port
            );
            opened.failures.push(failure);
        }
    }
}

async fn post(client: &Client, server: &Kept, form: &FrameForm) -> Result<(u16, String), reqwest::Error> {
    let answer = client
        .post(server.url(&format!("/bitrix/app?{}", form.query)))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.body())
        .send()
        .await?;
    let status = answer.status().as_u16();
    Ok((status, answer.text().await?))
}

/// The words of a page, some of them.
fn visible(body: &str) -> String {
    let body = body.split("<body").nth(1).unwrap_or(body);
    let mut is_tag = false;
    let text: String = body
        .chars()
        .filter(|letter| {
            match letter {
                '<' => is_tag = true,
                '>' => is_tag = false,
                _ => return !is_tag,
            }
            false
        })
        .collect();
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(300)
        .collect()
}
