//! The texts of the application's own page: what works on the portal, how far the CRM is read, settings.

use super::{Texts, fixed};
use certlens_domain::language::Language;

fixed! {
    /// Column heading.
    registry_heading: "Реестр", "Registry";
    /// Column heading.
    documents_heading: "Документов", "Documents";
    /// Column heading: the latest registration.
    data_date_heading: "Данные по", "Data to";
    /// Column heading.
    last_import_heading: "Загружен", "Imported";
    /// What the table means.
    freshness_hint: "Незагруженный реестр — это «неизвестно», а не «документов нет».",
        "A registry that is not loaded means “unknown”, not “no documents”.";
    /// The first sentence of the page.
    overview_lead: "Вкладка Certlens в карточке лида, сделки или компании показывает сертификаты и декларации контрагента.",
        "The tab Certlens in the card of a lead, a deal or a company shows the counterparty's certificates and declarations.";
    /// Said to those who can change nothing here.
    overview_for_managers: "Откройте карточку и выберите вкладку Certlens. Настройки доступны администраторам портала.",
        "Open a card and choose the tab Certlens. Settings are for the portal's administrators.";
    /// Section heading: the connection to the portal.
    connection: "Подключение к порталу", "Connection to the portal";
    /// All is well.
    connection_working: "Работает", "Works";
    /// Something is missing.
    connection_incomplete: "Работает не всё", "Partly works";
    /// Suspended.
    connection_suspended: "Приостановлено", "Suspended";
    /// No living token chain.
    connection_needs_access: "Нужен вход администратора", "An administrator has to open the application";
    /// What is checked.
    tabs_and_events: "Вкладки и события", "Tabs and events";
    /// All bindings are in place.
    bindings_fine: "на месте", "in place";
    /// Some came back.
    bindings_restored: "восстановлены", "restored";
    /// Not looked at yet.
    bindings_unknown: "проверяются", "being checked";
    /// Section heading: the index of cards.
    crm_index: "Чтение CRM", "Reading the CRM";
    /// Never begun.
    index_waiting: "Ждёт очереди", "Waits for its turn";
    /// Under way.
    index_running: "Читаем карточки", "Reading cards";
    /// Done.
    index_complete: "Прочитано", "Read";
    /// Failed for now.
    index_retrying: "Портал не отвечает, попробуем снова", "The portal does not answer; trying again";
    /// What the index is for.
    index_hint: "Прочитанные карточки открываются без запросов к порталу.", "Cards that were read open without requests to the portal.";
    /// Kind of cards.
    companies: "Компании", "Companies";
    /// Kind of cards.
    deals: "Сделки", "Deals";
    /// Kind of cards.
    leads: "Лиды", "Leads";
    /// Section heading: settings.
    settings: "Где искать номера", "Where the numbers are";
    /// What the fields mean.
    settings_hint: "Номера компании берутся из её реквизитов. Отметьте поля карточек, в которых вы храните ИНН, ОГРН, БИН или УНП.",
        "A company's numbers come from its details. Mark the fields of cards in which you keep an INN, OGRN, BIN or UNP.";
    /// No custom fields of texts or numbers.
    no_fields: "Своих полей нет", "No custom fields";
    /// Said of a field that was found by its name.
    suggested: "похоже на номер", "looks like a number";
    /// Label of the switch.
    lead_write_back: "Записывать введённый во вкладке номер в лид", "Write a number typed in the tab into the lead";
    /// Which field takes it.
    lead_write_back_hint: "Номер попадёт в первое отмеченное поле лида.", "The number goes into the first marked field of the lead.";
    /// Heading above the choice of fields in which identifiers are repeated.
    mirrors: "Повторять идентификаторы карточки в поле CRM", "Repeat the card's identifiers in a CRM field";
    /// What that means.
    mirrors_hint: "Идентификаторы, выбранные во вкладке, Certlens запишет в это поле через точку с запятой: по нему можно искать и фильтровать в CRM. Прежнее содержимое поля заменяется, поэтому выберите отдельное текстовое поле; отмеченные выше поля недоступны.",
        "Certlens writes the identifiers chosen in the tab into this field, separated by semicolons: CRM can search and filter by it. What the field held before is replaced, so choose a text field of its own; the fields marked above can't be chosen.";
    /// The choice of no field.
    no_mirror: "не повторять", "do not repeat";
    /// There is nothing to choose from.
    no_mirror_fields: "Подходящих полей нет: нужно своё поле типа «Строка», не множественное.",
        "No field fits: it takes a custom field of the type “String” that holds one value.";
    /// The button.
    save: "Сохранить", "Save";
    /// Saved.
    saved: "Сохранено. Карточки будут перечитаны.", "Saved. The cards will be read anew.";
    /// Not saved.
    not_saved_now: "Не сохранено. Повторите через минуту.", "Not saved. Try again in a minute.";
    /// The viewer is no administrator any more.
    not_saved_forbidden: "Не сохранено: менять настройки может только администратор портала.",
        "Not saved: only an administrator of the portal can change the settings.";
    /// A change made from an old page.
    not_saved_unknown_field: "Не сохранено: одного из полей на портале больше нет. Обновите страницу.",
        "Not saved: one of the fields is gone from the portal. Reload the page.";
    /// A field that is read and shall be written.
    not_saved_mirror_is_read: "Не сохранено: из этого поля идентификаторы читаются. Выберите для повтора другое поле.",
        "Not saved: identifiers are read from this field. Choose another one to repeat them in.";
    /// A field of another type.
    not_saved_mirror_no_text: "Не сохранено: в поле для идентификаторов нельзя записать текст. Выберите поле типа «Строка».",
        "Not saved: the field for identifiers takes no text. Choose one of the type “String”.";
}

impl Texts {
    /// Rows that the last import left out.
    pub fn rows_rejected(self, number: u64) -> String {
        match self.0 {
            Language::Ru => format!("отклонено строк: {}", self.count(number)),
            Language::En => format!("rows rejected: {}", self.count(number)),
        }
    }

    /// Why the portal's work is suspended.
    pub fn suspension(self, reason: &str) -> &'static str {
        let (ru, en) = match reason {
            "payment_required" => (
                "Оплаченный срок приложения закончился.",
                "The application's paid period is over.",
            ),
            "plan_denied" => (
                "Тариф портала не даёт приложениям доступа.",
                "The portal's plan gives applications no access.",
            ),
            "user_access" => (
                "Администратор ограничил круг пользователей приложения.",
                "The administrator limited who may use the application.",
            ),
            "overload" => (
                "Битрикс24 временно заблокировал запросы приложения.",
                "Bitrix24 has blocked the application's requests for now.",
            ),
            "portal_deleted" => ("Портал закрыт или удалён.", "The portal is closed or deleted."),
            _ => (
                "Портал не выполняет запросы приложений.",
                "The portal does not carry out applications' requests.",
            ),
        };
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }
}
