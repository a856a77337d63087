//! What is wrong with the machines in words: ClickHouse, backups, servers. The operator's matter.

use super::Texts;
use super::problems::Told;
use chrono::TimeDelta;

impl Texts {
    pub(crate) fn clickhouse_silent(self) -> Told {
        self.told(
            [
                "ClickHouse не отвечает.",
                "Карточки открываются: на поиск отвечает Postgres, но крупные контрагенты считаются дольше.",
                "Запустите ClickHouse или исправьте CERTLENS_CLICKHOUSE_URL: как только он ответит, поиск вернётся к нему сам. Встроенный ClickHouse перезапускается сам; его журнал — clickhouse/clickhouse.log в каталоге данных.",
            ],
            [
                "ClickHouse does not answer.",
                "Cards open: Postgres answers searches, but large counterparties take longer.",
                "Start ClickHouse, or correct CERTLENS_CLICKHOUSE_URL: as soon as it answers, searches go to it again. The embedded ClickHouse is restarted by itself; its log is clickhouse/clickhouse.log in the data directory.",
            ],
        )
    }

    pub(crate) fn clickhouse_refuses(self) -> Told {
        self.told(
            [
                "ClickHouse отвечает на поиск ошибкой: скорее всего, его таблицы удалены.",
                "Карточки открываются: на поиск отвечает Postgres, но крупные контрагенты считаются дольше.",
                "Нажмите «Заполнить ClickHouse»: таблицы будут созданы и заполнены заново. Если ошибка останется, проверьте имя и пароль в CERTLENS_CLICKHOUSE_URL.",
            ],
            [
                "ClickHouse answers searches with an error: most likely its tables are gone.",
                "Cards open: Postgres answers searches, but large counterparties take longer.",
                "Press “Fill ClickHouse”: its tables are made and filled anew. If the error stays, check the user and password in CERTLENS_CLICKHOUSE_URL.",
            ],
        )
    }

    pub(crate) fn search_slow(self) -> Told {
        self.told(
            [
                "Быстрый поиск сейчас недоступен.",
                "Карточки открываются, но крупные контрагенты считаются дольше.",
                "Ничего делать не нужно: служба Certlens видит неполадку. Если она длится больше часа, напишите в поддержку.",
            ],
            [
                "The fast search is not available now.",
                "Cards open, but large counterparties take longer.",
                "Nothing to do: the Certlens service knows. If it lasts for more than an hour, write to support.",
            ],
        )
    }

    pub(crate) fn clickhouse_emptied(self) -> Told {
        self.told(
            [
                "ClickHouse пуст: в нём нет ни одной загрузки, хотя в Postgres документы есть.",
                "На поиск отвечает Postgres; ответы верны, но крупные контрагенты считаются дольше.",
                "Нажмите «Заполнить ClickHouse»: недостающие документы перенесутся.",
            ],
            [
                "ClickHouse is empty: it holds no import, although Postgres has documents.",
                "Postgres answers searches; answers are right, but large counterparties take longer.",
                "Press “Fill ClickHouse”: the missing documents are copied.",
            ],
        )
    }

    pub(crate) fn clickhouse_behind(self, published: u64, version: u64) -> Told {
        self.of(
            Told::new(
                format!("ClickHouse отстаёт: в нём версия данных {published}, в Postgres — {version}."),
                "На поиск отвечает Postgres; ответы верны, но крупные контрагенты считаются дольше.",
                "Если идёт загрузка, дождитесь её конца. Если нет, нажмите «Заполнить ClickHouse».",
            ),
            Told::new(
                format!(
                    "ClickHouse is behind: it holds version {published} of the data, Postgres {version}."
                ),
                "Postgres answers searches; answers are right, but large counterparties take longer.",
                "If an import is running, wait for its end. If not, press “Fill ClickHouse”.",
            ),
        )
    }

    pub(crate) fn clickhouse_left_alone(self) -> Told {
        self.told(
            [
                "Сервер не спрашивает ClickHouse: недавние ответы были медленными или ошибочными.",
                "На поиск отвечает Postgres; крупные контрагенты считаются дольше.",
                "Обычно проходит само за секунды. Если нет, посмотрите нагрузку и память машины с ClickHouse.",
            ],
            [
                "A server does not ask ClickHouse: its recent answers were slow or wrong.",
                "Postgres answers searches; large counterparties take longer.",
                "Usually this ends by itself within seconds. If not, look at the load and memory of ClickHouse's machine.",
            ],
        )
    }

    pub(crate) fn backup_failed(self, why: &str) -> Told {
        self.of(
            Told::new(
                format!("Резервная копия базы не сделана: {why}."),
                "Если база пропадёт, пропадёт и всё, что выбрали люди после последней копии.",
                "Освободите место или исправьте CERTLENS_BACKUP_DIR. Попытка повторяется каждые 15 минут.",
            ),
            Told::new(
                format!("The database was not backed up: {why}."),
                "Should the database be lost, so is everything that people chose after the last backup.",
                "Make room or correct CERTLENS_BACKUP_DIR. It is tried again every 15 minutes.",
            ),
        )
    }

    /// One that is there is older than it may be.
    pub(crate) fn backup_old(self, is_there: bool, late_after: TimeDelta) -> Told {
        let [ru, en] = if is_there {
            let span = self.span_in_words(late_after);
            [
                format!("Последняя резервная копия базы старше, чем {span}."),
                format!("The last backup of the database is more than {span} old."),
            ]
        } else {
            [
                "Резервной копии базы нет.".to_owned(),
                "There is no backup of the database.".to_owned(),
            ]
        };
        self.told(
            [
                &ru,
                "Если база пропадёт, пропадут настройки, подписки и токены порталов.",
                "Выполните `certlens backup` и проверьте CERTLENS_BACKUP_EVERY. Храните копии и на другой машине.",
            ],
            [
                &en,
                "Should the database be lost, so are portals' settings, subscriptions and tokens.",
                "Run `certlens backup`, and look at CERTLENS_BACKUP_EVERY. Keep copies on another machine, too.",
            ],
        )
    }

    pub(crate) fn process_silent(self, name: &str) -> Told {
        self.of(
            Told::new(
                format!("Сервер «{name}» не подаёт признаков жизни."),
                "Если он был единственным, не идут ни пересчёты, ни уведомления. Если есть другие, они взяли его работу.",
                "Запустите его снова. Если он выключен нарочно, запись исчезнет через сутки.",
            ),
            Told::new(
                format!("The server “{name}” gives no sign of life."),
                "If it was the only one, there are neither recounts nor notifications. If there are others, they have taken over.",
                "Start it again. If it was switched off on purpose, this entry goes away after a day.",
            ),
        )
    }

    pub(crate) fn several_versions(self, versions: &str) -> Told {
        self.of(
            Told::new(
                format!("Работают серверы разных версий: {versions}."),
                "Во время обновления так и бывает. Если надолго, страницы одного сервера могут не найти файлов другого.",
                "Доведите обновление до конца.",
            ),
            Told::new(
                format!("Servers of several versions are running: {versions}."),
                "That is usual during an update. If it lasts, pages of one server may miss the files of another.",
                "Bring the update to its end.",
            ),
        )
    }

    pub(crate) fn secret_key(self, name: &str) -> Told {
        self.of(
            Told::new(
                format!("Секретный ключ сервера «{name}» не подходит к базе данных."),
                "Токены порталов не расшифровать: ни одна карточка и ни одно уведомление через этот сервер не пройдут.",
                "Верните прежний ключ (CERTLENS_SECRET_KEY или файл secret.key каталога данных). Если он потерян, откройте приложение на каждом портале заново: токены сохранятся с новым ключом.",
            ),
            Told::new(
                format!("The secret key of the server “{name}” does not fit the database."),
                "Tokens of portals can't be opened: no card and no notification gets through this server.",
                "Restore the former key (CERTLENS_SECRET_KEY, or the file secret.key of the data directory). If it is lost, open the application in each portal again: tokens are stored with the new key then.",
            ),
        )
    }

    pub(crate) fn clock_skew(self, name: &str, seconds: f64) -> Told {
        let by = format!("{:.0}", seconds.abs());
        self.of(
            Told::new(
                format!(
                    "Часы сервера «{name}» {} на {by} с относительно базы данных.",
                    if seconds > 0.0 {
                        "спешат"
                    } else {
                        "отстают"
                    }
                ),
                "Токены и сессии могут считаться просроченными раньше времени.",
                "Включите синхронизацию времени (NTP) на машине сервера и на машине базы данных.",
            ),
            Told::new(
                format!(
                    "The clock of the server “{name}” is {by} s {} the database's.",
                    if seconds > 0.0 { "ahead of" } else { "behind" }
                ),
                "Tokens and sessions may count as ended before their time.",
                "Switch on time synchronisation (NTP) on the server's machine and on the database's.",
            ),
        )
    }

    pub(crate) fn disk_full(self, name: &str, free: i64, total: i64) -> Told {
        let gigabytes = |bytes: i64| bytes / 1_000_000_000;
        let (free, total) = (gigabytes(free), gigabytes(total));
        self.of(
            Told::new(
                format!("На диске сервера «{name}» свободно {free} ГБ из {total}."),
                "Когда место кончится, остановятся загрузки, а потом и базы данных.",
                "Освободите место или увеличьте диск.",
            ),
            Told::new(
                format!("{free} of {total} GB are free on the disk of the server “{name}”."),
                "When it is full, imports stop, and then the databases.",
                "Make room, or enlarge the disk.",
            ),
        )
    }
}
