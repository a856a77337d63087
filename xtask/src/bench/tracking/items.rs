//! Items into the simulator's portal: 13,000 at the portal's pace, and without a limit.

use super::Measurement;
use crate::bench::row::Row;

pub(super) fn rows(_: &Measurement<'_>) -> anyhow::Result<Vec<Row>> {
    Ok(Vec::new())
}
