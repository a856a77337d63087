//! The Union's data model of a conformity document. Source: facts on registries, Belarus and the Union's portal.

use super::Channel;
use super::fields::Fields;
use super::party::{country, party};
use crate::canonical::{distinct, folded};
use crate::fsa::cells::scheme;
use certlens_domain::document::{Document, Party};
use certlens_domain::document_number::{NumberFamily, identity_key};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_domain::technical_regulation::TechnicalRegulation;
use serde_json::Value;

/// The canonical document, or why the row is left out, as a sentence.
pub(super) fn document(channel: Channel, value: &Value) -> Result<Document, String> {
    let row = Fields::of(value).ok_or("the element is no JSON object")?;
    // Cards of the Belarusian register hold the model one object deeper.
    let model = row.object(&["conformitydocdetails"]).unwrap_or(row);
    let layers = Layers { model, row };
    let number = layers
        .text(&["docid", "docnumber"])
        .ok_or("the document has no number (docId)")?;
    let family = NumberFamily::of(&number);
    let country = registry_country(channel, layers, &family)?;
    expect_covered(channel, &country)?;
    let kind = kind(layers, &number, &family)?;
    let registry = registry(&country, kind);
    let date = |name: &str, error: crate::days::NotADay| format!("field {name}: {error}");
    let registered_on = layers
        .first(|fields| fields.day(&["docstartdate"]).transpose())
        .or_else(|| layers.first(|fields| fields.day(&["doccreationdate", "docissuedate"]).transpose()))
        .ok_or("the document has no date (docStartDate)")?
        .map_err(|error| date("docStartDate", error))?;
    let valid_until = layers
        .first(|fields| {
            fields.get(&["docvaliditydate"])?;
            Some(fields.end_of_validity(&["docvaliditydate"]))
        })
        .transpose()
        .map_err(|error| date("docValidityDate", error))?
        .flatten();
    let (status, status_label) = status(layers);
    let object = layers.object(&["technicalregulationobjectdetails"]);
    let home = registry.country();
    let products = object
        .map(|object| object.objects(&["productdetails"]))
        .unwrap_or_default();
    Ok(Document {
        registry,
        source_id: None,
        kind,
        status,
        status_label,
        registered_on,
        valid_until,
        applicant: (layers.object(&["applicantdetails"]))
            .map_or_else(Party::default, |applicant| party(applicant, home)),
        manufacturer: object
            .or(Some(model))
            .and_then(|object| object.object(&["manufacturerdetails"]))
            .map_or_else(Party::default, |manufacturer| party(manufacturer, home)),
        technical_regulations: technical_regulations(layers, &family),
        product: product(&products),
        tn_ved: tn_ved(&products),
        scheme: layers
            .first(|fields| Some(fields.texts(&["certificationschemecode"])).filter(|list| !list.is_empty()))
            .map(|schemes| {
                schemes
                    .iter()
                    .filter_map(|text| scheme(text))
                    .collect::<Vec<_>>()
                    .join(", ")
            }),
        certification_body: (layers.object(&["conformityauthorityv2details", "conformityauthoritydetails"]))
            .and_then(|body| body.text(&["businessentityname", "businessentitybriefname"])),
        url: url(channel, row),
        number,
    })
}

/// A card's own fields, and those of the row around it.
#[derive(Debug, Clone, Copy)]
struct Layers<'json> {
    model: Fields<'json>,
    row: Fields<'json>,
}

impl<'json> Layers<'json> {
    fn first<T>(self, read: impl Fn(Fields<'json>) -> Option<T>) -> Option<T> {
        read(self.model).or_else(|| read(self.row))
    }

    fn text(self, names: &[&str]) -> Option<String> {
        self.first(|fields| fields.text(names))
    }

    fn object(self, names: &[&str]) -> Option<Fields<'json>> {
        self.first(|fields| fields.object(names))
    }
}

/// The country whose register the document belongs to.
fn registry_country(channel: Channel, layers: Layers<'_>, family: &NumberFamily) -> Result<String, String> {
    let named = layers.first(country);
    let by_number = match family {
        NumberFamily::Kyrgyzstan { .. } => Some("KG"),
        NumberFamily::Kazakhstan { .. } => Some("KZ"),
        NumberFamily::Belarus { .. } => Some("BY"),
        NumberFamily::Russia { .. } => Some("RU"),
        _ => None,
    };
    let by_channel = match channel {
        Channel::Union => None,
        Channel::Belarus => Some("BY"),
        Channel::Kazakhstan => Some("KZ"),
    };
    named
        .or_else(|| by_channel.or(by_number).map(str::to_owned))
        .ok_or_else(|| "the document does not say which country's register it belongs to".to_owned())
}

/// Refuses rows of registers that the source does not hold.
fn expect_covered(channel: Channel, country: &str) -> Result<(), String> {
    let own = match channel {
        Channel::Union => None,
        Channel::Belarus => Some(("by", "BY")),
        Channel::Kazakhstan => Some(("kz", "KZ")),
    };
    match (country, own) {
        ("RU", _) => Err(
            "the Russian register is not covered by this source; import Rosaccreditation's dumps with \
             fsa-certificates and fsa-declarations"
                .to_owned(),
        ),
        ("KG" | "KZ" | "BY", None) => Ok(()),
        ("KG" | "KZ" | "BY", Some((_, home))) if home == country => Ok(()),
        ("KG" | "KZ" | "BY", Some((source, home))) => Err(format!(
            "the document belongs to the register of {country}, the source `{source}` holds those of {home} only; \
             import it with the source eaeu"
        )),
        (other, _) => Err(format!("the register of {other} is not covered by this source")),
    }
}

/// The registry of a covered country.
fn registry(country: &str, kind: DocumentKind) -> Registry {
    match (country, kind) {
        ("KZ", _) => Registry::Kz,
        ("BY", _) => Registry::By,
        (_, DocumentKind::Certificate) => Registry::KgCertificates,
        (_, DocumentKind::Declaration) => Registry::KgDeclarations,
    }
}

/// Certificate or declaration: by the kind's name, by its code, by the number.
fn kind(layers: Layers<'_>, number: &str, family: &NumberFamily) -> Result<DocumentKind, String> {
    let name = layers
        .text(&["conformitydockindname"])
        .unwrap_or_default()
        .to_lowercase();
    let code = layers.text(&["conformitydockindcode"]).unwrap_or_default();
    let declaration = name.contains("деклара") || code.to_lowercase().contains("деклара");
    if declaration {
        return Ok(DocumentKind::Declaration);
    }
    if name.contains("сертификат") || code.to_lowercase().contains("сертификат") {
        return Ok(DocumentKind::Certificate);
    }
    match code.trim_start_matches('0') {
        "10" | "1" => return Ok(DocumentKind::Certificate),
        "15" | "5" => return Ok(DocumentKind::Declaration),
        "30" | "35" => {
            return Err(format!(
                "the document is an approval of a vehicle's type (kind {code}), neither a certificate nor a \
                 declaration"
            ));
        }
        _ => {}
    }
    kind_of_number(number, family).ok_or_else(|| {
        format!("neither the kind `{code}` nor the number `{number}` tells a certificate from a declaration")
    })
}

/// What the number tells of the kind; older Belarusian numbers lack the regulation but keep the group of digits.
fn kind_of_number(number: &str, family: &NumberFamily) -> Option<DocumentKind> {
    if number.contains(".13.12.") {
        return Some(DocumentKind::Declaration);
    }
    let key = identity_key(number);
    let belarusian = key.split_once("ВУ112").map(|(_, tail)| tail);
    match belarusian {
        Some(tail) if tail.starts_with("1101") => Some(DocumentKind::Declaration),
        Some(tail) if tail.starts_with("0201") => Some(DocumentKind::Certificate),
        _ => family.kind(),
    }
}

/// The status and its label: the name where the register gives one that is known, the code otherwise.
fn status(layers: Layers<'_>) -> (Status, String) {
    let details = layers.object(&["docstatusdetails"]);
    let read = |names: &[&str]| {
        let inner = details.and_then(|details| details.text(names));
        inner.or_else(|| layers.text(names))
    };
    let name = read(&["docstatusname", "statusname"]);
    let code = read(&["docstatuscode", "statuscode"]);
    let by_name = name.as_deref().map_or(Status::Unknown, Status::of_label);
    let by_code = code.as_deref().map_or(Status::Unknown, of_code);
    let status = if by_name == Status::Unknown {
        by_code
    } else {
        by_name
    };
    (status, name.or(code).unwrap_or_default())
}

/// The Union's classifier of statuses (P.TS.01.CLS.058); a text in its place is a label.
fn of_code(code: &str) -> Status {
    match code.trim_start_matches('0') {
        "1" => Status::Active,
        "2" => Status::Suspended,
        "3" => Status::Terminated,
        "4" => Status::Extended,
        "5" => Status::Renewed,
        "9" => Status::Expired,
        _ => Status::of_label(code),
    }
}

/// Codes of the regulations; a Belarusian number names one where the list is empty.
fn technical_regulations(layers: Layers<'_>, family: &NumberFamily) -> Vec<String> {
    let listed = layers
        .first(|fields| Some(fields.texts(&["technicalregulationid"])).filter(|list| !list.is_empty()))
        .unwrap_or_default();
    if let (true, NumberFamily::Belarus { regulation, .. }) = (listed.is_empty(), family) {
        return vec![of_serial(regulation).unwrap_or_else(|| format!("ТР {regulation}"))];
    }
    listed
        .iter()
        .flat_map(|text| text.split(';'))
        .map(|text| of_serial(text).unwrap_or_else(|| text.to_owned()))
        .collect()
}

/// The code of the regulation of which only the serial is written: `018` or `ТР018`.
fn of_serial(text: &str) -> Option<String> {
    let text = text.trim();
    let serial = text.trim_start_matches(|letter: char| letter.is_alphabetic() || letter == ' ');
    if serial.len() != 3 || !serial.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    TechnicalRegulation::all()
        .iter()
        .find(|regulation| regulation.code.contains(&format!(" {serial}/")))
        .map(|regulation| regulation.code.to_owned())
}

fn product(products: &[Fields<'_>]) -> String {
    let names = products
        .iter()
        .filter_map(|product| product.text(&["productname", "producttradename", "producttext"]));
    distinct(names.map(|name| folded(&name))).join("; ")
}

fn tn_ved(products: &[Fields<'_>]) -> Vec<String> {
    let codes = products
        .iter()
        .flat_map(|product| product.texts(&["commoditycode"]));
    distinct(codes.flat_map(|text| crate::markup::tn_ved(&text)))
}

/// The official record's page: the Belarusian register's by its row's id, otherwise the Union's by its object's.
fn url(channel: Channel, row: Fields<'_>) -> Option<String> {
    let id = row.text(&["id"])?;
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    match channel {
        Channel::Belarus => Some(format!("https://tsouz.belgiss.by/#!/tsouz/certifs/{id}/view")),
        Channel::Union => Some(format!(
            "https://tech.eaeunion.org/tech/registers/35-1/ru/registryList/conformityDocs/view/{id}"
        )),
        Channel::Kazakhstan => None,
    }
}
