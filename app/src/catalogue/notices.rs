//! The texts for a portal that gives less than the card could show, and for a lead that says nothing of its counterparty.

use super::{Texts, fixed};
use certlens_domain::language::Language;

fixed! {
    /// The portal did not answer.
    portal_silent: "Битрикс24 не ответил, реквизиты не прочитаны. Введите идентификатор или откройте карточку снова.",
        "Bitrix24 did not answer, so the company's details are unknown. Type an identifier or open the card again.";
    /// The portal did not answer, but the card was read before.
    portal_silent_known: "Битрикс24 не ответил. Реквизиты взяты из прошлого чтения и могли устареть.",
        "Bitrix24 did not answer. The company's details are those read before and may be out of date.";
    /// The portal's budget of requests is used up.
    portal_busy: "Битрикс24 сейчас принимает слишком много запросов, реквизиты не прочитаны. Откройте карточку снова через минуту или введите идентификатор.",
        "Bitrix24 is taking too many requests now, so the company's details are unknown. Open the card again in a minute, or type an identifier.";
    /// The application's subscription is over.
    portal_unpaid: "Подписка приложения закончилась: Битрикс24 не отдаёт реквизиты. Попросите администратора портала продлить её. Поиск по введённому номеру работает.",
        "The application's subscription is over: Bitrix24 does not give the company's details. Ask the portal's administrator to renew it. The search by a typed number works.";
    /// The administrator limited the application to some users.
    portal_restricted: "Администратор портала не открыл вам доступ к приложению, реквизиты не прочитаны. Попросите его добавить вас.",
        "The portal's administrator has not opened the application to you, so the company's details are unknown. Ask to be added.";
    /// The viewer was deactivated.
    viewer_deactivated: "Битрикс24 сообщил, что ваша учётная запись отключена. Обратитесь к администратору портала.",
        "Bitrix24 says that your account is switched off. Ask the portal's administrator.";
    /// All token chains are dead.
    portal_needs_access: "Битрикс24 больше не принимает доступ приложения. Обновите страницу портала; если не поможет, попросите администратора открыть приложение.",
        "Bitrix24 no longer accepts the application's access. Reload the portal's page; if that does not help, ask an administrator to open the application.";
    /// The portal itself does not work: licence, maintenance.
    portal_not_operational: "Портал не выполняет запросы приложений: возможно, закончилась его лицензия. Сообщите администратору. Поиск по введённому номеру работает.",
        "The portal does not carry out applications' requests: its licence may have ended. Tell the administrator. The search by a typed number works.";
    /// The portal answers under another host that could not be proved.
    portal_moved: "Портал сменил адрес. Откройте карточку по новому адресу.",
        "The portal has changed its address. Open the card at the new one.";
    /// A lead without any identifier: heading of the form.
    lead_entry: "Кого проверить?", "Whom to check?";
    /// What to type there.
    lead_entry_hint: "В лиде нет ни номера, ни компании с реквизитами. Введите ИНН, ОГРН, БИН или УНП контрагента.",
        "The lead has neither a number nor a company with details. Type the counterparty's INN, OGRN, BIN or UNP.";
    /// Label of that field.
    lead_entry_field: "ИНН, ОГРН, БИН или УНП", "INN, OGRN, BIN or UNP";
    /// Its button.
    check: "Проверить", "Check";
    /// While the portal writes.
    saving: "Сохраняем…", "Saving…";
    /// Why an identifier was not written into the lead.
    lead_not_saved: "Номер не записан в лид: Битрикс24 отказал. Поиск по нему выполнен.",
        "The number was not written into the lead: Bitrix24 refused. The search by it is done.";
    /// The same, when the viewer may not change the lead.
    lead_not_allowed: "Номер не записан в лид: у вас нет права его менять. Поиск по нему выполнен.",
        "The number was not written into the lead: you have no right to change it. The search by it is done.";
}

impl Texts {
    /// Offers to keep an identifier in a field of the lead.
    pub fn keep_in_field(self, name: &str) -> String {
        match self.0 {
            Language::Ru => format!("Записать в поле лида «{name}»"),
            Language::En => format!("Write into the lead's field “{name}”"),
        }
    }

    /// Said when the identifier stands in the lead.
    pub fn kept_in_field(self, name: &str) -> String {
        match self.0 {
            Language::Ru => format!("Номер записан в поле лида «{name}»."),
            Language::En => format!("The number was written into the lead's field “{name}”."),
        }
    }
}
