//! The texts of people.

use super::Texts;
use certlens_store::PersonState;

certlens_domain::fixed_texts! { Texts;
    /// What the screen is.
    people_lead: "Сотрудники портала: кто работает, отсутствует или уволен, и сколько у кого подписок. От этого зависит, кому уходят уведомления.",
        "The people of a portal: who works there, is away or left, and how many subscriptions they have. Whom notifications go to depends on it.";
    /// Table.
    people_table: "Сотрудники", "People";
    /// Nothing.
    people_empty: "Сотрудников с такими условиями нет. Если список пуст совсем, прочитайте его заново.",
        "Nobody matches. If the list is empty altogether, read it anew.";
    /// Column.
    people_name: "Имя", "Name";
    /// Column.
    people_state: "Состояние", "State";
    /// Column.
    people_absent: "Отсутствует до", "Away until";
    /// Column.
    people_dismissed: "Замечено увольнение", "Noticed to have left";
    /// Column.
    people_subscriptions: "Подписок", "Subscriptions";
    /// Column.
    people_waiting: "Ждут передачи", "Wait for somebody";
    /// Filter.
    people_text: "Имя или номер", "Name or number";
    /// Filter.
    people_with_subscriptions: "Только с подписками", "With subscriptions only";
    /// Fact.
    people_read: "Список сотрудников прочитан", "The list of people was read";
    /// Fact.
    people_departments_read: "Отделы прочитаны", "Departments were read";
    /// Fact.
    people_departments_refused: "Портал не показывает отделы", "The portal does not show departments";
    /// Fact.
    people_read_error: "Последнее чтение не удалось", "The latest reading failed";
    /// Fact.
    people_next_reading: "Следующее чтение", "Next reading";
    /// Never.
    people_never: "ни разу", "never";
    /// Button.
    people_read_now: "Прочитать список сейчас", "Read the list now";
    /// Question.
    people_read_question: "Прочитать список сотрудников портала сейчас?", "Read the portal's list of people now?";
    /// Effect.
    people_read_effect: "Это один-два запроса к порталу. Подписки уволенных уйдут в архив или к ответственным, неназначенные уведомления будут опробованы снова.",
        "It takes one or two requests to the portal. Subscriptions of those who left go to the archive or to the cards' responsible; unassigned notifications are tried again.";
    /// Done.
    people_reading: "Список будет прочитан в течение нескольких секунд.", "The list is read within seconds.";
    /// The log.
    people_read_subject: "список сотрудников", "list of people";
    /// Link.
    people_their_subscriptions: "Подписки сотрудника", "Their subscriptions";
    /// Form.
    absence_form: "Отсутствие", "Absence";
    /// Its hint.
    absence_hint: "До этого дня включительно уведомления сотруднику не назначаются: сработает следующее правило. Пустой день — сотрудник на месте.",
        "Up to and including this day nothing is assigned to the person: the next rule applies. No day: the person is there.";
    /// Field.
    absence_until: "По какой день", "Until";
    /// Button.
    absence_button: "Сохранить", "Save";
    /// Not a day.
    absence_no_day: "Укажите день, например 2027-01-15, или оставьте пустым.", "Give a day such as 2027-01-15, or none.";
    /// A day that is over.
    absence_past: "Этот день уже прошёл. Чтобы отметить, что сотрудник на месте, оставьте день пустым.",
        "This day is over. Leave the day empty to say that the person is there.";
    /// Unknown person.
    person_unknown: "О таком сотруднике ничего не известно: прочитайте список заново.",
        "Nothing is known of this person: read the list anew.";
    /// Done.
    absence_ended: "Сотрудник на месте.", "The person is there.";
}

impl Texts {
    /// How somebody stands.
    pub fn person_state(self, state: PersonState) -> &'static str {
        match state {
            PersonState::Active => self.of("работает", "works there"),
            PersonState::Absent => self.of("отсутствует", "away"),
            PersonState::Administrator => self.of("администратор", "administrator"),
            PersonState::Dismissed => self.of("уволен", "left"),
            PersonState::Unknown => self.of("портал не показывает", "not listed by the portal"),
        }
    }

    /// The question before an absence is noted.
    pub fn absence_question(self, person: &str, until: Option<chrono::NaiveDate>) -> String {
        match until {
            Some(until) => self.of(
                format!("Отметить, что {person} отсутствует до {until} включительно?"),
                format!("Note that {person} is away up to and including {until}?"),
            ),
            None => self.of(
                format!("Отметить, что {person} на месте?"),
                format!("Note that {person} is there?"),
            ),
        }
    }

    /// The absence is noted.
    pub fn absence_noted(self, until: chrono::NaiveDate) -> String {
        self.of(
            format!("Отсутствует до {until} включительно."),
            format!("Away up to and including {until}."),
        )
    }
}
