//! The texts of assignments.

use super::Texts;

certlens_domain::fixed_texts! { Texts;
    /// What the screen is.
    assignments_lead: "Кому уходят уведомления и по какому правилу, кого портал не принял и его слова, что назначить некому.",
        "To whom notifications go and by which rule, whom portals refused and in which words, what nobody can take.";
    /// The choice of the time.
    assignments_span: "За время", "Over";
    /// 24 hours.
    assignments_day: "24 часа", "24 hours";
    /// 7 days.
    assignments_week: "7 дней", "7 days";
    /// 30 days.
    assignments_month: "30 дней", "30 days";
    /// Table.
    assignments_rules: "По правилам", "By rule";
    /// Table.
    assignments_people: "По сотрудникам", "By person";
    /// Table.
    assignments_portals: "По порталам", "By portal";
    /// Table.
    assignments_refusals: "Отказы", "Refusals";
    /// Table.
    assignments_stuck: "Назначить некому", "Nobody to take it";
    /// Column.
    assignments_rule: "Правило", "Rule";
    /// Column.
    assignments_person: "Сотрудник", "Person";
    /// Column.
    assignments_items: "Уведомлений", "Notifications";
    /// Column.
    assignments_passed_over: "Пропущено нами", "Passed over by us";
    /// Column.
    assignments_refused: "Отказал портал", "Refused by the portal";
    /// Column.
    assignments_refusals_count: "Отказов", "Refusals";
    /// Column.
    assignments_unassignable: "Назначить некому", "Nobody to take";
    /// Column.
    assignments_words: "Слова портала", "The portal's words";
    /// Filter.
    assignments_user: "Номер сотрудника", "Number of the person";
    /// Nothing.
    assignments_empty: "За это время уведомлений не было.", "There were no notifications in this time.";
    /// Nothing.
    assignments_refusals_empty: "За это время никто не был пропущен.", "Nobody was passed over in this time.";
    /// Nothing.
    assignments_stuck_empty: "Всё назначено.", "Everything is assigned.";
    /// Form.
    assign_one: "Отправить это уведомление сотруднику", "Send this notification to a person";
    /// Form.
    assign_all: "Отправить всё неназначенное сотруднику", "Send everything unassigned to a person";
    /// Its hint.
    assign_hint: "Правила назначения при этом не действуют. Уведомление уйдёт в течение нескольких секунд.",
        "The rules of assignment don't apply then. The notification goes out within seconds.";
    /// Button.
    assign_button: "Отправить", "Send";
    /// To choose.
    assign_choose: "выберите сотрудника", "choose a person";
    /// Nobody was chosen.
    assign_nobody: "Выберите сотрудника, который работает на портале.", "Choose a person who works in the portal.";
    /// Nothing was there to assign.
    assign_nothing: "Назначать уже нечего: обновите страницу.", "There is nothing to assign any more: reload the page.";
    /// What the log calls all of them.
    assign_all_subject: "все неназначенные уведомления", "all unassigned notifications";
}

impl Texts {
    /// The question before items are assigned.
    pub fn assign_question(self, items: Option<usize>, person: &str) -> String {
        match items {
            Some(items) => self.of(
                format!("Отправить уведомления ({items}) сотруднику {person}?"),
                format!("Send notifications ({items}) to {person}?"),
            ),
            None => self.of(
                format!("Отправить все неназначенные уведомления портала сотруднику {person}?"),
                format!("Send all unassigned notifications of the portal to {person}?"),
            ),
        }
    }

    /// Somebody is away.
    pub fn person_is_away(self, until: chrono::NaiveDate) -> String {
        self.of(
            format!("Сотрудник отмечен как отсутствующий до {until}: пока отметка стоит, назначить ему нельзя."),
            format!("The person is noted as away until {until}: as long as that stands, nothing can be assigned to them."),
        )
    }

    /// So many were assigned.
    pub fn assigned(self, items: u64, person: &str) -> String {
        self.of(
            format!("Уйдёт сотруднику {person}: {items}."),
            format!("Goes to {person}: {items}."),
        )
    }
}
