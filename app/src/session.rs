//! Sessions: a signed, short-lived statement that a verified frame of this portal, user, placement and card was opened.
//!
//! A session travels in the page and in an `Authorization` header, never in a cookie: browsers drop cookies of frames.
//! It is signed, not encrypted, and carries nothing secret. It lives for 15 minutes; the page renews it by proving a
//! fresh token of the same user (`renewal`). It names the portal's session generation, which rises when the
//! application is removed: what was signed before is worth nothing then. Who checks the generation against the store,
//! and how a frame was verified, is not known here.

mod operator;
mod pass;
mod ticket;

pub use operator::{OPERATOR_SESSION_LIFE, OperatorSession};
pub use pass::PassBearer;
pub use ticket::{TICKET_LIFE, Ticket};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certlens_bitrix24::{EntityId, EntityType, MemberId, Placement, UserId, VerifiedFrame};
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// How long a page may go on asking without a new proof.
pub const SESSION_LIFE: Duration = Duration::minutes(15);
/// How long a page may go on asking that was opened by a sign-on, outside of a portal's frame.
pub const SIGN_ON_LIFE: Duration = Duration::hours(2);
/// How long after its end a session still says what a renewal may be bound to.
pub const RENEWABLE_FOR: Duration = Duration::hours(12);

/// The first field of what is signed: a signature made for another purpose never fits.
const PURPOSE: &[u8] = b"certlens session v2\0";

/// Begins what is signed for a sign-on: no session's claims, which are base64, begin so.
const LOGIN_MARK: &str = "login\0";

/// Who looks at what: a portal's user at a card. Made from a verified frame or a verified token only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    member_id: MemberId,
    user_id: UserId,
    placement: Option<String>,
    entity: Option<(EntityType, EntityId)>,
    generation: i64,
    expires_at: DateTime<Utc>,
}

impl Session {
    /// The session of a frame that has just been verified, in the portal's present generation of sessions.
    pub fn of_frame(frame: &VerifiedFrame, generation: i64, now: DateTime<Utc>) -> Self {
        Self {
            member_id: frame.member_id().clone(),
            user_id: frame.user_id(),
            placement: frame.placement().map(Placement::code),
            entity: frame.entity_type().zip(frame.entity_id()),
            generation,
            expires_at: now + SESSION_LIFE,
        }
    }

    /// The session of somebody who signed on outside of the portal's frame: nothing renews it, so it lives longer.
    pub fn of_sign_on(frame: &VerifiedFrame, generation: i64, now: DateTime<Utc>) -> Self {
        Self {
            expires_at: now + SIGN_ON_LIFE,
            ..Self::of_frame(frame, generation, now)
        }
    }

    /// The portal: every access to stored data is limited to it.
    pub const fn member_id(&self) -> &MemberId {
        &self.member_id
    }

    /// The portal's user.
    pub const fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The code of the place where the page was opened.
    pub fn placement(&self) -> Option<&str> {
        self.placement.as_deref()
    }

    /// The card's item; `None` on pages that belong to none.
    pub const fn entity(&self) -> Option<(EntityType, EntityId)> {
        self.entity
    }

    /// The portal's generation of sessions when this one was made.
    pub const fn generation(&self) -> i64 {
        self.generation
    }

    /// The same page's session for another while. `proof` must be a token of the same user of the same portal, else
    /// there is none.
    #[must_use]
    pub fn renewed(self, proof: &VerifiedFrame, generation: i64, now: DateTime<Utc>) -> Option<Self> {
        let same = *proof.member_id() == self.member_id && proof.user_id() == self.user_id;
        (same && generation == self.generation).then_some(Self {
            expires_at: now + SESSION_LIFE,
            ..self
        })
    }
}

/// What is signed. Short keys: the token travels with every request.
#[derive(Serialize, Deserialize)]
struct Claims {
    /// Portal.
    m: String,
    /// User.
    u: u64,
    /// Placement.
    p: Option<String>,
    /// The card's item: its type and its id.
    e: Option<(EntityType, u64)>,
    /// Generation of the portal's sessions.
    g: i64,
    /// Expiry, seconds since 1970.
    x: i64,
}

/// Why a session token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Not one of our tokens, or changed on its way.
    #[error("the session token is not valid; reload the card")]
    Invalid,
    /// The page was left open too long.
    #[error("the session has ended; reload the card")]
    Expired,
}

/// Signs and verifies sessions. Holds the keys; its `Debug` shows nothing.
#[derive(Clone)]
pub struct SessionKey {
    signing: Hmac<Sha256>,
    /// While keys are changed: what it signed is believed as well.
    other: Option<Hmac<Sha256>>,
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SessionKey(…)")
    }
}

impl SessionKey {
    /// A key from the service's 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self {
            signing: Self::keyed(secret),
            other: None,
        }
    }

    /// The same, believing also what another key signed.
    #[must_use]
    pub fn believing(self, other: &[u8; 32]) -> Self {
        Self {
            other: Some(Self::keyed(other)),
            ..self
        }
    }

    fn keyed(secret: &[u8; 32]) -> Hmac<Sha256> {
        // HMAC fills a short key up with zeros to its block of 64 bytes; given a whole block, it cannot fail.
        let mut block = [0; 64];
        block[..32].copy_from_slice(secret);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(PURPOSE);
        mac
    }

    /// The token that stands for a session: `base64url(claims).base64url(signature)`.
    pub fn sign(&self, session: &Session) -> String {
        let claims = Claims {
            m: session.member_id.as_str().to_owned(),
            u: session.user_id.0,
            p: session.placement.clone(),
            e: session.entity.map(|(entity_type, id)| (entity_type, id.get())),
            g: session.generation,
            x: session.expires_at.timestamp(),
        };
        // Plain fields always serialise.
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap_or_default());
        let signature = self.mac(&claims).finalize().into_bytes();
        format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The session for which a token stands, if we signed it and its time is not over.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Session, SessionError> {
        self.verify_at(token, now)
    }

    /// The session that a page wants to renew: it may have ended a while ago. It gives no access by itself.
    pub fn verify_for_renewal(&self, token: &str, now: DateTime<Utc>) -> Result<Session, SessionError> {
        self.verify_at(token, now - RENEWABLE_FOR)
    }

    fn verify_at(&self, token: &str, now: DateTime<Utc>) -> Result<Session, SessionError> {
        let (claims, signature) = token.split_once('.').ok_or(SessionError::Invalid)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| SessionError::Invalid)?;
        // Compared in constant time.
        self.proved(claims, &signature)?;
        let claims = URL_SAFE_NO_PAD
            .decode(claims)
            .map_err(|_| SessionError::Invalid)?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| SessionError::Invalid)?;
        let entity = claims
            .e
            .and_then(|(entity_type, id)| Some((entity_type, EntityId::new(id)?)));
        let session = Session {
            member_id: MemberId::parse(&claims.m).map_err(|_| SessionError::Invalid)?,
            user_id: UserId(claims.u),
            placement: claims.p,
            entity,
            generation: claims.g,
            expires_at: DateTime::from_timestamp(claims.x, 0).ok_or(SessionError::Invalid)?,
        };
        if session.expires_at <= now {
            Err(SessionError::Expired)
        } else {
            Ok(session)
        }
    }

    /// A note of the portal to which a person is sent to sign on; it comes back with him.
    pub fn sign_login(&self, member_id: &MemberId, expires_at: DateTime<Utc>) -> String {
        let claims = format!("{LOGIN_MARK}{}.{}", member_id.as_str(), expires_at.timestamp());
        let signature = self.mac(&claims).finalize().into_bytes();
        let claims = &claims[LOGIN_MARK.len()..];
        format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The portal to which we sent a person, if we did so lately.
    pub fn verify_login(&self, note: &str, now: DateTime<Utc>) -> Result<MemberId, SessionError> {
        let (claims, signature) = note.rsplit_once('.').ok_or(SessionError::Invalid)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| SessionError::Invalid)?;
        self.proved(&format!("{LOGIN_MARK}{claims}"), &signature)?;
        let (member_id, expires_at) = claims.split_once('.').ok_or(SessionError::Invalid)?;
        let expires_at: i64 = expires_at.parse().map_err(|_| SessionError::Invalid)?;
        if expires_at <= now.timestamp() {
            return Err(SessionError::Expired);
        }
        MemberId::parse(member_id).map_err(|_| SessionError::Invalid)
    }

    fn mac(&self, claims: &str) -> Hmac<Sha256> {
        let mut mac = self.signing.clone();
        mac.update(claims.as_bytes());
        mac
    }

    /// Whether one of the keys signed this; in constant time.
    fn proved(&self, claims: &str, signature: &[u8]) -> Result<(), SessionError> {
        let is_signed = |key: &Hmac<Sha256>| {
            let mut mac = key.clone();
            mac.update(claims.as_bytes());
            mac.verify_slice(signature).is_ok()
        };
        if is_signed(&self.signing) || self.other.as_ref().is_some_and(is_signed) {
            Ok(())
        } else {
            Err(SessionError::Invalid)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    pub(super) fn session() -> Session {
        Session {
            member_id: MemberId::parse("5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49").unwrap(),
            user_id: UserId(17),
            placement: Some("CRM_COMPANY_DETAIL_TAB".to_owned()),
            entity: EntityId::new(2917).map(|id| (EntityType::Company, id)),
            generation: 3,
            expires_at: now() + SESSION_LIFE,
        }
    }

    #[test]
    fn verify_of_a_signed_session_gives_it_back() {
        let key = SessionKey::new(&[7; 32]);
        assert_eq!(key.verify(&key.sign(&session()), now()), Ok(session()));
    }

    #[test]
    fn verify_after_its_time_says_expired() {
        let key = SessionKey::new(&[7; 32]);
        assert_eq!(
            key.verify(&key.sign(&session()), now() + SESSION_LIFE),
            Err(SessionError::Expired)
        );
    }

    #[test]
    fn a_session_that_ended_lately_may_be_renewed_and_an_old_one_not() {
        let key = SessionKey::new(&[7; 32]);
        let token = key.sign(&session());
        let ended = now() + SESSION_LIFE;

        assert_eq!(key.verify_for_renewal(&token, ended), Ok(session()));
        assert_eq!(
            key.verify_for_renewal(&token, ended + RENEWABLE_FOR),
            Err(SessionError::Expired)
        );
    }

    #[test]
    fn verify_of_another_keys_token_is_refused() {
        let token = SessionKey::new(&[7; 32]).sign(&session());
        assert_eq!(
            SessionKey::new(&[8; 32]).verify(&token, now()),
            Err(SessionError::Invalid)
        );
    }

    #[test]
    fn while_keys_are_changed_sessions_of_both_hold_and_new_ones_are_of_the_new_key() {
        let (former, next) = (SessionKey::new(&[7; 32]), SessionKey::new(&[8; 32]));
        let between = SessionKey::new(&[8; 32]).believing(&[7; 32]);

        assert_eq!(between.verify(&former.sign(&session()), now()), Ok(session()));
        assert_eq!(next.verify(&between.sign(&session()), now()), Ok(session()));
        assert_eq!(
            between.verify(&SessionKey::new(&[9; 32]).sign(&session()), now()),
            Err(SessionError::Invalid)
        );
    }

    #[test]
    fn verify_of_changed_claims_is_refused() {
        let key = SessionKey::new(&[7; 32]);
        let token = key.sign(&session());
        let (_, signature) = token.split_once('.').unwrap();
        let forged =
            br#"{"m":"00000000000000000000000000000000","u":1,"p":null,"e":null,"g":0,"x":99999999999}"#;
        let forged = format!("{}.{signature}", URL_SAFE_NO_PAD.encode(forged));
        assert_eq!(key.verify(&forged, now()), Err(SessionError::Invalid));
    }

    #[test]
    fn a_note_of_a_sign_on_is_no_session_and_the_other_way_round() {
        let key = SessionKey::new(&[7; 32]);
        let member_id = session().member_id().clone();
        let note = key.sign_login(&member_id, now() + Duration::minutes(10));

        assert_eq!(key.verify_login(&note, now()), Ok(member_id));
        assert_eq!(key.verify(&note, now()), Err(SessionError::Invalid));
        assert_eq!(
            key.verify_login(&key.sign(&session()), now()),
            Err(SessionError::Invalid)
        );
        assert_eq!(
            key.verify_login(&note, now() + Duration::hours(1)),
            Err(SessionError::Expired)
        );
    }

    #[test]
    fn verify_of_garbage_is_refused_without_panic() {
        let key = SessionKey::new(&[7; 32]);
        for garbage in ["", ".", "a.b", "ё.ё", "a", &"x".repeat(10_000)] {
            assert_eq!(key.verify(garbage, now()), Err(SessionError::Invalid));
        }
    }
}
