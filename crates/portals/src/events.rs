//! Events: taken within milliseconds, worked off later by a worker.
//!
//! Nothing in an event is signed. The stored application token proves it; an installation's event, which brings that
//! very token, is kept unproved and proved later by the access token in it. Whatever isn't proved and can't be is
//! dropped, with the same outward answer.

pub(crate) mod worked_off;

use std::time::Duration;

use certlens_bitrix24::event::{Event, EventName};
use certlens_store::{MemberId, NewEvent, Receipt, StoreError, Subject, TokenCheck};
use secrecy::SecretSlice;

use crate::error::PortalsError;
use crate::job::JobKind;
use crate::member;
use crate::portals::Portals;
use crate::reading;

/// The kind of subject that sets of company details have.
pub(crate) const REQUISITE: &str = "requisite";

/// An unproved hint is followed after this time: strangers may send one a second.
const HINT_AFTER: Duration = Duration::from_mins(1);

/// What became of a delivered event. The outward answer is 200 in every case but a failed store (503).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// Stored; a worker takes it from here.
    Stored,
    /// The body is no event, its portal is unknown, or it doesn't prove that the portal sent it.
    Dropped,
}

impl Portals {
    /// Takes the body of `POST /bitrix/events`: looks up, compares, stores. Never calls a portal.
    ///
    /// `ONAPPUNINSTALL` is taken here as well, should a portal send it to this address.
    pub async fn receive(&self, form: &[u8]) -> Result<Received, PortalsError> {
        let event = match Event::parse(form) {
            Ok(event) => event,
            Err(error) => {
                tracing::debug!(%error, "no event");
                return Ok(Received::Dropped);
            }
        };
        if event.name == EventName::AppUninstall {
            self.take_leave(&event).await?;
            return Ok(Received::Stored);
        }
        let member_id = member::stored(&event.auth.member_id)?;
        let Some(proved) = self.belief_in(&event, &member_id).await? else {
            if event.name == EventName::AppPayment {
                self.look_into_payment(&member_id).await?;
            }
            tracing::debug!(%member_id, event = %event.name, "an event that nothing proves is dropped");
            return Ok(Received::Dropped);
        };
        if proved {
            self.notice(&event.auth.member_id, &event.deviations);
        }
        let receipt = self
            .store()
            .receive_event(&NewEvent {
                member_id,
                event: event.name.code(),
                subject: subject(&event),
                body: SecretSlice::from(form.to_vec()),
                proved,
            })
            .await?;
        Ok(match receipt {
            Receipt::Stored(_) => {
                self.news().events.notify_one();
                Received::Stored
            }
            Receipt::Dropped | Receipt::TooManyUnproved => Received::Dropped,
        })
    }

    /// Events of payments may come without an application token. Such a one is a hint and no more: the next call to the
    /// portal shows how it stands.
    async fn look_into_payment(&self, member_id: &MemberId) -> Result<(), PortalsError> {
        match self.schedule(member_id, JobKind::Reconcile, HINT_AFTER).await {
            Ok(()) | Err(StoreError::UnknownPortal(_) | StoreError::Uninstalled(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the event is proved; `None` when it isn't and can't be.
    async fn belief_in(&self, event: &Event, member_id: &MemberId) -> Result<Option<bool>, PortalsError> {
        let check = match &event.auth.application_token {
            Some(token) => {
                self.store()
                    .check_application_token(member_id, token.expose())
                    .await?
            }
            None => TokenCheck::Differs,
        };
        let brings_token = event.auth.access_token.is_some();
        let is_installation = matches!(event.name, EventName::AppInstall | EventName::AppUpdate);
        Ok(match check {
            TokenCheck::Matches => Some(true),
            // A new installation has a new application token; the access token in the event proves it.
            _ if is_installation && brings_token => Some(false),
            // So can any event of a portal whose application token nobody told us yet.
            TokenCheck::NotStored if brings_token => Some(false),
            TokenCheck::Differs | TokenCheck::NotStored | TokenCheck::UnknownPortal => None,
        })
    }
}

/// What the event is about, so that many reports of one thing are worked off together.
fn subject(event: &Event) -> Option<Subject> {
    let (kind, id) = match &event.name {
        EventName::Requisite(_) => (REQUISITE, event.id()?),
        EventName::Crm { entity, .. } => (reading::card_type(*entity)?.key(), event.id()?),
        _ => return None,
    };
    Some(Subject {
        kind: kind.to_owned(),
        id: reading::stored_id(id),
    })
}
