//! Identifiers with right check digits that no real company has, and no two invented ones share.

use certlens_domain::identifier::{Bin, Inn, KgInn, Ogrn, Ogrnip, Unp};
use std::str::FromStr;

/// A prime: multiplying modulo it gives every company below it a number of its own.
const COMPANIES: u64 = 9_999_991;

/// What makes the identifiers of one company its own: a number from 0 to 9,999,990, scattered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scattered(u64);

impl Scattered {
    pub(super) const fn of(seed: u64, index: u64) -> Self {
        Self((index % COMPANIES + seed % COMPANIES + 1) % COMPANIES * 4_827_101 % COMPANIES)
    }

    /// A Russian organisation's INN and OGRN. There is no region 98.
    pub(super) fn russian_organisation(self) -> (String, String) {
        let inn = completed::<Inn>(1, |_| format!("98{:07}", self.0));
        let ogrn = completed::<Ogrn>(1, |_| format!("1{:02}98{:07}", 3 + self.0 % 22, self.0));
        (inn, ogrn)
    }

    /// A Russian sole trader's INN and OGRNIP.
    pub(super) fn russian_sole_trader(self) -> (String, String) {
        let inn = completed::<Inn>(2, |_| format!("98{:08}", self.0));
        let ogrnip = completed::<Ogrnip>(1, |_| format!("3{:02}98{:09}", 4 + self.0 % 21, self.0));
        (inn, ogrnip)
    }

    /// A Kazakh BIN, registered in a year of the forties to sixties: past ones were before BINs, next ones are far.
    pub(super) fn kazakh_bin(self) -> String {
        let (serial, months) = (self.0 % 100_000, self.0 / 100_000);
        completed::<Bin>(1, |attempt| {
            let year = 40 + months / 12 + 10 * attempt;
            format!("{year:02}{:02}40{serial:05}", 1 + months % 12)
        })
    }

    /// A Belarusian UNP.
    pub(super) fn belarusian_unp(self) -> String {
        completed::<Unp>(1, |attempt| format!("{}{:07}", 7 - attempt, self.0))
    }

    /// A Kyrgyz INN of an organisation that will be registered in seventy years.
    pub(super) fn kyrgyz_inn(self) -> String {
        let (serial, days) = (self.0 % 10_000, self.0 / 10_000);
        completed::<KgInn>(1, |_| {
            format!(
                "0{:02}{:02}{}{serial:04}",
                1 + days % 28,
                1 + days / 28 % 12,
                2094 + days / 28 / 12
            )
        })
    }
}

/// The beginning with the first ending of so many digits that makes it valid; the beginning of the next attempt when
/// none does.
fn completed<T: FromStr>(missing: u32, beginning: impl Fn(u64) -> String) -> String {
    let width = missing as usize;
    (0..6)
        .flat_map(|attempt| {
            let start = beginning(attempt);
            (0..10_u32.pow(missing)).map(move |ending| format!("{start}{ending:0width$}"))
        })
        .find(|value| value.parse::<T>().is_ok())
        .unwrap_or_default()
}
