//! A server for one test: its own databases, its own data directory, the router without a socket.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use certlens::configuration::{Configuration, Settings};
use certlens::data::Data;
use certlens::http::router;
use certlens::state::AppState;
use certlens_portal_sim::{FrameForm, Simulator};
use certlens_test_engines::TestDatabases;
use futures::StreamExt as _;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use tempfile::TempDir;
use tower::ServiceExt as _;

pub(crate) const OPERATOR_TOKEN: &str = "operator-token-of-a-test";

/// What a build calls the files that pages refer to.
const BROWSER_FILES: [&str; 6] = [
    "certlens.css",
    "start.js",
    "certlens.js",
    "certlens_bg.wasm",
    "certlens-overview.js",
    "certlens-overview_bg.wasm",
];

/// A running server. End with [`Server::close`].
pub(crate) struct Server {
    pub(crate) data: Data,
    pub(crate) configuration: Configuration,
    router: Router,
    /// A server that shares another's databases leaves dropping them to that one.
    databases: Option<TestDatabases>,
    settings: Settings,
    _directory: TempDir,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A server that believes the simulator's authorization server.
    pub(crate) async fn beside(simulator: &Simulator) -> Self {
        Self::beside_at(simulator, "http://app.localhost:3000").await
    }

    /// The same under an address of its own.
    pub(crate) async fn beside_at(simulator: &Simulator, public_url: &str) -> Self {
        Self::with(|settings| believe(settings, simulator, public_url)).await
    }

    /// The same, where nobody has built the browser's half.
    pub(crate) async fn beside_without_browser_files(simulator: &Simulator) -> Self {
        Self::with(|settings| {
            believe(settings, simulator, "http://app.localhost:3000");
            settings.site_dir = settings.data_dir.clone();
        })
        .await
    }

    /// The same with Postgres alone.
    pub(crate) async fn beside_without_clickhouse(simulator: &Simulator) -> Self {
        Self::with(|settings| {
            believe(settings, simulator, "http://app.localhost:3000");
            settings.clickhouse_url = Some("off".into());
        })
        .await
    }

    /// A second server on the databases of another, as a second process is.
    pub(crate) async fn sharing(other: &Self, simulator: &Simulator, public_url: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let settings = Settings {
            data_dir: Some(directory.path().join("data")),
            oauth_servers: Some(simulator.auth_url()),
            public_url: Some(public_url.to_owned()),
            ..other.settings.clone()
        };
        Self::opened(settings, None, directory).await
    }

    /// The same with settings of its own.
    pub(crate) async fn sharing_with(
        other: &Self,
        simulator: &Simulator,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut settings = Settings {
            data_dir: Some(directory.path().join("data")),
            oauth_servers: Some(simulator.auth_url()),
            ..other.settings.clone()
        };
        change(&mut settings);
        Self::opened(settings, None, directory).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let databases = TestDatabases::create().await;
        let directory = tempfile::tempdir().unwrap();
        let clickhouse = databases.clickhouse();
        let mut clickhouse_url = url::Url::parse(&clickhouse.url).unwrap();
        clickhouse_url.set_username(&clickhouse.user).unwrap();
        clickhouse_url.set_password(Some(&clickhouse.password)).unwrap();
        clickhouse_url.set_path(&clickhouse.database);
        let mut settings = Settings {
            data_dir: Some(directory.path().join("data")),
            site_dir: Some(directory.path().join("site")),
            database_url: Some(databases.postgres_url().into()),
            clickhouse_url: Some(clickhouse_url.to_string().into()),
            operator_token: Some(OPERATOR_TOKEN.into()),
            public_url: Some("http://app.localhost:3000".to_owned()),
            secret_key: Some("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into()),
            ..Settings::default()
        };
        build_browser_files(&directory.path().join("site"));
        change(&mut settings);
        Self::opened(settings, Some(databases), directory).await
    }

    async fn opened(settings: Settings, databases: Option<TestDatabases>, directory: TempDir) -> Self {
        let configuration = Configuration::load(&settings).unwrap();
        let data = Data::open(&configuration).await.unwrap();
        let router = router(&AppState::new(&configuration, &data).unwrap());
        Self {
            data,
            configuration,
            router,
            databases,
            settings,
            _directory: directory,
        }
    }

    /// Every row of every table of ours, as text.
    pub(crate) async fn all_rows_as_text(&self) -> String {
        use sqlx::Row as _;
        let url = self.databases.as_ref().unwrap().postgres_url();
        let pool = sqlx::PgPool::connect(&url).await.unwrap();
        let tables = sqlx::query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&pool)
            .await
            .unwrap();
        let mut text = String::new();
        for table in tables {
            let name: String = table.get(0);
            let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
                "SELECT t::text || encode(convert_to(t::text, 'UTF8'), 'escape') FROM {name} AS t LIMIT 100000"
            )))
            .fetch_all(&pool)
            .await
            .unwrap();
            for row in rows {
                text.push_str(row.get(0));
            }
        }
        pool.close().await;
        text
    }

    /// Puts a file into the directory of the browser's files.
    pub(crate) fn put_site_file(&self, path: &str, content: &[u8]) {
        put(self.configuration.site_dir.as_ref().unwrap(), path, content);
    }

    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.send(Request::get(uri).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get_as_operator(&self, uri: &str) -> Answer {
        let request = Request::get(uri)
            .header(header::AUTHORIZATION, format!("Bearer {OPERATOR_TOKEN}"))
            .body(Body::empty())
            .unwrap();
        self.send(request).await
    }

    /// Sends JSON, or nothing, with this token.
    pub(crate) async fn ask(&self, token: &str, method: Method, uri: &str, body: Option<&Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn patch_as_operator(&self, uri: &str, change: &Value) -> Answer {
        let request = Request::patch(uri)
            .header(header::AUTHORIZATION, format!("Bearer {OPERATOR_TOKEN}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(change.to_string()))
            .unwrap();
        self.send(request).await
    }

    pub(crate) async fn post_form(&self, uri: &str, form: String) -> Answer {
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        self.send(request).await
    }

    /// Installs the application into the portal; what it holds is not read.
    pub(crate) async fn install(&self, simulator: &Simulator) {
        simulator.set_app_url("http://app.localhost:3000");
        let answer = self
            .post_frame("/bitrix/install", &simulator.open_installer_form())
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        simulator.finish_installation();
    }

    /// Sends what a portal's page posts.
    pub(crate) async fn post_frame(&self, path: &str, form: &FrameForm) -> Answer {
        self.post_form(&format!("{path}?{}", form.query), form.body())
            .await
    }

    /// The answer to an opened frame, as it comes.
    pub(crate) async fn open(&self, form: &FrameForm) -> Response {
        let request = Request::post(format!("/bitrix/app?{}", form.query))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.body()))
            .unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Takes everything from ClickHouse, as somebody does who drops its database and makes it anew.
    pub(crate) async fn wipe_clickhouse(&self) {
        let clickhouse = self.databases.as_ref().unwrap().clickhouse();
        for statement in ["DROP DATABASE", "CREATE DATABASE"] {
            let answer = reqwest::Client::new()
                .post(&clickhouse.url)
                .basic_auth(&clickhouse.user, Some(&clickhouse.password))
                .body(format!("{statement} {}", clickhouse.database))
                .send()
                .await
                .unwrap();
            assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        }
    }

    /// The database, for what a test does beside the server.
    pub(crate) fn postgres(&self) -> &sqlx::PgPool {
        self.databases.as_ref().unwrap().postgres()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// The same; of an answer without an end (`is_stream`) what comes within a moment.
    pub(crate) async fn send_briefly(&self, request: Request<Body>, is_stream: bool) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        if !is_stream || !response.status().is_success() {
            return Answer::of(response).await;
        }
        let (parts, body) = response.into_parts();
        let mut pieces = body.into_data_stream();
        let first = tokio::time::timeout(std::time::Duration::from_millis(100), pieces.next()).await;
        let first = first.ok().flatten().and_then(Result::ok).unwrap_or_default();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&first).into_owned(),
        }
    }

    pub(crate) async fn close(self) {
        drop(self.router);
        self.data.close().await;
        if let Some(databases) = self.databases {
            databases.drop_all().await;
        }
    }
}

fn believe(settings: &mut Settings, simulator: &Simulator, public_url: &str) {
    settings.allow_insecure_portals = Some(true);
    settings.oauth_servers = Some(simulator.auth_url());
    settings.bitrix_client_id = Some(simulator.client_id());
    settings.bitrix_client_secret = Some(simulator.client_secret().into());
    settings.public_url = Some(public_url.to_owned());
}

/// Files as a build leaves them, each named by some content.
fn build_browser_files(site: &Path) {
    let named = BROWSER_FILES.map(|plain| (plain, format!("0123456789abcdef.{plain}")));
    for (plain, name) in &named {
        put(site, &format!("pkg/{name}"), plain.as_bytes());
    }
    let list = serde_json::to_vec(&HashMap::from(named)).unwrap();
    put(site, "files.json", &list);
}

fn put(site: &Path, path: &str, content: &[u8]) {
    let path = site.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}
