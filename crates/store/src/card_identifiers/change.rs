//! What changes do to what is remembered of a card. Pure.

use super::{Deed, ProposedIdentifier, RememberedIdentifier};
use certlens_domain::selection::{CardChange, MOST_REMEMBERED};
use std::collections::BTreeSet;

/// What changes did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// The values that were added or changed.
    pub(super) touched: BTreeSet<String>,
    /// The values that made room for others.
    pub(super) forgotten: BTreeSet<String>,
}

impl Effect {
    pub(super) fn is_nothing(&self) -> bool {
        self.touched.is_empty() && self.forgotten.is_empty()
    }
}

/// No more identifiers can be remembered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

/// Carries changes out in their order.
pub(super) fn carry_out(
    identifiers: &mut Vec<RememberedIdentifier>,
    changes: &[CardChange],
    proposed: &[ProposedIdentifier],
    deed: &Deed,
) -> Result<Effect, Full> {
    let mut effect = Effect::default();
    for change in changes {
        if apply(identifiers, change, proposed, deed) {
            effect.touched.insert(change.value().to_owned());
        }
    }
    // One that came back belongs behind those that were there.
    identifiers.sort_by_key(|identifier| identifier.remembered_at);
    while identifiers.len() > MOST_REMEMBERED {
        let forgotten = identifiers.remove(most_forgettable(identifiers, proposed).ok_or(Full)?);
        effect.touched.remove(&forgotten.value);
        effect.forgotten.insert(forgotten.value);
    }
    Ok(effect)
}

/// The oldest removal of what the CRM doesn't propose: forgetting that of what it proposes would bring it back.
fn most_forgettable(identifiers: &[RememberedIdentifier], proposed: &[ProposedIdentifier]) -> Option<usize> {
    identifiers
        .iter()
        .enumerate()
        .filter(|(_, identifier)| !proposed.iter().any(|other| other.value == identifier.value))
        .filter_map(|(index, identifier)| Some((identifier.removed.as_ref()?.at, index)))
        .min()
        .map(|(_, index)| index)
}

/// Carries one change out; whether it changed anything.
fn apply(
    identifiers: &mut Vec<RememberedIdentifier>,
    change: &CardChange,
    proposed: &[ProposedIdentifier],
    deed: &Deed,
) -> bool {
    let value = change.value();
    let known = identifiers.iter().position(|known| known.value == value);
    let before = known.map(|index| identifiers[index].clone());
    let proposal = proposed.iter().find(|proposal| proposal.value == value);
    let Some(mut after) = before
        .clone()
        .or_else(|| proposal.map(|proposal| of_proposal(proposal, deed)))
        .or_else(|| of_addition(change, deed))
    else {
        return false;
    };
    match change {
        CardChange::Add {
            label, origin, note, ..
        } => {
            let was_removed = after.removed.take().is_some();
            if was_removed && proposal.is_none() {
                after.origin = *origin;
                after.origin_note.clone_from(note);
                after.added = Some(deed.clone());
                after.remembered_at = deed.at;
            }
            let is_relabelled = label.is_some() && *label != after.label;
            if is_relabelled {
                after.label.clone_from(label);
            }
            if is_relabelled || !after.chosen {
                after.changed = Some(deed.clone());
            }
            after.chosen = true;
        }
        CardChange::Label { label, .. } if after.removed.is_none() && after.label != *label => {
            after.label.clone_from(label);
            after.changed = Some(deed.clone());
        }
        CardChange::Choose { chosen, .. } if after.removed.is_none() && after.chosen != *chosen => {
            after.chosen = *chosen;
            after.changed = Some(deed.clone());
        }
        CardChange::Remove { .. } if after.removed.is_none() => after.removed = Some(deed.clone()),
        CardChange::Restore { .. } if after.removed.is_some() => after.removed = None,
        CardChange::Label { .. }
        | CardChange::Choose { .. }
        | CardChange::Remove { .. }
        | CardChange::Restore { .. } => return false,
    }
    let is_changed = before.as_ref() != Some(&after);
    match known {
        Some(index) => identifiers[index] = after,
        None => identifiers.push(after),
    }
    is_changed
}

/// What the CRM proposes, as it is before anybody touched it.
fn of_proposal(proposal: &ProposedIdentifier, deed: &Deed) -> RememberedIdentifier {
    RememberedIdentifier {
        value: proposal.value.clone(),
        label: None,
        chosen: true,
        origin: proposal.origin,
        origin_note: proposal.origin_note.clone(),
        remembered_at: deed.at,
        added: None,
        changed: None,
        removed: None,
    }
}

/// What is added; `None` for other changes: they need something that is there.
fn of_addition(change: &CardChange, deed: &Deed) -> Option<RememberedIdentifier> {
    let CardChange::Add {
        value,
        label,
        origin,
        note,
    } = change
    else {
        return None;
    };
    Some(RememberedIdentifier {
        value: value.clone(),
        label: label.clone(),
        chosen: true,
        origin: *origin,
        origin_note: note.clone(),
        remembered_at: deed.at,
        added: Some(deed.clone()),
        changed: None,
        removed: None,
    })
}

#[cfg(test)]
mod tests;
