//! What a change from outside may say. Pure.

use certlens_domain::identifier::{Identifier, NotAnIdentifier};
use certlens_domain::selection::{CardChange, LONGEST_LABEL, LONGEST_NOTE};

use super::{MOST_CHANGES, SelectionRefused};

/// The changes with identifiers as they are searched and texts without what nobody sees.
pub(super) fn checked(changes: &[CardChange]) -> Result<Vec<CardChange>, SelectionRefused> {
    if changes.len() > MOST_CHANGES {
        return Err(SelectionRefused::TooManyChanges);
    }
    changes.iter().map(checked_one).collect()
}

fn checked_one(change: &CardChange) -> Result<CardChange, SelectionRefused> {
    let value = normal(change.value())?;
    Ok(match change {
        CardChange::Add {
            label: given,
            origin,
            note,
            ..
        } => CardChange::Add {
            value,
            label: label(given.as_deref())?,
            origin: *origin,
            note: note.as_deref().and_then(self::note),
        },
        CardChange::Label { label: given, .. } => CardChange::Label {
            value,
            label: label(given.as_deref())?,
        },
        CardChange::Choose { chosen, .. } => CardChange::Choose {
            value,
            chosen: *chosen,
        },
        CardChange::Remove { .. } => CardChange::Remove { value },
        CardChange::Restore { .. } => CardChange::Restore { value },
    })
}

fn normal(value: &str) -> Result<String, NotAnIdentifier> {
    Ok(Identifier::parse(value)?.value().to_owned())
}

fn label(given: Option<&str>) -> Result<Option<String>, SelectionRefused> {
    match given.map(one_line).filter(|label| !label.is_empty()) {
        Some(label) if label.chars().count() > LONGEST_LABEL => Err(SelectionRefused::LabelTooLong),
        label => Ok(label),
    }
}

/// A note is for reading only: a long one is cut.
pub(super) fn note(given: &str) -> Option<String> {
    let note: String = one_line(given).chars().take(LONGEST_NOTE).collect();
    (!note.is_empty()).then_some(note)
}

fn one_line(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use certlens_domain::selection::SelectionOrigin;
    use rstest::rstest;

    use super::*;

    fn add(value: &str, label: &str, note: &str) -> CardChange {
        CardChange::Add {
            value: value.to_owned(),
            label: Some(label.to_owned()),
            origin: SelectionOrigin::Pasted,
            note: Some(note.to_owned()),
        }
    }

    #[test]
    fn texts_are_brought_into_their_normal_form() {
        let checked = checked(&[add(" 7707 083 893", " Завод \0\n №1 ", "\t")]).unwrap();
        assert_eq!(
            checked,
            [CardChange::Add {
                value: "7707083893".to_owned(),
                label: Some("Завод №1".to_owned()),
                origin: SelectionOrigin::Pasted,
                note: None,
            }]
        );
    }

    #[test]
    fn an_identifier_with_a_wrong_check_digit_is_taken_all_the_same() {
        assert!(checked(&[add("7707083894", "", "")]).is_ok());
    }

    #[rstest]
    #[case::no_identifier(vec![add("Завод", "", "")], "Завод")]
    #[case::long_label(vec![add("7707083893", &"я".repeat(LONGEST_LABEL + 1), "")], "100 characters")]
    #[case::too_many(vec![add("7707083893", "", ""); MOST_CHANGES + 1], "at most 100 identifiers")]
    fn what_can_not_be_remembered_is_refused_with_a_sentence(
        #[case] changes: Vec<CardChange>,
        #[case] says: &str,
    ) {
        let refused = checked(&changes).unwrap_err();
        assert!(refused.to_string().contains(says), "{refused}");
    }

    #[test]
    fn a_long_note_is_cut() {
        let checked = checked(&[add("7707083893", "", &"я".repeat(LONGEST_NOTE + 1))]).unwrap();
        assert!(matches!(&checked[0], CardChange::Add { note: Some(note), .. }
            if note.chars().count() == LONGEST_NOTE));
    }
}
