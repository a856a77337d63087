//! The texts of the screen Settings.

use super::Texts;
use certlens_domain::tracking::settings::{DepartedAction, NotifyEvery};
use certlens_domain::tracking::{AssignmentRule, ItemLanguage, NotificationKind, NotifyScope};
use certlens_store::{EntityType, Setting};

certlens_domain::fixed_texts! { Texts;
    /// What the screen is.
    settings_lead: "Что портал выбрал: поля, уведомления, ответственные, кто может подписываться. Каждое изменение записано, и его можно вернуть.",
        "What the portal chose: fields, notifications, assignment, who may subscribe. Every change is written down and can be taken back.";
    /// The operator has not chosen a portal.
    settings_choose_portal: "Выберите портал, настройки которого нужны.", "Choose the portal whose settings you need.";
    /// Form.
    settings_fields: "Поля, из которых читаются номера", "Fields that numbers are read from";
    /// What it does.
    settings_fields_hint: "ИНН, ОГРН и другие номера читаются из выбранных полей и из реквизитов компании. После сохранения CRM читается заново; выбор можно сначала попробовать на карточке ниже.",
        "Numbers are read from the chosen fields and from company details. The CRM is read anew after a change; try the choice on a card below first.";
    /// Switch.
    settings_detect: "Подбирать поля автоматически (выбор выше не сохраняется)", "Detect the fields by themselves (the choice above is not kept)";
    /// Switch.
    settings_write_back: "Записывать номер, введённый в лиде, в его первое поле", "Write a number that is typed in a lead into its first field";
    /// Form.
    settings_mirror: "Поля, в которые записываются выбранные номера", "Fields that repeat the chosen numbers";
    /// What it does.
    settings_mirror_hint: "После каждого изменения в карточке её выбранные номера записываются в это поле текстом. Подходит поле типа «строка», из которого номера не читаются.",
        "After each change in a card its chosen numbers are written into this field as a text. It has to be of the type string, and none that numbers are read from.";
    /// Choice.
    settings_no_field: "не записывать", "none";
    /// Form.
    settings_notification: "Уведомления", "Notifications";
    /// Field.
    settings_kind: "Что появляется в CRM", "What appears in the CRM";
    /// Field.
    settings_every: "Как часто", "How often";
    /// Field.
    settings_scope: "В каких карточках", "In which cards";
    /// Field.
    settings_language: "Язык уведомлений", "Language of notifications";
    /// Form.
    settings_assignment: "Кто ответственный", "Who is responsible";
    /// What it does.
    settings_assignment_hint: "Правила проверяются по порядку. Уволенные, отсутствующие и те, кого отклонил портал, пропускаются.",
        "Rules are asked in their order. People who left, are away or are refused by the portal are passed over.";
    /// Field.
    settings_fallback: "Запасной сотрудник", "Fallback user";
    /// Choice.
    settings_nobody: "никто", "nobody";
    /// Choice.
    settings_no_rule: "—", "—";
    /// Field.
    settings_who: "Кто может подписываться", "Who may subscribe";
    /// Hint.
    settings_who_hint: "Администраторы могут всегда. Уже существующие подписки остаются.", "Administrators always may. Subscriptions that are there stay.";
    /// Field.
    settings_chosen: "Выбранные сотрудники", "Chosen people";
    /// Field.
    settings_departed: "Подписки уволенных", "Subscriptions of people who left";
    /// Button.
    settings_save: "Сохранить", "Save";
    /// Question.
    settings_change_question: "Сохранить эти настройки?", "Save these settings?";
    /// Effect.
    settings_change_nothing: "Ничего не меняется: всё уже так.", "Nothing changes: it is so already.";
    /// Effect.
    settings_crawl_follows: "CRM портала читается заново в фоне.", "The portal's CRM is read anew in the background.";
    /// Done.
    settings_saved: "Сохранено.", "Saved.";
    /// Done.
    settings_saved_nothing: "Всё уже так: ничего не изменилось.", "It was so already: nothing changed.";
    /// Table.
    settings_history: "История изменений", "History of changes";
    /// None.
    settings_history_empty: "Настройки ещё не меняли.", "The settings were never changed.";
    /// Column.
    settings_at: "Когда", "When";
    /// Column.
    settings_by: "Кто", "Who";
    /// Column and filter.
    settings_what: "Настройка", "Setting";
    /// Column.
    settings_before: "Было", "Before";
    /// Column.
    settings_after: "Стало", "After";
    /// The service as an author.
    settings_by_service: "сервис: нашёл другие поля", "the service: it found other fields";
    /// Button.
    settings_revert: "Вернуть, как было", "Take back";
    /// Question.
    settings_revert_question: "Вернуть прежнее значение?", "Bring the former value back?";
    /// Effect.
    settings_changed_since: "С тех пор настройку меняли ещё: вернётся значение до выбранного изменения.",
        "The setting was changed again since: the value before the chosen change comes back.";
    /// Done.
    settings_reverted: "Прежнее значение возвращено.", "The former value is back.";
    /// Filters.
    trial_card: "Карточка для пробы: ссылка или «deal 12»", "Card to try on: a link, or deal 12";
    /// Filters.
    trial_fields: "Поля через запятую (пусто — как сейчас)", "Fields, separated by commas (empty: as now)";
    /// Table.
    trial: "Что нашлось бы на этой карточке", "What would be found on this card";
    /// None.
    trial_empty: "Для карточек этого типа поля не выбраны: номера читаются только из реквизитов компании.",
        "No fields are mapped for cards of this type: numbers come from company details only.";
    /// Column.
    trial_field: "Поле", "Field";
    /// Column.
    trial_holds: "Что в нём", "What it holds";
    /// Column.
    trial_found: "Номера", "Numbers";
    /// Column.
    trial_verdict: "Итог", "Verdict";
    /// Verdict.
    trial_no_field: "у карточки нет такого поля", "the card has no such field";
    /// Verdict.
    trial_no_value: "пусто", "empty";
    /// Verdict.
    trial_no_number: "номеров нет", "no numbers";
    /// Verdict.
    trial_good: "подходит", "good";
    /// Verdict.
    trial_wrong_digit: "номер с ошибкой в контрольной цифре", "a number with a wrong check digit";
    /// Fact.
    trial_of_card: "Карточка", "Card";
    /// Fact.
    trial_company: "Компания", "Company";
    /// Fact.
    trial_requisites: "Из реквизитов", "From company details";
    /// Fact.
    trial_searched: "Искались бы номера", "Numbers that would be searched";
    /// Button.
    trial_save: "Сохранить эти поля", "Save these fields";
    /// Refused.
    trial_no_card: "Карточку назовите ссылкой на её страницу (…/crm/deal/details/12/) или словами: deal 12, lead 7, company 101.",
        "Name the card by the address of its page (…/crm/deal/details/12/) or in words: deal 12, lead 7, company 101.";
    /// Refused.
    trial_forbidden: "Эту карточку в Битрикс24 вам не видно.", "You may not see this card in Bitrix24.";
    /// Refused.
    trial_gone: "Такой карточки в Битрикс24 нет.", "There is no such card in Bitrix24.";
    /// Table.
    fields_of_portal: "Поля портала", "Fields of the portal";
    /// None.
    fields_empty: "Поля портала ещё не прочитаны: они появятся через несколько минут после установки.",
        "The portal's fields were not read yet: they appear minutes after the installation.";
    /// Column.
    field_code: "Код", "Code";
    /// Column.
    field_label: "Название", "Label";
    /// Column.
    field_cards: "Карточки", "Cards";
    /// Column.
    field_use: "Используется", "Used";
    /// Use.
    field_read: "читаются номера", "numbers are read";
    /// Use.
    field_written: "записываются номера", "numbers are written";
    /// Use.
    field_suggested: "похоже на поле с номером", "seems to hold a number";
}

impl Texts {
    /// A setting's name.
    pub const fn setting_word(self, setting: Setting) -> &'static str {
        let (ru, en) = match setting {
            Setting::FieldMapping => ("Поля для чтения", "Fields to read"),
            Setting::LeadWriteBack => ("Запись номера в лид", "Writing into leads"),
            Setting::MirrorField => ("Поля для записи", "Fields to write"),
            Setting::Notification => ("Уведомления", "Notifications"),
            Setting::Assignment => ("Ответственный", "Assignment"),
            Setting::NotifyScope => ("Карточки уведомлений", "Cards of notifications"),
            Setting::Departed => ("Подписки уволенных", "Subscriptions of people who left"),
            Setting::WhoMaySubscribe => ("Кто может подписываться", "Who may subscribe"),
            Setting::ItemLanguage => ("Язык уведомлений", "Language of notifications"),
        };
        self.either(ru, en)
    }

    /// A type of cards.
    pub const fn cards_word(self, entity_type: EntityType) -> &'static str {
        let (ru, en) = match entity_type {
            EntityType::Lead => ("Лиды", "Leads"),
            EntityType::Deal => ("Сделки", "Deals"),
            EntityType::Company => ("Компании", "Companies"),
        };
        self.either(ru, en)
    }

    /// As what news appear.
    pub const fn kind_word(self, kind: NotificationKind) -> &'static str {
        let (ru, en) = match kind {
            NotificationKind::Todo => ("Дело в карточке", "A to-do in the card"),
            NotificationKind::Activity => ("Активность с кнопками", "An activity with buttons"),
            NotificationKind::Task => ("Задача", "A task"),
            NotificationKind::Comment => ("Комментарий в карточке", "A comment in the card"),
            NotificationKind::Im => ("Сообщение в чат", "A message in the messenger"),
        };
        self.either(ru, en)
    }

    /// How often.
    pub fn every_word(self, every: NotifyEvery) -> String {
        match every {
            NotifyEvery::Service => self.of("Как принято в сервисе", "As the service does").to_owned(),
            NotifyEvery::AtOnce => self.of("Сразу", "At once").to_owned(),
            NotifyEvery::Every(_) => {
                let text = every.text().unwrap_or_default();
                self.of(format!("Раз в {text}"), format!("Every {text}"))
            }
        }
    }

    /// In which cards.
    pub const fn scope_word(self, scope: NotifyScope) -> &'static str {
        let (ru, en) = match scope {
            NotifyScope::Card => ("В карточке подписки", "In the card of the subscription"),
            NotifyScope::AllMatching => (
                "Во всех карточках с этим номером",
                "In all cards that carry the number",
            ),
        };
        self.either(ru, en)
    }

    /// A rule of assignment.
    pub const fn rule_word(self, rule: AssignmentRule) -> &'static str {
        let (ru, en) = match rule {
            AssignmentRule::Responsible => ("Ответственный за карточку", "The card's responsible person"),
            AssignmentRule::Subscriber => ("Кто подписался", "Who subscribed"),
            AssignmentRule::Fallback => ("Запасной сотрудник", "The fallback user"),
            AssignmentRule::DepartmentHead => ("Руководитель отдела", "The head of the department"),
        };
        self.either(ru, en)
    }

    /// What becomes of subscriptions of people who left.
    pub const fn departed_word(self, action: DepartedAction) -> &'static str {
        let (ru, en) = match action {
            DepartedAction::Archive => ("В архив до возвращения", "Archived until they return"),
            DepartedAction::HandOver => (
                "Передать ответственному за карточку",
                "Handed to the card's responsible person",
            ),
        };
        self.either(ru, en)
    }

    /// Who may subscribe, by its key.
    pub fn who_word(self, key: &str) -> &'static str {
        match key {
            "everybody" => self.of("Все, кто видит карточку", "Everybody who sees the card"),
            "administrators" => self.of("Только администраторы", "Administrators only"),
            _ => self.of(
                "Выбранные сотрудники и администраторы",
                "Chosen people and administrators",
            ),
        }
    }

    /// The language of items.
    pub const fn item_language_word(self, language: ItemLanguage) -> &'static str {
        let (ru, en) = match language {
            ItemLanguage::Portal => ("Язык портала", "The portal's own"),
            ItemLanguage::Ru => ("Русский", "Russian"),
            ItemLanguage::En => ("Английский", "English"),
        };
        self.either(ru, en)
    }
}
