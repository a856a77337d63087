//! The texts of the monitor, Russian and English side by side: a text that lacks a language does not compile. What all screens
//! share is here; each screen's own texts are in a module of its name.

use crate::address::ScreenName;
use certlens_domain::language::Language;
use certlens_domain::registry::Registry;

mod assignments;
mod audit;
mod care;
mod engines;
mod identifiers;
mod imports;
mod machine_problems;
mod overview;
mod people;
mod portal_problems;
mod portals;
pub(crate) mod problems;
mod queue;
mod settings;
mod subscriptions;

/// The texts of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts(pub Language);

certlens_domain::fixed_texts! { Texts;
    /// A choice of nothing in particular.
    any: "любые", "any";
    /// The column and the filter of a portal.
    portal: "Портал", "Portal";
    /// All portals.
    all_portals: "все порталы", "all portals";
    /// A reason is too long.
    reason_too_long: "Причина длиннее 1000 знаков. Сократите её.", "The reason is longer than 1,000 characters. Shorten it.";
    /// What a recount of all is called in the log.
    recount_of_everything: "все отслеживаемые идентификаторы", "all tracked identifiers";
    /// The question before it.
    recount_everything_question: "Пересчитать все отслеживаемые идентификаторы сейчас?", "Recount all tracked identifiers now?";
    /// What it does.
    recount_everything_effect: "Новости, которые уже рассказаны, второй раз не появятся. Обычно пересчёт занимает секунды.",
        "News that were told already are not told again. A recount usually takes seconds.";
    /// The button.
    recount_now: "Пересчитать", "Recount";
}

impl Texts {
    /// The language.
    pub const fn language(self) -> Language {
        self.0
    }

    /// The Russian or the English one: for texts with something in them.
    pub fn of<T>(self, ru: T, en: T) -> T {
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// The same for texts that are known beforehand.
    pub(crate) const fn either(self, ru: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// The name of a screen.
    pub const fn screen(self, screen: ScreenName) -> &'static str {
        let (ru, en) = match screen {
            ScreenName::Overview => ("Обзор", "Overview"),
            ScreenName::Identifiers => ("Идентификаторы", "Identifiers"),
            ScreenName::Queue => ("Очередь", "Queue"),
            ScreenName::Assignments => ("Назначения", "Assignments"),
            ScreenName::Subscriptions => ("Подписки", "Subscriptions"),
            ScreenName::People => ("Сотрудники", "People"),
            ScreenName::Portals => ("Порталы", "Portals"),
            ScreenName::Imports => ("Загрузки", "Imports"),
            ScreenName::Settings => ("Настройки", "Settings"),
            ScreenName::Audit => ("Журнал", "Audit log"),
        };
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// A registry's name.
    pub const fn registry(self, registry: Registry) -> &'static str {
        let (ru, en) = match registry {
            Registry::RfCertificates => ("Сертификаты РФ", "RF certificates"),
            Registry::RfDeclarations => ("Декларации РФ", "RF declarations"),
            Registry::KgCertificates => ("Сертификаты КР", "KG certificates"),
            Registry::KgDeclarations => ("Декларации КР", "KG declarations"),
            Registry::Kz => ("Казахстан", "Kazakhstan"),
            Registry::By => ("Беларусь", "Belarus"),
        };
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// A recount was asked for.
    pub fn recount_requested(self, run: &str) -> String {
        self.of(
            format!("Пересчёт № {run} поставлен в очередь и начнётся через несколько секунд."),
            format!("Recount {run} is queued and begins within seconds."),
        )
    }
}
