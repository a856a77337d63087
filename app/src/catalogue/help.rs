//! The texts on how to read the board.

use super::{Texts, fixed};
use certlens_domain::language::Language;

fixed! {
    /// Unfolds the explanations.
    how_to_read: "Как читать эту страницу", "How to read this page";
}

const RU: [(&str, &str); 8] = [
    (
        "Что считается",
        "Документы, в которых выбранные номера стоят у заявителя или изготовителя. Документ считается один раз, сколько бы номеров в нём ни было.",
    ),
    (
        "Действует",
        "Статус реестра на сегодня с учётом срока: если срок прошёл, документ показан истёкшим, даже если реестр ещё не обновил статус.",
    ),
    (
        "0 и «не загружен»",
        "0 – реестр загружен, документов нет. «Не загружен» – данных реестра у нас нет, и сколько в нём документов, неизвестно.",
    ),
    (
        "Парные номера",
        "ИНН и ОГРН, которые документы называют вместе. Поиск по одному находит документы, где указан только другой; это можно отключить.",
    ),
    (
        "Номер в тексте",
        "В реестрах Кыргызстана у номера нет своего поля: он найден в тексте о заявителе. Сверьте с записью в реестре.",
    ),
    (
        "Условия",
        "Нажмите на любую строку или столбик – останутся только эти документы. Ещё раз – условие снимется. «Назад» в браузере тоже работает.",
    ),
    (
        "На территории РФ",
        "Иностранный документ может действовать в своём реестре и не действовать в России: это отдельный перечень Росаккредитации.",
    ),
    (
        "Клавиатура",
        "Tab – по ссылкам и столбикам, Enter – выбрать, Esc – закрыть документ.",
    ),
];

const EN: [(&str, &str); 8] = [
    (
        "What is counted",
        "Documents in which a chosen number stands at the applicant or the manufacturer. A document counts once, however many of the numbers it carries.",
    ),
    (
        "In force",
        "The registry's status as of today with the term: when the term has passed, the document is shown as expired even if the registry has not updated it yet.",
    ),
    (
        "0 and “not loaded”",
        "0: the registry is loaded and has none. “Not loaded”: we have no data of the registry, and how many documents it holds is unknown.",
    ),
    (
        "Paired numbers",
        "An INN and an OGRN that documents state together. A search by one finds documents that state only the other; this can be switched off.",
    ),
    (
        "Number in a text",
        "The registries of Kyrgyzstan have no field for the number: it was found in the text on the applicant. Compare with the official record.",
    ),
    (
        "Filters",
        "Click a line or a column to keep only its documents; click again to take that back. The browser's way back works, too.",
    ),
    (
        "In Russia",
        "A foreign document may hold in its own registry and not in Russia: that is a list of its own, kept by Rosaccreditation.",
    ),
    (
        "Keyboard",
        "Tab moves along links and columns, Enter chooses, Escape closes a document.",
    ),
];

impl Texts {
    /// Terms of the board and what they mean.
    pub const fn help(self) -> [(&'static str, &'static str); 8] {
        match self.0 {
            Language::Ru => RU,
            Language::En => EN,
        }
    }
}
