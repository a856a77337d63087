//! What is wrong, in words for an administrator who does not know the program: what it is, what it means for people, and what
//! to do. Those of portals and of machines are in modules
//! of their own.

use super::Texts;
use certlens_domain::language::Language;
use certlens_domain::registry::Registry;
use chrono::{NaiveDate, TimeDelta};
use std::time::Duration;

/// The three sentences of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// What is wrong.
    pub(crate) what: String,
    /// What it means for people.
    pub(crate) means: String,
    /// What to do.
    pub(crate) advice: String,
}

impl Told {
    pub(super) fn new(what: impl Into<String>, means: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            means: means.into(),
            advice: advice.into(),
        }
    }
}

certlens_domain::fixed_texts! { Texts;
    /// Leads to the portal itself.
    open_portal: "Открыть портал", "Open the portal";
}

impl Texts {
    pub(super) fn told(self, ru: [&str; 3], en: [&str; 3]) -> Told {
        let [what, means, advice] = self.of(ru, en);
        Told::new(what, means, advice)
    }

    /// A span of time in its two greatest units: `2 h 15 min`.
    pub fn span_in_words(self, span: TimeDelta) -> String {
        let minutes = span.num_minutes().max(0);
        let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
        let units = self.of(["д", "ч", "мин"], ["d", "h", "min"]);
        match (days, hours, rest) {
            (0, 0, 0) => self.of("меньше минуты", "less than a minute").to_owned(),
            (0, 0, rest) => format!("{rest} {}", units[2]),
            (0, hours, 0) => format!("{hours} {}", units[1]),
            (0, hours, rest) => format!("{hours} {} {rest} {}", units[1], units[2]),
            (days, 0, _) => format!("{days} {}", units[0]),
            (days, hours, _) => format!("{days} {} {hours} {}", units[0], units[1]),
        }
    }

    /// A registry's full name.
    pub const fn registry_in_full(self, registry: Registry) -> &'static str {
        let (ru, en) = match registry {
            Registry::RfCertificates => ("Россия, сертификаты", "Russia, certificates"),
            Registry::RfDeclarations => ("Россия, декларации", "Russia, declarations"),
            Registry::KgCertificates => ("Кыргызстан, сертификаты", "Kyrgyzstan, certificates"),
            Registry::KgDeclarations => ("Кыргызстан, декларации", "Kyrgyzstan, declarations"),
            Registry::Kz => ("Казахстан", "Kazakhstan"),
            Registry::By => ("Беларусь", "Belarus"),
        };
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// What a part of the overview is about, for when it can't be read.
    pub(crate) fn fact_name(self, key: &str) -> &'static str {
        match key {
            "engines" => self.of("состояние поиска", "the state of the search"),
            "registries" => self.of("свежесть реестров", "the registries' freshness"),
            "imports" => self.of("загрузки", "imports"),
            "recounts" => self.of("пересчёты", "recounts"),
            "notifications" => self.of("уведомления", "notifications"),
            "portals" => self.of("порталы", "portals"),
            "backups" => self.of("резервные копии", "backups"),
            _ => self.of("серверы", "servers"),
        }
    }

    /// Something can't be read.
    pub(crate) fn fact_unread(self, what: &str, why: Option<&str>) -> Told {
        let why = why.map_or_else(String::new, |why| format!(" ({why})"));
        self.of(
            Told::new(
                format!("Не удалось узнать: {what}{why}."),
                "Здесь может скрываться неполадка, которой не видно.",
                "Обновите страницу через минуту. Если не помогло, проверьте, отвечает ли база данных Postgres, и посмотрите журнал сервера.",
            ),
            Told::new(
                format!("Could not be read: {what}{why}."),
                "Something may be wrong here that can't be seen.",
                "Reload in a minute. If that does not help, check that the database Postgres answers, and look into the server's log.",
            ),
        )
    }

    /// Imports are the operator's.
    fn import_advice(self, is_operator: bool) -> &'static str {
        if is_operator {
            self.of(
                "Загрузите свежий файл реестра в разделе «Загрузки» и проверьте, почему не пришёл очередной.",
                "Import a fresh file of the registry on the screen Imports, and find out why the last one did not come.",
            )
        } else {
            self.of(
                "Реестры загружает служба Certlens. Если данные нужны срочно, напишите в поддержку.",
                "Registries are loaded by the Certlens service. If you need the data urgently, write to support.",
            )
        }
    }

    pub(crate) fn registry_missing(self, name: &str, is_operator: bool) -> Told {
        self.of(
            Told::new(
                format!("Реестр «{name}» ни разу не загружался."),
                "В карточках не видно документов этого реестра, и новостей по нему нет.",
                self.import_advice(is_operator),
            ),
            Told::new(
                format!("The registry “{name}” was never loaded."),
                "Cards show no documents of it, and there are no news of it.",
                self.import_advice(is_operator),
            ),
        )
    }

    pub(crate) fn registry_stale(self, name: &str, age: TimeDelta, is_operator: bool) -> Told {
        let age = self.span_in_words(age);
        self.of(
            Told::new(
                format!("Реестр «{name}» не обновлялся {age}."),
                "Новые, приостановленные и прекращённые документы за это время в карточках не видны.",
                self.import_advice(is_operator),
            ),
            Told::new(
                format!("The registry “{name}” has not been updated for {age}."),
                "Documents that are new, suspended or terminated since then do not show in cards.",
                self.import_advice(is_operator),
            ),
        )
    }

    pub(crate) fn registry_data_old(self, name: &str, newest: NaiveDate, is_operator: bool) -> Told {
        self.of(
            Told::new(
                format!(
                    "В реестре «{name}» нет документов новее {}.",
                    newest.format("%d.%m.%Y")
                ),
                "Загрузка прошла, но файл, похоже, старый: свежих документов в карточках нет.",
                self.import_advice(is_operator),
            ),
            Told::new(
                format!("The registry “{name}” has no documents newer than {newest}."),
                "It was imported, but the file seems to be old: cards show no recent documents.",
                self.import_advice(is_operator),
            ),
        )
    }

    pub(crate) fn import_failed(self, source: &str, input: &str, error: &str) -> Told {
        self.of(
            Told::new(
                format!("Последняя загрузка «{source}» не удалась: {error}"),
                "Остались документы предыдущей загрузки: ничего не потеряно, но данные стареют.",
                format!("Исправьте причину и повторите загрузку файла {input} в разделе «Загрузки»."),
            ),
            Told::new(
                format!("The latest import of “{source}” failed: {error}"),
                "The documents of the import before are still there: nothing is lost, but the data grow old.",
                format!("Mend the cause and import {input} again on the screen Imports."),
            ),
        )
    }

    pub(crate) fn import_hangs(self, source: &str, input: &str) -> Told {
        self.of(
            Told::new(
                format!("Загрузка «{source}» идёт слишком долго ({input})."),
                "Пока она не закончится, другие загрузки ждут.",
                "Посмотрите её ход в разделе «Загрузки». Если процесс погиб, следующая загрузка отметит её прерванной и продолжит.",
            ),
            Told::new(
                format!("The import of “{source}” has been running for too long ({input})."),
                "Until it ends, other imports wait.",
                "Look at its progress on the screen Imports. If its process died, the next import marks it as interrupted and goes on.",
            ),
        )
    }

    pub(crate) fn import_rejects(self, source: &str, rejected: i64, read: i64) -> Told {
        self.of(
            Told::new(
                format!("Загрузка «{source}» отвергла {rejected} строк из {read}."),
                "Этих документов в карточках нет. Обычно так бывает, когда реестр изменил формат файла.",
                "Посмотрите причины в файле отказов этой загрузки.",
            ),
            Told::new(
                format!("The import of “{source}” rejected {rejected} of {read} rows."),
                "Cards lack these documents. Usually the registry changed the form of its file.",
                "Look at the reasons in the import's file of rejects.",
            ),
        )
    }

    pub(crate) fn recount_fails(self, failures: i64, error: Option<&str>) -> Told {
        let error = error.map_or_else(|| ".".to_owned(), |error| format!(": {error}"));
        self.of(
            Told::new(
                format!("Пересчёт не удаётся (подряд неудач: {failures}){error}"),
                "Новости об отслеживаемых контрагентах не появляются. Они не потеряны: следующий удачный пересчёт найдёт всё.",
                "Пересчёт повторится сам через полминуты. Если ошибка та же, проверьте базу данных Postgres: место на диске, блокировки, журнал.",
            ),
            Told::new(
                format!("Recounts fail (failures in a row: {failures}){error}"),
                "There are no news of tracked counterparties. None is lost: the next recount that succeeds finds all.",
                "It is repeated by itself in half a minute. If the error stays, check the database Postgres: free space, locks, its log.",
            ),
        )
    }

    pub(crate) fn recount_hangs(self, running: TimeDelta) -> Told {
        let running = self.span_in_words(running);
        self.of(
            Told::new(
                format!("Пересчёт идёт уже {running}."),
                "Новости задерживаются; то, что найдено, не пропадёт.",
                "Проверьте нагрузку базы данных Postgres. После перезапуска сервера пересчёт продолжится с того же места.",
            ),
            Told::new(
                format!("A recount has been running for {running}."),
                "News are late; what was found is not lost.",
                "Check the load of the database Postgres. After a restart of the server the recount goes on where it was.",
            ),
        )
    }

    pub(crate) fn recount_late(self, late: TimeDelta, every: Duration) -> Told {
        let late = self.span_in_words(late);
        let every = self.span_in_words(TimeDelta::from_std(every).unwrap_or_default());
        self.of(
            Told::new(
                format!("Пересчёт опаздывает на {late}: он должен идти раз в {every}."),
                "Новости об отслеживаемых контрагентах задерживаются.",
                "Пересчёты ведёт один из серверов. Проверьте, что хотя бы один сервер работает и пишет в базу; другой сервер берётся за дело через полминуты.",
            ),
            Told::new(
                format!("The recount is {late} late: it should run every {every}."),
                "News of tracked counterparties are late.",
                "One of the servers runs the recounts. Check that at least one works and can write to the database; another takes over within half a minute.",
            ),
        )
    }

    pub(crate) fn items_late(self, items: i64, late: TimeDelta) -> Told {
        let late = self.span_in_words(late);
        self.of(
            Told::new(
                format!("Уведомления не отправляются: ждут {items}, самое старое — {late}."),
                "Сотрудники не видят новостей в карточках.",
                "Посмотрите очередь: причина последней неудачи стоит у каждого уведомления.",
            ),
            Told::new(
                format!("Notifications are not being sent: {items} wait, the oldest for {late}."),
                "People do not see news in their cards.",
                "Look at the queue: each notification has the reason of its last failure.",
            ),
        )
    }

    pub(crate) fn news_unplanned(self, late: TimeDelta) -> Told {
        let late = self.span_in_words(late);
        self.of(
            Told::new(
                format!("Найденные новости не превращаются в уведомления уже {late}."),
                "Сотрудники не узнают о новостях, хотя они найдены.",
                "Проверьте, что сервер работает, и посмотрите его журнал. Новости не потеряны.",
            ),
            Told::new(
                format!("News that were found have not been made into notifications for {late}."),
                "People are not told of news although they were found.",
                "Check that a server works, and look into its log. No news are lost.",
            ),
        )
    }
}
