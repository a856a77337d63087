//! The texts of the monitor's frame; those of its screens are in `certlens_monitor`.

use super::{Texts, fixed};
use certlens_domain::language::Language;

fixed! {
    /// The name of the navigation.
    monitor_navigation: "Разделы монитора", "Screens of the monitor";
    /// Only administrators.
    monitor_for_administrators: "Монитор открыт администраторам портала. Попросите администратора дать вам эти права.",
        "The monitor is for administrators of the portal. Ask one of them for this right.";
    /// Whether somebody administers the portal is unknown.
    monitor_unproved: "Портал не ответил, администратор ли вы. Повторите через минуту.",
        "The portal did not say whether you administer it. Try again in a minute.";
    /// Another portal, or something of the operator's.
    monitor_out_of_scope: "Этот раздел показывает данные, которые вам не открыты.",
        "This screen shows data that are not yours to see.";
    /// A link: leave the monitor.
    sign_out: "Выйти", "Sign out";
    /// The button that gives a table as a file.
    export_table: "Скачать CSV", "Download CSV";
    /// While a file is ordered.
    export_busy: "Готовим…", "Preparing…";
    /// The button of filters.
    apply_filters: "Показать", "Show";
    /// A link: no filters.
    reset_filters: "Сбросить", "Reset";
    /// The heading of the column of buttons.
    row_actions: "Действия", "Actions";
    /// Ticks all rows of the page.
    choose_page: "Выбрать все на странице", "Choose all on this page";
    /// Ticks a row.
    choose_row: "Выбрать строку", "Choose row";
    /// With the ticked rows.
    with_chosen: "С выбранными:", "With the chosen rows:";
    /// Nothing is ticked.
    nothing_chosen: "Сначала отметьте строки в таблице.", "Tick rows in the table first.";
    /// The label of the reason in a dialogue.
    reason_label: "Причина (останется в журнале)", "Reason (kept in the log)";
    /// The button that leaves things as they are.
    cancel: "Оставить как есть", "Leave as it is";
    /// While an order is under way.
    order_busy: "Выполняем…", "Working…";
    /// A table follows a chart.
    chart_as_table: "Показать таблицей", "Show as a table";
    /// Column of moments behind a chart.
    chart_time: "Время", "Time";
    /// Nothing is wrong.
    no_problems: "Всё в порядке: ничего не требует внимания.", "All is well: nothing needs attention.";
    /// Heading of what is wrong.
    problems: "Требует внимания", "Needs attention";
    /// Before the moment since when something is wrong.
    since: "с", "since";
    /// Earlier moments of a story.
    earlier: "Раньше", "Earlier";
    /// The page lives.
    live: "Обновляется само", "Updates by itself";
    /// The page does not live.
    not_live: "Связь с сервером прервана, данные на момент открытия", "Connection lost; data as of opening";
    /// The screen that is asked for could not be shown.
    screen_missing: "Здесь ничего нет", "There is nothing here";
    /// What to do then.
    screen_missing_hint: "Возможно, это удалили. Выберите раздел выше.", "Perhaps it was removed. Choose a screen above.";
    /// The session of the monitor is over.
    monitor_session_ended: "Сеанс закончился. Откройте приложение в Битрикс24 заново или войдите снова.",
        "The session has ended. Open the application in Bitrix24 again, or sign in anew.";
    /// The chosen portal can be left.
    leave_portal: "показать все порталы", "show all portals";
    /// A file is being sent.
    sending_file: "Отправляем файл…", "Sending the file…";
    /// No file was chosen.
    choose_file_first: "Сначала выберите файл.", "Choose a file first.";
    /// The bound drawn in a chart.
    chart_limit: "граница", "limit";
}

impl Texts {
    /// Something of ours failed.
    pub fn monitor_failed(self, request_id: Option<&str>) -> String {
        let id = request_id.unwrap_or("—");
        match self.0 {
            Language::Ru => format!(
                "Не получилось: сбой записан под номером {id}. Повторите через минуту; если не поможет, передайте номер тому, кто обслуживает сервис."
            ),
            Language::En => format!(
                "It did not work: the failure is recorded as {id}. Try again in a minute; if that does not help, give this number to whoever runs the service."
            ),
        }
    }
}

impl Texts {
    /// A decimal number as the language writes it.
    pub fn decimal(self, plain: &str) -> String {
        match self.0 {
            Language::Ru => plain.replace('.', ","),
            Language::En => plain.to_owned(),
        }
    }

    /// How long something took.
    pub fn seconds(self, seconds: f64) -> String {
        let (millisecond, second, minute, hour, day) = match self.0 {
            Language::Ru => ("мс", "с", "мин", "ч", "дн."),
            Language::En => ("ms", "s", "min", "h", "d"),
        };
        let (value, unit) = match seconds {
            value if value < 1.0 => (value * 1_000.0, millisecond),
            value if value < 120.0 => (value, second),
            value if value < 7_200.0 => (value / 60.0, minute),
            value if value < 172_800.0 => (value / 3_600.0, hour),
            value => (value / 86_400.0, day),
        };
        let digits = usize::from(value < 10.0 && unit != millisecond);
        self.decimal(&format!("{value:.digits$} {unit}"))
    }
}
