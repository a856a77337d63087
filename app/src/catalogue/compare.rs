//! The texts of a comparison. What stands out in it is worded in `card::compare::sentence`.

use super::{Texts, fixed};
use certlens_domain::noun::Noun;

fixed! {
    /// Opens the comparison.
    compare_with_others: "Сравнить", "Compare";
    /// Section heading.
    comparison: "Сравнение контрагентов", "Comparison of counterparties";
    /// What to do while nobody is compared.
    compare_whom: "С кем сравнить? Введите номер другой компании или выберите одну из связанных.",
        "Compare with whom? Type the number of another company, or choose a related one.";
    /// Label of the field.
    compare_field: "ИНН, ОГРН, БИН, УНП или номер документа", "INN, OGRN, BIN, UNP or a document number";
    /// How several numbers are read.
    compare_several: "Номера одной компании – через пробел, разных – через запятую.",
        "Numbers of one company apart by spaces, companies by commas.";
    /// The button beside the field.
    compare_add: "Добавить в сравнение", "Add to the comparison";
    /// Below a text that may be a document's number.
    compare_looks_up_number: "Похоже на номер документа: найдём его заявителя.",
        "Looks like a document number: its applicant will be found.";
    /// Nobody else fits in.
    comparison_full: "В сравнении пять контрагентов, больше не поместится: уберите одного, чтобы добавить другого.",
        "The comparison holds five counterparties, its most: remove one to add another.";
    /// Above related companies.
    compare_proposals: "Связанные компании:", "Related companies:";
    /// When they could not be read.
    compare_proposals_failed: "Связанные компании сейчас не загрузились.", "Related companies could not be loaded now.";
    /// Above the applicants of a document that was looked for.
    compare_applicants: "Заявитель документа:", "Applicant of the document:";
    /// Above the card's own column.
    this_card: "эта карточка", "this card";
    /// Names the first column.
    compared_fact: "Показатель", "Figure";
    /// Takes a column away.
    compare_remove: "Убрать", "Remove";
    /// Copies an identifier.
    copy: "Копировать", "Copy";
    /// Adds a column's identifiers to the card.
    add_to_card: "В карточку", "To the card";
    /// A column without an answer.
    column_failed: "не загрузилось", "not loaded";
    /// Why.
    column_failed_hint: "Поиск по этим номерам не удался. Остальные столбцы верны.",
        "The search by these numbers failed. The other columns are right.";
    /// A cell without anything.
    nothing_here: "нет", "none";
    /// A column without documents.
    no_documents_here: "документов не найдено", "no documents found";
    /// Marks the most.
    the_most: "больше всех", "the most";
    /// Marks the first.
    the_earliest: "раньше всех", "the earliest";
    /// Marks the last.
    the_latest: "позже всех", "the latest";
    /// Row.
    valid_declarations: "Действующие декларации", "Valid declarations";
    /// Row.
    valid_certificates: "Действующие сертификаты", "Valid certificates";
    /// Row.
    documents_in_all: "Документов всего", "Documents in all";
    /// Row.
    registered_last_year: "Зарегистрировано за 12 месяцев", "Registered in 12 months";
    /// Row.
    first_document: "Первый документ", "First document";
    /// Row.
    last_document: "Последняя регистрация", "Last registration";
    /// Row.
    ends_within_90_days: "Истекает за 90 дней", "Ends within 90 days";
    /// Row.
    stopped_documents: "Приостановлено и прекращено", "Suspended and terminated";
    /// What is counted there.
    stopped_note: "с недействительными; из тех, чей срок не истёк", "void ones too; of those whose term has not ended";
    /// Row.
    not_valid_in_rf: "Не действует в РФ", "Not valid in Russia";
    /// Row.
    product_groups: "Группы товаров", "Product groups";
    /// Beside the body of the last year.
    body_now: "орган последнего года", "body of the last year";
    /// Before rows in which nobody has anything.
    nobody_has: "Пусто у всех:", "Empty for all:";
    /// What is compared.
    compared_whole: "Сравниваются все документы, условия карточки здесь не действуют. Цифры первого столбца показывают свои документы ниже.",
        "All documents are compared, whatever the card's filters. The figures of the first column show their documents below.";
    /// The comparison as a text.
    copy_comparison: "Копировать текстом", "Copy as text";
    /// The comparison for a spreadsheet.
    copy_cells: "Копировать для Excel", "Copy for Excel";
}

impl Texts {
    /// What taking a column away does.
    pub fn compare_removes(self, name: &str) -> String {
        self.in_language(
            format!("Убрать из сравнения: {name}"),
            format!("Remove from the comparison: {name}"),
        )
    }

    /// What a proposal does.
    pub fn compares_with(self, name: &str) -> String {
        self.in_language(format!("Сравнить с {name}"), format!("Compare with {name}"))
    }

    /// What copying a number does.
    pub fn copies(self, number: &str) -> String {
        self.in_language(format!("Копировать {number}"), format!("Copy {number}"))
    }

    /// What adding a column's numbers to the card does.
    pub fn adds_to_card(self, name: &str) -> String {
        self.in_language(
            format!("Добавить номера в карточку: {name}"),
            format!("Add the numbers to the card: {name}"),
        )
    }

    /// The year before the last one.
    pub fn in_the_year_before(self, documents: u64) -> String {
        let count = self.count(documents);
        self.in_language(
            format!("годом раньше {count}"),
            format!("{count} the year before"),
        )
    }

    /// How long ago a day is.
    pub fn days_ago(self, days: u64) -> String {
        match days {
            0 => self.in_language("сегодня", "today").to_owned(),
            1 => self.in_language("вчера", "yesterday").to_owned(),
            days => {
                let counted = Noun::DAY.counted(days, self.0);
                self.in_language(format!("{counted} назад"), format!("{counted} ago"))
            }
        }
    }

    /// Numbers that stand in the card already.
    pub fn compare_already(self, numbers: &str) -> String {
        self.in_language(
            format!("{numbers} – это контрагент самой карточки, он в первом столбце."),
            format!("{numbers} is the card's own counterparty: it is the first column."),
        )
    }
}
