//! The texts on how documents were found, and what holds of them on Russia's territory.

use super::{Texts, fixed};
use certlens_domain::analytics::LearnedPair;
use certlens_domain::language::Language;
use certlens_domain::status::Status;

fixed! {
    /// Before the numbers that pairs added.
    also_searched: "Ищем и по парным номерам:", "Also searched by paired numbers:";
    /// The switch, while pairs are used.
    without_pairs: "Только указанные номера", "Only the given numbers";
    /// The switch, while they are not.
    with_pairs: "Искать и по парным ИНН и ОГРН", "Search by paired INN and OGRN, too";
    /// A document found by a number inside a text.
    matched_in_text: "номер в тексте", "number in a text";
    /// What that means.
    matched_in_text_hint: "В этом реестре нет поля для номера: он найден в тексте о заявителе или изготовителе.",
        "This registry has no field for the number: it was found in the text on the applicant or manufacturer.";
    /// A document found through a pair.
    matched_by_pair: "по парному номеру", "by a paired number";
    /// What that means.
    matched_by_pair_hint: "В документе нет указанных номеров, но есть номер, который другие документы называют вместе с ними.",
        "The document has none of the given numbers, but one that other documents state together with them.";
    /// What a status on Russia's territory is.
    rf_status_hint: "По перечню Росаккредитации; статус в самом реестре может быть другим.",
        "By Rosaccreditation's list; the status in the registry itself may differ.";
}

impl Texts {
    /// On what a pair rests.
    pub fn pair_rests_on(self, pair: &LearnedPair) -> String {
        let (first, last) = (self.day(pair.first_registered), self.day(pair.last_registered));
        match self.0 {
            Language::Ru => format!(
                "Указан вместе с {}: {}, {first} – {last}",
                pair.asked,
                self.documents_counted(pair.documents)
            ),
            Language::En => format!(
                "Stated together with {}: {}, {first} – {last}",
                pair.asked,
                self.documents_counted(pair.documents)
            ),
        }
    }

    /// How many documents only the pairs found.
    pub fn found_only_by_pairs(self, documents: u64) -> String {
        match (self.0, documents) {
            (Language::Ru, 0) => "новых документов это не добавило".to_owned(),
            (Language::En, 0) => "this added no document".to_owned(),
            (Language::Ru, _) => format!("только по ним: {}", self.documents_counted(documents)),
            (Language::En, _) => format!("only by them: {}", self.documents_counted(documents)),
        }
    }

    /// A status on Russia's territory.
    pub fn in_russia(self, status: Status) -> String {
        match self.0 {
            Language::Ru => format!("В РФ: {}", self.status_name(status).to_lowercase()),
            Language::En => format!("In Russia: {}", self.status_name(status).to_lowercase()),
        }
    }
}
