//! Signing on outside a portal's frame: from a code of the portal's consent page to a proved user.

use certlens_bitrix24::{
    ClientId, ClientSecret, GrantError, MemberId, PortalEndpoint, VerificationError, VerifiedFrame, oauth,
};
use certlens_store::{ChainSource, PortalState, StoreError};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::error::PortalsError;
use crate::member;
use crate::portals::Portals;
use crate::token;

/// A portal to which a person can be sent to sign on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledPortal {
    /// The portal.
    pub member_id: MemberId,
    /// Its REST root, proved.
    pub endpoint: PortalEndpoint,
    /// The application that is installed there.
    pub client_id: ClientId,
}

impl InstalledPortal {
    /// The portal's consent page; `note` comes back with the person.
    pub fn consent_page(&self, note: &str) -> Option<Url> {
        oauth::authorization_address(&self.endpoint, &self.client_id, note)
    }
}

/// Why a sign-on failed.
#[derive(Debug, thiserror::Error)]
pub enum LoginRefused {
    /// The code or what it stands for is not accepted.
    #[error("the portal did not confirm the sign-on: {0}")]
    Refused(String),
    /// A server did not answer, ours or Bitrix24's.
    #[error("the sign-on can't be confirmed now: {0}")]
    Unavailable(String),
}

impl From<StoreError> for LoginRefused {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<GrantError> for LoginRefused {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Refused(_) | GrantError::PortalDeleted | GrantError::Address => {
                Self::Refused(error.to_string())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<VerificationError> for LoginRefused {
    fn from(error: VerificationError) -> Self {
        if error.is_retryable() {
            Self::Unavailable(error.to_string())
        } else {
            Self::Refused(error.to_string())
        }
    }
}

impl Portals {
    /// The portal that a person names by its host or, when `domain` is `None`, by its `member_id`; `None` when the
    /// application isn't installed there. Addresses are compared with proved ones: nobody is sent anywhere else.
    pub async fn installed_portal(
        &self,
        domain: Option<&str>,
        member_id: &str,
    ) -> Result<Option<InstalledPortal>, PortalsError> {
        let found = match (domain, certlens_store::MemberId::parse(member_id)) {
            (Some(domain), _) => self.store().portal_by_domain(domain).await?,
            (None, Ok(member_id)) => self.store().portal(&member_id).await?,
            (None, Err(_)) => None,
        };
        let Some(portal) = found.filter(|portal| portal.state != PortalState::Uninstalled) else {
            return Ok(None);
        };
        let Some(client_id) = portal
            .client_id
            .map(ClientId::new)
            .or_else(|| self.market_client_id())
        else {
            return Ok(None);
        };
        let address = portal.address;
        let endpoint = PortalEndpoint::parse(&address.client_endpoint, self.transport().policy())
            .map_err(|_| PortalsError::AddressRefused(address.domain))?;
        Ok(Some(InstalledPortal {
            member_id: member::platform(&portal.member_id)?,
            endpoint,
            client_id,
        }))
    }

    /// Changes the code that a portal sent back for a token, and proves the token: it must be of the application and
    /// the portal to which the person was sent. The chain that begins with it is kept.
    pub async fn login(
        &self,
        member_id: &MemberId,
        code: &str,
        server_domain: Option<&str>,
    ) -> Result<VerifiedFrame, LoginRefused> {
        let portal = self
            .installed_portal(None, member_id.as_str())
            .await
            .map_err(|error| LoginRefused::Unavailable(error.to_string()))?
            .ok_or_else(|| LoginRefused::Refused("the application isn't installed there".to_owned()))?;
        let expectation = self.expectation_of(Some(member_id), false).await?;
        let secret = self.secret_of(&portal.client_id).await?.ok_or_else(|| {
            LoginRefused::Unavailable("the application's client secret isn't configured".to_owned())
        })?;
        // The portal names its server; only a listed one gets the secret.
        let named = server_domain.and_then(|host| {
            ["https", "http"]
                .iter()
                .find_map(|scheme| self.servers().allowed(&format!("{scheme}://{host}/")))
        });
        let known = expectation
            .known_server
            .as_deref()
            .and_then(|address| self.servers().allowed(address));
        let server = named.or(known).unwrap_or_else(|| self.servers().default_server());

        let issued = oauth::exchange_code(self.transport(), server, &portal.client_id, &secret, code).await?;
        let frame = self
            .verifier()
            .verify_grant(&issued, server, member_id, &expectation)
            .await?;
        let stored = member::stored(member_id)?;
        if let Some(chain) = token::of_frame(&frame, ChainSource::Login, false) {
            self.store().save_chain(&stored, &chain).await?;
        }
        Ok(frame)
    }

    /// The secret of an application of ours, as it is now.
    async fn secret_of(&self, client_id: &ClientId) -> Result<Option<ClientSecret>, LoginRefused> {
        let secret = if self.is_market(client_id) {
            self.market_secret()
        } else {
            self.store().secret_of(client_id.as_str()).await?
        };
        secret
            .map(|secret| ClientSecret::parse(secret.expose_secret()))
            .transpose()
            .map_err(|malformed| LoginRefused::Unavailable(malformed.to_string()))
    }
}
