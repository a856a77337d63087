//! Chaos: two processes of the service, both engines and portals, while everything is killed, paused, cut off and filled up.
//!
//! What must hold, seen from outside: no news lost or told twice, no acknowledged subscription lost, no card that fails to
//! open while Postgres lives, everything back by itself. What goes wrong and when comes from a seed. The day's tests take
//! a short run; `cargo xtask chaos` runs this for as long as one likes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on fails there, and a run tells its story"
)]

mod alone;
mod clock;
mod disk;
mod fleet;
mod importing;
mod news;
mod outages;
mod run;
mod schedule;
mod trouble;
mod visitors;
mod wire;
mod world;

use std::time::Duration;

use run::Length;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_each_kind_of_fault_nothing_is_lost_or_doubled_and_everything_is_back() {
    run::run(1, true, Length::Faults(16)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "as long as CERTLENS_CHAOS_SECONDS says: `cargo xtask chaos`"]
async fn long_run() {
    let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    let seed = number("CERTLENS_CHAOS_SEED").expect("CERTLENS_CHAOS_SEED is a number");
    let length = match number("CERTLENS_CHAOS_SECONDS") {
        Some(seconds) => Length::Time(Duration::from_secs(seconds)),
        None => Length::Faults(16),
    };
    run::run(seed, false, length).await;
}
