//! The operator's session: he signed on with the service's operator token and said who he is.
//!
//! Signed like the sessions of portals' users, for eight hours, and bound to the operator token: when that is changed, all
//! sessions made with the old one are worth nothing. Whether an attempt to sign on may be made at all, is not known here.

use super::{SessionError, SessionKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// How long an operator stays signed on.
pub const OPERATOR_SESSION_LIFE: Duration = Duration::hours(8);
/// Longer names are cut off.
const LONGEST_NAME: usize = 60;

/// Begins what is signed for an operator's session: no other claims begin so.
const OPERATOR_MARK: &str = "operator\0";
/// Begins what binds a session to the operator token.
const TOKEN_MARK: &str = "operator token\0";
/// Tells the token of an operator's session from that of a portal's user without trying.
const PREFIX: &str = "op.";

/// An operator who signed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorSession {
    /// What he calls himself, for the audit log.
    pub name: String,
    /// When he has to sign on again.
    pub expires_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    /// Name.
    n: String,
    /// Expiry, seconds since 1970.
    x: i64,
    /// What binds it to the operator token.
    t: String,
}

impl OperatorSession {
    /// The session of somebody who gave the right token `now`.
    pub fn new(name: &str, now: DateTime<Utc>) -> Self {
        let name: String = name
            .chars()
            .filter(|character| !character.is_control())
            .take(LONGEST_NAME)
            .collect();
        Self {
            name: name.trim().to_owned(),
            expires_at: now + OPERATOR_SESSION_LIFE,
        }
    }
}

impl SessionKey {
    /// The token that stands for an operator's session.
    pub fn sign_operator(&self, session: &OperatorSession, token: &SecretString) -> String {
        let claims = Claims {
            n: session.name.clone(),
            x: session.expires_at.timestamp(),
            t: self.token_mark(token),
        };
        // Plain fields always serialise.
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap_or_default());
        let signature = self
            .mac(&format!("{OPERATOR_MARK}{claims}"))
            .finalize()
            .into_bytes();
        format!("{PREFIX}{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The operator's session for which a token stands, if we signed it, its time is not over, and the operator token is still
    /// the same.
    pub fn verify_operator(
        &self,
        signed: &str,
        token: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<OperatorSession, SessionError> {
        let (claims, signature) = signed
            .strip_prefix(PREFIX)
            .and_then(|signed| signed.split_once('.'))
            .ok_or(SessionError::Invalid)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| SessionError::Invalid)?;
        self.proved(&format!("{OPERATOR_MARK}{claims}"), &signature)?;
        let claims = URL_SAFE_NO_PAD
            .decode(claims)
            .map_err(|_| SessionError::Invalid)?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| SessionError::Invalid)?;
        if !self.token_marks(token).contains(&claims.t) || claims.x <= now.timestamp() {
            return Err(SessionError::Expired);
        }
        Ok(OperatorSession {
            name: claims.n,
            expires_at: DateTime::from_timestamp(claims.x, 0).ok_or(SessionError::Invalid)?,
        })
    }

    /// What changes with the operator token and tells nothing of it.
    fn token_mark(&self, token: &SecretString) -> String {
        Self::token_mark_by(&self.signing, token)
    }

    /// The same by each of the keys.
    fn token_marks(&self, token: &SecretString) -> Vec<String> {
        let keys = std::iter::once(&self.signing).chain(&self.other);
        keys.map(|key| Self::token_mark_by(key, token)).collect()
    }

    fn token_mark_by(key: &Hmac<Sha256>, token: &SecretString) -> String {
        let mut mac = key.clone();
        mac.update(TOKEN_MARK.as_bytes());
        mac.update(token.expose_secret().as_bytes());
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..12])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{now, session};
    use super::*;

    fn signed_on() -> (SessionKey, SecretString, OperatorSession) {
        let session = OperatorSession::new(" Анна\n ", now());
        (
            SessionKey::new(&[7; 32]),
            "the operator's token".to_owned().into(),
            session,
        )
    }

    #[test]
    fn operator_who_signed_on_is_known_again_by_his_name() {
        let (key, token, session) = signed_on();
        let signed = key.sign_operator(&session, &token);

        let verified = key.verify_operator(&signed, &token, now());

        assert_eq!(verified.unwrap().name, "Анна");
    }

    #[test]
    fn operator_stays_signed_on_while_keys_are_changed() {
        let (key, token, session) = signed_on();
        let signed = key.sign_operator(&session, &token);
        let between = SessionKey::new(&[8; 32]).believing(&[7; 32]);

        assert!(between.verify_operator(&signed, &token, now()).is_ok());
        assert!(
            between
                .verify_operator(&signed, &"another".to_owned().into(), now())
                .is_err()
        );
    }

    #[test]
    fn changed_operator_token_ends_all_sessions_made_with_the_old_one() {
        let (key, token, session) = signed_on();
        let signed = key.sign_operator(&session, &token);

        let verified = key.verify_operator(&signed, &"another".to_owned().into(), now());

        assert_eq!(verified, Err(SessionError::Expired));
    }

    #[test]
    fn operators_session_ends_after_eight_hours() {
        let (key, token, session) = signed_on();
        let signed = key.sign_operator(&session, &token);
        let later = now() + OPERATOR_SESSION_LIFE;
        assert_eq!(
            key.verify_operator(&signed, &token, later),
            Err(SessionError::Expired)
        );
    }

    #[test]
    fn session_of_a_portals_user_is_no_operators_session_and_the_other_way_round() {
        let (key, token, operator) = signed_on();
        let (users, operators) = (key.sign(&session()), key.sign_operator(&operator, &token));
        assert_eq!(
            key.verify_operator(&users, &token, now()),
            Err(SessionError::Invalid)
        );
        assert_eq!(
            key.verify_operator(&format!("op.{users}"), &token, now()),
            Err(SessionError::Invalid)
        );
        assert!(key.verify(&operators, now()).is_err());
        assert!(key.verify(operators.trim_start_matches("op."), now()).is_err());
    }
}
