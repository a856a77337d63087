//! Changes of settings that come past the screen: from programs, and from controls of the application's own. They stand
//! in the same log.

use super::actions::{author, differing};
use crate::open::Monitor;
use crate::viewer::Viewer;
use certlens_portals::{PortalsError, SettingsChange, SettingsRefused, SettingsView};
use certlens_store::{AuditEnd, AuditOutcome, MemberId, NewAuditEntry, PortalSettings, Setting, StoreError};
use serde_json::{Map, Value};

impl Monitor {
    /// Changes a portal's settings for somebody who was proved to administer it, and writes that down.
    pub async fn change_settings(
        &self,
        viewer: &Viewer,
        member_id: &MemberId,
        change: &SettingsChange,
        request_id: Option<&str>,
    ) -> Result<SettingsView, SettingsRefused> {
        let store_failed = |error: StoreError| SettingsRefused::Portals(PortalsError::Store(error));
        let unknown = || SettingsRefused::Portals(PortalsError::UnknownPortal(member_id.to_string()));
        let platform = super::platform(member_id).map_err(|_| unknown())?;
        if self
            .store
            .portal(member_id)
            .await
            .map_err(store_failed)?
            .is_none()
        {
            return Err(unknown());
        }
        let before = self.store.settings(member_id).await.map_err(store_failed)?;
        let actor = viewer.actor();
        let entry = NewAuditEntry {
            member_id: Some(member_id),
            actor: &actor,
            action: "settings.change",
            subject: "",
            reason: None,
            request_id,
        };
        let entry = self.store.begin_audit(&entry).await.map_err(store_failed)?;
        let outcome = self
            .portals
            .change_settings(&platform, &author(viewer), change)
            .await;
        let end = match &outcome {
            Ok(_) => {
                let after = self.store.settings(member_id).await.map_err(store_failed)?;
                done(&before, &after)
            }
            Err(refused) => AuditEnd {
                outcome: match refused {
                    SettingsRefused::Portals(_) => AuditOutcome::Failed,
                    _ => AuditOutcome::Refused,
                },
                message: refused.to_string(),
                before: None,
                after: None,
            },
        };
        // What was done is done: an entry that can't be ended says "begun", which is true.
        if let Err(error) = self.store.end_audit(entry, &end).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the end of a change of settings is missing in the audit log"
            );
        }
        outcome
    }
}

fn done(before: &PortalSettings, after: &PortalSettings) -> AuditEnd {
    let (mut was, mut is) = (Map::new(), Map::new());
    for (setting, before, after) in differing(before, after) {
        was.insert(Setting::key(setting).to_owned(), before);
        is.insert(Setting::key(setting).to_owned(), after);
    }
    AuditEnd {
        outcome: AuditOutcome::Done,
        message: String::new(),
        before: Some(Value::Object(was)),
        after: Some(Value::Object(is)),
    }
}
