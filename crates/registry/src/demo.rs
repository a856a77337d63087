//! Invented documents over all six registries, and an invented portal whose companies hold them.
//!
//! For demonstrations and measurements. The same seed, count and day give the same documents on every machine. No
//! company is real: Russian numbers carry the region 98 and Kazakh ones a year in which nobody can have registered.
//! May know: canonical documents, number grammars. Must not know: databases, files, the clock.

mod company;
mod heavy_tail;
mod identifiers;
mod issue;
mod portal;
mod product_lines;

use certlens_domain::document::Document;
use chrono::NaiveDate;
use company::{Company, Country, PackedCompany};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use portal::{
    DemoCompany, DemoDeal, DemoLead, DemoPortal, DemoPortalIdentity, DemoRequisite, DemoUserField, portal,
};

/// The documents of the demonstration, in no particular order: `count` of them, the newest registered on `today`.
pub fn documents(seed: u64, count: u64, today: NaiveDate) -> impl Iterator<Item = Document> {
    issued(seed, &holdings(count), today)
}

/// The documents that measurements are made on: `count` of them, `heaviest` of one applicant, the rest in a tail so long
/// that most companies hold one to three. Companies are filed as registries file them: now by both their numbers, now
/// by one, in Kyrgyzstan inside a text.
pub fn heavy_tail(seed: u64, count: u64, heaviest: u64, today: NaiveDate) -> impl Iterator<Item = Document> {
    let mut filing = heavy_tail::Filing::new(seed);
    issued(seed, &heavy_tail::holdings(count, heaviest), today).map(move |document| filing.file(document))
}

/// The documents of companies that hold so many each.
fn issued(seed: u64, sizes: &[u64], today: NaiveDate) -> impl Iterator<Item = Document> + use<> {
    let companies: Vec<PackedCompany> = (0..sizes.len() as u64)
        .map(|index| PackedCompany::of(&Company::of(seed, index)))
        .collect();
    // Four bytes a document, and a short text a company, is all that grows with their number.
    let mut owners: Vec<u32> = (0_u32..)
        .zip(sizes)
        .flat_map(|(owner, size)| std::iter::repeat_n(owner, usize::try_from(*size).unwrap_or_default()))
        .collect();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    owners.shuffle(&mut random);
    (0_u64..).zip(owners).map(move |(serial, owner)| {
        // A Russian company often has a contract manufacturer among the others.
        let other = random.random_range(0..companies.len());
        let maker = Some(&companies[other]).filter(|other| other.country() == Country::Russia);
        let applicant = companies[owner as usize].unpacked();
        issue::document(&applicant, maker, serial, today, &mut random)
    })
}

/// How many documents each company holds, most first: a few thousands of documents for the first, one to twenty for
/// nearly all.
fn holdings(count: u64) -> Vec<u64> {
    let mut sizes = Vec::new();
    let mut left = count;
    while left > 0 {
        let size = share_of_rank(count, sizes.len() + 1).min(left);
        sizes.push(size);
        left -= size;
    }
    sizes
}

/// The heavy tail: a fortieth of all documents for the first company, falling with the power 0.8 of the rank.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes of an invented market need no precision"
)]
fn share_of_rank(count: u64, rank: usize) -> u64 {
    let share = count as f64 / 40.0 / (rank as f64).powf(0.8);
    (share as u64).max(1)
}

#[cfg(test)]
mod tests;
