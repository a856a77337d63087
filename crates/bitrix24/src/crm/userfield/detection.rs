//! Which custom fields look as if people keep companies' identifiers in them. A suggestion only. Pure.
//!
//! Names and labels are cut into words: a field called `ИННОВАЦИИ` or `BINARY` must not be taken for one.

use serde::{Deserialize, Serialize};

use super::CustomField;

/// Which identifier a field seems to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// Tax number (ИНН).
    Inn,
    /// State registration number of a company in Russia (ОГРН).
    Ogrn,
    /// State registration number of a sole trader in Russia (ОГРНИП).
    Ogrnip,
    /// Business identification number of Kazakhstan (БИН).
    Bin,
    /// Individual identification number of Kazakhstan (ИИН).
    Iin,
    /// Payer's number of Belarus (УНП).
    Unp,
}

/// A field that seems to hold identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The field's name.
    pub field: String,
    /// What it seems to hold; `БИН/ИИН` names two.
    pub kinds: Vec<IdentifierKind>,
}

/// The words that name an identifier.
const WORDS: [(&str, IdentifierKind); 15] = [
    ("INN", IdentifierKind::Inn),
    ("ИНН", IdentifierKind::Inn),
    ("OGRN", IdentifierKind::Ogrn),
    ("ОГРН", IdentifierKind::Ogrn),
    ("OGRNIP", IdentifierKind::Ogrnip),
    ("ОГРНИП", IdentifierKind::Ogrnip),
    ("BIN", IdentifierKind::Bin),
    ("БИН", IdentifierKind::Bin),
    ("IIN", IdentifierKind::Iin),
    ("ИИН", IdentifierKind::Iin),
    ("UNP", IdentifierKind::Unp),
    ("УНП", IdentifierKind::Unp),
    ("УНН", IdentifierKind::Unp),
    // As Kazakh has them.
    ("БСН", IdentifierKind::Bin),
    ("ЖСН", IdentifierKind::Iin),
];

/// The identifiers' names in full, in lower case.
const PHRASES: [(&str, IdentifierKind); 5] = [
    ("номер налогоплательщика", IdentifierKind::Inn),
    ("государственный регистрационный номер", IdentifierKind::Ogrn),
    ("бизнес-идентификационный номер", IdentifierKind::Bin),
    ("индивидуальный идентификационный номер", IdentifierKind::Iin),
    ("номер плательщика", IdentifierKind::Unp),
];

/// Words that codes of fields are written together with: `COMPANYINN`, `INNKPP`.
const COMPANIONS: [&str; 18] = [
    "COMPANY",
    "CLIENT",
    "CUSTOMER",
    "PARTNER",
    "KONTRAGENT",
    "AGENT",
    "ORG",
    "ORGANIZATION",
    "LEAD",
    "DEAL",
    "UR",
    "UL",
    "NUMBER",
    "NUM",
    "CODE",
    "KPP",
    "FIELD",
    "КПП",
];

/// Beginnings of words beside which the number is somebody else's, or no identifier at all: the bank's, a
/// director's, of a payment card, of a storage place.
const STRANGERS: [&str; 14] = [
    "БАНК",
    "BANK",
    "ДИРЕКТОР",
    "DIRECTOR",
    "РУКОВОДИТ",
    "КАРТ",
    "CARD",
    "LOCATION",
    "STORAGE",
    "ЯЧЕЙК",
    "ФАЙЛ",
    "FILE",
    "СКАН",
    "SCAN",
];

/// Types that can't hold an identifier.
const UNFIT_TYPES: [&str; 13] = [
    "boolean",
    "date",
    "datetime",
    "file",
    "disk_file",
    "employee",
    "enumeration",
    "crm",
    "crm_status",
    "iblock_section",
    "iblock_element",
    "money",
    "address",
];

/// The fields that seem to hold identifiers, the likeliest first: those whose name or label is nothing but the
/// identifier's, then the others, each in the order given.
///
/// ```
/// use certlens_bitrix24::crm::{CustomField, IdentifierKind, detect};
///
/// let field = CustomField {
///     name: "UF_CRM_1720019876534".to_owned(),
///     labels: [("ru".to_owned(), "ИНН контрагента".to_owned())].into(),
///     kind: "string".to_owned(),
///     multiple: false,
///     links_to: Vec::new(),
/// };
///
/// assert_eq!(detect(&[field])[0].kinds, [IdentifierKind::Inn]);
/// ```
pub fn detect(fields: &[CustomField]) -> Vec<Suggestion> {
    let mut found: Vec<(bool, Suggestion)> = fields.iter().filter_map(suggestion).collect();
    found.sort_by_key(|(is_exact, _)| !is_exact);
    found.into_iter().map(|(_, suggestion)| suggestion).collect()
}

fn suggestion(field: &CustomField) -> Option<(bool, Suggestion)> {
    if UNFIT_TYPES.contains(&field.kind.as_str()) {
        return None;
    }
    let code = field
        .name
        .strip_prefix("UF_CRM_")
        .or_else(|| field.name.strip_prefix("UF_"))?;
    // Codes are in capitals anyway; in a label "Inn" is a hotel and "bin" is a box.
    let texts: Vec<Vec<String>> = std::iter::once(words(code))
        .chain(field.labels.values().map(|label| words(label)))
        .collect();
    let is_somebody_elses = texts.iter().flatten().any(|word| {
        STRANGERS
            .iter()
            .any(|stranger| word.to_uppercase().starts_with(stranger))
    });
    if is_somebody_elses {
        return None;
    }
    let mut kinds: Vec<IdentifierKind> = Vec::new();
    let by_words = texts.iter().flatten().filter_map(|word| kind_of(word));
    for kind in by_words.chain(field.labels.values().flat_map(|label| in_full(label))) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let is_exact = texts
        .iter()
        .any(|words| !words.is_empty() && words.iter().all(|word| kind_of(word).is_some()));
    (!kinds.is_empty()).then(|| {
        let suggestion = Suggestion {
            field: field.name.clone(),
            kinds,
        };
        (is_exact, suggestion)
    })
}

/// The identifiers that a label names in full.
fn in_full(label: &str) -> impl Iterator<Item = IdentifierKind> {
    let label = label.to_lowercase();
    PHRASES
        .into_iter()
        .filter(move |(phrase, _)| label.contains(phrase))
        .map(|(_, kind)| kind)
}

/// Runs of letters and digits, as they are written.
fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The identifier that a word names: by itself, with a number behind it (`INN2`), or together with a companion.
fn kind_of(word: &str) -> Option<IdentifierKind> {
    let word = word.trim_end_matches(|character: char| character.is_ascii_digit());
    let is_cyrillic = !word.is_ascii();
    // "инн" is nothing else in Russian; Latin letters must be capitals.
    let word = if is_cyrillic {
        word.to_uppercase()
    } else {
        word.to_owned()
    };
    WORDS.iter().find_map(|(name, kind)| {
        let beside =
            |rest: Option<&str>| rest.is_some_and(|rest| rest.is_empty() || COMPANIONS.contains(&rest));
        (beside(word.strip_prefix(name)) || beside(word.strip_suffix(name))).then_some(*kind)
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn field(name: &str, label: &str, kind: &str) -> CustomField {
        CustomField {
            name: name.to_owned(),
            labels: [("ru".to_owned(), label.to_owned())]
                .into_iter()
                .filter(|(_, label)| !label.is_empty())
                .collect(),
            kind: kind.to_owned(),
            multiple: false,
            links_to: Vec::new(),
        }
    }

    #[rstest]
    #[case("UF_CRM_INN", "", &[IdentifierKind::Inn])]
    #[case("UF_CRM_COMPANY_INN", "", &[IdentifierKind::Inn])]
    #[case("UF_CRM_COMPANYINN", "", &[IdentifierKind::Inn])]
    #[case("UF_CRM_INN2", "", &[IdentifierKind::Inn])]
    #[case("UF_CRM_INNKPP", "", &[IdentifierKind::Inn])]
    #[case("UF_CRM_1720019876534", "ИНН контрагента", &[IdentifierKind::Inn])]
    #[case("UF_CRM_1720019876534", "Инн", &[IdentifierKind::Inn])]
    #[case("UF_CRM_1720019876534", "ИНН/КПП", &[IdentifierKind::Inn])]
    #[case("UF_CRM_1720019876534", "ОГРН (ОГРНИП)", &[IdentifierKind::Ogrn, IdentifierKind::Ogrnip])]
    #[case("UF_CRM_OGRNIP", "", &[IdentifierKind::Ogrnip])]
    #[case("UF_CRM_1720019876534", "БИН/ИИН", &[IdentifierKind::Bin, IdentifierKind::Iin])]
    #[case("UF_CRM_BIN", "Номер", &[IdentifierKind::Bin])]
    #[case("UF_CRM_1720019876534", "УНП", &[IdentifierKind::Unp])]
    #[case("UF_CRM_1720019876534", "Tax number (INN)", &[IdentifierKind::Inn])]
    #[case("UF_CRM_1720019876534", "Идентификационный номер налогоплательщика", &[IdentifierKind::Inn])]
    #[case("UF_CRM_1720019876534", "Бизнес-идентификационный номер (БИН)", &[IdentifierKind::Bin])]
    #[case("UF_CRM_1720019876534", "Учётный номер плательщика", &[IdentifierKind::Unp])]
    #[case("UF_CRM_1720019876534", "БСН", &[IdentifierKind::Bin])]
    fn detect_of_an_identifiers_field_tells_which(
        #[case] name: &str,
        #[case] label: &str,
        #[case] kinds: &[IdentifierKind],
    ) {
        let expected = Suggestion {
            field: name.to_owned(),
            kinds: kinds.to_vec(),
        };
        assert_eq!(detect(&[field(name, label, "string")]), [expected]);
    }

    #[rstest]
    #[case("UF_CRM_INNOVATION", "ИННОВАЦИИ", "string")]
    #[case("UF_CRM_BINARY", "", "string")]
    #[case("UF_CRM_1720019876534", "Комбинат", "string")]
    #[case("UF_CRM_1720019876534", "Номер плательщика: скан", "string")]
    #[case("UF_CRM_1720019876534", "Holiday Inn", "string")]
    #[case("UF_CRM_1720019876534", "Recycle bin", "string")]
    #[case("UF_CRM_1720019876534", "ИНН банка", "string")]
    #[case("UF_CRM_BIN_LOCATION", "", "string")]
    #[case("UF_CRM_1720019876534", "BIN карты", "string")]
    #[case("UF_CRM_INN", "ИНН проверен", "boolean")]
    #[case("UF_CRM_INN", "ИНН", "file")]
    #[case("UF_CRM_1720019876534", "", "string")]
    #[case("TITLE", "ИНН", "string")]
    fn detect_of_another_field_is_nothing(#[case] name: &str, #[case] label: &str, #[case] kind: &str) {
        assert_eq!(detect(&[field(name, label, kind)]), []);
    }

    #[test]
    fn detect_puts_a_field_that_is_nothing_but_the_identifier_first() {
        let fields = [
            field("UF_CRM_1", "ИНН плательщика", "string"),
            field("UF_CRM_2", "ИНН", "string"),
        ];
        let order: Vec<String> = detect(&fields)
            .into_iter()
            .map(|suggestion| suggestion.field)
            .collect();
        assert_eq!(order, ["UF_CRM_2", "UF_CRM_1"]);
    }
}
