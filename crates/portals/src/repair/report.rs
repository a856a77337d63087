//! What a repair says of itself: its steps, how each ended, what is left to people.

use super::Finding;
use crate::inspection::Need;
use chrono::{DateTime, Utc};

/// A step of a repair, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RepairStepName {
    /// Whether the application's keys are known.
    Keys,
    /// Whether chains of tokens live: each is proved by a call.
    Tokens,
    /// The portal's state and address, by what the calls said.
    State,
    /// Tabs and subscriptions to events.
    Bindings,
    /// Whether events can be authenticated.
    Events,
    /// Background work that failed, and events that were given up.
    Work,
}

impl RepairStepName {
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [
        Self::Keys,
        Self::Tokens,
        Self::State,
        Self::Bindings,
        Self::Events,
        Self::Work,
    ];

    /// The stable key, for texts and programs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Tokens => "tokens",
            Self::State => "state",
            Self::Bindings => "bindings",
            Self::Events => "events",
            Self::Work => "work",
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RepairOutcome {
    /// Nothing was wrong.
    Fine,
    /// Something was wrong and is right now.
    Mended,
    /// It could not be done because an earlier step failed.
    Skipped,
    /// Something is wrong still: people have to do something.
    Failed,
}

impl RepairOutcome {
    /// The stable key, for texts and programs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Mended => "mended",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// A step and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairStep {
    /// Which step.
    pub name: RepairStepName,
    /// How it ended.
    pub outcome: RepairOutcome,
    /// What was found and done, in words.
    pub findings: Vec<Finding>,
}

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairReport {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// All steps in their order.
    pub steps: Vec<RepairStep>,
    /// What people have to do still; empty: the portal works.
    pub needs: Vec<Need>,
}

impl RepairReport {
    /// Whether nothing is left to be done.
    pub fn is_healthy(&self) -> bool {
        self.needs.is_empty()
            && self
                .steps
                .iter()
                .all(|step| matches!(step.outcome, RepairOutcome::Fine | RepairOutcome::Mended))
    }
}
