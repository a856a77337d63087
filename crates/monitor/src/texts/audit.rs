//! The texts of the audit log.

use super::Texts;
use certlens_store::AuditOutcome;

certlens_domain::fixed_texts! { Texts;
    /// What the screen is.
    audit_lead: "Кто, когда и что сделал: каждое действие человека в мониторе, с причиной и с тем, что было и стало.",
        "Who did what, and when: every action of a person in the monitor, with its reason, and what was before and after.";
    /// Column.
    audit_at: "Когда", "When";
    /// Column.
    audit_actor: "Кто", "Who";
    /// Column.
    audit_action: "Действие", "Action";
    /// Column.
    audit_subject: "Над чем", "On what";
    /// Column.
    audit_reason: "Причина", "Reason";
    /// Column.
    audit_change: "Было → стало", "Before → after";
    /// Column.
    audit_outcome: "Итог", "Outcome";
    /// Column.
    audit_request: "Запрос", "Request";
    /// Filter.
    audit_from: "С", "From";
    /// Filter.
    audit_to: "По", "To";
    /// Nothing there.
    audit_empty: "Записей с такими условиями нет. Журнал пополняется с первым действием в мониторе.",
        "No entries match. The log fills with the first action in the monitor.";
    /// The operator without a name.
    operator: "оператор", "operator";
}

impl Texts {
    /// What came of an action.
    pub const fn audit_outcome_word(self, outcome: AuditOutcome) -> &'static str {
        use certlens_domain::language::Language;
        let (ru, en) = match outcome {
            AuditOutcome::Begun => ("начато, конца нет", "begun, no end"),
            AuditOutcome::Done => ("сделано", "done"),
            AuditOutcome::Refused => ("отказано", "refused"),
            AuditOutcome::Failed => ("сбой", "failed"),
        };
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }
}
