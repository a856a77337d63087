//! What a check found, and what to do about it.

use serde::Serialize;
use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// As it should be.
    Fine,
    /// Works, but not as well or as long as it should.
    Warning,
    /// Has to be mended.
    Problem,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of `--json`")]
pub(super) struct Finding {
    /// What was looked at.
    pub(super) check: String,
    pub(super) verdict: Verdict,
    /// What is the case, as a sentence.
    pub(super) finding: String,
    /// What to do; `None` when there is nothing to do.
    pub(super) remedy: Option<String>,
}

impl Finding {
    pub(super) fn fine(check: impl Into<String>, finding: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            verdict: Verdict::Fine,
            finding: finding.into(),
            remedy: None,
        }
    }

    pub(super) fn warning(
        check: impl Into<String>,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            verdict: Verdict::Warning,
            remedy: Some(remedy.into()),
            ..Self::fine(check, finding)
        }
    }

    pub(super) fn problem(
        check: impl Into<String>,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            verdict: Verdict::Problem,
            remedy: Some(remedy.into()),
            ..Self::fine(check, finding)
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Fine => "ok     ",
            Verdict::Warning => "warning",
            Verdict::Problem => "PROBLEM",
        };
        write!(formatter, "{verdict}  {}: {}", self.check, self.finding)?;
        if let Some(remedy) = &self.remedy {
            write!(formatter, "\n         → {remedy}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_is_shown_with_what_to_do_and_a_fine_finding_without() {
        let problem = Finding::problem("disk", "it is full", "make room").to_string();
        assert_eq!(problem, "PROBLEM  disk: it is full\n         → make room");
        assert_eq!(
            Finding::fine("disk", "120 GB are free").to_string(),
            "ok       disk: 120 GB are free"
        );
    }
}
