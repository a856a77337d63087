//! Faults to order: how a page is opened wrongly, how the REST interface misbehaves.

use std::str::FromStr;

use serde::Serialize;

/// A way in which the POST that opens a page differs from a good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameFault {
    /// No tokens.
    WithoutAuthorization,
    /// A good token of another application.
    ForeignClient,
    /// A token whose hour is over.
    ExpiredToken,
    /// A text that nobody issued as a token.
    GarbledToken,
    /// Another host in `DOMAIN`.
    ForgedDomain,
    /// Another portal's `member_id`.
    ForeignMember,
    /// An authorization server that is on nobody's list.
    ForeignServer,
    /// Without the fields that older portals don't send.
    Legacy,
    /// `PLACEMENT_OPTIONS` left out.
    OptionsMissing,
    /// `PLACEMENT_OPTIONS` empty.
    OptionsEmptyString,
    /// `PLACEMENT_OPTIONS` = `[]`.
    OptionsArray,
    /// `PLACEMENT_OPTIONS` = `undefined`.
    OptionsUndefined,
    /// `PLACEMENT_OPTIONS` encoded twice.
    OptionsDoubleEncoded,
}

impl FromStr for FrameFault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Ok(match name {
            "page_post_without_auth" => Self::WithoutAuthorization,
            "page_post_foreign_client" => Self::ForeignClient,
            "page_post_expired_token" => Self::ExpiredToken,
            "page_post_garbled_token" => Self::GarbledToken,
            "page_post_forged_domain" => Self::ForgedDomain,
            "page_post_foreign_member" => Self::ForeignMember,
            "page_post_foreign_server" => Self::ForeignServer,
            "legacy_post" => Self::Legacy,
            "placement_options_missing" => Self::OptionsMissing,
            "placement_options_empty_string" => Self::OptionsEmptyString,
            "placement_options_array" => Self::OptionsArray,
            "placement_options_undefined" => Self::OptionsUndefined,
            "placement_options_double_encoded" => Self::OptionsDoubleEncoded,
            _ => return Err(UnknownFault(name.to_owned())),
        })
    }
}

/// A way in which the portal's REST interface misbehaves while it is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RestFault {
    /// A proxy's page with status 502.
    Html502,
    /// A page with status 200.
    Html200,
    /// Every answer takes 60 seconds.
    Slow60s,
    /// Every request is over the limit.
    RateLimited,
    /// Calls are redirected to a page of the portal, as with an expired licence.
    LicenceRedirect,
    /// The methods of the `crm.item` family are unknown, as on an old installation.
    MethodMissing,
    /// Answers come without the counters of the time budget.
    NoOperatingFields,
}

impl FromStr for RestFault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Ok(match name {
            "html_502" => Self::Html502,
            "html_200" => Self::Html200,
            "slow_60s" => Self::Slow60s,
            "rate_limited" => Self::RateLimited,
            "licence_redirect" => Self::LicenceRedirect,
            "method_missing" => Self::MethodMissing,
            "no_operating_fields" => Self::NoOperatingFields,
            _ => return Err(UnknownFault(name.to_owned())),
        })
    }
}

/// A fault that the simulator doesn't have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault {0:?}; docs/portal-sim.md lists them")]
pub struct UnknownFault(String);
