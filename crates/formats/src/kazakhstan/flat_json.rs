//! A Kazakh document as a flat JSON object, as programs over the register's own interface save it.
//!
//! That interface needs a session and names its fields by form, so only plain names are understood here.

use super::{kind, labels};
use crate::eaeu::Fields;
use certlens_domain::document::{Document, Party};
use certlens_domain::registry::Registry;

const NUMBER: [&str; 4] = ["number", "docnumber", "regnumber", "registrationnumber"];
const FROM: [&str; 5] = ["datefrom", "startdate", "validfrom", "registrationdate", "date"];
const UNTIL: [&str; 4] = ["dateto", "enddate", "validto", "validuntil"];

/// The canonical document, or why the row is left out; `None` when the object names no number, so that it is in
/// another form.
pub(crate) fn document(row: Fields<'_>) -> Option<Result<Document, String>> {
    let number = row.text(&NUMBER)?;
    Some(read(row, number))
}

fn read(row: Fields<'_>, number: String) -> Result<Document, String> {
    let date = |error: crate::days::NotADay| format!("the document's dates: {error}");
    let registered_on = row
        .day(&FROM)
        .map_err(date)?
        .ok_or("the document has no date (dateFrom)")?;
    let type_in_words = row
        .text(&["type", "doctype", "documenttype", "kind"])
        .unwrap_or_default();
    let status_label = row
        .text(&["status", "statuscode", "statusname"])
        .unwrap_or_default();
    let bin = row.text(&["bin", "iin", "biniin", "textboxiin"]);
    Ok(Document {
        registry: Registry::Kz,
        source_id: None,
        kind: kind(&type_in_words, &number)?,
        number,
        status: labels::status(&status_label),
        status_label,
        registered_on,
        valid_until: row.end_of_validity(&UNTIL).map_err(date)?,
        applicant: Party {
            name: row
                .text(&["applicant", "applicantname", "organization"])
                .unwrap_or_default(),
            country: bin.is_some().then(|| "KZ".to_owned()),
            bin,
            ..Party::default()
        },
        manufacturer: Party {
            name: row
                .text(&["manufacturer", "manufacturername"])
                .unwrap_or_default(),
            ..Party::default()
        },
        technical_regulations: row.texts(&["technicalregulations", "technicalregulation"]),
        product: row.text(&["product", "productname"]).unwrap_or_default(),
        tn_ved: (row.texts(&["tnved", "tnvedcode"]).iter())
            .flat_map(|text| crate::markup::tn_ved(text))
            .collect(),
        scheme: None,
        certification_body: None,
        url: None,
    })
}
