//! The words of items in both languages.

use certlens_domain::language::Language;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_domain::tracking::NewsKind;
use certlens_registry::ToldDocument;
use chrono::NaiveDate;

/// Words of one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub(super) Language);

impl Words {
    const fn pick(self, ru: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// What happened to a document: "Прекращена декларация".
    pub(super) fn happened(self, kind: NewsKind, document: Option<&ToldDocument>) -> String {
        let is_invalid = document.is_some_and(|document| document.status == Status::Invalid);
        let (ru, en) = match (kind, document.map(|document| document.kind)) {
            (NewsKind::NewDocument, Some(DocumentKind::Certificate)) => {
                ("Новый сертификат", "New certificate")
            }
            (NewsKind::NewDocument, Some(DocumentKind::Declaration)) => {
                ("Новая декларация", "New declaration")
            }
            (NewsKind::NewDocument, None) => ("Новый документ", "New document"),
            (NewsKind::Suspended, Some(DocumentKind::Certificate)) => {
                ("Приостановлен сертификат", "Suspended: certificate")
            }
            (NewsKind::Suspended, Some(DocumentKind::Declaration)) => {
                ("Приостановлена декларация", "Suspended: declaration")
            }
            (NewsKind::Suspended, None) => ("Приостановлен документ", "Document suspended"),
            (NewsKind::Terminated, Some(DocumentKind::Certificate)) if is_invalid => (
                "Признан недействительным сертификат",
                "Declared invalid: certificate",
            ),
            (NewsKind::Terminated, Some(DocumentKind::Declaration)) if is_invalid => (
                "Признана недействительной декларация",
                "Declared invalid: declaration",
            ),
            (NewsKind::Terminated, Some(DocumentKind::Certificate)) => {
                ("Прекращён сертификат", "Terminated: certificate")
            }
            (NewsKind::Terminated, Some(DocumentKind::Declaration)) => {
                ("Прекращена декларация", "Terminated: declaration")
            }
            (NewsKind::Terminated, None) => ("Прекращён документ", "Document terminated"),
            (NewsKind::Expiring, Some(DocumentKind::Certificate)) => {
                ("Истекает срок сертификата", "Expires soon: certificate")
            }
            (NewsKind::Expiring, Some(DocumentKind::Declaration)) => {
                ("Истекает срок декларации", "Expires soon: declaration")
            }
            (NewsKind::Expiring, None) => ("Истекает срок документа", "Document expires soon"),
            (NewsKind::RfTerritory, Some(DocumentKind::Certificate)) => (
                "Изменился статус на территории РФ: сертификат",
                "Status in the RF changed: certificate",
            ),
            (NewsKind::RfTerritory, Some(DocumentKind::Declaration)) => (
                "Изменился статус на территории РФ: декларация",
                "Status in the RF changed: declaration",
            ),
            (NewsKind::RfTerritory, None) => (
                "Изменился статус документа на территории РФ",
                "Status of a document in the RF changed",
            ),
        };
        self.pick(ru, en).to_owned()
    }

    /// So many of such news.
    pub(super) fn counted(self, kind: NewsKind, number: usize) -> String {
        let word = match kind {
            NewsKind::NewDocument => self.pick("новых", "new"),
            NewsKind::Suspended => self.pick("приостановлено", "suspended"),
            NewsKind::Terminated => self.pick("прекращено", "terminated"),
            NewsKind::Expiring => self.pick("истекает срок у", "expiring"),
            NewsKind::RfTerritory => self.pick("сменили статус в РФ", "with another status in the RF"),
        };
        match self.0 {
            Language::Ru => format!("{word} {number}"),
            Language::En => format!("{number} {word}"),
        }
    }

    pub(super) const fn documents_changed(self) -> &'static str {
        self.pick("Документы о соответствии", "Conformity documents")
    }

    pub(super) const fn identifiers(self) -> &'static str {
        self.pick("По подписке на", "Subscribed")
    }

    pub(super) const fn applicant(self) -> &'static str {
        self.pick("Заявитель", "Applicant")
    }

    pub(super) fn and_more(self, number: usize) -> String {
        match self.0 {
            Language::Ru => format!("и ещё {number}"),
            Language::En => format!("and {number} more"),
        }
    }

    fn day(self, day: NaiveDate) -> String {
        match self.0 {
            Language::Ru => day.format("%d.%m.%Y").to_string(),
            Language::En => day.format("%-d %b %Y").to_string(),
        }
    }

    pub(super) fn registered(self, day: NaiveDate) -> String {
        format!("{} {}", self.pick("от", "of"), self.day(day))
    }

    pub(super) fn valid_until(self, day: NaiveDate) -> String {
        format!("{} {}", self.pick("действует до", "valid until"), self.day(day))
    }

    pub(super) const fn without_end(self) -> &'static str {
        self.pick("бессрочно", "no end date")
    }

    pub(super) fn in_russia(self, status: Status) -> String {
        format!("{}: {}", self.pick("в РФ", "in the RF"), self.status(status))
    }

    const fn status(self, status: Status) -> &'static str {
        match status {
            Status::Active => self.pick("действует", "active"),
            Status::Renewed => self.pick("возобновлён", "renewed"),
            Status::Extended => self.pick("продлён", "extended"),
            Status::Warned => self.pick("направлено уведомление", "notice issued"),
            Status::Suspended => self.pick("приостановлен", "suspended"),
            Status::Terminated => self.pick("прекращён", "terminated"),
            Status::Invalid => self.pick("недействителен", "invalid"),
            Status::Expired => self.pick("истёк", "expired"),
            Status::NotPublic => self.pick("не опубликован", "not public"),
            Status::Unknown => self.pick("не определён", "unknown"),
        }
    }

    pub(super) const fn registry(self, registry: Registry) -> &'static str {
        match registry {
            Registry::RfCertificates => self.pick("Сертификаты РФ", "RF certificates"),
            Registry::RfDeclarations => self.pick("Декларации РФ", "RF declarations"),
            Registry::KgCertificates => self.pick("Сертификаты КР", "KG certificates"),
            Registry::KgDeclarations => self.pick("Декларации КР", "KG declarations"),
            Registry::Kz => self.pick("Реестр РК", "KZ registry"),
            Registry::By => self.pick("Реестр РБ", "BY registry"),
        }
    }

    pub(super) const fn open(self) -> &'static str {
        self.pick("Открыть документы", "Open documents")
    }

    pub(super) const fn mute(self) -> &'static str {
        self.pick("Не сообщать мне", "Mute for me")
    }
}
