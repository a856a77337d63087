//! Format and lint: the quick half of the tests.

use std::time::Duration;

use crate::layout::Layout;
use crate::licences;
use crate::program::Invocation;

pub(crate) fn run(layout: &Layout) -> anyhow::Result<()> {
    format(layout)?;
    licences::check(layout)?;
    lint(layout)
}

/// Whether all is formatted.
pub(crate) fn format(layout: &Layout) -> anyhow::Result<()> {
    Invocation::cargo()
        .args(["fmt", "--all", "--check"])
        .directory(layout.root())
        .run()
}

/// Whether the lints are content; the browser's half is compiled for another target, and linted by its build.
pub(crate) fn lint(layout: &Layout) -> anyhow::Result<()> {
    Invocation::cargo()
        .args([
            "clippy",
            "--locked",
            "--workspace",
            "--exclude",
            "certlens-frontend",
            "--all-targets",
        ])
        .args(["--", "--deny", "warnings"])
        .directory(layout.root())
        .bound(Duration::from_mins(30))
        .run()
}
