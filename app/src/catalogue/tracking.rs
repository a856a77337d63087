//! The texts of tracking: who is told what, where, as what.

use super::{Texts, fixed};
use certlens_domain::language::Language;
use certlens_domain::subscription::Mute;
use certlens_domain::tracking::{NewsKind, NotificationKind, NotifyScope};
use chrono::NaiveDate;

fixed! {
    /// Heading of the panel.
    tracking: "Отслеживание", "Tracking";
    /// The control, and the button that subscribes.
    track: "Отслеживать", "Track";
    /// The control, when the viewer does.
    tracked: "Вы отслеживаете", "You track this";
    /// In the place of the control.
    tracking_needs_script: "Чтобы отслеживать контрагента, включите в браузере JavaScript.",
        "Switch JavaScript on in the browser to track the counterparty.";
    /// All subscriptions of the viewer.
    own_subscriptions: "Мои подписки", "My subscriptions";
    /// Back from them.
    in_this_card: "Эта карточка", "This card";
    /// When there are none.
    no_own_subscriptions: "Вы пока никого не отслеживаете.", "You track nobody yet.";
    /// The next part of a list.
    show_more: "Показать ещё", "Show more";
    /// A subscription without news.
    no_news_yet: "новостей ещё не было", "no news yet";
    /// Before the choices of a length.
    mute: "Не уведомлять меня:", "Tell me nothing:";
    /// A length.
    mute_week: "неделю", "for a week";
    /// A length.
    mute_month: "месяц", "for a month";
    /// A length.
    mute_forever: "пока не включу", "until I say so";
    /// Mutes one of a list.
    mute_one: "Не уведомлять", "Mute";
    /// Takes a silence back.
    unmute: "Снова уведомлять", "Tell me again";
    /// Ends a subscription.
    unsubscribe: "Отписаться", "Stop tracking";
    /// A card without identifiers.
    nothing_to_track: "Отслеживать нечего: в карточке нет идентификаторов. Добавьте ИНН, ОГРН, БИН или УНП выше.",
        "There is nothing to track: the card has no identifiers. Add an INN, OGRN, BIN or UNP above.";
    /// An identifier that left the card.
    not_in_card: "в карточке его нет", "not in the card";
    /// Group of kinds of news.
    what_is_news: "О чём сообщать", "What to tell";
    /// Before a number of days.
    days_before: "За сколько дней до окончания", "Days before the end";
    /// Group.
    how_to_tell: "Как сообщать", "How to tell";
    /// Choice.
    notify_where: "Где", "Where";
    /// Choice.
    notify_as: "В каком виде", "As";
    /// Choice.
    notify_whom: "Кому", "To whom";
    /// The portal's own order of people.
    as_portal_has_it: "Как настроено на портале", "As the portal has it";
    /// Choice of people.
    to_responsible: "Ответственному за карточку, затем мне", "The card's responsible person, then me";
    /// Choice of people.
    to_me: "Мне, затем ответственному", "Me, then the responsible person";
    /// An order that a program chose.
    to_others: "Свой порядок (задан программой)", "An order of its own (set by a program)";
    /// What is no news.
    tracking_baseline: "Сообщим о том, что случится после подписки: то, что уже есть в реестрах, новостью не считается.",
        "You will be told what happens from now on; what the registries hold already is no news.";
    /// Terms that name nothing.
    tracking_invalid: "Выберите хотя бы один идентификатор и хотя бы один повод.",
        "Choose at least one identifier and at least one kind of news.";
    /// Too many subscriptions.
    tracking_too_many: "Подписок на портале уже слишком много. Завершите ненужные.",
        "There are too many subscriptions already. End some of them first.";
    /// The portal lets administrators subscribe only.
    tracking_for_administrators: "На этом портале подписываться могут только администраторы. Попросите администратора портала подписать вас.",
        "Only administrators may subscribe in this portal. Ask one of them to subscribe you.";
    /// The portal lets chosen people subscribe only.
    tracking_for_chosen: "На этом портале подписываться могут только выбранные сотрудники. Попросите администратора портала добавить вас.",
        "Only chosen people may subscribe in this portal. Ask an administrator of the portal to add you.";
    /// Nobody knows whether the viewer is an administrator.
    tracking_unproved: "Подписываться здесь могут не все, а портал сейчас не отвечает, администратор ли вы. Попробуйте позже.",
        "Not everybody may subscribe here, and the portal does not say now whether you administer it. Try again later.";
    /// A subscription that ended meanwhile.
    tracking_gone: "Этой подписки больше нет. Обновите карточку.", "This subscription is gone. Reload the card.";
    /// After an order.
    now_tracked: "Контрагент отслеживается.", "The counterparty is tracked.";
    /// After an order.
    tracking_changed: "Подписка изменена.", "The subscription is changed.";
    /// After an order.
    now_silent: "Уведомления выключены.", "Notifications are off.";
    /// After an order.
    now_speaking: "Уведомления включены.", "Notifications are on.";
    /// After an order.
    now_untracked: "Вы отписались.", "You track it no more.";
    /// After an order.
    tracked_again: "Подписка возвращена.", "The subscription is back.";
}

impl Texts {
    /// Who tracks the card, beside the control.
    pub fn tracked_by(self, own: bool, colleagues: usize) -> String {
        let count = u64::try_from(colleagues).unwrap_or(u64::MAX);
        let people = self.plural(
            count,
            ["коллега", "коллеги", "коллег"],
            ["colleague", "colleagues"],
        );
        match (own, colleagues) {
            (_, 0) => String::new(),
            (true, _) => self.in_language(format!("и ещё {people}"), format!("with {people}")),
            (false, _) => self.in_language(
                format!("уже отслеживают: {people}"),
                format!("tracked by {people}"),
            ),
        }
    }

    /// Who else tracks the card, by name.
    pub fn also_tracked_by(self, names: &str) -> String {
        self.in_language(
            format!("Также отслеживают: {names}"),
            format!("Tracked also by {names}"),
        )
    }

    /// A user whose name is not known.
    pub fn user_number(self, number: i64) -> String {
        self.in_language(format!("пользователь {number}"), format!("user {number}"))
    }

    /// Until when nothing is told.
    pub fn silent(self, until: Mute) -> String {
        match until {
            Mute::Forever => self
                .in_language("уведомления выключены", "notifications are off")
                .to_owned(),
            Mute::Until(day) => {
                let day = self.day(day);
                self.in_language(
                    format!("уведомления выключены до {day}"),
                    format!("notifications are off until {day}"),
                )
            }
        }
    }

    /// A number that documents state beside another one.
    pub fn paired_with(self, with: &str) -> String {
        self.in_language(
            format!("в документах рядом с {with}"),
            format!("beside {with} in documents"),
        )
    }

    /// A choice that leaves it to the portal, which does this.
    pub fn as_portal(self, what: &str) -> String {
        self.in_language(format!("Портал: {what}"), format!("Portal: {what}"))
    }

    /// How many cards would be told.
    pub fn matching_cards(self, count: u64) -> String {
        let cards = self.plural(count, ["карточка", "карточки", "карточек"], ["card", "cards"]);
        self.in_language(
            format!("Сейчас эти номера есть на портале: {cards}."),
            format!("The portal has these numbers in {cards} now."),
        )
    }

    /// What happened last, and when it was found.
    pub fn last_news(self, kind: NewsKind, day: NaiveDate) -> String {
        let (kind, day) = (self.news_kind(kind), self.day(day));
        self.in_language(
            format!("последнее: {kind}, {day}"),
            format!("last: {kind}, {day}"),
        )
    }

    /// A kind of news.
    pub const fn news_kind(self, kind: NewsKind) -> &'static str {
        match (self.0, kind) {
            (Language::Ru, NewsKind::NewDocument) => "новый документ",
            (Language::Ru, NewsKind::Suspended) => "действие приостановлено",
            (Language::Ru, NewsKind::Terminated) => "прекращён или недействителен",
            (Language::Ru, NewsKind::Expiring) => "скоро закончится срок",
            (Language::Ru, NewsKind::RfTerritory) => "изменился статус на территории РФ",
            (Language::En, NewsKind::NewDocument) => "new document",
            (Language::En, NewsKind::Suspended) => "suspended",
            (Language::En, NewsKind::Terminated) => "terminated or void",
            (Language::En, NewsKind::Expiring) => "term ends soon",
            (Language::En, NewsKind::RfTerritory) => "status on Russia's territory changed",
        }
    }

    /// What appears in the CRM.
    pub const fn notification_kind(self, kind: NotificationKind) -> &'static str {
        match (self.0, kind) {
            (Language::Ru, NotificationKind::Todo) => "дело в карточке",
            (Language::Ru, NotificationKind::Activity) => "событие в таймлайне с кнопками",
            (Language::Ru, NotificationKind::Task) => "задача",
            (Language::Ru, NotificationKind::Comment) => "комментарий в таймлайне",
            (Language::Ru, NotificationKind::Im) => "уведомление в мессенджере",
            (Language::En, NotificationKind::Todo) => "a to-do in the card",
            (Language::En, NotificationKind::Activity) => "a timeline activity with buttons",
            (Language::En, NotificationKind::Task) => "a task",
            (Language::En, NotificationKind::Comment) => "a timeline comment",
            (Language::En, NotificationKind::Im) => "a messenger notification",
        }
    }

    /// Which cards are told.
    pub const fn scope(self, scope: NotifyScope) -> &'static str {
        match (self.0, scope) {
            (Language::Ru, NotifyScope::Card) => "только в этой карточке",
            (Language::Ru, NotifyScope::AllMatching) => "во всех карточках с этими номерами",
            (Language::En, NotifyScope::Card) => "in this card only",
            (Language::En, NotifyScope::AllMatching) => "in all cards with these numbers",
        }
    }

    /// A type of card, by its key.
    pub fn card_type(self, key: &str) -> &'static str {
        match key {
            "lead" => self.in_language("Лид", "Lead"),
            "deal" => self.in_language("Сделка", "Deal"),
            _ => self.in_language("Компания", "Company"),
        }
    }
}
