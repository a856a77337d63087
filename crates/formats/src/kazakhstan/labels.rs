//! What the Kazakh register's status labels mean beyond those that all registers share.
//!
//! `ҚҰЖАТ БЕРІЛДІ` was seen in real answers; the other Kazakh words are the register's English codes in translation.
//! A label that is not recognised gives an unknown status and is kept as written.

use certlens_domain::status::Status;

/// Stems, more special ones before those that they contain.
const LABELS: [(&str, Status); 11] = [
    ("берілді", Status::Active),
    ("выдан", Status::Active),
    ("тоқтатыла тұр", Status::Suspended),
    ("тоқтата тұр", Status::Suspended),
    ("тоқтатыл", Status::Terminated),
    ("жойыл", Status::Terminated),
    ("отменен", Status::Terminated),
    ("аннулирован", Status::Terminated),
    ("ұзартыл", Status::Extended),
    ("жаңартыл", Status::Renewed),
    ("қайта", Status::Renewed),
];

/// The canonical status of a label.
pub(super) fn status(label: &str) -> Status {
    let shared = Status::of_label(label);
    if shared != Status::Unknown {
        return shared;
    }
    let label = label.to_lowercase().replace('ё', "е");
    LABELS
        .iter()
        .find(|(stem, _)| label.contains(stem))
        .map_or(Status::Unknown, |(_, status)| *status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("ISSUED", Status::Active)]
    #[case("CANCELED", Status::Terminated)]
    #[case("SUSPENDED", Status::Suspended)]
    #[case("EXTENDED", Status::Extended)]
    #[case("RENEWED", Status::Renewed)]
    #[case("ҚҰЖАТ БЕРІЛДІ", Status::Active)]
    #[case("Документ выдан", Status::Active)]
    #[case("Құжаттың қолданылуы тоқтатыла тұрды", Status::Suspended)]
    #[case("ҚҰЖАТ ТОҚТАТЫЛДЫ", Status::Terminated)]
    #[case("Мерзімі ұзартылды", Status::Extended)]
    #[case("Отменён", Status::Terminated)]
    #[case("Жаңа белгі", Status::Unknown)]
    #[case("", Status::Unknown)]
    fn label_has_its_canonical_status(#[case] label: &str, #[case] expected: Status) {
        assert_eq!(status(label), expected);
    }
}
