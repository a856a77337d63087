//! Faults to order: how a page is opened wrongly, how the REST interface misbehaves.

use std::collections::BTreeMap;
use std::str::FromStr;

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
    /// The portal's page never answers `refreshAuth`.
    RefreshAuthNoReply,
    /// The portal's page sends the frame messages of a wrong shape, as from another origin.
    ForeignOriginMessage,
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
            "refreshAuth_no_reply" | "refresh_auth_no_reply" => Self::RefreshAuthNoReply,
            "foreign_origin_message" => Self::ForeignOriginMessage,
            _ => return Err(UnknownFault(name.to_owned())),
        })
    }
}

macro_rules! named_faults {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// A way in which a portal or its authorization server misbehaves while it is switched on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum RestFault {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl RestFault {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in the control interface.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

named_faults! {
    /// A proxy's page with status 502.
    Html502 = "html_502",
    /// A page with status 200.
    Html200 = "html_200",
    /// A page with status 500.
    Html500 = "html_500",
    /// Every answer takes 60 seconds.
    Slow60s = "slow_60s",
    /// Every request is over the limit.
    RateLimited = "rate_limited",
    /// Every method is over its budget of time.
    OperatingBlocked = "operating_blocked",
    /// REST is blocked by support.
    Overload = "overload",
    /// Calls are redirected to a page of the portal, as with an expired licence.
    LicenceRedirect = "licence_redirect",
    /// The portal doesn't exist any more, neither for REST nor for the authorization server.
    PortalDeleted = "portal_deleted",
    /// The plan has no REST.
    AccessDeniedPlan = "access_denied_plan",
    /// The application, or its subscription, is not paid.
    PaymentRequired = "payment_required",
    /// The administrator limited the application to some users.
    UserAccessError = "user_access_error",
    /// The application lost the scope `crm`.
    ScopeReduced = "scope_reduced",
    /// A method waits for the administrator's confirmation.
    MethodConfirmWaiting = "method_confirm_waiting",
    /// The methods of the `crm.item` family are unknown, as on an old installation.
    MethodMissing = "method_missing",
    /// Answers come without the counters of the time budget.
    NoOperatingFields = "no_operating_fields",
    /// Binding anything says that it was bound before.
    HandlerAlreadyBinded = "handler_already_binded",
    /// The user of the next call is dismissed in the middle of it.
    UserFiredMidJob = "user_fired_mid_job",
    /// A write is executed, and answered with status 500 without a body.
    WriteExecutedBut500 = "write_executed_but_500",
    /// A write is executed, and the connection is reset.
    WriteExecutedButReset = "write_executed_but_reset",
    /// A batch with a write is executed half, and the connection is reset.
    BatchExecutedHalf = "batch_executed_half",
    /// The connection is reset at once, and a write is executed two seconds later.
    WriteExecutedLate = "write_executed_late",
    /// The connection is reset before anything was executed.
    ConnectionReset = "connection_reset",
    /// A renewal spends the token, and the connection is reset.
    RefreshResponseLost = "refresh_response_lost",
    /// A renewal fails with status 500, the token stays good.
    Refresh5xx = "refresh_5xx",
    /// A renewal takes five seconds.
    RefreshSlow = "refresh_slow",
    /// A renewal's answer has `app` for its scope.
    RefreshScopeApp = "refresh_scope_app",
    /// A renewal is refused as if the token had been used.
    RefreshRefused = "refresh_refused",
    /// The question what a token is good for is answered with status 500.
    Introspection5xx = "introspection_5xx",
    /// Events never arrive.
    EventLost = "event_lost",
    /// Events come without tokens, as if a robot had caused them.
    EventWithoutTokens = "event_without_tokens",
    /// Each event comes twice.
    EventDuplicated = "event_duplicated",
    /// Later events overtake earlier ones.
    EventReordered = "event_reordered",
    /// Events carry a wrong `application_token`.
    EventForged = "event_forged",
    /// `ONAPPINSTALL` comes ten seconds late.
    InstallEventLate = "install_event_late",
    /// `ONAPPINSTALL` carries a token that nobody issued.
    InstallEventForged = "install_event_forged",
}

impl FromStr for RestFault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL
            .iter()
            .copied()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

/// The faults that are switched on, some for a number of times only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults(BTreeMap<RestFault, Option<u32>>);

impl Faults {
    /// Reads `html_502,write_executed_but_500:1`.
    pub(crate) fn parse(text: &str) -> Result<Self, UnknownFault> {
        let mut faults = Self::default();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (name, times) = match word.split_once(':') {
                Some((name, times)) => {
                    let times = times.parse().map_err(|_| UnknownFault(word.to_owned()))?;
                    (name, Some(times))
                }
                None => (word, None),
            };
            faults.switch_on(name.parse()?, times);
        }
        Ok(faults)
    }

    /// Switches a fault on, for so many times or until it is switched off.
    pub(crate) fn switch_on(&mut self, fault: RestFault, times: Option<u32>) {
        self.0.insert(fault, times.filter(|times| *times > 0));
    }

    /// Switches all off.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether a fault is on.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "reads as any other set")]
    pub(crate) fn contains(&self, fault: &RestFault) -> bool {
        self.0.contains_key(fault)
    }

    /// Whether a fault is on; counts down one that is on for a number of times.
    pub(crate) fn take(&mut self, fault: RestFault) -> bool {
        match self.0.get_mut(&fault) {
            None => false,
            Some(None) => true,
            Some(Some(left)) => {
                *left -= 1;
                if *left == 0 {
                    self.0.remove(&fault);
                }
                true
            }
        }
    }

    /// The names of those that are on.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.0.keys().map(|fault| fault.name()).collect()
    }
}

/// A fault that the simulator doesn't have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault {0:?}; docs/portal-sim.md lists them")]
pub struct UnknownFault(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_of_every_name_finds_its_fault() {
        for fault in RestFault::ALL {
            assert_eq!(fault.name().parse(), Ok(*fault));
        }
        assert!("no_such_fault".parse::<RestFault>().is_err());
    }

    #[test]
    fn take_of_a_counted_fault_ends_with_its_count() {
        let mut faults = Faults::parse("html_502, write_executed_but_500:2").unwrap();

        let taken: Vec<bool> = (0..3)
            .map(|_| faults.take(RestFault::WriteExecutedBut500))
            .collect();

        assert_eq!(taken, [true, true, false]);
        assert!(faults.take(RestFault::Html502) && faults.take(RestFault::Html502));
    }
}
