//! The proof of a grant outside a frame: the redirect of an authorization-code flow.

use super::{Expectation, FrameVerifier, VerificationError, VerifiedFrame};
use crate::authorization_server::AuthorizationServer;
use crate::frame::FrameOpen;
use crate::identity::MemberId;
use crate::oauth::Issued;

impl FrameVerifier {
    /// Proves what [`crate::oauth::exchange_code`] issued: its access token must belong to one of our applications and
    /// to the portal that the login began with. The result is that of a frame open without a placement.
    ///
    /// `server` is the one that issued the tokens. The portal's address, the user and the scopes come from its
    /// introspection; what the redirect's query says is foreign input.
    pub async fn verify_grant(
        &self,
        issued: &Issued,
        server: &AuthorizationServer,
        portal: &MemberId,
        expectation: &Expectation,
    ) -> Result<VerifiedFrame, VerificationError> {
        if issued.member_id.as_ref().is_some_and(|member| member != portal) {
            return Err(VerificationError::MemberMismatch);
        }
        let claim = FrameOpen {
            access_token: Some(issued.pair.access.clone()),
            refresh_token: Some(issued.pair.refresh.clone()),
            server_endpoint: Some(server.as_str().to_owned()),
            member_id: Some(portal.clone()),
            ..FrameOpen::default()
        };
        self.verify(claim, expectation).await
    }
}
