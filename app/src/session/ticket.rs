//! Tickets: what a page was allowed to fetch by a plain link, once asked for in a session.
//!
//! A download is a navigation and carries no `Authorization` header. So the page asks in its session and gets a ticket
//! for this one errand; whoever brings it within a minute is served. It is signed, not encrypted, names portal and user,
//! and dies with the portal's generation of sessions. What the errand is, is not known here.

use super::{Session, SessionError, SessionKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certlens_bitrix24::{MemberId, UserId};
use chrono::{DateTime, Duration, Utc};
use hmac::Mac as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// How long a ticket is good: from the click to the request of the browser.
pub const TICKET_LIFE: Duration = Duration::seconds(60);

/// Begins what is signed for a ticket: no session's claims, which are base64, and no sign-on begin so.
const TICKET_MARK: &str = "ticket\0";

/// An errand and who asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket<Errand> {
    /// The portal.
    pub member_id: MemberId,
    /// The portal's user.
    pub user_id: UserId,
    /// The portal's generation of sessions when the ticket was made.
    pub generation: i64,
    /// What is to be fetched.
    pub errand: Errand,
}

#[derive(Serialize, Deserialize)]
struct Claims<Errand> {
    /// Portal.
    m: String,
    /// User.
    u: u64,
    /// Generation of the portal's sessions.
    g: i64,
    /// Expiry, seconds since 1970.
    x: i64,
    /// Errand.
    e: Errand,
}

impl SessionKey {
    /// A ticket for an errand of the session's user; fails only for an errand that is no JSON.
    pub fn sign_ticket<Errand: Serialize>(
        &self,
        session: &Session,
        errand: &Errand,
        now: DateTime<Utc>,
    ) -> Result<String, serde_json::Error> {
        let claims = Claims {
            m: session.member_id().as_str().to_owned(),
            u: session.user_id().0,
            g: session.generation(),
            x: (now + TICKET_LIFE).timestamp(),
            e: errand,
        };
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims)?);
        let signature = self
            .mac(&format!("{TICKET_MARK}{claims}"))
            .finalize()
            .into_bytes();
        Ok(format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// What a ticket is for, if we signed it and its minute is not over.
    pub fn verify_ticket<Errand: DeserializeOwned>(
        &self,
        ticket: &str,
        now: DateTime<Utc>,
    ) -> Result<Ticket<Errand>, SessionError> {
        let (claims, signature) = ticket.split_once('.').ok_or(SessionError::Invalid)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| SessionError::Invalid)?;
        self.proved(&format!("{TICKET_MARK}{claims}"), &signature)?;
        let claims = URL_SAFE_NO_PAD
            .decode(claims)
            .map_err(|_| SessionError::Invalid)?;
        let claims: Claims<Errand> = serde_json::from_slice(&claims).map_err(|_| SessionError::Invalid)?;
        if claims.x <= now.timestamp() {
            return Err(SessionError::Expired);
        }
        Ok(Ticket {
            member_id: MemberId::parse(&claims.m).map_err(|_| SessionError::Invalid)?,
            user_id: UserId(claims.u),
            generation: claims.g,
            errand: claims.e,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{now, session};
    use super::*;

    fn ticket() -> (SessionKey, String) {
        let key = SessionKey::new(&[7; 32]);
        let ticket = key.sign_ticket(&session(), &"errand", now()).unwrap();
        (key, ticket)
    }

    #[test]
    fn ticket_gives_its_errand_and_who_asked_for_it() {
        let (key, ticket) = ticket();

        let verified: Ticket<String> = key.verify_ticket(&ticket, now()).unwrap();

        assert_eq!(verified.errand, "errand");
        assert_eq!(verified.member_id, *session().member_id());
        assert_eq!(verified.user_id, session().user_id());
        assert_eq!(verified.generation, session().generation());
    }

    #[test]
    fn ticket_is_good_for_a_minute() {
        let (key, ticket) = ticket();
        assert!(
            key.verify_ticket::<String>(&ticket, now() + Duration::seconds(59))
                .is_ok()
        );
        assert_eq!(
            key.verify_ticket::<String>(&ticket, now() + TICKET_LIFE),
            Err(SessionError::Expired)
        );
    }

    #[test]
    fn ticket_is_no_session_and_no_sign_on_and_the_other_way_round() {
        let (key, ticket) = ticket();
        let later = now() + Duration::minutes(5);

        assert_eq!(key.verify(&ticket, now()), Err(SessionError::Invalid));
        assert_eq!(key.verify_login(&ticket, now()), Err(SessionError::Invalid));
        for other in [key.sign(&session()), key.sign_login(session().member_id(), later)] {
            assert_eq!(
                key.verify_ticket::<String>(&other, now()),
                Err(SessionError::Invalid)
            );
        }
    }

    #[test]
    fn ticket_that_was_changed_or_made_up_is_refused() {
        let (key, ticket) = ticket();
        let (_, signature) = ticket.split_once('.').unwrap();
        let forged = URL_SAFE_NO_PAD.encode(r#"{"m":"0","u":1,"g":0,"x":99999999999,"e":"errand"}"#);
        for text in [&format!("{forged}.{signature}"), "", ".", "a.b", "ё.ё"] {
            assert_eq!(
                key.verify_ticket::<String>(text, now()),
                Err(SessionError::Invalid),
                "{text}"
            );
        }
        let other = SessionKey::new(&[8; 32]);
        assert_eq!(
            other.verify_ticket::<String>(&ticket, now()),
            Err(SessionError::Invalid)
        );
    }
}
