//! Geometry of a stacked bar chart: from counts to rectangles and grid lines.
//!
//! Pure, so that tests need no drawing. Across, everything is in per cent of the drawing's width, upwards in pixels: the
//! drawing fits any frame without stretching its letters.

/// Width of the drawing, in per cent.
pub const WIDTH: f64 = 100.0;
/// Height of the drawing, in pixels.
pub const HEIGHT: f64 = 196.0;
/// Where the axis lies, in pixels from above.
pub const AXIS: f64 = HEIGHT - BOTTOM;
/// Room for the labels below the axis.
const BOTTOM: f64 = 26.0;
/// Room above the highest grid line, for half of its label.
const TOP: f64 = 10.0;
/// Room between columns, as a share of a column.
const GAP: f64 = 0.26;

/// A chart, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Columns, left to right.
    pub columns: Vec<Column>,
    /// Horizontal lines with their counts, from zero upwards.
    pub grid: Vec<GridLine>,
}

/// A column of one or two stacks side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Left edge of the whole column, in per cent.
    pub left: f64,
    /// Its width, in per cent.
    pub width: f64,
    /// Rectangles above zero.
    pub bars: Vec<Bar>,
}

/// A rectangle.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Which stack of the column.
    pub stack: usize,
    /// Which layer of the stack, from the axis upwards.
    pub layer: usize,
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

impl Chart {
    /// The chart of these columns; each is a list of stacks, each stack a list of layers. Stacks without documents take no
    /// room; a bar is at least a pixel high, so that one document beside ten thousand is seen.
    pub fn of(columns: &[Vec<Vec<u64>>]) -> Self {
        let sums = columns.iter().flatten().map(|layers| layers.iter().sum());
        let highest: u64 = sums.max().unwrap_or(0);
        let step = grid_step(highest);
        let top_count = highest.div_ceil(step).max(1) * step;
        let plot_height = HEIGHT - BOTTOM - TOP;
        let height_of = |count: u64| to_f64(count) / to_f64(top_count) * plot_height;
        let width = WIDTH / to_f64(columns.len().max(1) as u64);
        let inner = width * (1.0 - GAP);
        let drawn = columns.iter().zip(0_u64..).map(|(stacks, index)| {
            let left = width * to_f64(index);
            let filled = |layers: &&Vec<u64>| layers.iter().any(|count| *count > 0);
            let side_by_side = stacks.iter().filter(filled).count().max(1) as u64;
            let bar_width = inner / to_f64(side_by_side);
            let mut x = left + width * GAP / 2.0;
            let mut bars = Vec::new();
            for (stack, layers) in stacks.iter().enumerate().filter(|(_, layers)| filled(layers)) {
                let mut upper = AXIS;
                for (layer, count) in layers.iter().enumerate().filter(|(_, count)| **count > 0) {
                    let height = height_of(*count).max(1.0);
                    upper -= height;
                    bars.push(Bar {
                        stack,
                        layer,
                        x,
                        y: upper,
                        width: bar_width,
                        height,
                    });
                }
                x += bar_width;
            }
            Column { left, width, bars }
        });
        Self {
            columns: drawn.collect(),
            grid: (0..=top_count / step)
                .map(|index| GridLine {
                    y: AXIS - height_of(index * step),
                    count: index * step,
                })
                .collect(),
        }
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

/// A share of a whole as the length of a bar, in per cent; anything above nothing is seen.
pub fn length(part: u64, whole: u64) -> f64 {
    if part == 0 || whole == 0 {
        return 0.0;
    }
    (to_f64(part) / to_f64(whole) * WIDTH).clamp(0.8, WIDTH)
}

/// Counts are far below 2^52, so none loses a digit.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn to_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(columns: &[&[u64]]) -> Chart {
        let columns: Vec<Vec<Vec<u64>>> = columns.iter().map(|layers| vec![layers.to_vec()]).collect();
        Chart::of(&columns)
    }

    #[test]
    fn highest_column_reaches_its_share_of_the_top_grid_line() {
        let chart = single(&[&[0, 0], &[3, 5], &[0, 2]]);
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
        let chart = single(&[&[3, 5]]);
        let bars = &chart.columns[0].bars;
        assert!((bars[1].y + bars[1].height - bars[0].y).abs() < 1e-9);
        assert!(
            (bars[0].y + bars[0].height - AXIS).abs() < 1e-9,
            "the lower stands on the axis"
        );
    }

    #[test]
    fn two_stacks_of_a_column_stand_side_by_side() {
        let chart = Chart::of(&[vec![vec![4], vec![2]], vec![vec![4], vec![0]]]);
        let [left, right] = &chart.columns[0].bars[..] else {
            panic!("two bars");
        };
        assert!((left.x + left.width - right.x).abs() < 1e-9);
        assert!(
            chart.columns[1].bars[0].width > left.width * 1.9,
            "one alone takes the whole width"
        );
    }

    #[test]
    fn grid_has_at_most_five_lines_with_round_counts() {
        for highest in [0, 1, 3, 7, 99, 100, 101, 12_345, 9_999_999] {
            let chart = single(&[&[highest]]);
            assert!(chart.grid.len() <= 5, "{highest}: {:?}", chart.grid);
            assert!(chart.grid.last().unwrap().count >= highest);
        }
    }

    #[test]
    fn everything_lies_inside_the_drawing_and_can_be_seen() {
        let layers: [&[u64]; 3] = [&[1, 2], &[1, 1_000_000], &[0, 7]];
        let chart = single(&layers);
        for column in &chart.columns {
            assert!(column.left >= 0.0 && column.left + column.width <= WIDTH + 1e-6);
            assert!(
                column
                    .bars
                    .iter()
                    .all(|bar| bar.y >= 0.0 && bar.height >= 1.0 && bar.width > 0.0)
            );
        }
    }

    #[test]
    fn nothing_gives_an_empty_chart() {
        assert!(Chart::of(&[]).columns.is_empty());
    }

    #[test]
    fn length_of_a_small_share_is_seen_and_of_none_is_not() {
        assert!(length(1, 1_000_000) > 0.5);
        assert!(length(0, 10) < f64::EPSILON);
        assert!((length(10, 10) - WIDTH).abs() < 1e-9);
    }
}
