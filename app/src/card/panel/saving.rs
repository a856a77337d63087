//! Saving what the viewer changes: shown at once, sent in order, taken back when it fails.

use super::{Done, Panel};
use crate::browser::{SessionClient, in_session};
use crate::card::change_failure::ChangeFailure;
use certlens_domain::selection::{CardChange, CardSelection};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use server_fn::codec::Json;

/// Changes the identifiers of the card of the caller's session; no changes: what they are now.
#[server(prefix = "/fn", endpoint = "identifiers", input = Json, output = Json, client = SessionClient)]
pub async fn change_identifiers(changes: Vec<CardChange>) -> Result<CardSelection, ChangeFailure> {
    crate::card::answering::change_identifiers(changes).await
}

/// What colleagues may have changed: other numbers than before stand for changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRevision {
    /// Of the card's identifiers.
    pub identifiers: i64,
    /// Of who tracks it.
    pub tracking: i64,
}

/// The revisions of the card: cheap to ask.
#[server(prefix = "/fn", endpoint = "card_revision", input = Json, output = Json, client = SessionClient)]
pub async fn ask_revision() -> Result<CardRevision, ChangeFailure> {
    crate::card::answering::card_revision().await
}

/// Saves changes of a panel.
#[derive(Clone, Copy)]
pub(in crate::card) struct Saving(pub(in crate::card) Panel);

impl Saving {
    /// Makes one change.
    pub(in crate::card) fn change(self, change: CardChange) {
        self.change_all(vec![change]);
    }

    /// Makes changes together.
    pub(in crate::card) fn change_all(self, changes: Vec<CardChange>) {
        let Self(panel) = self;
        let before = panel.selection.get_untracked();
        let done = match &changes[..] {
            [change] => Done {
                words: panel.texts.changed_words(change),
                undo: before.undoing(change),
            },
            several => Done {
                words: panel.texts.added_several(several.len()),
                undo: None,
            },
        };
        panel.problem.set(None);
        panel.selection.update(|selection| {
            for change in &changes {
                selection.show(change);
            }
        });
        panel.done.set(Some(done));
        if panel
            .selection
            .with_untracked(|now| searched(now) != searched(&before))
        {
            search_by(panel);
        }
        spawn_local(async move {
            match in_session(|| change_identifiers(changes.clone())).await {
                Ok(selection) => take(panel, selection),
                Err(failure) => {
                    panel.done.set(None);
                    panel.problem.set(Some(failure.words(panel.texts).to_owned()));
                    take(panel, before);
                }
            }
        });
    }
}

fn searched(selection: &CardSelection) -> Vec<String> {
    selection.chosen().map(|chosen| chosen.value.clone()).collect()
}

/// Shows what the server knows; searches anew when that is something else.
fn take(panel: Panel, selection: CardSelection) {
    let differs = panel
        .selection
        .with_untracked(|shown| searched(shown) != searched(&selection));
    panel.selection.set(selection);
    if differs {
        search_by(panel);
    }
}

fn search_by(panel: Panel) {
    #[cfg(feature = "hydrate")]
    crate::browser::board::search_by(&panel.selection.with_untracked(searched));
    #[cfg(not(feature = "hydrate"))]
    let _ = panel;
}

#[cfg(feature = "hydrate")]
thread_local! {
    /// The panel of the page: the board's buttons add to it.
    static PANEL: std::cell::Cell<Option<Panel>> = const { std::cell::Cell::new(None) };
}

/// Makes the panel known to the board.
#[cfg(feature = "hydrate")]
pub(super) fn take_additions(panel: Panel) {
    PANEL.set(Some(panel));
}

/// Makes the changes that a button of the board carries.
#[cfg(feature = "hydrate")]
pub(crate) fn add_from_board(changes: &str) {
    let Some(panel) = PANEL.get() else { return };
    match serde_json::from_str(changes) {
        Ok(changes) => Saving(panel).change_all(changes),
        Err(error) => leptos::logging::warn!("a suggestion can't be read: {error}"),
    }
}

/// How often colleagues' changes are looked for while the page is seen, in milliseconds.
#[cfg(feature = "hydrate")]
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(20);

/// Fetches what colleagues changed, for as long as the page is looked at.
#[cfg(feature = "hydrate")]
pub(super) fn follow_colleagues(panel: Panel) {
    let look = move || {
        if document().hidden() {
            return;
        }
        spawn_local(async move {
            let Ok(revision) = in_session(ask_revision).await else {
                return;
            };
            crate::browser::tracking::note_revision(revision.tracking);
            let known = panel.selection.with_untracked(|selection| selection.revision);
            if revision.identifiers != known
                && let Ok(selection) = in_session(|| change_identifiers(Vec::new())).await
            {
                take(panel, selection);
            }
        });
    };
    if set_interval_with_handle(look, LOOK_EVERY).is_err() {
        leptos::logging::warn!("colleagues' changes are seen at the next opening only");
    }
}
