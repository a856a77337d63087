//! Who looks at the portal, in which language: from the address, else from cookies, else the portal's defaults.

use axum::http::{HeaderMap, header};

use super::text::{self, Text};
use crate::state::State;
use crate::state::crm::Item;

/// A person looking at the portal.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// As which user.
    pub user_id: u64,
    /// `ru` or `en`.
    pub language: &'static str,
    /// The address's path, for links back to the same page.
    pub path: String,
    /// Whether the page is shown in a slider, without the rail.
    pub in_slider: bool,
}

impl Visitor {
    /// Reads the visitor's choices.
    pub(crate) fn of(
        state: &State,
        headers: &HeaderMap,
        chosen_language: Option<&str>,
        chosen_user: Option<u64>,
        path: &str,
    ) -> Self {
        let cookie_language = cookie(headers, "sim_lang");
        let language = [chosen_language, cookie_language, Some(state.language.as_str())]
            .into_iter()
            .flatten()
            .find_map(|language| ["ru", "en"].into_iter().find(|known| *known == language))
            .unwrap_or("en");
        let user_id = [
            chosen_user,
            cookie(headers, "sim_user").and_then(|id| id.parse().ok()),
        ]
        .into_iter()
        .flatten()
        .find(|id| state.user(*id).is_some())
        .unwrap_or_else(|| state.administrator());
        Self {
            user_id,
            language,
            path: path.to_owned(),
            in_slider: false,
        }
    }

    /// Whether the visitor may see an item.
    pub(crate) fn sees(&self, state: &State, item: Item<'_>) -> bool {
        state.user(self.user_id).is_some_and(|user| user.sees(item))
    }

    /// The interface's words.
    pub(crate) fn text(&self) -> &'static Text {
        if self.language == "ru" {
            &text::RUSSIAN
        } else {
            &text::ENGLISH
        }
    }

    /// Cookies that keep the choices.
    pub(crate) fn cookies(&self) -> [String; 2] {
        [
            format!("sim_lang={}; Path=/; SameSite=Lax", self.language),
            format!("sim_user={}; Path=/; SameSite=Lax", self.user_id),
        ]
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
