//! Adding identifiers: one or a pasted list, checked while it is typed.

use super::Panel;
use super::number::{Applicants, LookUp, look_up};
use super::saving::Saving;
use crate::catalogue::Texts;
use certlens_domain::document_detail::SHORTEST_NUMBER_BEGINNING;
use certlens_domain::identifier::Identifier;
use certlens_domain::selection::{CardChange, SelectionOrigin};
use leptos::prelude::*;

/// The field, the check of what stands in it, and the button.
#[component]
pub(super) fn AddIdentifiers(panel: Panel) -> impl IntoView {
    let texts = panel.texts;
    let typed = RwSignal::new(String::new());
    let outcome = RwSignal::new(LookUp::Nothing);
    let read = Memo::new(move |_| typed.with(|typed| Read::of(typed)));
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let changes = read.with_untracked(Read::changes);
        if !changes.is_empty() {
            typed.set(String::new());
            outcome.set(LookUp::Nothing);
            Saving(panel).change_all(changes);
        } else if let Some(number) = read.with_untracked(Read::number) {
            look_up(number, outcome);
        }
    };
    let is_ready = move || read.with(|read| !read.changes().is_empty() || read.number().is_some());
    view! {
        <form class="add needs-script" on:submit=add>
            <input
                id="add-identifier"
                class="add__field"
                aria-label=texts.add_identifier()
                placeholder=texts.add_identifier()
                autocomplete="off"
                spellcheck="false"
                aria-describedby="add-check"
                prop:value=move || typed.get()
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    outcome.set(LookUp::Nothing);
                }
            />
            <button type="submit" class="button" disabled=move || !is_ready()>
                {texts.add()}
            </button>
            <ul class="add__check" id="add-check" aria-live="polite">
                {move || read.with(|read| read.lines(texts)).into_iter().map(|line| {
                    view! { <li class=line.class>{line.words}</li> }
                }).collect_view()}
            </ul>
            <div class="add__check" aria-live="polite"><Applicants panel outcome /></div>
        </form>
    }
}

/// What stands in the field: identifiers and what is none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Read {
    identifiers: Vec<Identifier>,
    unreadable: Vec<(String, certlens_domain::identifier::NotAnIdentifier)>,
}

/// A line below the field.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CheckLine {
    class: &'static str,
    words: String,
}

/// The most identifiers that are read at once, and lines that are shown of them.
const MOST_READ: usize = 100;
const MOST_LINES: usize = 6;

impl Read {
    fn of(typed: &str) -> Self {
        let mut read = Self {
            identifiers: Vec::new(),
            unreadable: Vec::new(),
        };
        for text in separate(typed).into_iter().take(MOST_READ) {
            match Identifier::parse(&text) {
                Ok(identifier) => {
                    let known = read
                        .identifiers
                        .iter()
                        .any(|known| known.value() == identifier.value());
                    if !known {
                        read.identifiers.push(identifier);
                    }
                }
                Err(error) => read.unreadable.push((text, error)),
            }
        }
        read
    }

    /// What may be a document's number, when nothing is an identifier.
    fn number(&self) -> Option<String> {
        let signs = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).count();
        let (text, _) = self.unreadable.first().filter(|_| self.identifiers.is_empty())?;
        let is_number =
            signs(text) >= SHORTEST_NUMBER_BEGINNING && text.contains(|letter: char| letter.is_ascii_digit());
        is_number.then(|| text.clone())
    }

    fn changes(&self) -> Vec<CardChange> {
        let origin = if self.identifiers.len() > 1 {
            SelectionOrigin::Pasted
        } else {
            SelectionOrigin::Typed
        };
        let add = |identifier: &Identifier| CardChange::Add {
            value: identifier.value().to_owned(),
            label: None,
            origin,
            note: None,
        };
        self.identifiers.iter().map(add).collect()
    }

    fn lines(&self, texts: Texts) -> Vec<CheckLine> {
        let good = self.identifiers.iter().map(|identifier| {
            let kinds: Vec<&str> = identifier.kinds().map(|kind| kind.name(texts.0)).collect();
            let kinds = kinds.join(texts.or());
            match identifier.reason(texts.0) {
                None => CheckLine {
                    class: "check check--good",
                    words: format!("{} — {kinds}", identifier.value()),
                },
                Some(reason) => CheckLine {
                    class: "check check--doubtful",
                    words: format!("{} — {kinds}. {reason}", identifier.value()),
                },
            }
        });
        let number = self.number();
        let bad = self.unreadable.iter().map(move |(text, error)| {
            if number.as_ref() == Some(text) {
                CheckLine {
                    class: "check check--doubtful",
                    words: texts.looks_up_number().to_owned(),
                }
            } else {
                CheckLine {
                    class: "check check--bad",
                    words: error.explain(texts.0),
                }
            }
        });
        good.chain(bad).take(MOST_LINES).collect()
    }
}

/// Numbers of a pasted list: separated by line ends, commas, semicolons and tabs; by spaces only when every word is long
/// enough to be an identifier by itself, because people also group the digits of one.
fn separate(typed: &str) -> Vec<String> {
    let pieces = typed
        .split(['\n', '\r', ',', ';', '\t'])
        .map(str::trim)
        .filter(|piece| !piece.is_empty());
    pieces
        .flat_map(|piece| {
            let words: Vec<&str> = piece.split_whitespace().collect();
            if words.len() > 1 && words.iter().all(|word| word.chars().count() >= SHORTEST) {
                words.into_iter().map(str::to_owned).collect()
            } else {
                vec![piece.to_owned()]
            }
        })
        .collect()
}

/// The shortest identifier has 9 characters: a UNP.
const SHORTEST: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::language::Language;
    use rstest::rstest;

    #[rstest]
    #[case::one("7707083893", &["7707083893"])]
    #[case::grouped_digits("7707 083 893", &["7707 083 893"])]
    #[case::spaces("7707083893 1027700132195", &["7707083893", "1027700132195"])]
    #[case::lines("7707083893\r\n1027700132195;\n", &["7707083893", "1027700132195"])]
    #[case::table("ООО Ромашка\t7707083893", &["ООО Ромашка", "7707083893"])]
    #[case::nothing(" ;, ", &[])]
    fn pasted_lists_fall_into_numbers(#[case] typed: &str, #[case] expected: &[&str]) {
        assert_eq!(separate(typed), expected);
    }

    #[rstest]
    #[case::of_a_document("ЕАЭС N RU Д-CN.РА01.В.12345/25", true)]
    #[case::short("RU 12", false)]
    #[case::word("ромашковое поле", false)]
    #[case::identifier("7707083893", false)]
    fn text_that_may_be_a_documents_number_is_looked_up(#[case] typed: &str, #[case] expected: bool) {
        assert_eq!(Read::of(typed).number().is_some(), expected);
    }

    #[test]
    fn list_is_added_as_pasted_each_number_once_and_what_is_none_is_explained() {
        let read = Read::of("7707083893, 7707 083 893, ромашка");
        assert_eq!(read.changes().len(), 1);
        assert_eq!(read.lines(Texts(Language::Ru)).len(), 2);
        let pasted = Read::of("7707083893, 1027700132195").changes();
        assert!(matches!(
            pasted[0],
            CardChange::Add {
                origin: SelectionOrigin::Pasted,
                ..
            }
        ));
    }
}
