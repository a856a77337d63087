//! Secrets at rest: encrypted so that a stolen database says nothing, and bound to their place so that a ciphertext
//! moved to another portal's row opens nothing.
//!
//! XChaCha20-Poly1305 with a random nonce of 24 bytes, which is long enough that chance never repeats one. The
//! associated data name table, portal and column.

use crate::{KeyPurpose, MemberId, SecretKeys, StoreError};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox, SecretSlice, SecretString};
use sha2::Sha256;
use std::fmt;

/// Format of a sealed value: this byte, the nonce, the ciphertext with its tag.
const FORMAT: u8 = 1;
const NONCE_LENGTH: usize = 24;

/// Where a sealed value lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    /// The portal, or what else names the owner.
    pub(crate) owner: &'a str,
}

impl<'a> Place<'a> {
    pub(crate) const fn new(table: &'static str, owner: &'a str, column: &'static str) -> Self {
        Self { table, column, owner }
    }

    fn associated_data(&self) -> Vec<u8> {
        format!("{}|{}|{}", self.table, self.owner, self.column).into_bytes()
    }

    const fn undecipherable(&self) -> StoreError {
        StoreError::Undecipherable {
            table: self.table,
            column: self.column,
        }
    }
}

/// Encrypts, decrypts and fingerprints. Of several keys the first one writes.
pub(crate) struct Vault {
    ciphers: Vec<XChaCha20Poly1305>,
    fingerprints: Vec<FingerprintKey>,
}

/// Makes the keyed hashes of application tokens.
pub(crate) struct FingerprintKey(SecretBox<[u8; 32]>);

impl FingerprintKey {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// For keeping it sealed.
    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// The keyed hash of a portal's application token: recognises the token, but can't be turned back.
    fn of(&self, member_id: &MemberId, token: &str) -> [u8; 32] {
        self.mac(member_id, token).finalize().into_bytes().into()
    }

    /// Whether the token has this fingerprint; in constant time.
    pub(crate) fn matches(&self, member_id: &MemberId, token: &str, fingerprint: &[u8]) -> bool {
        self.mac(member_id, token).verify_slice(fingerprint).is_ok()
    }

    fn mac(&self, member_id: &MemberId, token: &str) -> Hmac<Sha256> {
        // HMAC fills a short key up with zeros to its block of 64 bytes; given whole blocks, it cannot fail.
        let mut block = [0; 64];
        block[..32].copy_from_slice(self.0.expose_secret());
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(member_id.as_str().as_bytes());
        mac.update(b"|");
        mac.update(token.as_bytes());
        mac
    }
}

/// By which key something is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealedBy {
    /// The one that writes.
    Current,
    /// One that is only read with.
    Other,
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Vault")
    }
}

impl Vault {
    pub(crate) fn new(keys: &SecretKeys) -> Self {
        let ciphers = keys
            .derive(KeyPurpose::Tokens)
            .into_iter()
            .map(|key| XChaCha20Poly1305::new(&Key::from(key)));
        let fingerprints = keys.derive(KeyPurpose::ApplicationTokens).into_iter();
        Self {
            ciphers: ciphers.collect(),
            fingerprints: fingerprints.map(FingerprintKey::new).collect(),
        }
    }

    pub(crate) fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(StoreError::Entropy)?;
        let ciphertext = self
            .ciphers
            .first()
            .ok_or_else(|| place.undecipherable())?
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: secret,
                    aad: &place.associated_data(),
                },
            )
            // The cipher refuses nothing but messages of 256 gibibytes.
            .map_err(|_| place.undecipherable())?;
        Ok([&[FORMAT][..], &nonce, &ciphertext].concat())
    }

    pub(crate) fn seal_text(&self, place: Place<'_>, secret: &SecretString) -> Result<Vec<u8>, StoreError> {
        self.seal(place, secret.expose_secret().as_bytes())
    }

    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<SecretSlice<u8>, StoreError> {
        self.open_and_say_by_which(place, sealed)
            .map(|(secret, _)| secret)
    }

    /// Opens, and says by which key it was sealed.
    pub(crate) fn open_and_say_by_which(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<(SecretSlice<u8>, SealedBy), StoreError> {
        let (&[FORMAT], rest) = sealed.split_first_chunk().ok_or_else(|| place.undecipherable())? else {
            return Err(place.undecipherable());
        };
        let (nonce, ciphertext) = rest
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or_else(|| place.undecipherable())?;
        let associated_data = place.associated_data();
        let nonce = XNonce::from(*nonce);
        let opened = self.ciphers.iter().enumerate().find_map(|(number, cipher)| {
            let payload = Payload {
                msg: ciphertext,
                aad: &associated_data,
            };
            let secret = SecretSlice::from(cipher.decrypt(&nonce, payload).ok()?);
            Some((
                secret,
                if number == 0 {
                    SealedBy::Current
                } else {
                    SealedBy::Other
                },
            ))
        });
        opened.ok_or_else(|| place.undecipherable())
    }

    pub(crate) fn open_text(&self, place: Place<'_>, sealed: &[u8]) -> Result<SecretString, StoreError> {
        let secret = self.open(place, sealed)?;
        let text = std::str::from_utf8(secret.expose_secret()).map_err(|_| place.undecipherable())?;
        Ok(SecretString::from(text))
    }

    /// The keyed hash of a portal's application token, by the key that writes.
    pub(crate) fn fingerprint(&self, member_id: &MemberId, token: &str) -> Result<[u8; 32], StoreError> {
        let key = self.fingerprints.first();
        // A vault has one key at least.
        key.map(|key| key.of(member_id, token)).ok_or_else(|| {
            Place::new("portals", member_id.as_str(), "application_token_hash").undecipherable()
        })
    }

    /// By which key this is the token's fingerprint, if it is; in constant time.
    pub(crate) fn recognised(
        &self,
        member_id: &MemberId,
        token: &str,
        fingerprint: &[u8],
    ) -> Option<SealedBy> {
        let number = self
            .fingerprints
            .iter()
            .position(|key| key.matches(member_id, token, fingerprint))?;
        Some(if number == 0 {
            SealedBy::Current
        } else {
            SealedBy::Other
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretKey;

    const PLACE: Place<'_> = Place::new("chains", "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49", "access_token");

    fn key(digit: &str) -> SecretKey {
        SecretKey::parse(&format!("{}=", digit.repeat(43))).unwrap()
    }

    fn vault(digit: &str) -> Vault {
        Vault::new(&key(digit).into())
    }

    #[test]
    fn open_of_a_sealed_text_gives_the_text_and_the_sealed_form_does_not_show_it() {
        let sealed = vault("A").seal(PLACE, b"the token").unwrap();

        let opened = vault("A").open_text(PLACE, &sealed).unwrap();

        assert_eq!(opened.expose_secret(), "the token");
        assert!(!sealed.windows(9).any(|window| window == b"the token"));
    }

    #[test]
    fn seal_of_the_same_text_differs_every_time() {
        let vault = vault("A");

        assert_ne!(
            vault.seal(PLACE, b"the token").unwrap(),
            vault.seal(PLACE, b"the token").unwrap()
        );
    }

    #[test]
    fn open_at_another_place_fails() {
        let vault = vault("A");
        let sealed = vault.seal(PLACE, b"the token").unwrap();

        for elsewhere in [
            Place::new("applications", PLACE.owner, PLACE.column),
            Place::new(PLACE.table, "00000000000000000000000000000001", PLACE.column),
            Place::new(PLACE.table, PLACE.owner, "refresh_token"),
        ] {
            let outcome = vault.open(elsewhere, &sealed);
            assert!(
                matches!(outcome, Err(StoreError::Undecipherable { .. })),
                "{elsewhere:?}"
            );
        }
    }

    #[test]
    fn open_with_another_key_says_that_the_key_differs() {
        let sealed = vault("A").seal(PLACE, b"the token").unwrap();

        let error = vault("Q").open(PLACE, &sealed).unwrap_err();

        assert!(error.to_string().contains("another secret key"), "{error}");
    }

    #[test]
    fn open_of_anything_cut_short_or_changed_is_refused() {
        let vault = vault("A");
        let sealed = vault.seal(PLACE, b"the token").unwrap();

        for length in 0..sealed.len() {
            assert!(vault.open(PLACE, &sealed[..length]).is_err(), "{length} bytes");
        }
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(vault.open(PLACE, &changed).is_err(), "byte {position}");
        }
    }

    #[test]
    fn a_fingerprint_recognises_its_own_token_on_its_own_portal_only() {
        let vault = vault("A");
        let [one, other] =
            ["1", "2"].map(|digit| MemberId::parse(&format!("{}{digit}", "0".repeat(31))).unwrap());
        let fingerprint = vault.fingerprint(&one, "77aa").unwrap();

        assert_eq!(
            vault.recognised(&one, "77aa", &fingerprint),
            Some(SealedBy::Current)
        );
        assert_eq!(vault.recognised(&one, "77ab", &fingerprint), None);
        assert_eq!(vault.recognised(&other, "77aa", &fingerprint), None);
        assert_eq!(vault.recognised(&one, "77aa", &fingerprint[..31]), None);
    }

    #[test]
    fn while_keys_are_changed_both_are_read_and_one_writes() {
        let portal = MemberId::parse(PLACE.owner).unwrap();
        let (before, after) = (vault("A"), vault("Q"));
        let between = Vault::new(&SecretKeys::new(key("Q"), Some(key("A"))));
        let former = (
            before.seal(PLACE, b"the token").unwrap(),
            before.fingerprint(&portal, "77aa").unwrap(),
        );

        let (secret, by) = between.open_and_say_by_which(PLACE, &former.0).unwrap();
        let written = between.seal(PLACE, b"the token").unwrap();
        let fingerprint = between.fingerprint(&portal, "77aa").unwrap();

        assert_eq!((secret.expose_secret(), by), (&b"the token"[..], SealedBy::Other));
        assert_eq!(
            between.recognised(&portal, "77aa", &former.1),
            Some(SealedBy::Other)
        );
        assert!(after.open(PLACE, &written).is_ok());
        assert!(before.open(PLACE, &written).is_err());
        assert_eq!(
            after.recognised(&portal, "77aa", &fingerprint),
            Some(SealedBy::Current)
        );
    }
}
