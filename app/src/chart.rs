//! Geometry of the trend chart: from monthly counts to rectangles, grid lines and labels.
//!
//! Pure, so that the server draws what the browser draws and tests need neither. Across, everything is in per cent of
//! the drawing's width, upwards in pixels: the drawing fits any frame without stretching its letters.

use certlens_domain::analytics::TrendMonth;
use certlens_domain::registry::DocumentKind;
use certlens_domain::trend::Month;

/// Width of the drawing, in per cent.
pub const WIDTH: f64 = 100.0;
/// Height of the drawing, in pixels.
pub const HEIGHT: f64 = 196.0;
/// Where the axis lies, in pixels from above.
pub const AXIS: f64 = HEIGHT - BOTTOM;
/// Room for the labels of the months.
const BOTTOM: f64 = 26.0;
/// Room above the highest grid line, for half of its label.
const TOP: f64 = 10.0;

/// A stacked bar chart, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendChart {
    /// One column for each month, left to right.
    pub columns: Vec<Column>,
    /// Horizontal lines with their counts, from zero upwards.
    pub grid: Vec<GridLine>,
}

/// A month of the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The counts behind it.
    pub month: TrendMonth,
    /// Left edge and width of the whole column, in per cent: what a pointer hits.
    pub left: f64,
    /// See `left`.
    pub width: f64,
    /// The bars, from the axis upwards; kinds without documents have none.
    pub bars: Vec<Bar>,
    /// Label under the axis: some columns only, so that labels never touch.
    pub label: Option<MonthLabel>,
}

/// What stands under a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthLabel {
    /// The month's name.
    Month(u32),
    /// The year: under every January, and under the first column when no January follows soon.
    Year(i32),
}

/// A rectangle.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it counts.
    pub kind: DocumentKind,
    /// Left edge, in per cent.
    pub x: f64,
    /// Upper edge, in pixels.
    pub y: f64,
    /// Width, in per cent.
    pub width: f64,
    /// Height, above zero, in pixels.
    pub height: f64,
}

/// A horizontal line.
#[derive(Debug, Clone, PartialEq)]
pub struct GridLine {
    /// Its place in the drawing, in pixels from above.
    pub y: f64,
    /// The count that it stands for.
    pub count: u64,
}

impl TrendChart {
    /// The chart of a gapless series.
    pub fn of(series: &[TrendMonth]) -> Self {
        let highest = series.iter().map(TrendMonth::documents).max().unwrap_or(0);
        let step = grid_step(highest);
        let top_count = highest.div_ceil(step).max(1) * step;
        let plot_height = HEIGHT - BOTTOM - TOP;
        let height_of = |count: u64| to_f64(count) / to_f64(top_count) * plot_height;
        let width = WIDTH / to_f64(series.len().max(1) as u64);
        let gap = width * 0.26;

        let mut columns = Vec::with_capacity(series.len());
        let mut left = 0.0;
        for month in series {
            let mut upper = AXIS;
            let mut bars = Vec::with_capacity(2);
            for kind in [DocumentKind::Declaration, DocumentKind::Certificate] {
                let height = height_of(month.of(kind));
                if height > 0.0 {
                    upper -= height;
                    bars.push(Bar {
                        kind,
                        x: left + gap / 2.0,
                        y: upper,
                        width: width - gap,
                        height,
                    });
                }
            }
            columns.push(Column {
                month: month.clone(),
                left,
                width,
                bars,
                label: label(month.month, series),
            });
            left += width;
        }
        let grid = (0..=top_count / step)
            .map(|index| GridLine {
                y: AXIS - height_of(index * step),
                count: index * step,
            })
            .collect();
        Self { columns, grid }
    }
}

/// The distance of grid lines: 1, 2 or 5 times a power of ten, so that at most four lie above the axis.
fn grid_step(highest: u64) -> u64 {
    let mut power = 1;
    loop {
        for factor in [1, 2, 5] {
            if factor * power * 4 >= highest {
                return factor * power;
            }
        }
        power *= 10;
    }
}

fn label(month: Month, series: &[TrendMonth]) -> Option<MonthLabel> {
    if month.number() == 1 {
        return Some(MonthLabel::Year(month.year()));
    }
    let first = series.first().is_some_and(|first| first.month == month);
    if first {
        return (month.number() <= 9).then_some(MonthLabel::Year(month.year()));
    }
    let few_enough = series.len() <= 36;
    let too_near_the_first = series.iter().take(3).any(|entry| entry.month == month);
    (few_enough && matches!(month.number(), 4 | 7 | 10) && !too_near_the_first)
        .then_some(MonthLabel::Month(month.number()))
}

/// Counts are far below 2^52, so none loses a digit.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn to_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::trend::filled;

    fn series(counts: &[(u64, u64)]) -> Vec<TrendMonth> {
        let mut month = Month::new(2025, 1).unwrap();
        let mut series = Vec::new();
        for &(certificates, declarations) in counts {
            series.push(TrendMonth {
                month,
                certificates,
                declarations,
            });
            month = month.next();
        }
        series
    }

    #[test]
    fn highest_column_reaches_its_share_of_the_top_grid_line() {
        let chart = TrendChart::of(&series(&[(0, 0), (3, 5), (0, 2)]));
        let top = chart.grid.last().unwrap();
        assert_eq!(top.count, 8);
        let highest = &chart.columns[1].bars;
        assert_eq!(highest.len(), 2);
        assert!(
            (highest[1].y - top.y).abs() < 1e-9,
            "the column of 8 touches the line of 8"
        );
    }

    #[test]
    fn bars_stack_without_gap_or_overlap() {
        let chart = TrendChart::of(&series(&[(3, 5)]));
        let bars = &chart.columns[0].bars;
        assert!((bars[1].y + bars[1].height - bars[0].y).abs() < 1e-9);
        assert!(
            (bars[0].y + bars[0].height - AXIS).abs() < 1e-9,
            "the lower stands on the axis"
        );
    }

    #[test]
    fn grid_has_at_most_five_lines_with_round_counts() {
        for highest in [0, 1, 3, 7, 99, 100, 101, 12_345, 9_999_999] {
            let chart = TrendChart::of(&series(&[(0, highest)]));
            assert!(chart.grid.len() <= 5, "{highest}: {:?}", chart.grid);
            assert!(chart.grid.last().unwrap().count >= highest);
        }
    }

    #[test]
    fn everything_lies_inside_the_drawing() {
        let chart = TrendChart::of(&series(&[(1, 2); 36]));
        for column in &chart.columns {
            assert!(column.left >= 0.0 && column.left + column.width <= WIDTH + 1e-6);
            assert!(
                column
                    .bars
                    .iter()
                    .all(|bar| bar.y >= 0.0 && bar.height > 0.0 && bar.width > 0.0)
            );
        }
    }

    #[test]
    fn labels_name_each_january_by_its_year_and_keep_apart() {
        let months = filled(&[], Month::new(2026, 11).unwrap(), 36);
        let chart = TrendChart::of(&months);
        let labels: Vec<usize> = (0..36)
            .filter(|&index| chart.columns[index].label.is_some())
            .collect();
        assert!(labels.windows(2).all(|pair| pair[1] - pair[0] >= 2), "{labels:?}");
        let january = chart
            .columns
            .iter()
            .find(|column| column.month.month.number() == 1)
            .unwrap();
        assert_eq!(january.label, Some(MonthLabel::Year(january.month.month.year())));
    }

    #[test]
    fn empty_series_gives_an_empty_chart() {
        assert!(TrendChart::of(&[]).columns.is_empty());
    }
}
