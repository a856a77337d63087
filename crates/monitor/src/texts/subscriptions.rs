//! The texts of subscriptions.

use super::Texts;
use certlens_store::ArchiveReason;

certlens_domain::fixed_texts! { Texts;
    /// What the screen is.
    subscriptions_lead: "Кто о каких контрагентах хочет знать новости. Архивные подписки не удаляются: их можно вернуть.",
        "Who wants news of which counterparties. Archived subscriptions are not deleted: they can be restored.";
    /// Table.
    subscriptions_table: "Подписки", "Subscriptions";
    /// Nothing.
    subscriptions_empty: "Подписок с такими условиями нет. Подписываются во вкладке Certlens карточки или через API.",
        "No subscriptions match. People subscribe in the Certlens tab of a card, programs by the API.";
    /// Column.
    subscriptions_id: "№", "No.";
    /// Column.
    subscriptions_user: "Подписчик", "Subscriber";
    /// Column.
    subscriptions_card: "Карточка", "Card";
    /// Column.
    subscriptions_identifiers: "Идентификаторы", "Identifiers";
    /// Column.
    subscriptions_news: "Новости", "News";
    /// Column.
    subscriptions_state: "Состояние", "State";
    /// Column.
    subscriptions_created: "Создана", "Made";
    /// Column.
    subscriptions_last_news: "Последняя новость", "Latest news";
    /// Filter.
    subscriptions_user_number: "Номер подписчика", "Subscriber's number";
    /// Filter.
    subscriptions_entity: "Тип карточки", "Type of card";
    /// Filter.
    subscriptions_entity_id: "Номер карточки", "Card's number";
    /// Filter.
    subscriptions_identifier: "Идентификатор", "Identifier";
    /// Filter.
    subscriptions_news_kind: "Вид новости", "Kind of news";
    /// Filter.
    subscriptions_reason: "Почему в архиве", "Why archived";
    /// State.
    subscription_active: "активна", "active";
    /// State.
    subscription_muted: "активна, без уведомлений", "active, muted";
    /// State.
    subscription_archived: "в архиве", "archived";
    /// Button.
    subscription_archive: "В архив", "Archive";
    /// Button.
    subscription_restore: "Вернуть", "Restore";
    /// Button.
    subscriptions_archive_chosen: "Выбранные в архив", "Archive the chosen";
    /// Button.
    subscriptions_restore_chosen: "Вернуть выбранные", "Restore the chosen";
    /// Effect.
    subscriptions_archive_effect: "Новости по ним больше не приходят; уже найденные, но не отправленные, не придут. Подписки можно вернуть.",
        "No news come of them any more, nor those that were found and not told yet. The subscriptions can be restored.";
    /// Effect.
    subscriptions_restore_effect: "Новости снова приходят с этого момента; что случилось за время архива, не придёт.",
        "News come again from now on; what happened meanwhile does not.";
    /// Effect.
    subscriptions_move_effect: "Прежние подписки останутся в архиве, новые продолжат с того же места: ни одна новость не потеряется и не повторится.",
        "The former ones stay in the archive, the new ones go on from the same place: no news is lost or repeated.";
    /// Form.
    subscriptions_move: "Передать подписки другому сотруднику", "Move subscriptions to another person";
    /// Its hint.
    subscriptions_move_hint: "Передаются активные подписки и те, что ждут из-за увольнения.",
        "The active ones move, and those that wait because their user left.";
    /// Field.
    subscriptions_move_from: "От кого", "From";
    /// Field.
    subscriptions_move_to: "Кому", "To";
    /// Field.
    subscriptions_move_ids: "Номера подписок через запятую (пусто: все)", "Numbers of subscriptions, by commas (empty: all)";
    /// Button.
    subscriptions_move_button: "Передать", "Move";
    /// Nobody was named.
    subscriptions_move_nobody: "Выберите, от кого и кому передать подписки.", "Choose from whom and to whom subscriptions move.";
    /// Not a list of numbers.
    subscriptions_move_numbers: "Номера подписок — это числа через запятую.", "Numbers of subscriptions are figures, parted by commas.";
    /// The same person.
    subscriptions_move_same: "Это один и тот же сотрудник.", "It is the same person.";
    /// Nothing there.
    subscriptions_none: "Таких подписок уже нет: обновите страницу.", "There are no such subscriptions any more: reload the page.";
    /// More than one portal.
    subscriptions_too_many: "За один раз — не больше 1000 подписок.", "At most 1,000 subscriptions at once.";
}

impl Texts {
    /// Why a subscription is archived.
    pub fn archive_reason(self, reason: ArchiveReason) -> &'static str {
        match reason {
            ArchiveReason::Unsubscribed => self.of("отписался сам", "unsubscribed"),
            ArchiveReason::UserDismissed => self.of("сотрудник уволен", "the user left"),
            ArchiveReason::HandedOver => {
                self.of("передана ответственному", "handed over to the card's responsible")
            }
            ArchiveReason::EntityDeleted => self.of("карточка удалена", "the card was deleted"),
            ArchiveReason::Administrator => self.of("администратор", "an administrator"),
        }
    }

    /// The question before subscriptions are archived.
    pub fn archive_question(self, count: usize) -> String {
        self.of(
            format!("Отправить подписки в архив ({count})?"),
            format!("Archive subscriptions ({count})?"),
        )
    }

    /// The question before subscriptions are restored.
    pub fn restore_question(self, count: usize) -> String {
        self.of(
            format!("Вернуть подписки из архива ({count})?"),
            format!("Restore subscriptions ({count})?"),
        )
    }

    /// The question before subscriptions move.
    pub fn move_question(self, count: usize, to: &str) -> String {
        self.of(
            format!("Передать подписки ({count}) сотруднику {to}?"),
            format!("Move subscriptions ({count}) to {to}?"),
        )
    }

    /// Whose they are.
    pub fn of_whom(self, people: &str) -> String {
        self.of(format!("Чьи: {people}."), format!("Whose: {people}."))
    }

    /// Of which cards.
    pub fn of_cards(self, cards: &str) -> String {
        self.of(format!("Карточки: {cards}."), format!("Cards: {cards}."))
    }

    /// So many more.
    pub fn and_more(self, more: usize) -> String {
        self.of(format!("и ещё {more}"), format!("and {more} more"))
    }

    /// So many were archived.
    pub fn subscriptions_archived(self, count: u64) -> String {
        self.of(format!("В архиве: {count}."), format!("Archived: {count}."))
    }

    /// So many were restored.
    pub fn subscriptions_restored(self, count: u64) -> String {
        self.of(format!("Возвращено: {count}."), format!("Restored: {count}."))
    }

    /// So many were moved.
    pub fn subscriptions_moved(self, count: u64, to: &str) -> String {
        self.of(
            format!("Передано сотруднику {to}: {count}."),
            format!("Moved to {to}: {count}."),
        )
    }

    /// What the log calls them.
    pub fn subscriptions_subject(self, count: usize, first: &str) -> String {
        self.of(
            format!("подписки ({count}): {first}"),
            format!("subscriptions ({count}): {first}"),
        )
    }

    /// What the log calls all of somebody.
    pub fn subscriptions_of(self, user: &str) -> String {
        self.of(
            format!("подписки сотрудника {user}"),
            format!("subscriptions of {user}"),
        )
    }
}
