//! How much memory the engine may take, and the engine's settings that keep it there.
//!
//! Pure, but for [`MemoryLimit::of_this_machine`].

use std::fmt;
use std::fs;
use std::str::FromStr;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
/// The engine itself takes some 250 MiB before the first row.
const LEAST: u64 = 512 * MIB;
const LEAST_BY_DEFAULT: u64 = GIB;
const MOST_BY_DEFAULT: u64 = 8 * GIB;

/// Bytes of memory for the whole engine: its own, its caches and all statements together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimit(u64);

/// A text that is no amount of memory, or too small a one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected at least 512 MiB of memory, as bytes or with a unit, such as 2GiB or 1500MiB; `{0}` is not that"
)]
pub struct MemoryLimitError(String);

impl MemoryLimit {
    /// So many bytes, but no fewer than the engine needs to live.
    pub fn at_least_alive(bytes: u64) -> Self {
        Self(bytes.max(LEAST))
    }

    /// A quarter of this machine's memory, between 1 and 8 GiB.
    pub fn of_this_machine() -> Self {
        let described = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self::share_of(total_memory(&described).unwrap_or_default())
    }

    fn share_of(total: u64) -> Self {
        Self((total / 4).clamp(LEAST_BY_DEFAULT, MOST_BY_DEFAULT))
    }

    /// The limit in bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// What one statement may take: enough for a merge of millions of rows, and the others live on.
    pub(crate) const fn of_a_statement(self) -> u64 {
        self.0 / 2
    }

    /// What the engine may count as its own. It does not count the pages of its library and what its allocator keeps.
    const fn of_the_engine(self) -> u64 {
        let uncounted = if self.0 < GIB { self.0 / 4 } else { GIB / 4 };
        self.0 - uncounted
    }

    /// The engine's settings file. Caches get an eighth of all: the system's own cache of files is the larger one.
    pub(crate) fn settings_file(self) -> String {
        let caches = self.0 / 16;
        format!(
            "<!-- Written at each start from CERTLENS_CLICKHOUSE_MEMORY; changes are lost. -->\n\
             <clickhouse>\n    \
             <max_server_memory_usage>{}</max_server_memory_usage>\n    \
             <mark_cache_size>{caches}</mark_cache_size>\n    \
             <primary_index_cache_size>{caches}</primary_index_cache_size>\n    \
             <query_condition_cache_size>{}</query_condition_cache_size>\n\
             </clickhouse>\n",
            self.of_the_engine(),
            caches / 4,
        )
    }
}

impl FromStr for MemoryLimit {
    type Err = MemoryLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || MemoryLimitError(text.trim().to_owned());
        let compact = text.trim();
        let digits = compact
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(compact.len());
        let (number, unit) = compact.split_at(digits);
        let unit = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "mib" | "m" | "mb" => MIB,
            "gib" | "g" | "gb" => GIB,
            _ => return Err(refused()),
        };
        number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(unit))
            .filter(|bytes| (LEAST..=i64::MAX.unsigned_abs()).contains(bytes))
            .map(Self)
            .ok_or_else(refused)
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} MiB", self.0 / MIB)
    }
}

/// Reads the total out of `/proc/meminfo`, in bytes.
fn total_memory(described: &str) -> Option<u64> {
    let line = described
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::{GIB, MIB, MemoryLimit, total_memory};

    #[test]
    fn parse_takes_bytes_and_units() {
        for (text, bytes) in [
            ("2GiB", 2 * GIB),
            (" 1500 MiB ", 1500 * MIB),
            ("1g", GIB),
            ("536870912", 512 * MIB),
        ] {
            assert_eq!(text.parse::<MemoryLimit>().unwrap().bytes(), bytes, "{text}");
        }
    }

    #[test]
    fn parse_of_too_little_or_of_no_amount_says_what_is_expected() {
        for text in ["", "100MiB", "2 apples", "-1", "99999999999GiB", "1.5GiB"] {
            let error = text.parse::<MemoryLimit>().unwrap_err().to_string();
            assert!(error.contains("such as 2GiB"), "{error}");
        }
    }

    #[test]
    fn share_of_a_machine_is_a_quarter_within_bounds() {
        assert_eq!(MemoryLimit::share_of(2 * GIB).bytes(), GIB);
        assert_eq!(MemoryLimit::share_of(24 * GIB).bytes(), 6 * GIB);
        assert_eq!(MemoryLimit::share_of(256 * GIB).bytes(), 8 * GIB);
    }

    #[test]
    fn total_memory_of_what_linux_prints_is_read() {
        assert_eq!(
            total_memory("MemTotal:       24 kB\nMemFree: 1 kB\n"),
            Some(24 * 1024)
        );
        assert_eq!(total_memory("nothing"), None);
    }

    #[test]
    fn settings_file_leaves_room_for_what_the_engine_does_not_count() {
        for (limit, counted) in [("512MiB", 384 * MIB), ("1GiB", 768 * MIB), ("8GiB", 7936 * MIB)] {
            let file = limit.parse::<MemoryLimit>().unwrap().settings_file();

            let expected = format!("<max_server_memory_usage>{counted}</max_server_memory_usage>");
            assert!(file.contains(&expected), "{limit}: {file}");
        }
    }
}
