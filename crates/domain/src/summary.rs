//! A board in one sentence, and the few facts of a card's header.
//!
//! Meant for the board of a counterparty without a filter; with one, it speaks of the documents that fit.

mod growth;

use crate::board::{Board, BoardTotals, ValueCount};
use crate::format::{Plural, count, day};
use crate::language::Language;
use crate::noun::Noun;
use crate::status::Status;
use chrono::{Datelike, NaiveDate};

pub use growth::{ENOUGH_TO_COMPARE, Growth, Times, growth};

/// More regulations than these at the top together are not named: the sentence would be a list.
const MOST_REGULATIONS: usize = 2;

/// The board in one sentence of about 200 characters at most, without a full stop: what is in force, what expires
/// next, under which regulation, whether it grows.
///
/// "38 действующих деклараций и 2 сертификата, 6 истекают в ближайшие 90 дней, больше всего по ТР ТС 004/2011;
/// активность за год выросла вдвое".
pub fn summary(board: &Board, today: NaiveDate, language: Language) -> String {
    let totals = &board.totals;
    if totals.documents == 0 {
        return one_line(totals, language);
    }
    let mut parts = vec![one_line(totals, language)];
    if totals.active > 0 {
        parts.push(expiry(totals, language));
    } else {
        parts.push(ended(board, language));
    }
    parts.extend(regulation(board, language));
    let mut sentence = parts.join(", ");
    if let Some(activity) = activity(board, today, language) {
        sentence.push_str("; ");
        sentence.push_str(&activity);
    }
    sentence
}

/// What is in force, the larger kind first: "38 действующих деклараций и 2 сертификата".
pub fn one_line(totals: &BoardTotals, language: Language) -> String {
    if totals.documents == 0 {
        return match language {
            Language::Ru => "В загруженных реестрах документов не найдено".to_owned(),
            Language::En => "No documents in the loaded registries".to_owned(),
        };
    }
    let (declarations, certificates) = (totals.active_declarations, totals.active_certificates);
    if declarations == 0 && certificates == 0 {
        return match language {
            Language::Ru => "Действующих документов нет".to_owned(),
            Language::En => "No valid documents".to_owned(),
        };
    }
    let mut kinds = [
        (declarations, Noun::VALID_DECLARATION, Noun::DECLARATION),
        (certificates, Noun::VALID_CERTIFICATE, Noun::CERTIFICATE),
    ];
    kinds.sort_by_key(|(number, _, _)| std::cmp::Reverse(*number));
    let [(more, first, _), (fewer, _, second)] = kinds;
    let first = first.counted(more, language);
    match (fewer, language) {
        (0, _) => first,
        (_, Language::Ru) => format!("{first} и {}", second.counted(fewer, language)),
        (_, Language::En) => format!("{first} and {}", second.counted(fewer, language)),
    }
}

/// Day of the earliest registration that is known.
pub const fn certifies_since(board: &Board) -> Option<NaiveDate> {
    board.totals.first_registered
}

/// The certification body of most documents of the last year; `None` when none is named in it.
pub fn certified_by_now(board: &Board) -> Option<&ValueCount> {
    board
        .facts
        .body_last_year
        .as_ref()
        .filter(|body| !body.value.trim().is_empty())
}

/// What of the documents in force expires next.
fn expiry(totals: &BoardTotals, language: Language) -> String {
    let (soon, next) = (totals.expiring_90d, totals.next_end.map(|end| day(end, language)));
    match (soon, next, language) {
        (0, None, Language::Ru) => "без ограничения срока".to_owned(),
        (0, None, Language::En) => "without an end date".to_owned(),
        (0, Some(next), Language::Ru) => format!("ближайший срок {next}"),
        (0, Some(next), Language::En) => format!("next expiry {next}"),
        (1, Some(next), Language::Ru) if totals.active == 1 => format!("истекает {next}"),
        (1, Some(next), Language::En) if totals.active == 1 => format!("expires {next}"),
        (1, Some(next), Language::Ru) => format!("1\u{a0}истекает {next}"),
        (1, Some(next), Language::En) => format!("1\u{a0}expires {next}"),
        (soon, _, Language::Ru) if soon == totals.active && soon > 1 => {
            "все истекают в ближайшие 90\u{a0}дней".to_owned()
        }
        (soon, _, Language::En) if soon == totals.active && soon > 1 => {
            "all expire within 90\u{a0}days".to_owned()
        }
        (soon, _, Language::Ru) => {
            let verb = Plural::of(soon, language).choose("истекает", "истекают", "истекают");
            format!("{}\u{a0}{verb} в ближайшие 90\u{a0}дней", count(soon, language))
        }
        (soon, _, Language::En) => {
            let verb = Plural::of(soon, language).choose("expires", "expire", "expire");
            format!("{}\u{a0}{verb} within 90\u{a0}days", count(soon, language))
        }
    }
}

/// What there is when nothing is in force.
fn ended(board: &Board, language: Language) -> String {
    let totals = &board.totals;
    let all = match (totals.declarations, totals.certificates, language) {
        (declarations, 0, _) => Noun::DECLARATION.counted(declarations, language),
        (0, certificates, _) => Noun::CERTIFICATE.counted(certificates, language),
        (declarations, certificates, _) => {
            let and = match language {
                Language::Ru => "и",
                Language::En => "and",
            };
            let declarations = Noun::DECLARATION.counted(declarations, language);
            format!(
                "{declarations} {and} {}",
                Noun::CERTIFICATE.counted(certificates, language)
            )
        }
    };
    let suspended = board.by_status.get(&Status::Suspended).copied().unwrap_or(0);
    match (suspended, language) {
        (0, Language::Ru) => format!("всего в реестрах {all}"),
        (0, Language::En) => format!("{all} in all"),
        (suspended, Language::Ru) => {
            let word =
                Plural::of(suspended, language).choose("приостановлен", "приостановлено", "приостановлено");
            format!(
                "{word} {}, всего в реестрах {all}",
                Noun::DOCUMENT.counted(suspended, language)
            )
        }
        (suspended, Language::En) => {
            format!(
                "{} suspended, {all} in all",
                Noun::DOCUMENT.counted(suspended, language)
            )
        }
    }
}

/// The regulation of most documents, or the two that share the first place: double regulation is the rule.
fn regulation(board: &Board, language: Language) -> Option<String> {
    let listed = &board.by_technical_regulation.listed;
    let most = listed.first()?.documents;
    let all = board.totals.documents;
    // Under chosen regulations the facet counts more than the documents that fit.
    if most == 0 || most > all || (most == 1 && all > 1) {
        return None;
    }
    let codes: Vec<&str> = listed
        .iter()
        .take_while(|regulation| regulation.documents == most)
        .map(|regulation| regulation.value.as_str())
        .collect();
    if codes.len() > MOST_REGULATIONS || codes.iter().any(|code| code.trim().is_empty()) {
        return None;
    }
    let share = match (most == all, all, language) {
        (true, 1, Language::Ru) => "по",
        (true, 1, Language::En) => "under",
        (true, _, Language::Ru) => "все по",
        (true, _, Language::En) => "all under",
        (false, _, Language::Ru) => "больше всего по",
        (false, _, Language::En) => "most under",
    };
    let and = match language {
        Language::Ru => " и ",
        Language::En => " and ",
    };
    Some(format!("{share} {}", codes.join(and)))
}

/// Whether it grows; where the years cannot be compared, since when it certifies.
fn activity(board: &Board, today: NaiveDate, language: Language) -> Option<String> {
    let last = board.totals.last_registered.map(|last| day(last, language));
    match (growth(board), last, language) {
        (Growth::Stopped, Some(last), Language::Ru) => Some(format!("новых документов нет с {last}")),
        (Growth::Stopped, Some(last), Language::En) => Some(format!("nothing new since {last}")),
        (Growth::New | Growth::Unknown, _, _) => since(board, today, language),
        (growth, _, _) => growth.words(language),
    }
}

/// Since when it certifies: the day when this is the first year, the year otherwise.
fn since(board: &Board, today: NaiveDate, language: Language) -> Option<String> {
    let first = board.totals.first_registered?;
    let first_year = matches!(growth(board), Growth::New) || first.year() == today.year();
    Some(match (first_year, language) {
        (true, Language::Ru) if board.totals.documents == 1 => {
            format!("зарегистрирован документ {}", day(first, language))
        }
        (true, Language::En) if board.totals.documents == 1 => format!("registered {}", day(first, language)),
        (true, Language::Ru) => format!("первый документ {}", day(first, language)),
        (true, Language::En) => format!("first document {}", day(first, language)),
        (false, Language::Ru) => format!("документы с {}\u{a0}года", first.year()),
        (false, Language::En) => format!("documents since {}", first.year()),
    })
}

#[cfg(test)]
mod tests;
