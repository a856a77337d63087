//! Normalisation of registry text, shared by status labels, titles and numbers; and texts cut short for labels.

use std::borrow::Cow;

/// Lower case, `ё` → `е`, letters and digits only: the form in which titles and labels are compared.
pub(crate) fn letters_and_digits(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|letter| if letter == 'ё' { 'е' } else { letter })
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// A Latin capital that looks like a Cyrillic one becomes that Cyrillic one; anything else stays.
pub(crate) const fn cyrillic_look_alike(letter: char) -> char {
    match letter {
        'A' => 'А',
        'B' => 'В',
        'C' => 'С',
        'E' => 'Е',
        'H' => 'Н',
        'K' => 'К',
        'M' => 'М',
        'O' => 'О',
        'P' => 'Р',
        'T' => 'Т',
        'X' => 'Х',
        'Y' => 'У',
        other => other,
    }
}

/// The text in at most `most` characters: cut after a word, without a dangling comma or conjunction, and with `…`.
pub(crate) fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().count() <= most {
        return Cow::Borrowed(text);
    }
    let end = text
        .char_indices()
        .nth(most.saturating_sub(1))
        .map_or(text.len(), |(index, _)| index);
    let (head, tail) = text.split_at(end);
    let mut kept = if tail.starts_with(char::is_whitespace) {
        head
    } else {
        // A single word as long as this is cut where it must be.
        head.rfind(char::is_whitespace)
            .map_or(head, |space| &head[..space])
    };
    loop {
        kept = kept
            .trim_end_matches(|letter: char| !letter.is_alphanumeric() && !matches!(letter, ')' | '»' | '"'));
        match kept.rsplit_once(char::is_whitespace) {
            Some((before, last)) if DANGLING.contains(&last) => kept = before,
            _ => break,
        }
    }
    Cow::Owned(format!("{kept}…"))
}

/// Words that say nothing at the end of a text.
#[rustfmt::skip]
const DANGLING: &[&str] = &[
    "и", "или", "а", "в", "во", "из", "с", "со", "для", "на", "не", "от", "по", "без", "кроме", "включая", "например", "к", "о",
    "and", "or", "of", "the",
];

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Обувь", 10, "Обувь")]
    #[case("Обувь и гетры", 13, "Обувь и гетры")]
    #[case("Обувь и гетры", 12, "Обувь…")]
    #[case("Обувь, гетры", 8, "Обувь…")]
    #[case("Лампы (LED) и прочее", 12, "Лампы (LED)…")]
    #[case("Неразрывноеслово", 8, "Неразры…")]
    #[case("", 5, "")]
    fn shortened_ends_after_a_word_that_says_something(
        #[case] text: &str,
        #[case] most: usize,
        #[case] short: &str,
    ) {
        assert_eq!(shortened(text, most), short);
    }
}
