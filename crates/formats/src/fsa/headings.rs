//! Which headings of the TN VED exist, as far as it takes to see that a code lost its leading zero.

/// The last heading of each chapter from 01 to 97, edition of 2022; chapter 77 is reserved.
#[rustfmt::skip]
const LAST_HEADING: [u8; 97] = [
    6, 10, 9, 10, 11, 4, 14, 13, 10, 8, 8, 14, 2, 4, 21, 5, 4, 6, 5, 9, 6, 8, 9, 4, 30, 21, 14, 53, 41, 6, 5, 15, 7,
    5, 7, 6, 7, 27, 26, 16, 15, 3, 3, 21, 4, 2, 7, 23, 11, 7, 12, 12, 10, 8, 16, 8, 4, 10, 11, 6, 17, 17, 10, 6, 6, 3,
    4, 15, 14, 20, 18, 29, 26, 19, 8, 16, 0, 4, 3, 1, 12, 15, 11, 87, 49, 7, 16, 7, 7, 32, 14, 9, 6, 6, 8, 16, 6,
];

/// Restores the zero that a code of chapters 01 to 09 loses when its cell is written as a number: when the code as it
/// stands begins with no existing heading, or has a length that no code has, and with the zero it would be right.
pub(super) fn with_lost_zero(code: &str) -> String {
    let padded = format!("0{code}");
    let odd_length = matches!(code.len(), 3 | 5 | 7);
    if (odd_length || !begins_with_heading(code)) && code.len() < 10 && begins_with_heading(&padded) {
        padded
    } else {
        code.to_owned()
    }
}

fn begins_with_heading(code: &str) -> bool {
    let number = |range| {
        code.get(range)
            .and_then(|digits: &str| digits.parse::<usize>().ok())
    };
    let (Some(chapter), Some(heading)) = (number(0..2), number(2..4)) else {
        return false;
    };
    chapter
        .checked_sub(1)
        .and_then(|index| LAST_HEADING.get(index))
        .is_some_and(|last| (1..=usize::from(*last)).contains(&heading))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::pepper_instead_of_a_glass_heading_that_does_not_exist("70960100", "070960100")]
    #[case::flowers("602909100", "0602909100")]
    #[case::milk("402211800", "0402211800")]
    #[case::length_that_no_code_has("40221", "040221")]
    #[case::existing_heading_stays("870323", "870323")]
    #[case::complete_code_stays("7013379900", "7013379900")]
    #[case::nonsense_stays("9999999999", "9999999999")]
    fn zero_is_restored_only_where_the_code_makes_no_sense_without(
        #[case] code: &str,
        #[case] restored: &str,
    ) {
        assert_eq!(with_lost_zero(code), restored);
    }
}
