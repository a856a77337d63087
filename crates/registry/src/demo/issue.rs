//! Issues one invented document of a company: registry, dates, status, number.

use super::company::{Company, Country, PackedCompany};
use super::product_lines::ProductLine;
use certlens_domain::document::{Document, Party};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use rand::Rng;
use rand::seq::IndexedRandom;

/// Invented documents go back so many days.
const DAYS_BACK: f64 = 8.0 * 365.25;
/// Ids of the invented rows lie far above those of real ones, so that a link never leads to a real record.
const FIRST_ID: u64 = 900_000_000;

/// A document of `applicant`. `maker` may be its contract manufacturer.
pub(super) fn document(
    applicant: &Company,
    maker: Option<&PackedCompany>,
    serial: u64,
    today: NaiveDate,
    random: &mut impl Rng,
) -> Document {
    // No company is without a product line.
    let line = applicant.lines().choose(random).copied();
    let line = line.unwrap_or(&super::product_lines::PRODUCT_LINES[0]);
    let kind = if random.random_range(0..100) < line.certificates {
        DocumentKind::Certificate
    } else {
        DocumentKind::Declaration
    };
    let registry = registry(applicant.country(), kind, random);
    let manufacturer = manufacturer(applicant, maker, line, random);
    let origin = manufacturer.country.clone().unwrap_or_else(|| "CN".to_owned());
    let regulations = regulations(line, random);
    let registered_on = registered_on(today, random);
    let series = random.random_range(0..100) < 82;
    let valid_until = valid_until(registered_on, series, random);
    let (status, status_label) = status(registry, kind, valid_until, today, random);
    let body = body(random);
    let number = Number {
        registry,
        kind,
        origin: &origin,
        body: &body,
        series,
        regulation: regulations[0],
        serial,
    };
    let id = FIRST_ID + serial;
    let (product, code) = product(line, random);
    let self_registered = kind == DocumentKind::Declaration && registry == Registry::RfDeclarations;
    Document {
        registry,
        source_id: Some(id.to_string()),
        number: number.text(registered_on),
        kind,
        status,
        status_label: status_label.to_owned(),
        registered_on,
        valid_until,
        applicant: applicant.party().clone(),
        manufacturer,
        technical_regulations: regulations.iter().map(|code| (*code).to_owned()).collect(),
        product: if series {
            format!("{product}, серийный выпуск")
        } else {
            format!("{product}, партия")
        },
        tn_ved: vec![code.to_owned()],
        scheme: Some(scheme(kind, series, random).to_owned()),
        certification_body: (!self_registered).then(|| format!("ОС «Демо-Сертификация», RA.RU.99{body}")),
        url: url(registry, id),
    }
}

/// Whole documents are of the applicant's country; a Russian one sometimes goes to a Kyrgyz body.
fn registry(country: Country, kind: DocumentKind, random: &mut impl Rng) -> Registry {
    let kyrgyz = match country {
        Country::Russia => random.random_range(0..100) < 7,
        Country::Kyrgyzstan => true,
        Country::Kazakhstan => return Registry::Kz,
        Country::Belarus => return Registry::By,
    };
    match (kyrgyz, kind) {
        (false, DocumentKind::Certificate) => Registry::RfCertificates,
        (false, DocumentKind::Declaration) => Registry::RfDeclarations,
        (true, DocumentKind::Certificate) => Registry::KgCertificates,
        (true, DocumentKind::Declaration) => Registry::KgDeclarations,
    }
}

fn manufacturer(
    applicant: &Company,
    maker: Option<&PackedCompany>,
    line: &ProductLine,
    random: &mut impl Rng,
) -> Party {
    if random.random_range(0..100) < line.imported {
        return foreign_works(random);
    }
    maker
        .filter(|_| random.random_range(0..100) < 8)
        .map_or_else(|| applicant.party().clone(), PackedCompany::party)
}

fn foreign_works(random: &mut impl Rng) -> Party {
    const WORKS: [(&str, &str); 14] = [
        ("CN", "Ningbo Example Appliance Co., Ltd."),
        ("CN", "Guangzhou Sample Trading Co., Ltd."),
        ("CN", "Shenzhen Placeholder Electronics Co., Ltd."),
        ("CN", "Zhejiang Specimen Industry Co., Ltd."),
        ("CN", "Yiwu Demo Toys Factory"),
        ("TR", "Örnek Tekstil Sanayi A.Ş."),
        ("DE", "Muster Maschinenbau GmbH"),
        ("IT", "Esempio Cosmetici S.p.A."),
        ("PL", "Przykład Meble Sp. z o.o."),
        ("KR", "Example Beauty Korea Co., Ltd."),
        ("VN", "Vi Du Footwear Co., Ltd."),
        ("IN", "Namuna Pharma Pvt. Ltd."),
        ("UZ", "Namuna To'qimachilik MChJ"),
        ("RS", "Primer Hrana d.o.o."),
    ];
    let (country, name) = WORKS.choose(random).copied().unwrap_or(WORKS[0]);
    Party {
        name: name.to_owned(),
        country: Some(country.to_owned()),
        ..Party::default()
    }
}

fn regulations(line: &ProductLine, random: &mut impl Rng) -> &'static [&'static str] {
    let usual = line.regulations[0];
    if random.random_range(0..100) < 70 {
        usual
    } else {
        line.regulations.choose(random).copied().unwrap_or(usual)
    }
}

/// A working day, more of them lately, fewer in January, May and the summer.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of days below three thousand"
)]
fn registered_on(today: NaiveDate, random: &mut impl Rng) -> NaiveDate {
    const SEASON: [u32; 12] = [55, 85, 100, 95, 70, 85, 75, 80, 100, 105, 110, 120];
    loop {
        let age = random.random::<f64>().powf(1.5) * DAYS_BACK;
        let day = today.checked_sub_days(Days::new(age as u64)).unwrap_or(today);
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let season = SEASON[day.month0() as usize];
        if random.random_range(0..120) < season && (!weekend || random.random_range(0..100) < 6) {
            return day;
        }
    }
}

/// One to five years to the day before; batches are often without a limit.
fn valid_until(registered_on: NaiveDate, series: bool, random: &mut impl Rng) -> Option<NaiveDate> {
    if !series && random.random_range(0..100) < 40 {
        return None;
    }
    let years = [1, 1, 2, 3, 3, 5, 5, 5].choose(random).copied().unwrap_or(5);
    registered_on
        .checked_add_months(Months::new(years * 12))?
        .pred_opt()
}

/// The status with the label of the registry. Russia archives what has ended, the others let it stand.
fn status(
    registry: Registry,
    kind: DocumentKind,
    valid_until: Option<NaiveDate>,
    today: NaiveDate,
    random: &mut impl Rng,
) -> (Status, &'static str) {
    let russian = matches!(registry, Registry::RfCertificates | Registry::RfDeclarations);
    let ended = valid_until.is_some_and(|end| end < today);
    let status = match random.random_range(0..1000) {
        0..45 => Status::Terminated,
        45..72 => Status::Suspended,
        72..86 => Status::Renewed,
        86..104 => Status::Extended,
        104..112 if russian => Status::Invalid,
        112..120 if russian => Status::Warned,
        _ if russian && ended && random.random_range(0..100) < 90 => Status::Expired,
        _ => Status::Active,
    };
    (status, label(registry, kind, status))
}

fn label(registry: Registry, kind: DocumentKind, status: Status) -> &'static str {
    let feminine = registry == Registry::KgDeclarations && kind == DocumentKind::Declaration;
    match (registry == Registry::Kz, feminine, status) {
        (true, _, Status::Active) => "ISSUED",
        (true, _, Status::Renewed) => "RENEWED",
        (true, _, Status::Extended) => "EXTENDED",
        (true, _, Status::Suspended) => "SUSPENDED",
        (true, _, _) => "CANCELED",
        (_, _, Status::Active) => "Действует",
        (_, true, Status::Renewed) => "Возобновлена",
        (_, true, Status::Extended) => "Продлена",
        (_, true, Status::Suspended) => "Приостановлена",
        (_, true, Status::Terminated) => "Прекращена",
        (_, _, Status::Renewed) => "Возобновлён",
        (_, _, Status::Extended) => "Продлён",
        (_, _, Status::Suspended) => "Приостановлен",
        (_, _, Status::Terminated) => "Прекращён",
        (_, _, Status::Invalid) => "Недействителен",
        (_, _, Status::Warned) => "Направлено уведомление о прекращении",
        (_, _, _) => "Архивный",
    }
}

fn body(random: &mut impl Rng) -> String {
    const LETTERS: [&str; 8] = ["АБ", "АЯ", "ВН", "МТ", "НВ", "РЖ", "СК", "ХК"];
    let letters = LETTERS.choose(random).copied().unwrap_or("АБ");
    format!("{letters}{:02}", random.random_range(10..60))
}

/// What a number is made of.
struct Number<'parts> {
    registry: Registry,
    kind: DocumentKind,
    origin: &'parts str,
    body: &'parts str,
    series: bool,
    regulation: &'parts str,
    serial: u64,
}

impl Number<'_> {
    /// The number in the registry's own grammar.
    fn text(&self, registered_on: NaiveDate) -> String {
        let Self {
            origin, body, serial, ..
        } = self;
        let series = if self.series { 'В' } else { 'А' };
        let year = registered_on.year() % 100;
        let five = serial % 100_000;
        let block = serial / 100_000 % 90 + 1;
        let declaration = self.kind == DocumentKind::Declaration;
        match self.registry {
            Registry::RfDeclarations => {
                format!("ЕАЭС N RU Д-{origin}.РА{block:02}.{series}.{five:05}/{year:02}")
            }
            Registry::RfCertificates => format!("ЕАЭС RU С-{origin}.{body}.{series}.{five:05}/{year:02}"),
            Registry::KgDeclarations => format!("ЕАЭС KG417/{:03}.Д.{:07}", block + 10, serial % 10_000_000),
            Registry::KgCertificates => format!("ЕАЭС KG417/{:03}.{origin}.02.{five:05}", block + 10),
            Registry::Kz if declaration => format!("ЕАЭС KZ 75{:05}.13.12.{five:05}", block + 500),
            Registry::Kz => format!("ЕАЭС KZ 75{:05}.01.01.{five:05}", block + 500),
            Registry::By => {
                let group = if declaration { "11.01." } else { "02.01." };
                let regulation: String = self
                    .regulation
                    .chars()
                    .filter(char::is_ascii_digit)
                    .take(3)
                    .collect();
                format!(
                    "ЕАЭС BY/112 {group} ТР{regulation} {:03}.01 {five:05}",
                    block + 10
                )
            }
        }
    }
}

fn product(line: &ProductLine, random: &mut impl Rng) -> (&'static str, &'static str) {
    let index = random.random_range(0..line.products.len());
    (line.products[index], line.tn_ved[index])
}

fn scheme(kind: DocumentKind, series: bool, random: &mut impl Rng) -> &'static str {
    let schemes: &[&str] = match (kind, series) {
        (DocumentKind::Certificate, true) => &["1с", "1с", "1с", "2с", "7с"],
        (DocumentKind::Certificate, false) => &["3с", "4с"],
        (DocumentKind::Declaration, true) => &["1д", "3д", "3д", "6д"],
        (DocumentKind::Declaration, false) => &["2д", "4д"],
    };
    schemes.choose(random).copied().unwrap_or("1д")
}

fn url(registry: Registry, id: u64) -> Option<String> {
    match registry {
        Registry::RfCertificates => Some(format!(
            "https://pub.fsa.gov.ru/rss/certificate/view/{id}/baseInfo"
        )),
        Registry::RfDeclarations => Some(format!("https://pub.fsa.gov.ru/rds/declaration/view/{id}/common")),
        Registry::By => Some(format!("https://tsouz.belgiss.by/#!/tsouz/certifs/{id}/view")),
        Registry::KgCertificates | Registry::KgDeclarations | Registry::Kz => None,
    }
}
