//! An applicant or a manufacturer of the Union's data model, and which field of a party its identifier belongs to.

use super::fields::Fields;
use certlens_domain::document::Party;
use certlens_domain::identifier::{Identifier, IdentifierKind};

/// The party; phones, e-mails, addresses and persons are left out.
pub(super) fn party(fields: Fields<'_>, registry_country: &str) -> Party {
    let mut party = Party {
        name: fields
            .text(&[
                "businessentityname",
                "businessentitybriefname",
                "businessentityshortname",
                "name",
            ])
            .unwrap_or_default(),
        country: country(fields),
        ..Party::default()
    };
    for id in ids(fields) {
        place(&mut party, &id, registry_country);
    }
    party
}

/// ISO alpha-2 code of the country that the object names.
pub(super) fn country(fields: Fields<'_>) -> Option<String> {
    let text = fields.text(&["unifiedcountrycode", "countrycode", "country"])?;
    let code = match text.to_uppercase().as_str() {
        "BLR" | "112" => "BY",
        "KAZ" | "398" => "KZ",
        "KGZ" | "417" => "KG",
        "RUS" | "643" => "RU",
        "ARM" | "051" | "51" => "AM",
        code if code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_alphabetic()) => {
            return Some(code.to_owned());
        }
        _ => return None,
    };
    Some(code.to_owned())
}

/// An identifier, and what the register calls it where it does.
struct NamedId {
    value: String,
    kind: String,
}

fn ids(fields: Fields<'_>) -> Vec<NamedId> {
    let field = &["businessentityid"];
    let objects = fields.objects(field);
    let values: Vec<(String, String)> = if objects.is_empty() {
        let texts = fields.texts(field).into_iter();
        texts.map(|value| (value, String::new())).collect()
    } else {
        let with_kind = |object: Fields<'_>| {
            let kind = object.text(&["kindid", "kindname", "kind"]).unwrap_or_default();
            Some((object.text(&["value", "id"])?, kind))
        };
        objects.into_iter().filter_map(with_kind).collect()
    };
    values
        .into_iter()
        .flat_map(|(value, kind)| {
            let parts: Vec<String> = value.split([',', ';', '/']).map(str::to_owned).collect();
            parts.into_iter().map(move |part| (part, kind.clone()))
        })
        .filter_map(|(part, kind)| {
            // "УНП 200988541": the label moves to the kind.
            let begins = part.find(|letter: char| letter.is_ascii_digit())?;
            let (label, _) = part.split_at(begins);
            let labelled = label.trim().chars().count() > 2;
            let value: String = if labelled { &part[begins..] } else { part.as_str() }
                .chars()
                .filter(|letter| letter.is_alphanumeric())
                .collect();
            let kind = if labelled { format!("{kind} {label}") } else { kind };
            Some(NamedId {
                value,
                kind: kind.to_uppercase(),
            })
        })
        .collect()
}

/// Puts an identifier where it belongs: by what the register calls it, by the party's country, by its shape. A field
/// that is taken stays.
fn place(party: &mut Party, id: &NamedId, registry_country: &str) {
    let called = |name: &str| id.kind.contains(name);
    let digits = id.value.bytes().all(|digit| digit.is_ascii_digit());
    let length = id.value.len();
    let country = party.country.as_deref().unwrap_or(match length {
        // The same twelve digits may be a Russian person's number or a Kazakh one: the register's country decides.
        12 if registry_country == "KZ" => "KZ",
        9 if registry_country == "BY" => "BY",
        10 | 12 | 13 | 15 => "RU",
        14 => "KG",
        _ => registry_country,
    });
    let field = if called("ОГРН") || (digits && matches!(length, 13 | 15)) {
        &mut party.ogrn
    } else if called("УНП") {
        &mut party.unp
    } else if called("БИН") || called("ИИН") || called("БСН") || called("ЖСН") {
        &mut party.bin
    } else if called("ИНН") {
        &mut party.inn
    } else {
        match country {
            "BY" => &mut party.unp,
            "KZ" => &mut party.bin,
            _ => &mut party.inn,
        }
    };
    if field.is_none() {
        *field = Some(id.value.clone());
    }
    if let Some(unp) = &party.unp {
        party.unp = Some(latin_unp(unp));
    }
}

/// Letters of a person's UNP may be typed in Cyrillic.
fn latin_unp(unp: &str) -> String {
    Identifier::parse(unp)
        .ok()
        .filter(|identifier| identifier.kinds().any(|kind| kind == IdentifierKind::Unp))
        .map_or_else(|| unp.to_owned(), |identifier| identifier.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn ids_of(object: &Value) -> [Option<String>; 4] {
        let party = party(Fields::of(object).unwrap(), "BY");
        [party.inn, party.ogrn, party.bin, party.unp]
    }

    #[rstest]
    #[case("BY", json!("200988541"), [None, None, None, Some("200988541")])]
    #[case("BY", json!("МА1953684"), [None, None, None, Some("MA1953684")])]
    #[case("BY", json!("УНП 200988541"), [None, None, None, Some("200988541")])]
    #[case("KZ", json!({"value": "971240001315", "kindId": "7"}), [None, None, Some("971240001315"), None])]
    #[case("RU", json!({"value": "7707083893"}), [Some("7707083893"), None, None, None])]
    #[case("RU", json!({"value": "1027700132195"}), [None, Some("1027700132195"), None, None])]
    #[case("RU", json!([{"value": "7707083893"}, {"value": "1027700132195"}]), [Some("7707083893"), Some("1027700132195"), None, None])]
    #[case("RU", json!("7707083893 / 1027700132195"), [Some("7707083893"), Some("1027700132195"), None, None])]
    #[case("KG", json!("01007200310037"), [Some("01007200310037"), None, None, None])]
    #[case("CN", json!("91350200612003878C"), [Some("91350200612003878C"), None, None, None])]
    #[case("", json!("200988541"), [None, None, None, Some("200988541")])]
    #[case("", json!(1_027_700_132_195_i64), [None, Some("1027700132195"), None, None])]
    #[case("RU", json!({"value": "971240001315", "kindId": "БИН"}), [None, None, Some("971240001315"), None])]
    #[case("BY", json!("-"), [None, None, None, None])]
    fn identifier_is_placed_by_name_country_and_shape(
        #[case] country: &str,
        #[case] id: Value,
        #[case] expected: [Option<&str>; 4],
    ) {
        let object =
            json!({"BusinessEntityName": "x", "UnifiedCountryCode": country, "BusinessEntityId": id});
        assert_eq!(ids_of(&object), expected.map(|id| id.map(str::to_owned)));
    }

    #[rstest]
    #[case(json!({"unifiedCountryCode": {"value": "kz"}}), Some("KZ"))]
    #[case(json!({"UnifiedCountryCode": "112"}), Some("BY"))]
    #[case(json!({"UnifiedCountryCode": "Беларусь"}), None)]
    #[case(json!({}), None)]
    fn country_is_a_code_of_two_letters(#[case] object: Value, #[case] code: Option<&str>) {
        assert_eq!(country(Fields::of(&object).unwrap()).as_deref(), code);
    }
}
