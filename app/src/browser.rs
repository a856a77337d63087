//! What the browser does beyond showing the page: start, the session and its renewal, and the talk with Bitrix24's frame.
//!
//! Without Bitrix24's library the frame's height and the renewal of sessions are lost; nothing here may fail the page.

use server_fn::client::Client;
use server_fn::client::browser::BrowserClient;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use server_fn::request::browser::BrowserRequest;
use server_fn::response::browser::BrowserResponse;
use std::future::Future;

/// The element that holds the application, its own container: extensions and the portal's script add theirs beside.
pub const ROOT_ELEMENT: &str = "certlens";
/// The element that holds the board of a card.
pub const BOARD_ELEMENT: &str = "board";
/// The element that says to those who can't see it that the board is changing; its `data-busy` has the words.
pub const BOARD_STATUS: &str = "board-status";
/// What a reader takes for at once, in milliseconds: what takes longer shows that it is under way.
pub const AT_ONCE: u32 = 300;
/// The element that holds the control and the panel of tracking.
pub const TRACKING_ELEMENT: &str = "tracking";
/// The meta element that carries the session's token.
pub const SESSION_META: &str = "certlens-session";
/// The meta element that carries the address of Bitrix24's library.
pub const BX24_META: &str = "certlens-bx24";

/// Calls server functions with the session of the page in the `Authorization` header.
#[derive(Debug)]
pub struct SessionClient;

impl<Error, InputStreamError, OutputStreamError> Client<Error, InputStreamError, OutputStreamError>
    for SessionClient
where
    Error: FromServerFnError,
    InputStreamError: FromServerFnError,
    OutputStreamError: FromServerFnError,
{
    type Request = BrowserRequest;
    type Response = BrowserResponse;

    fn send(request: BrowserRequest) -> impl Future<Output = Result<BrowserResponse, Error>> + Send {
        #[cfg(feature = "hydrate")]
        if let Some(token) = start::meta(SESSION_META) {
            request
                .headers()
                .append("Authorization", &format!("Bearer {token}"));
        }
        <BrowserClient as Client<Error, InputStreamError, OutputStreamError>>::send(request)
    }

    fn open_websocket(
        path: &str,
    ) -> impl Future<
        Output = Result<
            (
                impl futures::Stream<Item = Result<server_fn::Bytes, server_fn::Bytes>> + Send + 'static,
                impl futures::Sink<server_fn::Bytes> + Send + 'static,
            ),
            Error,
        >,
    > + Send {
        <BrowserClient as Client<Error, InputStreamError, OutputStreamError>>::open_websocket(path)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as Client<Error, InputStreamError, OutputStreamError>>::spawn(future);
    }
}

/// Whether a server function did not understand its question; every other error means that no answer arrived.
pub(crate) const fn is_misunderstanding(error: &ServerFnErrorErr) -> bool {
    matches!(
        error,
        ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_)
    )
}

/// A server function's failure that may mean: the session is over.
pub trait EndsWithSession {
    /// Whether a renewed session may help.
    fn is_session_end(&self) -> bool;
}

/// Calls a server function within a living session: renews it before its end, and once more when the server says that
/// it is over. Where that fails, the server's answer stands.
pub async fn in_session<Value, Failure, Answer>(call: impl Fn() -> Answer) -> Result<Value, Failure>
where
    Answer: Future<Output = Result<Value, Failure>>,
    Failure: EndsWithSession,
{
    #[cfg(feature = "hydrate")]
    renewal::keep_fresh().await;
    let answer = call().await;
    #[cfg(feature = "hydrate")]
    if answer.as_ref().is_err_and(EndsWithSession::is_session_end) && renewal::renew().await {
        return call().await;
    }
    answer
}

/// Asks the portal to show the card anew after the application changed it.
pub fn reload_card() {
    #[cfg(feature = "hydrate")]
    start::reload_card();
}

#[cfg(all(feature = "hydrate", feature = "card"))]
pub(crate) mod board;
#[cfg(all(feature = "hydrate", feature = "card"))]
mod clipboard;
#[cfg(all(feature = "hydrate", feature = "card"))]
mod files;
#[cfg(all(feature = "hydrate", feature = "card"))]
mod identifier_check;
#[cfg(feature = "hydrate")]
mod marks;
#[cfg(all(feature = "hydrate", feature = "overview"))]
mod monitor;
#[cfg(feature = "hydrate")]
mod renewal;
#[cfg(feature = "hydrate")]
pub mod start;
#[cfg(all(feature = "hydrate", feature = "card"))]
pub(crate) mod tracking;
