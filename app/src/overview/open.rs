//! Makes the application's own page on the server, and answers its server functions.
//!
//! An administrator's visit also brings our tabs and events back in order. Whatever fails leaves a page that says less.

use super::calls::OverviewFailure;
use super::model::{
    BindingProblem, Bindings, CardKind, Field, Index, IndexState, Overview, Progress, RegistryFacts,
    Settings, SettingsChange, Standing,
};
use super::tracking_open;
use crate::card::open::Bearer;
use crate::services::Services;
use certlens_bitrix24::{MemberId, VerifiedFrame};
use certlens_domain::language::Language;
use certlens_monitor::Viewer;
use certlens_portals::settings::ByCardType;
use certlens_portals::{
    BindingOutcome, CrawlPhase, CrawlProgress, MirrorRefused, PortalsError, ReconciliationReport,
    SettingsRefused, SettingsView,
};
use certlens_store::{Portal, PortalState};
use leptos::prelude::use_context;
use std::error::Error;

/// Whether a proved viewer administers his portal. An administrator's visit brings our tabs and events back in order.
pub async fn welcome(services: &Services, frame: &VerifiedFrame) -> bool {
    let member_id = frame.member_id();
    let client = services.portals.viewer_client(frame);
    let is_administrator = services
        .portals
        .is_administrator(member_id, frame.user_id(), &client)
        .await
        .unwrap_or_else(|error| {
            log(&error, "whether the viewer administers the portal is unknown");
            false
        });
    if is_administrator {
        services.portals.note_page(frame, Some(true)).await;
        if let Err(error) = services.portals.reconcile(member_id, &client).await {
            log(&error, "bindings were not reconciled on an administrator's visit");
        }
    }
    is_administrator
}

/// The page for a proved viewer who administers nothing.
pub async fn overview(services: &Services, frame: &VerifiedFrame) -> Overview {
    Overview {
        language: Language::of_portal(frame.language().as_str()),
        domain: frame.endpoint().authority(),
        progress: progress(services, frame.member_id()).await,
        registries: registries(services).await,
        settings: None,
        tracking: None,
    }
}

/// The same page within the monitor, for an administrator who was proved: our tabs and events are looked at elsewhere.
pub async fn of_administrator(
    services: &Services,
    member_id: &certlens_store::MemberId,
    language: Language,
) -> Option<Overview> {
    let portal = services.store.portal(member_id).await.unwrap_or_else(|error| {
        log(&error, "the portal could not be looked up");
        None
    })?;
    let member_id = MemberId::parse(member_id.as_str()).ok()?;
    let settings = services
        .portals
        .settings(&member_id)
        .await
        .map_err(|error| log(&error, "settings could not be read"))
        .ok()
        .map(|view| settings(&view));
    Some(Overview {
        language,
        domain: portal.address.domain,
        progress: progress(services, &member_id).await,
        registries: registries(services).await,
        settings,
        tracking: tracking_open::form(services, &member_id).await,
    })
}

/// A page without this table is better than no page.
async fn registries(services: &Services) -> Vec<RegistryFacts> {
    let freshness = services.search.freshness().await.unwrap_or_else(|error| {
        log(&error, "the registries' freshness could not be read");
        Vec::new()
    });
    freshness
        .into_iter()
        .map(|registry| RegistryFacts {
            registry: registry.registry,
            loaded: registry.loaded,
            data_date: registry.data_date,
            documents: registry.documents,
            imported_on: registry
                .last_import
                .as_ref()
                .and_then(|import| import.finished_at)
                .map(|at| at.date_naive()),
            rejected: registry.last_import.map_or(0, |import| import.rejected),
        })
        .collect()
}

async fn progress(services: &Services, member_id: &MemberId) -> Progress {
    let portal = match certlens_store::MemberId::parse(member_id.as_str()) {
        Ok(stored) => services.store.portal(&stored).await.unwrap_or_else(|error| {
            log(&error, "the portal could not be looked up");
            None
        }),
        Err(_) => None,
    };
    let report = services
        .portals
        .last_reconciliation(member_id)
        .await
        .unwrap_or_else(|error| {
            log(&error, "the latest reconciliation could not be read");
            None
        });
    let crawl = services
        .portals
        .progress(member_id)
        .await
        .map_err(|error| log(&error, "the crawl's progress could not be read"))
        .ok();
    let size = services
        .portals
        .index_size(member_id)
        .await
        .unwrap_or_else(|error| {
            log(&error, "the index could not be counted");
            ByCardType::default()
        });
    Progress {
        standing: standing(portal.as_ref()),
        bindings: report.map(bindings).unwrap_or_default(),
        index: index(crawl, &size),
    }
}

fn log(error: &(dyn Error + 'static), message: &'static str) {
    tracing::warn!(error, "{message}");
}

fn standing(portal: Option<&Portal>) -> Standing {
    match portal {
        Some(portal) if portal.state == PortalState::NeedsReauth => Standing::NeedsAccess,
        Some(portal) if portal.state == PortalState::Suspended => {
            Standing::Suspended(portal.state_reason.clone().unwrap_or_default())
        }
        _ => Standing::Working,
    }
}

fn bindings(report: ReconciliationReport) -> Bindings {
    let restored = report
        .bindings
        .iter()
        .filter(|binding| matches!(binding.outcome, BindingOutcome::Bound | BindingOutcome::Rebound))
        .count();
    let problems = report
        .bindings
        .into_iter()
        .filter_map(|binding| match binding.outcome {
            BindingOutcome::Failed(reason) => Some(BindingProblem {
                name: binding.name,
                reason,
            }),
            _ => None,
        })
        .collect();
    Bindings {
        checked: true,
        restored: u32::try_from(restored).unwrap_or(u32::MAX),
        problems,
    }
}

fn index(crawl: Option<CrawlProgress>, size: &ByCardType<u64>) -> Index {
    let state = match &crawl {
        None => IndexState::Waiting,
        Some(crawl) => match crawl.phase {
            CrawlPhase::Finished => IndexState::Complete,
            _ if crawl.last_error.is_some() => IndexState::Retrying,
            CrawlPhase::Waiting => IndexState::Waiting,
            _ => IndexState::Running(percent(crawl)),
        },
    };
    Index {
        state,
        companies: size.company,
        deals: size.deal,
        leads: size.lead,
        completed_on: crawl.and_then(|crawl| Some(crawl.finished_at?.date_naive())),
    }
}

fn percent(crawl: &CrawlProgress) -> Option<u8> {
    let expected = crawl.expected.filter(|expected| *expected > 0)?;
    u8::try_from((crawl.done.min(expected) * 100) / expected).ok()
}

/// The form: every custom field of the portal, the mapped ones marked.
fn settings(view: &SettingsView) -> Settings {
    let kinds = [
        (
            CardKind::Company,
            &view.available.company,
            &view.field_mapping.company,
            &view.mirror_field.company,
        ),
        (
            CardKind::Deal,
            &view.available.deal,
            &view.field_mapping.deal,
            &view.mirror_field.deal,
        ),
        (
            CardKind::Lead,
            &view.available.lead,
            &view.field_mapping.lead,
            &view.mirror_field.lead,
        ),
    ];
    let fields = kinds
        .into_iter()
        .flat_map(|(kind, available, mapped, mirror)| {
            available.iter().map(move |field| Field {
                kind,
                code: field.name.clone(),
                name: field.label.clone(),
                suggested: field.suggested,
                chosen: mapped.contains(&field.name),
                takes_mirror: field.takes_mirror,
                mirror: mirror.as_ref() == Some(&field.name),
            })
        })
        .collect();
    Settings {
        fields,
        lead_write_back: view.lead_write_back,
    }
}

/// Sets the answer's HTTP status.
pub(super) fn answered<T>(answer: Result<T, OverviewFailure>) -> Result<T, OverviewFailure> {
    if let (Err(failure), Some(response)) = (&answer, use_context::<leptos_axum::ResponseOptions>()) {
        response.set_status(failure.status());
    }
    answer
}

/// How things stand, for the portal of the caller's session.
pub(super) async fn progress_of_caller() -> Result<Progress, OverviewFailure> {
    let (Some(services), Some(Bearer(session))) = (use_context::<Services>(), use_context::<Bearer>()) else {
        return Err(OverviewFailure::Unauthorized);
    };
    Ok(progress(&services, session.member_id()).await)
}

/// A portal whose administrator calls.
pub(super) struct Administrated {
    services: Services,
    /// The administrator, as the log names him.
    viewer: Viewer,
}

impl Administrated {
    /// Changes the portal's settings in the administrator's name.
    pub(super) async fn change_settings(
        &self,
        change: &certlens_portals::SettingsChange,
    ) -> Result<(), SettingsRefused> {
        let Some(member_id) = self.viewer.portal() else {
            return Ok(());
        };
        let monitor = &self.services.monitor;
        let changed = monitor.change_settings(&self.viewer, member_id, change, None);
        changed.await.map(drop)
    }
}

/// The portal of the caller's session, if he administers it.
pub(super) async fn administrated() -> Result<Administrated, OverviewFailure> {
    let (Some(services), Some(Bearer(session))) = (use_context::<Services>(), use_context::<Bearer>()) else {
        return Err(OverviewFailure::Unauthorized);
    };
    let viewer = crate::monitor::administrator(&services, &session)
        .await
        .map_err(|error| unavailable(&error))?
        .ok_or(OverviewFailure::Forbidden)?;
    Ok(Administrated { services, viewer })
}

/// Settings could not be reached.
pub(super) fn unavailable(error: &PortalsError) -> OverviewFailure {
    tracing::error!(error = error as &dyn Error, "settings were not changed");
    OverviewFailure::Unavailable
}

/// Changes the settings of the caller's portal.
pub(super) async fn save_for_caller(change: SettingsChange) -> Result<(), OverviewFailure> {
    let administrated = administrated().await?;
    let change = certlens_portals::SettingsChange {
        lead: Some(change.lead),
        deal: Some(change.deal),
        company: Some(change.company),
        lead_write_back: Some(change.lead_write_back),
        mirror_field: ByCardType {
            lead: Some(change.lead_mirror),
            deal: Some(change.deal_mirror),
            company: Some(change.company_mirror),
        },
        ..certlens_portals::SettingsChange::default()
    };
    match administrated.change_settings(&change).await {
        Ok(()) => Ok(()),
        Err(SettingsRefused::Portals(error)) => Err(unavailable(&error)),
        Err(SettingsRefused::Mirror(refused)) => {
            tracing::info!(%refused, "a field for identifiers was refused");
            Err(match refused {
                MirrorRefused::IsRead { .. } => OverviewFailure::MirrorIsRead,
                MirrorRefused::NoText { .. } => OverviewFailure::MirrorTakesNoText,
                MirrorRefused::NotAFieldName(_) | MirrorRefused::UnknownField { .. } => {
                    OverviewFailure::UnknownField
                }
            })
        }
        Err(refused) => {
            tracing::info!(%refused, "settings were refused");
            Err(OverviewFailure::UnknownField)
        }
    }
}
