//! One condition on the documents of a board: what a mark of a chart stands for, what a chip removes, what an address says.
//!
//! Pure.

use crate::catalogue::Texts;
use certlens_domain::country;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::language::Language;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::scheme::Production;
use certlens_domain::status::Status;
use certlens_domain::technical_regulation::TechnicalRegulation;
use certlens_domain::tn_ved;
use certlens_domain::trend::Month;
use chrono::{Datelike, NaiveDate};
use std::borrow::Cow;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The registry.
    Registry(Registry),
    /// The kind.
    Kind(DocumentKind),
    /// The status of the day.
    Status(Status),
    /// A technical regulation, by code.
    Regulation(String),
    /// The first digits of a TN VED code.
    Product(String),
    /// The certification body; `""`: none named.
    Body(String),
    /// The normalised scheme; `""`: none named.
    Scheme(String),
    /// What the scheme stands for.
    Production(Production),
    /// The manufacturer's country; `""`: unknown.
    Origin(String),
    /// Registered from one day to another, either of which may be open.
    Registered(Span),
    /// The last day lies from one day to another.
    Ends(Span),
    /// Not valid in Russia.
    NotValidInRf,
    /// A text in the product or the number.
    Text(String),
}

/// From a day to a day, both included; an open end is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
}

impl Span {
    /// All days of `months` months from `first` on.
    pub fn of_months(first: Month, months: u32) -> Self {
        let mut next = first;
        for _ in 0..months {
            next = next.next();
        }
        let begin = |month: Month| NaiveDate::from_ymd_opt(month.year(), month.number(), 1);
        Self {
            from: begin(first),
            to: begin(next).and_then(|day| day.pred_opt()),
        }
    }

    fn written(self) -> String {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        format!("{}..{}", day(self.from), day(self.to))
    }

    fn read(text: &str) -> Option<Self> {
        let (from, to) = text.split_once("..")?;
        let day = |text: &str| text.parse().ok();
        let span = Self {
            from: day(from),
            to: day(to),
        };
        (span.from.is_some() || span.to.is_some()).then_some(span)
    }

    /// As people say it: a month, a quarter, a year, or two days.
    pub fn words(self, texts: Texts) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) => {
                let first = Month::of(from);
                for (months, words) in [
                    (12, texts.year(from.year())),
                    (3, texts.quarter(from.year(), (from.month() - 1) / 3 + 1)),
                    (1, texts.month_of_year(first)),
                ] {
                    let begins = months == 1 || (from.month() - 1) % months == 0;
                    if begins && Self::of_months(first, months) == self {
                        return words;
                    }
                }
                format!("{} – {}", texts.day(from), texts.day(to))
            }
            (Some(from), None) => texts.from_day(from),
            (None, Some(to)) => texts.to_day(to),
            (None, None) => String::new(),
        }
    }
}

fn toggled<T: PartialEq + Clone>(values: &mut Vec<T>, value: &T) {
    if let Some(place) = values.iter().position(|known| known == value) {
        values.remove(place);
    } else {
        values.push(value.clone());
    }
}

fn added<T: PartialEq>(values: &mut Vec<T>, value: T) {
    if !values.contains(&value) {
        values.push(value);
    }
}

/// The longest value of a condition that is read from an address, in characters.
const LONGEST_VALUE: usize = 500;

impl Condition {
    /// All conditions of a filter, in the order of its fields.
    pub fn all_of(filter: &DocumentFilter) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        all.extend(filter.registries.iter().copied().map(Self::Registry));
        all.extend(filter.kind.map(Self::Kind));
        all.extend(filter.statuses.iter().copied().map(Self::Status));
        all.extend(filter.technical_regulations.iter().cloned().map(Self::Regulation));
        all.extend(filter.tn_ved.iter().cloned().map(Self::Product));
        all.extend(filter.certification_bodies.iter().cloned().map(Self::Body));
        all.extend(filter.schemes.iter().cloned().map(Self::Scheme));
        all.extend(filter.production.iter().copied().map(Self::Production));
        all.extend(filter.origins.iter().cloned().map(Self::Origin));
        if filter.registered_from.is_some() || filter.registered_to.is_some() {
            all.push(Self::Registered(Span {
                from: filter.registered_from,
                to: filter.registered_to,
            }));
        }
        if filter.ends_from.is_some() || filter.ends_to.is_some() {
            all.push(Self::Ends(Span {
                from: filter.ends_from,
                to: filter.ends_to,
            }));
        }
        if filter.not_valid_in_rf {
            all.push(Self::NotValidInRf);
        }
        all.extend(filter.text.iter().cloned().map(Self::Text));
        all
    }

    /// The condition that an address says; `None` when it says none.
    pub fn read(key: &str, value: &str) -> Option<Self> {
        if value.chars().count() > LONGEST_VALUE {
            return None;
        }
        let text = value.to_owned();
        Some(match key {
            "registry" => Self::Registry(value.parse().ok()?),
            "kind" => Self::Kind(value.parse().ok()?),
            "status" => Self::Status(value.parse().ok()?),
            "regulation" if !value.is_empty() => Self::Regulation(text),
            "product" if is_product(value) => Self::Product(text),
            "body" => Self::Body(text),
            "scheme" => Self::Scheme(text),
            "production" => Self::Production(Production::of_key(value)?),
            "origin" => Self::Origin(text),
            "registered" => Self::Registered(Span::read(value)?),
            "ends" => Self::Ends(Span::read(value)?),
            "in_rf" if value == "not_valid" => Self::NotValidInRf,
            "text" if !value.trim().is_empty() => Self::Text(value.trim().to_owned()),
            _ => return None,
        })
    }

    /// The condition as an address says it.
    pub fn written(&self) -> (&'static str, String) {
        match self {
            Self::Registry(registry) => ("registry", registry.key().to_owned()),
            Self::Kind(kind) => ("kind", kind.key().to_owned()),
            Self::Status(status) => ("status", status.key().to_owned()),
            Self::Regulation(code) => ("regulation", code.clone()),
            Self::Product(digits) => ("product", digits.clone()),
            Self::Body(name) => ("body", name.clone()),
            Self::Scheme(scheme) => ("scheme", scheme.clone()),
            Self::Production(production) => ("production", production.key().to_owned()),
            Self::Origin(country) => ("origin", country.clone()),
            Self::Registered(span) => ("registered", span.written()),
            Self::Ends(span) => ("ends", span.written()),
            Self::NotValidInRf => ("in_rf", "not_valid".to_owned()),
            Self::Text(text) => ("text", text.clone()),
        }
    }

    /// Adds the condition to a filter.
    pub fn add_to(self, filter: &mut DocumentFilter) {
        match self {
            Self::Registry(registry) => added(&mut filter.registries, registry),
            Self::Kind(kind) => filter.kind = Some(kind),
            Self::Status(status) => added(&mut filter.statuses, status),
            Self::Regulation(code) => added(&mut filter.technical_regulations, code),
            Self::Product(digits) => added(&mut filter.tn_ved, digits),
            Self::Body(name) => added(&mut filter.certification_bodies, name),
            Self::Scheme(scheme) => added(&mut filter.schemes, scheme),
            Self::Production(production) => added(&mut filter.production, production),
            Self::Origin(country) => added(&mut filter.origins, country),
            Self::Registered(Span { from, to }) => {
                (filter.registered_from, filter.registered_to) = (from, to);
            }
            Self::Ends(Span { from, to }) => (filter.ends_from, filter.ends_to) = (from, to),
            Self::NotValidInRf => filter.not_valid_in_rf = true,
            Self::Text(text) => filter.text = Some(text),
        }
    }

    /// The filter after a click: with the condition when it was without, and the other way round.
    pub fn toggled(&self, filter: &DocumentFilter) -> DocumentFilter {
        let mut filter = filter.clone();
        if self.is_in(&filter) {
            match self {
                Self::Registry(registry) => toggled(&mut filter.registries, registry),
                Self::Kind(_) => filter.kind = None,
                Self::Status(status) => toggled(&mut filter.statuses, status),
                Self::Regulation(code) => toggled(&mut filter.technical_regulations, code),
                Self::Product(digits) => toggled(&mut filter.tn_ved, digits),
                Self::Body(name) => toggled(&mut filter.certification_bodies, name),
                Self::Scheme(scheme) => toggled(&mut filter.schemes, scheme),
                Self::Production(production) => toggled(&mut filter.production, production),
                Self::Origin(country) => toggled(&mut filter.origins, country),
                Self::Registered(_) => (filter.registered_from, filter.registered_to) = (None, None),
                Self::Ends(_) => (filter.ends_from, filter.ends_to) = (None, None),
                Self::NotValidInRf => filter.not_valid_in_rf = false,
                Self::Text(_) => filter.text = None,
            }
        } else {
            self.clone().add_to(&mut filter);
        }
        filter
    }

    /// Whether a filter has the condition.
    pub fn is_in(&self, filter: &DocumentFilter) -> bool {
        Self::all_of(filter).contains(self)
    }

    /// What the condition restricts.
    pub const fn subject(&self, texts: Texts) -> &'static str {
        match self {
            Self::Registry(_) => texts.registry_word(),
            Self::Kind(_) => texts.kind_word(),
            Self::Status(_) => texts.status(),
            Self::Regulation(_) => texts.regulation_word(),
            Self::Product(_) => texts.product_code(),
            Self::Body(_) => texts.body_word(),
            Self::Scheme(_) => texts.scheme_word(),
            Self::Production(_) => texts.production_word(),
            Self::Origin(_) => texts.origin_word(),
            Self::Registered(_) => texts.registered(),
            Self::Ends(_) => texts.ends_word(),
            Self::NotValidInRf => texts.in_russia_word(),
            Self::Text(_) => texts.search_word(),
        }
    }

    /// What it asks for, in words.
    pub fn words(&self, texts: Texts) -> String {
        match self {
            Self::Registry(registry) => texts.registry(*registry).to_owned(),
            Self::Kind(kind) => texts.kind(*kind).to_owned(),
            Self::Status(status) => texts.status_name(*status).to_owned(),
            Self::Regulation(code) => code.clone(),
            Self::Product(digits) => product_words(digits, texts.0),
            Self::Body(name) if name.is_empty() => texts.no_body().to_owned(),
            Self::Scheme(scheme) if scheme.is_empty() => texts.not_named().to_owned(),
            Self::Body(name) | Self::Scheme(name) => name.clone(),
            Self::Production(production) => texts.production(*production).to_owned(),
            Self::Origin(country) if country.is_empty() => texts.not_named().to_owned(),
            Self::Origin(country) => country::name(country, texts.0).to_owned(),
            Self::Registered(span) | Self::Ends(span) => span.words(texts),
            Self::NotValidInRf => texts.not_valid().to_owned(),
            Self::Text(text) => format!("«{text}»"),
        }
    }
}

fn is_product(digits: &str) -> bool {
    (2..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A product code with its name, as far as it is known.
pub fn product_words(digits: &str, language: Language) -> String {
    let name = match digits.len() {
        2 => tn_ved::group_name(digits, language).map(Cow::Borrowed),
        4 => tn_ved::position_name(digits, language),
        _ => None,
    };
    match name {
        Some(name) => format!("{digits} · {name}"),
        None => digits.to_owned(),
    }
}

/// The title of a regulation, when it is known.
pub fn regulation_title(code: &str, language: Language) -> Option<&'static str> {
    let known = TechnicalRegulation::all()
        .iter()
        .find(|regulation| regulation.code == code)?;
    Some(match language {
        Language::Ru => known.title_ru,
        Language::En => known.title_en,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const RU: Texts = Texts(Language::Ru);

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn second_click_on_a_mark_takes_its_condition_back() {
        let filter = DocumentFilter::default();
        for condition in [
            Condition::Registry(Registry::Kz),
            Condition::Kind(DocumentKind::Declaration),
            Condition::Body(String::new()),
            Condition::Registered(Span::of_months(Month::new(2026, 3).unwrap(), 1)),
            Condition::NotValidInRf,
            Condition::Text("чай".to_owned()),
        ] {
            let once = condition.toggled(&filter);
            assert!(
                condition.is_in(&once) && !condition.is_in(&filter),
                "{condition:?}"
            );
            assert_eq!(condition.toggled(&once), filter, "{condition:?}");
        }
    }

    #[test]
    fn another_period_replaces_the_chosen_one_and_another_status_joins_it() {
        let march = Condition::Registered(Span::of_months(Month::new(2026, 3).unwrap(), 1));
        let april = Condition::Registered(Span::of_months(Month::new(2026, 4).unwrap(), 1));
        let filter = april.toggled(&march.toggled(&DocumentFilter::default()));
        assert_eq!(Condition::all_of(&filter), [april]);

        let (active, expired) = (
            Condition::Status(Status::Active),
            Condition::Status(Status::Expired),
        );
        let filter = expired.toggled(&active.toggled(&DocumentFilter::default()));
        assert_eq!(Condition::all_of(&filter), [active, expired]);
    }

    #[rstest]
    #[case::month(1, 3, "март 2026")]
    #[case::quarter(3, 4, "II кв. 2026")]
    #[case::year(12, 1, "2026 год")]
    #[case::odd(2, 1, "01.01.2026 – 28.02.2026")]
    fn span_is_said_as_people_say_it(#[case] months: u32, #[case] first: u32, #[case] expected: &str) {
        let span = Span::of_months(Month::new(2026, first).unwrap(), months);
        assert_eq!(span.words(RU), expected);
    }

    #[test]
    fn span_of_months_ends_with_the_last_day() {
        let span = Span::of_months(Month::new(2024, 2).unwrap(), 1);
        assert_eq!(
            (span.from, span.to),
            (Some(day(2024, 2, 1)), Some(day(2024, 2, 29)))
        );
    }
}
