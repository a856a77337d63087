//! Document numbers: their two keys and their families.
//!
//! Numbers mix Latin and Cyrillic letters, are written with and without spaces and dots, and carry `N` or `№` at
//! will. The **identity key** says whether two numbers are the same document; the **search key** also forgives the
//! family prefix that people leave out. Source: facts on registries, "Number grammar".

mod wanted;

pub use wanted::WantedNumber;

use crate::registry::DocumentKind;
use crate::text::cyrillic_look_alike;

/// The identity key: upper case, `№` as `N`, look-alikes as Cyrillic, letters and digits only. The family prefix
/// stays: documents of `ТС` and `ЕАЭС` with equal tails are different documents.
///
/// ```
/// use certlens_domain::document_number::identity_key;
/// assert_eq!(identity_key("ЕАЭС № RU Д-CN.РА01.В.12345/25"), identity_key("ЕАЭС N RU Д-СN.PA01.B.12345/25"));
/// ```
pub fn identity_key(number: &str) -> String {
    number
        .chars()
        .map(|letter| if letter == '№' { 'N' } else { letter })
        .flat_map(char::to_uppercase)
        .map(cyrillic_look_alike)
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// The search key: the identity key without a leading family prefix of the Union, and without an `N` directly after
/// it. An `N` anywhere else is part of a country code.
///
/// ```
/// use certlens_domain::document_number::search_key;
/// assert_eq!(search_key("EAЭС N RU Д-CN.РА01.В.12345/25"), search_key("ru д-cn.ра01.в.12345/25"));
/// ```
pub fn search_key(number: &str) -> String {
    let key = identity_key(number);
    let tail = UNION_PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix));
    match tail {
        Some(tail) => tail.strip_prefix('N').unwrap_or(tail).to_owned(),
        None => key,
    }
}

/// Prefixes of the Union's documents in key form, longer ones first. `СU` is the English `CU` after look-alikes.
const UNION_PREFIXES: [&str; 6] = ["ЕВРАЗЭС", "ЕАЭС", "ЕАЕС", "ЕАС", "ТС", "СU"];

/// The family of a number: who issued it, under which rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberFamily {
    /// Russian form `RU Д-CC.BBNN.S.NNNNN/YY`.
    Russia {
        /// `С` certificate, `Д` declaration.
        kind: DocumentKind,
        /// ISO alpha-2 code of the country of origin (not of the issuer).
        origin: String,
        /// The registering body's code, `АЯ46`; `РА` and a number when the applicant registered by himself.
        body: String,
        /// Whether the series letter says "series" (`В`) rather than "batch or single unit" (`А`).
        series: bool,
    },
    /// Kyrgyz form `KG417/BBB…`.
    Kyrgyzstan {
        /// `Д` stands for a declaration; certificates carry the origin's code instead.
        kind: DocumentKind,
    },
    /// Kazakh form `KZ RRRRBBB.TT.KK.NNNNN`.
    Kazakhstan {
        /// `.13.12.` declarations, others certificates.
        kind: DocumentKind,
    },
    /// Belarusian form `BY/112 GG.01. ТРNNN …`.
    Belarus {
        /// `11.01.` declarations, `02.01.` certificates.
        kind: DocumentKind,
        /// Serial of the technical regulation inside the number, three digits.
        regulation: String,
    },
    /// State registration of goods (`RU.77.01…R…`): another register.
    StateRegistration,
    /// Temporary number of a draft; never shown as a document number.
    Temporary,
    /// Older, voluntary or mistyped: kept as it is.
    Unparsed,
}

impl NumberFamily {
    /// The family of a number in any spelling.
    pub fn of(number: &str) -> Self {
        let key = identity_key(number);
        if key.starts_with("ВРЕАЭС") || key.starts_with("ВРРФ") {
            return Self::Temporary;
        }
        let tail = search_key(number);
        let tail = ["РОСС", "ВП"]
            .iter()
            .find_map(|prefix| tail.strip_prefix(prefix))
            .unwrap_or(&tail);
        let tail = tail.strip_prefix('N').unwrap_or(tail);
        russia(tail)
            .or_else(|| kyrgyzstan(tail))
            .or_else(|| kazakhstan(tail))
            .or_else(|| belarus(tail))
            .or_else(|| state_registration(number))
            .unwrap_or(Self::Unparsed)
    }

    /// Certificate or declaration, if the number tells.
    pub const fn kind(&self) -> Option<DocumentKind> {
        match self {
            Self::Russia { kind, .. }
            | Self::Kyrgyzstan { kind }
            | Self::Kazakhstan { kind }
            | Self::Belarus { kind, .. } => Some(*kind),
            Self::StateRegistration | Self::Temporary | Self::Unparsed => None,
        }
    }
}

/// Whether `text` is a run of digits whose length lies in `lengths`.
fn digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Splits off the first `count` characters; `None` when there are fewer.
fn take(text: &str, count: usize) -> Option<(&str, &str)> {
    let end = text
        .char_indices()
        .map(|(index, _)| index)
        .chain([text.len()])
        .nth(count)?;
    Some(text.split_at(end))
}

/// `RU`, `Д` or `С`, country, body, series letter, five digits of serial and two of year.
fn russia(tail: &str) -> Option<NumberFamily> {
    let tail = tail.strip_prefix("RU")?;
    let (kind, tail) = take(tail, 1)?;
    let kind = match kind {
        "Д" | "D" => DocumentKind::Declaration,
        "С" => DocumentKind::Certificate,
        _ => return None,
    };
    let (origin, tail) = take(tail, 2)?;
    let (body, tail) = take(tail, 4)?;
    let (letters, number) = take(body, 2)?;
    let (series, tail) = take(tail, 1)?;
    let shaped = origin.chars().chain(letters.chars()).all(char::is_alphabetic) && digits(number, 2..=2);
    (shaped && series.chars().all(char::is_alphabetic) && digits(tail, 7..=7)).then(|| NumberFamily::Russia {
        kind,
        origin: origin.chars().map(latin).collect(),
        body: body.to_owned(),
        series: series == "В",
    })
}

/// Country codes are Latin; the key has Cyrillic look-alikes.
fn latin(letter: char) -> char {
    ('A'..='Z')
        .find(|latin| cyrillic_look_alike(*latin) == letter)
        .unwrap_or(letter)
}

/// `KG417`, then body and `Д` and a serial, or body, origin, two digits and a serial.
fn kyrgyzstan(tail: &str) -> Option<NumberFamily> {
    let tail = tail.strip_prefix("КG417")?;
    let split = tail.find(|letter: char| !letter.is_ascii_digit())?;
    let (body, tail) = tail.split_at(split);
    if !digits(body, 2..=3) {
        return None;
    }
    if let Some(serial) = tail.strip_prefix('Д') {
        return digits(serial, 4..=7).then_some(NumberFamily::Kyrgyzstan {
            kind: DocumentKind::Declaration,
        });
    }
    let (origin, serial) = take(tail, 2)?;
    (origin.chars().all(char::is_alphabetic) && digits(serial, 6..=9)).then_some(NumberFamily::Kyrgyzstan {
        kind: DocumentKind::Certificate,
    })
}

/// `KZ`, 4 to 7 digits, two pairs that tell the kind, 4 to 6 digits of serial.
fn kazakhstan(tail: &str) -> Option<NumberFamily> {
    let tail = tail.strip_prefix('Д').unwrap_or(tail).strip_prefix("КZ")?;
    if !digits(tail, 12..=17) {
        return None;
    }
    // Serials have five digits as a rule; the pair before them tells the kind.
    let kind = tail
        .len()
        .checked_sub(9)
        .and_then(|start| tail.get(start..start + 4));
    Some(NumberFamily::Kazakhstan {
        kind: if kind == Some("1312") {
            DocumentKind::Declaration
        } else {
            DocumentKind::Certificate
        },
    })
}

/// `BY112`, group, `01`, `ТР` and the regulation, body, serial.
fn belarus(tail: &str) -> Option<NumberFamily> {
    let tail = tail.strip_prefix('Д').unwrap_or(tail).strip_prefix("ВУ112")?;
    let (group, rest) = tail.split_once("ТР")?;
    let (regulation, serial) = take(rest, 3)?;
    let kind = match group {
        "1101" => DocumentKind::Declaration,
        "0201" => DocumentKind::Certificate,
        _ => return None,
    };
    (digits(regulation, 3..=3) && digits(serial, 7..=11)).then(|| NumberFamily::Belarus {
        kind,
        regulation: regulation.to_owned(),
    })
}

/// `RU.77.01.34.015.R.000123.05.23`: a form with an `R` or `E` between dots.
fn state_registration(number: &str) -> Option<NumberFamily> {
    let parts: Vec<&str> = number.trim().split('.').collect();
    let (country, rest) = parts.split_first()?;
    let shaped = matches!(*country, "RU" | "KZ" | "BY" | "KG" | "AM")
        && parts.len() == 9
        && matches!(parts.get(5), Some(&"R" | &"E" | &"Е"))
        && rest
            .iter()
            .enumerate()
            .all(|(index, part)| index == 4 || digits(part, 2..=6));
    shaped.then_some(NumberFamily::StateRegistration)
}

#[cfg(test)]
mod tests {
    use super::*;
    use DocumentKind::{Certificate, Declaration};
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("ЕАЭС N RU Д-DE.РА01.В.26651/25", Some(Declaration))]
    #[case("ЕАЭС RU С-CN.АЯ46.В.27677/23", Some(Certificate))]
    #[case("ЕАЭС RU C-CN.АЯ46.В.27677/23", Some(Certificate))]
    #[case("РОСС RU Д-RU.РА01.А.28754/25", Some(Declaration))]
    #[case("ВП RU Д-CL.РА01.А.57226/25", Some(Declaration))]
    #[case("ТС N RU Д-CN.АЯ46.В.27677/15", Some(Declaration))]
    #[case("ЕАЭС KG417/016.RU.02.04561", Some(Certificate))]
    #[case("ЕАЭС KG417/052.HK.02.12764", Some(Certificate))]
    #[case("KG 417/043.RU.02.09525", Some(Certificate))]
    #[case("ЕАЭС KG417/18.Д.0000338", Some(Declaration))]
    #[case("KG417/024.Д.0013077", Some(Declaration))]
    #[case("ЕАЭС KZ 7500533.01.01.06080", Some(Certificate))]
    #[case("ЕАЭС KZ 1100317.13.12.05103", Some(Declaration))]
    #[case("ЕАЭС.KZ.7100533.01.01.06080", Some(Certificate))]
    #[case("ЕАЭС BY/112 02.01. ТР018 010.02 00276", Some(Certificate))]
    #[case("ЕАЭС № BY/112 11.01. ТР021 018 05361", Some(Declaration))]
    #[case("ЕАЭС Д BY/112 11.01. ТР005 085.01 00276", Some(Declaration))]
    #[case("РОСС RU.АЯ46.Д01234", None)]
    #[case("что угодно", None)]
    #[case("", None)]
    fn family_of_a_real_number_tells_its_kind(#[case] number: &str, #[case] kind: Option<DocumentKind>) {
        assert_eq!(
            NumberFamily::of(number).kind(),
            kind,
            "{:?}",
            NumberFamily::of(number)
        );
    }

    #[test]
    fn russian_number_tells_origin_body_and_series() {
        let family = NumberFamily::of("ЕАЭС N RU Д-CN.РА01.В.12345/25");
        let expected = NumberFamily::Russia {
            kind: Declaration,
            origin: "CN".into(),
            body: "РА01".into(),
            series: true,
        };
        assert_eq!(family, expected);
    }

    #[test]
    fn temporary_and_state_registration_numbers_are_recognised_as_such() {
        assert_eq!(
            NumberFamily::of("врЕАЭС(ТР).РА01.28686/25"),
            NumberFamily::Temporary
        );
        assert_eq!(
            NumberFamily::of("RU.77.01.34.015.R.000123.05.23"),
            NumberFamily::StateRegistration
        );
    }

    #[test]
    fn identity_keeps_the_family_that_search_forgives() {
        let (union, customs) = ("ЕАЭС N RU Д-CN.РА01.В.12345/25", "ТС N RU Д-CN.РА01.В.12345/25");
        assert_ne!(identity_key(union), identity_key(customs));
        assert_eq!(search_key(union), search_key(customs));
        assert_eq!(search_key(union), search_key("RU Д-CN.РА01.В.12345/25"));
    }

    #[test]
    fn country_cn_keeps_its_n_and_zeros_of_the_serial_stay() {
        assert!(search_key("ЕАЭС RU С-CN.АЯ46.В.00677/23").contains("СNАЯ46В00677"));
    }

    proptest! {
        #[test]
        fn keys_do_not_depend_on_spaces_dots_and_case(number in "[А-ЯA-Z0-9./ -]{0,40}", noise in "[ .\u{a0}]{0,3}") {
            let noisy: String = number.chars().flat_map(|letter| [letter.to_string(), noise.clone()]).collect();
            prop_assert_eq!(identity_key(&number), identity_key(&noisy));
            prop_assert_eq!(search_key(&number), search_key(&noisy.to_lowercase()));
        }

        #[test]
        fn keys_of_keys_are_the_keys_and_family_never_panics(number in "\\PC{0,40}") {
            let key = identity_key(&number);
            prop_assert_eq!(identity_key(&key), key);
            let _ = NumberFamily::of(&number);
        }
    }
}
