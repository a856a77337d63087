//! The search engine mended by hand: what ClickHouse lacks is copied from Postgres.

use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::open::Monitor;
use crate::texts::Texts;
use certlens_domain::language::Language;
use certlens_registry::ImportError;
use certlens_store::MemberId;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::time::Duration;

/// What is done in this time is told as done; the rest goes on by itself.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// What can be done about the engines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnginesAction {
    /// Makes ClickHouse's tables if they are gone, and copies every document that it lacks.
    FillClickhouse {},
}

impl Perform for EnginesAction {
    fn name(&self) -> &'static str {
        "engines.fill_clickhouse"
    }

    fn portal(&self) -> Option<&MemberId> {
        None
    }

    fn subject(&self, _: Language) -> String {
        "ClickHouse".to_owned()
    }

    async fn preview(&self, _: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        let texts = Texts(request.language);
        Ok(Preview {
            question: texts.fill_clickhouse_question().to_owned(),
            effects: vec![texts.fill_clickhouse_effect().to_owned()],
            needs_reason: false,
            is_destructive: false,
            button: texts.fill_clickhouse().to_owned(),
        })
    }

    async fn perform(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        let texts = Texts(request.language);
        let importer = monitor.importer.clone();
        // Millions of documents take minutes; whoever pressed the button does not have to wait for the last.
        let filling = tokio::spawn(async move {
            let filled = importer.restore_clickhouse().await;
            match &filled {
                Ok(()) => tracing::info!("ClickHouse holds every import again"),
                Err(error) => tracing::warn!(error = error as &dyn Error, "ClickHouse was not filled"),
            }
            filled
        });
        match tokio::time::timeout(TOLD_WITHIN, filling).await {
            Ok(Ok(Ok(()))) => Ok(Done::told(texts.clickhouse_filled())),
            Ok(Ok(Err(ImportError::Busy))) => Err(ActionRefused::Refused(texts.clickhouse_busy().to_owned())),
            Ok(Ok(Err(error))) => Err(ActionRefused::Failed {
                what: texts.clickhouse_not_filled().to_owned(),
                source: Box::new(error),
            }),
            Ok(Err(panicked)) => Err(ActionRefused::Failed {
                what: texts.clickhouse_not_filled().to_owned(),
                source: Box::new(panicked),
            }),
            Err(_) => Ok(Done::told(texts.clickhouse_is_being_filled())),
        }
    }
}
