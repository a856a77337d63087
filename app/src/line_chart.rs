//! Geometry of a line chart over time: from moments and values to lines with gaps.
//!
//! Pure. The drawing is 1,000 units wide and stretched to its place; letters stand outside of it.

use chrono::{DateTime, Utc};
use std::fmt::Write as _;

/// Width of the drawing, in units.
pub const WIDTH: f64 = 1_000.0;
/// Height of the drawing, in units.
pub const HEIGHT: f64 = 140.0;

/// The drawing of several series.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChart {
    /// A path (`d` of SVG) for each series; empty where nothing was measured.
    pub paths: Vec<String>,
    /// What the upper edge stands for.
    pub top: f64,
    /// The height of the bound, if it lies within the drawing.
    pub limit: Option<f64>,
}

impl LineChart {
    /// Draws these series between two moments. A value alone between gaps is a dot's length of line.
    pub fn of(
        series: &[&[(DateTime<Utc>, Option<f64>)]],
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        limit: Option<f64>,
    ) -> Self {
        let highest = series
            .iter()
            .flat_map(|points| points.iter().filter_map(|(_, value)| *value))
            .filter(|value| value.is_finite())
            .fold(0.0, f64::max);
        let top = round_up(highest);
        let span = seconds(from, to).max(1.0);
        let height = |value: f64| HEIGHT - (value.clamp(0.0, top) / top) * HEIGHT;
        let paths = series
            .iter()
            .map(|points| {
                let mut path = String::new();
                let mut is_drawing = false;
                for (at, value) in *points {
                    let Some(value) = value.filter(|value| value.is_finite()) else {
                        is_drawing = false;
                        continue;
                    };
                    let x = (seconds(from, *at) / span * WIDTH).clamp(0.0, WIDTH);
                    let y = height(value);
                    // Writing to a string does not fail.
                    let _ = if is_drawing {
                        write!(path, "L{x:.1} {y:.1}")
                    } else {
                        write!(path, "M{x:.1} {y:.1}h2")
                    };
                    is_drawing = true;
                }
                path
            })
            .collect();
        Self {
            paths,
            top,
            limit: limit.filter(|limit| *limit <= top).map(height),
        }
    }
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    to.signed_duration_since(from).as_seconds_f64()
}

/// The next of 1, 2, 5, 10, 20 … that is not less.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let magnitude = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * magnitude)
        .find(|step| *step >= value)
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + second, 0).unwrap()
    }

    #[test]
    fn line_has_a_gap_where_nothing_was_measured() {
        let points = [
            (at(0), Some(0.0)),
            (at(50), Some(5.0)),
            (at(60), None),
            (at(100), Some(10.0)),
        ];

        let chart = LineChart::of(&[&points], at(0), at(100), None);

        assert!((chart.top - 10.0).abs() < f64::EPSILON);
        assert_eq!(chart.paths, ["M0.0 140.0h2L500.0 70.0M1000.0 0.0h2"]);
    }

    #[rstest]
    #[case(0.0, 1.0)]
    #[case(0.03, 0.05)]
    #[case(7.0, 10.0)]
    #[case(12.0, 20.0)]
    #[case(200.0, 200.0)]
    fn upper_edge_is_a_round_figure(#[case] highest: f64, #[case] top: f64) {
        assert!((round_up(highest) - top).abs() < 1e-9);
    }

    #[test]
    fn bound_above_the_drawing_is_not_drawn() {
        let points = [(at(0), Some(3.0))];
        let chart = LineChart::of(&[&points], at(0), at(1), Some(150.0));
        assert_eq!(chart.limit, None);
    }
}
