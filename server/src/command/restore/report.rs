//! What a restoration says: what the backup holds, what was done, what people have to do next.

use certlens_backup::{BackedUpPortal, Contents, Head, Restored, RestoredPortal, Summary, TableRows};
use certlens_store::MemberId;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;

/// What is left to do when the backup was made under the other of two keys.
const ROTATE: &str = "`certlens key rotate`, with the same settings, writes what was restored anew with the present secret key: the \
                      backup was made under the former one";

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    is_restored: bool,
    made_at: DateTime<Utc>,
    made_by: String,
    migration: i64,
    contents: Contents,
    tables: Vec<TableRows>,
    portals: Vec<BackedUpPortal>,
    doubtful_items: u64,
    /// Sentences for people.
    next: Vec<String>,
}

impl Report {
    fn new(head: &Head, tables: Vec<TableRows>, portals: Vec<BackedUpPortal>) -> Self {
        Self {
            is_restored: false,
            made_at: head.made_at,
            made_by: format!("Certlens {}", head.program),
            migration: head.migration,
            contents: head.contents,
            tables,
            portals,
            doubtful_items: 0,
            next: Vec::new(),
        }
    }

    pub(super) fn of_summary(summary: Summary, portal: Option<&MemberId>) -> Self {
        let mut report = Self::new(&summary.head, summary.tables, summary.portals);
        let what = match portal {
            Some(portal) => format!("the same with --yes replaces what is kept of the portal {portal}"),
            None => "the same with --yes restores it into an empty database".to_owned(),
        };
        report.next.push(format!("nothing was restored; {what}"));
        report
    }

    pub(super) fn of_whole(restored: Restored, wants_rotation: bool) -> Self {
        let summary = restored.summary;
        let is_own = summary.head.contents == Contents::Own;
        let mut report = Self::new(&summary.head, summary.tables, summary.portals);
        report.is_restored = true;
        report.doubtful_items = restored.doubtful_items;
        if is_own {
            report
                .next
                .push("import the registries again (`certlens import --help`), in the coming days: until then cards say that they are \
                     not loaded, and for a week what is told is looked for in the portal first"
                        .to_owned());
        }
        report.next.push("start `certlens serve`".to_owned());
        if wants_rotation {
            report.next.push(ROTATE.to_owned());
        }
        report.next.push(
            "`certlens doctor --portals` asks every portal: tokens that were renewed after the backup are spent, and an \
             administrator of such a portal has to open the application there once"
                .to_owned(),
        );
        report
    }

    pub(super) fn of_portal(head: &Head, restored: RestoredPortal, wants_rotation: bool) -> Self {
        let member_id = restored.portal.member_id.clone();
        let mut report = Self::new(head, restored.tables, vec![restored.portal]);
        report.is_restored = true;
        report.doubtful_items = restored.doubtful_items;
        if restored.is_present {
            report
                .next
                .push("the portal has the application: its present tokens and bindings were kept".to_owned());
        }
        if restored.is_without_tokens {
            report.next.push(
                "the backup was made under another secret key, so that its tokens and local applications were left out: an \
                 administrator has to install the application, or open it"
                    .to_owned(),
            );
        }
        if wants_rotation {
            report.next.push(ROTATE.to_owned());
        }
        report.next.push(format!(
            "`certlens portal repair {member_id}` proves its tokens, binds what is missing, and says what people have to do"
        ));
        report
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made_at = self.made_at.format("%Y-%m-%d %H:%M:%S");
        let contents = match self.contents {
            Contents::Own => "without documents",
            Contents::Everything => "with documents",
        };
        writeln!(
            formatter,
            "backup of {made_at} UTC by {}, migration {}, {contents}",
            self.made_by, self.migration
        )?;
        for table in &self.tables {
            writeln!(formatter, "{:>12}  {}", table.rows, table.table)?;
        }
        for portal in &self.portals {
            writeln!(
                formatter,
                "portal  {}  {}  {}",
                portal.member_id, portal.domain, portal.state
            )?;
        }
        if self.is_restored {
            writeln!(formatter, "restored")?;
        }
        if self.doubtful_items > 0 {
            writeln!(
                formatter,
                "{} items may have been sent after the backup: each is looked for in its portal before it is sent",
                self.doubtful_items
            )?;
        }
        for sentence in &self.next {
            writeln!(formatter, "→ {sentence}")?;
        }
        Ok(())
    }
}
