//! Names of countries as the dump writes them, for parties that have no Russian number.

/// The beginnings of names, lower case, with the ISO alpha-2 code. Longer names stand before their own beginnings.
const NAMES: &[(&str, &str)] = &[
    ("росси", "RU"),
    ("китай", "CN"),
    ("кнр", "CN"),
    ("германи", "DE"),
    ("федеративная республика германия", "DE"),
    ("беларус", "BY"),
    ("республика беларусь", "BY"),
    ("казахстан", "KZ"),
    ("республика казахстан", "KZ"),
    ("киргизи", "KG"),
    ("кыргызстан", "KG"),
    ("киргизская республика", "KG"),
    ("кыргызская республика", "KG"),
    ("армени", "AM"),
    ("республика армения", "AM"),
    ("узбекистан", "UZ"),
    ("республика узбекистан", "UZ"),
    ("таджикистан", "TJ"),
    ("азербайджан", "AZ"),
    ("грузия", "GE"),
    ("молдова", "MD"),
    ("молдавия", "MD"),
    ("республика молдова", "MD"),
    ("украина", "UA"),
    ("турци", "TR"),
    ("турецкая республика", "TR"),
    ("итали", "IT"),
    ("итальянская республика", "IT"),
    ("франци", "FR"),
    ("французская республика", "FR"),
    ("испани", "ES"),
    ("королевство испания", "ES"),
    ("португали", "PT"),
    ("польша", "PL"),
    ("республика польша", "PL"),
    ("чехия", "CZ"),
    ("чешская республика", "CZ"),
    ("словаки", "SK"),
    ("словения", "SI"),
    ("венгри", "HU"),
    ("болгари", "BG"),
    ("румыни", "RO"),
    ("сербия", "RS"),
    ("австрия", "AT"),
    ("австрийская республика", "AT"),
    ("австралия", "AU"),
    ("швейцари", "CH"),
    ("бельги", "BE"),
    ("королевство бельгия", "BE"),
    ("нидерланды", "NL"),
    ("королевство нидерландов", "NL"),
    ("люксембург", "LU"),
    ("ирландия", "IE"),
    ("дания", "DK"),
    ("королевство дания", "DK"),
    ("швеция", "SE"),
    ("королевство швеция", "SE"),
    ("норвегия", "NO"),
    ("финлянди", "FI"),
    ("финляндская республика", "FI"),
    ("эстон", "EE"),
    ("латви", "LV"),
    ("литва", "LT"),
    ("литовская республика", "LT"),
    ("греция", "GR"),
    ("соединенное королевство", "GB"),
    ("великобритания", "GB"),
    ("соединенные штаты", "US"),
    ("сша", "US"),
    ("канада", "CA"),
    ("мексика", "MX"),
    ("бразилия", "BR"),
    ("аргентина", "AR"),
    ("чили", "CL"),
    ("республика чили", "CL"),
    ("эквадор", "EC"),
    ("перу", "PE"),
    ("япония", "JP"),
    ("корейская народно", "KP"),
    ("республика корея", "KR"),
    ("корея республика", "KR"),
    ("южная корея", "KR"),
    ("корея", "KR"),
    ("тайвань", "TW"),
    ("гонконг", "HK"),
    ("вьетнам", "VN"),
    ("социалистическая республика вьетнам", "VN"),
    ("таиланд", "TH"),
    ("королевство таиланд", "TH"),
    ("малайзия", "MY"),
    ("индонезия", "ID"),
    ("республика индонезия", "ID"),
    ("сингапур", "SG"),
    ("филиппины", "PH"),
    ("индия", "IN"),
    ("республика индия", "IN"),
    ("пакистан", "PK"),
    ("бангладеш", "BD"),
    ("шри ланка", "LK"),
    ("иран", "IR"),
    ("исламская республика иран", "IR"),
    ("израиль", "IL"),
    ("государство израиль", "IL"),
    ("объединенные арабские эмираты", "AE"),
    ("оаэ", "AE"),
    ("египет", "EG"),
    ("арабская республика египет", "EG"),
    ("марокко", "MA"),
    ("тунис", "TN"),
    ("южно африканская республика", "ZA"),
    ("монголия", "MN"),
];

/// Bytes of the beginning of a text that decide; the longest name is shorter.
const LONGEST_NAME: usize = 80;

/// Letters of names of countries are Cyrillic; the rest of the alphabets only has to be told from punctuation.
fn is_letter(letter: char) -> bool {
    matches!(letter, 'А'..='я' | 'Ё' | 'ё' | 'a'..='z' | 'A'..='Z')
        || (!letter.is_ascii() && letter.is_alphabetic())
}

fn lower(letter: char) -> char {
    match letter {
        'Ё' | 'ё' => 'е',
        'А'..='Я' => char::from_u32(u32::from(letter) + 32).unwrap_or(letter),
        other => other.to_ascii_lowercase(),
    }
}

/// The country at the beginning of an address or origin, after a post code if there is one. Commas may have been
/// replaced by a second space.
pub(super) fn at_beginning(text: &str) -> Option<String> {
    let mut words = String::with_capacity(LONGEST_NAME + 32);
    for word in text
        .split(|letter: char| !is_letter(letter))
        .filter(|word| !word.is_empty())
    {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().map(lower));
        if words.len() > LONGEST_NAME {
            break;
        }
    }
    NAMES
        .iter()
        .filter(|(name, _)| words.starts_with(name))
        .max_by_key(|(name, _)| name.len())
        .map(|(_, code)| (*code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn names_are_as_texts_are_compared() {
        for (name, _) in NAMES {
            assert!(name.len() < LONGEST_NAME, "{name}");
            assert_eq!(name.chars().map(lower).collect::<String>(), *name);
        }
    }

    #[rstest]
    #[case("КИТАЙ  No. 176  Dongliu Road", Some("CN"))]
    #[case("Китайская Народная Республика", Some("CN"))]
    #[case("109004  РОССИЯ  ГОРОД МОСКВА", Some("RU"))]
    #[case("Российская Федерация", Some("RU"))]
    #[case("Корея  Республика  Yeonsu-Gu", Some("KR"))]
    #[case("Корейская Народно-Демократическая Республика", Some("KP"))]
    #[case("Федеративная Республика Германия", Some("DE"))]
    #[case("Соединённые Штаты Америки", Some("US"))]
    #[case("Some street 5", None)]
    #[case("", None)]
    fn country_is_read_at_the_beginning(#[case] text: &str, #[case] code: Option<&str>) {
        assert_eq!(at_beginning(text).as_deref(), code);
    }
}
