//! Lengths of time as people write them in a configuration and in settings: `90s`, `45m`, `2h30m`, `1d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time between a second and a year, read from its short form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortDuration(Duration);

const LONGEST_SECONDS: u64 = 366 * 24 * 3600;

impl ShortDuration {
    /// So many minutes.
    pub const fn from_minutes(minutes: u64) -> Self {
        Self(Duration::from_secs(minutes * 60))
    }

    /// So many seconds; `None` when that is shorter or longer than may be.
    pub fn from_seconds(seconds: u64) -> Option<Self> {
        (1..=LONGEST_SECONDS)
            .contains(&seconds)
            .then(|| Self(Duration::from_secs(seconds)))
    }

    /// The length of time.
    pub const fn get(self) -> Duration {
        self.0
    }
}

/// The text is no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a length of time of 1s to 366d, such as 2h30m; the units are d, h, m and s")]
pub struct MalformedDuration;

impl FromStr for ShortDuration {
    type Err = MalformedDuration;

    fn from_str(text: &str) -> Result<Self, MalformedDuration> {
        let mut seconds: u64 = 0;
        let mut number: Option<u64> = None;
        // Units go down: `30m2h` is more likely a slip than a wish.
        let mut previous_unit = u64::MAX;
        for letter in text.trim().chars() {
            if let Some(digit) = letter.to_digit(10) {
                let so_far = number.unwrap_or(0).checked_mul(10).ok_or(MalformedDuration)?;
                number = Some(so_far.checked_add(digit.into()).ok_or(MalformedDuration)?);
                continue;
            }
            let unit = match letter {
                'd' => 24 * 3600,
                'h' => 3600,
                'm' => 60,
                's' => 1,
                _ => return Err(MalformedDuration),
            };
            let count = number.take().ok_or(MalformedDuration)?;
            if unit >= previous_unit {
                return Err(MalformedDuration);
            }
            previous_unit = unit;
            let part = count.checked_mul(unit).ok_or(MalformedDuration)?;
            seconds = seconds.checked_add(part).ok_or(MalformedDuration)?;
        }
        if number.is_some() {
            return Err(MalformedDuration);
        }
        Self::from_seconds(seconds).ok_or(MalformedDuration)
    }
}

impl fmt::Display for ShortDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_secs();
        for (unit, letter) in [(24 * 3600, 'd'), (3600, 'h'), (60, 'm'), (1, 's')] {
            if rest >= unit {
                write!(formatter, "{}{letter}", rest / unit)?;
                rest %= unit;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_of_units_in_their_order_adds_them_up() {
        for (text, seconds) in [
            ("2h", 7200),
            ("2h30m", 9000),
            ("90s", 90),
            ("1d", 86_400),
            (" 5m ", 300),
        ] {
            let duration: ShortDuration = text.parse().unwrap();
            assert_eq!(duration.get(), Duration::from_secs(seconds), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parse_of_a_written_length_is_the_same_length(seconds in 1..=LONGEST_SECONDS) {
            let duration = ShortDuration::from_seconds(seconds).unwrap();
            proptest::prop_assert_eq!(duration.to_string().parse(), Ok(duration));
        }
    }

    #[test]
    fn parse_of_anything_else_is_refused() {
        for text in [
            "",
            "2",
            "h",
            "30m2h",
            "1h1h",
            "-1h",
            "2 h",
            "0s",
            "400d",
            "99999999999999999999h",
            "2ч",
        ] {
            assert_eq!(text.parse::<ShortDuration>(), Err(MalformedDuration), "{text}");
        }
    }
}
