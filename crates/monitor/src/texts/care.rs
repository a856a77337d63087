//! The texts of looks at a portal and of answers that differ.

use super::Texts;
use certlens_portals::canary::words;
use certlens_portals::{CanaryOutcome, CanaryStep, PortalNotice};
use certlens_store::AnswerDeviation;

certlens_domain::fixed_texts! { Texts;
    /// Heading.
    canary: "Ежечасная проверка", "Hourly check";
    /// Fact.
    canary_at: "Проверено", "Checked";
    /// Nobody looked yet.
    canary_never: "ещё не проверялся", "not checked yet";
    /// Fact.
    canary_since: "Не проходит с", "Failing since";
    /// Fact.
    canary_failures: "Неудач подряд", "Failures in a row";
    /// Button.
    check_now: "Проверить сейчас", "Check now";
    /// Question.
    check_question: "Проверить портал сейчас?", "Check the portal now?";
    /// Effect.
    check_effect: "Токены, вкладки и события, чтение карточек и их страница проверяются двумя запросами. На портале ничего не меняется.",
        "Tokens, tabs and events, the reading of cards and their page are checked by two requests. Nothing changes on the portal.";
    /// Done.
    check_passed: "Портал проверен: всё работает.", "The portal was checked: everything works.";
    /// A look at a busy portal.
    check_saw_nothing: "Портал занят и не отвечает на запросы приложений; проверьте ещё раз через несколько минут.", "The portal is busy and answers no requests of applications; check again in a few minutes.";
    /// Table.
    deviations: "Что отличается в ответах Битрикс24", "What differs in the answers of Bitrix24";
    /// None.
    deviations_empty: "Портал отвечает так, как мы знаем.", "The portal answers as we know it to.";
    /// Column.
    deviation_method: "Метод", "Method";
    /// Column.
    deviation_field: "Поле", "Field";
    /// Column.
    deviation_difference: "Отличие", "Difference";
    /// Column.
    deviation_times: "Сколько раз", "Times";
    /// Column.
    deviation_first: "Впервые", "First";
    /// Column.
    deviation_last: "Последний раз", "Last";
    /// Column.
    deviation_sample: "Вид значения (буквы — x, цифры — 0)", "Shape of the value (letters are x, digits are 0)";
    /// Column.
    deviation_state: "Просмотрено", "Seen";
    /// Nobody saw it yet.
    deviation_new: "новое", "new";
    /// Somebody did.
    deviation_hidden: "скрыто", "hidden";
    /// Button.
    hide_deviation: "Просмотрено, скрыть", "Seen, hide";
    /// Button.
    hide_deviations: "Просмотрены все отличия, скрыть", "All differences seen, hide";
    /// Button.
    show_deviation: "Показывать снова", "Show again";
    /// Question.
    hide_question: "Скрыть до нового изменения?", "Hide until it changes?";
    /// Effect.
    hide_effect: "Счёт продолжается. В обзоре отличие появится снова, только если поле изменится иначе или если оно пропадёт на месяц и вернётся.",
        "It is counted on. The overview tells it again only when the field changes in another way, or when it stays away for a month and returns.";
    /// Question.
    show_question: "Показывать это отличие в обзоре снова?", "Show this difference in the overview again?";
    /// Done.
    shown: "Отличие снова показывается в обзоре.", "The overview tells the difference again.";
    /// Refused.
    deviation_gone: "Такого отличия уже нет: обновите страницу.", "There is no such difference any more: reload the page.";
}

impl Texts {
    /// The name of a step.
    pub(crate) const fn canary_step(self, step: CanaryStep) -> &'static str {
        let (ru, en) = match step {
            CanaryStep::Token => ("токены", "tokens"),
            CanaryStep::Bindings => ("вкладки и события", "tabs and events"),
            CanaryStep::Reading => ("чтение карточек", "reading of cards"),
            CanaryStep::Page => ("страница карточки", "page of a card"),
        };
        self.either(ru, en)
    }

    /// How it ended.
    pub(crate) const fn canary_outcome(self, outcome: CanaryOutcome) -> &'static str {
        let (ru, en) = match outcome {
            CanaryOutcome::Passed => ("в порядке", "passed"),
            CanaryOutcome::Failed => ("не работает", "fails"),
            CanaryOutcome::Skipped => ("не проверялось", "not checked"),
        };
        self.either(ru, en)
    }

    /// What a step has to say: a known word in the viewer's language, the portal's words as they are.
    pub(crate) fn canary_words(self, words: &str) -> String {
        if let Some(notice) = PortalNotice::of_key(words) {
            return self.portal_notice(&notice).to_owned();
        }
        match words {
            words::UNREADABLE => self.of(
                "портал ответил так, что прочесть ответ нельзя",
                "the portal's answer can't be read",
            ),
            words::NO_CARD => self.of(
                "ещё нет карточек, на которых проверять",
                "there is no card to check with yet",
            ),
            words::NOT_REACHED => self.of("до этого не дошло", "an earlier step failed"),
            words::NO_PAGES => self.of("этот процесс не отдаёт страниц", "this process serves no pages"),
            other => other,
        }
        .to_owned()
    }

    /// A look that failed.
    pub(crate) fn check_failed(self, step: CanaryStep, words: &str) -> String {
        let (step, words) = (self.canary_step(step), self.canary_words(words));
        self.of(
            format!("Портал проверен: не работает «{step}»: {words}."),
            format!("The portal was checked: \"{step}\" fails: {words}."),
        )
    }

    /// So many are hidden now.
    pub(crate) fn hidden(self, number: u64) -> String {
        self.of(
            format!("Скрыто отличий: {number}. Новые будут показаны."),
            format!("Differences hidden: {number}. New ones will be shown."),
        )
    }

    /// A difference in a line.
    pub(crate) fn deviation(self, deviation: &AnswerDeviation) -> String {
        format!(
            "{}, {}: {}",
            deviation.method,
            deviation.field,
            self.difference(&deviation.expected, &deviation.found)
        )
    }

    /// What was expected and what came.
    pub(crate) fn difference(self, expected: &str, found: &str) -> String {
        let (expected, found) = (self.expected_shape(expected), self.found_shape(found));
        self.of(
            format!("ожидалось: {expected}, пришло: {found}"),
            format!("{expected} expected, {found} found"),
        )
    }

    fn expected_shape(self, key: &str) -> String {
        let known = match key {
            "id" => self.of("номер", "an identifier"),
            "digits" => self.of("номер текстом", "an identifier as text"),
            "time" => self.of("время", "a time"),
            "known_word" => self.of("известное слово", "a known word"),
            "known_form" => self.of("известный вид", "a known form"),
            "created_id" => self.of("номер созданного", "the number of what was created"),
            "json_map" => self.of("ответ в JSON", "an answer in JSON"),
            "utf8" => self.of("кодировка UTF-8", "the encoding UTF-8"),
            "status_200" => self.of("статус 200", "status 200"),
            "result" => self.of("результат", "a result"),
            "bounded" => self.of("ответ обычного размера", "an answer of the usual size"),
            "timeline_action" => self.of("кнопка и карточка", "a button and a card"),
            other => return self.found_shape(other),
        };
        known.to_owned()
    }

    fn found_shape(self, key: &str) -> String {
        let known = match key {
            "number" => self.of("число", "a number"),
            "text" => self.of("текст", "a text"),
            "empty" => self.of("пустота", "nothing in it"),
            "null" => self.of("null", "null"),
            "yes_or_no" => self.of("да или нет", "yes or no"),
            "list" => self.of("список", "a list"),
            "map" => self.of("объект", "a map"),
            "missing" => self.of("поля нет", "no such field"),
            "unknown_word" => self.of("неизвестное слово", "an unknown word"),
            "html" => self.of("страница HTML", "an HTML page"),
            "broken_json" => self.of("оборванный JSON", "broken JSON"),
            "other_encoding" => self.of("другая кодировка", "another encoding"),
            "error_status" => self.of("статус ошибки", "an error's status"),
            "too_large" => self.of("слишком большой ответ", "an answer that is too large"),
            other => other,
        };
        known.to_owned()
    }

    /// The words of the trouble "the hourly look fails": step and words.
    pub(crate) fn canary_trouble(self, words: &str) -> String {
        match words.split_once('\t') {
            Some((step, words)) => {
                let step = CanaryStep::of(step).map_or(step, |step| self.canary_step(step));
                let words = self.canary_words(words);
                if words.is_empty() {
                    step.to_owned()
                } else {
                    format!("{step}: {words}")
                }
            }
            None => words.to_owned(),
        }
    }

    /// The words of the trouble "answers differ": method, field, what was expected, what came.
    pub(crate) fn deviation_trouble(self, words: &str) -> String {
        let mut parts = words.split('\t');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(method), Some(field), Some(expected), Some(found)) => {
                let difference = self.difference(expected, found);
                self.of(
                    format!("{method}, поле {field} — {difference}"),
                    format!("{method}, field {field} — {difference}"),
                )
            }
            _ => words.to_owned(),
        }
    }
}
