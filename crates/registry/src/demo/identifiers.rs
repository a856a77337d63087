//! Identifiers with right check digits that no real company has.

use certlens_domain::identifier::{Bin, Inn, KgInn, Ogrn, Ogrnip, Unp};
use rand::Rng;
use std::str::FromStr;

/// A Russian organisation's INN and OGRN. There is no region 98.
pub(super) fn russian_organisation(random: &mut impl Rng) -> (String, String) {
    let inn = completed::<Inn>(1, || {
        format!(
            "98{:02}{:05}",
            random.random_range(1..60),
            random.random_range(0..100_000)
        )
    });
    let ogrn = completed::<Ogrn>(1, || {
        format!(
            "1{:02}98{:07}",
            random.random_range(3..25),
            random.random_range(0..10_000_000)
        )
    });
    (inn, ogrn)
}

/// A Russian sole trader's INN and OGRNIP.
pub(super) fn russian_sole_trader(random: &mut impl Rng) -> (String, String) {
    let inn = completed::<Inn>(2, || {
        format!(
            "98{:02}{:06}",
            random.random_range(1..60),
            random.random_range(0..1_000_000)
        )
    });
    let ogrnip = completed::<Ogrnip>(1, || {
        format!(
            "3{:02}98{:09}",
            random.random_range(4..25),
            random.random_range(0..1_000_000_000)
        )
    });
    (inn, ogrnip)
}

/// A Kazakh BIN, registered in a year of the forties to sixties: past ones were before BINs, next ones are far.
pub(super) fn kazakh_bin(random: &mut impl Rng) -> String {
    completed::<Bin>(1, || {
        format!(
            "{:02}{:02}40{:05}",
            random.random_range(40..70),
            random.random_range(1..13),
            random.random_range(0..100_000)
        )
    })
}

/// A Belarusian UNP in a block that was not given out.
pub(super) fn belarusian_unp(random: &mut impl Rng) -> String {
    completed::<Unp>(1, || format!("7{:07}", random.random_range(5_000_000..8_500_000)))
}

/// A Kyrgyz INN of an organisation that will be registered in seventy years.
pub(super) fn kyrgyz_inn(random: &mut impl Rng) -> String {
    completed::<KgInn>(1, || {
        format!(
            "0{:02}{:02}{}{:04}",
            random.random_range(1..29),
            random.random_range(1..13),
            random.random_range(2092..2100),
            random.random_range(0..10_000)
        )
    })
}

/// The beginning with the first ending of so many digits that makes it valid; another beginning when none does.
fn completed<T: FromStr>(missing: u32, mut beginning: impl FnMut() -> String) -> String {
    loop {
        let start = beginning();
        let width = missing as usize;
        let ending = (0..10_u32.pow(missing))
            .map(|ending| format!("{start}{ending:0width$}"))
            .find(|value| value.parse::<T>().is_ok());
        if let Some(value) = ending {
            return value;
        }
    }
}
