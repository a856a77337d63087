//! The settings of serving: how many requests and connections at once, how long what is left of them is kept.

use super::{ConfigurationError, parsed};
use crate::connections::ConnectionLimits;
use crate::http::limits::RequestLimits;
use crate::retention::Retention;
use std::time::Duration;

/// How many requests are worked at once; four times as many may wait.
pub(super) fn requests(most: Option<&str>) -> Result<RequestLimits, ConfigurationError> {
    let at_once = parsed("CERTLENS_MAX_REQUESTS", most, |text| number(text, 1, 10_000))?;
    Ok(at_once.map_or_else(RequestLimits::default, RequestLimits::of))
}

/// How many connections there are at once.
pub(super) fn connections(most: Option<&str>) -> Result<ConnectionLimits, ConfigurationError> {
    let usual = ConnectionLimits::default();
    let most = parsed("CERTLENS_MAX_CONNECTIONS", most, |text| number(text, 10, 100_000))?;
    Ok(ConnectionLimits {
        most: most.unwrap_or(usual.most),
        ..usual
    })
}

/// How long is kept what nothing else ends.
pub(super) fn retention(
    audit_days: Option<&str>,
    rejects_days: Option<&str>,
) -> Result<Retention, ConfigurationError> {
    let usual = Retention::default();
    let days = |text: &str| {
        number(text, 1, 36_500).map(|days| Duration::from_hours(24) * u32::try_from(days).unwrap_or(u32::MAX))
    };
    Ok(Retention {
        audit_log: parsed("CERTLENS_KEEP_AUDIT_DAYS", audit_days, days)?.unwrap_or(usual.audit_log),
        rejects: parsed("CERTLENS_KEEP_REJECTS_DAYS", rejects_days, days)?.unwrap_or(usual.rejects),
    })
}

fn number(text: &str, least: usize, most: usize) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("expected a number from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_within_reason() {
        assert_eq!(requests(Some("8")).unwrap(), RequestLimits::of(8));
        assert_eq!(connections(None).unwrap().most, ConnectionLimits::default().most);
        for wrong in ["0", "-1", "many", "99999999"] {
            assert!(
                requests(Some(wrong))
                    .unwrap_err()
                    .to_string()
                    .contains("CERTLENS_MAX_REQUESTS")
            );
            assert!(connections(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_of_retention_are_days() {
        let set = retention(Some("30"), None).unwrap();
        assert_eq!(set.audit_log, Duration::from_hours(24 * 30));
        assert_eq!(set.rejects, Retention::default().rejects);
        assert!(retention(Some("0"), None).is_err());
    }
}
