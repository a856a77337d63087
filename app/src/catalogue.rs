//! Every text of the pages, in both languages side by side: a text that lacks a language does not compile. The card's
//! texts are here, those of its board in [`board`], [`compare`] and [`help`], of its panel in [`identifiers`], who is told what in `tracking`, how documents were found in [`findings`], what is wrong with a portal in [`notices`], those
//! of the application's own page in [`overview`].
//!
//! A catalogue of our own rather than a library: see docs/architecture.md, "Decisions".

use crate::format::{self, Plural};
use certlens_domain::document::Role;
use certlens_domain::language::Language;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::NaiveDate;

mod board;
mod compare;
mod findings;
mod help;
mod identifiers;
#[cfg(feature = "ssr")]
mod monitor;
mod notices;
mod overview;
#[cfg(feature = "card")]
mod tracking;
mod tracking_settings;

/// The texts of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts(pub Language);

/// Makes a method of [`Texts`] for each fixed text.
macro_rules! fixed {
    ($($texts:tt)*) => { certlens_domain::fixed_texts! { Texts; $($texts)* } };
}
pub(crate) use fixed;

fixed! {
    /// Heading of the identifiers.
    identifiers: "Идентификаторы", "Identifiers";
    /// Label of the field for one more identifier.
    add_identifier: "Добавить ИНН, ОГРН, БИН, УНП", "Add an INN, OGRN, BIN or UNP";
    /// The button beside that field.
    add: "Добавить", "Add";
    /// Where an identifier came from when a person typed it here.
    typed_here: "введён здесь", "typed here";
    /// Group label of the choice of role.
    role: "Роль", "Role";
    /// Any role.
    role_any: "Любая", "Any";
    /// Section heading.
    registries: "Реестры", "Registries";
    /// A registry without data: not the same as zero documents.
    not_loaded: "не загружен", "not loaded";
    /// What "not loaded" means.
    not_loaded_hint: "Данных этого реестра пока нет: сколько в нём документов, неизвестно.",
        "No data of this registry yet: how many documents it holds is unknown.";
    /// Section heading.
    statuses: "Статусы", "Statuses";
    /// Section heading.
    regulations: "Технические регламенты", "Technical regulations";
    /// Why the bars do not add up.
    regulations_note: "Документ с несколькими регламентами учтён в каждом.", "A document under several regulations counts in each.";
    /// Section heading.
    trend: "Регистрация по месяцам", "Registrations by month";
    /// Opens the table behind the chart.
    as_table: "Показать таблицей", "Show as a table";
    /// Column heading.
    month: "Месяц", "Month";
    /// Column heading and legend.
    certificates: "Сертификаты", "Certificates";
    /// Column heading and legend.
    declarations: "Декларации", "Declarations";
    /// Column heading.
    number: "Номер", "Number";
    /// Column heading.
    product: "Продукция", "Product";
    /// Column heading.
    registered: "Регистрация", "Registered";
    /// Column heading.
    valid_until: "Действует до", "Valid until";
    /// An end date that is not set.
    no_limit: "без срока", "no limit";
    /// Column heading.
    status: "Статус", "Status";
    /// Said of a link that leaves the portal.
    opens_in_new_tab: "откроется в новой вкладке", "opens in a new tab";
    /// Nothing found.
    nothing_found: "Документов не найдено", "No documents found";
    /// What nothing found means.
    nothing_found_hint: "В загруженных реестрах нет документов с этими идентификаторами. Проверьте их или добавьте ещё один.",
        "The loaded registries hold no document with these identifiers. Check them, or add another one.";
    /// No identifier in the card.
    no_identifiers: "В карточке нет идентификаторов", "The card has no identifiers";
    /// What to do then.
    no_identifiers_hint: "Заполните в реквизитах компании ИНН, ОГРН или БИН, либо добавьте идентификатор выше.",
        "Fill in the INN, OGRN or BIN among the company's details, or add an identifier above.";
    /// All identifiers are switched off.
    none_chosen: "Выберите хотя бы один идентификатор.", "Choose at least one identifier.";
    /// The search failed.
    search_failed: "Поиск сейчас недоступен", "The search is not available now";
    /// What to do then.
    search_failed_hint: "Сбой записан. Повторите через минуту.", "The failure has been recorded. Try again in a minute.";
    /// The page was left open longer than its session lives.
    session_ended: "Обновите карточку", "Reload the card";
    /// Why.
    session_ended_hint: "Страница открыта слишком давно, доступ нужно подтвердить заново.",
        "The page has been open too long; access has to be confirmed anew.";
    /// The server was not reached.
    unreachable: "Нет связи с сервером", "The server could not be reached";
    /// What to do then.
    unreachable_hint: "Проверьте соединение и повторите.", "Check the connection and try again.";
    /// The button that asks again.
    retry: "Повторить", "Try again";
    /// While an answer is awaited.
    searching: "Ищем…", "Searching…";
    /// A card whose company could not be read.
    company_unreadable: "Компанию этой карточки прочитать нельзя: нет прав или она удалена.",
        "The card's company cannot be read: you lack the right, or it is gone.";
    /// A lead or deal without a company.
    company_missing: "К карточке не привязана компания.", "No company is linked to the card.";
    /// The page of a request that does not come from a portal.
    open_inside: "Откройте Certlens внутри Битрикс24", "Open Certlens inside Bitrix24";
    /// How.
    open_inside_hint: "Эта страница показывается во вкладке карточки лида, сделки или компании.",
        "This page is shown in a tab of a lead's, deal's or company's card.";
    /// A card that was not saved yet.
    not_saved: "Сохраните карточку", "Save the card first";
    /// Why.
    not_saved_hint: "Документы появятся здесь, когда карточка будет сохранена и в ней будет компания с реквизитами.",
        "Documents appear here when the card is saved and has a company with details.";
    /// The id by which support finds an error.
    request_id: "Номер обращения", "Request id";
    /// Said after the flaw of an identifier.
    wrong_identifier: "Ищем и по нему, но проверьте номер.", "It is searched all the same, but check the number.";
}

impl Texts {
    /// A count by the rules of the language.
    pub fn count(self, number: u64) -> String {
        format::count(number, self.0)
    }

    /// A day by the rules of the language.
    pub fn day(self, date: NaiveDate) -> String {
        format::day(date, self.0)
    }

    fn plural(self, number: u64, ru: [&str; 3], en: [&str; 2]) -> String {
        let form = Plural::of(number, self.0);
        let word = match self.0 {
            Language::Ru => form.choose(ru[0], ru[1], ru[2]),
            Language::En => form.choose(en[0], en[1], en[1]),
        };
        format!("{}\u{a0}{word}", self.count(number))
    }

    /// "12 documents".
    pub fn documents_counted(self, number: u64) -> String {
        self.plural(
            number,
            ["документ", "документа", "документов"],
            ["document", "documents"],
        )
    }

    /// "12 certificates".
    pub fn certificates_counted(self, number: u64) -> String {
        self.plural(
            number,
            ["сертификат", "сертификата", "сертификатов"],
            ["certificate", "certificates"],
        )
    }

    /// "12 declarations".
    pub fn declarations_counted(self, number: u64) -> String {
        self.plural(
            number,
            ["декларация", "декларации", "деклараций"],
            ["declaration", "declarations"],
        )
    }

    /// Up to which day a registry's data reach.
    pub fn data_until(self, date: NaiveDate) -> String {
        match self.0 {
            Language::Ru => format!("данные по {}", self.day(date)),
            Language::En => format!("data to {}", self.day(date)),
        }
    }

    /// Heading of the list of documents: how many of all are shown.
    pub fn shown_of(self, shown: u64, all: u64) -> String {
        match self.0 {
            Language::Ru => format!("{} из {}", self.count(shown), self.count(all)),
            Language::En => format!("{} of {}", self.count(shown), self.count(all)),
        }
    }

    /// What the trend chart leaves out on its left.
    pub fn earlier_documents(self, number: u64) -> String {
        match self.0 {
            Language::Ru => format!("раньше: {}", self.documents_counted(number)),
            Language::En => format!("earlier: {}", self.documents_counted(number)),
        }
    }

    /// Who answered, and how fast: for the footer.
    pub fn answered(self, engine: &str, milliseconds: f64) -> String {
        match self.0 {
            Language::Ru => format!("Поиск: {engine}, {milliseconds:.0} мс"),
            Language::En => format!("Search: {engine}, {milliseconds:.0} ms"),
        }
    }

    /// The day of which the statuses speak.
    pub fn as_of(self, today: NaiveDate) -> String {
        match self.0 {
            Language::Ru => format!("Статусы на {}", self.day(today)),
            Language::En => format!("Statuses as of {}", self.day(today)),
        }
    }

    /// A registry's name.
    pub const fn registry(self, registry: Registry) -> &'static str {
        match (self.0, registry) {
            (Language::Ru, Registry::RfCertificates) => "Сертификаты РФ",
            (Language::Ru, Registry::RfDeclarations) => "Декларации РФ",
            (Language::Ru, Registry::KgCertificates) => "Сертификаты КР",
            (Language::Ru, Registry::KgDeclarations) => "Декларации КР",
            (Language::Ru, Registry::Kz) => "Казахстан",
            (Language::Ru, Registry::By) => "Беларусь",
            (Language::En, Registry::RfCertificates) => "RF certificates",
            (Language::En, Registry::RfDeclarations) => "RF declarations",
            (Language::En, Registry::KgCertificates) => "KG certificates",
            (Language::En, Registry::KgDeclarations) => "KG declarations",
            (Language::En, Registry::Kz) => "Kazakhstan",
            (Language::En, Registry::By) => "Belarus",
        }
    }

    /// The country that keeps a registry.
    pub const fn country(self, registry: Registry) -> &'static str {
        match (self.0, registry) {
            (Language::Ru, Registry::RfCertificates | Registry::RfDeclarations) => "РФ",
            (Language::Ru, Registry::KgCertificates | Registry::KgDeclarations) => "Кыргызстан",
            (Language::Ru, Registry::Kz) => "Казахстан",
            (Language::Ru, Registry::By) => "Беларусь",
            (Language::En, Registry::RfCertificates | Registry::RfDeclarations) => "Russia",
            (Language::En, Registry::KgCertificates | Registry::KgDeclarations) => "Kyrgyzstan",
            (Language::En, Registry::Kz) => "Kazakhstan",
            (Language::En, Registry::By) => "Belarus",
        }
    }

    /// Certificate or declaration.
    pub const fn kind(self, kind: DocumentKind) -> &'static str {
        match (self.0, kind) {
            (Language::Ru, DocumentKind::Certificate) => "Сертификат",
            (Language::Ru, DocumentKind::Declaration) => "Декларация",
            (Language::En, DocumentKind::Certificate) => "Certificate",
            (Language::En, DocumentKind::Declaration) => "Declaration",
        }
    }

    /// A role, as a choice.
    pub const fn role_name(self, role: Role) -> &'static str {
        match (self.0, role) {
            (Language::Ru, Role::Applicant) => "Заявитель",
            (Language::Ru, Role::Manufacturer) => "Изготовитель",
            (Language::En, Role::Applicant) => "Applicant",
            (Language::En, Role::Manufacturer) => "Manufacturer",
        }
    }

    /// A canonical status.
    pub const fn status_name(self, status: Status) -> &'static str {
        match (self.0, status) {
            (Language::Ru, Status::Active) => "Действует",
            (Language::Ru, Status::Renewed) => "Возобновлён",
            (Language::Ru, Status::Extended) => "Продлён",
            (Language::Ru, Status::Suspended) => "Приостановлен",
            (Language::Ru, Status::Terminated) => "Прекращён",
            (Language::Ru, Status::Expired) => "Истёк",
            (Language::Ru, Status::Invalid) => "Недействителен",
            (Language::Ru, Status::Warned) => "Предупреждение",
            (Language::Ru, Status::NotPublic) => "Не опубликован",
            (Language::Ru, Status::Unknown) => "Статус неизвестен",
            (Language::En, Status::Active) => "In force",
            (Language::En, Status::Renewed) => "Renewed",
            (Language::En, Status::Extended) => "Extended",
            (Language::En, Status::Suspended) => "Suspended",
            (Language::En, Status::Terminated) => "Terminated",
            (Language::En, Status::Expired) => "Expired",
            (Language::En, Status::Invalid) => "Void",
            (Language::En, Status::Warned) => "Warned",
            (Language::En, Status::NotPublic) => "Not public",
            (Language::En, Status::Unknown) => "Status unknown",
        }
    }

    /// What a chart of the trend says to somebody who cannot see it.
    pub fn trend_described(self, months: usize, documents: u64) -> String {
        match self.0 {
            Language::Ru => {
                format!(
                    "Столбики по месяцам за {months} мес.: {}.",
                    self.documents_counted(documents)
                )
            }
            Language::En => format!("Bars for {months} months: {}.", self.documents_counted(documents)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_words_follow_the_grammar_of_each_language() {
        assert_eq!(Texts(Language::Ru).documents_counted(21), "21\u{a0}документ");
        assert_eq!(Texts(Language::Ru).declarations_counted(3), "3\u{a0}декларации");
        assert_eq!(
            Texts(Language::Ru).certificates_counted(12),
            "12\u{a0}сертификатов"
        );
        assert_eq!(Texts(Language::En).documents_counted(1), "1\u{a0}document");
        assert_eq!(
            Texts(Language::En).documents_counted(1_200),
            "1,200\u{a0}documents"
        );
    }
}
