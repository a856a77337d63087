//! Numbers and dates as people read them: the domain's, because its sentences need them too.

pub use certlens_domain::format::{Plural, compact, count, day, month_abbreviation, percent};
