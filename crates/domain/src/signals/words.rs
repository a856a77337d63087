//! What signals say, in the words of the trade.

use super::{
    BODY_DOCUMENTS, ENOUGH_FOR_A_SHARE, FLOOD_DOCUMENTS, FLOOD_PERCENT, ROUTINE_TERMINATIONS_PERCENT, Signal,
    TwoYears, YEAR_DAYS,
};
use crate::board::ValueCount;
use crate::certification_body::short_name;
use crate::format::{Plural, count, day, percent};
use crate::language::Language;
use crate::noun::Noun;
use crate::summary::ENOUGH_TO_COMPARE;
use chrono::NaiveDate;

impl Signal {
    /// What is the matter, in one sentence.
    pub fn sentence(&self, language: Language) -> String {
        match self {
            Self::AllEnded {
                documents,
                expired,
                stopped,
            } => all_ended(*documents, *expired, *stopped, language),
            Self::Stopped {
                suspended,
                terminated,
                invalid,
                of,
            } => self.stopped_sentence([*suspended, *terminated, *invalid], *of, language),
            Self::Warned { documents } => match language {
                Language::Ru => {
                    let of = Plural::of(*documents, language).choose("документу", "документам", "документам");
                    format!(
                        "По {}\u{a0}{of} направлено уведомление о прекращении или выдано предписание.",
                        count(*documents, language)
                    )
                }
                Language::En => format!(
                    "A notice of termination or an order was issued for {}.",
                    Noun::DOCUMENT.counted(*documents, language)
                ),
            },
            Self::NotValidInRf { documents } => {
                let counted = Noun::DOCUMENT.counted(*documents, language);
                match language {
                    Language::Ru => {
                        let verb = Plural::of(*documents, language).choose(
                            "не действует",
                            "не действуют",
                            "не действуют",
                        );
                        format!("На территории РФ {verb} {counted} из реестров других стран ЕАЭС.")
                    }
                    Language::En => {
                        let verb = Plural::of(*documents, language).choose("is", "are", "are");
                        format!("{counted} of other EAEU countries' registries {verb} not valid in Russia.")
                    }
                }
            }
            Self::Expiring {
                within,
                active,
                next_end,
                today,
            } => expiring(*within, *active, *next_end, *today, language),
            Self::NothingNew { last_registered } => {
                let last = last_registered.map(|last| day(last, language));
                match (last, language) {
                    (Some(last), Language::Ru) => {
                        format!("Больше года нет новых документов: последний зарегистрирован {last}.")
                    }
                    (Some(last), Language::En) => {
                        format!("Nothing new for more than a year: the last document is of {last}.")
                    }
                    (None, Language::Ru) => "Больше года нет новых документов.".to_owned(),
                    (None, Language::En) => "Nothing new for more than a year.".to_owned(),
                }
            }
            Self::Fell { years } | Self::Grew { years } => years.sentence(language),
            Self::BodyChanged { now, before, .. } => body_changed(now, before, language),
            Self::Flood {
                day: on,
                documents,
                last_year,
            } => flood(*on, *documents, *last_year, language),
        }
    }

    /// How it was found, in one sentence.
    pub fn explanation(&self, language: Language) -> String {
        match (self, language) {
            (Self::AllEnded { .. }, Language::Ru) => {
                "Все найденные документы прекращены, признаны недействительными или находятся в архиве: срок их действия истёк."
                    .to_owned()
            }
            (Self::AllEnded { .. }, Language::En) => {
                "All documents found are terminated, void or archived: their term is over.".to_owned()
            }
            (Self::Stopped { of, .. }, Language::Ru) if *of < ENOUGH_FOR_A_SHARE => format!(
                "Статусы реестров на сегодня; архивные документы, срок которых истёк, не в счёт; доля считается от {}.",
                Noun::DOCUMENT.counted_genitive(ENOUGH_FOR_A_SHARE, language)
            ),
            (Self::Stopped { of, .. }, Language::En) if *of < ENOUGH_FOR_A_SHARE => format!(
                "Registries' statuses as of today; archived documents, whose term is over, are left out; a share is told from {} on.",
                Noun::DOCUMENT.counted(ENOUGH_FOR_A_SHARE, language)
            ),
            (Self::Stopped { .. }, Language::Ru) => format!(
                "Доля приостановленных, прекращённых и недействительных среди документов, кроме архивных, срок которых истёк; прекращённые в пределах {ROUTINE_TERMINATIONS_PERCENT}\u{a0}% — обычная замена документов."
            ),
            (Self::Stopped { .. }, Language::En) => format!(
                "The share of suspended, terminated and void documents among all but archived ones, whose term is over; terminations up to {ROUTINE_TERMINATIONS_PERCENT}% are usual replacements."
            ),
            (Self::Warned { .. }, Language::Ru) => {
                "Реестр РФ показывает статус «Направлено уведомление о прекращении» или «Выдано предписание»: документ могут прекратить."
                    .to_owned()
            }
            (Self::Warned { .. }, Language::En) => {
                "The Russian registry shows a notice of termination or an order: the document may be terminated.".to_owned()
            }
            (Self::NotValidInRf { .. }, Language::Ru) => {
                "По перечню Росаккредитации действие этих документов на территории РФ приостановлено или прекращено, хотя в своём реестре они могут действовать."
                    .to_owned()
            }
            (Self::NotValidInRf { .. }, Language::En) => {
                "Rosaccreditation lists these documents as suspended or terminated in Russia, though their own registry may show them as valid."
                    .to_owned()
            }
            (Self::Expiring { .. }, Language::Ru) => {
                "Действующие документы, срок действия которых кончается с сегодняшнего дня по 30-й, 60-й и 90-й день; каждое следующее число включает предыдущее."
                    .to_owned()
            }
            (Self::Expiring { .. }, Language::En) => {
                "Valid documents whose last day lies between today and the 30th, 60th and 90th day; each number includes the one before."
                    .to_owned()
            }
            (Self::NothingNew { .. }, Language::Ru) => format!(
                "За последние {YEAR_DAYS} дней в загруженных реестрах нет регистраций, а раньше были: повод спросить о новой продукции."
            ),
            (Self::NothingNew { .. }, Language::En) => format!(
                "The loaded registries hold no registration of the last {YEAR_DAYS} days but earlier ones: a reason to ask about new products."
            ),
            (Self::Fell { .. } | Self::Grew { .. }, Language::Ru) => format!(
                "Регистрации за последние {YEAR_DAYS} дней против {YEAR_DAYS} дней до них; сигнал — от полутора раз, когда в одном из годов не меньше {ENOUGH_TO_COMPARE} документов."
            ),
            (Self::Fell { .. } | Self::Grew { .. }, Language::En) => format!(
                "Registrations of the last {YEAR_DAYS} days against the {YEAR_DAYS} days before; told from one and a half times on, when one of the years has at least {ENOUGH_TO_COMPARE} documents."
            ),
            (Self::BodyChanged { .. }, Language::Ru) => format!(
                "Орган, указанный в большинстве документов за последние {YEAR_DAYS} дней, не тот, что за {YEAR_DAYS} дней до них; у каждого не меньше {BODY_DOCUMENTS} документов."
            ),
            (Self::BodyChanged { .. }, Language::En) => format!(
                "The body named in most documents of the last {YEAR_DAYS} days is not the one of the {YEAR_DAYS} days before; each has at least {BODY_DOCUMENTS} documents."
            ),
            (Self::Flood { .. }, Language::Ru) => format!(
                "День последнего года с наибольшим числом регистраций; сигнал — от {FLOOD_DOCUMENTS} документов и от {FLOOD_PERCENT}\u{a0}% регистраций за год."
            ),
            (Self::Flood { .. }, Language::En) => format!(
                "The day of the last year with most registrations; told from {FLOOD_DOCUMENTS} documents and {FLOOD_PERCENT}% of the year's registrations on."
            ),
        }
    }

    fn stopped_sentence(&self, parts: [u64; 3], of: u64, language: Language) -> String {
        let verbs = match language {
            Language::Ru => [
                ["приостановлен", "приостановлено"],
                ["прекращён", "прекращено"],
                ["признан недействительным", "признано недействительными"],
            ],
            Language::En => [["suspended"; 2], ["terminated"; 2], ["declared void"; 2]],
        };
        let told: Vec<String> = parts
            .into_iter()
            .zip(verbs)
            .filter(|(number, _)| *number > 0)
            .map(|(number, [one, many])| {
                let verb = Plural::of(number, language).choose(one, many, many);
                match language {
                    Language::Ru => format!("{verb}\u{a0}{}", count(number, language)),
                    Language::En => format!("{}\u{a0}{verb}", count(number, language)),
                }
            })
            .collect();
        let share = if of < ENOUGH_FOR_A_SHARE {
            String::new()
        } else {
            format!(" ({})", share(self.stopped_percent(), language))
        };
        let documents = Noun::DOCUMENT.counted_genitive(of, language);
        let told = listed(&told, language);
        match language {
            Language::Ru => format!("Из {documents} без учёта архивных {told}{share}."),
            Language::En => format!("Of {documents}, archived ones left out, {told}{share}."),
        }
    }
}

impl TwoYears {
    fn sentence(&self, language: Language) -> String {
        let registered = Noun::DOCUMENT.counted(self.last, language);
        let change = self.growth.words(language).unwrap_or_default();
        match language {
            Language::Ru => {
                let verb = Plural::of(self.last, language).choose(
                    "зарегистрирован",
                    "зарегистрировано",
                    "зарегистрировано",
                );
                let before = count(self.before, language);
                format!("За последний год {verb} {registered}, годом раньше\u{a0}— {before}: {change}.")
            }
            Language::En => {
                let before = count(self.before, language);
                format!("{registered} registered in the last year, {before} in the year before: {change}.")
            }
        }
    }
}

fn all_ended(documents: u64, expired: u64, stopped: u64, language: Language) -> String {
    match (documents, expired, stopped, language) {
        (1, 1, _, Language::Ru) => "Единственный документ уже не действует: срок истёк.".to_owned(),
        (1, _, _, Language::Ru) => "Единственный документ уже не действует: прекращён до срока.".to_owned(),
        (1, 1, _, Language::En) => "The only document is not valid any more: its term is over.".to_owned(),
        (1, _, _, Language::En) => "The only document is not valid any more: it was terminated.".to_owned(),
        (_, _, 0, Language::Ru) => {
            format!(
                "Действующих документов нет: срок истёк у всех {}.",
                count(documents, language)
            )
        }
        (_, 0, _, Language::Ru) => {
            format!(
                "Действующих документов нет: до срока прекращены все {}.",
                count(documents, language)
            )
        }
        (_, _, _, Language::Ru) => {
            let verb = Plural::of(stopped, language).choose("прекращён", "прекращено", "прекращено");
            format!(
                "Действующих документов нет: из {} срок истёк у\u{a0}{}, {verb} до срока\u{a0}— {}.",
                count(documents, language),
                count(expired, language),
                count(stopped, language)
            )
        }
        (_, _, 0, Language::En) => format!(
            "No valid documents: the term of all {} is over.",
            count(documents, language)
        ),
        (_, 0, _, Language::En) => format!(
            "No valid documents: all {} were terminated.",
            count(documents, language)
        ),
        (_, _, _, Language::En) => format!(
            "No valid documents: of {} the term of {} is over, {} terminated.",
            count(documents, language),
            count(expired, language),
            count(stopped, language)
        ),
    }
}

fn expiring(
    within: [u64; 3],
    active: u64,
    next_end: Option<NaiveDate>,
    today: NaiveDate,
    language: Language,
) -> String {
    let [in_30, in_60, in_90] = within;
    let of = match language {
        Language::Ru => {
            let word = Plural::of(active, language).choose("действующего", "действующих", "действующих");
            format!("{}\u{a0}{word}", count(active, language))
        }
        Language::En => Noun::VALID_DOCUMENT.counted(active, language),
    };
    if let (1, Some(end)) = (in_90, next_end) {
        let days = u64::try_from((end - today).num_days()).unwrap_or(0);
        let when = remaining(days, language);
        let end = day(end, language);
        return match (active, language) {
            (1, Language::Ru) => {
                format!("{end}, {when}, истекает срок единственного действующего документа.")
            }
            (1, Language::En) => format!("The only valid document expires on {end}, {when}."),
            (_, Language::Ru) => format!("{end}, {when}, истекает срок 1\u{a0}документа из {of}."),
            (_, Language::En) => format!("1 of {of} expires on {end}, {when}."),
        };
    }
    let told = |number: u64| match (number, language) {
        (0, Language::Ru) => "ни одного".to_owned(),
        (0, Language::En) => "none".to_owned(),
        (number, _) => count(number, language),
    };
    let next = next_end.map(|end| match language {
        Language::Ru => format!("; ближайший срок\u{a0}— {}", day(end, language)),
        Language::En => format!("; the next one on {}", day(end, language)),
    });
    let next = next.unwrap_or_default();
    match language {
        Language::Ru => format!(
            "За 90\u{a0}дней истекает срок {} из {of}: за 60\u{a0}дней\u{a0}— {}, за 30\u{a0}дней\u{a0}— {}{next}.",
            Noun::DOCUMENT.counted_genitive(in_90, language),
            told(in_60),
            told(in_30)
        ),
        Language::En => {
            let verb = Plural::of(in_90, language).choose("expires", "expire", "expire");
            format!(
                "{} of {of} {verb} within 90\u{a0}days: {} within 60\u{a0}days, {} within 30\u{a0}days{next}.",
                count(in_90, language),
                told(in_60),
                told(in_30)
            )
        }
    }
}

/// "через 14 дней", "in 14 days".
fn remaining(days: u64, language: Language) -> String {
    match (days, language) {
        (0, Language::Ru) => "сегодня".to_owned(),
        (0, Language::En) => "today".to_owned(),
        (1, Language::Ru) => "завтра".to_owned(),
        (1, Language::En) => "tomorrow".to_owned(),
        (days, Language::Ru) => format!("через {}", Noun::DAY.counted(days, language)),
        (days, Language::En) => format!("in {}", Noun::DAY.counted(days, language)),
    }
}

fn body_changed(now: &ValueCount, before: &ValueCount, language: Language) -> String {
    let told = |body: &ValueCount| {
        let documents = Noun::DOCUMENT.counted(body.documents, language);
        format!("{} ({documents})", short_name(&body.value))
    };
    match language {
        Language::Ru => format!(
            "Сменился орган по сертификации: за последний год чаще всего {}, годом раньше\u{a0}— {}.",
            told(now),
            told(before)
        ),
        Language::En => format!(
            "The certification body has changed: most often {} in the last year, {} in the year before.",
            told(now),
            told(before)
        ),
    }
}

fn flood(on: NaiveDate, documents: u64, last_year: u64, language: Language) -> String {
    let registered = Noun::DOCUMENT.counted(documents, language);
    let on = day(on, language);
    let all = documents >= last_year;
    let share = share(percent(documents, last_year), language);
    match language {
        Language::Ru => {
            let verb = Plural::of(documents, language).choose(
                "зарегистрирован",
                "зарегистрировано",
                "зарегистрировано",
            );
            let part = if all {
                "все за год".to_owned()
            } else {
                format!("{share} всех за год")
            };
            format!("За один день, {on}, {verb} {registered}\u{a0}— {part}.")
        }
        Language::En => {
            let part = if all {
                "all of the last year".to_owned()
            } else {
                format!("{share} of the last year")
            };
            format!("{registered} were registered on a single day, {on}: {part}.")
        }
    }
}

fn share(percent: u64, language: Language) -> String {
    match language {
        Language::Ru => format!("{percent}\u{a0}%"),
        Language::En => format!("{percent}%"),
    }
}

/// "a, b и c".
fn listed(parts: &[String], language: Language) -> String {
    let and = match language {
        Language::Ru => "и",
        Language::En => "and",
    };
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {and} {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
