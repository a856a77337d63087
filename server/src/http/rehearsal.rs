//! A card's page without a frame: how a look at a portal finds out whether cards open.
//!
//! The way is that of a real opening behind its proof: identifiers, analytics, rendering. Nobody gets the page, and no session
//! is made for it.

use super::document::{self, Framing};
use axum::body::to_bytes;
use axum::http::StatusCode;
use certlens_app::card::open::{self, OpenError};
use certlens_app::services::Services;
use certlens_app::shell::{Head, PageFiles};
use certlens_bitrix24::{EntityId, EntityType, PortalClient};
use certlens_domain::language::Language;
use certlens_portals::{PageTest, Viewer};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::fmt;
use std::sync::Arc;

/// No page is nearly as long.
const LONGEST_PAGE: usize = 32 * 1024 * 1024;

/// Makes cards' pages for nobody.
pub(crate) struct Rehearsal {
    services: Services,
    files: Option<Arc<PageFiles>>,
}

impl Rehearsal {
    pub(crate) fn new(services: Services, files: Option<Arc<PageFiles>>) -> Self {
        // Pages run their reactive tasks on tokio. A second call changes nothing.
        let _ = any_spawner::Executor::init_tokio();
        Self { services, files }
    }

    async fn rehearse(
        &self,
        viewer: &Viewer,
        client: &PortalClient,
        (entity_type, id): (EntityType, EntityId),
    ) -> Result<(), String> {
        let language = Language::Ru;
        let opened = match open::rehearse(&self.services, viewer, client, (entity_type, id), language).await {
            Ok(opened) => opened,
            // A page that says so: the item went, or this user's right to see it.
            Err(OpenError::AccessDenied | OpenError::NotFound) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        let head = Head {
            language,
            title: String::new(),
            session_token: String::new(),
            bx24_library: String::new(),
            files: self.files.clone(),
        };
        let page = document::card(head, opened, Framing::Alone).await;
        let status = page.status();
        if status != StatusCode::OK {
            return Err(format!("the page's status is {status}"));
        }
        let bytes = to_bytes(page.into_body(), LONGEST_PAGE)
            .await
            .map_err(|error| format!("the page broke off: {error}"))?;
        if String::from_utf8_lossy(&bytes).contains("</html>") {
            Ok(())
        } else {
            Err("the page has no end".to_owned())
        }
    }
}

impl PageTest for Rehearsal {
    fn open<'a>(
        &'a self,
        viewer: &'a Viewer,
        client: &'a PortalClient,
        card: (EntityType, EntityId),
    ) -> BoxFuture<'a, Result<(), String>> {
        self.rehearse(viewer, client, card).boxed()
    }
}

impl fmt::Debug for Rehearsal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Rehearsal")
    }
}
