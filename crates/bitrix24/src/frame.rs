//! The POST by which a portal opens a page of the application, as read, not as believed.
//!
//! Everything here comes through the user's browser and can be forged; [`FrameOpen`] therefore has no say in what
//! a user may see. Only [`crate::FrameVerifier`] turns it into a [`crate::VerifiedFrame`]. Reading never fails:
//! what is missing or implausible is `None`. Pure.

pub mod placement;

use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::deviation::{self, Deviation, PostedField};
use crate::identity::{ApplicationFrameId, EntityId, Language, MemberId};
use crate::lenient;
use crate::token::{AccessToken, ApplicationToken, RefreshToken};
use placement::{EntityType, Placement};

/// Options are encoded at most so often: as JSON, as a JSON text of that, or for an address once more.
const MAX_ENCODINGS: usize = 3;
/// What follows the name of options that come as fields of their own: `PLACEMENT_OPTIONS[ID]`.
const OPTION_FIELD: &str = "PLACEMENT_OPTIONS[";

/// An unverified frame open. See the module's comment: nothing in it is proved.
#[derive(Debug, Clone, Default)]
pub struct FrameOpen {
    /// `DOMAIN`: the portal's host as the browser saw it. Never call it, never send a token to it.
    pub claimed_domain: Option<String>,
    /// `LANG`: the user's interface language.
    pub language: Language,
    /// `APP_SID`: which rendering of the frame this is.
    pub frame_id: Option<ApplicationFrameId>,
    /// `AUTH_ID`: the viewing user's token, when plausible.
    pub access_token: Option<AccessToken>,
    /// `REFRESH_ID`: begins a chain of its own.
    pub refresh_token: Option<RefreshToken>,
    /// `SERVER_ENDPOINT`: the authorization server, absent on older portals.
    pub server_endpoint: Option<String>,
    /// `APPLICATION_TOKEN`: absent on older portals.
    pub application_token: Option<ApplicationToken>,
    /// `member_id`: the claimed portal.
    pub member_id: Option<MemberId>,
    /// `PLACEMENT`: where the page was opened.
    pub placement: Option<Placement>,
    /// `PLACEMENT_OPTIONS`.
    pub options: PlacementOptions,
    /// Where the form differs from what is known. Told to nobody before the frame is proved.
    pub deviations: Vec<Deviation>,
}

impl FrameOpen {
    /// Reads the query string and the form body. Each field is taken from the place that Bitrix24 documents only.
    pub fn parse(query: &str, form: &[u8]) -> Self {
        let query = Fields::read(query.as_bytes());
        let form = Fields::read(form);
        let mut frame = Self {
            claimed_domain: query.text("DOMAIN"),
            language: query
                .text("LANG")
                .map(|text| Language::parse(&text))
                .unwrap_or_default(),
            frame_id: query
                .text("APP_SID")
                .and_then(|text| ApplicationFrameId::parse(&text).ok()),
            access_token: form
                .text("AUTH_ID")
                .and_then(|text| AccessToken::parse(&text).ok()),
            refresh_token: form
                .text("REFRESH_ID")
                .and_then(|text| RefreshToken::parse(&text).ok()),
            server_endpoint: form.text("SERVER_ENDPOINT"),
            application_token: form
                .text("APPLICATION_TOKEN")
                .and_then(|text| ApplicationToken::parse(&text).ok()),
            member_id: form
                .text("member_id")
                .and_then(|text| MemberId::parse(&text).ok()),
            placement: form.text("PLACEMENT").and_then(|text| Placement::parse(&text)),
            options: form.options(),
            deviations: Vec::new(),
        };
        frame.deviations = frame.deviations_of(&query, &form);
        frame
    }

    fn deviations_of(&self, query: &Fields, form: &Fields) -> Vec<Deviation> {
        let texts = [
            ("APP_SID", query.text("APP_SID"), self.frame_id.is_some()),
            (
                "REFRESH_ID",
                form.text("REFRESH_ID"),
                self.refresh_token.is_some(),
            ),
            (
                "APPLICATION_TOKEN",
                form.text("APPLICATION_TOKEN"),
                self.application_token.is_some(),
            ),
            ("PLACEMENT", form.text("PLACEMENT"), self.placement.is_some()),
        ];
        let posted: Vec<PostedField<'_>> = texts
            .iter()
            .map(|(name, text, is_read)| PostedField {
                name,
                text: text.as_deref(),
                is_read: *is_read,
            })
            .collect();
        deviation::of_frame(self, &posted, form.text("PLACEMENT_OPTIONS").as_deref())
    }

    /// Whether the request carries nothing that a portal sends: a person opened the address by hand.
    pub fn is_bare(&self) -> bool {
        self.access_token.is_none() && self.member_id.is_none() && self.placement.is_none()
    }

    /// The type of the card's item, from the placement; of the main page that an activity's action opened, from the
    /// options.
    pub fn entity_type(&self) -> Option<EntityType> {
        match self.placement.as_ref()? {
            Placement::Main => self.options.entity_type(),
            placement => placement.entity_type(),
        }
    }

    /// The card's item; `None` when it isn't saved yet or the page isn't a card's.
    pub fn entity_id(&self) -> Option<EntityId> {
        self.options.entity_id()
    }
}

/// `PLACEMENT_OPTIONS`: an object, whatever came instead of one is "no options".
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlacementOptions(Map<String, Value>);

impl PlacementOptions {
    /// Reads a JSON object, also when it was encoded twice: as a JSON string, or for an address (`%7B%22ID…`).
    pub fn parse(text: &str) -> Self {
        let mut text = text.trim().to_owned();
        for _ in 0..MAX_ENCODINGS {
            match serde_json::from_str(&text) {
                Ok(Value::Object(map)) => return Self(map),
                Ok(Value::String(inner)) => text = inner,
                Err(_) if text.starts_with('%') => text = percent_decoded(&text),
                _ => break,
            }
        }
        Self::default()
    }

    /// An option's value, by its name in any case.
    pub fn get(&self, name: &str) -> Option<&Value> {
        lenient::value_ignoring_case(&self.0, name)
    }

    /// The item's type as an activity's `openRestApp` names it.
    pub fn entity_type(&self) -> Option<EntityType> {
        let type_id = lenient::positive_integer(self.get("entityTypeId")?)?;
        u32::try_from(type_id).ok().map(EntityType::of_type_id)
    }

    /// The item's number: `ID`, `ENTITY_ID` as some placements have it, or `entityId` as an activity's action; zero and
    /// nothing mean "not saved".
    pub fn entity_id(&self) -> Option<EntityId> {
        ["ID", "ENTITY_ID", "entityId"]
            .into_iter()
            .find_map(|name| lenient::positive_integer(self.get(name)?))
            .and_then(EntityId::new)
    }
}

/// A text that was encoded for an address once too often.
fn percent_decoded(text: &str) -> String {
    // As the only key of a query: `&` and `=` inside are encoded too.
    form_urlencoded::parse(text.as_bytes())
        .next()
        .map(|(decoded, _)| decoded.into_owned())
        .unwrap_or_default()
}

/// Decoded fields of a query or form. A repeated field counts with its last value, as in PHP.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The value of a field; the exact name wins over another case.
    fn text(&self, name: &str) -> Option<String> {
        let fields = || self.0.iter().rev();
        let (_, value) = fields()
            .find(|(candidate, _)| candidate == name)
            .or_else(|| fields().find(|(candidate, _)| candidate.eq_ignore_ascii_case(name)))?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// `PLACEMENT_OPTIONS` as JSON, or spread over fields as PHP does it with maps.
    fn options(&self) -> PlacementOptions {
        if let Some(text) = self.text("PLACEMENT_OPTIONS") {
            return PlacementOptions::parse(&text);
        }
        let spread = self.0.iter().filter_map(|(name, value)| {
            let (field, rest) = name.split_at_checked(OPTION_FIELD.len())?;
            let option = rest.strip_suffix(']')?;
            field
                .eq_ignore_ascii_case(OPTION_FIELD)
                .then(|| (option.to_owned(), Value::String(value.clone())))
        });
        PlacementOptions(spread.collect())
    }
}

#[cfg(test)]
mod tests;
