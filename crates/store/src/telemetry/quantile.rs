//! Quantiles of a histogram: between the bounds of its buckets, as Prometheus estimates them.

/// The value below which the share `q` (0 to 1) of the observations lie; `None` without observations. Within a bucket
/// observations count as evenly spread; those above the last bound count as that bound.
///
/// `buckets` has one more place than `bounds`: what lay above all.
#[expect(
    clippy::cast_precision_loss,
    reason = "an estimate of far fewer than 2^52 observations"
)]
pub fn quantile(bounds: &[f64], buckets: &[u64], q: f64) -> Option<f64> {
    let all: u64 = buckets.iter().sum();
    if all == 0 {
        return None;
    }
    let wanted = q.clamp(0.0, 1.0) * all as f64;
    let mut below = 0.0;
    let mut lower = 0.0;
    for (bound, held) in bounds.iter().zip(buckets) {
        let held = *held as f64;
        if held > 0.0 && below + held >= wanted {
            let share = ((wanted - below) / held).clamp(0.0, 1.0);
            return Some(lower + (bound - lower) * share);
        }
        below += held;
        lower = *bound;
    }
    Some(lower)
}

#[cfg(test)]
mod tests {
    use super::quantile;
    use rstest::rstest;

    #[rstest]
    #[case::nothing_was_observed(&[0, 0, 0, 0], 0.5, None)]
    #[case::half_way_into_the_first_bucket(&[10, 0, 0, 0], 0.5, Some(0.5))]
    #[case::the_border_of_two_buckets(&[10, 10, 0, 0], 0.5, Some(1.0))]
    #[case::half_way_into_the_second(&[0, 10, 0, 0], 0.5, Some(1.5))]
    #[case::all_of_them(&[1, 1, 1, 0], 1.0, Some(4.0))]
    #[case::above_every_bound(&[0, 0, 0, 7], 0.95, Some(4.0))]
    fn quantile_is_estimated_within_its_bucket(
        #[case] buckets: &[u64],
        #[case] q: f64,
        #[case] expected: Option<f64>,
    ) {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], buckets, q), expected);
    }
}
