//! What a workbook says about itself: whose documents, which of them, from which data, made when.
//!
//! A list without its date and its sources is worth nothing a month later.

use super::HandoverError;
use super::order::HandoverOrder;
use certlens_app::catalogue::Texts;
use certlens_domain::documents_page::{DocumentsOrder, DocumentsQuery};
use certlens_domain::freshness::RegistryFreshness;
use certlens_domain::language::Language;
use certlens_registry::Search;
use chrono::{DateTime, NaiveDate, Utc};

/// The facts, in their order: what, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    facts: Vec<(String, String)>,
    language: Language,
}

impl About {
    /// What is known before the documents are read.
    pub(super) async fn of(
        order: &HandoverOrder,
        query: &DocumentsQuery,
        search: &Search,
        now: DateTime<Utc>,
        today: NaiveDate,
    ) -> Result<Self, HandoverError> {
        let registries = search.freshness().await?;
        Ok(Self::with(order, query, &registries, now, today))
    }

    fn with(
        order: &HandoverOrder,
        query: &DocumentsQuery,
        registries: &[RegistryFreshness],
        now: DateTime<Utc>,
        today: NaiveDate,
    ) -> Self {
        let words = Words(order.language);
        let texts = Texts(order.language);
        let mut facts = Vec::new();
        let mut add = |what: &str, fact: String| {
            if !fact.is_empty() {
                facts.push((what.to_owned(), fact));
            }
        };
        add(words.company(), order.company.clone());
        add(words.identifiers(), query.about.values().join(", "));
        let role = query.about.role.only();
        add(
            words.role(),
            role.map_or(words.any_role(), |role| texts.role_name(role))
                .to_owned(),
        );
        add(words.pairs(), words.yes_or_no(query.about.bridge).to_owned());
        let filter = if order.filter_in_words.is_empty() {
            words.no_filter().to_owned()
        } else {
            order.filter_in_words.clone()
        };
        add(words.filter(), filter);
        add(words.order(), words.of_order(order.order).to_owned());
        add(words.made(), format!("{} UTC", now.format("%Y-%m-%d %H:%M")));
        add(words.statuses(), texts.day(today));
        for registry in registries {
            let data = match (registry.loaded, registry.data_date) {
                (false, _) => texts.not_loaded().to_owned(),
                (true, None) => texts.documents_counted(0),
                (true, Some(date)) => texts.data_until(date),
            };
            add(texts.registry(registry.registry), data);
        }
        Self {
            facts,
            language: order.language,
        }
    }

    /// The facts, and what is known in the end: how many documents the file has.
    pub(super) fn facts(&self, documents: u64) -> Vec<(String, String)> {
        let mut facts = self.facts.clone();
        let counted = Texts(self.language).count(documents);
        facts.push((Words(self.language).documents().to_owned(), counted));
        facts
    }
}

/// The words of this sheet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub(super) Language);

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $ru:literal, $en:literal;)*) => {
        impl Words {$(
            $(#[$doc])*
            pub(super) const fn $name(self) -> &'static str {
                match self.0 { Language::Ru => $ru, Language::En => $en }
            }
        )*}
    };
}

words! {
    /// The sheet of documents.
    documents: "Документы", "Documents";
    /// This sheet.
    about: "Сведения", "About";
    company: "Контрагент", "Counterparty";
    identifiers: "Идентификаторы", "Identifiers";
    role: "Роль в документах", "Role in documents";
    any_role: "любая", "any";
    pairs: "С парными ИНН и ОГРН", "With paired INN and OGRN";
    filter: "Отбор", "Filter";
    no_filter: "нет: все документы", "none: all documents";
    order: "Порядок", "Order";
    made: "Файл создан", "File made";
    statuses: "Статусы на дату", "Statuses on the day";
}

impl Words {
    const fn yes_or_no(self, is_so: bool) -> &'static str {
        match (self.0, is_so) {
            (Language::Ru, true) => "да",
            (Language::Ru, false) => "нет",
            (Language::En, true) => "yes",
            (Language::En, false) => "no",
        }
    }

    const fn of_order(self, order: DocumentsOrder) -> &'static str {
        match (self.0, order) {
            (Language::Ru, DocumentsOrder::Newest) => "сначала новые",
            (Language::Ru, DocumentsOrder::Oldest) => "сначала старые",
            (Language::Ru, DocumentsOrder::EndsFirst) => "сначала те, чей срок закончится раньше",
            (Language::Ru, DocumentsOrder::EndsLast) => "сначала те, чей срок закончится позже",
            (Language::En, DocumentsOrder::Newest) => "latest registration first",
            (Language::En, DocumentsOrder::Oldest) => "earliest registration first",
            (Language::En, DocumentsOrder::EndsFirst) => "earliest last day first",
            (Language::En, DocumentsOrder::EndsLast) => "latest last day first",
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::order::Format;
    use super::*;
    use certlens_domain::analytics::RoleFilter;
    use certlens_domain::documents_page::DocumentFilter;
    use certlens_domain::registry::Registry;
    use chrono::NaiveDate;

    /// What a file of two identifiers says about itself.
    pub(in crate::http::handover) fn about(language: Language) -> About {
        let order = HandoverOrder {
            format: Format::Xlsx,
            identifiers: vec!["7707083893".to_owned(), "1027700132195".to_owned()],
            role: RoleFilter::default(),
            bridge: false,
            filter: DocumentFilter::default(),
            order: DocumentsOrder::Newest,
            language,
            company: "ООО «Пример»".to_owned(),
            filter_in_words: "Действующие".to_owned(),
        };
        let registry = |registry, loaded| RegistryFreshness {
            registry,
            loaded,
            data_date: NaiveDate::from_ymd_opt(2026, 11, 20).filter(|_| loaded),
            documents: 0,
            last_import: None,
        };
        let registries = [
            registry(Registry::RfDeclarations, true),
            registry(Registry::Kz, false),
        ];
        let now = DateTime::from_timestamp(1_795_289_000, 0).unwrap();
        About::with(
            &order,
            &order.query().unwrap(),
            &registries,
            now,
            now.date_naive(),
        )
    }

    #[test]
    fn file_tells_whose_documents_it_holds_and_how_fresh_each_registry_is() {
        let facts = about(Language::Ru).facts(3);

        let fact = |what: &str| {
            let found = facts.iter().find(|(name, _)| name == what);
            found
                .unwrap_or_else(|| panic!("{what} is missing in {facts:?}"))
                .1
                .as_str()
        };
        assert_eq!(fact("Контрагент"), "ООО «Пример»");
        assert_eq!(fact("Идентификаторы"), "7707083893, 1027700132195");
        assert_eq!(fact("Отбор"), "Действующие");
        assert_eq!(fact("Декларации РФ"), "данные по 20.11.2026");
        assert_eq!(fact("Казахстан"), "не загружен");
        assert_eq!(fact("Документы"), "3");
    }
}
