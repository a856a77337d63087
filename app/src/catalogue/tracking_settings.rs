//! The texts of the administrator's choices about tracking.

use super::{Texts, fixed};
use certlens_domain::language::Language;
use certlens_domain::tracking::settings::{DepartedAction, NotifyEvery};
use certlens_domain::tracking::{AssignmentRule, NotificationKind, NotifyScope};

fixed! {
    /// Section heading.
    tracking_settings: "Уведомления о новых документах", "News of documents";
    /// What the section is about.
    tracking_settings_hint: "Так подписки сообщают о новых, приостановленных и истекающих документах. В самой подписке можно выбрать иначе.",
        "This is how subscriptions tell of new, suspended and expiring documents. A subscription may choose otherwise.";
    /// Label: as what news appear.
    what_appears: "Что появляется в CRM", "What appears in the CRM";
    /// Label: how often.
    notification_interval: "Как часто", "How often";
    /// Label: in which cards.
    notification_scope: "В каких карточках", "In which cards";
    /// Label: what becomes of the subscriptions of people who left.
    departed_users: "Подписки уволенных", "Subscriptions of people who left";
    /// Legend: who is responsible.
    assignment: "Кто ответственный", "Who is responsible";
    /// How the rules work.
    assignment_hint: "Правила проверяются сверху вниз. Уволенные, отсутствующие и те, кого отклонил портал, пропускаются.",
        "Rules are asked from the top. People who left, are away or are refused by the portal are passed over.";
    /// Why the rule of department heads finds nobody.
    departments_refused: "Портал не показывает приложению отделы, поэтому правило никого не найдёт:",
        "The portal does not show its departments to the application, so this rule finds nobody:";
    /// Label of the choice of the fallback user.
    fallback_user: "Запасной сотрудник", "Fallback user";
    /// No fallback user.
    nobody: "никто", "nobody";
    /// How choices are saved.
    saved_at_once: "Каждый выбор сохраняется сразу.", "Each choice is saved at once.";
    /// Saved.
    choice_saved: "Сохранено.", "Saved.";
    /// Refused: the fallback user left.
    not_saved_fallback_gone: "Не сохранено: выбранного сотрудника на портале больше нет. Выберите другого.",
        "Not saved: the chosen user is not on the portal any more. Choose another.";
}

impl Texts {
    /// As what news appear.
    pub const fn kind_of_notification(self, kind: NotificationKind) -> &'static str {
        let (ru, en) = match kind {
            NotificationKind::Todo => ("Дело в карточке", "A to-do in the card"),
            NotificationKind::Activity => ("Активность с кнопками", "An activity with buttons"),
            NotificationKind::Task => ("Задача", "A task"),
            NotificationKind::Comment => ("Комментарий в карточке", "A comment in the card"),
            NotificationKind::Im => ("Сообщение в чат", "A message in the messenger"),
        };
        self.either(ru, en)
    }

    /// How often.
    pub fn interval(self, every: NotifyEvery) -> String {
        let (ru, en) = match every {
            NotifyEvery::Service => ("Как принято в сервисе", "As the service does"),
            NotifyEvery::AtOnce => ("Сразу", "At once"),
            NotifyEvery::Every(interval) => {
                let minutes = interval.as_secs() / 60;
                let units = [(24 * 60, "д", "d"), (60, "ч", "h"), (1, "мин", "min")];
                let mut rest = minutes;
                let mut parts: Vec<String> = Vec::new();
                for (unit, ru, en) in units {
                    if rest >= unit {
                        parts.push(format!("{} {}", rest / unit, self.either(ru, en)));
                        rest %= unit;
                    }
                }
                return format!("{} {}", self.either("Раз в", "Every"), parts.join(" "));
            }
        };
        self.either(ru, en).to_owned()
    }

    /// In which cards.
    pub const fn scope_of_notification(self, scope: NotifyScope) -> &'static str {
        let (ru, en) = match scope {
            NotifyScope::Card => (
                "Только в карточке подписки",
                "Only in the card of the subscription",
            ),
            NotifyScope::AllMatching => (
                "Во всех лидах, сделках и компаниях с этим номером",
                "In every lead, deal and company with the number",
            ),
        };
        self.either(ru, en)
    }

    /// What becomes of the subscriptions of people who left.
    pub const fn departed_action(self, action: DepartedAction) -> &'static str {
        let (ru, en) = match action {
            DepartedAction::Archive => ("В архив до возвращения", "Archived until they return"),
            DepartedAction::HandOver => (
                "Ответственному за карточку",
                "To whoever is responsible for the card",
            ),
        };
        self.either(ru, en)
    }

    /// Who is made responsible.
    pub const fn assignment_rule(self, rule: AssignmentRule) -> &'static str {
        let (ru, en) = match rule {
            AssignmentRule::Responsible => ("Ответственный за карточку", "Responsible for the card"),
            AssignmentRule::Subscriber => ("Кто подписался", "Who subscribed"),
            AssignmentRule::Fallback => ("Запасной сотрудник", "Fallback user"),
            AssignmentRule::DepartmentHead => ("Руководитель отдела", "Head of the department"),
        };
        self.either(ru, en)
    }

    /// Label of the button that puts a rule higher.
    pub fn rule_up(self, rule: &str) -> String {
        format!("{}: {rule}", self.either("Выше", "Up"))
    }

    /// Label of the button that puts a rule lower.
    pub fn rule_down(self, rule: &str) -> String {
        format!("{}: {rule}", self.either("Ниже", "Down"))
    }

    /// A user whose name is not known.
    pub fn employee_number(self, id: u64) -> String {
        format!("{} {id}", self.either("Сотрудник", "User"))
    }

    /// A chosen user who is not among those to choose from.
    pub fn somebody_gone(self, id: u64) -> String {
        let gone = self.either("нет в списке портала", "not in the portal's list");
        format!("{} ({gone})", self.employee_number(id))
    }

    const fn either(self, ru: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }
}
