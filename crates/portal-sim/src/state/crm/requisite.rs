//! Company details (`crm.requisite.*`): their fields, and how a row looks.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::table::{Record, text};
use super::{CREATED, EntityKind, record_of};

/// Fields of the portal's own, with what an unset one holds.
const SERVICE: [(&str, Option<&str>); 15] = [
    ("ENTITY_TYPE_ID", Some("4")),
    ("ENTITY_ID", Some("0")),
    ("PRESET_ID", Some("1")),
    ("DATE_CREATE", Some(CREATED)),
    ("DATE_MODIFY", Some("")),
    ("CREATED_BY_ID", Some("1")),
    ("MODIFY_BY_ID", None),
    ("NAME", Some("")),
    ("CODE", None),
    ("XML_ID", None),
    ("ORIGINATOR_ID", None),
    ("ACTIVE", Some("Y")),
    ("ADDRESS_ONLY", Some("N")),
    ("SORT", Some("500")),
    ("RQ_COMPANY_ID", None),
];

/// Fields of details, those of all countries.
pub(crate) const DETAILS: [&str; 59] = [
    "RQ_NAME",
    "RQ_FIRST_NAME",
    "RQ_LAST_NAME",
    "RQ_SECOND_NAME",
    "RQ_COMPANY_NAME",
    "RQ_COMPANY_FULL_NAME",
    "RQ_COMPANY_REG_DATE",
    "RQ_DIRECTOR",
    "RQ_ACCOUNTANT",
    "RQ_CEO_NAME",
    "RQ_CEO_WORK_POS",
    "RQ_CONTACT",
    "RQ_EMAIL",
    "RQ_PHONE",
    "RQ_FAX",
    "RQ_IDENT_TYPE",
    "RQ_IDENT_DOC",
    "RQ_IDENT_DOC_SER",
    "RQ_IDENT_DOC_NUM",
    "RQ_IDENT_DOC_PERS_NUM",
    "RQ_IDENT_DOC_DATE",
    "RQ_IDENT_DOC_ISSUED_BY",
    "RQ_IDENT_DOC_DEP_CODE",
    "RQ_INN",
    "RQ_KPP",
    "RQ_USRLE",
    "RQ_IFNS",
    "RQ_OGRN",
    "RQ_OGRNIP",
    "RQ_OKPO",
    "RQ_OKTMO",
    "RQ_OKVED",
    "RQ_EDRPOU",
    "RQ_DRFO",
    "RQ_KBE",
    "RQ_IIN",
    "RQ_BIN",
    "RQ_ST_CERT_SER",
    "RQ_ST_CERT_NUM",
    "RQ_ST_CERT_DATE",
    "RQ_VAT_PAYER",
    "RQ_VAT_ID",
    "RQ_VAT_CERT_SER",
    "RQ_VAT_CERT_NUM",
    "RQ_VAT_CERT_DATE",
    "RQ_RESIDENCE_COUNTRY",
    "RQ_BASE_DOC",
    "RQ_REGON",
    "RQ_KRS",
    "RQ_PESEL",
    "RQ_LEGAL_FORM",
    "RQ_SIRET",
    "RQ_SIREN",
    "RQ_CAPITAL",
    "RQ_RCS",
    "RQ_CNPJ",
    "RQ_STATE_REG",
    "RQ_MNPL_REG",
    "RQ_CPF",
];

/// A row of a seed.
pub(crate) fn seeded(company: u64, seed: Map<String, Value>) -> Record {
    let mut record = record_of(seed);
    record.insert(
        Cow::from("ENTITY_TYPE_ID"),
        json!(EntityKind::Company.type_id().to_string()),
    );
    record.insert(Cow::from("ENTITY_ID"), json!(company.to_string()));
    record
}

/// The names of all fields.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("ID")
        .chain(SERVICE.iter().map(|(name, _)| *name))
        .chain(DETAILS)
}

/// A field's value, also of an unset one.
pub(crate) fn value(id: u64, record: &Record, name: &str) -> Value {
    if name == "ID" {
        return json!(id.to_string());
    }
    let set = text(record, name);
    if !set.is_empty() {
        return json!(set);
    }
    let default = SERVICE.iter().find(|(known, _)| *known == name);
    default
        .and_then(|(_, default)| *default)
        .map_or(Value::Null, |default| json!(default))
}

/// The row of `crm.requisite.get`, or the selected fields of it.
pub(crate) fn row(id: u64, record: &Record, select: &[String]) -> Map<String, Value> {
    let all = select.is_empty() || select.iter().any(|name| name == "*");
    let asked = |name: &str| all || select.iter().any(|asked| asked.eq_ignore_ascii_case(name));
    let own = record
        .keys()
        .map(AsRef::as_ref)
        .filter(|name: &&str| name.starts_with("UF_"));
    let own = own
        .filter(|name| asked(name))
        .map(|name| (name.to_owned(), value(id, record, name)));
    let known = names().filter(|name| asked(name));
    known
        .map(|name| (name.to_owned(), value(id, record, name)))
        .chain(own)
        .collect()
}
