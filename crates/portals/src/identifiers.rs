//! Which texts of a CRM item are identifiers: those of company details and those of mapped custom fields. Pure.

use std::collections::{BTreeMap, HashMap};

use certlens_bitrix24::crm::requisite::Requisite;
use certlens_bitrix24::lenient;
use certlens_domain::analytics::MOST_IDENTIFIERS;
use certlens_domain::identifier::{Identifier, NotAnIdentifier};
use serde_json::Value;

use crate::card::{FoundIdentifier, IdentifierOrigin};

/// No more texts are kept of one item: nobody types hundreds of identifiers into one company.
const MOST_TEXTS: usize = 100;
/// Longer texts are no identifiers, and would only fill our database.
const LONGEST_TEXT: usize = 200;

/// A text that stands in an identifier's place, as people typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// The text, trimmed, never empty.
    pub(crate) value: String,
    /// Where it stands.
    pub(crate) source: Source,
}

/// Where a text stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// In a set of company details with this title.
    Requisite(String),
    /// In a custom field with this name.
    Field(String),
}

impl Text {
    /// The identifier in its normal form, when the text is one.
    pub(crate) fn identifier(&self) -> Option<Identifier> {
        Identifier::parse(&self.value).ok()
    }
}

/// The texts of sets of details, in their order.
pub(crate) fn of_requisites(requisites: &[Requisite]) -> Vec<Text> {
    let mut texts = Vec::new();
    for requisite in requisites {
        let title = requisite
            .name
            .as_deref()
            .or(requisite.company_name.as_deref())
            .unwrap_or_default();
        let fields = [
            &requisite.inn,
            &requisite.ogrn,
            &requisite.ogrnip,
            &requisite.bin,
            &requisite.iin,
        ];
        for value in fields.into_iter().flatten() {
            push(&mut texts, value, &Source::Requisite(title.to_owned()));
        }
    }
    texts
}

/// The texts of mapped custom fields, in the mapping's order.
pub(crate) fn of_fields(custom_fields: &BTreeMap<String, Value>, mapping: &[String]) -> Vec<Text> {
    let mut texts = Vec::new();
    for name in mapping {
        let values = match custom_fields.get(name) {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        for value in values.iter().filter_map(lenient::non_empty_text) {
            for part in parts(&value) {
                push(&mut texts, part, &Source::Field(name.clone()));
            }
        }
    }
    texts
}

/// The identifiers in a custom field's text: the whole text, or what stands between commas, semicolons and line
/// ends. Of `7707083893/770701001` only the first counts: what follows the stroke is the code of a branch.
fn parts(text: &str) -> Vec<&str> {
    if Identifier::parse(text).is_ok() {
        return vec![text];
    }
    text.split([',', ';', '\n'])
        .filter_map(|part| part.split('/').next())
        .collect()
}

fn push(texts: &mut Vec<Text>, value: &str, source: &Source) {
    let value: String = value.trim().chars().take(LONGEST_TEXT).collect();
    let is_new = !texts
        .iter()
        .any(|text| text.value == value && text.source == *source);
    if !value.is_empty() && is_new && texts.len() < MOST_TEXTS {
        texts.push(Text {
            value,
            source: source.clone(),
        });
    }
}

/// The identifiers among texts, each once with its first place; and what is none, each once.
pub(crate) fn read(
    texts: &[Text],
    labels: &HashMap<String, String>,
) -> (Vec<FoundIdentifier>, Vec<NotAnIdentifier>) {
    let mut found: Vec<FoundIdentifier> = Vec::new();
    let mut unreadable: Vec<NotAnIdentifier> = Vec::new();
    for text in texts {
        match Identifier::parse(&text.value) {
            Ok(identifier) if found.iter().any(|other| other.identifier == identifier) => {}
            Ok(_) if found.len() == MOST_IDENTIFIERS => {}
            Ok(identifier) => found.push(FoundIdentifier {
                identifier,
                origin: match &text.source {
                    Source::Requisite(title) => IdentifierOrigin::Requisite(title.clone()),
                    Source::Field(name) => IdentifierOrigin::Field {
                        label: labels.get(name).cloned(),
                        name: name.clone(),
                    },
                },
            }),
            Err(error) if unreadable.contains(&error) => {}
            Err(error) => unreadable.push(error),
        }
    }
    (found, unreadable)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> BTreeMap<String, Value> {
        BTreeMap::from([("UF_CRM_INN".to_owned(), value)])
    }

    fn values(value: Value) -> Vec<String> {
        of_fields(&fields(value), &["UF_CRM_INN".to_owned()])
            .into_iter()
            .map(|text| text.value)
            .collect()
    }

    #[test]
    fn of_fields_reads_text_number_and_several_values() {
        assert_eq!(values(json!(" 7707083893 ")), ["7707083893"]);
        assert_eq!(values(json!(7_707_083_893_u64)), ["7707083893"]);
        assert_eq!(
            values(json!(["7707083893", "", null, "7736050003"])),
            ["7707083893", "7736050003"]
        );
        assert_eq!(
            values(json!("7707083893, 7736050003")),
            ["7707083893", "7736050003"]
        );
        assert!(values(json!(false)).is_empty());
        assert!(values(json!([])).is_empty());
    }

    #[test]
    fn of_fields_leaves_the_branch_code_behind_a_stroke_out() {
        assert_eq!(values(json!("7707083893/770701001")), ["7707083893"]);
    }

    #[test]
    fn of_fields_reads_mapped_fields_only() {
        let fields = fields(json!("7707083893"));
        assert!(of_fields(&fields, &[]).is_empty());
        assert!(of_fields(&fields, &["UF_CRM_OTHER".to_owned()]).is_empty());
    }

    #[test]
    fn read_gives_each_identifier_once_with_its_first_place() {
        let mut requisite = Requisite::default();
        requisite.name = Some("Head office".to_owned());
        requisite.inn = Some("7707 083 893".to_owned());
        requisite.ogrn = Some("none yet".to_owned());
        let mut texts = of_requisites(&[requisite]);
        texts.extend(of_fields(
            &fields(json!("7707083893")),
            &["UF_CRM_INN".to_owned()],
        ));

        let (found, unreadable) = read(&texts, &HashMap::new());

        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].origin,
            IdentifierOrigin::Requisite("Head office".to_owned())
        );
        assert_eq!(unreadable.len(), 1);
    }
}
