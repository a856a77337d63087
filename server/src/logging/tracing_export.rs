//! Spans for a collector of OpenTelemetry: OTLP over HTTP, as protobuf.
//!
//! The exporter collects spans on a thread of its own and sends them in batches; a collector that is away costs the spans, and
//! nothing else. It sends over our own HTTP client, on a runtime of its own, so that what was collected last can still be
//! sent when the program's runtime has ended. Without an address none of it exists.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::fmt;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;
use tokio::runtime::Runtime;
use tracing_opentelemetry::OpenTelemetryLayer;
use url::Url;

/// Where OTLP over HTTP takes spans.
const TRACES: &str = "v1/traces";
/// How long the collector may take for a batch.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the last batch may take when the program ends.
const LAST_PATIENCE: Duration = Duration::from_secs(3);
/// An answer is a few bytes; more of one is not read.
const MOST_ANSWER: usize = 64 * 1024;

/// The address of a collector's HTTP interface.
#[derive(Clone, PartialEq, Eq)]
pub struct CollectorAddress(Url);

/// The text is no address of a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an http or https address, such as http://collector:4318")]
pub struct CollectorAddressError;

impl FromStr for CollectorAddress {
    type Err = CollectorAddressError;

    fn from_str(text: &str) -> Result<Self, CollectorAddressError> {
        let mut url = Url::parse(text).map_err(|_| CollectorAddressError)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(CollectorAddressError);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if !path.ends_with(TRACES) {
            url.set_path(&format!("{path}/{TRACES}"));
        }
        Ok(Self(url))
    }
}

/// Without what stands before the host: it may be a password.
impl fmt::Debug for CollectorAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("CollectorAddress")
            .field(&self.0.host_str())
            .finish()
    }
}

/// Why spans can't be exported.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportUnable {
    #[error("no thread could be started for the export of spans")]
    Runtime(#[source] std::io::Error),
    #[error("no HTTP client could be made for the export of spans")]
    Client(#[source] reqwest::Error),
    #[error("no exporter of spans could be made")]
    Exporter(#[source] ExporterBuildError),
}

/// A running export. Dropping it sends what waits.
#[derive(Debug)]
pub(super) struct SpanExport(SdkTracerProvider);

impl SpanExport {
    pub(super) fn start(address: &CollectorAddress) -> Result<Self, ExportUnable> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new()?)
            .with_endpoint(address.0.as_str())
            .with_timeout(PATIENCE)
            .build()
            .map_err(ExportUnable::Exporter)?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder().with_service_name("certlens").build())
            .build();
        Ok(Self(provider))
    }

    /// What gives the export its spans.
    pub(super) fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
    {
        tracing_opentelemetry::layer().with_tracer(self.0.tracer("certlens"))
    }
}

impl Drop for SpanExport {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST_PATIENCE) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the last spans were not sent"
            );
        }
    }
}

/// Our HTTP client with a runtime of its own: the exporter's thread has none.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Option<Runtime>,
}

impl Client {
    fn new() -> Result<Self, ExportUnable> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("certlens-spans")
            .enable_all()
            .build()
            .map_err(ExportUnable::Runtime)?;
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .build()
            .map_err(ExportUnable::Client)?;
        Ok(Self {
            http,
            runtime: Some(runtime),
        })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime that waits for its end must not do so inside of another one.
            runtime.shutdown_background();
        }
    }
}

impl HttpClient for Client {
    fn send_bytes<'life, 'future>(
        &'life self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'life: 'future,
        Self: 'future,
    {
        let http = self.http.clone();
        let runtime = self.runtime.as_ref().map(Runtime::handle);
        let sent = runtime.map(|runtime| runtime.spawn(async move { send(&http, request).await }));
        Box::pin(async move {
            match sent {
                Some(sent) => sent.await?,
                None => Err("the export of spans has ended".into()),
            }
        })
    }
}

async fn send(http: &reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let mut answer = http.execute(request.try_into()?).await?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if body.len() + piece.len() > MOST_ANSWER {
            return Err("the collector's answer is too large".into());
        }
        body.extend_from_slice(&piece);
    }
    Ok(response.body(Bytes::from(body))?)
}

#[cfg(test)]
mod tests;
