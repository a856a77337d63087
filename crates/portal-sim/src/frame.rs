//! The POST by which the portal opens a page of the application, good or with a fault, and the data of `getInitData`.

use serde::Serialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use crate::fault::FrameFault;
use crate::random;
use crate::state::State;
use crate::state::crm::EntityKind;
use crate::state::grants::ACCESS_SECONDS;

/// The client identifier of an application that isn't ours.
const FOREIGN_CLIENT: &str = "app.0123456789abcd.99999999";
/// The scopes of the application.
pub(crate) const SCOPE: &str = "crm,im,placement,task,user_basic,userfieldconfig";

/// What is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opening {
    /// A tab of a card.
    Tab(EntityKind, u64),
    /// The application's main page.
    Main,
    /// Its installer.
    Installer,
}

/// Who opens it and how.
#[derive(Debug, Clone)]
pub(crate) struct FrameRequest {
    /// What is opened.
    pub opening: Opening,
    /// By which user.
    pub user_id: u64,
    /// The user's language.
    pub language: String,
    /// The address to POST to.
    pub handler: String,
    /// What is wrong with the POST.
    pub fault: Option<FrameFault>,
}

/// A page opening, ready to be sent by a browser or a test.
#[derive(Debug, Clone, Serialize)]
pub struct FrameForm {
    /// `APP_SID`.
    pub sid: String,
    /// The frame's `name`: `DOMAIN|PROTOCOL|APP_SID`.
    pub name: String,
    /// The handler's address with the query.
    pub action: String,
    /// The query alone, encoded.
    pub query: String,
    /// The form's fields in order.
    pub fields: Vec<(String, String)>,
    /// What the host page answers to `getInitData`.
    pub init: Value,
}

impl FrameForm {
    /// The form's body, encoded.
    pub fn body(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.fields)
            .finish()
    }
}

/// Opens a page: issues tokens and writes the form.
pub(crate) fn open(state: &mut State, request: &FrameRequest) -> FrameForm {
    let installation = state.ensure_installation();
    let client_id = match request.fault {
        Some(FrameFault::ForeignClient) => FOREIGN_CLIENT.to_owned(),
        _ => state.application.client_id.clone(),
    };
    let mut grant = state
        .grants
        .issue(&client_id, installation.generation, request.user_id);
    match request.fault {
        Some(FrameFault::ExpiredToken) => state.grants.expire(&grant.access),
        Some(FrameFault::GarbledToken) => grant.access = random::token(),
        _ => {}
    }

    let sid = random::frame_id();
    let domain = match request.fault {
        Some(FrameFault::ForgedDomain) => "evil.example".to_owned(),
        _ => state.addresses.portal_host.clone(),
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("DOMAIN", &domain)
        .append_pair("PROTOCOL", "0")
        .append_pair("LANG", &request.language)
        .append_pair("APP_SID", &sid)
        .finish();
    let separator = if request.handler.contains('?') { '&' } else { '?' };

    let options = options(&request.opening);
    let placement = match request.opening {
        Opening::Tab(kind, _) => kind.tab_placement(),
        Opening::Main | Opening::Installer => "DEFAULT".to_owned(),
    };
    let mut fields: Vec<(&str, String)> = Vec::new();
    if request.fault != Some(FrameFault::WithoutAuthorization) {
        fields.push(("AUTH_ID", grant.access.clone()));
        fields.push(("AUTH_EXPIRES", ACCESS_SECONDS.to_string()));
        fields.push(("REFRESH_ID", grant.refresh.clone()));
    }
    if request.fault != Some(FrameFault::Legacy) {
        let server = match request.fault {
            Some(FrameFault::ForeignServer) => "https://oauth.evil.example".to_owned(),
            _ => state.addresses.authorization_url(),
        };
        fields.push(("SERVER_ENDPOINT", format!("{server}/rest/")));
        fields.push(("APPLICATION_TOKEN", installation.application_token.clone()));
        fields.push(("APPLICATION_SCOPE", SCOPE.to_owned()));
    }
    let member_id = match request.fault {
        Some(FrameFault::ForeignMember) => "0".repeat(32),
        _ => state.member_id.clone(),
    };
    fields.push(("member_id", member_id));
    fields.push(("status", "F".to_owned()));
    fields.push(("PLACEMENT", placement.clone()));
    fields.extend(posted_options(&options, request.fault).map(|text| ("PLACEMENT_OPTIONS", text)));

    let init = json!({
        "LANG": request.language,
        "DOMAIN": state.addresses.portal_host,
        "PROTOCOL": 0,
        "PATH": "/rest",
        "AUTH_ID": grant.access,
        "AUTH_EXPIRES": ACCESS_SECONDS,
        "REFRESH_ID": grant.refresh,
        "MEMBER_ID": state.member_id,
        "FIRST_RUN": !state.acquainted.contains(&request.user_id),
        "IS_ADMIN": state.is_admin(request.user_id),
        "INSTALL": request.opening == Opening::Installer,
        "USER_OPTIONS": user_options(state, request.user_id),
        "APP_OPTIONS": state.app_options,
        "PLACEMENT": placement,
        "PLACEMENT_OPTIONS": options,
    });
    FrameForm {
        name: format!("{}|0|{sid}", state.addresses.portal_host),
        action: format!("{}{separator}{query}", request.handler),
        sid,
        query,
        fields: fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        init,
    }
}

/// The placement's options as an object.
fn options(opening: &Opening) -> Map<String, Value> {
    let mut options = Map::new();
    if let Opening::Tab(kind, id) = opening {
        options.insert("ID".to_owned(), json!(id.to_string()));
        options.insert(
            "URI".to_owned(),
            json!(format!("/crm/{}/details/{id}/", kind.path())),
        );
    }
    options
}

/// The options as the form carries them: JSON with PHP's escaped slashes, or what the fault makes of it.
fn posted_options(options: &Map<String, Value>, fault: Option<FrameFault>) -> Option<String> {
    let good = Value::Object(options.clone()).to_string().replace('/', r"\/");
    match fault {
        Some(FrameFault::OptionsMissing) => None,
        Some(FrameFault::OptionsEmptyString) => Some(String::new()),
        Some(FrameFault::OptionsArray) => Some("[]".to_owned()),
        Some(FrameFault::OptionsUndefined) => Some("undefined".to_owned()),
        Some(FrameFault::OptionsDoubleEncoded) => Some(json!(good).to_string()),
        _ if options.is_empty() => None,
        _ => Some(good),
    }
}

fn user_options(state: &State, user_id: u64) -> Value {
    let options = state
        .user_options
        .iter()
        .filter(|((user, _), _)| *user == user_id);
    Value::Object(
        options
            .map(|((_, name), value)| (name.clone(), value.clone()))
            .collect(),
    )
}
