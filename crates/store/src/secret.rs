//! The secret key of this installation: the root of every other secret that Certlens makes.
//!
//! It comes from the configuration, or lies in a file of the data directory. It never shows itself in `Debug`, logs
//! or errors, and is never used itself: each purpose has a key derived from it, so that a session's signature tells
//! nothing about what encrypts tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::Sha256;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

const LENGTH: usize = 32;

/// Why there is no secret key. None of the texts repeats it.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// The text is no key.
    #[error("the secret key must be 32 bytes in base64; make one with `openssl rand -base64 32`")]
    Malformed,
    /// The file of the data directory holds something else.
    #[error(
        "{} does not hold 32 bytes in base64; restore it from a backup (a new key ends all sessions and can't read \
         stored tokens)",
        .0.display()
    )]
    MalformedFile(PathBuf),
    /// The file could not be read or written.
    #[error("the secret key's file {} can't be read or written", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes for a secret key")]
    Entropy(#[source] getrandom::Error),
}

/// What a derived key is for. The texts are part of the derivation: changing one makes its keys anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPurpose {
    /// Signs the sessions that travel in a card's page.
    Sessions,
    /// Encrypts tokens and secrets in the database.
    Tokens,
    /// Makes the keyed hashes of application tokens.
    ApplicationTokens,
    /// Opens the files of backups.
    Backups,
    /// Names a key without telling anything of it.
    Mark,
}

impl KeyPurpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Sessions => "certlens sessions 1",
            Self::Tokens => "certlens tokens 1",
            Self::ApplicationTokens => "certlens application tokens 1",
            Self::Backups => "certlens backups 1",
            Self::Mark => "certlens key mark 1",
        }
    }
}

/// The secret key: 32 bytes, wiped from memory when dropped.
#[derive(Debug)]
pub struct SecretKey(SecretBox<[u8; LENGTH]>);

impl Clone for SecretKey {
    fn clone(&self) -> Self {
        Self(SecretBox::new(Box::new(*self.0.expose_secret())))
    }
}

impl SecretKey {
    /// Reads 32 bytes in base64.
    pub fn parse(text: &str) -> Result<Self, SecretKeyError> {
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| SecretKeyError::Malformed)?;
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| SecretKeyError::Malformed)?;
        Ok(Self(SecretBox::new(Box::new(bytes))))
    }

    /// Reads the key's file, which is made on the first call: readable by its owner only.
    ///
    /// Several processes may call this at once on a new directory; they all get the same key.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretKeyError> {
        let failed = |source| SecretKeyError::File {
            path: path.to_owned(),
            source,
        };
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|_| SecretKeyError::MalformedFile(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(path)?;
                let text = std::fs::read_to_string(path).map_err(failed)?;
                Self::parse(&text).map_err(|_| SecretKeyError::MalformedFile(path.to_owned()))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The key as the configuration takes it. For a backup that a passphrase opens: nothing else may have it.
    pub fn to_base64(&self) -> SecretString {
        SecretString::from(STANDARD.encode(self.0.expose_secret()))
    }

    /// A name of the key: equal for equal keys, telling nothing of them.
    pub fn mark(&self) -> String {
        let mark = self.derive(KeyPurpose::Mark);
        STANDARD.encode(&mark[..9])
    }

    /// The key of one purpose: HMAC-SHA-256 of the purpose's name under this key.
    pub fn derive(&self, purpose: KeyPurpose) -> [u8; LENGTH] {
        // HMAC fills a short key up with zeros to its block of 64 bytes; given whole blocks, it cannot fail.
        let mut block = [0; 64];
        block[..LENGTH].copy_from_slice(self.0.expose_secret());
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(purpose.label().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl SecretKey {
    /// Reads the file of a key, if there is one.
    pub fn load(path: &Path) -> Result<Option<Self>, SecretKeyError> {
        if path.exists() {
            Self::load_or_create(path).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Makes a new key and puts it in the place of the file's, which is kept as `kept`. Nothing happens when that is there: a change
    /// of keys is under way.
    pub fn renew(path: &Path, kept: &Path) -> Result<(), SecretKeyError> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(SecretKeyError::Entropy)?;
        Self(SecretBox::new(Box::new(bytes))).replace(path, kept)
    }

    /// Puts this key in the place of the file's, which is kept as `kept` if there is one. Nothing happens when both are there. At
    /// every moment one of the two names has a whole key.
    pub fn replace(&self, path: &Path, kept: &Path) -> Result<(), SecretKeyError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| SecretKeyError::File { path, source }
        };
        if path.exists() {
            // A link fails when its name is taken, so that two who begin at once do not lose the only old key.
            std::fs::hard_link(path, kept).map_err(failed(kept))?;
        }
        let draft = path.with_extension(format!("new-{}", std::process::id()));
        write_private(&draft, self.to_base64().expose_secret())
            .and_then(|()| std::fs::rename(&draft, path))
            .map_err(failed(path))
    }
}

/// Puts a new key into place, unless another process was quicker.
fn create(path: &Path) -> Result<(), SecretKeyError> {
    let failed = |source| SecretKeyError::File {
        path: path.to_owned(),
        source,
    };
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(SecretKeyError::Entropy)?;

    // Written whole beside its place and then linked: nobody ever reads half a key, and a link, unlike a rename,
    // does not replace the key of a quicker process.
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let written = write_private(&draft, &STANDARD.encode(bytes)).and_then(|()| {
        match std::fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            outcome => outcome,
        }
    });
    let removed = std::fs::remove_file(&draft);
    written.and(removed).map_err(failed)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file: File = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::os::unix::fs::PermissionsExt as _;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[rstest]
    #[case::empty("")]
    #[case::not_base64("это не ключ")]
    #[case::sixteen_bytes("AAECAwQFBgcICQoLDA0ODw==")]
    fn parse_of_anything_but_32_bytes_is_refused(#[case] text: &str) {
        assert!(matches!(SecretKey::parse(text), Err(SecretKeyError::Malformed)));
    }

    #[test]
    fn debug_of_a_key_hides_it() {
        let shown = format!("{:?}", SecretKey::parse(KEY).unwrap());
        assert!(!shown.contains("31"), "{shown}");
    }

    #[test]
    fn derive_of_another_key_gives_another_result() {
        let one = SecretKey::parse(KEY).unwrap().derive(KeyPurpose::Sessions);
        let other = SecretKey::parse(&STANDARD.encode([7; LENGTH]))
            .unwrap()
            .derive(KeyPurpose::Sessions);
        assert_ne!(one, other);
    }

    #[test]
    fn load_or_create_on_a_new_directory_makes_a_private_file_and_finds_it_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret.key");

        let created = SecretKey::load_or_create(&path).unwrap();
        let found = SecretKey::load_or_create(&path).unwrap();

        assert_eq!(
            created.derive(KeyPurpose::Sessions),
            found.derive(KeyPurpose::Sessions)
        );
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            directory.path().read_dir().unwrap().count(),
            1,
            "the draft is gone"
        );
    }

    #[test]
    fn renew_keeps_the_former_key_beside_and_never_replaces_that() {
        let directory = tempfile::tempdir().unwrap();
        let (path, kept) = (
            directory.path().join("secret.key"),
            directory.path().join("secret.key.previous"),
        );
        let former = SecretKey::load_or_create(&path).unwrap();

        SecretKey::renew(&path, &kept).unwrap();
        let again = SecretKey::renew(&path, &kept).unwrap_err();

        assert!(again.to_string().contains("secret.key.previous"), "{again}");
        assert_eq!(SecretKey::load(&kept).unwrap().unwrap().mark(), former.mark());
        assert_ne!(SecretKey::load(&path).unwrap().unwrap().mark(), former.mark());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn replace_puts_a_key_where_none_was_and_keeps_the_one_that_was_there() {
        let directory = tempfile::tempdir().unwrap();
        let (path, kept) = (directory.path().join("secret.key"), directory.path().join("kept"));
        let (one, other) = (
            SecretKey::parse(KEY).unwrap(),
            SecretKey::parse(&STANDARD.encode([7; LENGTH])).unwrap(),
        );

        one.replace(&path, &kept).unwrap();
        let is_kept_at_first = kept.exists();
        other.replace(&path, &kept).unwrap();
        let again = one.replace(&path, &kept);

        assert!(!is_kept_at_first && again.is_err());
        assert_eq!(SecretKey::load(&path).unwrap().unwrap().mark(), other.mark());
        assert_eq!(SecretKey::load(&kept).unwrap().unwrap().mark(), one.mark());
    }

    #[test]
    fn load_or_create_on_a_damaged_file_names_it_and_leaves_it_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret.key");
        std::fs::write(&path, "damaged").unwrap();

        let error = SecretKey::load_or_create(&path).unwrap_err();

        assert!(error.to_string().contains("secret.key"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "damaged");
    }
}
