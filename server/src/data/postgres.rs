//! The first connection to Postgres: whether it is worth waiting for, and for how long.
//!
//! May know: what a database says that is only starting. Must not know: what is stored in it.

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, PgPool};
use std::str::FromStr as _;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Postgres's code.
pub(super) const NO_SUCH_DATABASE: &str = "3D000";
/// What to say when it does not answer.
pub(super) const UNREACHABLE: &str =
    "Postgres can't be reached; check CERTLENS_DATABASE_URL and that it runs";
/// Enough for a hundred managers at once: a search holds a connection for milliseconds.
const CONNECTIONS: u32 = 20;
/// Opened when they are needed and closed when they are not.
const CONNECTIONS_OF_LONG_WORK: u32 = 12;
/// Connections of long work are closed when nothing used them for so long.
const LONG_WORK_IS_OVER: Duration = Duration::from_secs(30);
/// No request waits half as long; what nobody waits for any more must not hold its connection for ever.
const LONGEST_STATEMENT: &str = "SET statement_timeout = '5min'";
/// A card must not hang on a full pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(5);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two sentences in the log.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// Codes of a server that is there and can't serve yet: it starts, it ends, it has no connection left.
const PASSING_CODES: [&str; 4] = ["57P03", "57P01", "57P02", "53300"];

/// Opens the pool. A server that does not answer yet is waited for as long as `patience` says; one that refuses us is
/// not. `given_up` ends the waiting.
pub(super) async fn connect(
    url: &SecretString,
    patience: Duration,
    given_up: &CancellationToken,
) -> anyhow::Result<PgPool> {
    wait_for_answer(url, patience, given_up).await?;
    certlens_store::pool_options()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(LONGEST_STATEMENT).execute(connection).await?;
                Ok(())
            })
        })
        .connect_with(options(url)?)
        .await
        .context(UNREACHABLE)
}

/// The pool of imports, exports, recounts and backups, whose statements may take hours.
pub(super) fn connect_for_long_work(url: &SecretString) -> anyhow::Result<PgPool> {
    Ok(certlens_store::pool_options()
        .max_connections(CONNECTIONS_OF_LONG_WORK)
        .idle_timeout(LONG_WORK_IS_OVER)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options(url)?))
}

/// The address, with our name for the database's list of sessions unless it says another.
pub(super) fn options(url: &SecretString) -> anyhow::Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url.expose_secret()).context(UNREACHABLE)?;
    let is_named = options
        .get_application_name()
        .is_some_and(|name| !name.is_empty());
    Ok(if is_named {
        options
    } else {
        options.application_name(certlens_store::APPLICATION_NAME)
    })
}

async fn wait_for_answer(
    url: &SecretString,
    patience: Duration,
    given_up: &CancellationToken,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut told: Option<Instant> = None;
    loop {
        let error = match tokio::time::timeout(ATTEMPT, PgConnection::connect(url.expose_secret())).await {
            Ok(Ok(connection)) => {
                // The answer is what was wanted; how its connection ends does not matter.
                let _ = connection.close().await;
                return Ok(());
            }
            Ok(Err(error)) if !is_passing(&error) => {
                return Err(error)
                    .context("Postgres refuses the connection; check user, password and database in CERTLENS_DATABASE_URL");
            }
            Ok(Err(error)) => anyhow::Error::new(error),
            Err(_) => anyhow::anyhow!("no answer within {} s", ATTEMPT.as_secs()),
        };
        if begun.elapsed() >= patience {
            let waited = begun.elapsed().as_secs();
            return Err(error).with_context(|| {
                format!(
                    "Postgres can't be reached (tried for {waited} s); check CERTLENS_DATABASE_URL and that it runs"
                )
            });
        }
        if told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            tracing::warn!(
                error = format!("{error:#}"),
                seconds_left = patience.saturating_sub(begun.elapsed()).as_secs(),
                "Postgres does not answer yet; the start waits for it"
            );
            told = Some(Instant::now());
        }
        tokio::select! {
            () = given_up.cancelled() => anyhow::bail!("stopped while waiting for Postgres"),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Whether the same attempt may succeed a moment later with nothing changed by anybody.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| PASSING_CODES.contains(&code.as_ref())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An address where nobody listens.
    fn nobody() -> SecretString {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        format!("postgres://somebody:secret@127.0.0.1:{port}/certlens").into()
    }

    #[tokio::test]
    async fn connect_to_nobody_without_patience_ends_with_a_sentence_that_says_what_to_do() {
        let error = connect(&nobody(), Duration::ZERO, &CancellationToken::new())
            .await
            .unwrap_err();

        let sentence = format!("{error:#}");
        assert!(sentence.contains("CERTLENS_DATABASE_URL"), "{sentence}");
        assert!(!sentence.contains("secret"), "{sentence}");
    }

    #[tokio::test]
    async fn connect_to_nobody_ends_at_once_when_it_is_given_up() {
        let given_up = CancellationToken::new();
        given_up.cancel();

        let error = connect(&nobody(), Duration::from_hours(1), &given_up)
            .await
            .unwrap_err();

        assert!(error.to_string().contains("stopped"), "{error:#}");
    }

    #[test]
    fn an_address_that_can_never_work_is_not_waited_for() {
        assert!(!is_passing(&sqlx::Error::Configuration("no address".into())));
        assert!(is_passing(&sqlx::Error::Io(std::io::Error::from(
            std::io::ErrorKind::ConnectionRefused
        ))));
    }
}
