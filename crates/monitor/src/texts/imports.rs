//! The texts of imports.

use super::Texts;
use certlens_registry::{ImportState, UndoSummary};
use chrono::{DateTime, Utc};

/// The sources by the names of the command line, in Russian and English.
const SOURCES: [(&str, &str, &str); 10] = [
    (
        "fsa-declarations",
        "Росаккредитация: декларации (CSV, 7z)",
        "Rosaccreditation: declarations (CSV, 7z)",
    ),
    (
        "fsa-certificates",
        "Росаккредитация: сертификаты (CSV, 7z)",
        "Rosaccreditation: certificates (CSV, 7z)",
    ),
    (
        "kg-declarations",
        "Кыргызстан: декларации (сохранённые страницы)",
        "Kyrgyzstan: declarations (saved pages)",
    ),
    (
        "kg-certificates",
        "Кыргызстан: сертификаты (сохранённые страницы)",
        "Kyrgyzstan: certificates (saved pages)",
    ),
    (
        "kz",
        "Казахстан (сохранённые ответы реестра)",
        "Kazakhstan (saved answers of the register)",
    ),
    (
        "by",
        "Беларусь (открытые данные, JSON)",
        "Belarus (open data, JSON)",
    ),
    (
        "eaeu",
        "Единый реестр ЕАЭС (OData JSON)",
        "Unified register of the EAEU (OData JSON)",
    ),
    (
        "rf-territory",
        "Список недействующих на территории РФ",
        "List of documents not valid in Russia",
    ),
    (
        "jsonl",
        "Документы Certlens, JSON построчно",
        "Documents of Certlens, JSON lines",
    ),
    (
        "parquet",
        "Документы Certlens, Parquet",
        "Documents of Certlens, Parquet",
    ),
];

certlens_domain::fixed_texts! { Texts;
    /// What the screen is.
    imports_lead: "Файлы реестров: что загружено, что загружается сейчас и что можно отменить.",
        "Files of the registries: what was imported, what is being imported now, and what can be undone.";
    /// Nothing there.
    imports_empty: "Загрузок с такими условиями нет. Отправьте файл реестра выше или запустите certlens import на сервере.",
        "No imports match. Send a registry's file above, or run certlens import on the server.";
    /// Column.
    import_at: "Начало", "Begun";
    /// Name of a fact.
    import_ended: "Окончание", "Ended";
    /// Column.
    import_file: "Файл", "File";
    /// Column.
    import_source: "Источник", "Source";
    /// Column.
    import_state: "Состояние", "State";
    /// Column.
    import_read: "Строк прочитано", "Rows read";
    /// Column.
    import_new: "Новых", "New";
    /// Column.
    import_changed: "Изменённых", "Changed";
    /// Name of a fact.
    import_unchanged: "Без изменений", "Unchanged";
    /// Column.
    import_rejected: "Отклонено строк", "Rows rejected";
    /// Column.
    import_undoing: "Отмена", "Undoing";
    /// Name of a fact.
    import_by: "Кто запустил", "Started by";
    /// Name of a fact.
    import_node: "Где работает", "Runs on";
    /// Name of a fact.
    import_rejected_rows: "Отклонённые строки", "Rejected rows";
    /// The link to them.
    import_rejects_file: "Скачать: строка, причина, текст", "Download: line, reason, text";
    /// Name of a fact.
    import_taken_back: "Документов возвращено к прежнему", "Documents taken back";
    /// Name of a fact.
    import_undone_at: "Отменена", "Undone";
    /// Name of a fact.
    import_undone_by: "Кто отменил", "Undone by";
    /// Heading.
    import_registries: "По реестрам", "By registry";
    /// Column.
    import_registry: "Реестр", "Registry";
    /// Column.
    import_latest: "Самая поздняя регистрация", "Latest registration";
    /// In the column of undoing.
    import_can_be_undone: "можно отменить", "possible";
    /// In the column of undoing.
    import_too_old: "прежнее уже не хранится", "no longer kept";
    /// The button.
    import_undo: "Отменить загрузку", "Undo the import";
    /// The button.
    import_take_out: "Убрать из очереди", "Take out of the queue";
    /// Heading.
    import_upload_title: "Загрузить файл", "Send a file";
    /// The button.
    import_upload: "Отправить", "Send";
    /// Heading.
    import_folder_title: "Взять файлы на сервере", "Take files of the server";
    /// Field.
    import_path: "Файл или папка", "File or folder";
    /// The button.
    import_start: "Загрузить", "Import";
    /// A field is empty.
    import_source_missing: "Выберите, откуда этот файл.", "Choose where the file is from.";
    /// The question.
    import_take_out_question: "Убрать загрузку из очереди?", "Take the import out of the queue?";
    /// What it does.
    import_take_out_effect: "Файл не будет загружен; присланный файл удаляется.",
        "The file will not be imported; a file that was sent is deleted.";
    /// What it does.
    import_folder_effect: "Файлы встанут в очередь и загрузятся по одному; из папки берутся только те, что ещё не загружались.",
        "The files are queued and imported one after the other; of a folder, only those that were not imported yet.";
    /// Done.
    import_taken_out: "Загрузка убрана из очереди.", "The import was taken out of the queue.";
    /// Too late.
    import_waits_no_more: "Эта загрузка уже не ждёт: она началась или закончилась. Законченную можно отменить.",
        "This import does not wait any more: it has begun or ended. One that is done can be undone.";
    /// It takes longer.
    import_undo_goes_on: "Отмена началась и займёт ещё несколько минут. Ход виден на странице загрузки.",
        "The undoing has begun and takes some minutes more. The import's page shows how far it is.";
    /// There is none.
    import_unknown: "Такой загрузки нет.", "There is no such import.";
    /// Nothing to undo.
    import_nothing_to_undo: "Эта загрузка ничего не изменила, отменять нечего.", "This import changed nothing; there is nothing to undo.";
    /// It was undone.
    import_undone_already: "Эта загрузка уже отменена.", "This import was undone already.";
    /// What it replaced is gone.
    import_not_kept: "Прежние данные для отмены больше не хранятся: отменить можно только недавние загрузки (CERTLENS_UNDO_IMPORTS, \
        CERTLENS_UNDO_DAYS). Загрузите прежний файл ещё раз.",
        "What this import replaced is not kept any more: only recent imports can be undone (CERTLENS_UNDO_IMPORTS, \
        CERTLENS_UNDO_DAYS). Import the former file again instead.";
    /// Another one runs.
    import_busy: "Сейчас идёт другая загрузка. Дождитесь её конца и повторите.", "Another import is running. Wait until it ends and repeat.";
    /// The database failed.
    import_not_undone: "База данных не ответила, загрузка не отменена. Повторите через минуту.",
        "The database failed; the import was not undone. Repeat in a minute.";
    /// ClickHouse failed.
    import_not_published: "Загрузка отменена, поиск отвечает из Postgres. ClickHouse не ответил и узнает об этом при следующей загрузке \
        или запуске сервера.",
        "The import is undone, and Postgres answers searches. ClickHouse did not answer; it is told by the next import or the next \
        start of the server.";
    /// An upload failed.
    import_not_received: "Файл не принят: связь прервалась, файл слишком большой или на диске сервера нет места.",
        "The file was not taken: the connection broke off, the file is too large, or the server's disk is full.";
    /// The folder holds nothing new.
    import_nothing_new: "Здесь нет файлов, которые ещё не загружены.", "There is no file here that was not imported already.";
    /// It failed.
    import_not_taken: "Очередь загрузок недоступна. Повторите через минуту.", "The queue of imports can't be reached. Repeat in a minute.";
    /// It failed.
    import_not_read: "Список загрузок недоступен. Повторите через минуту.", "The list of imports can't be read. Repeat in a minute.";
}

impl Texts {
    /// The sources: value and text.
    pub fn import_sources(self) -> Vec<(String, String)> {
        SOURCES
            .into_iter()
            .map(|(key, ru, en)| (key.to_owned(), self.of(ru, en).to_owned()))
            .collect()
    }

    /// A source in words; one that is not known goes by its name.
    pub fn import_source_name(self, key: &str) -> String {
        SOURCES
            .into_iter()
            .find(|(known, ..)| *known == key)
            .map_or(key, |(_, ru, en)| self.of(ru, en))
            .to_owned()
    }

    /// How an import stands, in a word.
    pub const fn import_state_word(self, state: ImportState) -> &'static str {
        let (ru, en) = match state {
            ImportState::Waiting => ("ждёт очереди", "waiting"),
            ImportState::Running => ("идёт", "running"),
            ImportState::Interrupted => ("прервана", "interrupted"),
            ImportState::Done => ("завершена", "done"),
            ImportState::Failed => ("не удалась", "failed"),
            ImportState::Undone => ("отменена", "undone"),
        };
        self.either(ru, en)
    }

    /// How an import stands, in a sentence.
    pub const fn import_lead(self, state: ImportState) -> &'static str {
        let (ru, en) = match state {
            ImportState::Waiting => (
                "Загрузка ждёт очереди: файлы загружаются по одному.",
                "The import waits for its turn: files are imported one after the other.",
            ),
            ImportState::Running => (
                "Загрузка идёт. Пока она не закончена, поиск отвечает по прежним данным.",
                "The import is running. Until it is done, searches answer from the former data.",
            ),
            ImportState::Interrupted => (
                "Процесс загрузки остановился на полпути. Ничего из файла не попало в данные; файл из очереди загрузится заново сам, \
                 остальные запустите ещё раз.",
                "The importing process died half-way. Nothing of the file is in the data; a queued file is imported anew by itself, \
                 others have to be started again.",
            ),
            ImportState::Done => (
                "Загрузка завершена, данные файла видны в поиске.",
                "The import is done; searches see the file's data.",
            ),
            ImportState::Failed => (
                "Загрузка не удалась. Ничего из файла не попало в данные.",
                "The import failed. Nothing of the file is in the data.",
            ),
            ImportState::Undone => (
                "Загрузка отменена: данные такие, как будто её не было.",
                "The import was undone: the data are as if it had never been.",
            ),
        };
        self.either(ru, en)
    }

    /// What is being done now.
    pub fn import_stage(self, stage: &str) -> &'static str {
        match stage {
            "reading" => self.of("читает файл", "reading the file"),
            "merging" => self.of("записывает", "storing"),
            "publishing" => self.of("обновляет поиск", "updating the search"),
            "undoing" => self.of("отменяется", "being undone"),
            _ => self.of("работает", "at work"),
        }
    }

    /// What can be sent.
    pub fn import_upload_hint(self, most_gigabytes: u64) -> String {
        self.of(
            format!(
                "Файл реестра, как он опубликован, до {most_gigabytes} ГБ. Он встанет в очередь и появится в таблице ниже; после загрузки \
                 присланный файл удаляется."
            ),
            format!(
                "A registry's file as it is published, up to {most_gigabytes} GB. It is queued and appears in the table below; after \
                 its import the file is deleted."
            ),
        )
    }

    /// Where files may lie.
    pub fn import_folder_hint(self, folder: &str) -> String {
        self.of(
            format!("Путь внутри папки {folder} (настройка CERTLENS_IMPORT_DIR). Пустое поле: вся папка."),
            format!("A path within the folder {folder} (setting CERTLENS_IMPORT_DIR). Left empty: the whole folder."),
        )
    }

    /// The question.
    pub fn import_folder_question(self, path: &str) -> String {
        let path = if path.is_empty() { "." } else { path };
        self.of(format!("Загрузить «{path}»?"), format!("Import “{path}”?"))
    }

    /// The path leads elsewhere.
    pub fn import_outside(self, path: &str, folder: &str) -> String {
        self.of(
            format!("В папке {folder} нет файла или папки «{path}». Положите файл туда или измените CERTLENS_IMPORT_DIR."),
            format!("There is no file or folder “{path}” in {folder}. Put the file there, or change CERTLENS_IMPORT_DIR."),
        )
    }

    /// They wait.
    pub fn import_queued(self, files: usize) -> String {
        self.of(
            format!("В очередь поставлено файлов: {files}. Загрузка начнётся через несколько секунд."),
            format!("Files queued: {files}. The import begins within seconds."),
        )
    }

    /// A later import has to be undone first.
    pub fn import_in_the_way(self, input: &str, at: Option<DateTime<Utc>>, documents: u64) -> String {
        let at = at
            .map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string())
            .unwrap_or_default();
        self.of(
            format!("Мешает более поздняя загрузка «{input}» ({at}): она изменила документы этой, числом {documents}. Сначала отмените её."),
            format!("A later import stands in the way: “{input}” ({at}) changed {documents} documents of this one. Undo that one first."),
        )
    }

    /// In the column of undoing.
    pub fn import_after(self, input: &str) -> String {
        self.of(format!("сначала «{input}»"), format!("“{input}” first"))
    }

    /// The question.
    pub fn import_undo_question(self, input: &str) -> String {
        self.of(
            format!("Отменить загрузку «{input}»?"),
            format!("Undo the import of “{input}”?"),
        )
    }

    /// What it does.
    pub fn import_undo_effects(self, effect: &UndoSummary) -> Vec<String> {
        let mut effects = Vec::new();
        if effect.removed > 0 {
            effects.push(self.of(
                format!("Исчезнут документы, которые она добавила: {}.", effect.removed),
                format!("Documents that it added go: {}.", effect.removed),
            ));
        }
        if effect.restored > 0 {
            effects.push(self.of(
                format!(
                    "Вернутся к прежнему виду документы, которые она изменила: {}.",
                    effect.restored
                ),
                format!(
                    "Documents that it changed get their former contents back: {}.",
                    effect.restored
                ),
            ));
        }
        if effect.entries > 0 {
            effects.push(self.of(
                format!(
                    "Вернутся к прежнему виду записи списка недействующих в РФ: {}.",
                    effect.entries
                ),
                format!(
                    "Entries of the list of documents not valid in Russia are as before: {}.",
                    effect.entries
                ),
            ));
        }
        effects.push(
            self.of(
                "Статусы, история и счётчики станут такими, как до загрузки. Подписчики об отмене ничего не получат; новости, о которых \
                 ещё не рассказано, пропадут.",
                "Statuses, history and counts are as before the import. Subscribers are told nothing; news of it that nobody was told yet \
                 are dropped.",
            )
            .to_owned(),
        );
        effects
    }

    /// Done.
    pub fn import_undone(self, effect: &UndoSummary) -> String {
        let UndoSummary {
            removed,
            restored,
            entries,
        } = effect;
        self.of(
            format!("Загрузка отменена: убрано документов {removed}, возвращено к прежнему виду {restored}, записей списка {entries}."),
            format!("The import is undone: {removed} documents removed, {restored} restored, {entries} entries of the list."),
        )
    }
}
