//! Stages of leads and deals in their order, and sources, with their names.

use super::visitor::Visitor;
use crate::state::crm::{EntityKind, Item};

/// Code, English name, Russian name.
type Named = (&'static str, &'static str, &'static str);

const LEAD_STAGES: [Named; 5] = [
    ("NEW", "New", "Новый"),
    ("IN_PROCESS", "In work", "В работе"),
    ("PROCESSED", "Qualified", "Обработан"),
    ("CONVERTED", "Won", "Принят"),
    ("JUNK", "Lost", "Отклонён"),
];

const DEAL_STAGES: [Named; 6] = [
    ("NEW", "New", "Новая"),
    ("PREPARATION", "Documents", "Документы"),
    ("EXECUTING", "In progress", "В работе"),
    ("FINAL_INVOICE", "Invoice", "Счёт"),
    ("WON", "Won", "Успешна"),
    ("LOSE", "Lost", "Провалена"),
];

/// The stages of an item's type by name, and which of them is reached; none for companies.
pub(super) fn stages(visitor: &Visitor, item: &Item<'_>) -> Option<(Vec<&'static str>, usize)> {
    let (stages, code): (&[Named], String) = match item.kind {
        EntityKind::Lead => (&LEAD_STAGES, item.text("STATUS_ID")),
        EntityKind::Deal => (&DEAL_STAGES, item.text("STAGE_ID")),
        EntityKind::Company | EntityKind::Contact => return None,
    };
    // A lost item is shown at the end of the way; for others the loss is no step.
    let lost = stages.last().is_some_and(|(last, _, _)| *last == code);
    let stages = if lost {
        stages
    } else {
        &stages[..stages.len().saturating_sub(1)]
    };
    let reached = stages
        .iter()
        .position(|(known, _, _)| *known == code)
        .unwrap_or(0);
    let names = stages
        .iter()
        .map(|(_, english, russian)| {
            if visitor.language == "ru" {
                *russian
            } else {
                *english
            }
        })
        .collect();
    Some((names, reached))
}

/// The name of the stage that is reached.
pub(super) fn current(visitor: &Visitor, item: &Item<'_>) -> Option<(&'static str, usize)> {
    let (names, reached) = stages(visitor, item)?;
    Some((names.get(reached).copied()?, reached))
}

const SOURCES: [Named; 4] = [
    ("WEB", "Website", "Сайт"),
    ("CALL", "Call", "Звонок"),
    ("EMAIL", "E-mail", "Почта"),
    ("TRADE_SHOW", "Exhibition", "Выставка"),
];

/// The name of a source; a code without a name here as it is.
pub(crate) fn source(visitor: &Visitor, code: &str) -> String {
    SOURCES
        .iter()
        .find(|(known, _, _)| *known == code)
        .map_or(code, |(_, english, russian)| {
            if visitor.language == "ru" {
                russian
            } else {
                english
            }
        })
        .to_owned()
}
