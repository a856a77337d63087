//! The market of measurements: who holds how much, and how registries file one and the same company.
//!
//! A search by two numbers of a company finds documents that carry both, documents that carry one, and, in a long tail,
//! next to nothing; the demonstration is too orderly for that.

use certlens_domain::document::{Document, Party};
use certlens_domain::registry::Registry;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How fast holdings fall with the rank. With this power and [`STRETCH`], eleven million documents have 1.2 million
/// holders, of which more than half hold one to three, five hundred hold a thousand or more, and the first 148,000.
const POWER: f64 = 0.8;
/// Makes good what rounding down takes from a tail of small holdings.
const STRETCH: f64 = 1.25;

/// How many documents each company holds: `heaviest` the first, then a power law down to one.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes of an invented market need no precision"
)]
pub(super) fn holdings(count: u64, heaviest: u64) -> Vec<u64> {
    let heaviest = heaviest.min(count);
    let mut left = count - heaviest;
    // The sum of rank^-p over the ranks where it gives one document or more is about count^(1/p) / (1 - p).
    let second = STRETCH * (left as f64 * (1.0 - POWER)).powf(POWER);
    let mut sizes = vec![heaviest];
    sizes.retain(|size| *size > 0);
    for rank in 1_u32.. {
        if left == 0 {
            break;
        }
        let share = (second / f64::from(rank).powf(POWER)) as u64;
        let size = share.clamp(1, heaviest.max(1)).min(left);
        sizes.push(size);
        left -= size;
    }
    sizes
}

/// Files documents as registries do.
#[derive(Debug)]
pub(super) struct Filing {
    random: ChaCha8Rng,
}

impl Filing {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Companies use the streams from 1, the documents 0.
        random.set_stream(u64::MAX);
        Self { random }
    }

    pub(super) fn file(&mut self, mut document: Document) -> Document {
        let made_by_applicant = document.manufacturer == document.applicant;
        let in_text = matches!(
            document.registry,
            Registry::KgCertificates | Registry::KgDeclarations
        );
        self.file_party(&mut document.applicant, in_text);
        // Whoever names himself twice mostly does so in the same words.
        if made_by_applicant && self.random.random_range(0..100) < 90 {
            document.manufacturer.clone_from(&document.applicant);
        } else {
            self.file_party(&mut document.manufacturer, in_text);
        }
        document
    }

    fn file_party(&mut self, party: &mut Party, in_text: bool) {
        if party.inn.is_some() && party.ogrn.is_some() {
            match self.random.random_range(0..100) {
                0..24 => party.ogrn = None,
                24..28 => party.inn = None,
                _ => {}
            }
        }
        party.in_text = in_text && party.identifiers().next().is_some();
    }
}
