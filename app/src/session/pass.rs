//! Passes: what a page may fetch by a plain link from an address of ours, once asked for in its session.
//!
//! A download and a stream of events are requests of the browser that carry no `Authorization` header. So the page asks in its
//! session and gets a pass for exactly this address, good for a minute. It is signed, not encrypted, and dies with the portal's
//! generation of sessions or with the operator token. See [`Ticket`](super::Ticket) for errands that are no address.

use super::{OperatorSession, Session, SessionError, SessionKey, TICKET_LIFE};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certlens_bitrix24::{MemberId, UserId};
use chrono::{DateTime, Utc};
use hmac::Mac as _;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Begins what is signed for a pass: no other claims begin so.
const PASS_MARK: &str = "pass\0";

/// Who got a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassBearer {
    /// The operator.
    Operator(OperatorSession),
    /// A portal's user: his session without a card, which ends with the pass.
    User(Session),
}

#[derive(Serialize, Deserialize)]
struct Claims {
    /// Address: path and query without the pass.
    a: String,
    /// Expiry, seconds since 1970.
    x: i64,
    /// The operator's signed session; it has its own end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    o: Option<String>,
    /// Portal, user and generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    u: Option<(String, u64, i64)>,
}

impl SessionKey {
    /// A pass for an address of ours. `operator_token` is needed for the operator's.
    pub fn sign_pass(
        &self,
        bearer: &PassBearer,
        address: &str,
        operator_token: Option<&SecretString>,
        now: DateTime<Utc>,
    ) -> Option<String> {
        let (o, u) = match bearer {
            PassBearer::Operator(session) => (Some(self.sign_operator(session, operator_token?)), None),
            PassBearer::User(session) => (
                None,
                Some((
                    session.member_id().as_str().to_owned(),
                    session.user_id().0,
                    session.generation(),
                )),
            ),
        };
        let claims = Claims {
            a: address.to_owned(),
            x: (now + TICKET_LIFE).timestamp(),
            o,
            u,
        };
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).ok()?);
        let signature = self.mac(&format!("{PASS_MARK}{claims}")).finalize().into_bytes();
        Some(format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Who got this pass, if it is ours, for this address, and its minute is not over. Whether a user's portal revoked it since is
    /// for the caller to ask.
    pub fn verify_pass(
        &self,
        pass: &str,
        address: &str,
        operator_token: Option<&SecretString>,
        now: DateTime<Utc>,
    ) -> Result<PassBearer, SessionError> {
        let (claims, signature) = pass.split_once('.').ok_or(SessionError::Invalid)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| SessionError::Invalid)?;
        self.proved(&format!("{PASS_MARK}{claims}"), &signature)?;
        let claims = URL_SAFE_NO_PAD
            .decode(claims)
            .map_err(|_| SessionError::Invalid)?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| SessionError::Invalid)?;
        if claims.a != address {
            return Err(SessionError::Invalid);
        }
        if claims.x <= now.timestamp() {
            return Err(SessionError::Expired);
        }
        match (claims.o, claims.u) {
            (Some(operator), None) => {
                let token = operator_token.ok_or(SessionError::Expired)?;
                Ok(PassBearer::Operator(self.verify_operator(&operator, token, now)?))
            }
            (None, Some((member_id, user_id, generation))) => Ok(PassBearer::User(Session {
                member_id: MemberId::parse(&member_id).map_err(|_| SessionError::Invalid)?,
                user_id: UserId(user_id),
                placement: None,
                entity: None,
                generation,
                expires_at: DateTime::from_timestamp(claims.x, 0).ok_or(SessionError::Invalid)?,
            })),
            _ => Err(SessionError::Invalid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{now, session};
    use super::*;

    const ADDRESS: &str = "/api/v1/monitor/queue?export=work";

    #[test]
    fn pass_is_good_for_its_address_only() {
        let key = SessionKey::new(&[7; 32]);
        let pass = key
            .sign_pass(&PassBearer::User(session()), ADDRESS, None, now())
            .unwrap();

        assert!(matches!(
            key.verify_pass(&pass, ADDRESS, None, now()),
            Ok(PassBearer::User(bearer)) if bearer.member_id() == session().member_id()
        ));
        assert_eq!(
            key.verify_pass(&pass, "/api/v1/monitor/audit?export=audit", None, now()),
            Err(SessionError::Invalid)
        );
    }

    #[test]
    fn pass_is_over_after_a_minute() {
        let key = SessionKey::new(&[7; 32]);
        let pass = key
            .sign_pass(&PassBearer::User(session()), ADDRESS, None, now())
            .unwrap();
        assert_eq!(
            key.verify_pass(&pass, ADDRESS, None, now() + TICKET_LIFE),
            Err(SessionError::Expired)
        );
    }

    #[test]
    fn operators_pass_dies_with_the_operator_token() {
        let key = SessionKey::new(&[7; 32]);
        let (token, other): (SecretString, SecretString) = ("one".to_owned().into(), "two".to_owned().into());
        let operator = PassBearer::Operator(OperatorSession::new("Anna", now()));
        let pass = key.sign_pass(&operator, ADDRESS, Some(&token), now()).unwrap();

        assert_eq!(key.verify_pass(&pass, ADDRESS, Some(&token), now()), Ok(operator));
        assert_eq!(
            key.verify_pass(&pass, ADDRESS, Some(&other), now()),
            Err(SessionError::Expired)
        );
    }
}
