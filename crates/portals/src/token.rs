//! Tokens that a proved frame or event brings, as a chain to keep.

use certlens_bitrix24::event::VerifiedInstallation;
use certlens_bitrix24::{AccessToken, RefreshToken, VerifiedFrame};
use certlens_store::{ChainSource, NewChain, TokenPair};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use crate::credentials::stored_user;

/// How long an access token lives when nobody says it.
const USUAL_LIFE: TimeDelta = TimeDelta::hours(1);

/// The chain that a proved frame begins; `None` when it brings no refresh token.
pub(crate) fn of_frame(
    frame: &VerifiedFrame,
    source: ChainSource,
    is_administrator: bool,
) -> Option<NewChain> {
    Some(NewChain {
        client_id: frame.client_id().as_str().to_owned(),
        user_id: stored_user(frame.user_id()),
        source,
        is_administrator,
        pair: pair(frame.access_token(), frame.refresh_token()?, frame.expires_at()),
    })
}

/// The chain that a proved installation event begins. Only administrators install applications.
pub(crate) fn of_installation(installed: &VerifiedInstallation) -> Option<NewChain> {
    Some(NewChain {
        client_id: installed.client_id().as_str().to_owned(),
        user_id: stored_user(installed.user_id()),
        source: ChainSource::Event,
        is_administrator: true,
        pair: pair(
            installed.access_token(),
            installed.refresh_token()?,
            installed.expires_at(),
        ),
    })
}

fn pair(access: &AccessToken, refresh: &RefreshToken, expires_at: Option<DateTime<Utc>>) -> TokenPair {
    TokenPair {
        access: SecretString::from(access.expose()),
        refresh: SecretString::from(refresh.expose()),
        expires_at: expires_at.unwrap_or_else(|| Utc::now() + USUAL_LIFE),
    }
}
