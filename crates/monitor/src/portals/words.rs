//! What was found, done and is needed, in the viewer's language.

use crate::screen::{Button, Link, Problem, Tone};
use crate::texts::Texts;
use certlens_portals::repair::Finding;
use certlens_portals::{Need, RepairReport};
use chrono::{DateTime, Utc};

/// A need as a problem: what is wrong, what it means, what to do and where.
pub(crate) fn problem(texts: Texts, need: &Need, since: DateTime<Utc>, repair: &Button) -> Problem {
    let (what, advice) = need_words(texts, need);
    let is_stopped = !matches!(
        need,
        Need::Repair { .. } | Need::EventsUnproved { .. } | Need::AdministratorMissing { .. }
    );
    Problem {
        key: need.key(),
        tone: if is_stopped { Tone::Bad } else { Tone::Warning },
        what,
        since: Some(since),
        means: if is_stopped {
            texts.need_stops()
        } else {
            texts.need_changes()
        }
        .to_owned(),
        advice,
        links: need
            .link()
            .map(|link| Link::outside(texts.go_to_portal(), link))
            .into_iter()
            .collect(),
        buttons: vec![repair.clone()],
    }
}

/// What is wrong, and what to do.
fn need_words(texts: Texts, need: &Need) -> (String, String) {
    match need {
        Need::Install { link } => (
            texts.of("На портале нет приложения.", "The application is not on the portal.").to_owned(),
            texts.of(
                format!("Попросите администратора портала открыть {link} и установить приложение."),
                format!("Ask an administrator of the portal to open {link} and to install the application."),
            ),
        ),
        Need::OpenApplication { link } => (
            texts
                .of("Не осталось ни одного действующего токена.", "No valid token is left.")
                .to_owned(),
            texts.of(
                format!(
                    "Попросите администратора портала открыть {link} один раз: этого достаточно. Если приложения там \
                     нет, его нужно установить снова."
                ),
                format!(
                    "Ask an administrator of the portal to open {link} once: that is enough. If the application is not \
                     there, it has to be installed again."
                ),
            ),
        ),
        Need::MakeApplication {
            link,
            handler,
            installer,
        } => make_application(texts, link, handler, installer),
        Need::EnterSecret {
            client_id,
            is_market,
        } => enter_secret(texts, client_id, *is_market),
        Need::Portal(notice) => (
            texts.of(
                format!("Портал не пускает приложение: {}.", texts.portal_notice(notice)),
                format!("The portal refuses the application: {}.", texts.portal_notice(notice)),
            ),
            texts.portal_notice_advice(notice).to_owned(),
        ),
        Need::Repair {
            missing,
            failing,
            failed_events,
        } => (
            repairable(texts, missing, failing, *failed_events),
            texts
                .of(
                    "Нажмите «Починить»: сервис исправит это сам и скажет, что осталось.",
                    "Press Repair: the service mends it by itself and says what is left.",
                )
                .to_owned(),
        ),
        Need::AdministratorMissing { link } => (
            texts
                .of(
                    "Нет токена администратора: вкладки и события нельзя привести в порядок.",
                    "No administrator's token is left: tabs and events can't be put in order.",
                )
                .to_owned(),
            texts.of(
                format!("Попросите администратора портала открыть {link} один раз."),
                format!("Ask an administrator of the portal to open {link} once."),
            ),
        ),
        Need::EventsUnproved { link } => (
            texts
                .of(
                    "Подлинность событий портала проверить нельзя, поэтому они не принимаются.",
                    "Events of the portal can't be authenticated, so they are not taken.",
                )
                .to_owned(),
            texts.of(
                format!("Попросите администратора портала открыть {link} один раз."),
                format!("Ask an administrator of the portal to open {link} once."),
            ),
        ),
    }
}

/// A local application that was deleted with its keys is made anew.
fn make_application(texts: Texts, link: &str, handler: &str, installer: &str) -> (String, String) {
    (
            texts
                .of(
                    "Возможно, локальное приложение удалили вместе с ключами.",
                    "The local application may have been deleted with its keys.",
                )
                .to_owned(),
            texts.of(
                format!(
                    "Если приложения на портале больше нет: администратор портала создаёт локальное приложение на \
                     странице {link} с адресом обработчика {handler} и адресом первой установки {installer}; его \
                     client_id и client_secret введите в форму «Ключи локального приложения» на этом экране; потом \
                     администратор открывает приложение один раз."
                ),
                format!(
                    "If the application is no longer on the portal: an administrator of the portal makes a local \
                     application at {link} with the handler {handler} and the address of the first installation \
                     {installer}; enter its client_id and client_secret into the form \"Keys of a local application\" \
                     on this screen; then the administrator opens the application once."
                ),
            ),
        )
}

/// Without its secret no token is renewed.
fn enter_secret(texts: Texts, client_id: &str, is_market: bool) -> (String, String) {
    (
        texts.of(
            format!("Секретный ключ приложения {client_id} не сохранён: токены не обновляются."),
            format!("The secret of {client_id} is not stored: tokens can't be renewed."),
        ),
        if is_market {
            texts.of(
                "Задайте CERTLENS_BITRIX_CLIENT_SECRET и перезапустите сервис.".to_owned(),
                "Set CERTLENS_BITRIX_CLIENT_SECRET and start the service anew.".to_owned(),
            )
        } else {
            texts.of(
                "Введите его в форму «Ключи локального приложения» на этом экране.".to_owned(),
                "Enter it into the form \"Keys of a local application\" on this screen.".to_owned(),
            )
        },
    )
}

fn repairable(texts: Texts, missing: &[String], failing: &[String], failed_events: i64) -> String {
    let mut parts = Vec::new();
    if !missing.is_empty() {
        let names = missing.join(", ");
        parts.push(texts.of(
            format!("На портале не хватает: {names}."),
            format!("Missing on the portal: {names}."),
        ));
    }
    if !failing.is_empty() {
        let names: Vec<String> = failing.iter().map(|kind| texts.job_word(kind)).collect();
        let names = names.join(", ");
        parts.push(texts.of(
            format!("Не удаётся работа: {names}."),
            format!("Work that fails: {names}."),
        ));
    }
    if failed_events > 0 {
        parts.push(texts.of(
            format!("Событий, от которых отказались: {failed_events}."),
            format!("Events that were given up: {failed_events}."),
        ));
    }
    parts.join(" ")
}

/// A repair's report: a headline, each step with what was found, and what is left to people.
pub(crate) fn report(texts: Texts, report: &RepairReport) -> String {
    let mut lines = Vec::new();
    if report.is_healthy() {
        lines.push(texts.repaired().to_owned());
    } else if report.needs.is_empty() {
        // What the portal said has yet to be confirmed, as when it seems to have lost the application.
        lines.push(texts.repaired_unclear().to_owned());
    } else {
        lines.push(texts.repaired_not_wholly().to_owned());
        lines.extend(report.needs.iter().map(|need| {
            let (what, advice) = need_words(texts, need);
            format!("{what} {advice}")
        }));
    }
    for step in &report.steps {
        let findings: Vec<String> = step.findings.iter().map(|found| finding(texts, found)).collect();
        let outcome = texts.repair_outcome(step.outcome);
        let details = if findings.is_empty() {
            String::new()
        } else {
            format!(": {}", findings.join("; "))
        };
        lines.push(format!("{} — {outcome}{details}.", texts.repair_step(step.name)));
    }
    lines.join("\n")
}

/// One thing that a repair found or did.
fn finding(texts: Texts, finding: &Finding) -> String {
    // The finding itself speaks English.
    let en = finding.to_string();
    let ru = match finding {
        Finding::KeysKnown { client_id } => format!("ключ {client_id} сохранён"),
        Finding::SecretUnknown { client_id } => {
            format!("ключ {client_id} не сохранён, токены не обновляются")
        }
        Finding::ApplicationUnknown => "неизвестно, какое приложение установлено на портале".to_owned(),
        Finding::ChainLives {
            user_id,
            source,
            is_renewed,
        } => {
            let how = if *is_renewed {
                ", сейчас обновлён"
            } else {
                ""
            };
            let source = texts.chain_source_word(*source);
            format!("токен пользователя {user_id} ({source}) действует{how}")
        }
        Finding::ChainEnded { user_id, source, end } => format!(
            "токен пользователя {user_id} ({}) больше не действует: {}",
            texts.chain_source_word(*source),
            texts.chain_end_words(*end)
        ),
        Finding::ChainUnproved {
            user_id,
            source,
            notice,
        } => format!(
            "токен пользователя {user_id} ({}) проверить не удалось: {}",
            texts.chain_source_word(*source),
            texts.portal_notice(notice)
        ),
        Finding::NoChain { last_end: Some(end) } => format!(
            "действующих токенов не было; последний: {}",
            texts.chain_end_words(*end)
        ),
        Finding::NoChain { last_end: None } => "токенов нет".to_owned(),
        Finding::State { state, reason } => {
            let reason = reason
                .as_ref()
                .map_or_else(String::new, |reason| format!(" ({reason})"));
            format!("{}{reason}", texts.portal_state(*state))
        }
        Finding::TakenUpAgain { was } => {
            format!(
                "работа с порталом возобновлена; было: {}",
                texts.portal_state(*was)
            )
        }
        Finding::Moved { from, to } => format!("портал переехал с {from} на {to}"),
        Finding::BindingsKept(kept) => format!("на месте: {kept}"),
        Finding::Bound(names) => format!("привязано недостающее: {}", names.join(", ")),
        Finding::Rebound(names) => format!("привязано заново изменённое: {}", names.join(", ")),
        Finding::LeftOversRemoved(removed) => format!("убрано ведущее на другие адреса: {removed}"),
        Finding::BindingRefused { name, words } => format!("портал отказал в {name}: {words}"),
        Finding::BindingsUnreachable(notice) => {
            format!("посмотреть не удалось: {}", texts.portal_notice(notice))
        }
        Finding::EventsProvable => "подлинность проверяется".to_owned(),
        Finding::EventsUnprovable => {
            "её нельзя проверить, пока администратор не откроет приложение".to_owned()
        }
        Finding::WorkBegunAnew { kind, error } => {
            format!(
                "{} начато заново; раньше не удавалось: {error}",
                texts.job_word(kind)
            )
        }
        Finding::WorkScheduled(kind) => format!("{} делается впервые", texts.job_word(kind)),
        Finding::EventsMadeGood(events) => {
            format!("вместо {events} потерянных событий просматривается, что изменилось в CRM")
        }
    };
    texts.of(ru, en)
}
