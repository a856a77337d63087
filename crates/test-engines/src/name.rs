//! Names of test databases: unique, recognisable, and telling when they were made, so that old ones can be swept.

use std::fmt;
use std::time::{Duration, SystemTime};

use uuid::Uuid;

const PREFIX: &str = "certlens_test_";
/// No test runs this long.
const OLD: Duration = Duration::from_hours(1);

/// The name of one test's databases; the same on both engines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatabaseName(String);

impl DatabaseName {
    pub(crate) fn fresh() -> Self {
        Self(format!("{PREFIX}{}", Uuid::now_v7().simple()))
    }

    /// Takes a name that an engine lists, when it is one of ours and old enough to be nobody's.
    pub(crate) fn abandoned(listed: &str, now: SystemTime) -> Option<Self> {
        let id = Uuid::try_parse(listed.strip_prefix(PREFIX)?).ok()?;
        let (seconds, nanoseconds) = id.get_timestamp()?.to_unix();
        let made = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
        let old = now.duration_since(made).is_ok_and(|age| age > OLD);
        old.then(|| Self(listed.to_owned()))
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::DatabaseName;

    #[test]
    fn abandoned_takes_only_our_own_old_names() {
        let name = DatabaseName::fresh();
        let now = SystemTime::now();
        let later = now + Duration::from_hours(2);

        assert_eq!(DatabaseName::abandoned(&name.to_string(), now), None);
        assert_eq!(DatabaseName::abandoned(&name.to_string(), later), Some(name));
        assert_eq!(DatabaseName::abandoned("certlens", later), None);
        assert_eq!(DatabaseName::abandoned("certlens_test_mine", later), None);
    }
}
