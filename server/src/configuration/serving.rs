//! The settings of serving: how many requests and connections at once.

use super::{ConfigurationError, parsed};
use crate::connections::ConnectionLimits;
use crate::http::limits::RequestLimits;

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
}
