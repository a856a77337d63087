//! A company in little room: a market of a million is held while its documents are made, one at a time.

use super::super::product_lines::{PRODUCT_LINES, ProductLine};
use super::{Company, Country, code};
use certlens_domain::document::Party;

/// Between the parts of the text; no name contains it.
const SEPARATOR: char = '\n';
/// No company deals in more lines.
const MOST_LINES: usize = 4;

/// All that a [`Company`] is, in one text and a few bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct PackedCompany {
    country: Country,
    sole_trader: bool,
    /// Places in the table of product lines.
    lines: [Option<u8>; MOST_LINES],
    /// Name, INN, OGRN, BIN, UNP; empty where there is none.
    text: Box<str>,
}

impl PackedCompany {
    pub(in super::super) fn of(company: &Company) -> Self {
        let party = &company.party;
        let numbers = [&party.inn, &party.ogrn, &party.bin, &party.unp];
        let mut text = party.name.clone();
        for number in numbers {
            text.push(SEPARATOR);
            text.push_str(number.as_deref().unwrap_or_default());
        }
        let mut lines = [None; MOST_LINES];
        for (place, line) in lines.iter_mut().zip(&company.lines) {
            let known = PRODUCT_LINES.iter().position(|known| std::ptr::eq(known, *line));
            *place = known.and_then(|known| u8::try_from(known).ok());
        }
        Self {
            country: company.country,
            sole_trader: company.sole_trader,
            lines,
            text: text.into_boxed_str(),
        }
    }

    pub(in super::super) const fn country(&self) -> Country {
        self.country
    }

    pub(in super::super) fn party(&self) -> Party {
        let mut parts = self.text.split(SEPARATOR);
        let mut next = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
        Party {
            name: next().unwrap_or_default(),
            country: Some(code(self.country).to_owned()),
            inn: next(),
            ogrn: next(),
            bin: next(),
            unp: next(),
            in_text: false,
        }
    }

    pub(in super::super) fn unpacked(&self) -> Company {
        let line = |place: &Option<u8>| -> Option<&'static ProductLine> {
            place.and_then(|place| PRODUCT_LINES.get(usize::from(place)))
        };
        Company {
            country: self.country,
            sole_trader: self.sole_trader,
            party: self.party(),
            lines: self.lines.iter().filter_map(line).collect(),
        }
    }
}
