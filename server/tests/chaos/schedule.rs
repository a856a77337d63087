//! What goes wrong, and when: a list that a seed makes, always the same for the same seed.

use std::fmt;
use std::time::Duration;

use crate::wire::Carriage;

/// One of the two processes of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    First,
    Second,
}

/// An engine of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Postgres,
    ClickHouse,
}

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// SIGKILL.
    KillServer(Server),
    /// SIGSTOP, and SIGCONT so much later.
    PauseServer(Server, Duration),
    /// SIGTERM, as by whoever updates it.
    RestartServer(Server),
    KillEngine(Engine),
    PauseEngine(Engine, Duration),
    /// The wire between both processes and the engine.
    Line(Engine, Carriage, Duration),
    /// SIGKILL of an import under way.
    KillImport,
    /// All portals refuse for what the service takes for an hour.
    PortalsAway,
    /// The database's clock jumps by so many seconds.
    ClockJump(i64),
    /// Nothing can be written to the disk of both engines and of the service.
    DiskFull(Duration),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KillServer(server) => write!(formatter, "{server:?} server killed"),
            Self::PauseServer(server, time) => {
                write!(
                    formatter,
                    "{server:?} server paused for {:.1} s",
                    time.as_secs_f64()
                )
            }
            Self::RestartServer(server) => write!(formatter, "{server:?} server told to end"),
            Self::KillEngine(engine) => write!(formatter, "{engine:?} killed"),
            Self::PauseEngine(engine, time) => {
                write!(formatter, "{engine:?} paused for {:.1} s", time.as_secs_f64())
            }
            Self::Line(engine, carriage, time) => write!(
                formatter,
                "line to {engine:?} {carriage:?} for {:.1} s",
                time.as_secs_f64()
            ),
            Self::KillImport => formatter.write_str("import killed"),
            Self::PortalsAway => formatter.write_str("all portals away for an hour"),
            Self::ClockJump(seconds) => write!(formatter, "clock of the database jumps by {seconds} s"),
            Self::DiskFull(time) => write!(formatter, "disk full for {:.1} s", time.as_secs_f64()),
        }
    }
}

/// Numbers of a generator that needs no crate (xorshift).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn of(seed: u64) -> Self {
        // Small seeds differ in few bits; zero would stay zero.
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn between(&mut self, shortest: u64, longest: u64) -> Duration {
        Duration::from_millis(shortest + self.below(longest - shortest))
    }

    fn server(&mut self) -> Server {
        if self.below(2) == 0 {
            Server::First
        } else {
            Server::Second
        }
    }
}

/// A fault, so long after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) pause: Duration,
    pub(crate) fault: Fault,
}

/// How severe a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Severity {
    /// Times in tests of every day are a quarter of those of a long run.
    pub(crate) is_short: bool,
    /// Whether there is a disk of our own that can be filled.
    pub(crate) fills_disks: bool,
}

const KINDS: u64 = 16;

/// Endless: all kinds of faults in some order, then all again in another.
pub(crate) struct Schedule {
    random: Random,
    severity: Severity,
    deck: Vec<u64>,
}

impl Schedule {
    pub(crate) fn of(seed: u64, severity: Severity) -> Self {
        Self {
            random: Random::of(seed),
            severity,
            deck: Vec::new(),
        }
    }

    fn fault(&mut self, kind: u64) -> Fault {
        let stretch = if self.severity.is_short { 1 } else { 4 };
        let random = &mut self.random;
        match kind {
            0 | 1 => Fault::KillServer(random.server()),
            2 => Fault::PauseServer(random.server(), random.between(500, 4_000 * stretch)),
            3 => Fault::RestartServer(random.server()),
            4 => Fault::KillEngine(Engine::Postgres),
            5 => Fault::KillEngine(Engine::ClickHouse),
            6 => Fault::PauseEngine(Engine::Postgres, random.between(300, 3_000 * stretch)),
            7 => Fault::PauseEngine(Engine::ClickHouse, random.between(500, 4_000 * stretch)),
            8 => {
                let later = random.between(20, 120);
                Fault::Line(
                    Engine::Postgres,
                    Carriage::Slow(later),
                    random.between(1_000, 4_000 * stretch),
                )
            }
            9 => {
                let carriage = [Carriage::Cut, Carriage::Stalled][usize::from(random.below(2) == 0)];
                Fault::Line(Engine::Postgres, carriage, random.between(300, 2_500 * stretch))
            }
            10 => {
                let carriage = [
                    Carriage::Cut,
                    Carriage::Stalled,
                    Carriage::Slow(random.between(50, 400)),
                ];
                let carriage = carriage[usize::try_from(random.below(3)).unwrap()];
                Fault::Line(Engine::ClickHouse, carriage, random.between(500, 4_000 * stretch))
            }
            11 => Fault::KillImport,
            12 => Fault::PortalsAway,
            13 => {
                let seconds = i64::try_from(30 + random.below(7_200)).unwrap();
                Fault::ClockJump(if random.below(2) == 0 {
                    seconds
                } else {
                    -seconds / 10
                })
            }
            14 => Fault::Line(
                Engine::Postgres,
                Carriage::Lost,
                random.between(3_000, 5_000 * stretch),
            ),
            _ => Fault::DiskFull(random.between(1_000, 3_000 * stretch)),
        }
    }
}

impl Iterator for Schedule {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if self.deck.is_empty() {
            let kinds = if self.severity.fills_disks {
                KINDS
            } else {
                KINDS - 1
            };
            self.deck = (0..kinds).collect();
            for place in (1..self.deck.len()).rev() {
                let other = self.random.below(place as u64 + 1);
                self.deck.swap(place, usize::try_from(other).unwrap());
            }
        }
        let kind = self.deck.pop()?;
        let longest = if self.severity.is_short { 2_000 } else { 6_000 };
        Some(Step {
            pause: self.random.between(100, longest),
            fault: self.fault(kind),
        })
    }
}

#[test]
fn schedule_of_a_seed_is_always_the_same_and_has_each_kind_of_fault() {
    let severity = Severity {
        is_short: true,
        fills_disks: true,
    };
    let steps = |seed| -> Vec<Step> { Schedule::of(seed, severity).take(16).collect() };

    assert_eq!(steps(7), steps(7));
    assert_ne!(steps(7), steps(8));
    let kinds: std::collections::BTreeSet<String> = steps(7)
        .iter()
        .map(|step| step.fault.to_string().split(' ').take(2).collect())
        .collect();
    assert!(kinds.len() >= 9, "{kinds:?}");
}
