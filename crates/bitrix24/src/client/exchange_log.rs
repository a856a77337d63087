//! Requests and answers in the log, for whoever has to keep them: the market asks a server application for three days of both.
//!
//! They hold what portals hold, so nothing is written unless a filter asks for it by `TARGET`. The token is not among it: it goes
//! beside the parameters, and is taken out of an answer that repeats it. Exchanges with authorization servers are never written.

use http::StatusCode;
use tracing::{Level, debug, enabled};

use super::error::hide;
use super::exchange::Request;
use crate::network::PortalEndpoint;
use crate::token::AccessToken;

/// What a filter names, at the level *debug*.
const TARGET: &str = "certlens_bitrix24::exchanges";

/// Of a request and of an answer so many bytes are written.
const LONGEST: usize = 16 * 1024;

/// Writes both into the log, where somebody wants them.
pub(super) fn write(
    endpoint: &PortalEndpoint,
    request: &Request<'_>,
    status: StatusCode,
    answer: &[u8],
    token: &AccessToken,
) {
    if !enabled!(target: TARGET, Level::DEBUG) {
        return;
    }
    let parameters = serde_json::to_string(&request.parameters).unwrap_or_default();
    debug!(
        target: TARGET,
        portal = %endpoint.authority(),
        method = request.method,
        status = status.as_u16(),
        request = shown(parameters.as_bytes(), token),
        answer = shown(answer, token),
        "bitrix24 exchange"
    );
}

/// The beginning of a body without the token.
fn shown(body: &[u8], token: &AccessToken) -> String {
    // Before it is cut: half a token would not be found.
    let mut text = hide(&String::from_utf8_lossy(body), &[token.expose()]);
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('\u{2026}');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> AccessToken {
        AccessToken::parse("0a1b2c3d4e5f60718293a4b5c6d7e8f9").unwrap()
    }

    #[test]
    fn shown_has_no_token_wherever_it_stands() {
        let token = token();
        for padding in [0, 10, LONGEST - 40, LONGEST - 16, LONGEST - 1, LONGEST] {
            let body = format!("{}{}", "x".repeat(padding), token.expose().to_uppercase());
            let text = shown(body.as_bytes(), &token).to_lowercase();
            assert!(!text.contains(&token.expose()[..12]), "at {padding}");
        }
    }

    #[test]
    fn shown_of_a_long_body_is_its_beginning_in_whole_letters() {
        let text = shown("й".repeat(LONGEST).as_bytes(), &token());
        assert!(text.len() <= LONGEST + 3 && text.ends_with("й\u{2026}"));
    }
}
