//! All that takes part: a disk, both engines, the wires to them, the portals, the two processes of the service.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use certlens_clickhouse_embedded::{EmbeddedClickHouse, EmbeddedOptions};
use certlens_portal_sim::{GeneratedSeed, PortalHandle, Seed, Simulator, SimulatorOptions};
use certlens_postgres_embedded::{PostgresOptions, PrivatePostgres};
use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::process::Command;

use crate::disk::Disk;
use crate::fleet::Kept;
use crate::news::{self, FIRST, MANAGER};
use crate::outages::Outages;
use crate::schedule::{Engine, Server};
use crate::wire::Wire;

/// 32 bytes in base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OPERATOR_TOKEN: &str = "operator-token-of-a-test";
pub(crate) const CARDS: u64 = 20;
const PORTALS: u32 = 2;
/// What each call of a portal takes, so that there is something to break in the middle of.
const LATENCY: Duration = Duration::from_millis(150);
/// Longer nobody may take to come back, on a machine that does other things as well.
pub(crate) const RETURN_BOUND: Duration = Duration::from_secs(90);

pub(crate) struct World {
    pub(crate) servers: [Arc<Kept>; 2],
    pub(crate) simulator: Simulator,
    pub(crate) postgres: PgPool,
    pub(crate) postgres_line: Wire,
    pub(crate) clickhouse_line: Wire,
    pub(crate) disk: Disk,
    pub(crate) client: Client,
    pub(crate) database: Outages,
    pub(crate) began: Instant,
    /// What happened, with its time.
    pub(crate) chronicle: Mutex<Vec<String>>,
    settings: Vec<(&'static str, String)>,
    postgres_engine: PrivatePostgres,
    clickhouse_engine: EmbeddedClickHouse,
}

impl World {
    pub(crate) async fn start() -> Self {
        let disk = Disk::mount();
        let (postgres, clickhouse) = engines(disk.path()).await;
        let postgres_line = Wire::to(local(postgres.port())).await;
        let mut clickhouse_url = url::Url::parse(&clickhouse.url()).unwrap();
        let clickhouse_line = Wire::to(local(clickhouse_url.port().unwrap())).await;
        let mut postgres_url = url::Url::parse(&postgres.url()).unwrap();
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(5))
            .connect(postgres_url.as_str())
            .await
            .unwrap();
        postgres_url
            .set_port(Some(postgres_line.address().port()))
            .unwrap();
        clickhouse_url
            .set_port(Some(clickhouse_line.address().port()))
            .unwrap();
        clickhouse_url.set_username(clickhouse.user()).unwrap();
        clickhouse_url.set_password(Some(clickhouse.password())).unwrap();
        clickhouse_url.set_path("certlens");

        let ports = [free_port(), free_port()];
        let application = format!("http://app.localhost:{}", ports[0]);
        let seed = Seed::generated(GeneratedSeed {
            companies: CARDS,
            leads: 0,
            deals: 0,
            random: 7,
        });
        let simulator = Simulator::start(SimulatorOptions {
            app_url: application.clone(),
            portals: PORTALS,
            seed: Some(seed.unwrap()),
            limits: false,
            ..SimulatorOptions::default()
        })
        .await
        .unwrap();
        let settings = vec![
            ("CERTLENS_DATABASE_URL", postgres_url.to_string()),
            ("CERTLENS_CLICKHOUSE_URL", clickhouse_url.to_string()),
            (
                "CERTLENS_DATA_DIR",
                disk.path().join("data").display().to_string(),
            ),
            ("CERTLENS_PUBLIC_URL", application),
            ("CERTLENS_OPERATOR_TOKEN", OPERATOR_TOKEN.to_owned()),
            ("CERTLENS_ALLOW_INSECURE_PORTALS", "1".to_owned()),
            ("CERTLENS_OAUTH_SERVERS", simulator.auth_url()),
            ("CERTLENS_BITRIX_CLIENT_ID", simulator.client_id()),
            ("CERTLENS_BITRIX_CLIENT_SECRET", simulator.client_secret()),
            ("CERTLENS_SECRET_KEY", KEY.to_owned()),
            ("CERTLENS_DRAIN", "1s".to_owned()),
            ("CERTLENS_LOG_FORMAT", "text".to_owned()),
            ("RUST_LOG", "info".to_owned()),
        ];
        let servers = ports.map(|port| {
            let settings = settings.clone();
            let log = logs().join(format!("{port}.log"));
            let command = move || {
                let mut command = program(&settings);
                command
                    .arg("serve")
                    .env("CERTLENS_LISTEN", format!("127.0.0.1:{port}"));
                command
            };
            Arc::new(Kept::start(port, log, command))
        });
        let world = Self {
            servers,
            simulator,
            postgres: pool,
            postgres_line,
            clickhouse_line,
            disk,
            client: Client::builder()
                .timeout(Duration::from_secs(40))
                .build()
                .unwrap(),
            database: Outages::default(),
            began: Instant::now(),
            chronicle: Mutex::default(),
            settings,
            postgres_engine: postgres,
            clickhouse_engine: clickhouse,
        };
        for server in [Server::First, Server::Second] {
            world.until_ready(server).await.unwrap();
        }
        world.install().await;
        world
    }

    pub(crate) fn server(&self, server: Server) -> &Arc<Kept> {
        match server {
            Server::First => &self.servers[0],
            Server::Second => &self.servers[1],
        }
    }

    pub(crate) fn portals(&self) -> Vec<PortalHandle> {
        self.simulator.portals()
    }

    /// `certlens …` with the settings of the servers.
    pub(crate) fn command(&self) -> Command {
        program(&self.settings)
    }

    pub(crate) fn tell(&self, what: impl Into<String>) {
        let line = format!("{:7.1} s  {}", self.began.elapsed().as_secs_f64(), what.into());
        if std::env::var_os("CERTLENS_CHAOS_SEED").is_some() {
            eprintln!("{line}");
        }
        self.chronicle.lock().unwrap().push(line);
    }

    /// A signal to all processes of an engine, or to the one that leads them.
    pub(crate) fn signal(&self, engine: Engine, signal: Signal) {
        let directory = match engine {
            Engine::Postgres => self.disk.path().join("postgres/cluster"),
            Engine::ClickHouse => self.disk.path().join("clickhouse/data"),
        };
        if engine == Engine::Postgres && signal == Signal::KILL {
            let leader = i32::try_from(self.postgres_engine.process_id()).ok();
            if let Some(leader) = leader.and_then(Pid::from_raw) {
                let _ = kill_process(leader, signal);
            }
            return;
        }
        for process in processes_in(&directory) {
            // An error means that it has just ended.
            let _ = kill_process(process, signal);
        }
    }

    /// Waits until the process says that it can serve.
    pub(crate) async fn until_ready(&self, server: Server) -> Result<(), String> {
        let what = format!("{server:?} server is ready");
        self.until(&what, || async {
            let answer = self.client.get(self.server(server).url("/readyz"));
            let answer = answer.timeout(Duration::from_secs(5)).send().await;
            answer.is_ok_and(|answer| answer.status().is_success())
        })
        .await
    }

    /// Waits until the database answers us, not by the wire.
    pub(crate) async fn until_database_answers(&self) -> Result<(), String> {
        self.until("Postgres answers", || self.is_true("SELECT true"))
            .await
    }

    pub(crate) async fn until<Holds: Future<Output = bool> + Send>(
        &self,
        what: &str,
        holds: impl Fn() -> Holds + Send,
    ) -> Result<(), String> {
        let begun = Instant::now();
        while !holds().await {
            if begun.elapsed() > RETURN_BOUND {
                return Err(format!("it never came true: {what}"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// `false` also when nobody answers.
    pub(crate) async fn is_true(&self, query: &'static str) -> bool {
        let asked = sqlx::query_scalar::<_, bool>(query).fetch_one(&self.postgres);
        matches!(
            tokio::time::timeout(Duration::from_secs(5), asked).await,
            Ok(Ok(true))
        )
    }

    /// The application in each portal, a subscription in each card, items as soon as there are news.
    async fn install(&self) {
        for (place, portal) in self.portals().iter().enumerate() {
            let form = portal.open_installer_form();
            let install = self
                .client
                .post(self.servers[0].url(&format!("/bitrix/install?{}", form.query)))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.body());
            assert_eq!(install.send().await.unwrap().status(), 200);
            portal.finish_installation();
            let at_once = json!({"notification": {"kind": "todo", "every": "at_once"}});
            let settings = format!("/api/v1/portals/{}/settings", portal.member_id());
            self.ask(0, reqwest::Method::PATCH, &settings, &at_once)
                .await
                .unwrap();
            let subscriptions: Vec<Value> = (0..CARDS)
                .map(|card| {
                    json!({"entity": {"type": "company", "id": FIRST + card}, "user_id": MANAGER,
                           "identifiers": [news::inn(place, card)], "news": ["new_document"]})
                })
                .collect();
            let bulk = json!({"member_id": portal.member_id(), "subscriptions": subscriptions});
            self.ask(0, reqwest::Method::POST, "/api/v1/subscriptions/bulk", &bulk)
                .await
                .unwrap();
        }
        // Recounts know of the subscriptions before anything happens to their documents, and cards are in the index.
        self.ask(0, reqwest::Method::POST, "/api/v1/recount", &json!({}))
            .await
            .unwrap();
        let calm = "SELECT NOT EXISTS (SELECT FROM subscription_identifiers WHERE NOT is_enrolled)
                       AND (SELECT count(*) FROM crm_items) >= 40";
        self.until("subscriptions are enrolled and cards are known", || {
            self.is_true(calm)
        })
        .await
        .unwrap();
        for portal in self.portals() {
            let url = url::Url::parse(&portal.portal_url()).unwrap();
            let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
            let slow = format!(
                "http://127.0.0.1:{port}/__sim/latency?milliseconds={}",
                LATENCY.as_millis()
            );
            let answer = self.client.post(slow).header("host", format!("{host}:{port}"));
            assert!(answer.send().await.unwrap().status().is_success());
        }
    }

    /// Asks a process as the operator; the answer's body when it did what was asked.
    pub(crate) async fn ask(
        &self,
        server: usize,
        method: reqwest::Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, String> {
        let request = self
            .client
            .request(method, self.servers[server].url(path))
            .bearer_auth(OPERATOR_TOKEN)
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| error.to_string())?;
        if !status.is_success() {
            return Err(format!("{path}: {status} {text}"));
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Ends everything in order.
    pub(crate) async fn close(self) {
        for server in &self.servers {
            server.stop().await;
        }
        self.postgres.close().await;
        self.postgres_engine.stop().await;
        self.clickhouse_engine.stop().await;
    }
}

fn program(settings: &[(&'static str, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certlens"));
    command
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .current_dir("/")
        .kill_on_drop(true);
    command
}

/// Not on the disk that is filled: what broke is read there.
pub(crate) fn logs() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chaos-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

async fn engines(directory: &Path) -> (PrivatePostgres, EmbeddedClickHouse) {
    let postgres = PostgresOptions {
        memory: Some(1 << 30),
        ..PostgresOptions::new(directory.join("postgres"))
    };
    let clickhouse = EmbeddedOptions {
        library: std::env::var_os("CERTLENS_CLICKHOUSE_LIBRARY").map(PathBuf::from),
        memory: Some("1GiB".parse().unwrap()),
        ..EmbeddedOptions::new(directory.join("clickhouse"))
    };
    let (postgres, clickhouse) = tokio::join!(
        PrivatePostgres::start(&postgres),
        EmbeddedClickHouse::start(&clickhouse)
    );
    (postgres.unwrap(), clickhouse.unwrap())
}

/// The processes that work in a directory, or were told of it.
pub(crate) fn processes_in(directory: &Path) -> Vec<Pid> {
    let name = directory.display().to_string();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|process| {
            let id = process.file_name().to_str()?.parse().ok()?;
            let works_there =
                std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == directory);
            let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            let was_told = command
                .split(|byte| *byte == 0)
                .any(|argument| argument == name.as_bytes());
            (works_there || was_told).then(|| Pid::from_raw(id)).flatten()
        })
        .collect()
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
