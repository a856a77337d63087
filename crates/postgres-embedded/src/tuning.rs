//! The server's settings besides addresses: for imports of millions of rows beside searches on a small machine. Safe:
//! every commit is on disk before it is acknowledged, and torn pages are repaired.
//!
//! Pure, but for [`machine_memory`] and [`wal_compression`]. Only settings that Postgres 14 to 17 know.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::programs::PostgresPrograms;

const MIB: u64 = 1 << 20;

/// Settings that depend on nothing.
const FIXED: [&str; 17] = [
    "unix_socket_directories=", // no path, so no limit on its length
    "max_connections=200",
    "work_mem=32MB",
    "jit=off", // our queries are short: compiling them costs more than it saves
    // Pages are on flash or in memory, and many reads may be under way at once.
    "random_page_cost=1.1",
    "effective_io_concurrency=128",
    "maintenance_io_concurrency=128",
    // An import writes gigabytes of log: checkpoints are spread out, so that a page is written once, not ten times.
    "max_wal_size=8GB",
    "min_wal_size=512MB",
    "checkpoint_timeout=15min",
    "checkpoint_completion_target=0.9",
    // Nobody replicates from a private server: the log holds what recovery needs, and no more.
    "wal_level=minimal",
    "max_wal_senders=0",
    "wal_buffers=64MB",
    // Two workers leave a small machine to its searches; what a load inserted is marked visible soon after.
    "autovacuum_max_workers=2",
    "autovacuum_vacuum_insert_scale_factor=0.1",
    "autovacuum_analyze_scale_factor=0.05",
];

/// The settings for a machine with so many bytes of memory. The server's own cache gets a sixteenth, up to 2 GiB: the
/// system's cache of files is the larger one, and is shared with the other engine.
pub(crate) fn settings(memory: u64, wal_compression: &str) -> Vec<String> {
    let share = |divisor: u64, least: u64, most: u64| (memory / divisor / MIB).clamp(least, most);
    let scaled = [
        format!("shared_buffers={}MB", share(16, 128, 2048)),
        format!("maintenance_work_mem={}MB", share(48, 64, 512)),
        format!("effective_cache_size={}MB", share(2, 512, 1 << 20)),
        format!("wal_compression={wal_compression}"),
    ];
    FIXED.into_iter().map(str::to_owned).chain(scaled).collect()
}

/// This machine's memory in bytes; 0 where the system does not tell.
pub(crate) fn machine_memory() -> u64 {
    let described = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    total_memory(&described).unwrap_or_default()
}

fn total_memory(described: &str) -> Option<u64> {
    let line = described
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?;
    kibibytes.checked_mul(1024)
}

/// The quickest compression of the log that these programs were built with: asked of the server itself, which says no
/// by its exit code. (Printing a setting is the one thing that it does for root too.)
pub(crate) fn wal_compression(programs: &PostgresPrograms, cluster: &Path) -> &'static str {
    let knows_lz4 = Command::new(programs.postgres())
        .args(["-C", "wal_compression", "-c", "wal_compression=lz4", "-D"])
        .arg(cluster)
        .output()
        .is_ok_and(|output| output.status.success());
    if knows_lz4 { "lz4" } else { "on" }
}

#[cfg(test)]
mod tests {
    use super::{settings, total_memory};

    const GIB: u64 = 1 << 30;

    fn value(memory: u64, name: &str) -> String {
        settings(memory, "on")
            .iter()
            .find_map(|setting| setting.strip_prefix(name)?.strip_prefix('='))
            .expect("the setting")
            .to_owned()
    }

    #[test]
    fn settings_grow_with_the_machine_within_bounds() {
        for (memory, buffers, maintenance) in [
            (0, "128MB", "64MB"),
            (GIB, "128MB", "64MB"),
            (24 * GIB, "1536MB", "512MB"),
            (512 * GIB, "2048MB", "512MB"),
        ] {
            assert_eq!(value(memory, "shared_buffers"), buffers);
            assert_eq!(value(memory, "maintenance_work_mem"), maintenance);
        }
    }

    #[test]
    fn settings_never_trade_durability() {
        let all = settings(GIB, "on").join(" ");

        for unsafe_one in ["fsync", "full_page_writes", "synchronous_commit"] {
            assert!(!all.contains(unsafe_one), "{all}");
        }
    }

    #[test]
    fn total_memory_of_what_linux_prints_is_read() {
        assert_eq!(
            total_memory("MemTotal:       24 kB\nMemFree: 1 kB\n"),
            Some(24 * 1024)
        );
        assert_eq!(total_memory("MemFree: 1 kB\n"), None);
    }
}
