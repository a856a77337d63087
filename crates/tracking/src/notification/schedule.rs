//! When a portal's news are made into items: at its own interval, at the service's, or after each recount.
//!
//! Every process looks; the time of the latest run is set from the value that was seen, so one of them runs. Buttons by
//! which people mute are acted upon before each look.

use std::time::Duration;

use certlens_domain::tracking::settings::NotifyEvery;
use certlens_store::{Planned, PortalWithNews, StoreError};
use tokio_util::sync::CancellationToken;

use super::composition::MUTE;
use crate::tracking::Tracking;

/// How often every process looks for portals whose time has come.
const LOOK: Duration = Duration::from_secs(2);
/// How long after a failure of the store.
const STORE_REST: Duration = Duration::from_secs(5);

/// Works until `stop` is cancelled.
pub(super) async fn run(tracking: &Tracking, stop: &CancellationToken) {
    loop {
        let rest = match look(tracking, stop).await {
            Ok(()) => LOOK,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "news can't be made into items"
                );
                STORE_REST
            }
        };
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn look(tracking: &Tracking, stop: &CancellationToken) -> Result<(), StoreError> {
    let muted = tracking.store().mute_by_buttons(MUTE).await?;
    if muted > 0 {
        tracing::info!(subscriptions = muted, "muted by buttons in activities");
    }
    plan(tracking, stop, |portal| is_due(portal, tracking.notify_every())).await?;
    Ok(())
}

/// The portals that want their news after each recount.
pub(super) async fn plan_at_once(
    tracking: &Tracking,
    stop: &CancellationToken,
) -> Result<Planned, StoreError> {
    plan(tracking, stop, |portal| every(portal) == NotifyEvery::AtOnce).await
}

/// All portals.
pub(super) async fn plan_everything(
    tracking: &Tracking,
    stop: &CancellationToken,
) -> Result<Planned, StoreError> {
    tracking.store().mute_by_buttons(MUTE).await?;
    plan(tracking, stop, |_| true).await
}

async fn plan(
    tracking: &Tracking,
    stop: &CancellationToken,
    wanted: impl Fn(&PortalWithNews) -> bool,
) -> Result<Planned, StoreError> {
    let store = tracking.store();
    let mut all = Planned::default();
    for portal in store.portals_with_news().await? {
        if stop.is_cancelled() {
            break;
        }
        if !wanted(&portal)
            || !store
                .take_notification_run(&portal.member_id, portal.last_run_at)
                .await?
        {
            continue;
        }
        let planned = store.plan_items(&portal.member_id).await?;
        tracing::info!(
            member_id = %portal.member_id,
            news = planned.settled,
            dropped = planned.dropped,
            items = planned.items,
            "news were made into items"
        );
        all = all.and(planned);
    }
    Ok(all)
}

/// The portal's interval; the service's where the stored text means nothing to this version.
fn every(portal: &PortalWithNews) -> NotifyEvery {
    portal
        .every
        .as_deref()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

/// Whether the portal's time has come. News of a recount that is under way come in portions: whoever wants them at once
/// gets them when it is over.
fn is_due(portal: &PortalWithNews, service: Duration) -> bool {
    let interval = match every(portal) {
        NotifyEvery::AtOnce => return !portal.is_recounting,
        NotifyEvery::Every(interval) => interval,
        NotifyEvery::Service => service,
    };
    portal.last_run_at.is_none_or(|last| {
        // A clock that was set back must not keep a portal waiting for ever.
        last > portal.now
            || (portal.now - last)
                .to_std()
                .is_ok_and(|passed| passed >= interval)
    })
}

#[cfg(test)]
mod tests {
    use certlens_store::MemberId;
    use chrono::{TimeDelta, TimeZone as _, Utc};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::first_run(None, None, false, true)]
    #[case::services_interval_not_over(None, Some(149), false, false)]
    #[case::services_interval_over(None, Some(150), false, true)]
    #[case::own_interval_over(Some("1h"), Some(60), false, true)]
    #[case::own_interval_not_over(Some("1h"), Some(59), false, false)]
    #[case::at_once(Some("at_once"), Some(0), false, true)]
    #[case::at_once_while_a_recount_runs(Some("at_once"), Some(0), true, false)]
    #[case::interval_over_while_a_recount_runs(None, Some(150), true, true)]
    #[case::unknown_text(Some("soon"), Some(149), false, false)]
    #[case::clock_set_back(None, Some(-5), false, true)]
    fn portal_is_due_when_its_interval_is_over(
        #[case] every: Option<&str>,
        #[case] minutes_since_last: Option<i64>,
        #[case] is_recounting: bool,
        #[case] expected: bool,
    ) {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        let portal = PortalWithNews {
            member_id: MemberId::parse(&"a".repeat(32)).unwrap(),
            every: every.map(str::to_owned),
            last_run_at: minutes_since_last.map(|minutes| now - TimeDelta::minutes(minutes)),
            now,
            is_recounting,
        };
        assert_eq!(is_due(&portal, Duration::from_mins(150)), expected);
    }
}
