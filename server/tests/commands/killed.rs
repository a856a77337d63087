//! `certlens serve`, killed while it recounts and while it sends: seen from a portal, each piece of news is told once.
//!
//! The reference is plain: each import brings one new document for each subscription, so each document's number stands in
//! one to-do of one card. The moments of the kills come from a seed.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use certlens_portal_sim::{GeneratedSeed, PortalHandle, Seed, Simulator, SimulatorOptions};
use reqwest::Client;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::process::Child;

use crate::program::{Program, argument};

/// 32 bytes in base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OPERATOR_TOKEN: &str = "operator-token-of-a-test";
const ADMINISTRATOR: u64 = 1;
const MANAGER: u64 = 7;
/// The first of the generated companies.
const FIRST: usize = 1_001;
/// What each call of the portal takes, so that there is something to kill in the middle of.
const LATENCY: Duration = Duration::from_millis(200);

/// How much of it.
#[derive(Debug, Clone, Copy)]
struct Size {
    portals: u32,
    cards: usize,
    patience: Duration,
}

/// When the process is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// A recount has found news and has not kept them yet.
    Recounting,
    /// A request that creates to-dos is on its way.
    Sending,
    /// So long after an import.
    After(Duration),
}

struct World {
    program: Program,
    simulator: Simulator,
    port: u16,
    client: Client,
    size: Size,
}

impl World {
    async fn start(size: Size) -> Self {
        let program = Program::prepare().await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let seed = Seed::generated(GeneratedSeed {
            companies: size.cards as u64,
            leads: 0,
            deals: 0,
            random: 7,
        });
        let simulator = Simulator::start(SimulatorOptions {
            app_url: format!("http://app.localhost:{port}"),
            portals: size.portals,
            seed: Some(seed.unwrap()),
            ..SimulatorOptions::default()
        })
        .await
        .unwrap();
        Self {
            program,
            simulator,
            port,
            client: Client::new(),
            size,
        }
    }

    /// The server as people run it.
    async fn serve(&self) -> Child {
        let child = self
            .command(&["serve"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.until("the server is ready", async || {
            let answer = self.client.get(self.url("/readyz")).send().await;
            answer.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
        child
    }

    fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let mut command = self.program.command(arguments);
        command
            .env("CERTLENS_LISTEN", format!("127.0.0.1:{}", self.port))
            .env(
                "CERTLENS_PUBLIC_URL",
                format!("http://app.localhost:{}", self.port),
            )
            .env("CERTLENS_ALLOW_INSECURE_PORTALS", "1")
            .env("CERTLENS_OAUTH_SERVERS", self.simulator.auth_url())
            .env("CERTLENS_BITRIX_CLIENT_ID", self.simulator.client_id())
            .env("CERTLENS_BITRIX_CLIENT_SECRET", self.simulator.client_secret())
            .env("CERTLENS_SECRET_KEY", KEY);
        command
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The application in each portal, a subscription in each card, items as soon as there are news.
    async fn install(&self) {
        for (place, portal) in self.simulator.portals().iter().enumerate() {
            let form = portal.open_installer_form();
            let install = self
                .client
                .post(self.url(&format!("/bitrix/install?{}", form.query)))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.body());
            assert_eq!(install.send().await.unwrap().status(), 200);
            portal.finish_installation();
            let at_once = json!({"notification": {"kind": "todo", "every": "at_once"}});
            let settings = format!("/api/v1/portals/{}/settings", portal.member_id());
            self.ask(reqwest::Method::PATCH, &settings, &at_once).await;
            let subscriptions: Vec<Value> = (0..self.size.cards)
                .map(|card| {
                    json!({"entity": {"type": "company", "id": FIRST + card}, "user_id": MANAGER,
                           "identifiers": [inn(place, card)], "news": ["new_document"]})
                })
                .collect();
            for some in subscriptions.chunks(1_000) {
                let bulk = json!({"member_id": portal.member_id(), "subscriptions": some});
                self.ask(reqwest::Method::POST, "/api/v1/subscriptions/bulk", &bulk)
                    .await;
            }
        }
        // Recounts know of the subscriptions before anything happens to their documents.
        self.ask(reqwest::Method::POST, "/api/v1/recount", &json!({}))
            .await;
        self.until_told().await;
        self.refill().await;
    }

    async fn ask(&self, method: reqwest::Method, path: &str, body: &Value) {
        let request = self
            .client
            .request(method, self.url(path))
            .bearer_auth(OPERATOR_TOKEN)
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
    }

    /// A new document for each subscription of each portal.
    async fn import(&self, round: usize) {
        let lines: String = (0..self.size.portals as usize)
            .flat_map(|portal| (0..self.size.cards).map(move |card| line(round, portal, card)))
            .collect();
        let file = self.program.file(&format!("{round}.jsonl"), lines);
        let output = self
            .command(&["import", "jsonl", argument(&file)])
            .output()
            .await
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Kills the server at that moment of what an import leads to.
    async fn kill(&self, mut server: Child, round: usize, moment: Moment) {
        match moment {
            Moment::Recounting => {
                let mut obstacle = self.program.postgres().begin().await.unwrap();
                sqlx::query("LOCK TABLE news IN SHARE MODE")
                    .execute(&mut *obstacle)
                    .await
                    .unwrap();
                self.import(round).await;
                self.until_true(
                    "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'news'::regclass AND NOT granted)",
                )
                .await;
                server.kill().await.unwrap();
                obstacle.rollback().await.unwrap();
            }
            Moment::Sending => {
                self.import(round).await;
                self.until_true(
                    "SELECT EXISTS (SELECT FROM notification_items WHERE is_uncertain AND state = 'sending')",
                )
                .await;
                server.kill().await.unwrap();
            }
            Moment::After(delay) => {
                self.import(round).await;
                tokio::time::sleep(delay).await;
                server.kill().await.unwrap();
            }
        }
        // What was on its way ends in the portal; then the minutes pass that a portal is given for it.
        tokio::time::sleep(LATENCY * 5).await;
        for statement in [
            "UPDATE notification_senders SET lease_until = now() WHERE lease_id IS NOT NULL",
            "UPDATE notification_items SET due_at = least(due_at, now()), look_at = CASE WHEN is_uncertain THEN now() END
             WHERE state IN ('waiting', 'sending')",
        ] {
            sqlx::query(statement)
                .execute(self.program.postgres())
                .await
                .unwrap();
        }
        self.refill().await;
    }

    /// Budgets are fresh: the test is not about pace.
    async fn refill(&self) {
        sqlx::query("DELETE FROM portal_budgets")
            .execute(self.program.postgres())
            .await
            .unwrap();
        for portal in self.simulator.portals() {
            portal.reset_limits();
        }
    }

    /// Until everything that was imported is looked at and told.
    async fn until_told(&self) {
        self.until_true(
            "SELECT (SELECT version FROM recount_mark) = (SELECT coalesce(max(data_version), 0) FROM registry_state)
                AND NOT EXISTS (SELECT FROM subscription_identifiers WHERE NOT is_enrolled)
                AND NOT EXISTS (SELECT FROM news WHERE settled_at IS NULL)
                AND NOT EXISTS (SELECT FROM notification_items WHERE state <> 'sent')",
        )
        .await;
    }

    async fn until_true(&self, query: &'static str) {
        self.until(query, async || {
            sqlx::query_scalar::<_, bool>(query)
                .fetch_one(self.program.postgres())
                .await
                .unwrap()
        })
        .await;
    }

    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < self.size.patience, "it never came true: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A POST to the portal, whatever this machine makes of its name.
    fn at_portal(&self, portal: &PortalHandle, path: &str) -> reqwest::RequestBuilder {
        let url = url::Url::parse(&portal.portal_url()).unwrap();
        let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
        self.client
            .post(format!("http://127.0.0.1:{port}{path}"))
            .header("host", format!("{host}:{port}"))
    }

    /// The texts of all to-dos of the portal with the numbers of their cards.
    async fn todos(&self, portal: &PortalHandle) -> Vec<(String, String)> {
        let token = portal.issue_token(ADMINISTRATOR).access;
        let mut todos = Vec::new();
        loop {
            portal.reset_limits();
            let page = json!({
                "auth": token, "filter": {"PROVIDER_ID": "CRM_TODO"}, "order": {"ID": "ASC"},
                "select": ["ID", "OWNER_ID", "DESCRIPTION"], "start": todos.len(),
            });
            let request = self
                .at_portal(portal, "/rest/crm.activity.list.json")
                .header("content-type", "application/json");
            let answer = request.body(page.to_string()).send().await.unwrap();
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

    /// Asserts that each document of so many rounds is told in its card, once, and nothing else.
    async fn assert_each_once(&self, rounds: usize) {
        for (place, portal) in self.simulator.portals().iter().enumerate() {
            let mut told: BTreeMap<(String, String), usize> = BTreeMap::new();
            for (card, text) in self.todos(portal).await {
                for word in text
                    .split_whitespace()
                    .filter(|word| word.starts_with("Д-RU.РА01.В."))
                {
                    *told.entry((card.clone(), word.to_owned())).or_default() += 1;
                }
            }
            let due: BTreeMap<(String, String), usize> = (0..rounds)
                .flat_map(|round| (0..self.size.cards).map(move |card| (round, card)))
                .map(|(round, card)| {
                    let number = number(round, place, card);
                    let word = number.split_whitespace().last().unwrap().to_owned();
                    (((FIRST + card).to_string(), word), 1)
                })
                .collect();
            assert_eq!(told.len(), due.len(), "portal {place}: told and due");
            assert!(
                told == due,
                "portal {place}: something is told twice or in another card"
            );
        }
    }

    async fn close(self) {
        drop(self.simulator);
        self.program.close().await;
    }
}

fn inn(portal: usize, card: usize) -> String {
    format!("77{portal:03}{card:05}")
}

fn number(round: usize, portal: usize, card: usize) -> String {
    format!("ЕАЭС N RU Д-RU.РА01.В.{round}{portal}{card:05}/25")
}

fn line(round: usize, portal: usize, card: usize) -> String {
    let line = json!({
        "registry": "rf_declarations", "source_id": format!("{round}-{portal}-{card}"),
        "number": number(round, portal, card), "kind": "declaration", "status": "active",
        "status_label": "Действует", "registered_on": "2025-08-28", "valid_until": "2099-08-27",
        "applicant": {"name": "ООО «Пример»", "country": "RU", "inn": inn(portal, card)},
        "technical_regulations": ["ТР ТС 004/2011"], "product": "Чайник",
    });
    format!("{line}\n")
}

/// Numbers of a generator that needs no crate (xorshift): the same seed gives the same moments.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn moment(&mut self) -> Moment {
        Moment::After(Duration::from_millis(self.below(3_000)))
    }
}

async fn told_once_in_spite_of_kills(size: Size, seed: u64) {
    let world = World::start(size).await;
    let mut server = world.serve().await;
    world.install().await;
    world.simulator_is_slow().await;
    let mut random = Random(seed);
    let moments = [
        Moment::Sending,
        Moment::Recounting,
        random.moment(),
        Moment::Sending,
        random.moment(),
    ];

    for (round, moment) in moments.into_iter().enumerate() {
        world.kill(server, round, moment).await;
        server = world.serve().await;
    }
    world.until_told().await;

    world.assert_each_once(moments.len()).await;
    server.kill().await.unwrap();
    world.close().await;
}

impl World {
    async fn simulator_is_slow(&self) {
        let path = format!("/__sim/latency?milliseconds={}", LATENCY.as_millis());
        for portal in self.simulator.portals() {
            let answer = self.at_portal(&portal, &path).send().await.unwrap();
            assert!(answer.status().is_success());
        }
    }
}

#[rstest]
#[tokio::test]
async fn each_piece_of_news_is_told_once_though_the_service_is_killed_again_and_again(
    #[values(11, 47)] seed: u64,
) {
    let size = Size {
        portals: 2,
        cards: 120,
        patience: Duration::from_mins(2),
    };
    told_once_in_spite_of_kills(size, seed).await;
}

#[tokio::test]
#[ignore = "takes minutes: five times 13,000 items"]
async fn each_of_thirteen_thousand_subscriptions_in_five_portals_is_told_once_in_spite_of_kills() {
    let size = Size {
        portals: 5,
        cards: 2_600,
        patience: Duration::from_mins(15),
    };
    told_once_in_spite_of_kills(size, 5).await;
}
