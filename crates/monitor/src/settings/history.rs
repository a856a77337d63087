//! Every change of a portal's settings, the latest first, each with the way back.

use super::actions::SettingsAction;
use super::words::{self, Names};
use crate::action::Action;
use crate::open::{ScreenRefused, View};
use crate::screen::Button;
use crate::table::{Cell, Column, Row, Table};
use crate::texts::Texts;
use certlens_store::{MemberId, Setting, SettingsAuthor, SettingsChangeId, SettingsChanged, Store};

/// The table.
pub(super) async fn table(
    store: &Store,
    view: &View<'_>,
    member_id: &MemberId,
    names: &Names,
) -> Result<Table, ScreenRefused> {
    let texts = view.texts;
    let setting: Option<Setting> = view.address.filter("setting").and_then(|key| key.parse().ok());
    let before = view
        .address
        .cursor()
        .and_then(|text| text.parse().ok())
        .map(SettingsChangeId);
    let limit = u16::try_from(view.rows + 1).unwrap_or(u16::MAX);
    let mut changes = store.settings_history(member_id, setting, before, limit).await?;
    let next = crate::table::next_page(&mut changes, view.rows, |last| last.id.to_string());
    let mut table = Table::new(
        "history",
        texts.settings_history(),
        vec![
            Column::number("at", texts.settings_at()),
            Column::text("by", texts.settings_by()),
            Column::text("setting", texts.settings_what()),
            Column::text("before", texts.settings_before()),
            Column::text("after", texts.settings_after()),
        ],
        texts.settings_history_empty(),
    );
    table.rows = changes
        .iter()
        .map(|changed| row(texts, view, member_id, names, changed))
        .collect();
    table.next = next;
    table.is_exportable = true;
    Ok(table)
}

fn row(texts: Texts, view: &View<'_>, member_id: &MemberId, names: &Names, changed: &SettingsChanged) -> Row {
    let by = match &changed.by {
        SettingsAuthor::Service => texts.settings_by_service().to_owned(),
        SettingsAuthor::Operator => texts.operator().to_owned(),
        SettingsAuthor::User { id, name } => match name {
            Some(name) => format!("{name} (#{id})"),
            None => format!("#{id}"),
        },
    };
    let of_setting = view.address.clone().with("setting", changed.setting.key());
    let mut row = Row::new(
        changed.id.to_string(),
        vec![
            Cell::Moment(changed.at),
            Cell::Text(by),
            Cell::link(texts.setting_word(changed.setting), &of_setting),
            Cell::Lines(words::value(texts, names, changed.setting, &changed.before)),
            Cell::Lines(words::value(texts, names, changed.setting, &changed.after)),
        ],
    );
    let revert = Action::Settings(SettingsAction::Revert {
        member_id: member_id.clone(),
        change: changed.id,
    });
    row.buttons = vec![
        Button::new(texts.settings_revert(), &revert)
            .asking()
            .about(texts.setting_word(changed.setting)),
    ];
    row
}
