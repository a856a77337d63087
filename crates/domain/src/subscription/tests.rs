//! Terms that are taken, and terms that are refused.

use super::*;
use rstest::rstest;

fn wanted(identifiers: &[&str], news: &[NewsKind]) -> WantedTerms {
    WantedTerms {
        identifiers: Some(identifiers.iter().map(|text| (*text).to_owned()).collect()),
        news: Some(news.to_vec()),
        ..WantedTerms::default()
    }
}

fn terms(wanted: WantedTerms) -> Result<SubscriptionTerms, TermsRefused> {
    SubscriptionTerms::of(&TermsChange::check(wanted)?)
}

#[test]
fn identifiers_are_tracked_as_they_are_searched_each_once_whatever_their_check_digits() {
    let terms = terms(wanted(
        &["7707 083 893", "7707083893", "", "7707083894"],
        &[NewsKind::Suspended, NewsKind::NewDocument, NewsKind::Suspended],
    ))
    .unwrap();

    assert_eq!(terms.identifiers, ["7707083893", "7707083894"]);
    assert_eq!(terms.news, [NewsKind::NewDocument, NewsKind::Suspended]);
    assert_eq!(terms.expiring_days, USUAL_EXPIRING_DAYS);
    assert_eq!(terms.scope, None);
}

#[rstest]
#[case::no_identifier(wanted(&[" "], &[NewsKind::Expiring]), "identifiers", "at least one identifier")]
#[case::text(wanted(&["7707083893", "ромашка"], &[NewsKind::Expiring]), "identifiers", "ромашка")]
#[case::no_news(wanted(&["7707083893"], &[]), "news", "at least one kind")]
#[case::too_late(
    WantedTerms { expiring_days: Some(0), ..wanted(&["7707083893"], &[NewsKind::Expiring]) },
    "expiring_days",
    "not 0"
)]
#[case::no_rule(
    WantedTerms {
        assignment: Some(Override::Own(Assignment { rules: vec![], fallback_user_id: None })),
        ..wanted(&["7707083893"], &[NewsKind::Expiring])
    },
    "assignment",
    "at least one rule"
)]
#[case::nothing_named(WantedTerms::default(), "identifiers", "at least one identifier")]
fn terms_that_track_nothing_or_make_no_sense_are_refused_with_a_sentence(
    #[case] wanted: WantedTerms,
    #[case] field: &str,
    #[case] says: &str,
) {
    let refused = terms(wanted).unwrap_err();
    assert_eq!(refused.field(), field);
    assert!(refused.to_string().contains(says), "{refused}");
}

#[test]
fn more_than_a_hundred_identifiers_are_refused_and_a_hundred_are_not() {
    let numbers = |count: u64| -> Vec<String> {
        (0..count)
            .map(|number| (7_700_000_000 + number).to_string())
            .collect()
    };
    let tracked = |count| {
        terms(WantedTerms {
            identifiers: Some(numbers(count)),
            ..wanted(&[], &[NewsKind::NewDocument])
        })
    };
    assert_eq!(tracked(100).unwrap().identifiers.len(), 100);
    assert_eq!(tracked(101), Err(TermsRefused::TooManyIdentifiers));
}

#[test]
fn change_replaces_what_it_names_and_leaves_the_rest() {
    let mut terms = terms(WantedTerms {
        scope: Some(Override::Own(NotifyScope::AllMatching)),
        notification_kind: Some(Override::Own(NotificationKind::Task)),
        ..wanted(&["7707083893"], &[NewsKind::Expiring])
    })
    .unwrap();

    terms.take(
        &TermsChange::check(WantedTerms {
            scope: Some(Override::Portal),
            expiring_days: Some(60),
            ..WantedTerms::default()
        })
        .unwrap(),
    );

    assert_eq!(terms.scope, None);
    assert_eq!(terms.notification_kind, Some(NotificationKind::Task));
    assert_eq!(terms.expiring_days, 60);
    assert_eq!(terms.identifiers, ["7707083893"]);
}

#[rstest]
#[case::day("2026-12-31", true)]
#[case::for_ever("forever", true)]
#[case::far("+12026-12-31", false)]
#[case::word("tomorrow", false)]
fn silence_ends_on_a_day_or_never(#[case] text: &str, #[case] expected: bool) {
    let read: Result<Mute, _> = text.parse();
    assert_eq!(read.is_ok(), expected);
    if let Ok(mute) = read {
        assert_eq!(serde_json::to_value(mute).unwrap(), text);
    }
}
