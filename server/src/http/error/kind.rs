//! The table of problems: what each is called by programs, which status it has, which words for people.
//!
//! Codes are a contract: a code stays when words change.

use axum::http::StatusCode;
use certlens_domain::language::Language;

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// No token, or one that opens nothing.
    Unauthorized,
    /// The page was left open longer than its session lives.
    SessionExpired,
    /// A frame was opened without a usable token, or by hand.
    FrameNotProved,
    /// The token of the frame has expired.
    FrameExpired,
    /// The application isn't installed on the portal.
    NotInstalled,
    /// The application's paid period on the portal is over.
    PaymentRequired,
    /// Only an administrator of the portal may do this.
    AdministratorRequired,
    /// Only the operator of the service may do this.
    OperatorRequired,
    /// The application lacks rights on the portal.
    ScopeMissing,
    /// The viewing user may not read the card.
    CardForbidden,
    /// The portal does not let this user subscribe.
    SubscribingForbidden,
    /// The card's item does not exist.
    CardMissing,
    /// The portal refuses or doesn't answer.
    PortalUnavailable,
    /// The authorization server doesn't answer.
    AuthorizationUnavailable,
    /// A sign-on that the portal did not confirm, or one that took too long.
    LoginRefused,
    /// A sign-on to a portal without the application.
    LoginUnknownPortal,
    /// The question names no identifier.
    IdentifierMissing,
    /// A text is no identifier.
    IdentifierInvalid,
    /// The question names too many identifiers.
    TooManyIdentifiers,
    /// A parameter has no possible value.
    ParameterInvalid,
    /// Nothing is at this address.
    NotFound,
    /// The address doesn't know the method.
    MethodNotAllowed,
    /// The request's body is too large.
    BodyTooLarge,
    /// The answer took too long.
    TimedOut,
    /// The request's body came too slowly.
    BodyTooSlow,
    /// There are more requests than can be worked.
    Overloaded,
    /// Somebody tries tokens.
    TooManyAttempts,
    /// The search can't be answered at the moment.
    SearchUnavailable,
    /// A file to import was not taken.
    ImportRefused,
    /// The import can't be undone, or no longer be taken out of the queue.
    ImportNotUndone,
    /// The server's disk has no room for the file.
    StorageFull,
    /// An upload broke off.
    UploadBroken,
    /// The ticket of a file is over, or none of ours.
    TicketOver,
    /// A file could not be made.
    FileNotMade,
    /// The engines don't answer.
    NotReady,
    /// A fault of ours.
    Internal,
}

impl ProblemKind {
    /// The name that programs rely on.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::SessionExpired => "session_expired",
            Self::FrameNotProved => "frame_not_proved",
            Self::FrameExpired => "frame_expired",
            Self::NotInstalled => "not_installed",
            Self::PaymentRequired => "payment_required",
            Self::AdministratorRequired => "administrator_required",
            Self::OperatorRequired => "operator_required",
            Self::ScopeMissing => "scope_missing",
            Self::CardForbidden => "card_forbidden",
            Self::SubscribingForbidden => "subscribing_forbidden",
            Self::CardMissing => "card_missing",
            Self::PortalUnavailable => "portal_unavailable",
            Self::AuthorizationUnavailable => "authorization_unavailable",
            Self::LoginRefused => "login_refused",
            Self::LoginUnknownPortal => "login_unknown_portal",
            Self::IdentifierMissing => "identifier_missing",
            Self::IdentifierInvalid => "identifier_invalid",
            Self::TooManyIdentifiers => "too_many_identifiers",
            Self::ParameterInvalid => "parameter_invalid",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyTooLarge => "body_too_large",
            Self::TimedOut => "timed_out",
            Self::BodyTooSlow => "body_too_slow",
            Self::Overloaded => "overloaded",
            Self::TooManyAttempts => "too_many_attempts",
            Self::SearchUnavailable => "search_unavailable",
            Self::ImportRefused => "import_refused",
            Self::ImportNotUndone => "import_not_undone",
            Self::StorageFull => "storage_full",
            Self::UploadBroken => "upload_broken",
            Self::TicketOver => "ticket_over",
            Self::FileNotMade => "file_not_made",
            Self::NotReady => "not_ready",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Unauthorized
            | Self::SessionExpired
            | Self::FrameNotProved
            | Self::FrameExpired
            | Self::LoginRefused => StatusCode::UNAUTHORIZED,
            Self::PaymentRequired => StatusCode::PAYMENT_REQUIRED,
            Self::NotInstalled
            | Self::AdministratorRequired
            | Self::OperatorRequired
            | Self::ScopeMissing
            | Self::CardForbidden
            | Self::SubscribingForbidden => StatusCode::FORBIDDEN,
            Self::PortalUnavailable => StatusCode::BAD_GATEWAY,
            Self::AuthorizationUnavailable | Self::SearchUnavailable | Self::NotReady | Self::Overloaded => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            Self::IdentifierMissing
            | Self::IdentifierInvalid
            | Self::TooManyIdentifiers
            | Self::ImportRefused
            | Self::ParameterInvalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::ImportNotUndone => StatusCode::CONFLICT,
            Self::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::UploadBroken => StatusCode::BAD_REQUEST,
            Self::NotFound | Self::CardMissing | Self::LoginUnknownPortal => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::TicketOver => StatusCode::GONE,
            Self::FileNotMade | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A page's heading.
    pub const fn title(self, language: Language) -> &'static str {
        let (ru, en) = self.words().0;
        match language {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// What is wrong and what to do.
    pub const fn sentence(self, language: Language) -> &'static str {
        let (ru, en) = self.words().1;
        match language {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// Heading and sentence, each in Russian and English.
    #[expect(clippy::too_many_lines, reason = "a table")]
    const fn words(self) -> ((&'static str, &'static str), (&'static str, &'static str)) {
        const RELOAD: (&str, &str) = ("Обновите карточку", "Reload the card");
        const LATER: (&str, &str) = ("Попробуйте позже", "Try again later");
        const REQUEST: (&str, &str) = ("Запрос не понят", "The request is not understood");
        match self {
            Self::Unauthorized => (
                ("Нужен доступ", "Access needed"),
                (
                    "Передайте токен в заголовке Authorization: Bearer.",
                    "Send a token in the header Authorization: Bearer.",
                ),
            ),
            Self::SessionExpired => (
                RELOAD,
                (
                    "Страница открыта слишком давно. Обновите карточку в Битрикс24.",
                    "The page has been open too long. Reload the card in Bitrix24.",
                ),
            ),
            Self::FrameNotProved => (
                ("Вход не подтверждён", "Access not confirmed"),
                (
                    "Битрикс24 не подтвердил, что страницу открыл пользователь портала. Откройте карточку в Битрикс24 \
                     заново.",
                    "Bitrix24 did not confirm that a user of the portal opened this page. Open the card in Bitrix24 \
                     anew.",
                ),
            ),
            Self::FrameExpired => (
                RELOAD,
                (
                    "Время доступа истекло. Обновите карточку в Битрикс24.",
                    "The access time is over. Reload the card in Bitrix24.",
                ),
            ),
            Self::NotInstalled => (
                ("Приложение не установлено", "The application is not installed"),
                (
                    "Установка Certlens на этом портале не завершена. Попросите администратора портала завершить её.",
                    "The installation of Certlens on this portal is not complete. Ask the portal's administrator to \
                     finish it.",
                ),
            ),
            Self::PaymentRequired => (
                ("Оплаченный срок закончился", "The paid period is over"),
                (
                    "Попросите администратора портала продлить подписку на приложение.",
                    "Ask the portal's administrator to renew the application's subscription.",
                ),
            ),
            Self::AdministratorRequired => (
                ("Нужен администратор", "An administrator is needed"),
                (
                    "Установить приложение может только администратор портала. Попросите его открыть установку.",
                    "Only an administrator of the portal can install the application. Ask one to open the \
                     installation.",
                ),
            ),
            Self::OperatorRequired => (
                ("Нужен оператор", "The operator is needed"),
                (
                    "Это может сделать только оператор сервиса: нужен его токен (CERTLENS_OPERATOR_TOKEN).",
                    "Only the operator of the service may do this; it takes the operator's token \
                     (CERTLENS_OPERATOR_TOKEN).",
                ),
            ),
            Self::ScopeMissing => (
                ("Не хватает прав", "Rights are missing"),
                (
                    "Приложению нужны права «crm» и «placement». Добавьте их в настройках приложения и откройте \
                     установку заново.",
                    "The application needs the rights \"crm\" and \"placement\". Add them in the application's \
                     settings and open the installation anew.",
                ),
            ),
            Self::CardForbidden => (
                ("Нет доступа к карточке", "No access to the card"),
                (
                    "У вас нет права читать эту карточку. Попросите доступ у администратора портала.",
                    "You have no right to read this card. Ask the portal's administrator for access.",
                ),
            ),
            Self::SubscribingForbidden => (
                ("Подписаться нельзя", "Subscribing is not allowed"),
                (
                    "На этом портале подписываться могут не все. Попросите администратора портала подписать вас.",
                    "Not everybody may subscribe in this portal. Ask an administrator of the portal to subscribe you.",
                ),
            ),
            Self::CardMissing => (
                ("Карточки нет", "There is no such card"),
                (
                    "Карточка удалена или ещё не сохранена. Сохраните её и откройте вкладку снова.",
                    "The card was deleted or is not saved yet. Save it and open the tab again.",
                ),
            ),
            Self::PortalUnavailable => (
                LATER,
                (
                    "Портал не выполнил запрос приложения. Откройте страницу ещё раз через минуту.",
                    "The portal did not carry out the application's request. Open the page again in a minute.",
                ),
            ),
            Self::AuthorizationUnavailable => (
                LATER,
                (
                    "Сервер авторизации Битрикс24 не отвечает. Обновите карточку через минуту.",
                    "Bitrix24's authorization server does not answer. Reload the card in a minute.",
                ),
            ),
            Self::LoginRefused => (
                ("Вход не подтверждён", "Access not confirmed"),
                (
                    "Портал не подтвердил вход, или прошло больше десяти минут. Начните вход заново.",
                    "The portal did not confirm who you are, or more than ten minutes have passed. Begin anew.",
                ),
            ),
            Self::LoginUnknownPortal => (
                ("Портал не найден", "The portal is not known"),
                (
                    "На портале с таким адресом Certlens не установлен. Проверьте адрес: он виден в браузере, когда портал \
                     открыт.",
                    "Certlens is not installed on a portal with this address. Check the address: the browser shows it when \
                     the portal is open.",
                ),
            ),
            Self::IdentifierMissing => (
                REQUEST,
                (
                    "Укажите хотя бы один идентификатор: id=7707083893.",
                    "Name at least one identifier: id=7707083893.",
                ),
            ),
            Self::IdentifierInvalid => (
                REQUEST,
                (
                    "Значение не похоже ни на один идентификатор.",
                    "The value has the shape of no identifier.",
                ),
            ),
            Self::TooManyIdentifiers => (
                REQUEST,
                (
                    "Слишком много идентификаторов в одном запросе.",
                    "Too many identifiers in one request.",
                ),
            ),
            Self::ParameterInvalid => (
                REQUEST,
                (
                    "Параметр запроса имеет недопустимое значение.",
                    "A parameter has an impossible value.",
                ),
            ),
            Self::NotFound => (
                ("Страницы нет", "There is no such page"),
                ("По этому адресу ничего нет.", "There is nothing at this address."),
            ),
            Self::MethodNotAllowed => (
                REQUEST,
                (
                    "Этот адрес не принимает такие запросы.",
                    "This address does not take requests of this method.",
                ),
            ),
            Self::BodyTooLarge => (REQUEST, ("Запрос слишком большой.", "The request is too large.")),
            Self::BodyTooSlow => (
                LATER,
                (
                    "Запрос пришёл слишком медленно. Проверьте связь и попробуйте ещё раз.",
                    "The request came too slowly. Check the connection and try again.",
                ),
            ),
            Self::Overloaded => (
                LATER,
                (
                    "Сейчас слишком много запросов. Страница откроется сама через несколько секунд.",
                    "There are too many requests at the moment. The page opens by itself in a few seconds.",
                ),
            ),
            Self::TooManyAttempts => (
                LATER,
                (
                    "Слишком много попыток с неверным токеном. Подождите минуту.",
                    "Too many attempts with a wrong token. Wait a minute.",
                ),
            ),
            Self::TimedOut => (
                LATER,
                (
                    "Ответ занял слишком много времени. Повторите запрос через минуту.",
                    "The answer took too long. Repeat the request in a minute.",
                ),
            ),
            Self::SearchUnavailable => (
                LATER,
                (
                    "Поиск сейчас недоступен. Повторите запрос через минуту.",
                    "The search is not available now. Repeat the request in a minute.",
                ),
            ),
            Self::ImportRefused => (
                ("Файл не принят", "The file was not taken"),
                (
                    "Проверьте файл и источник и отправьте его ещё раз.",
                    "Check the file and its source and send it again.",
                ),
            ),
            Self::ImportNotUndone => (
                ("Загрузку отменить нельзя", "The import can't be undone"),
                (
                    "Откройте загрузку в мониторе: там сказано, что мешает.",
                    "Open the import in the monitor: it says what stands in the way.",
                ),
            ),
            Self::StorageFull => (
                ("На диске мало места", "The disk is nearly full"),
                (
                    "Освободите место на диске сервера и отправьте файл ещё раз.",
                    "Free some space on the server's disk and send the file again.",
                ),
            ),
            Self::UploadBroken => (
                ("Файл пришёл не целиком", "The file did not arrive whole"),
                (
                    "Связь прервалась. Отправьте файл ещё раз.",
                    "The connection broke off. Send the file again.",
                ),
            ),
            Self::TicketOver => (
                (
                    "Ссылка на файл больше не действует",
                    "The link to the file is over",
                ),
                (
                    "Ссылка действует одну минуту. Вернитесь в карточку и скачайте файл ещё раз.",
                    "The link is good for one minute. Go back to the card and download the file again.",
                ),
            ),
            Self::FileNotMade => (
                ("Файл не создан", "The file was not made"),
                (
                    "Собрать файл не удалось, мы записали причину. Вернитесь в карточку и попробуйте ещё раз или \
                     выберите CSV.",
                    "The file could not be put together; the reason has been recorded. Go back to the card and try \
                     again, or choose CSV.",
                ),
            ),
            Self::NotReady => (
                LATER,
                (
                    "Сервис ещё не готов отвечать.",
                    "The service is not ready to answer.",
                ),
            ),
            Self::Internal => (
                ("Ошибка на нашей стороне", "A fault of ours"),
                (
                    "Мы записали её. Попробуйте ещё раз; если не поможет, сообщите номер запроса внизу страницы.",
                    "It has been recorded. Try again; if that does not help, report the request's number below.",
                ),
            ),
        }
    }
}
