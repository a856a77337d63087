//! The texts of the panel of identifiers, and of the companies that it may take.

use super::{Texts, fixed};
use certlens_domain::language::Language;
use certlens_domain::related::RelatedReason;
use certlens_domain::selection::{CardChange, SelectionOrigin};
use chrono::NaiveDate;

fixed! {
    /// Takes a change back.
    undo: "Вернуть как было", "Undo";
    /// Takes an identifier off the list.
    remove: "Убрать из списка", "Remove from the list";
    /// What people call an identifier.
    label_word: "Подпись, например «завод»", "Label, such as “plant”";
    /// An identifier that was in CRM once.
    lost_in_crm: "в CRM его больше нет", "no longer in the CRM";
    /// Below a text that may be a document's number.
    looks_up_number: "Похоже на номер документа: «Добавить» найдёт его заявителя.",
        "Looks like a document number: “Add” finds its applicant.";
    /// No document has it.
    number_not_found: "Документа с таким номером в загруженных данных нет.", "No loaded document has this number.";
    /// Adds an applicant that was found.
    add_applicant: "Добавить заявителя", "Add the applicant";
    /// An applicant that can't be searched by.
    applicant_without_number: "у заявителя нет номера", "the applicant has no number";
    /// Between two readings of a number.
    or: " или ", " or ";
    /// A change that can't be made.
    change_invalid: "Так изменить список нельзя: номеров слишком много или один из них не номер.",
        "The list can't be changed so: too many numbers, or one is none.";
    /// A change that was not saved.
    change_not_saved: "Изменение не сохранилось. Проверьте связь и повторите.",
        "The change was not saved. Check the connection and try again.";
}

fixed! {
    /// Link.
    show_related: "Связанные компании", "Related companies";
    /// Section heading.
    related: "Связанные компании", "Related companies";
    /// Takes the section away.
    hide: "Скрыть", "Hide";
    /// When there are none.
    no_related: "В документах рядом с этими номерами никого больше нет.", "Nobody else stands beside these numbers in documents.";
    /// What the list is not.
    related_note: "Это подсказка по документам, а не сведения о владельцах: проверьте, прежде чем добавлять.",
        "A hint from documents, not a statement on ownership: check before you add one.";
}

impl Texts {
    /// Why a company is suggested.
    pub const fn related_reason(self, reason: RelatedReason) -> &'static str {
        match (self.0, reason) {
            (Language::Ru, RelatedReason::SameApplicantOtherIdentifier) => {
                "та же компания под другим номером"
            }
            (Language::Ru, RelatedReason::AuthorisedPersonOf) => {
                "оформляет документы на продукцию контрагента"
            }
            (Language::Ru, RelatedReason::ManufacturerOf) => "изготовитель продукции контрагента",
            (Language::En, RelatedReason::SameApplicantOtherIdentifier) => {
                "the same company under another number"
            }
            (Language::En, RelatedReason::AuthorisedPersonOf) => "certifies what the counterparty makes",
            (Language::En, RelatedReason::ManufacturerOf) => "makes what the counterparty certifies",
        }
    }

    /// On what a suggestion rests.
    pub fn related_rests_on(self, documents: u64, last: NaiveDate, sampled: bool) -> String {
        let (counted, last) = (self.documents_counted(documents), self.day(last));
        let bound = if sampled {
            self.in_language("не меньше ", "at least ")
        } else {
            ""
        };
        self.in_language(
            format!("{bound}{counted}, последний {last}"),
            format!("{bound}{counted}, the last on {last}"),
        )
    }

    /// What the button beside a company does.
    pub fn adds_identifier(self, kind: &str, value: &str) -> String {
        self.in_language(
            format!("Искать и по {kind} {value}"),
            format!("Search by {kind} {value}, too"),
        )
    }

    /// Opens what is known of an identifier.
    pub fn more_about(self, value: &str) -> String {
        self.in_language(
            format!("Подробнее о номере {value}"),
            format!("More about {value}"),
        )
    }

    /// Where an identifier comes from.
    pub fn selection_origin(self, origin: SelectionOrigin, note: Option<&str>) -> String {
        let word = match origin {
            SelectionOrigin::Requisite => self.in_language("реквизиты", "company details"),
            SelectionOrigin::Field => self.in_language("поле", "field"),
            SelectionOrigin::Typed => self.typed_here(),
            SelectionOrigin::Pasted => self.in_language("вставлен списком", "pasted in a list"),
            SelectionOrigin::Number => self.in_language("заявитель документа", "applicant of the document"),
            SelectionOrigin::Suggested => self.in_language("связанная компания", "related company"),
        };
        match note.filter(|note| !note.is_empty()) {
            Some(note) => self.in_language(format!("{word} «{note}»"), format!("{word} “{note}”")),
            None => word.to_owned(),
        }
    }

    /// Who added an identifier, and when.
    pub fn added_by(self, who: &str, when: Option<&str>) -> String {
        let added = self.in_language(format!("добавил(а) {who}"), format!("added by {who}"));
        match when {
            Some(when) => format!("{added}, {when}"),
            None => added,
        }
    }

    /// What a change did.
    pub fn changed_words(self, change: &CardChange) -> String {
        let value = change.value();
        match change {
            CardChange::Add { .. } => {
                self.in_language(format!("Добавлен {value}."), format!("{value} added."))
            }
            CardChange::Label { .. } => self.in_language(
                format!("Подпись {value} изменена."),
                format!("{value} relabelled."),
            ),
            CardChange::Choose { chosen: true, .. } => {
                self.in_language(format!("Ищем и по {value}."), format!("{value} switched on."))
            }
            CardChange::Choose { chosen: false, .. } => self.in_language(
                format!("{value} не участвует в поиске."),
                format!("{value} switched off."),
            ),
            CardChange::Remove { .. } => {
                self.in_language(format!("{value} убран из списка."), format!("{value} removed."))
            }
            CardChange::Restore { .. } => {
                self.in_language(format!("{value} возвращён."), format!("{value} restored."))
            }
        }
    }

    /// After several were added.
    pub fn added_several(self, number: usize) -> String {
        self.in_language(
            format!("Добавлено номеров: {number}."),
            format!("{number} numbers added."),
        )
    }
}
