//! Servers on sockets, with their workers: portals deliver events to them, two of them share one database.

use crate::running::{Answer, Server};
use certlens::connections::{self, ConnectionLimits};
use certlens::http::router;
use certlens::state::AppState;
use certlens_portal_sim::{FrameForm, PortalHandle, Simulator};
use certlens_portals::{CrawlPhase, Worker};
use certlens_store::{MemberId, Portal, Store};
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longer than anything of a test takes on a busy machine; a test that reaches it fails with a sentence.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server on a socket, with its worker.
pub(crate) struct Living {
    pub(crate) server: Server,
    /// Address for portals, `http://app.localhost:PORT`.
    pub(crate) url: String,
    pub(crate) state: AppState,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Living {
    /// A server that the simulator's portals take for the application.
    pub(crate) async fn beside(simulator: &Simulator) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://app.localhost:{}", listener.local_addr().unwrap().port());
        let server = Server::beside_at(simulator, &url).await;
        simulator.set_app_url(&url);
        Self::over(server, listener, url)
    }

    /// Another server on the same database and under the same address: a second process.
    pub(crate) async fn second(&self, simulator: &Simulator) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::sharing(&self.server, simulator, &self.url).await;
        Self::over(server, listener, self.url.clone())
    }

    fn over(server: Server, listener: TcpListener, url: String) -> Self {
        let state = AppState::new(&server.configuration, &server.data).unwrap();
        let routes = router(&state);
        let stop = CancellationToken::new();
        let serving_ends = stop.clone();
        let tasks = vec![
            tokio::spawn(async move {
                let limits = ConnectionLimits::default();
                let end = async move { serving_ends.cancelled().await };
                connections::serve(listener, routes, limits, end).await.unwrap();
            }),
            tokio::spawn(Worker::new(state.services.portals.clone()).run(stop.clone())),
        ];
        Self {
            server,
            url,
            state,
            stop,
            tasks,
        }
    }

    pub(crate) fn store(&self) -> Store {
        self.server.data.store()
    }

    pub(crate) async fn portal(&self, handle: &PortalHandle) -> Option<Portal> {
        self.store().portal(&member_id(handle)).await.unwrap()
    }

    /// Sends what a portal's page posts.
    pub(crate) async fn post(&self, path: &str, form: &FrameForm) -> Answer {
        self.server
            .post_form(&format!("{path}?{}", form.query), form.body())
            .await
    }

    /// Installs the application as an administrator does, and waits until the CRM is read.
    pub(crate) async fn install(&self, handle: &PortalHandle) {
        let answer = self.post("/bitrix/install", &handle.open_installer_form()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        handle.finish_installation();
        self.until_crawled(handle).await;
    }

    /// Waits until the portal's CRM is read.
    pub(crate) async fn until_crawled(&self, handle: &PortalHandle) {
        let portals = &self.state.services.portals;
        let member_id = certlens_bitrix24::MemberId::parse(&handle.member_id()).unwrap();
        until("the CRM is read", || async {
            let progress = portals.progress(&member_id).await.unwrap();
            progress.phase == CrawlPhase::Finished
        })
        .await;
    }

    /// Ends the work in the background and the socket; requests through the router are answered as before.
    pub(crate) fn stop_working(&self) {
        self.stop.cancel();
    }

    /// On the heap: the whole server is in it.
    pub(crate) fn close(self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            self.stop.cancel();
            for task in self.tasks {
                task.await.unwrap();
            }
            drop(self.state);
            self.server.close().await;
        })
    }
}

pub(crate) fn member_id(handle: &PortalHandle) -> MemberId {
    MemberId::parse(&handle.member_id()).unwrap()
}

/// Asks again and again until something holds.
pub(crate) async fn until<Answer: Future<Output = bool>>(what: &str, holds: impl Fn() -> Answer) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "it never came true that {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The requests that a portal's REST interface answered, without commands inside of batches.
pub(crate) fn rest_calls(handle: &PortalHandle) -> Vec<String> {
    handle
        .requests()
        .into_iter()
        .filter(|request| request.server == "portal" && !request.in_batch)
        .map(|request| request.method)
        .collect()
}

/// The token in `<meta name="certlens-session" content="…">`.
pub(crate) fn session_of(card: &Answer) -> String {
    let (_, meta) = card.body.split_once("name=\"certlens-session\"").unwrap();
    let (_, content) = meta.split_once("content=\"").unwrap();
    content.split_once('"').unwrap().0.to_owned()
}
