//! What the CRM says now, merged with what people decided earlier. Pure.

use certlens_domain::selection::{
    CardSelection, MOST_REMOVED_SHOWN, Mirror, RemovedIdentifier, SelectedIdentifier, SelectionOrigin,
};
use certlens_store::{CardMemory, Deed, ProposedIdentifier, RememberedIdentifier};

use super::checks;
use crate::card::{CardIdentity, FoundIdentifier, IdentifierOrigin};

/// An identifier that the CRM holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    value: String,
    origin: SelectionOrigin,
    note: Option<String>,
    /// The title of the company that it stands at, where that is not the card's own item.
    company: Option<String>,
}

impl Found {
    fn of(found: &FoundIdentifier, company: Option<&str>) -> Self {
        let (origin, note) = match &found.origin {
            IdentifierOrigin::Requisite(title) => (SelectionOrigin::Requisite, title),
            IdentifierOrigin::Field { name, label } => {
                (SelectionOrigin::Field, label.as_ref().unwrap_or(name))
            }
        };
        Self {
            value: found.identifier.value().to_owned(),
            origin,
            note: checks::note(note),
            company: company.and_then(checks::note),
        }
    }

    pub(super) fn proposal(&self) -> ProposedIdentifier {
        ProposedIdentifier {
            value: self.value.clone(),
            origin: self.origin,
            origin_note: self.note.clone(),
        }
    }
}

/// What the CRM holds for a card: its own identifiers, then those of its companies, each once.
pub(super) fn found(card: &CardIdentity) -> Vec<Found> {
    let own = card.own.iter().map(|found| Found::of(found, None));
    let of_companies = card.companies.iter().flat_map(|company| {
        let of_company = |found| Found::of(found, Some(&company.title));
        company.identifiers.iter().map(of_company)
    });
    let mut all: Vec<Found> = Vec::new();
    for found in own.chain(of_companies) {
        if !all.iter().any(|other| other.value == found.value) {
            all.push(found);
        }
    }
    all
}

/// The selection: what was found is chosen unless somebody switched it off or removed it, and what was remembered
/// stays when the CRM loses it.
pub(super) fn merged(found: &[Found], memory: &CardMemory, mirror: Option<Mirror>) -> CardSelection {
    let of_found = |value: &str| found.iter().find(|found| found.value == value);
    let remembered = |value: &str| memory.identifiers.iter().find(|known| known.value == value);
    let in_crm = found
        .iter()
        .map(|found| (remembered(&found.value), found))
        .filter(|(known, _)| known.is_none_or(|known| known.removed.is_none()))
        .map(|(known, found)| match known {
            Some(known) => of_remembered(known, Some(found)),
            None => untouched(found),
        });
    let beside = memory
        .identifiers
        .iter()
        .filter(|known| known.removed.is_none() && of_found(&known.value).is_none())
        .map(|known| of_remembered(known, None));
    let mut removed: Vec<(&RememberedIdentifier, &Deed)> = memory
        .identifiers
        .iter()
        .filter_map(|known| Some((known, known.removed.as_ref()?)))
        .collect();
    removed.sort_by_key(|(_, removal)| std::cmp::Reverse(removal.at));
    CardSelection {
        revision: memory.revision,
        identifiers: in_crm.chain(beside).collect(),
        removed: removed
            .into_iter()
            .take(MOST_REMOVED_SHOWN)
            .map(|(known, removal)| RemovedIdentifier {
                identifier: of_remembered(known, of_found(&known.value)),
                removed_by: Some(person(removal)),
                removed_at: removal.at,
            })
            .collect(),
        mirror,
    }
}

/// What the CRM proposes and nobody touched.
fn untouched(found: &Found) -> SelectedIdentifier {
    SelectedIdentifier {
        value: found.value.clone(),
        label: None,
        chosen: true,
        origin: found.origin,
        origin_note: found.note.clone(),
        company: found.company.clone(),
        in_crm: true,
        added_by: None,
        added_at: None,
        changed_by: None,
        changed_at: None,
    }
}

fn of_remembered(known: &RememberedIdentifier, found: Option<&Found>) -> SelectedIdentifier {
    let (origin, origin_note) = match found {
        Some(found) => (found.origin, found.note.clone()),
        None => (known.origin, known.origin_note.clone()),
    };
    SelectedIdentifier {
        value: known.value.clone(),
        label: known.label.clone(),
        chosen: known.chosen,
        origin,
        origin_note,
        company: found.and_then(|found| found.company.clone()),
        in_crm: found.is_some(),
        added_by: known.added.as_ref().map(person),
        added_at: known.added.as_ref().map(|deed| deed.at),
        changed_by: known.changed.as_ref().map(person),
        changed_at: known.changed.as_ref().map(|deed| deed.at),
    }
}

/// A name, or the user's number while no name is known.
fn person(deed: &Deed) -> String {
    deed.name.clone().unwrap_or_else(|| deed.user.to_string())
}

#[cfg(test)]
mod tests;
