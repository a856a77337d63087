//! Repeats a card's chosen identifiers as a text in a field of its item, so that they outlive Certlens.
//!
//! A change only notes the text; a job writes it, because no change of a selection may wait for a portal or fail with
//! it. It is written with the rights of who made the change, and by the application only where he has none any more.
//! What the portal doesn't take now is repeated with growing pauses, and the card says so meanwhile.

use std::time::Duration;

use certlens_bitrix24::crm::field::{WriteError, write_field};
use certlens_bitrix24::{CallError, PortalClient, Priority, Reaction};
use certlens_domain::identifier::Identifier;
use certlens_domain::language::Language;
use certlens_domain::selection::{CardSelection, MirrorState};
use certlens_store::{CrmEntity, EntityType, MemberId, MirrorFields, PortalSettings, UserId, WantedMirror};

use crate::credentials::platform_user;
use crate::error::PortalsError;
use crate::job::JobKind;
use crate::member;
use crate::patience::in_time;
use crate::portals::Portals;
use crate::reading;

/// Texts that are taken from the queue at once.
const AT_ONCE: i64 = 50;

impl Portals {
    /// Notes what the card's field should say and has it written. Whether there is anything to write; a failure of
    /// our own is logged, because it must not fail the change.
    pub(crate) async fn want_mirror(
        &self,
        member_id: &MemberId,
        entity: CrmEntity,
        user: UserId,
        selection: &CardSelection,
    ) -> bool {
        let wanted = WantedMirror {
            entity,
            text: text(selection),
            user,
        };
        let noted = in_time(async {
            let is_wanted = self
                .store()
                .want_mirror(member_id, selection.revision, &wanted)
                .await?;
            if is_wanted {
                self.schedule(member_id, JobKind::Mirror, Duration::ZERO).await?;
            }
            Ok(is_wanted)
        });
        noted.await.unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a card's mirror can't be noted"
            );
            false
        })
    }

    /// Has the texts of cards written into the fields that are other ones now.
    pub(crate) async fn mirror_into_other_fields(
        &self,
        member_id: &MemberId,
        before: &MirrorFields,
        after: &MirrorFields,
    ) -> Result<(), PortalsError> {
        let mut is_wanted = false;
        for entity_type in EntityType::ALL {
            let field = after.of(entity_type);
            if field.is_some() && field != before.of(entity_type) {
                is_wanted |= self.store().want_mirrors_again(member_id, entity_type).await?;
            }
        }
        if is_wanted {
            self.schedule(member_id, JobKind::Mirror, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// Writes the portal's waiting texts. The first that the portal doesn't take now ends the run: it is repeated after
    /// the others.
    pub(crate) async fn write_mirrors(&self, member_id: &MemberId) -> Result<(), PortalsError> {
        loop {
            let settings = self.store().settings(member_id).await?;
            let waiting = self.store().wanted_mirrors(member_id, AT_ONCE).await?;
            if waiting.is_empty() {
                return Ok(());
            }
            for waiting in &waiting {
                let outcome = self.write_mirror(member_id, &settings, &waiting.wanted).await?;
                let (state, failure) = match outcome {
                    Ok(()) => (MirrorState::Written, None),
                    Err(Failure::ForGood(state)) => (state, None),
                    Err(Failure::ForNow(error)) => (MirrorState::Delayed, Some(error)),
                };
                self.store().note_mirror(member_id, waiting, state).await?;
                if let Some(error) = failure {
                    return Err(error.into());
                }
            }
        }
    }

    /// Writes one text: with the rights of who made the change, else with the application's.
    async fn write_mirror(
        &self,
        member_id: &MemberId,
        settings: &PortalSettings,
        wanted: &WantedMirror,
    ) -> Result<Result<(), Failure>, PortalsError> {
        // Switched off meanwhile, or a number that no portal gives.
        let (Some(field), Some(id), Some(user)) = (
            settings.mirror_field.of(wanted.entity.entity_type),
            reading::platform_id(wanted.entity.id),
            platform_user(wanted.user),
        ) else {
            return Ok(Err(Failure::ForGood(MirrorState::Refused)));
        };
        let item = (reading::platform_type(wanted.entity.entity_type), id);
        let portal = self.platform_portal(&member::platform(member_id)?).await?;
        let own = self
            .connections()
            .of_user(&portal, user, None, Priority::Background);
        let write = async |client: &PortalClient| write_field(client, item, field, &wanted.text, false).await;
        let mut written = write(&own).await;
        if written.as_ref().is_err_and(is_of_this_user) {
            let applications = self.connections().of_portal(&portal, Priority::Background);
            written = write(&applications).await;
        }
        Ok(written.map_err(|error| {
            tracing::warn!(
                %member_id,
                error = &error as &dyn std::error::Error,
                "a card's mirror can't be written"
            );
            Failure::of(error)
        }))
    }
}

/// Why a text was not written.
#[derive(Debug)]
enum Failure {
    /// It never will be.
    ForGood(MirrorState),
    /// It may be later.
    ForNow(CallError),
}

impl Failure {
    fn of(error: WriteError) -> Self {
        match error {
            WriteError::AccessDenied => Self::ForGood(MirrorState::NotAllowed),
            WriteError::NotFound | WriteError::NoCustomField(_) | WriteError::NotKept(_) => {
                Self::ForGood(MirrorState::Refused)
            }
            WriteError::Call(CallError::Refused(refused)) if refused.reaction() == Reaction::GiveUp => {
                Self::ForGood(MirrorState::Refused)
            }
            WriteError::Call(error) => Self::ForNow(error),
        }
    }
}

/// Whether a failure is about the user, so that the application may have more luck.
fn is_of_this_user(error: &WriteError) -> bool {
    match error {
        WriteError::AccessDenied | WriteError::Call(CallError::NoCredentials | CallError::Credentials(_)) => {
            true
        }
        WriteError::Call(CallError::Refused(refused)) => {
            matches!(refused.reaction(), Reaction::AnotherUser | Reaction::DropUser)
        }
        _ => false,
    }
}

/// What a field is called; its name where nobody gave it a label.
pub(crate) fn label(settings: &PortalSettings, entity_type: EntityType, name: &str) -> String {
    settings
        .available_fields
        .of(entity_type)
        .iter()
        .find(|field| field.name == name && !field.label.is_empty())
        .map_or(name, |field| &field.label)
        .to_owned()
}

/// The chosen identifiers as people write them: `ИНН 7707083893 (завод); ОГРН 1027700132195`. The CRM's language is
/// Russian wherever it holds Russian numbers; empty when nothing is chosen.
fn text(selection: &CardSelection) -> String {
    let written = selection.chosen().map(|selected| {
        let kinds: Vec<&str> = Identifier::parse(&selected.value)
            .map(|identifier| identifier.kinds().map(|kind| kind.name(Language::Ru)).collect())
            .unwrap_or_default();
        let identifier = format!("{} {}", kinds.join("/"), selected.value);
        match &selected.label {
            Some(label) => format!("{} ({label})", identifier.trim_start()),
            None => identifier.trim_start().to_owned(),
        }
    });
    written.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use certlens_domain::selection::{SelectedIdentifier, SelectionOrigin};

    use super::*;

    fn selected(value: &str, label: Option<&str>, chosen: bool) -> SelectedIdentifier {
        SelectedIdentifier {
            value: value.to_owned(),
            label: label.map(str::to_owned),
            chosen,
            origin: SelectionOrigin::Typed,
            origin_note: None,
            company: None,
            in_crm: false,
            added_by: None,
            added_at: None,
            changed_by: None,
            changed_at: None,
        }
    }

    #[test]
    fn text_names_the_kinds_and_labels_of_what_is_chosen() {
        let selection = CardSelection {
            identifiers: vec![
                selected("7707083893", Some("завод"), true),
                selected("100582333", None, false),
                selected("1027700132195", None, true),
            ],
            ..CardSelection::default()
        };
        assert_eq!(text(&selection), "ИНН 7707083893 (завод); ОГРН 1027700132195");
    }

    #[test]
    fn text_of_a_card_where_nothing_is_chosen_is_empty() {
        assert_eq!(text(&CardSelection::default()), "");
    }
}
