//! The texts of the queue.

use super::Texts;
use certlens_domain::language::Language;
use certlens_store::StuckState;
use certlens_store::queue::{EVENTS, EVERYTHING, ITEMS};

certlens_domain::fixed_texts! { Texts;
    /// What the screen is.
    queue_lead: "Что Certlens делает без участия людей: разбирает события порталов, читает CRM, отправляет уведомления. Что ждёт, что застряло и почему.",
        "What Certlens does without anybody waiting: it works off portals' events, reads CRMs, sends notifications. What waits, what is stuck, and why.";
    /// Table.
    queue_depth: "Сколько работы ждёт", "How much work waits";
    /// Nothing waits.
    queue_depth_empty: "Ничего не ждёт и ничего не выполняется.", "Nothing waits and nothing runs.";
    /// Table.
    queue_stuck: "Застрявшая работа", "Stuck work";
    /// Nothing is stuck.
    queue_stuck_empty: "С такими условиями ничего не застряло.", "Nothing that matches is stuck.";
    /// Table.
    queue_pauses: "Остановлено людьми", "Stopped by people";
    /// Table.
    queue_refusing: "Порталы, которые сейчас ничего не принимают", "Portals that take nothing for now";
    /// Column.
    queue_kind: "Вид работы", "Kind of work";
    /// Column.
    queue_what: "Что", "What";
    /// Column.
    queue_state: "Состояние", "State";
    /// Column.
    queue_pieces: "Штук", "Pieces";
    /// Column.
    queue_oldest: "Самое старое", "Oldest";
    /// Column.
    queue_since: "С", "Since";
    /// Column.
    queue_reason: "Причина", "Reason";
    /// Column.
    queue_attempts: "Попыток", "Attempts";
    /// Column.
    queue_due: "Следующая попытка", "Next attempt";
    /// Column.
    queue_card: "Карточка", "Card";
    /// Column.
    queue_paused_by: "Кто остановил", "Stopped by";
    /// Column.
    queue_until: "До", "Until";
    /// Filter.
    queue_text: "Текст в причине", "Text in the reason";
    /// Button.
    queue_retry: "Повторить", "Retry";
    /// Button.
    queue_retry_chosen: "Повторить выбранное", "Retry the chosen";
    /// Button.
    queue_retry_all: "Повторить всё застрявшее", "Retry everything stuck";
    /// Button.
    queue_discard: "Отказаться", "Discard";
    /// Button.
    queue_discard_chosen: "Отказаться от выбранного", "Discard the chosen";
    /// Button.
    queue_pause: "Остановить", "Pause";
    /// Button.
    queue_resume: "Возобновить", "Resume";
    /// Button.
    queue_try_now: "Попробовать сейчас", "Try now";
    /// Form.
    queue_pause_form: "Остановить работу", "Pause work";
    /// Its hint.
    queue_pause_hint: "Новая работа этого вида не начинается, пока её не возобновят; то, что уже выполняется, закончится. Ничего не теряется.",
        "No work of this kind begins until it is resumed; what is on its way ends. Nothing is lost.";
    /// Discarding needs one.
    reason_needed: "Напишите причину: она останется в журнале.", "Give a reason: it stays in the log.";
    /// Nothing was stuck any more.
    queue_nothing_stuck: "Ничего из этого уже не застряло: обновите страницу.", "None of it is stuck any more: reload the page.";
    /// A kind that does not exist.
    queue_unknown_kind: "Такого вида работы нет.", "There is no such kind of work.";
    /// It was not paused.
    queue_not_paused: "Эта работа не остановлена.", "This work is not paused.";
    /// Effect of a retry.
    queue_retry_effect: "Счётчик попыток начнётся заново. Уведомление, которое портал уже мог получить, сначала ищется в нём: второго не появится.",
        "Attempts are counted anew. A notification that the portal may have already is looked for there first: there will be no second one.";
    /// Effect of a discard.
    queue_discard_effect: "Уведомления не появятся в CRM, их новости больше не придут. События забываются: что изменилось, найдёт ежедневное чтение CRM. Задания порталов остаются: они повторяются сами.",
        "The notifications will not appear in the CRM, and their news don't come again. Events are forgotten: the daily reading of the CRM finds what changed. Portals' jobs stay: they repeat by themselves.";
    /// Effect of a resumption.
    queue_resume_effect: "То, что накопилось, начнётся сразу, в пределах лимита портала.", "What has gathered begins at once, within the portal's limits.";
    /// The screen of one piece of work.
    work_lead: "Всё, что известно об этой работе.", "All that is known of this work.";
    /// Fact.
    work_planned: "Запланировано", "Planned";
    /// Fact.
    work_received: "Получено", "Received";
    /// Fact.
    work_finished: "Завершено", "Finished";
    /// Fact.
    work_subscribers: "Подписчики", "Subscribers";
    /// Fact.
    work_assigned: "Ответственный", "Responsible";
    /// Fact.
    work_object: "Номер в портале", "Number in the portal";
    /// Fact.
    work_uncertain: "Ответ портала неизвестен: перед повтором Certlens поищет уведомление в карточке.",
        "The portal's answer is not known: Certlens looks for the notification in the card before it repeats.";
    /// Fact.
    work_subject: "О чём", "About";
    /// Fact.
    work_unproved: "Событие пришло без подтверждения портала.", "The event came without the portal's proof.";
    /// Fact.
    work_last_started: "Последний запуск", "Last started";
    /// Fact.
    work_last_success: "Последний успех", "Last success";
    /// Fact.
    work_progress: "Что записано", "What was noted";
    /// Table.
    work_refusals: "Кого пропустили", "Who was passed over";
    /// Nobody.
    work_refusals_empty: "Никого.", "Nobody.";
    /// Table.
    work_news: "О чём сообщает", "What it tells";
    /// Nothing.
    work_news_empty: "Новостей нет.", "No news.";
    /// Column.
    work_news_kind: "Новость", "News";
    /// Column.
    work_document: "Документ", "Document";
    /// Column.
    work_identifiers: "Идентификаторы", "Identifiers";
    /// Column.
    work_found: "Найдено", "Found";
    /// Link.
    work_open_card: "Открыть карточку в портале", "Open the card in the portal";
}

impl Texts {
    /// A kind of work.
    pub fn work_kind(self, kind: &str) -> String {
        let (ru, en) = match kind {
            EVERYTHING => ("вся работа", "all work"),
            EVENTS => ("события портала", "portal's events"),
            ITEMS => ("уведомления", "notifications"),
            "crawl" => ("чтение всей CRM", "reading the whole CRM"),
            "catch_up" => ("чтение изменений CRM", "reading CRM changes"),
            "reconcile" => ("проверка привязок", "checking bindings"),
            "mirror" => ("запись в поля карточек", "writing card fields"),
            "detect_fields" => ("поиск полей", "finding fields"),
            "confirm_departure" => ("проверка удаления приложения", "confirming a removal"),
            "staff" => ("чтение сотрудников", "reading people"),
            other => return other.to_owned(),
        };
        self.of(ru, en).to_owned()
    }

    /// What a notification appears as.
    pub fn item_kind(self, kind: &str) -> String {
        let (ru, en) = match kind {
            "todo" => ("дело", "to-do"),
            "activity" => ("дело приложения", "application's activity"),
            "task" => ("задача", "task"),
            "comment" => ("комментарий", "comment"),
            "im" => ("сообщение", "message"),
            other => return other.to_owned(),
        };
        self.of(ru, en).to_owned()
    }

    /// A state of work in the depth of the queue.
    pub fn work_state(self, state: &str) -> String {
        let (ru, en) = match state {
            "waiting" => ("ждёт", "waiting"),
            "running" | "sending" => ("выполняется", "running"),
            "late" => ("не удалось, повторится", "failed, will be retried"),
            "unassignable" => ("некому назначить", "nobody to take it"),
            "dead" | "failed" => ("прекращено", "given up"),
            "sent" => ("отправлено", "sent"),
            "skipped" => ("пропущено по правилу", "skipped by rule"),
            "discarded" => ("отменено человеком", "discarded"),
            "done" => ("сделано", "done"),
            other => return other.to_owned(),
        };
        self.of(ru, en).to_owned()
    }

    /// How work is stuck.
    pub fn stuck_state(self, state: StuckState) -> String {
        self.work_state(state.key())
    }

    /// Why somebody was passed over.
    pub fn refusal_reason(self, reason: &str) -> String {
        let (ru, en) = match reason {
            "dismissed" => ("уволен", "left"),
            "absent" => ("отсутствует", "away"),
            "unknown" => ("портал его не знает", "unknown to the portal"),
            "refused" => ("портал отказал", "the portal refused"),
            other => return other.to_owned(),
        };
        self.of(ru, en).to_owned()
    }

    /// A rule of assignment.
    pub fn assignment_rule(self, rule: &str) -> String {
        let (ru, en) = match rule {
            "responsible" => ("ответственный за карточку", "responsible of the card"),
            "subscriber" => ("подписчик", "subscriber"),
            "fallback" => ("запасной сотрудник", "fallback user"),
            "department_head" => ("руководитель отдела", "head of department"),
            other => return other.to_owned(),
        };
        self.of(ru, en).to_owned()
    }

    /// A kind of news.
    pub fn news_kind(self, kind: &str) -> String {
        let (ru, en) = match kind {
            "new_document" => ("новый документ", "new document"),
            "suspended" => ("приостановлен", "suspended"),
            "terminated" => ("прекращён", "terminated"),
            "expiring" => ("истекает", "expiring"),
            "rf_territory" => ("статус в РФ изменился", "RF status changed"),
            other => return other.to_owned(),
        };
        self.of(ru, en).to_owned()
    }

    /// How many pieces, of which kinds.
    pub fn pieces_of_work(self, items: usize, events: usize, jobs: usize) -> String {
        match self.0 {
            Language::Ru => format!("Уведомлений: {items}, событий: {events}, заданий: {jobs}."),
            Language::En => format!("Notifications: {items}, events: {events}, jobs: {jobs}."),
        }
    }

    /// So many were retried.
    pub fn work_retried(self, pieces: u64) -> String {
        self.of(
            format!("Поставлено на повтор: {pieces}. Итог появится здесь через несколько секунд."),
            format!("Retried: {pieces}. What comes of it shows here within seconds."),
        )
    }

    /// So many were discarded.
    pub fn work_discarded(self, pieces: u64) -> String {
        self.of(format!("Отменено: {pieces}."), format!("Discarded: {pieces}."))
    }

    /// The question before a retry.
    pub fn retry_question(self, pieces: usize) -> String {
        self.of(
            format!("Повторить застрявшую работу ({pieces})?"),
            format!("Retry stuck work ({pieces})?"),
        )
    }

    /// The question before everything is retried.
    pub fn retry_all_question(self, kind: Option<&str>) -> String {
        match kind {
            Some(kind) => {
                let kind = self.work_kind(kind);
                self.of(
                    format!("Повторить всё застрявшее: {kind}?"),
                    format!("Retry everything stuck: {kind}?"),
                )
            }
            None => self
                .of("Повторить всё застрявшее?", "Retry everything stuck?")
                .to_owned(),
        }
    }

    /// The question before a discard.
    pub fn discard_question(self, pieces: usize) -> String {
        self.of(
            format!("Отказаться от застрявшей работы ({pieces})?"),
            format!("Discard stuck work ({pieces})?"),
        )
    }

    /// The question before a pause.
    pub fn pause_question(self, kind: &str, portal: Option<&str>) -> String {
        let kind = self.work_kind(kind);
        match portal {
            Some(portal) => self.of(
                format!("Остановить на портале {portal}: {kind}?"),
                format!("Pause in {portal}: {kind}?"),
            ),
            None => self.of(
                format!("Остановить на всех порталах: {kind}?"),
                format!("Pause in all portals: {kind}?"),
            ),
        }
    }

    /// The question before a resumption.
    pub fn resume_question(self, kind: &str, portal: Option<&str>) -> String {
        let kind = self.work_kind(kind);
        match portal {
            Some(portal) => self.of(
                format!("Возобновить на портале {portal}: {kind}?"),
                format!("Resume in {portal}: {kind}?"),
            ),
            None => self.of(
                format!("Возобновить на всех порталах: {kind}?"),
                format!("Resume in all portals: {kind}?"),
            ),
        }
    }

    /// It is paused.
    pub fn work_paused(self, kind: &str) -> String {
        let kind = self.work_kind(kind);
        self.of(format!("Остановлено: {kind}."), format!("Paused: {kind}."))
    }

    /// It goes on.
    pub fn work_resumed(self, kind: &str) -> String {
        let kind = self.work_kind(kind);
        self.of(format!("Возобновлено: {kind}."), format!("Resumed: {kind}."))
    }
}
