//! Logs: for a person on a terminal, JSON lines for machines otherwise, always on standard error, because standard
//! output belongs to the commands' results. `RUST_LOG` chooses what is logged, `CERTLENS_LOG_FORMAT` in which form.
//!
//! A line of JSON names the spans that it was written in, the outermost first: a request with its id and its portal, a
//! piece of background work with its kind and its portal. With `CERTLENS_OTLP_ENDPOINT` the same spans go to a collector
//! of OpenTelemetry as well ([`tracing_export`]).

mod tracing_export;

pub use tracing_export::{CollectorAddress, CollectorAddressError};

use std::io::IsTerminal as _;
use std::str::FromStr;
use tracing_export::SpanExport;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

/// What is logged unless `RUST_LOG` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A service: its operator wants to see what it does.
    Service,
    /// A command that ends by itself and says its own result.
    Command,
}

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// One JSON object, for machines.
    Json,
}

/// The text is no form of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected json or text; leave it out for text on a terminal and json elsewhere")]
pub struct UnknownLogFormat;

impl FromStr for LogFormat {
    type Err = UnknownLogFormat;

    fn from_str(text: &str) -> Result<Self, UnknownLogFormat> {
        match text {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err(UnknownLogFormat),
        }
    }
}

/// How to log.
#[derive(Debug, Clone, Copy)]
pub struct LogOptions<'a> {
    /// What is logged.
    pub occasion: Occasion,
    /// In which form; `None` = text on a terminal, JSON elsewhere.
    pub format: Option<LogFormat>,
    /// Where spans go besides.
    pub collector: Option<&'a CollectorAddress>,
}

/// Logging that was started. Dropping it sends the spans that still wait.
#[derive(Debug)]
#[must_use]
pub struct Logging(#[expect(dead_code, reason = "its end is what matters")] Option<SpanExport>);

/// Without the database driver's remarks: its long statements are those of an import, where they are usual.
const COMMAND_FILTER: &str = "warn,sqlx=error";
const SERVICE_FILTER: &str = "warn,sqlx=error,certlens=info,certlens_app=info,certlens_bitrix24=info,certlens_monitor=info,\
                              certlens_portals=info,certlens_registry=info,certlens_store=info,certlens_tracking=info,\
                              certlens_clickhouse_embedded=info,certlens_postgres_embedded=info";

/// Starts logging. Called once by the program; a second call changes nothing.
pub fn start(options: &LogOptions<'_>) -> Logging {
    let usual = match options.occasion {
        Occasion::Service => SERVICE_FILTER,
        Occasion::Command => COMMAND_FILTER,
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let format = options.format.unwrap_or_else(|| {
        if std::io::stderr().is_terminal() {
            LogFormat::Text
        } else {
            LogFormat::Json
        }
    });
    let lines = match format {
        LogFormat::Text => fmt::layer()
            .with_writer(std::io::stderr)
            .with_target(false)
            .boxed(),
        LogFormat::Json => json(std::io::stderr),
    };
    let export = options.collector.map(SpanExport::start).transpose();
    let (export, failure) = match export {
        Ok(export) => (export, None),
        Err(error) => (None, Some(error)),
    };
    let spans = export.as_ref().map(SpanExport::layer);
    // The error is "a logger is already there", as in tests.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(spans)
        .with(filter)
        .try_init();
    if let Some(error) = failure {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "spans are not exported; check CERTLENS_OTLP_ENDPOINT"
        );
    }
    Logging(export)
}

/// Lines of JSON, each with all the spans that it was written in.
fn json<S, W>(writer: W) -> Box<dyn tracing_subscriber::Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span> + Send + Sync,
    W: for<'writer> fmt::MakeWriter<'writer> + Send + Sync + 'static,
{
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_writer(writer)
        .boxed()
}

#[cfg(test)]
mod tests;
