//! The texts of tracked identifiers.

use super::Texts;
use certlens_domain::language::Language;
use certlens_store::TrackedState;

certlens_domain::fixed_texts! { Texts;
    /// What the screen is.
    identifiers_lead: "Все номера, за которыми следят сотрудники: где, кто, когда пересчитаны и рассказаны ли новости.",
        "All numbers that people track: where, who, when they were recounted, and whether their news were told.";
    /// Nothing there.
    identifiers_empty: "Таких номеров никто не отслеживает. Подписаться можно во вкладке карточки CRM.",
        "Nobody tracks such a number. People subscribe in the tab of a CRM card.";
    /// Column.
    identifier: "Номер", "Number";
    /// Column.
    identifier_kind: "Вид", "Kind";
    /// Column.
    identifier_portals: "Порталов", "Portals";
    /// Column.
    identifier_cards: "Карточек", "Cards";
    /// Column.
    identifier_subscribers: "Подписчиков", "Subscribers";
    /// Column.
    identifier_recounted_at: "Последний пересчёт", "Last recount";
    /// Column.
    identifier_news_at: "Последняя новость", "Last news";
    /// Column.
    identifier_state: "Состояние", "State";
    /// Filter.
    identifier_begins_with: "Номер начинается с", "Number begins with";
    /// In the column of states.
    identifier_invalid: "проверьте номер", "check the number";
    /// What the story is.
    identifier_lead: "Что происходило с номером: загрузки, изменения статусов, пересчёты, сообщения в CRM, подписки.",
        "What happened to the number: imports, changes of statuses, recounts, items in the CRM, subscriptions.";
    /// Heading.
    identifier_story: "История", "Story";
    /// Nothing there.
    identifier_story_empty: "До этого момента ничего не происходило.", "Nothing happened before this moment.";
    /// Nobody tracks it.
    identifier_not_tracked: "Сейчас за этим номером никто не следит.", "Nobody tracks this number now.";
    /// It failed.
    identifier_not_recounted: "База данных не ответила, пересчёт не выполнен. Повторите через минуту.",
        "The database failed; there was no recount. Repeat in a minute.";
}

impl Texts {
    /// How an identifier's news are told, in a word.
    pub const fn identifier_state_word(self, state: TrackedState) -> &'static str {
        let (ru, en) = match state {
            TrackedState::Quiet => ("всё рассказано", "all told"),
            TrackedState::NewsWaiting => ("новости ждут отправки", "news wait to be told"),
            TrackedState::ItemDead => ("сообщение не отправлено", "an item was given up"),
        };
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// What is wrong with the number.
    pub fn identifier_flaw(self, flaw: &str) -> String {
        self.of(
            format!("Номер, похоже, с ошибкой: {flaw} Пока он не исправлен в карточке, новостей по нему может не быть."),
            format!("The number seems to be wrong: {flaw} Until it is corrected in the card, there may be no news of it."),
        )
    }

    /// A card.
    pub fn identifier_card(self, kind: &str, id: i64) -> String {
        let (ru, en) = match kind {
            "lead" => ("Лид", "Lead"),
            "deal" => ("Сделка", "Deal"),
            _ => ("Компания", "Company"),
        };
        format!("{} {id}", self.of(ru, en))
    }

    /// Somebody subscribed.
    pub fn identifier_subscribed(self, person: &str) -> String {
        self.of(format!("Подписка: {person}"), format!("Subscribed: {person}"))
    }

    /// A subscription ended.
    pub fn identifier_ended(self, person: &str) -> String {
        self.of(
            format!("Подписка закончилась: {person}"),
            format!("Subscription ended: {person}"),
        )
    }

    /// Why it ended.
    pub fn identifier_end_reason(self, reason: &str) -> &'static str {
        match reason {
            "unsubscribed" => self.of("отписался сам", "unsubscribed"),
            "user_dismissed" => self.of("сотрудник уволен", "the employee left"),
            "handed_over" => self.of("передана другому", "handed over"),
            "entity_deleted" => self.of("карточка удалена", "the card was deleted"),
            "administrator" => self.of("закрыта администратором", "ended by an administrator"),
            _ => self.of("причина не указана", "no reason is known"),
        }
    }

    /// A recount found something.
    pub fn identifier_found(self, recount: i64, kind: &str, news: i64) -> String {
        let what = match kind {
            "new_document" => self.of("новые документы", "new documents"),
            "suspended" => self.of("приостановленные документы", "suspended documents"),
            "terminated" => self.of("прекращённые документы", "terminated documents"),
            "expiring" => self.of("документы с близким окончанием", "documents that end soon"),
            "rf_territory" => self.of(
                "изменения действия на территории РФ",
                "changes of validity in Russia",
            ),
            other => other,
        };
        self.of(
            format!("Пересчёт № {recount} нашёл {what}: {news}"),
            format!("Recount {recount} found {what}: {news}"),
        )
    }

    /// An item.
    pub fn identifier_item(self, kind: &str, state: &str) -> String {
        let what = match kind {
            "todo" => self.of("Дело", "To-do"),
            "activity" => self.of("Запись в ленте", "Activity"),
            "task" => self.of("Задача", "Task"),
            "comment" => self.of("Комментарий", "Comment"),
            "im" => self.of("Сообщение в чат", "Chat message"),
            other => other,
        };
        let how = match state {
            "waiting" => self.of("ждёт отправки", "waits to be sent"),
            "sending" => self.of("отправляется", "is being sent"),
            "sent" => self.of("отправлено", "sent"),
            "skipped" => self.of("пропущено", "skipped"),
            "unassignable" => self.of("некому назначить", "nobody to assign it to"),
            "dead" => self.of("не отправлено, попытки исчерпаны", "given up after all attempts"),
            "discarded" => self.of("снято вручную", "discarded by hand"),
            other => other,
        };
        format!("{what}: {how}")
    }

    /// To whom.
    pub fn identifier_responsible(self, user: i64) -> String {
        self.of(format!("ответственный #{user}"), format!("responsible #{user}"))
    }

    /// An import touched its documents.
    pub fn identifier_imported(self, registry: &str, new: u64, changed: u64) -> String {
        self.of(
            format!("Загрузка, {registry}: новых документов {new}, изменённых {changed}"),
            format!("Import, {registry}: {new} new documents, {changed} changed"),
        )
    }

    /// A status changed.
    pub fn identifier_status(self, number: &str, from: &str, to: &str) -> String {
        let (from, to) = (self.status_word(from), self.status_word(to));
        format!("{number}: {from} → {to}")
    }

    fn status_word(self, key: &str) -> &str {
        match key {
            "active" => self.of("действует", "active"),
            "renewed" => self.of("возобновлён", "renewed"),
            "extended" => self.of("продлён", "extended"),
            "warned" => self.of("предупреждение", "warned"),
            "suspended" => self.of("приостановлен", "suspended"),
            "terminated" => self.of("прекращён", "terminated"),
            "invalid" => self.of("недействителен", "invalid"),
            "expired" => self.of("истёк", "expired"),
            "not_public" => self.of("не публикуется", "not public"),
            "unknown" => self.of("неизвестен", "unknown"),
            other => other,
        }
    }

    /// The question.
    pub fn identifier_recount_question(self, identifier: &str) -> String {
        self.of(
            format!("Пересчитать {identifier} сейчас?"),
            format!("Recount {identifier} now?"),
        )
    }

    /// Done.
    pub fn identifier_recounted(self, identifier: &str, found: u64) -> String {
        if found == 0 {
            return self.of(
                format!("{identifier} пересчитан: ничего нового нет."),
                format!("{identifier} is recounted: nothing is new."),
            );
        }
        self.of(
            format!("{identifier} пересчитан: найдено новостей {found}. Они будут рассказаны по расписанию портала."),
            format!("{identifier} is recounted: {found} news found. They are told by the portal's schedule."),
        )
    }
}
