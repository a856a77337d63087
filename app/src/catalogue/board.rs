//! The texts of the board: facets, conditions, documents, the small print.

use super::{Texts, fixed};
#[cfg(feature = "ssr")]
use crate::card::state::{Stack, Step};
use crate::format::{Plural, month_abbreviation};
use certlens_domain::language::Language;
use certlens_domain::scheme::Production;
use certlens_domain::trend::Month;
use chrono::NaiveDate;

fixed! {
    /// Said while the documents are counted, in the board's place.
    board_coming: "Считаем документы контрагента…", "Counting the counterparty's documents…";
    /// Said to those who can't see it while another state of the board is fetched.
    board_changing: "Обновляем данные…", "Updating…";
    /// Names the first part for screen readers.
    in_short: "Коротко", "In short";
    /// Under the next end of a term, when none comes.
    nothing_ends: "сроки не истекают", "no term ends";
    /// Under the month of the first registration.
    certifies_since: "первый документ", "first document";
    /// Under the body of the last year.
    certified_by_now: "орган последнего года", "body of the last year";
    /// When the last year names none.
    no_body_last_year: "за год орган не назван", "no body named in a year";
    /// Names the conditions in force.
    filters: "Условия", "Filters";
    /// The search field.
    search_documents: "Продукция или номер документа", "Product or document number";
    /// The search button.
    find: "Найти", "Find";
    /// Searches in any role and with paired numbers again.
    search_widest: "Искать в любой роли и по парным номерам", "Search in any role and by paired numbers";
    /// Removes all conditions.
    show_all: "Показать все", "Show all";
    /// Section heading.
    signals: "На что обратить внимание", "Worth your attention";
    /// When nothing deserves attention.
    no_signals: "Ничего тревожного: отозванных, истекающих и необычных документов почти нет.",
        "Nothing alarming: hardly any withdrawn, expiring or unusual documents.";
    /// Shows the documents of a signal.
    show_these: "Показать", "Show";
    /// Unfolds how a signal was found out.
    why: "Почему", "Why";
    /// What the choice of columns is about.
    step_word: "Шаг", "Step";
    /// What the choice of layers is about.
    stack_word: "Слои", "Layers";
    /// Layer and column: terms that end.
    ends_of_terms: "Окончание срока", "Terms ending";
    /// Column heading.
    period: "Период", "Period";
    /// Section heading.
    bodies: "Органы по сертификации", "Certification bodies";
    /// Section heading.
    schemes: "Схемы", "Schemes";
    /// Section heading.
    products: "Продукция по ТН ВЭД", "Products by TN VED";
    /// Why the bars do not add up.
    products_note: "Документ с несколькими кодами учтён в каждом.", "A document with several codes counts in each.";
    /// Section heading.
    origins: "Страны изготовителей", "Countries of manufacturers";
    /// A value that documents do not state.
    not_named: "не указано", "not stated";
    /// Documents without a certification body.
    no_body: "без органа", "no body";
    /// A facet without values.
    no_values: "В документах не указано.", "The documents do not state it.";
    /// First digits of product codes.
    two_digits: "группы", "groups";
    /// More of them.
    four_digits: "позиции", "positions";
    /// What that choice is about.
    digits_word: "Подробность", "Detail";
    /// What a condition restricts.
    registry_word: "Реестр", "Registry";
    /// What a condition restricts.
    kind_word: "Вид", "Kind";
    /// What a condition restricts.
    regulation_word: "Регламент", "Regulation";
    /// What a condition restricts.
    product_code: "ТН ВЭД", "TN VED";
    /// What a condition restricts.
    body_word: "Орган", "Body";
    /// What a condition restricts.
    scheme_word: "Схема", "Scheme";
    /// What a condition restricts, and a section heading.
    production_word: "Производство", "Production";
    /// What a condition restricts.
    origin_word: "Страна", "Country";
    /// What a condition restricts.
    ends_word: "Срок до", "Ends";
    /// What a condition restricts, and a field.
    in_russia_word: "На территории РФ", "In Russia";
    /// What a condition asks for.
    not_valid: "не действует", "not valid";
    /// What a condition restricts.
    search_word: "Текст", "Text";
    /// Section heading.
    documents: "Документы", "Documents";
    /// Link.
    next_page: "Дальше", "Next";
    /// Link.
    first_page: "В начало", "First page";
    /// Names the links between pages.
    pages: "Страницы", "Pages";
    /// When the table is empty.
    no_document_fits: "Под эти условия не подходит ни один документ.", "No document fits these conditions.";
    /// Closes the drawer.
    close: "Закрыть", "Close";
    /// An opened document that is gone.
    document_missing: "Этого документа больше нет в загруженных данных.", "This document is no longer in the loaded data.";
    /// Link to the registry's own page.
    official_record: "Запись в реестре", "Official record";
    /// Button.
    copy_number: "Скопировать номер", "Copy the number";
    /// Said after copying.
    copied: "Скопировано", "Copied";
    /// When the browser does not allow it.
    not_copied: "Браузер не дал скопировать", "The browser did not allow it";
    /// Field.
    applicant: "Заявитель", "Applicant";
    /// Field.
    manufacturer: "Изготовитель", "Manufacturer";
    /// Section heading.
    history: "История статусов", "History of statuses";
    /// When there is no history.
    status_never_changed: "С первой загрузки статус не менялся.", "The status has not changed since the first load.";
    /// The date rule made the status.
    term_ended_since: "срок истёк после загрузки данных", "the term ended after the data were loaded";
}

fixed! {
    /// Names the buttons beside the sentence.
    take_along: "Взять с собой", "Take along";
    /// Copies the sentence.
    copy_summary: "Копировать", "Copy";
    /// Adds the sentence to the card's timeline.
    to_timeline: "В таймлайн", "To the timeline";
    /// While it is added.
    telling_timeline: "Добавляем…", "Adding…";
    /// Afterwards.
    told_timeline: "В таймлайне", "In the timeline";
    /// When it was not added.
    timeline_failed: "Не добавлено, повторите", "Not added, try again";
    /// When it may not be added.
    timeline_not_allowed: "Нет права комментировать", "You may not comment here";
    /// When nobody knows.
    timeline_uncertain: "Портал не ответил: проверьте таймлайн", "No answer: look at the timeline";
    /// Prints the page.
    print: "Печать", "Print";
    /// Names the buttons of files.
    files: "Скачать документы", "Download the documents";
    /// While a file is made.
    making_file: "Готовим…", "Preparing…";
    /// When it can't be.
    file_failed: "Не вышло, повторите", "Failed, try again";
}

impl Texts {
    /// One of the two.
    pub(super) fn in_language<T>(self, ru: T, en: T) -> T {
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// The word under the count of declarations in force.
    pub const fn active_declarations(self, number: u64) -> &'static str {
        let form = Plural::of(number, self.0);
        match self.0 {
            Language::Ru => form.choose(
                "действующая декларация",
                "действующие декларации",
                "действующих деклараций",
            ),
            Language::En => form.choose(
                "declaration in force",
                "declarations in force",
                "declarations in force",
            ),
        }
    }

    /// The word under the count of certificates in force.
    pub const fn active_certificates(self, number: u64) -> &'static str {
        let form = Plural::of(number, self.0);
        match self.0 {
            Language::Ru => form.choose(
                "действующий сертификат",
                "действующих сертификата",
                "действующих сертификатов",
            ),
            Language::En => form.choose(
                "certificate in force",
                "certificates in force",
                "certificates in force",
            ),
        }
    }

    /// "41 % of 1 200".
    pub fn share_of(self, percent: u64, whole: u64) -> String {
        let whole = self.count(whole);
        self.in_language(
            format!("{percent}\u{a0}% из {whole}"),
            format!("{percent}% of {whole}"),
        )
    }

    /// Under the day of the next end.
    pub fn ends_next(self, documents: u64) -> String {
        let documents_counted = self.documents_counted(documents);
        self.in_language(
            format!("ближайший срок, {documents_counted}"),
            format!("next end, {documents_counted}"),
        )
    }

    /// How many follow.
    pub fn within_90_days(self, documents: u64) -> String {
        let count = self.count(documents);
        self.in_language(format!("за 90 дней: {count}"), format!("{count} within 90 days"))
    }

    /// "7 of 12 in a year".
    pub fn of_last_year(self, part: u64, whole: u64) -> String {
        let (part, whole) = (self.count(part), self.count(whole));
        self.in_language(
            format!("{part} из {whole} за год"),
            format!("{part} of {whole} in a year"),
        )
    }

    /// What a chip does.
    pub fn remove_condition(self, subject: &str, words: &str) -> String {
        self.in_language(
            format!("Убрать условие: {subject}, {words}"),
            format!("Remove the filter: {subject}, {words}"),
        )
    }

    /// How much of all fits.
    pub fn fit_of_all(self, fit: u64, all: u64) -> String {
        let (fit, all) = (self.documents_counted(fit), self.count(all));
        self.in_language(format!("подходит: {fit} из {all}"), format!("{fit} of {all} fit"))
    }

    /// The word before a signal.
    pub fn signal_level(self, level: &str) -> &'static str {
        match level {
            "attention" => self.in_language("Внимание", "Attention"),
            "good" => self.in_language("Хорошо", "Good"),
            _ => self.in_language("Заметка", "Note"),
        }
    }

    /// How much a column holds.
    #[cfg(feature = "ssr")]
    pub(crate) const fn step(self, step: Step) -> &'static str {
        match (self.0, step) {
            (Language::Ru, Step::Month) => "месяц",
            (Language::Ru, Step::Quarter) => "квартал",
            (Language::Ru, Step::Year) => "год",
            (Language::En, Step::Month) => "month",
            (Language::En, Step::Quarter) => "quarter",
            (Language::En, Step::Year) => "year",
        }
    }

    /// What columns are divided by.
    #[cfg(feature = "ssr")]
    pub(crate) const fn stack(self, stack: Stack) -> &'static str {
        match (self.0, stack) {
            (Language::Ru, Stack::Kind) => "виды",
            (Language::Ru, Stack::Registry) => "реестры",
            (Language::En, Stack::Kind) => "kinds",
            (Language::En, Stack::Registry) => "registries",
        }
    }

    /// What is certified.
    pub const fn production(self, production: Production) -> &'static str {
        match (self.0, production) {
            (Language::Ru, Production::Series) => "серийный выпуск",
            (Language::Ru, Production::Batch) => "партия",
            (Language::Ru, Production::Single) => "единичное изделие",
            (Language::Ru, Production::Unknown) => "схема не определена",
            (Language::En, Production::Series) => "series",
            (Language::En, Production::Batch) => "batch",
            (Language::En, Production::Single) => "single product",
            (Language::En, Production::Unknown) => "scheme not known",
        }
    }

    /// What a column says to somebody who cannot see it.
    pub fn period_described(self, period: &str, registered: u64, ends: u64) -> String {
        let mut parts = Vec::new();
        if registered > 0 || ends == 0 {
            let counted = self.documents_counted(registered);
            parts.push(self.in_language(
                format!("зарегистрировано {counted}"),
                format!("{counted} registered"),
            ));
        }
        if ends > 0 {
            let counted = self.documents_counted(ends);
            parts.push(self.in_language(format!("истекает срок: {counted}"), format!("{counted} end")));
        }
        format!("{period}: {}", parts.join(", "))
    }

    /// Ends that lie beyond the chart.
    pub fn later_ends(self, documents: u64) -> String {
        let counted = self.documents_counted(documents);
        self.in_language(format!("позже истекает: {counted}"), format!("later: {counted}"))
    }

    /// The short name of a month.
    pub fn month_short(self, month: u32) -> &'static str {
        month_abbreviation(month, self.0)
    }

    /// "март 2026".
    pub fn month_of_year(self, month: Month) -> String {
        const RU: [&str; 12] = [
            "январь",
            "февраль",
            "март",
            "апрель",
            "май",
            "июнь",
            "июль",
            "август",
            "сентябрь",
            "октябрь",
            "ноябрь",
            "декабрь",
        ];
        const EN: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let index = usize::try_from(month.number()).unwrap_or(1).saturating_sub(1);
        let name = self.in_language(RU, EN).get(index).copied().unwrap_or_default();
        format!("{name} {}", month.year())
    }

    /// "II кв. 2026".
    pub fn quarter(self, year: i32, quarter: u32) -> String {
        let roman = match quarter {
            1 => "I",
            2 => "II",
            3 => "III",
            _ => "IV",
        };
        self.in_language(format!("{roman} кв. {year}"), format!("Q{quarter} {year}"))
    }

    /// "2026 год".
    pub fn year(self, year: i32) -> String {
        self.in_language(format!("{year} год"), format!("{year}"))
    }

    /// "с 01.03.2026".
    pub fn from_day(self, day: NaiveDate) -> String {
        let day = self.day(day);
        self.in_language(format!("с {day}"), format!("from {day}"))
    }

    /// "по 01.03.2026".
    pub fn to_day(self, day: NaiveDate) -> String {
        let day = self.day(day);
        self.in_language(format!("по {day}"), format!("to {day}"))
    }

    /// Unfolds further values.
    pub fn more_values(self, number: u64) -> String {
        let count = self.count(number);
        self.in_language(format!("ещё {count}"), format!("{count} more"))
    }

    /// Values that are not listed at all.
    pub fn unlisted_values(self, number: u64) -> String {
        let count = self.count(number);
        self.in_language(
            format!("и ещё {count} редких – найдите их через условия"),
            format!("and {count} rare ones: narrow the filters to see them"),
        )
    }

    /// The registry's own word for a status.
    pub fn registry_says(self, label: &str) -> String {
        self.in_language(
            format!("в реестре: {label}"),
            format!("the registry says: {label}"),
        )
    }

    /// How fresh a document is.
    pub fn known_since(self, first_seen: NaiveDate, data_date: Option<NaiveDate>) -> String {
        let first = self.day(first_seen);
        let known = self.in_language(
            format!("Впервые загружен {first}"),
            format!("First loaded {first}"),
        );
        match data_date {
            Some(day) => format!("{known}, {}.", self.data_until(day)),
            None => format!("{known}."),
        }
    }

    /// The registry whose data are oldest.
    pub fn oldest_data(self, day: NaiveDate) -> String {
        let day = self.day(day);
        self.in_language(
            format!("Данные реестров не старше {day}"),
            format!("Data of all registries reach at least {day}"),
        )
    }
}
