//! What is wrong with a portal, in words.

use super::Texts;
use super::problems::Told;
use certlens_store::{PortalTrouble, TroubleKind};

impl Texts {
    /// One portal's trouble.
    pub(crate) fn portal_trouble(self, trouble: &PortalTrouble) -> Told {
        let (portal, pieces) = (trouble.domain.as_str(), trouble.pieces);
        let words = trouble.words.as_deref().unwrap_or_default();
        let words = match trouble.kind {
            TroubleKind::CanaryFails => self.canary_trouble(words),
            TroubleKind::AnswersDiffer => self.deviation_trouble(words),
            _ => self.known_words(words),
        };
        let why = if words.is_empty() {
            ".".to_owned()
        } else {
            format!(": {words}")
        };
        let what = match trouble.kind {
            TroubleKind::Suspended => self.of(
                format!("Портал {portal} приостановлен{why}"),
                format!("The portal {portal} is suspended{why}"),
            ),
            TroubleKind::NeedsReauth => self.of(
                format!("Доступ к порталу {portal} утрачен{why}"),
                format!("The access to the portal {portal} is lost{why}"),
            ),
            TroubleKind::Uninstalled => self.of(
                format!("Приложение удалено с портала {portal}."),
                format!("The application was removed from the portal {portal}."),
            ),
            TroubleKind::NoToken => self.of(
                format!("Для портала {portal} не осталось ни одного живого токена{why}"),
                format!("No living token is left of the portal {portal}{why}"),
            ),
            TroubleKind::BindingsMissing => self.of(
                format!("На портале {portal} нет наших вкладок или событий ({pieces}){why}"),
                format!("The portal {portal} lacks tabs or events of ours ({pieces}){why}"),
            ),
            TroubleKind::Unfinished => self.of(
                format!("Установка на портал {portal} начата и не закончена."),
                format!("The installation on the portal {portal} was begun and never finished."),
            ),
            TroubleKind::SendingPaused => self.of(
                format!("Отправка на портал {portal} приостановлена, ждут уведомлений: {pieces}{why}"),
                format!("Sending to the portal {portal} is paused, notifications that wait: {pieces}{why}"),
            ),
            TroubleKind::BudgetExhausted => self.of(
                format!("Портал {portal} исчерпал лимит запросов."),
                format!("The request budget of the portal {portal} is used up."),
            ),
            TroubleKind::MethodsParked => self.of(
                format!("Портал {portal} временно закрыл методы{why}"),
                format!("The portal {portal} closed methods for a while{why}"),
            ),
            TroubleKind::WorkFails => self.of(
                format!("Фоновая работа для портала {portal} не удаётся (заданий: {pieces}){why}"),
                format!("Background work for the portal {portal} fails (jobs: {pieces}){why}"),
            ),
            TroubleKind::DeadEvents => self.of(
                format!("События портала {portal} не обработаны: {pieces}{why}"),
                format!("Events of the portal {portal} were given up: {pieces}{why}"),
            ),
            TroubleKind::DeadItems => self.of(
                format!("Уведомления для портала {portal} не доставлены: {pieces}{why}"),
                format!("Notifications for the portal {portal} were given up: {pieces}{why}"),
            ),
            TroubleKind::UnassignableItems => self.of(
                format!("На портале {portal} некому назначить уведомления: {pieces}{why}"),
                format!("The portal {portal} has nobody to take notifications: {pieces}{why}"),
            ),
            TroubleKind::CanaryFails => self.of(
                format!("Ежечасная проверка портала {portal} не проходит (неудач подряд: {pieces}){why}"),
                format!("The hourly check of the portal {portal} fails (failures in a row: {pieces}){why}"),
            ),
            TroubleKind::AnswersDiffer => self.of(
                format!("Битрикс24 отвечает иначе, чем прежде, на портале {portal} (отличий: {pieces}){why}"),
                format!("Bitrix24 answers differently than before on the portal {portal} (differences: {pieces}){why}"),
            ),
        };
        let (means, advice) = self.of_kind(trouble.kind);
        Told::new(what, means, advice)
    }

    /// The same trouble of many portals.
    pub(crate) fn portals_trouble(self, kind: TroubleKind, portals: i64, names: &[&str]) -> Told {
        let some = names.join(", ");
        let what = match kind {
            TroubleKind::Suspended => self.of("Порталы приостановлены", "Portals are suspended"),
            TroubleKind::NeedsReauth => self.of("Доступ к порталам утрачен", "The access to portals is lost"),
            TroubleKind::Uninstalled => self.of(
                "Приложение удалено с порталов",
                "The application was removed from portals",
            ),
            TroubleKind::NoToken => self.of(
                "Порталы без единого живого токена",
                "Portals without a living token",
            ),
            TroubleKind::BindingsMissing => self.of(
                "Порталы без наших вкладок или событий",
                "Portals that lack tabs or events of ours",
            ),
            TroubleKind::Unfinished => self.of("Установки не закончены", "Installations were never finished"),
            TroubleKind::SendingPaused => self.of("Отправка приостановлена", "Sending is paused"),
            TroubleKind::BudgetExhausted => {
                self.of("Лимит запросов исчерпан", "The request budget is used up")
            }
            TroubleKind::MethodsParked => self.of(
                "Порталы временно закрыли методы",
                "Portals closed methods for a while",
            ),
            TroubleKind::WorkFails => self.of("Фоновая работа не удаётся", "Background work fails"),
            TroubleKind::DeadEvents => self.of("События не обработаны", "Events were given up"),
            TroubleKind::DeadItems => self.of("Уведомления не доставлены", "Notifications were given up"),
            TroubleKind::UnassignableItems => self.of(
                "Уведомления некому назначить",
                "Notifications can be assigned to nobody",
            ),
            TroubleKind::CanaryFails => self.of(
                "Ежечасная проверка порталов не проходит",
                "The hourly check of portals fails",
            ),
            TroubleKind::AnswersDiffer => self.of(
                "Битрикс24 отвечает иначе, чем прежде",
                "Bitrix24 answers differently than before",
            ),
        };
        let (means, advice) = self.of_kind(kind);
        Told::new(
            self.of(
                format!("{what}: порталов {portals}, среди них {some}."),
                format!("{what}: {portals} portals, among them {some}."),
            ),
            means,
            advice,
        )
    }

    /// What the trouble means, and what to do.
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn of_kind(self, kind: TroubleKind) -> (&'static str, &'static str) {
        let (ru, en) = match kind {
            TroubleKind::Suspended => (
                (
                    "Карточки и уведомления на этом портале не работают.",
                    "Проверьте на портале, оплачены ли тариф и приложение и не закрыл ли администратор доступ к нему. Затем откройте приложение на портале: оно оживёт само.",
                ),
                (
                    "Cards and notifications do not work there.",
                    "Check in the portal that its plan and the application are paid and that its administrator has not closed it. Then open the application there: it comes back by itself.",
                ),
            ),
            TroubleKind::NeedsReauth | TroubleKind::NoToken => (
                (
                    "Открытые карточки работают от имени смотрящего, но фоновая работа и уведомления стоят.",
                    "Попросите администратора портала открыть приложение Certlens в Битрикс24 один раз: доступ возобновится сам. Если приложение удалено, установите его снова.",
                ),
                (
                    "Cards that people open work with their own rights, but background work and notifications have stopped.",
                    "Ask an administrator of the portal to open the Certlens application in Bitrix24 once: that renews the access. If it was removed, install it again.",
                ),
            ),
            TroubleKind::Uninstalled => (
                (
                    "На этом портале ничего не работает; подписки и настройки ждут возвращения, если их не велели стереть.",
                    "Если приложение удалили нечаянно, установите его снова: всё вернётся.",
                ),
                (
                    "Nothing works there; subscriptions and settings wait for its return, unless they were to be erased.",
                    "If it was removed by mistake, install it again: everything comes back.",
                ),
            ),
            TroubleKind::BindingsMissing => (
                (
                    "В карточках CRM нет вкладки Certlens, или изменения в CRM не замечаются сразу.",
                    "Откройте приложение на портале от имени администратора: привязки восстановятся. Если портал отказывает, его причина указана выше.",
                ),
                (
                    "CRM cards lack the Certlens tab, or changes in the CRM are not noticed at once.",
                    "Open the application in the portal as an administrator: the bindings are repaired. If the portal refuses, its reason stands above.",
                ),
            ),
            TroubleKind::Unfinished => (
                (
                    "Приложение на этом портале ещё не работает.",
                    "Попросите администратора портала открыть приложение и дойти до конца установки.",
                ),
                (
                    "The application does not work there yet.",
                    "Ask an administrator of the portal to open the application and finish the installation.",
                ),
            ),
            TroubleKind::SendingPaused => (
                (
                    "Уведомления ждут; они не потеряны и уйдут, когда пауза кончится.",
                    "Пауза после отказов портала кончается сама. Если отправку остановил человек, возобновите её в разделе «Очередь».",
                ),
                (
                    "Notifications wait; none is lost, they go out when the pause ends.",
                    "A pause after the portal's refusals ends by itself. If a person stopped it, resume it on the screen Queue.",
                ),
            ),
            TroubleKind::BudgetExhausted => (
                (
                    "Запросы к порталу ждут очереди: карточки открываются медленнее, уведомления уходят позже.",
                    "Обычно проходит само за минуты. Если нет, лимит портала занимает другое приложение с того же адреса: найдите его на портале.",
                ),
                (
                    "Requests to the portal wait for their turn: cards open more slowly, notifications go out later.",
                    "Usually this ends by itself within minutes. If not, another application behind the same address uses the budget up: look for it in the portal.",
                ),
            ),
            TroubleKind::MethodsParked => (
                (
                    "Работа, которой нужны эти методы, ждёт; остальное идёт.",
                    "Портал откроет их сам в течение десяти минут. Делать ничего не нужно.",
                ),
                (
                    "Work that needs these methods waits; all else goes on.",
                    "The portal opens them by itself within ten minutes. There is nothing to do.",
                ),
            ),
            TroubleKind::WorkFails => (
                (
                    "Данные портала в Certlens стареют. Попытки продолжаются с растущими паузами.",
                    "Прочтите причину: если портал недоступен, проверьте его адрес и доступность. Когда причина устранена, повторите работу в разделе «Очередь», не дожидаясь паузы.",
                ),
                (
                    "What Certlens knows of the portal grows old. It is tried again after growing pauses.",
                    "Read the reason: if the portal can't be reached, check its address. When the cause is mended, retry the work on the screen Queue instead of waiting for the pause to end.",
                ),
            ),
            TroubleKind::DeadEvents => (
                (
                    "Об этих изменениях на портале Certlens не узнал; ночная сверка исправит большую часть.",
                    "Посмотрите причину в разделе «Очередь» и повторите или отбросьте.",
                ),
                (
                    "Certlens missed these changes in the portal; the regular reading makes up for most of it.",
                    "Look at the reason on the screen Queue, and retry or discard.",
                ),
            ),
            TroubleKind::DeadItems => (
                (
                    "Сотрудники не узнали о новостях этих контрагентов.",
                    "Посмотрите причину в разделе «Очередь», устраните её и повторите; ненужное отбросьте.",
                ),
                (
                    "People were not told the news of these counterparties.",
                    "Look at the reason on the screen Queue, mend it and retry; discard what is not needed.",
                ),
            ),
            TroubleKind::UnassignableItems => (
                (
                    "Уведомления есть, но их никто не получил: все, кого называют правила, уволены, отсутствуют или отвергнуты порталом.",
                    "Назначьте получателя в разделе «Назначения» или укажите запасного пользователя в правилах портала.",
                ),
                (
                    "There are notifications that nobody got: everybody whom the rules name has left, is absent or was refused by the portal.",
                    "Assign somebody on the screen Assignments, or name a fallback user in the portal's rules.",
                ),
            ),
            TroubleKind::CanaryFails => (
                (
                    "Известные карточки открываются из нашей памяти; новые карточки, изменения в CRM и уведомления могут не работать.",
                    "Прочтите причину и нажмите «Проверить сейчас». Если портал не отвечает, подождите и проверьте его адрес; если не читаются ответы, тот, кто ведёт службу, видит на экране портала, что в них отличается; затем нажмите «Починить».",
                ),
                (
                    "Cards that are known open from our memory; new cards, changes in the CRM and notifications may not work.",
                    "Read the reason and press Check now. If the portal does not answer, wait and check its address; if its answers can't be read, whoever runs the service sees on the portal's screen what differs in them; then press Repair.",
                ),
            ),
            TroubleKind::AnswersDiffer => (
                (
                    "Карточки открываются. То, что стоит в изменившихся полях, может не показываться или не обновляться.",
                    "Посмотрите на экране портала «Что отличается в ответах Битрикс24» и откройте одну карточку. Если всё на месте, скройте отличие; если нет, обновите Certlens и передайте эту строку разработчику.",
                ),
                (
                    "Cards open. What stands in the changed fields may be missing or grow old.",
                    "Look on the portal's screen at \"What differs in the answers of Bitrix24\" and open one card. If nothing is missing, hide the difference; else update Certlens and hand that line to its developer.",
                ),
            ),
        };
        self.of(ru, en)
    }

    /// Words of ours that stand in the database, in the viewer's language; a portal's own words as they are.
    fn known_words(self, words: &str) -> String {
        let known = match words {
            "spent" => self.of(
                "ключ обновления больше не действует",
                "its refresh token is not taken any more",
            ),
            "user_deactivated" => self.of("пользователь уволен", "its user was deactivated"),
            "revoked" => self.of("портал отозвал токен", "the portal revoked it"),
            "superseded" => self.of("заменён новой установкой", "a newer installation replaced it"),
            other => other,
        };
        known.to_owned()
    }
}
