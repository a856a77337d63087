//! The texts of what can be done about the engines.

use super::Texts;

certlens_domain::fixed_texts! { Texts;
    /// The button.
    fill_clickhouse: "Заполнить ClickHouse", "Fill ClickHouse";
    /// The question before it.
    fill_clickhouse_question: "Перенести в ClickHouse всё, чего в нём нет?", "Copy everything to ClickHouse that it lacks?";
    /// What it does.
    fill_clickhouse_effect: "Если его таблиц нет, они будут созданы. Пока перенос идёт, на поиск отвечает Postgres; миллион документов переносится около минуты.",
        "Its tables are made if they are gone. Until all is copied Postgres answers searches; a million documents take about a minute.";
    /// It was done.
    clickhouse_filled: "В ClickHouse снова всё.", "ClickHouse holds everything again.";
    /// It goes on.
    clickhouse_is_being_filled: "Перенос начат и идёт сам; неполадка исчезнет из обзора, когда он закончится.",
        "The copying has begun and goes on by itself; the problem leaves the overview when it is done.";
    /// An import is running.
    clickhouse_busy: "Сейчас идёт загрузка: она перенесёт недостающее сама. Подождите её конца.",
        "An import is running: it copies what is missing by itself. Wait for its end.";
    /// It failed.
    clickhouse_not_filled: "Не удалось: ClickHouse не отвечает или отказывает. Проверьте, запущен ли он, и повторите.",
        "It failed: ClickHouse does not answer or refuses. Check that it runs, and try again.";
}
