//! The routes as a list: what is served is named where it is served, and nowhere else.
//!
//! [`Routes`] is axum's router with a memory of its paths. All modules of `http` build theirs with it, so that tests can go through
//! every path that there is and a new one is covered by itself. What a route does, and who may use it, is not known here.

use crate::state::AppState;
use axum::Router;
use axum::routing::MethodRouter;

/// A router that remembers its paths.
#[derive(Default)]
pub(super) struct Routes {
    router: Router<AppState>,
    paths: Vec<String>,
}

impl Routes {
    /// Without any route.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// With one more.
    pub(super) fn route(mut self, path: &str, methods: MethodRouter<AppState>) -> Self {
        self.paths.push(path.to_owned());
        self.router = self.router.route(path, methods);
        self
    }

    /// With all of another.
    pub(super) fn merge(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        self.router = self.router.merge(other.router);
        self
    }

    /// With all of another, below a folder.
    pub(super) fn nest(mut self, folder: &str, other: Self) -> Self {
        self.paths
            .extend(other.paths.iter().map(|path| format!("{folder}{path}")));
        self.router = self.router.nest(folder, other.router);
        self
    }

    /// As axum serves it.
    pub(super) fn into_router(self) -> Router<AppState> {
        self.router
    }

    /// The paths, each once, as axum writes them: `/api/v1/imports/{id}`.
    pub(super) fn into_paths(mut self) -> Vec<String> {
        self.paths.sort();
        self.paths.dedup();
        self.paths
    }
}
