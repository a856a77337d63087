//! A mapping tried on a real card: which card and which fields are the screen's address, so that a trial changes nothing.

use super::actions::{SettingsAction, SettingsWish};
use crate::action::Action;
use crate::address::Address;
use crate::form::Field;
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Button, Fact, Facts, Notice, Part, Tone};
use crate::table::{Cell, Column, Row, Table};
use crate::texts::Texts;
use crate::viewer::Viewer;
use certlens_portals::{
    CardRefusal, FoundIdentifier, MappingTrial, NamedCard, PortalNotice, PortalsError, SettingsChange,
    SettingsRefused, TrialRefused, TriedField, TriedValue,
};
use certlens_store::{EntityType, FieldMapping, MemberId};

/// What the trial asks for.
pub(super) fn fields(texts: Texts, address: &Address) -> Vec<Field> {
    vec![
        Field::text(
            "trial_card",
            texts.trial_card(),
            address.filter("trial_card"),
            "https://…/crm/deal/details/12/",
        ),
        Field::text(
            "trial_fields",
            texts.trial_fields(),
            address.filter("trial_fields"),
            "UF_CRM_INN, UF_CRM_OGRN",
        ),
    ]
}

/// What came of it; nothing when no card was named.
pub(super) async fn parts(
    monitor: &Monitor,
    view: &View<'_>,
    member_id: &MemberId,
    platform: &certlens_bitrix24::MemberId,
) -> Result<Vec<Part>, ScreenRefused> {
    let texts = view.texts;
    let Some(reference) = view.address.filter("trial_card") else {
        return Ok(Vec::new());
    };
    let Ok(card) = reference.parse::<NamedCard>() else {
        return Ok(vec![refused(texts.trial_no_card())]);
    };
    let wished = wished(view.address);
    let change = wished.as_ref().map_or_else(SettingsChange::default, |names| {
        let names = Some(names.clone());
        match card.entity_type {
            EntityType::Lead => SettingsChange {
                lead: names,
                ..SettingsChange::default()
            },
            EntityType::Deal => SettingsChange {
                deal: names,
                ..SettingsChange::default()
            },
            EntityType::Company => SettingsChange {
                company: names,
                ..SettingsChange::default()
            },
        }
    });
    let found = match view.viewer {
        // With the rights of whoever asks.
        Viewer::Administrator { user_id, .. } => {
            let user = u64::try_from(user_id.0)
                .map(certlens_bitrix24::UserId)
                .map_err(|_| ScreenRefused::NotFound)?;
            monitor.portals.client_of(platform, user).await
        }
        Viewer::Operator { .. } => monitor.portals.background_client(platform).await,
    };
    let client = match found {
        Err(PortalsError::UnknownPortal(_)) => {
            return Ok(vec![refused(&portal_trouble(texts, &PortalNotice::NeedsReauth))]);
        }
        found => found?,
    };
    let trial = match monitor
        .portals
        .try_mapping(platform, &client, card, &change)
        .await
    {
        Ok(trial) => trial,
        Err(error) => return told(texts, error),
    };
    let mut parts = vec![
        Part::Facts(facts(texts, &trial)),
        Part::Table(table(texts, &trial)),
    ];
    if let Some(names) = wished {
        let present = monitor.store.settings(member_id).await?.field_mapping;
        parts.push(Part::Buttons(vec![save(
            texts,
            member_id,
            card.entity_type,
            names,
            present,
        )]));
    }
    Ok(parts)
}

/// The fields that were named; `None`: as it is now.
fn wished(address: &Address) -> Option<Vec<String>> {
    let names: Vec<String> = address
        .filter("trial_fields")?
        .split([',', ';', ' ', '\n'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    (!names.is_empty()).then_some(names)
}

fn refused(sentence: &str) -> Part {
    Part::Notice(Notice {
        tone: Tone::Warning,
        text: sentence.to_owned(),
        links: Vec::new(),
    })
}

fn told(texts: Texts, error: TrialRefused) -> Result<Vec<Part>, ScreenRefused> {
    let sentence = match error {
        TrialRefused::Mapping(SettingsRefused::Portals(PortalsError::Store(error))) => {
            return Err(ScreenRefused::Store(error));
        }
        TrialRefused::Mapping(refused) => super::words::refusal(texts, &refused).sentence,
        TrialRefused::Card(CardRefusal::AccessDenied) => texts.trial_forbidden().to_owned(),
        TrialRefused::Card(CardRefusal::NotFound) => texts.trial_gone().to_owned(),
        TrialRefused::Card(CardRefusal::UnsupportedType) => texts.trial_no_card().to_owned(),
        TrialRefused::Portal(notice) => portal_trouble(texts, &notice),
    };
    Ok(vec![refused(&sentence)])
}

fn portal_trouble(texts: Texts, notice: &PortalNotice) -> String {
    let why = texts.portal_notice(notice);
    let advice = texts.portal_notice_advice(notice);
    texts.of(
        format!("Прочитать карточку не удалось: {why}. {advice}"),
        format!("The card can't be read: {why}. {advice}"),
    )
}

fn identifiers(found: &[FoundIdentifier]) -> Cell {
    if found.is_empty() {
        return Cell::Nothing;
    }
    Cell::Lines(
        found
            .iter()
            .map(|found| found.identifier.value().to_owned())
            .collect(),
    )
}

fn facts(texts: Texts, trial: &MappingTrial) -> Facts {
    let fact = |name: &str, value| Fact {
        name: name.to_owned(),
        value,
    };
    let card = format!(
        "{} {}: {}",
        texts.cards_word(trial.card.entity_type),
        trial.card.id.get(),
        trial.title
    );
    let mut rows = vec![
        fact(texts.trial_of_card(), Cell::Text(card)),
        fact(texts.trial_company(), Cell::text(trial.company.clone())),
        fact(texts.trial_requisites(), identifiers(&trial.of_requisites)),
        fact(texts.trial_searched(), identifiers(&trial.searched)),
    ];
    rows.retain(|fact| fact.value != Cell::Nothing);
    Facts {
        title: Some(texts.trial().to_owned()),
        rows,
    }
}

fn table(texts: Texts, trial: &MappingTrial) -> Table {
    let mut table = Table::new(
        "trial",
        texts.trial(),
        vec![
            Column::text("field", texts.trial_field()),
            Column::text("holds", texts.trial_holds()),
            Column::text("found", texts.trial_found()),
            Column::text("verdict", texts.trial_verdict()),
        ],
        texts.trial_empty(),
    );
    table.rows = trial.fields.iter().map(|field| row(texts, field)).collect();
    table
}

fn row(texts: Texts, field: &TriedField) -> Row {
    let name = match &field.label {
        Some(label) => format!(
            "{}: {label} ({})",
            texts.cards_word(field.entity_type),
            field.name
        ),
        None => format!("{}: {}", texts.cards_word(field.entity_type), field.name),
    };
    let (holds, found, verdict) = match &field.value {
        TriedValue::NoField => (
            Cell::Nothing,
            Cell::Nothing,
            Cell::state(texts.trial_no_field(), Tone::Bad),
        ),
        TriedValue::Empty => (
            Cell::Nothing,
            Cell::Nothing,
            Cell::state(texts.trial_no_value(), Tone::Plain),
        ),
        TriedValue::Text {
            shown,
            identifiers,
            unreadable,
        } => {
            let mut lines: Vec<String> = identifiers
                .iter()
                .map(|identifier| match identifier.reason(texts.language()) {
                    Some(reason) => format!("{}: {reason}", identifier.value()),
                    None => identifier.value().to_owned(),
                })
                .collect();
            lines.extend(unreadable.iter().map(|error| error.explain(texts.language())));
            let verdict = if identifiers.is_empty() {
                Cell::state(texts.trial_no_number(), Tone::Bad)
            } else if identifiers
                .iter()
                .all(certlens_domain::identifier::Identifier::is_valid)
            {
                Cell::state(texts.trial_good(), Tone::Good)
            } else {
                Cell::state(texts.trial_wrong_digit(), Tone::Warning)
            };
            (Cell::Text(shown.clone()), Cell::Lines(lines), verdict)
        }
    };
    Row::new(
        format!("{}:{}", field.entity_type.key(), field.name),
        vec![Cell::Text(name), holds, found, verdict],
    )
}

fn save(
    texts: Texts,
    member_id: &MemberId,
    entity_type: EntityType,
    names: Vec<String>,
    present: FieldMapping,
) -> Button {
    let mut mapping = present;
    match entity_type {
        EntityType::Lead => mapping.lead = names,
        EntityType::Deal => mapping.deal = names,
        EntityType::Company => mapping.company = names,
    }
    let action = Action::Settings(SettingsAction::Change {
        member_id: member_id.clone(),
        wish: Box::new(SettingsWish {
            field_mapping: Some(mapping),
            ..SettingsWish::default()
        }),
    });
    Button::new(texts.trial_save(), &action).asking()
}
