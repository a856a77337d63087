//! Makes the form of tracking on the server, and saves what is chosen in it.

use super::calls::OverviewFailure;
use super::open::{administrated, unavailable};
use super::tracking_model::{Colleague, TrackingForm};
use crate::services::Services;
use certlens_bitrix24::MemberId;
use certlens_domain::tracking::settings::TrackingSettings;
use certlens_portals::{SettingsChange, SettingsRefused, TrackingWish};
use certlens_store::StoreError;
use std::error::Error;

/// The form for an administrator; `None` when it can't be made now: the page is of use without it.
pub(super) async fn form(services: &Services, member_id: &MemberId) -> Option<TrackingForm> {
    let member_id = certlens_store::MemberId::parse(member_id.as_str()).ok()?;
    match read(services, &member_id).await {
        Ok(form) => Some(form),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn Error,
                "the settings of tracking could not be read"
            );
            None
        }
    }
}

async fn read(services: &Services, member_id: &certlens_store::MemberId) -> Result<TrackingForm, StoreError> {
    let store = &services.store;
    let people = store.users(member_id).await?;
    Ok(TrackingForm {
        settings: store.tracking_settings(member_id).await?,
        people: people
            .into_iter()
            .filter(|user| user.is_active == Some(true))
            .filter_map(|user| {
                Some(Colleague {
                    id: u64::try_from(user.user_id.0).ok()?,
                    name: user.name.unwrap_or_default(),
                })
            })
            .collect(),
        departments_refused: store.departments_refused(member_id).await?,
    })
}

/// Saves the choices for the caller's portal.
pub(super) async fn save_for_caller(settings: TrackingSettings) -> Result<(), OverviewFailure> {
    let administrated = administrated().await?;
    let change = SettingsChange {
        tracking: TrackingWish {
            kind: Some(settings.notification.kind),
            every: Some(settings.notification.every),
            rules: Some(settings.assignment.rules),
            fallback_user_id: Some(settings.assignment.fallback_user_id),
            notify_scope: Some(settings.notify_scope),
            departed: Some(settings.departed.action),
            // The form does not ask for them.
            who_may_subscribe: None,
            item_language: None,
        },
        ..SettingsChange::default()
    };
    match administrated.change_settings(&change).await {
        Ok(()) => Ok(()),
        Err(SettingsRefused::Portals(error)) => Err(unavailable(&error)),
        Err(refused) => {
            tracing::info!(%refused, "settings of tracking were refused");
            Err(OverviewFailure::UnknownField)
        }
    }
}
