//! The texts of the overview, but for those of problems.

use super::Texts;
use certlens_domain::language::Language;
use certlens_store::{RecountOccasion, RecountState};

certlens_domain::fixed_texts! { Texts;
    /// What the screen is, for the operator.
    overview_lead_of_all: "Что сейчас не так и что с этим делать, а ниже — как идут дела по всем порталам.",
        "What is wrong now and what to do about it; below, how things go in all portals.";
    /// What the screen is, for one portal.
    overview_lead: "Что сейчас не так и что с этим делать, а ниже — как идут дела на портале.",
        "What is wrong now and what to do about it; below, how things go in the portal.";
    /// Figures can't be read.
    no_figures: "Показатели за прошедшее время сейчас не прочитать. Обновите страницу через минуту.",
        "Figures over time can't be read now. Reload in a minute.";
    /// The choice of the span.
    span_choice: "За время", "Over";
    /// A day.
    span_day: "24 часа", "24 hours";
    /// A month.
    span_month: "30 дней", "30 days";
    /// A chart without values.
    chart_empty: "За это время ничего не измерено.", "Nothing was measured in this time.";
    /// Chart.
    chart_search: "Время ответа поиска", "Search latency";
    /// Chart.
    chart_engines: "Кто отвечал на поиск", "Who answered searches";
    /// Chart.
    chart_opens: "Время открытия карточки", "Card opening time";
    /// Chart.
    chart_queue: "Очередь по видам работы", "Queue by kind of work";
    /// Chart.
    chart_items: "Уведомления", "Notifications";
    /// Chart.
    chart_recounts: "Пересчёты", "Recounts";
    /// Chart.
    chart_rest: "Запросы к порталам", "Requests to portals";
    /// Chart.
    chart_imports: "Строки загрузок", "Rows of imports";
    /// Chart.
    chart_memory: "Память сервера", "Memory of the server";
    /// Unit.
    milliseconds: "мс", "ms";
    /// Unit.
    seconds_unit: "с", "s";
    /// Unit.
    megabytes: "МБ", "MB";
    /// Unit.
    searches_unit: "поисков", "searches";
    /// Unit.
    pieces_unit: "штук", "pieces";
    /// Unit.
    requests_unit: "запросов", "requests";
    /// Unit.
    rows_unit: "строк", "rows";
    /// Line.
    slowest: "самый долгий", "longest";
    /// Line.
    late_by: "опоздание", "late by";
    /// Line and column.
    rest_calls: "Запросы", "Requests";
    /// Line.
    rest_throttled: "не хватило лимита", "no room in the budget";
    /// Line.
    rest_errors: "отказы и молчание", "refused or unanswered";
    /// Line.
    rows_stored: "новые и изменённые", "new and changed";
    /// Line.
    rows_rejected: "отвергнутые", "rejected";
    /// Line.
    largest_server: "самый большой процесс", "largest process";
    /// Figure.
    figure_search: "Поиск, p95", "Search, p95";
    /// Figure.
    figure_searches: "Поисков", "Searches";
    /// Figure.
    figure_search_failures: "Без ответа", "Unanswered";
    /// Figure.
    figure_cache: "Из кэша", "From the cache";
    /// Figure.
    figure_queue: "В очереди", "In the queue";
    /// Figure.
    figure_dead: "Не удалось совсем", "Given up";
    /// Figure.
    figure_recount: "С последнего пересчёта", "Since the last recount";
    /// Figure.
    figure_sent: "Уведомлений отправлено", "Notifications sent";
    /// Figure.
    figure_portals: "Порталов", "Portals";
    /// Figure.
    figure_tokens: "Живых токенов", "Living tokens";
    /// Figure.
    figure_budget: "Лимит самого занятого портала", "Busiest portal's budget";
    /// Figure.
    figure_servers: "Серверов", "Servers";
    /// Figure.
    figure_backup: "Возраст резервной копии", "Age of the last backup";
    /// A recount is running.
    runs_now: "идёт сейчас", "one is running";
    /// Table.
    table_registries: "Реестры", "Registries";
    /// Column.
    column_registry: "Реестр", "Registry";
    /// Column.
    column_documents: "Документов", "Documents";
    /// Column.
    column_data: "Самый новый документ", "Newest document";
    /// Column.
    column_imported: "Загружен", "Imported";
    /// The registries could not be read.
    registries_unknown: "Состояние реестров сейчас не узнать: причина — среди неполадок вверху.",
        "The registries can't be read now: the reason is among the problems above.";
    /// A registry without documents.
    never_loaded: "не загружался", "never loaded";
    /// Column.
    column_run: "№", "No.";
    /// Column.
    column_began: "Начат", "Began";
    /// Column.
    column_occasion: "Повод", "Occasion";
    /// Column.
    column_state: "Состояние", "State";
    /// Column.
    column_took: "Длился", "Took";
    /// Column.
    column_identifiers: "Идентификаторов", "Identifiers";
    /// Column.
    column_found: "Новостей", "News";
    /// No recounts yet.
    no_recounts: "Пересчётов ещё не было: первый начнётся сам.", "There has been no recount yet: the first begins by itself.";
    /// Column.
    column_busiest: "В самый занятый час", "In the busiest hour";
    /// Column.
    column_share: "Доля лимита в этот час", "Share of the budget in that hour";
    /// No calls.
    no_calls: "Запросов к порталам за это время не было.", "There were no requests to portals in this time.";
}

impl Texts {
    /// The name of an engine.
    pub(crate) fn engine(self, key: &str) -> &'static str {
        match key {
            "cache" => self.of("кэш", "cache"),
            "clickhouse" => "ClickHouse",
            _ => "Postgres",
        }
    }

    /// What became of an item.
    pub(crate) fn item_outcome(self, key: &str) -> &'static str {
        match key {
            "sent" => self.of("отправлено", "sent"),
            "unassignable" => self.of("некому назначить", "nobody to assign to"),
            _ => self.of("не доставлено", "given up"),
        }
    }

    /// A whole number with its thousands apart.
    pub(crate) fn number(self, number: i64) -> String {
        let digits = number.unsigned_abs().to_string();
        let separator = self.of('\u{a0}', ',');
        let mut text = String::with_capacity(digits.len() + 4);
        if number < 0 {
            text.push('-');
        }
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }

    /// Seconds as milliseconds.
    pub(crate) fn milliseconds_of(self, seconds: f64) -> String {
        let milliseconds = seconds * 1000.0;
        if milliseconds < 10.0 {
            format!("{milliseconds:.1} {}", self.milliseconds())
        } else {
            format!("{milliseconds:.0} {}", self.milliseconds())
        }
    }

    /// Who answered.
    pub(crate) fn shares(self, cache: i64, clickhouse: i64, postgres: i64) -> String {
        self.of(
            format!("кэш {cache} %, ClickHouse {clickhouse} %, Postgres {postgres} %"),
            format!("cache {cache} %, ClickHouse {clickhouse} %, Postgres {postgres} %"),
        )
    }

    /// Of so many questions.
    pub(crate) fn of_questions(self, questions: i64) -> String {
        let questions = self.number(questions);
        self.of(
            format!("из {questions} вопросов"),
            format!("of {questions} questions"),
        )
    }

    /// The age of the oldest.
    pub(crate) fn oldest(self, age: &str) -> String {
        self.of(format!("самой старой — {age}"), format!("the oldest for {age}"))
    }

    /// The next one.
    pub(crate) fn next_in(self, time: &str) -> String {
        self.of(format!("следующий через {time}"), format!("the next in {time}"))
    }

    /// The next one is late.
    pub(crate) fn overdue_by(self, time: &str) -> String {
        self.of(
            format!("следующий опаздывает на {time}"),
            format!("the next is {time} late"),
        )
    }

    /// Portals that do not work.
    pub(crate) fn other_portals(self, portals: i64) -> String {
        self.of(
            format!("ещё {portals} приостановлены или без доступа"),
            format!("{portals} more are suspended or closed to us"),
        )
    }

    /// Chains that ended.
    pub(crate) fn ended_chains(self, ended: i64, without: i64) -> String {
        self.of(
            format!("закончились {ended}; порталов без токена: {without}"),
            format!("{ended} ended; portals without one: {without}"),
        )
    }

    /// What slows requests down.
    pub(crate) fn parked(self, slowed: i64, parked: i64) -> String {
        self.of(
            format!("замедлено порталов: {slowed}, закрыто методов: {parked}"),
            format!("portals slowed down: {slowed}, methods closed: {parked}"),
        )
    }

    /// Servers that leave ClickHouse alone.
    pub(crate) fn breakers(self, open: usize) -> String {
        if open == 0 {
            self.of(
                "все спрашивают ClickHouse или обходятся без него",
                "all ask ClickHouse, or have none",
            )
            .to_owned()
        } else {
            self.of(
                format!("не спрашивают ClickHouse: {open}"),
                format!("do not ask ClickHouse: {open}"),
            )
        }
    }

    /// The table of recounts.
    pub(crate) fn table_recounts(self, every: &str) -> String {
        self.of(
            format!("Последние пересчёты (срок — раз в {every})"),
            format!("Latest recounts (due every {every})"),
        )
    }

    /// The table of budgets.
    pub(crate) fn table_budgets(self, span: &str) -> String {
        self.of(
            format!("Запросы к порталам за {span}"),
            format!("Requests to portals over {span}"),
        )
    }

    /// Why a recount ran.
    pub(crate) const fn recount_occasion(self, occasion: RecountOccasion) -> &'static str {
        match (self.0, occasion) {
            (Language::Ru, RecountOccasion::Schedule) => "по расписанию",
            (Language::Ru, RecountOccasion::Import) => "после загрузки",
            (Language::Ru, RecountOccasion::Command) => "команда",
            (Language::Ru, RecountOccasion::Interface) => "по просьбе",
            (Language::En, RecountOccasion::Schedule) => "schedule",
            (Language::En, RecountOccasion::Import) => "after an import",
            (Language::En, RecountOccasion::Command) => "command",
            (Language::En, RecountOccasion::Interface) => "on request",
        }
    }

    /// How far a recount is.
    pub(crate) const fn recount_state(self, state: RecountState) -> &'static str {
        match (self.0, state) {
            (Language::Ru, RecountState::Requested) => "ждёт",
            (Language::Ru, RecountState::Running) => "идёт",
            (Language::Ru, RecountState::Done) => "готов",
            (Language::Ru, RecountState::Failed) => "не удался",
            (Language::En, RecountState::Requested) => "waits",
            (Language::En, RecountState::Running) => "runs",
            (Language::En, RecountState::Done) => "done",
            (Language::En, RecountState::Failed) => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0")]
    #[case(999, "999")]
    #[case(1_000, "1,000")]
    #[case(-1_234_567, "-1,234,567")]
    fn thousands_stand_apart(#[case] number: i64, #[case] expected: &str) {
        assert_eq!(Texts(Language::En).number(number), expected);
    }
}
