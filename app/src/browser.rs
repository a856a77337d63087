//! What the browser does beyond showing the page: start, the session header, and the talk with Bitrix24's frame.
//!
//! Without Bitrix24's library only the frame's height is lost; nothing here may fail the page.

use server_fn::client::Client;
use server_fn::client::browser::BrowserClient;
use server_fn::error::FromServerFnError;
use server_fn::request::browser::BrowserRequest;
use server_fn::response::browser::BrowserResponse;
use std::future::Future;

/// The element that holds the application, its own container: extensions and the portal's script add theirs beside.
pub const ROOT_ELEMENT: &str = "certlens";
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

#[cfg(feature = "hydrate")]
pub mod start;
