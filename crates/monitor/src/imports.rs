//! The screens of imports, for the operator: what was imported and how it went, one import, the ways to import more.

pub(crate) mod actions;

use crate::Action;
use crate::address::{Address, ScreenName};
use crate::form::{Field, Filters, Form, Input};
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Button, Fact, Facts, Link, Notice, Part, Screen, Target, Tone, Upload};
use crate::table::{Cell, Column, Row, Table};
use crate::texts::Texts;
use actions::ImportAction;
use certlens_registry::{ImportEntry, ImportFilter, ImportState, Undoing};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The key of the form that names a file or a folder of the server.
pub(crate) const FOLDER_FORM: &str = "import_folder";

/// The list, or one import.
pub(crate) async fn screen(monitor: &Monitor, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    view.viewer.operator_only()?;
    match &view.address.subject {
        Some(id) => one(monitor, view, id).await,
        None => list(monitor, view).await,
    }
}

async fn list(monitor: &Monitor, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    let (texts, address) = (view.texts, view.address);
    let filter = ImportFilter {
        // A word that is no state finds nothing, never everything.
        state: address.filter("state").and_then(|state| state.parse().ok()),
        source: address.filter("source").map(str::to_owned),
        text: address.filter("text").map(str::to_owned),
    };
    let before = address.cursor().and_then(|at| at.parse().ok());
    let importer = monitor.intake.importer();
    let rows = u32::try_from(view.rows).unwrap_or(u32::MAX);
    let page = importer.imports(&filter, before, rows).await?;
    let mut table = Table::new(
        "imports",
        texts.screen(address.screen),
        columns(texts),
        texts.imports_empty(),
    );
    table.rows = page.items.iter().map(|entry| row(texts, entry)).collect();
    table.next = page.next.map(|next| next.to_string());
    table.total = Some(importer.number_of_imports(&filter).await?);
    table.is_exportable = true;
    Ok(Screen::new(texts.screen(address.screen), texts.imports_lead())
        .with(Part::Upload(upload(texts, monitor.intake.most_bytes())))
        .with(Part::Form(folder(
            texts,
            &monitor.intake.folder().display().to_string(),
        )))
        .with(Part::Filters(filters(view)))
        .with(Part::Table(table)))
}

async fn one(monitor: &Monitor, view: &View<'_>, id: &str) -> Result<Screen, ScreenRefused> {
    let texts = view.texts;
    let id: Uuid = id.parse().map_err(|_| ScreenRefused::NotFound)?;
    let entry = monitor.intake.importer().import_entry(id).await?;
    let entry = entry.ok_or(ScreenRefused::NotFound)?;
    let mut screen = Screen::new(entry.input.clone(), texts.import_lead(entry.state));
    screen.above = Some(Link::to(
        texts.screen(ScreenName::Imports),
        &Address::of(ScreenName::Imports),
    ));
    if let Some(error) = &entry.error {
        screen = screen.with(Part::Notice(Notice {
            tone: if entry.state == ImportState::Failed {
                Tone::Bad
            } else {
                Tone::Warning
            },
            text: error.clone(),
            links: Vec::new(),
        }));
    }
    if let Undoing::InTheWay { obstacle } = &entry.undoing {
        screen = screen.with(Part::Notice(Notice {
            tone: Tone::Plain,
            text: texts.import_in_the_way(&obstacle.input, obstacle.finished_at, obstacle.documents),
            links: vec![Link::to(
                obstacle.input.clone(),
                &Address::about(ScreenName::Imports, obstacle.import.to_string()),
            )],
        }));
    }
    if entry.undoing == Undoing::NotKept {
        screen = screen.with(Part::Notice(Notice {
            tone: Tone::Plain,
            text: texts.import_not_kept().to_owned(),
            links: Vec::new(),
        }));
    }
    screen = screen.with(Part::Facts(Facts {
        title: None,
        rows: facts(texts, &entry),
    }));
    if !entry.registries.is_empty() {
        screen = screen.with(Part::Table(shares(texts, &entry)));
    }
    let buttons = buttons(texts, &entry);
    if !buttons.is_empty() {
        screen = screen.with(Part::Buttons(buttons));
    }
    Ok(screen)
}

fn columns(texts: Texts) -> Vec<Column> {
    vec![
        Column::number("at", texts.import_at()),
        Column::text("input", texts.import_file()),
        Column::text("source", texts.import_source()),
        Column::text("state", texts.import_state()),
        Column::number("read", texts.import_read()),
        Column::number("new", texts.import_new()),
        Column::number("changed", texts.import_changed()),
        Column::number("rejected", texts.import_rejected()),
        Column::text("undo", texts.import_undoing()),
    ]
}

fn row(texts: Texts, entry: &ImportEntry) -> Row {
    let address = Address::about(ScreenName::Imports, entry.id.to_string());
    let cells = vec![
        Cell::Moment(entry.started_at),
        Cell::link(entry.input.clone(), &address),
        Cell::Code(entry.source.clone()),
        state(texts, entry),
        number(entry.read),
        number(entry.new),
        number(entry.changed),
        number(entry.rejected),
        undoing(texts, entry),
    ];
    Row {
        buttons: buttons(texts, entry),
        ..Row::new(entry.id.to_string(), cells)
    }
}

/// The state, and how far it is.
fn state(texts: Texts, entry: &ImportEntry) -> Cell {
    let tone = match entry.state {
        ImportState::Done => Tone::Good,
        ImportState::Waiting | ImportState::Running | ImportState::Undone => Tone::Plain,
        ImportState::Interrupted => Tone::Warning,
        ImportState::Failed => Tone::Bad,
    };
    let word = match (entry.stage.as_deref(), share_read(entry)) {
        (Some("reading"), Some(percent)) => format!("{}, {percent} %", texts.import_stage("reading")),
        (Some(stage), _) => texts.import_stage(stage).to_owned(),
        (None, _) => texts.import_state_word(entry.state).to_owned(),
    };
    Cell::state(word, tone)
}

/// How much of the file is read, in percent.
fn share_read(entry: &ImportEntry) -> Option<u64> {
    let (read, all) = (entry.bytes_read?, entry.bytes.filter(|bytes| *bytes > 0)?);
    Some((read.saturating_mul(100) / all).min(100))
}

fn undoing(texts: Texts, entry: &ImportEntry) -> Cell {
    match &entry.undoing {
        Undoing::Possible => Cell::Text(texts.import_can_be_undone().to_owned()),
        Undoing::UnderWay => Cell::state(texts.import_stage("undoing"), Tone::Plain),
        Undoing::Nothing => Cell::Nothing,
        Undoing::NotKept => Cell::Text(texts.import_too_old().to_owned()),
        Undoing::InTheWay { obstacle } => Cell::Link {
            text: texts.import_after(&obstacle.input),
            to: Target::Screen(Address::about(ScreenName::Imports, obstacle.import.to_string()).to_string()),
        },
    }
}

fn buttons(texts: Texts, entry: &ImportEntry) -> Vec<Button> {
    let import = entry.id;
    if entry.undoing == Undoing::Possible {
        let action = Action::Import(ImportAction::Undo { import });
        return vec![
            Button::new(texts.import_undo(), &action)
                .destructive()
                .about(entry.input.clone()),
        ];
    }
    if entry.state == ImportState::Waiting {
        let action = Action::Import(ImportAction::TakeOut { import });
        return vec![
            Button::new(texts.import_take_out(), &action)
                .destructive()
                .about(entry.input.clone()),
        ];
    }
    Vec::new()
}

fn facts(texts: Texts, entry: &ImportEntry) -> Vec<Fact> {
    let mut rows = Vec::new();
    let mut fact = |name: &str, value: Cell| {
        if value != Cell::Nothing {
            rows.push(Fact {
                name: name.to_owned(),
                value,
            });
        }
    };
    fact(texts.import_state(), state(texts, entry));
    fact(
        texts.import_source(),
        Cell::Text(texts.import_source_name(&entry.source)),
    );
    fact(texts.import_at(), Cell::Moment(entry.started_at));
    fact(texts.import_ended(), Cell::moment(entry.finished_at));
    fact(texts.import_by(), Cell::text(entry.queued_by.clone()));
    fact(texts.import_node(), Cell::text(entry.node.clone()));
    fact(texts.import_read(), number(entry.read));
    fact(texts.import_new(), number(entry.new));
    fact(texts.import_changed(), number(entry.changed));
    fact(texts.import_unchanged(), number(entry.unchanged));
    fact(texts.import_rejected(), number(entry.rejected));
    if entry.has_rejects {
        let path = format!("/api/v1/imports/{}/rejects", entry.id);
        let cell = Cell::Link {
            text: texts.import_rejects_file().to_owned(),
            to: Target::File(path),
        };
        fact(texts.import_rejected_rows(), cell);
    }
    if entry.stage.as_deref() == Some("undoing") || entry.undone_at.is_some() {
        fact(texts.import_taken_back(), number(entry.taken_back.unwrap_or(0)));
    }
    fact(texts.import_undone_at(), Cell::moment(entry.undone_at));
    fact(texts.import_undone_by(), Cell::text(entry.undone_by.clone()));
    fact(texts.import_undoing(), undoing(texts, entry));
    rows
}

fn shares(texts: Texts, entry: &ImportEntry) -> Table {
    let columns = vec![
        Column::text("registry", texts.import_registry()),
        Column::number("new", texts.import_new()),
        Column::number("changed", texts.import_changed()),
        Column::number("latest", texts.import_latest()),
    ];
    let mut table = Table::new("registries", texts.import_registries(), columns, "");
    table.rows = entry
        .registries
        .iter()
        .map(|share| {
            let cells = vec![
                Cell::Text(texts.registry(share.registry).to_owned()),
                number(share.new),
                number(share.changed),
                Cell::Day(share.latest),
            ];
            Row::new(share.registry.key(), cells)
        })
        .collect();
    table
}

fn number(count: u64) -> Cell {
    Cell::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

fn upload(texts: Texts, most_bytes: u64) -> Upload {
    Upload {
        title: texts.import_upload_title().to_owned(),
        hint: texts.import_upload_hint(most_bytes / 1_000_000_000),
        path: "/api/v1/imports".to_owned(),
        choice_label: texts.import_source().to_owned(),
        choice_name: "source".to_owned(),
        choices: texts.import_sources(),
        file_label: texts.import_file().to_owned(),
        button: texts.import_upload().to_owned(),
    }
}

fn folder(texts: Texts, folder: &str) -> Form {
    let source = Field::new(
        "source",
        texts.import_source(),
        Input::Choice {
            value: String::new(),
            options: texts.import_sources(),
        },
    );
    Form {
        key: FOLDER_FORM,
        title: texts.import_folder_title().to_owned(),
        hint: Some(texts.import_folder_hint(folder)),
        context: BTreeMap::new(),
        fields: vec![source, Field::text("path", texts.import_path(), None, "2026-11/")],
        button: texts.import_start().to_owned(),
        asks: false,
    }
}

fn filters(view: &View<'_>) -> Filters {
    let (texts, address) = (view.texts, view.address);
    let states = ImportState::ALL
        .into_iter()
        .map(|state| (state.key().to_owned(), texts.import_state_word(state).to_owned()));
    Filters {
        fields: vec![
            Field::choice(
                "state",
                texts.import_state(),
                address.filter("state"),
                texts.any(),
                states,
            ),
            Field::choice(
                "source",
                texts.import_source(),
                address.filter("source"),
                texts.any(),
                texts.import_sources(),
            ),
            Field::text("text", texts.import_file(), address.filter("text"), "2026"),
        ],
        reset: Filters::reset_of(address),
    }
}
