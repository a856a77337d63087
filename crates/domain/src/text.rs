//! Normalisation of registry text, shared by status labels, titles and numbers.

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
