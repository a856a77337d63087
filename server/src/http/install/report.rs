//! An installation's report in people's words. Pure.

use crate::http::error::ProblemKind;
use crate::http::page::StepLine;
use certlens_domain::language::Language;
use certlens_portals::{
    BindingOutcome, InstallationReport, PortalNotice, Step, StepFailure, StepName, StepOutcome,
};

/// The problem that leaves nothing to report: a user who may not install, an application that may do nothing.
pub(super) fn forbidding(report: &InstallationReport) -> Option<ProblemKind> {
    match report.first_failure() {
        Some((_, StepFailure::NotAdministrator)) => Some(ProblemKind::AdministratorRequired),
        Some((_, StepFailure::ScopeMissing)) if !report.complete => Some(ProblemKind::ScopeMissing),
        _ => None,
    }
}

/// Title and first paragraph.
pub(super) fn headline(report: &InstallationReport, language: Language) -> (&'static str, &'static str) {
    match (report.complete, language) {
        (true, Language::Ru) => (
            "Certlens установлен",
            "Откройте карточку лида, сделки или компании: в ней появилась вкладка Certlens.",
        ),
        (true, Language::En) => (
            "Certlens is installed",
            "Open the card of a lead, a deal or a company: it has a new tab, \"Certlens\".",
        ),
        (false, Language::Ru) => (
            "Установка не завершена",
            "Один из шагов не удался. Исправьте причину и повторите: сделанное не пропадёт.",
        ),
        (false, Language::En) => (
            "The installation is not complete",
            "One of the steps failed. Remove the cause and try again: what was done stays.",
        ),
    }
}

/// The button that repeats everything.
pub(super) const fn again(language: Language) -> &'static str {
    match language {
        Language::Ru => "Повторить установку",
        Language::En => "Install again",
    }
}

/// Each step with its outcome; bindings that the portal refused are named.
pub(super) fn lines(report: &InstallationReport, language: Language) -> Vec<StepLine> {
    report
        .steps
        .iter()
        .map(|step| StepLine {
            name: name(step.name, language).to_owned(),
            state: state(&step.outcome),
            reason: reason(report, step, language),
        })
        .collect()
}

const fn state(outcome: &StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done | StepOutcome::AlreadyDone => "done",
        StepOutcome::Failed(_) => "failed",
        StepOutcome::Skipped => "skipped",
    }
}

const fn name(step: StepName, language: Language) -> &'static str {
    let (ru, en) = match step {
        StepName::Proof => ("Портал подтверждён", "The portal is confirmed"),
        StepName::Administrator => ("Права администратора", "Administrator's rights"),
        StepName::Storage => ("Доступ сохранён", "Access is stored"),
        StepName::Tabs => (
            "Вкладки в карточках лидов, сделок и компаний",
            "Tabs in the cards of leads, deals and companies",
        ),
        StepName::Events => (
            "Подписка на изменения в CRM",
            "Subscription to changes in the CRM",
        ),
        StepName::Schedule => ("Чтение CRM запланировано", "Reading of the CRM is scheduled"),
    };
    match language {
        Language::Ru => ru,
        Language::En => en,
    }
}

fn reason(report: &InstallationReport, step: &Step, language: Language) -> Option<String> {
    let StepOutcome::Failed(failure) = &step.outcome else {
        return None;
    };
    let mut sentence = sentence(failure, language).to_owned();
    if let StepFailure::Refused(words) = failure {
        sentence = format!("{sentence} {words}");
    }
    let refused = report.bindings.iter().filter_map(|binding| {
        let is_of_step = binding.is_placement == (step.name == StepName::Tabs);
        match &binding.outcome {
            BindingOutcome::Failed(words) if is_of_step => Some(format!("{}: {words}", binding.name)),
            _ => None,
        }
    });
    if matches!(step.name, StepName::Tabs | StepName::Events) {
        for line in refused {
            sentence = format!("{sentence} {line}.");
        }
    }
    if step.name == StepName::Events {
        sentence.push_str(match language {
            Language::Ru => " Вкладки работают; подписка повторится сама в течение часа.",
            Language::En => " The tabs work; the subscription is tried again within an hour.",
        });
    }
    Some(sentence)
}

const fn sentence(failure: &StepFailure, language: Language) -> &'static str {
    let (ru, en) = match failure {
        StepFailure::NotAdministrator => (
            "Установить приложение может только администратор портала.",
            "Only an administrator of the portal can install the application.",
        ),
        StepFailure::ScopeMissing => (
            "Приложению не хватает прав «crm» и «placement»: добавьте их в его настройках.",
            "The application lacks the rights \"crm\" and \"placement\": add them in its settings.",
        ),
        StepFailure::Refused(_) => ("Портал отказал:", "The portal refused:"),
        StepFailure::Store => (
            "Наша база данных не ответила. Повторите через минуту.",
            "Our database did not answer. Try again in a minute.",
        ),
        StepFailure::Portal(PortalNotice::Throttled) => (
            "Портал принимает слишком много запросов. Повторите через минуту.",
            "The portal is taking too many requests. Try again in a minute.",
        ),
        StepFailure::Portal(PortalNotice::PaymentRequired) => (
            "Подписка приложения закончилась. Продлите её и повторите.",
            "The application's subscription is over. Renew it and try again.",
        ),
        StepFailure::Portal(PortalNotice::NotOperational) => (
            "Портал не выполняет запросы приложений: возможно, закончилась его лицензия.",
            "The portal does not carry out applications' requests: its licence may have ended.",
        ),
        StepFailure::Portal(_) => (
            "Портал не выполнил запрос. Повторите через минуту.",
            "The portal did not carry out the request. Try again in a minute.",
        ),
    };
    match language {
        Language::Ru => ru,
        Language::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_portals::BindingReport;

    fn report(tabs: StepOutcome, events: StepOutcome, complete: bool) -> InstallationReport {
        let step = |name, outcome| Step { name, outcome };
        InstallationReport {
            steps: vec![
                step(StepName::Proof, StepOutcome::Done),
                step(StepName::Tabs, tabs),
                step(StepName::Events, events),
            ],
            bindings: vec![BindingReport {
                name: "ONCRMLEADADD".to_owned(),
                is_placement: false,
                outcome: BindingOutcome::Failed("Event not found".to_owned()),
            }],
            complete,
        }
    }

    #[test]
    fn a_refused_event_is_named_and_said_to_be_repeated() {
        let refused = StepOutcome::Failed(StepFailure::Refused("Event not found".to_owned()));

        let lines = lines(&report(StepOutcome::Done, refused, true), Language::En);

        assert_eq!(lines[2].state, "failed");
        let reason = lines[2].reason.as_deref().unwrap();
        assert!(reason.contains("ONCRMLEADADD: Event not found"), "{reason}");
        assert!(reason.contains("within an hour"), "{reason}");
    }

    #[test]
    fn a_missing_administrator_leaves_nothing_to_report() {
        let failed = |failure| report(StepOutcome::Failed(failure), StepOutcome::Skipped, false);

        assert_eq!(
            forbidding(&failed(StepFailure::NotAdministrator)),
            Some(ProblemKind::AdministratorRequired)
        );
        assert_eq!(forbidding(&failed(StepFailure::Store)), None);
    }
}
