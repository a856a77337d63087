//! The worked examples of the facts, and the laws of each check digit.

use super::*;
use proptest::prelude::*;
use rstest::rstest;

fn kinds(text: &str) -> Vec<IdentifierKind> {
    Identifier::parse(text).unwrap().kinds().collect()
}

#[rstest]
#[case("7707083893")]
#[case("5403055932")]
#[case("0814162716")]
#[case("1650032058")]
#[case("500100732259")]
#[case("770000000156")]
#[case("990000000041")]
fn parse_of_a_real_inn_is_a_valid_inn(#[case] inn: &str) {
    let identifier = Identifier::parse(inn).unwrap();
    assert!(identifier.is_valid(), "{:?}", identifier.readings());
    assert!(identifier.kinds().any(|kind| kind == IdentifierKind::Inn));
    assert_eq!(inn.parse::<Inn>().unwrap().as_str(), inn);
}

#[rstest]
#[case("1027700132195")]
#[case("1205400003962")]
#[case("1021602013971")]
fn parse_of_a_real_ogrn_is_a_valid_ogrn(#[case] ogrn: &str) {
    assert_eq!(kinds(ogrn), [IdentifierKind::Ogrn]);
    assert!(ogrn.parse::<Ogrn>().is_ok());
}

#[rstest]
#[case::remainder_5("304990000000065")]
#[case::remainder_10_gives_0("304990000000110")]
#[case::remainder_11_gives_1("304990000000121")]
#[case::remainder_12_gives_2("304990000000132")]
#[case::documentation_example("304500116000157")]
fn parse_of_an_ogrnip_of_every_branch_is_valid(#[case] ogrnip: &str) {
    assert_eq!(kinds(ogrnip), [IdentifierKind::Ogrnip]);
    assert!(Identifier::parse(ogrnip).unwrap().is_valid());
}

#[rstest]
#[case("971240001315")]
#[case("940140000385")]
#[case("020240000555")]
#[case("941240000193")]
#[case("010940000162")]
#[case("990940002914")]
#[case::second_weights("190440000104")]
fn parse_of_a_real_bin_is_a_valid_bin(#[case] bin: &str) {
    assert!(kinds(bin).contains(&IdentifierKind::Bin));
    assert!(bin.parse::<Bin>().is_ok());
}

#[rstest]
#[case("200988541")]
#[case("600513168")]
#[case("100325912")]
#[case("MA1953684")]
fn parse_of_a_real_unp_is_a_valid_unp(#[case] unp: &str) {
    assert_eq!(kinds(unp), [IdentifierKind::Unp]);
    assert!(Identifier::parse(unp).unwrap().is_valid());
}

#[test]
fn parse_of_a_unp_in_cyrillic_letters_gives_the_latin_form() {
    let identifier = Identifier::parse("МА1953684").unwrap();
    assert_eq!(identifier.value(), "MA1953684");
    assert!(identifier.is_valid());
}

#[test]
fn parse_of_the_encyclopaedias_wrong_unp_tells_its_check_digit() {
    let identifier = Identifier::parse("MA1953681").unwrap();
    assert_eq!(
        identifier.reason(Language::En).unwrap(),
        "UNP: the check digit at place 9 must be 4, but is 1."
    );
}

#[test]
fn parse_of_a_kyrgyz_number_judges_by_its_date() {
    assert!(Identifier::parse("01007200310037").unwrap().is_valid());
    let wrong = Identifier::parse("03113200310037").unwrap();
    assert_eq!(wrong.readings()[0].flaw, Some(Flaw::Date));
}

#[test]
fn parse_of_a_wrong_inn_names_the_failing_digit_and_keeps_the_value() {
    let identifier = Identifier::parse("7707083894").unwrap();
    assert!(!identifier.is_valid());
    assert_eq!(identifier.value(), "7707083894");
    assert_eq!(
        identifier.reason(Language::Ru).unwrap(),
        "ИНН: контрольная цифра на 10-м месте должна быть 3, а стоит 4."
    );
}

#[test]
fn parse_of_a_12_digit_number_that_passes_two_checks_keeps_both_readings() {
    // Found by search: the date part is 1990-11-0x with type digit 4, and both algorithms agree.
    let both = (0..100_000_u32)
        .map(|serial| format!("9911400{serial:05}"))
        .find(|text| checks::inn(text).is_ok() && checks::bin(text).is_ok())
        .expect("one in some thousand numbers passes both checks");
    assert_eq!(kinds(&both), [IdentifierKind::Inn, IdentifierKind::Bin]);
}

#[test]
fn parse_restores_the_zero_that_a_spreadsheet_ate() {
    assert_eq!(Identifier::parse("814162716").unwrap().value(), "0814162716");
}

#[test]
fn parse_prefers_a_valid_unp_to_a_restored_inn() {
    let both = (100_000_000..700_000_000_u32)
        .step_by(7)
        .map(|number| number.to_string())
        .find(|text| checks::unp(text).is_ok() && checks::inn(&format!("0{text}")).is_ok())
        .expect("one in a hundred numbers passes both checks");
    assert_eq!(kinds(&both), [IdentifierKind::Unp]);
    assert_eq!(Identifier::parse(&both).unwrap().value(), both);
}

#[rstest]
#[case("", "0 characters")]
#[case("123", "3 characters")]
#[case("12345678901234567890", "20 characters")]
#[case("77070Я3893", "`Я`")]
#[case("ABCDEFGHIJ", "letters")]
#[case("7707083893; DROP TABLE", "`;`")]
fn parse_of_anything_else_says_what_would_be_right(#[case] text: &str, #[case] part: &str) {
    let error = Identifier::parse(text).unwrap_err();
    assert!(error.to_string().contains(part), "{error}");
}

proptest! {
    /// INN-10, OGRN, BIN and UNP detect every change of a single digit, because their moduli are primes above the
    /// weights' differences. (Two remainders share the digit 0 in INN and OGRN, hence the digits that the rule
    /// cannot tell apart are left out below.)
    #[test]
    fn a_single_changed_digit_of_an_inn_is_refused(body in 100_000_000_u64..999_999_999, place in 0_usize..10, change in 1_u8..10) {
        let weights = [2_u64, 4, 10, 3, 5, 9, 4, 6, 8];
        let sum = |text: &str| text.bytes().zip(weights).map(|(byte, weight)| u64::from(byte - b'0') * weight).sum::<u64>() % 11;
        let body = body.to_string();
        let valid = format!("{body}{}", sum(&body) % 10);
        let changed = change_digit(&valid, place, change);
        let collides = sum(&valid[..9]) % 10 == sum(&changed[..9]) % 10 && sum(&valid[..9]) != sum(&changed[..9]);
        prop_assume!(!collides);
        prop_assert!(valid.parse::<Inn>().is_ok());
        prop_assert!(changed.parse::<Inn>().is_err(), "{valid} -> {changed}");
    }

    #[test]
    fn a_single_changed_digit_of_an_ogrn_is_refused(body in 100_000_000_000_u64..199_999_999_999, place in 1_usize..13, change in 1_u8..10) {
        let valid = format!("{body}{}", body % 11 % 10);
        let changed = change_digit(&valid, place, change);
        let changed_body: u64 = changed[..12].parse().unwrap();
        prop_assume!(place == 12 || body % 11 % 10 != changed_body % 11 % 10 || body % 11 == changed_body % 11);
        prop_assert!(valid.parse::<Ogrn>().is_ok());
        prop_assert!(changed.parse::<Ogrn>().is_err(), "{valid} -> {changed}");
    }

    #[test]
    fn a_single_changed_digit_of_a_unp_is_refused(body in 10_000_000_u32..79_999_999, place in 0_usize..9, change in 1_u8..10) {
        let expected = (0..10).find(|digit| checks::unp(&format!("{body}{digit}")).is_ok());
        prop_assume!(expected.is_some());
        let valid = format!("{body}{}", expected.unwrap());
        prop_assert!(change_digit(&valid, place, change).parse::<Unp>().is_err());
    }

    #[test]
    fn a_changed_check_digit_of_a_bin_is_refused(year in 0_u32..100, month in 1_u32..13, kind in 4_u32..7, serial in 0_u32..1_000_000, change in 1_u8..10) {
        let body = format!("{year:02}{month:02}{kind}{serial:06}");
        let expected = (0..10).find(|digit| checks::bin(&format!("{body}{digit}")).is_ok());
        prop_assume!(expected.is_some());
        let valid = format!("{body}{}", expected.unwrap());
        prop_assert!(change_digit(&valid, 11, change).parse::<Bin>().is_err());
    }

    #[test]
    fn parse_never_panics_and_keeps_valid_values_stable(text in "\\PC{0,40}") {
        if let Ok(identifier) = Identifier::parse(&text) {
            let again = Identifier::parse(identifier.value()).unwrap();
            prop_assert_eq!(again, identifier);
        }
    }

    #[test]
    fn parse_of_digits_never_panics(text in "[0-9A-Z]{0,16}") {
        let _ = Identifier::parse(&text);
    }
}

fn change_digit(text: &str, place: usize, change: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[place] = b'0' + (bytes[place] - b'0' + change) % 10;
    String::from_utf8(bytes).unwrap()
}
