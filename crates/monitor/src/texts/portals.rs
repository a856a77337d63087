//! The texts of the screen Portals: the list, one portal, and what is done there.

use super::Texts;
use certlens_portals::{PortalNotice, RepairOutcome, RepairStepName};
use certlens_store::{ChainEnd, ChainSource, PortalState};

certlens_domain::fixed_texts! { Texts;
    /// What the list is.
    portals_lead: "Все порталы, на которых приложение установлено или было установлено, и что с ними не так.",
        "All portals that have, or had, the application, and what is wrong with them.";
    /// No portal matches.
    portals_empty: "Порталов с такими условиями нет.", "No portals match.";
    /// Column.
    portals_state: "Состояние", "State";
    /// Column.
    portals_what_is_wrong: "Что не так", "What is wrong";
    /// Column.
    portals_since: "С какого времени", "Since";
    /// Column.
    portals_seen: "Последнее обращение", "Last seen";
    /// Column.
    portals_subscriptions: "Подписки", "Subscriptions";
    /// Filter.
    portals_text: "Адрес или номер портала", "Address or number of the portal";
    /// Filter.
    portals_with_trouble: "С неполадками", "With trouble";
    /// Choice of the filter.
    portals_only_troubled: "только с неполадками", "only those with trouble";
    /// What one portal's screen is.
    portal_lead: "Состояние портала, его токены, привязки, фоновая работа и данные.",
        "The state of the portal, its tokens, bindings, background work and data.";
    /// Button.
    repair: "Починить", "Repair";
    /// Button.
    read_anew: "Прочитать CRM заново", "Read the CRM anew";
    /// Link: what the portal has just now.
    look_now: "Посмотреть на портале сейчас", "Look at the portal now";
    /// Link: the file with all data.
    export_portal: "Скачать все данные портала", "Download all data of the portal";
    /// Button.
    erase_portal: "Удалить данные портала", "Erase the portal's data";
    /// Link.
    settings_of_portal: "Настройки портала", "Settings of the portal";
    /// Link.
    queue_of_portal: "Очередь портала", "Queue of the portal";
    /// Link.
    portal_itself: "Открыть портал", "Open the portal";
    /// Heading.
    facts_of_portal: "Портал", "The portal";
    /// Fact.
    fact_domain: "Адрес", "Address";
    /// Fact.
    fact_address_proved: "Адрес подтверждён", "Address confirmed";
    /// Fact.
    fact_former_domain: "Прежний адрес", "Former address";
    /// Fact.
    fact_member_id: "Номер портала (member_id)", "Number of the portal (member_id)";
    /// Fact.
    fact_reason: "Причина", "Reason";
    /// Fact.
    fact_installed: "Установлено", "Installed";
    /// Fact.
    fact_licence: "Лицензия приложения", "Licence of the application";
    /// Fact.
    fact_scope: "Права приложения", "Rights of the application";
    /// Fact.
    fact_application: "Приложение (client_id)", "Application (client_id)";
    /// Fact.
    fact_secret: "Секретный ключ", "Secret key";
    /// The secret is there.
    secret_stored: "сохранён, не показывается", "stored, never shown";
    /// It isn't.
    secret_missing: "не сохранён", "not stored";
    /// Fact.
    fact_bindings_version: "Версия привязок", "Version of the bindings";
    /// Fact.
    fact_language: "Язык портала", "Language of the portal";
    /// Fact.
    fact_events: "События", "Events";
    /// Events can be authenticated.
    events_proved: "подлинность проверяется", "authenticated";
    /// They can't.
    events_unproved: "подлинность проверить нельзя", "can't be authenticated";
    /// Fact.
    fact_users: "Сотрудники / администраторы", "People / administrators";
    /// Fact.
    fact_sending: "Отправка уведомлений", "Sending of notifications";
    /// Fact.
    fact_parked: "Методы, исчерпавшие время на портале", "Methods that used up their time on the portal";
    /// Heading.
    crawl_of_portal: "Чтение CRM", "Reading of the CRM";
    /// Fact.
    fact_phase: "Что читается", "What is read";
    /// Fact.
    fact_rows: "Прочитано строк", "Rows read";
    /// Fact.
    fact_finished: "Последнее полное чтение", "Last complete reading";
    /// Fact.
    fact_index: "В индексе: лиды / сделки / компании", "In the index: leads / deals / companies";
    /// Fact.
    fact_error: "Ошибка", "Error";
    /// Table.
    chains: "Токены", "Tokens";
    /// No chain.
    chains_empty: "Токенов нет: портал ещё никто не открывал, или приложение удалено.",
        "No tokens: nobody opened the application yet, or it was removed.";
    /// Column.
    chain_user: "Пользователь", "User";
    /// Column.
    chain_role: "Права", "Rights";
    /// An administrator.
    administrator: "администратор", "administrator";
    /// Somebody else.
    employee: "сотрудник", "employee";
    /// Column.
    chain_source: "Откуда", "From";
    /// Column.
    chain_began: "Получен", "Begun";
    /// Column.
    chain_renewed: "Обновлён", "Renewed";
    /// Column.
    chain_state: "Состояние", "State";
    /// A living chain.
    chain_lives: "действует", "lives";
    /// Table.
    bindings: "Вкладки и события на портале", "Tabs and events on the portal";
    /// Nobody looked yet.
    bindings_empty: "Привязки ещё не проверялись. Нажмите «Починить» или посмотрите на портале сейчас.",
        "Bindings were not looked at yet. Press Repair, or look at the portal now.";
    /// Column.
    binding_name: "Название", "Name";
    /// Column.
    binding_kind: "Вид", "Kind";
    /// A tab.
    tab: "вкладка", "tab";
    /// An event.
    event: "событие", "event";
    /// It is there.
    binding_present: "на месте", "in place";
    /// It was bound anew.
    binding_bound: "привязано заново", "bound anew";
    /// It is missing.
    binding_missing: "нет", "missing";
    /// It is there in another form.
    binding_altered: "изменено", "altered";
    /// Of ours, and not wanted.
    binding_left_over: "лишнее, ведёт на другой адрес", "left over, leads elsewhere";
    /// Table.
    jobs: "Фоновая работа", "Background work";
    /// None yet.
    jobs_empty: "Работы ещё нет.", "No work yet.";
    /// Column.
    job_kind: "Работа", "Work";
    /// Column.
    job_due: "Следующий раз", "Next";
    /// Column.
    job_success: "Удалась", "Succeeded";
    /// Column.
    job_attempts: "Попыток подряд", "Attempts in a row";
    /// Column.
    job_error: "Последняя ошибка", "Last error";
    /// Being done.
    job_running: "идёт", "running";
    /// Table.
    failed_events: "События, от которых отказались", "Events that were given up";
    /// None.
    failed_events_empty: "Таких событий нет.", "There are none.";
    /// Column.
    failed_event: "Событие", "Event";
    /// Column.
    failed_count: "Сколько", "How many";
    /// Column.
    failed_last: "Последнее", "Latest";
    /// Table.
    applications: "Локальные приложения портала", "Local applications of the portal";
    /// None.
    applications_empty: "Локальных приложений нет: портал работает с приложением из каталога.",
        "No local applications: the portal uses the one of the market.";
    /// Column.
    application_stored: "Ключи сохранены", "Keys stored";
    /// Button.
    remove_keys: "Удалить ключи", "Remove the keys";
    /// Form.
    keys_form: "Ключи локального приложения", "Keys of a local application";
    /// What the form does.
    keys_hint: "Введите их, если на портале сделали локальное приложение заново. Секретный ключ не показывается никому; новый заменяет прежний.",
        "Enter them when a local application was made anew on the portal. The secret is shown to nobody; a new one replaces the former.";
    /// Field.
    keys_client_id: "Код приложения (client_id)", "Application code (client_id)";
    /// Field.
    keys_secret: "Секретный ключ (client_secret)", "Secret key (client_secret)";
    /// Where to find them.
    keys_where: "На портале: «Разработчикам» → приложение → код и ключ.",
        "On the portal: Developer resources → the application → code and key.";
    /// Button.
    keys_save: "Сохранить ключи", "Store the keys";
    /// Refused.
    keys_bad_client_id: "Код приложения выглядит как local.66aa00bb11cc22.01234567; скопируйте его на портале ещё раз.",
        "A client_id looks like local.66aa00bb11cc22.01234567; copy it from the portal once more.";
    /// Refused.
    keys_bad_secret: "Секретный ключ пуст или содержит знаки, которых в ключах не бывает; скопируйте его на портале ещё раз.",
        "The client_secret is empty or has characters that no secret has; copy it from the portal once more.";
    /// Refused.
    keys_of_another: "Это приложение принадлежит другому порталу. Удалите ключи там, если это ошибка.",
        "This application belongs to another portal. Remove the keys there if that is a mistake.";
    /// Refused.
    keys_of_market: "Это приложение из каталога: его секретный ключ задаётся в настройках сервиса (CERTLENS_BITRIX_CLIENT_SECRET).",
        "This is the market application: its secret is set in the service's configuration (CERTLENS_BITRIX_CLIENT_SECRET).";
    /// Refused.
    keys_unknown: "Таких ключей здесь нет.", "There are no such keys here.";
    /// Done.
    keys_stored: "Ключи сохранены. Теперь администратор портала должен открыть приложение один раз.",
        "The keys are stored. Now an administrator of the portal has to open the application once.";
    /// Done.
    keys_removed: "Ключи удалены. Пока не сохранены новые, токены портала не обновляются.",
        "The keys are removed. Until new ones are stored, tokens of the portal are not renewed.";
    /// Question.
    keys_remove_question: "Удалить ключи этого приложения?", "Remove the keys of this application?";
    /// Question.
    keys_set_question: "Сохранить ключи этого приложения?", "Store the keys of this application?";
    /// Effect.
    keys_set_effect: "Прежний секретный ключ, если он был, заменяется.", "A former secret, if there was one, is replaced.";
    /// Question.
    repair_question: "Починить портал?", "Repair the portal?";
    /// Effect.
    repair_effect: "Каждый токен проверяется запросом, недостающие вкладки и события привязываются, лишние убираются, неудавшаяся работа начинается заново. Данные и настройки не меняются.",
        "Each token is proved by a call, missing tabs and events are bound, left-overs go, failed work begins anew. Data and settings stay.";
    /// Done.
    repaired: "Портал работает.", "The portal works.";
    /// Not all could be done, and what is left is not known yet.
    repaired_unclear: "Починить отсюда получилось не всё: что осталось, сейчас уточняется у портала. Посмотрите на эту страницу через минуту.",
        "Not all could be mended from here; what is left is being confirmed with the portal. Look at this page again in a minute.";
    /// Done, with something left.
    repaired_not_wholly: "Сделано всё, что можно сделать отсюда. Осталось:", "All that can be done from here is done. What is left:";
    /// Question.
    read_anew_question: "Прочитать CRM портала заново?", "Read the portal's CRM anew?";
    /// Effect.
    read_anew_effect: "Карточки открываются как обычно; чтение идёт в фоне и занимает до получаса на больших порталах.",
        "Cards open as usual; the reading goes on in the background and takes up to half an hour on large portals.";
    /// Done.
    reading_anew: "CRM читается заново.", "The CRM is being read anew.";
    /// Question.
    erase_question: "Удалить всё, что хранится об этом портале? Вернуть можно будет только из резервной копии.",
        "Erase everything that is kept of this portal? Only a backup can bring it back.";
    /// Effect.
    erase_nothing: "Об этом портале ничего не хранится.", "Nothing is kept of this portal.";
    /// Effect.
    erase_kept: "Ключи локальных приложений остаются, но без имени портала.",
        "Keys of local applications stay, without the portal's name.";
    /// Subject in the log, which must not keep the name.
    erased_subject: "портал, данные которого удалены", "a portal whose data were erased";
    /// Done.
    erased: "Данные портала удалены.", "The portal's data are erased.";
    /// Means.
    need_stops: "Пока это не сделано, карточки этого портала показывают только то, что уже известно, уведомления не приходят.",
        "Until then cards of this portal show only what is known already, and notifications do not arrive.";
    /// Means.
    need_changes: "Карточки открываются, но изменения в CRM замечаются с опозданием, вкладки могут пропасть.",
        "Cards open, but changes in the CRM are noticed late, and tabs may disappear.";
    /// Link of a need.
    go_to_portal: "Открыть эту страницу портала", "Open that page of the portal";
}

impl Texts {
    /// A state of a portal.
    pub const fn portal_state(self, state: PortalState) -> &'static str {
        let (ru, en) = match state {
            PortalState::Installing => ("устанавливается", "installing"),
            PortalState::Installed => ("работает", "installed"),
            PortalState::Suspended => ("портал не пускает", "suspended"),
            PortalState::NeedsReauth => ("нет токенов", "needs new tokens"),
            PortalState::Uninstalled => ("приложение удалено", "uninstalled"),
        };
        self.either(ru, en)
    }

    /// What is wrong with a portal.
    pub const fn portal_notice(self, notice: &PortalNotice) -> &'static str {
        let (ru, en) = match notice {
            PortalNotice::Silent => ("портал не отвечает", "the portal does not answer"),
            PortalNotice::Throttled => (
                "портал временно ограничил запросы",
                "the portal limits requests for the moment",
            ),
            PortalNotice::PaymentRequired => (
                "оплаченный период портала закончился",
                "the portal's paid period is over",
            ),
            PortalNotice::UserDeactivated => ("сотрудник уволен", "the user was dismissed"),
            PortalNotice::NeedsReauth => ("токен больше не действует", "the token is not valid any more"),
            PortalNotice::AppRestricted => (
                "портал закрыл приложение для этих пользователей или тариф не даёт REST",
                "the portal closed the application to these users, or its plan has no REST interface",
            ),
            PortalNotice::NotOperational => (
                "портал отвечает своей страницей: обслуживание, лицензия или удаление",
                "the portal answers with a page of its own: maintenance, licence or deletion",
            ),
            PortalNotice::Moved => ("портал переехал на другой адрес", "the portal moved"),
        };
        self.either(ru, en)
    }

    /// What has to be done about a portal's own trouble.
    pub const fn portal_notice_advice(self, notice: &PortalNotice) -> &'static str {
        let (ru, en) = match notice {
            PortalNotice::PaymentRequired => (
                "Попросите администратора портала продлить подписку. После оплаты портал заработает сам.",
                "Ask an administrator of the portal to renew the subscription. Once paid, the portal works by itself.",
            ),
            PortalNotice::AppRestricted => (
                "Попросите администратора портала открыть приложение всем, кто работает в CRM, и проверить тариф.",
                "Ask an administrator of the portal to open the application to everybody who works with the CRM, and \
                 to look at the plan.",
            ),
            PortalNotice::Throttled | PortalNotice::Silent => (
                "Подождите: сервис пробует снова сам. Если не проходит за час, нажмите «Починить».",
                "Wait: the service tries again by itself. Press Repair if it lasts longer than an hour.",
            ),
            PortalNotice::NotOperational => (
                "Спросите администратора портала, открывается ли портал. Потом нажмите «Починить».",
                "Ask an administrator of the portal whether the portal opens. Then press Repair.",
            ),
            PortalNotice::Moved | PortalNotice::UserDeactivated | PortalNotice::NeedsReauth => (
                "Попросите администратора портала открыть там приложение один раз.",
                "Ask an administrator of the portal to open the application there once.",
            ),
        };
        self.either(ru, en)
    }

    /// Where a chain began.
    pub const fn chain_source_word(self, source: ChainSource) -> &'static str {
        let (ru, en) = match source {
            ChainSource::Installation => ("установка", "installation"),
            ChainSource::Event => ("событие", "event"),
            ChainSource::Page => ("страница", "page"),
            ChainSource::Login => ("вход в монитор", "sign-in"),
        };
        self.either(ru, en)
    }

    /// Why a chain ended.
    pub const fn chain_end_words(self, end: ChainEnd) -> &'static str {
        let (ru, en) = match end {
            ChainEnd::Spent => (
                "сервер авторизации его больше не обновляет",
                "the authorization server does not renew it any more",
            ),
            ChainEnd::UserDeactivated => (
                "пользователь уволен или не может открыть приложение",
                "its user was dismissed, or may not use the application",
            ),
            ChainEnd::Revoked => (
                "портал его больше не принимает: возможно, приложение удалили",
                "the portal does not take it any more: perhaps the application was removed",
            ),
            ChainEnd::Superseded => ("заменён новой установкой", "a newer installation replaced it"),
        };
        self.either(ru, en)
    }

    /// A kind of background work.
    pub fn job_word(self, kind: &str) -> String {
        let (ru, en) = match kind {
            "crawl" => ("чтение всей CRM", "reading of the whole CRM"),
            "catch_up" => ("поиск пропущенных изменений", "look for missed changes"),
            "reconcile" => ("проверка вкладок и событий", "check of tabs and events"),
            "detect_fields" => ("поиск полей с номерами", "detection of fields"),
            "mirror" => ("запись номеров в поля CRM", "writing of numbers into the CRM"),
            "confirm_departure" => (
                "проверка, удалено ли приложение",
                "check whether the application was removed",
            ),
            "staff" => ("чтение списка сотрудников", "reading of the list of people"),
            other => return other.to_owned(),
        };
        self.either(ru, en).to_owned()
    }

    /// A step of a repair.
    pub const fn repair_step(self, step: RepairStepName) -> &'static str {
        let (ru, en) = match step {
            RepairStepName::Keys => ("Ключи приложения", "Keys of the application"),
            RepairStepName::Tokens => ("Токены", "Tokens"),
            RepairStepName::State => ("Портал", "The portal"),
            RepairStepName::Bindings => ("Вкладки и события", "Tabs and events"),
            RepairStepName::Events => ("Подлинность событий", "Authenticity of events"),
            RepairStepName::Work => ("Фоновая работа", "Background work"),
        };
        self.either(ru, en)
    }

    /// How a step ended.
    pub const fn repair_outcome(self, outcome: RepairOutcome) -> &'static str {
        let (ru, en) = match outcome {
            RepairOutcome::Fine => ("в порядке", "fine"),
            RepairOutcome::Mended => ("исправлено", "mended"),
            RepairOutcome::Skipped => (
                "не сделано: сначала нужны токены",
                "not done: tokens are needed first",
            ),
            RepairOutcome::Failed => ("не исправлено", "not mended"),
        };
        self.either(ru, en)
    }

    /// What a table holds, for people.
    pub fn table_word(self, table: &str) -> String {
        let (ru, en) = match table {
            "portals" => ("портал", "the portal"),
            "chains" => ("токены", "tokens"),
            "portal_settings" => ("настройки", "settings"),
            "settings_changes" => ("изменения настроек", "changes of settings"),
            "portal_events" => ("события", "events"),
            "portal_jobs" => ("фоновая работа", "background work"),
            "portal_users" => ("сотрудники", "people"),
            "portal_departments" => ("отделы", "departments"),
            "crm_items" => ("карточки CRM в индексе", "cards of the CRM in the index"),
            "crm_identifiers" => ("номера из карточек", "numbers of cards"),
            "crm_access" => ("кто какие карточки видит", "who sees which cards"),
            "card_selections" => ("выбор в карточках", "choices in cards"),
            "card_identifiers" => ("номера, выбранные в карточках", "numbers chosen in cards"),
            "subscriptions" => ("подписки", "subscriptions"),
            "subscription_identifiers" => ("номера подписок", "numbers of subscriptions"),
            "news" => ("новости", "news"),
            "notification_items" => ("уведомления", "notification items"),
            "assignment_refusals" => ("отказы назначения", "refusals of assignment"),
            "audit_log" => ("журнал действий", "audit log"),
            "applications" => ("локальные приложения", "local applications"),
            "answer_deviations" => ("отличия в ответах", "differences in answers"),
            "portal_canaries" => ("последняя проверка", "the latest check"),
            other => return other.to_owned(),
        };
        self.either(ru, en).to_owned()
    }
}
