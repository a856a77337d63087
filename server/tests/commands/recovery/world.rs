//! An installation at work, as an operator has it: settings in a file, a server, a portal with people's choices in it; and a
//! shell in which the document's blocks are run.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use certlens_portal_sim::{
    EntityKind, FrameForm, LocalApplication, PortalHandle, Simulator, SimulatorOptions,
};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::process::Command;

use crate::program::{Program, argument};

pub(super) const ADMINISTRATOR: u64 = 1;
const MANAGER: u64 = 7;
const COMPANY: u64 = 101;
const INN: &str = "7700000017";
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OPERATOR_TOKEN: &str = "operator-token-of-a-test";
const PATIENCE: Duration = Duration::from_mins(2);

/// What the three words of the document mean here.
const WORDS: &str = r#"
set -euo pipefail
certlens() { (set -a; . "$ENV_FILE"; set +a; exec "$PROGRAM" "$@"); }
is_running() { [ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
certlens_stop() {
    process=$(cat "$PID_FILE"); kill "$process" 2>/dev/null || true
    while is_running "$process"; do sleep 0.1; done
}
certlens_start() {
    (set -a; . "$ENV_FILE"; set +a; exec setsid "$PROGRAM" serve < /dev/null >> "$LOG_FILE" 2>&1) &
    echo $! > "$PID_FILE"
    until curl --fail --silent --output /dev/null "http://127.0.0.1:$PORT/readyz"; do
        is_running "$(cat "$PID_FILE")" || { tail "$LOG_FILE" >&2; return 1; }
        sleep 0.1
    done
}
"#;

pub(super) struct World {
    program: Program,
    simulator: Simulator,
    port: u16,
    client: Client,
    variables: RefCell<BTreeMap<String, String>>,
}

impl World {
    /// The market's application, installed; a subscription, settings, a selection; a document that was there before.
    pub(super) async fn at_work() -> Self {
        let world = Self::start("http://app.localhost").await;
        world.begin_work().await;
        world
    }

    /// The same under another address than the one by which it is reached.
    pub(super) async fn at_work_at(host: &str) -> Self {
        let world = Self::start(host).await;
        world.begin_work().await;
        world
    }

    /// The same with an application of the portal's own.
    pub(super) async fn at_work_with_a_local_application() -> Self {
        let world = Self::start("http://app.localhost").await;
        let (client_id, secret) = world.portal().use_local_application(LocalApplication::default());
        world.set("CLIENT_ID", &client_id);
        world.set("CLIENT_SECRET", &secret);
        world
            .run(r#"printf '%s' "$CLIENT_SECRET" | certlens portal application add "$CLIENT_ID""#)
            .await;
        world.begin_work().await;
        world
    }

    async fn start(host: &str) -> Self {
        let program = Program::prepare().await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let simulator = Simulator::start(SimulatorOptions {
            app_url: format!("http://app.localhost:{port}"),
            ..SimulatorOptions::default()
        })
        .await
        .unwrap();
        let mut settings: Vec<(&str, String)> = program.environment();
        settings.extend([
            ("CERTLENS_LISTEN", format!("127.0.0.1:{port}")),
            ("CERTLENS_PUBLIC_URL", format!("{host}:{port}")),
            ("CERTLENS_ALLOW_INSECURE_PORTALS", "1".to_owned()),
            ("CERTLENS_OAUTH_SERVERS", simulator.auth_url()),
            ("CERTLENS_BITRIX_CLIENT_ID", simulator.client_id()),
            ("CERTLENS_BITRIX_CLIENT_SECRET", simulator.client_secret()),
            ("CERTLENS_SECRET_KEY", KEY.to_owned()),
            ("CERTLENS_NOTIFY_EVERY", "1s".to_owned()),
            // Those that a test does not make would be made at the start of each server.
            ("CERTLENS_BACKUP_EVERY", "off".to_owned()),
        ]);
        let lines: Vec<String> = settings
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let text = lines.join("\n") + "\n";
        let file = program.file("certlens.env", text);
        let world = Self {
            port,
            simulator,
            client: Client::new(),
            variables: RefCell::default(),
            program,
        };
        for (name, value) in [
            ("ENV_FILE", argument(&file).to_owned()),
            ("PROGRAM", env!("CARGO_BIN_EXE_certlens").to_owned()),
            ("PID_FILE", argument(&world.program.path("pid")).to_owned()),
            ("LOG_FILE", argument(&world.program.path("log")).to_owned()),
            ("PORT", port.to_string()),
        ] {
            world.set(name, &value);
        }
        world.run("certlens_start").await;
        world
    }

    async fn begin_work(&self) {
        self.install().await;
        self.import(1).await;
        let settings = format!("/api/v1/portals/{}/settings", self.portal().member_id());
        let at_once = json!({"notification": {"kind": "todo", "every": "at_once"}});
        self.ask(Method::PATCH, &settings, &at_once).await;
        let subscriptions = json!({"member_id": self.portal().member_id(), "subscriptions": [
            {"entity": {"type": "company", "id": COMPANY}, "user_id": MANAGER, "identifiers": [INN],
             "news": ["new_document"]}]});
        self.ask(Method::POST, "/api/v1/subscriptions/bulk", &subscriptions)
            .await;
        for statement in [
            "INSERT INTO card_selections (member_id, entity_type, entity_id, revision, changed_at)
             SELECT member_id, 'company', 101, 3, now() FROM portals",
            "INSERT INTO card_identifiers (member_id, entity_type, entity_id, value, chosen, origin, added_at)
             SELECT member_id, 'company', 101, '7707083893', true, 'typed', now() FROM portals",
        ] {
            sqlx::query(statement).execute(self.program.postgres()).await.unwrap();
        }
        self.ask(Method::POST, "/api/v1/recount", &json!({})).await;
        self.until_told().await;
    }

    pub(super) fn portal(&self) -> PortalHandle {
        self.simulator.portals().remove(0)
    }

    /// A variable of the document.
    pub(super) fn set(&self, name: &str, value: &str) {
        self.variables
            .borrow_mut()
            .insert(name.to_owned(), value.to_owned());
    }

    /// Runs a block; what it printed. A block that fails fails the test.
    pub(super) async fn run(&self, block: &str) -> String {
        self.portal().reset_limits();
        let variables = self.variables.borrow().clone();
        let output = Command::new("bash")
            .arg("-c")
            .arg(format!("{WORDS}\n{block}"))
            .envs(variables)
            .env("RUST_LOG", "warn,certlens=info")
            .current_dir(self.program.path("."))
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{block}\n{printed}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        printed
    }

    pub(super) async fn certlens(&self, arguments: &[&str]) -> String {
        self.run(&format!("certlens {}", arguments.join(" "))).await
    }

    // What happens to an installation.

    pub(super) async fn kill(&self) {
        self.run(
            r#"kill -9 "$(cat "$PID_FILE")"; while is_running "$(cat "$PID_FILE")"; do sleep 0.1; done"#,
        )
        .await;
    }

    pub(super) async fn drop_database(&self) {
        let mut server = self.program.postgres_url();
        let name = server.path().trim_start_matches('/').to_owned();
        server.set_path("postgres");
        let mut connection = PgConnection::connect(server.as_str()).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "DROP DATABASE \"{name}\" WITH (FORCE)"
        )))
        .execute(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
    }

    /// A backup of now, later than those before.
    pub(super) async fn later_backup(&self) {
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        self.certlens(&["backup"]).await;
    }

    pub(super) fn passphrase_file(&self) -> PathBuf {
        self.program.file("passphrase", "correct horse battery staple\n")
    }

    /// The setting is empty, and the server that knew the key is dead.
    pub(super) async fn lose_the_secret_key(&self) {
        self.kill().await;
        self.run(r#"sed -i 's|^CERTLENS_SECRET_KEY=.*|CERTLENS_SECRET_KEY=|' "$ENV_FILE""#)
            .await;
    }

    /// Its database is gone.
    pub(super) async fn lose_clickhouse(&self) {
        let mut url = self.program.clickhouse_url();
        let name = url.path().trim_start_matches('/').to_owned();
        url.set_path("/");
        let answer = self
            .client
            .post(url)
            .body(format!("DROP DATABASE IF EXISTS {name} SYNC"))
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success());
    }

    pub(super) async fn until_clickhouse_holds_every_import(&self) {
        let begun = Instant::now();
        while !self
            .run("certlens doctor || true")
            .await
            .contains("answers, and holds every import")
        {
            assert!(begun.elapsed() < PATIENCE, "ClickHouse was not filled");
        }
    }

    pub(super) fn right_url(&self) -> String {
        format!("http://app.localhost:{}", self.port)
    }

    /// An administrator installs the application, or opens a local one for the first time.
    pub(super) async fn install(&self) {
        let portal = self.portal();
        let form = portal.open_installer_form();
        assert_eq!(self.post("/bitrix/install", &form).await.0, 200);
        portal.finish_installation();
    }

    // What happens in the registries.

    /// The registry has so many documents of the counterparty.
    async fn import(&self, documents: usize) {
        let lines: String = (0..documents).map(line).collect();
        let file = self.program.file("registry.jsonl", lines);
        self.certlens(&["import", "jsonl", argument(&file)]).await;
    }

    pub(super) fn registry_file(&self) -> PathBuf {
        self.program.path("registry.jsonl")
    }

    pub(super) async fn something_happens(&self) {
        self.import(2).await;
    }

    pub(super) async fn something_else_happens(&self) {
        self.import(3).await;
    }

    pub(super) async fn sending_is_not_paused_any_more(&self) {
        for statement in [
            "UPDATE notification_senders SET paused_until = NULL, pause_reason = NULL, failures = 0",
            "UPDATE notification_items SET due_at = least(due_at, now()), look_at = CASE WHEN is_uncertain THEN now() END
             WHERE state = 'waiting'",
        ] {
            sqlx::query(statement).execute(self.program.postgres()).await.unwrap();
        }
    }

    // What can be seen.

    pub(super) async fn assert_card_opens(&self, user_id: u64) {
        self.portal().reset_limits();
        let form = self
            .portal()
            .open_frame_form_as(user_id, EntityKind::Company, COMPANY, None);
        let (status, page) = self.post("/bitrix/app", &form).await;
        assert_eq!(status, 200, "{page}");
        assert!(
            page.contains("7707083893"),
            "the chosen identifier is not in the card: {page}"
        );
    }

    pub(super) async fn assert_main_page_opens(&self, user_id: u64) {
        let form = self.portal().open_main_form_as(user_id);
        let (status, page) = self.post("/bitrix/app", &form).await;
        assert_eq!(status, 200, "{page}");
    }

    pub(super) async fn assert_people_chose_what_they_had_chosen(&self) {
        for (what, query) in [
            (
                "subscription",
                "SELECT count(*) = 1 FROM subscriptions JOIN subscription_identifiers ON subscription_id = id
                 WHERE state = 'active' AND identifier = '7700000017'",
            ),
            (
                "setting",
                "SELECT count(*) = 1 FROM portal_settings WHERE notification ->> 'every' = 'at_once'",
            ),
            (
                "selection",
                "SELECT count(*) = 1 FROM card_identifiers WHERE value = '7707083893' AND chosen",
            ),
            (
                "portal",
                "SELECT count(*) = 1 FROM portals WHERE state = 'installed'",
            ),
        ] {
            assert!(self.is_true(query).await, "{what}");
        }
    }

    /// A change in the CRM reaches us.
    pub(super) async fn assert_events_arrive(&self) {
        let data = json!({"FIELDS": {"ID": COMPANY}});
        self.portal()
            .raise("ONCRMCOMPANYUPDATE", data, Some(ADMINISTRATOR));
        self.until_true(
            "SELECT EXISTS (SELECT FROM portal_events WHERE upper(event) = 'ONCRMCOMPANYUPDATE' AND state = 'done')",
        )
        .await;
    }

    pub(super) async fn until_told(&self) {
        self.until_true(
            "SELECT (SELECT version FROM recount_mark) = (SELECT coalesce(max(data_version), 0) FROM registry_state)
                AND NOT EXISTS (SELECT FROM subscription_identifiers WHERE NOT is_enrolled)
                AND NOT EXISTS (SELECT FROM news WHERE settled_at IS NULL)
                AND NOT EXISTS (SELECT FROM notification_items WHERE state <> 'sent')",
        )
        .await;
    }

    /// The second document is told once, and the first, which was there before, never.
    pub(super) async fn assert_told_once(&self) {
        self.until_told().await;
        assert_eq!(self.told().await, [0, 1, 0]);
    }

    pub(super) async fn assert_both_told_once(&self) {
        self.until_told().await;
        assert_eq!(self.told().await, [0, 1, 1]);
    }

    /// How often each document is told in the card.
    async fn told(&self) -> [usize; 3] {
        let portal = self.portal();
        portal.reset_limits();
        let question = json!({
            "auth": portal.issue_token(ADMINISTRATOR).access, "filter": {"PROVIDER_ID": "CRM_TODO"},
            "select": ["ID", "OWNER_ID", "DESCRIPTION"],
        });
        let url = url::Url::parse(&portal.portal_url()).unwrap();
        let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let request = self
            .client
            .post(format!(
                "http://{}/rest/crm.activity.list.json",
                self.simulator.address()
            ))
            .header("host", host)
            .header("content-type", "application/json");
        let answer = request.body(question.to_string()).send().await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let rows = answer["result"].as_array().unwrap_or_else(|| panic!("{answer}"));
        [0, 1, 2].map(|document| {
            rows.iter()
                .filter(|row| row["DESCRIPTION"].as_str().unwrap().contains(&number(document)))
                .count()
        })
    }

    pub(super) async fn until_true(&self, query: &'static str) {
        let begun = Instant::now();
        while !self.is_true(query).await {
            assert!(begun.elapsed() < PATIENCE, "it never came true: {query}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn is_true(&self, query: &'static str) -> bool {
        sqlx::query_scalar(query)
            .fetch_one(self.program.postgres())
            .await
            .unwrap()
    }

    async fn post(&self, path: &str, form: &FrameForm) -> (u16, String) {
        let request = self
            .client
            .post(format!("http://127.0.0.1:{}{path}?{}", self.port, form.query))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.body());
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) {
        let request = self
            .client
            .request(method, format!("http://127.0.0.1:{}{path}", self.port))
            .bearer_auth(OPERATOR_TOKEN)
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
    }

    pub(super) async fn close(self) {
        self.run("certlens_stop").await;
        let Self {
            program, simulator, ..
        } = self;
        drop(simulator);
        program.close().await;
    }
}

fn number(document: usize) -> String {
    format!("Д-RU.РА01.В.{document:05}/25")
}

fn line(document: usize) -> String {
    let line = json!({
        "registry": "rf_declarations", "source_id": document.to_string(),
        "number": format!("ЕАЭС N RU {}", number(document)), "kind": "declaration", "status": "active",
        "status_label": "Действует", "registered_on": "2025-08-28", "valid_until": "2099-08-27",
        "applicant": {"name": "ООО «Пример»", "country": "RU", "inn": INN},
        "technical_regulations": ["ТР ТС 004/2011"], "product": "Чайник",
    });
    format!("{line}\n")
}
