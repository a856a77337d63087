//! What stands out in a comparison, in words: who has how many times more, whose terms end sooner, who grows while another
//! stops, whose documents are stopped. Pure.
//!
//! Names stand in the nominative: nobody can decline a company's name by rule. Every threshold is a constant with its reason.

use super::facts::{self, Part};
use super::model::Side;
use certlens_domain::board::Board;
use certlens_domain::format::{count, percent};
use certlens_domain::language::Language;
use certlens_domain::noun::Noun;
use certlens_domain::registry::DocumentKind;
use certlens_domain::signals::ENOUGH_FOR_A_SHARE;
use certlens_domain::summary::{Growth, Times, growth};

/// A share stands out when it is so many percentage points above the next one: a smaller lead is no news.
const LEAD_POINTS: u64 = 10;
/// From this number on, one is said to have so many times more: three against one is chance.
const ENOUGH_FOR_TIMES: u64 = 6;

/// A counterparty of which something is known.
#[derive(Clone, Copy)]
struct Known<'side> {
    name: &'side str,
    board: &'side Board,
}

/// One or a few clauses that end with a full stop; `None` with fewer than two answers.
pub(super) fn stands_out(sides: &[Side<'_>], language: Language) -> Option<String> {
    let known: Vec<Known<'_>> = sides
        .iter()
        .filter_map(|side| {
            Some(Known {
                name: &side.name,
                board: side.board?,
            })
        })
        .collect();
    if known.len() < 2 {
        return None;
    }
    let clauses = [
        Some(volume(&known, language)),
        ends_sooner(&known, language),
        activity(&known, language),
        stopped(&known, language),
    ];
    let clauses: Vec<String> = clauses.into_iter().flatten().collect();
    Some(format!("{}.", clauses.join("; ")))
}

/// Who has most documents in force, of the kind that they have more of.
fn volume(known: &[Known<'_>], language: Language) -> String {
    let sum = |kind| -> u64 {
        known
            .iter()
            .map(|known| facts::valid(known.board, kind).documents)
            .sum()
    };
    let kinds = [DocumentKind::Declaration, DocumentKind::Certificate];
    let [declarations, certificates] = kinds.map(sum);
    if declarations + certificates == 0 {
        return match language {
            Language::Ru => "Действующих документов нет ни у кого".to_owned(),
            Language::En => "None of them has valid documents".to_owned(),
        };
    }
    let (kind, noun) = if declarations >= certificates {
        (DocumentKind::Declaration, Noun::VALID_DECLARATION)
    } else {
        (DocumentKind::Certificate, Noun::VALID_CERTIFICATE)
    };
    let mut ranked: Vec<(u64, &str)> = known
        .iter()
        .map(|known| (facts::valid(known.board, kind).documents, known.name))
        .collect();
    ranked.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    let [(most, leader), (next, second), ..] = ranked[..] else {
        return String::new();
    };
    let have = noun.counted(most, language);
    let several = known.len() > 2;
    let leads = match (language, several) {
        (Language::Ru, true) => format!("{leader} впереди: {have}"),
        (Language::Ru, false) => format!("{leader} – {have}"),
        (Language::En, true) => format!("{leader} leads with {have}"),
        (Language::En, false) => format!("{leader} has {have}"),
    };
    let fewer = count(next, language);
    let rest = if next == 0 {
        nothing(second, kind, several, language)
    } else if most == next {
        match language {
            Language::Ru => format!("{second} – столько же"),
            Language::En => format!("{second} just as many"),
        }
    } else if most >= ENOUGH_FOR_TIMES && most.saturating_mul(2) >= next.saturating_mul(3) {
        format!("{} {second} ({fewer})", Times::of(most, next).more_than(language))
    } else {
        match language {
            Language::Ru => format!("{second} – {fewer}"),
            Language::En => format!("{second} has {fewer}"),
        }
    };
    format!("{leads}, {rest}")
}

/// The others have nothing in force.
fn nothing(second: &str, kind: DocumentKind, several: bool, language: Language) -> String {
    let who = match (language, several) {
        (Language::Ru, true) => "остальные",
        (Language::En, true) => "the others",
        (_, false) => second,
    };
    match (language, kind) {
        (Language::Ru, DocumentKind::Declaration) => format!("{who} – ни одной"),
        (Language::Ru, DocumentKind::Certificate) => format!("{who} – ни одного"),
        (Language::En, _) if several => format!("{who} have none"),
        (Language::En, _) => format!("{who} has none"),
    }
}

/// The one whose share is the largest by far, among those that have enough for a share.
fn highest_share<'side>(
    known: &[Known<'side>],
    part: impl Fn(&Board) -> Part,
) -> Option<(Known<'side>, Part)> {
    let mut ranked: Vec<(u64, Known<'side>, Part)> = known
        .iter()
        .map(|known| (*known, part(known.board)))
        .filter(|(_, part)| part.of >= ENOUGH_FOR_A_SHARE)
        .map(|(known, part)| (percent(part.documents, part.of), known, part))
        .collect();
    ranked.sort_by_key(|(share, ..)| std::cmp::Reverse(*share));
    let [(highest, known, part), (next, ..), ..] = ranked[..] else {
        return None;
    };
    (highest >= next + LEAD_POINTS).then_some((known, part))
}

fn ends_sooner(known: &[Known<'_>], language: Language) -> Option<String> {
    let (Known { name, .. }, Part { documents, of }) = highest_share(known, facts::ending)?;
    let (documents, of) = (count(documents, language), count(of, language));
    Some(match language {
        Language::Ru => format!("{name}: сроки истекают раньше, {documents} из {of} за 90\u{a0}дней"),
        Language::En => format!("{name}: terms end sooner, {documents} of {of} within 90\u{a0}days"),
    })
}

fn stopped(known: &[Known<'_>], language: Language) -> Option<String> {
    let (Known { name, .. }, Part { documents, of }) = highest_share(known, facts::stopped)?;
    let (documents, of) = (count(documents, language), count(of, language));
    Some(match language {
        Language::Ru => format!("{name}: приостановлено или прекращено {documents} из {of}"),
        Language::En => format!("{name}: {documents} of {of} suspended or terminated"),
    })
}

/// Who grows and who stops, where they differ: at most one of each.
fn activity(known: &[Known<'_>], language: Language) -> Option<String> {
    let growths: Vec<(Known<'_>, Growth)> = known.iter().map(|known| (*known, growth(known.board))).collect();
    let words = |wanted: fn(&Growth) -> bool| {
        let of_kind = || growths.iter().filter(|(_, growth)| wanted(growth));
        // Said of one alone: what is true of all, or of several, does not set anybody apart.
        let (known, growth) = of_kind().next().filter(|_| of_kind().count() == 1)?;
        Some(format!("{}: {}", known.name, growth.words(language)?))
    };
    let grows = words(|growth| matches!(growth, Growth::Grew(_) | Growth::Resumed));
    let stops = words(|growth| matches!(growth, Growth::Fell(_) | Growth::Stopped));
    let said: Vec<String> = [grows, stops].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use certlens_domain::status::Status;
    use rstest::rstest;

    fn said(boards: &[(&str, Board)], language: Language) -> Option<String> {
        let sides: Vec<Side<'_>> = boards
            .iter()
            .map(|(name, board)| Side {
                name: (*name).to_owned(),
                whole_name: None,
                identifiers: Vec::new(),
                board: Some(board),
                counterparty: None,
            })
            .collect();
        stands_out(&sides, language).map(|sentence| sentence.replace('\u{a0}', " "))
    }

    fn ending(mut board: Board, documents: u64) -> Board {
        board.totals.expiring_90d = documents;
        board
    }

    fn years(mut board: Board, last: u64, before: u64) -> Board {
        (board.facts.last_year, board.facts.year_before) = (last, before);
        board
    }

    fn suspended(mut board: Board, documents: u64) -> Board {
        board.by_status.insert(Status::Suspended, documents);
        board
    }

    fn plain(declarations: u64, certificates: u64) -> Board {
        years(sample::board(declarations, certificates), 20, 20)
    }

    const A: &str = "ООО «А»";
    const B: &str = "ООО «Б»";
    const C: &str = "ООО «В»";

    #[rstest]
    #[case::times(
        plain(120, 1),
        plain(40, 0),
        "ООО «А» – 120 действующих деклараций, втрое больше, чем ООО «Б» (40).",
        "ООО «А» has 120 valid declarations, three times as many as ООО «Б» (40)."
    )]
    #[case::second_is_first(
        plain(40, 0),
        plain(120, 1),
        "ООО «Б» – 120 действующих деклараций, втрое больше, чем ООО «А» (40).",
        "ООО «Б» has 120 valid declarations, three times as many as ООО «А» (40)."
    )]
    #[case::near(
        plain(120, 0),
        plain(110, 0),
        "ООО «А» – 120 действующих деклараций, ООО «Б» – 110.",
        "ООО «А» has 120 valid declarations, ООО «Б» has 110."
    )]
    #[case::equal(
        plain(5, 0),
        plain(5, 0),
        "ООО «А» – 5 действующих деклараций, ООО «Б» – столько же.",
        "ООО «А» has 5 valid declarations, ООО «Б» just as many."
    )]
    #[case::few(
        plain(3, 0),
        plain(1, 0),
        "ООО «А» – 3 действующие декларации, ООО «Б» – 1.",
        "ООО «А» has 3 valid declarations, ООО «Б» has 1."
    )]
    #[case::certificates(
        plain(0, 21),
        plain(3, 0),
        "ООО «А» – 21 действующий сертификат, ООО «Б» – ни одного.",
        "ООО «А» has 21 valid certificates, ООО «Б» has none."
    )]
    #[case::nothing(
        plain(0, 0),
        plain(0, 0),
        "Действующих документов нет ни у кого.",
        "None of them has valid documents."
    )]
    #[case::terms(
        plain(20, 0),
        ending(plain(20, 0), 8),
        "ООО «А» – 20 действующих деклараций, ООО «Б» – столько же; ООО «Б»: сроки истекают раньше, 8 из 20 за 90 дней.",
        "ООО «А» has 20 valid declarations, ООО «Б» just as many; ООО «Б»: terms end sooner, 8 of 20 within 90 days."
    )]
    #[case::terms_alike(
        ending(plain(20, 0), 7),
        ending(plain(20, 0), 8),
        "ООО «А» – 20 действующих деклараций, ООО «Б» – столько же.",
        "ООО «А» has 20 valid declarations, ООО «Б» just as many."
    )]
    #[case::growth(
        years(plain(20, 0), 24, 12),
        years(plain(20, 0), 0, 7),
        "ООО «А» – 20 действующих деклараций, ООО «Б» – столько же; ООО «А»: активность за год выросла вдвое; ООО «Б»: за год ничего нового.",
        "ООО «А» has 20 valid declarations, ООО «Б» just as many; ООО «А»: activity doubled in a year; ООО «Б»: nothing new for a year."
    )]
    #[case::both_grow(
        years(plain(20, 0), 24, 12),
        years(plain(20, 0), 30, 10),
        "ООО «А» – 20 действующих деклараций, ООО «Б» – столько же.",
        "ООО «А» has 20 valid declarations, ООО «Б» just as many."
    )]
    #[case::stopped(
        suspended(plain(20, 0), 5),
        plain(20, 0),
        "ООО «А» – 20 действующих деклараций, ООО «Б» – столько же; ООО «А»: приостановлено или прекращено 5 из 25.",
        "ООО «А» has 20 valid declarations, ООО «Б» just as many; ООО «А»: 5 of 25 suspended or terminated."
    )]
    #[case::too_few_for_a_share(
        suspended(plain(4, 0), 4),
        plain(4, 0),
        "ООО «А» – 4 действующие декларации, ООО «Б» – столько же.",
        "ООО «А» has 4 valid declarations, ООО «Б» just as many."
    )]
    fn two_are_compared_in_words(
        #[case] one: Board,
        #[case] other: Board,
        #[case] ru: &str,
        #[case] en: &str,
    ) {
        let boards = [(A, one), (B, other)];
        assert_eq!(said(&boards, Language::Ru).as_deref(), Some(ru));
        assert_eq!(said(&boards, Language::En).as_deref(), Some(en));
    }

    #[rstest]
    #[case::leader([10, 120, 40], "ООО «Б» впереди: 120 действующих деклараций, втрое больше, чем ООО «В» (40).",
        "ООО «Б» leads with 120 valid declarations, three times as many as ООО «В» (40).")]
    #[case::alone([0, 120, 0], "ООО «Б» впереди: 120 действующих деклараций, остальные – ни одной.",
        "ООО «Б» leads with 120 valid declarations, the others have none.")]
    fn of_several_the_leader_is_compared_with_the_next(
        #[case] declarations: [u64; 3],
        #[case] ru: &str,
        #[case] en: &str,
    ) {
        let [a, b, c] = declarations.map(|number| plain(number, 0));
        let boards = [(A, a), (B, b), (C, c)];
        assert_eq!(said(&boards, Language::Ru).as_deref(), Some(ru));
        assert_eq!(said(&boards, Language::En).as_deref(), Some(en));
    }

    #[test]
    fn one_alone_is_compared_with_nobody() {
        assert_eq!(said(&[(A, plain(120, 1))], Language::Ru), None);
    }
}
