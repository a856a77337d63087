//! Connections against the portal simulator, which shares no code with this crate: each fault that it can play, and
//! what a caller gets.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use certlens_bitrix24::credentials::memory::MemoryCredentials;
use certlens_bitrix24::{
    AccessToken, AuthorizationServer, AuthorizationServers, CallError, ChainEnd, ChainId, ClientId,
    ClientSecret, Connections, Expectation, FrameVerifier, Issued, LocalPacing, Marked, Marker, MemberId,
    NetworkPolicy, Portal, PortalClient, PortalEndpoint, Priority, RefreshToken, Standing, SuspensionReason,
    TokenPair, Transport, UserId, VerificationError,
};
use certlens_portal_sim::{RestFault, Simulator, SimulatorOptions};
use chrono::{TimeDelta, Utc};
use futures::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};

const ADMINISTRATOR: u64 = 1;
const MANAGER: u64 = 7;
const INSECURE: NetworkPolicy = NetworkPolicy::AllowInsecure;

/// A portal with the application installed, and a store as a service would have it.
struct Scene {
    simulator: Simulator,
    store: MemoryCredentials,
    portal: Portal,
}

impl Scene {
    async fn open() -> Self {
        let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
        simulator.finish_installation();
        let store = MemoryCredentials::new();
        store.set_secret(
            &ClientId::new(simulator.client_id()),
            ClientSecret::parse(&simulator.client_secret()).unwrap(),
        );
        let endpoint = format!("{}/rest/", simulator.portal_url());
        let portal = Portal {
            member_id: MemberId::parse(&simulator.member_id()).unwrap(),
            endpoint: PortalEndpoint::parse(&endpoint, INSECURE).unwrap(),
            server: AuthorizationServer::parse(&simulator.auth_url(), INSECURE).unwrap(),
        };
        Self {
            simulator,
            store,
            portal,
        }
    }

    fn chain_of(&self, user: u64) -> ChainId {
        let issued = self.simulator.issue_token(user);
        let pair = TokenPair {
            access: AccessToken::parse(&issued.access).unwrap(),
            refresh: RefreshToken::parse(&issued.refresh).unwrap(),
            expires_at: Utc::now() + TimeDelta::hours(1),
        };
        let client_id = ClientId::new(self.simulator.client_id());
        self.store
            .add(&self.portal.member_id, &client_id, UserId(user), pair)
    }

    /// Connections of one process.
    fn connections(&self) -> Connections {
        Connections::new(
            Transport::new(INSECURE).unwrap(),
            AuthorizationServers::parse(&self.simulator.auth_url(), INSECURE).unwrap(),
            Arc::new(self.store.clone()),
            Arc::new(LocalPacing::new()),
        )
    }

    fn client(&self) -> PortalClient {
        self.connections().of_portal(&self.portal, Priority::Interactive)
    }

    fn renewals(&self) -> usize {
        let journal = self.simulator.journal();
        journal
            .iter()
            .filter(|entry| entry.request.method == "oauth/token")
            .count()
    }
}

fn company() -> Value {
    json!({"entityTypeId": 4, "id": 101})
}

#[tokio::test]
async fn two_processes_with_an_ended_token_renew_it_once() {
    let scene = Scene::open().await;
    let chain = scene.chain_of(ADMINISTRATOR);
    scene.simulator.expire_tokens();
    let processes = [scene.connections(), scene.connections()];

    let replies = join_all((0..30).map(|number| {
        let client = processes[number % 2].of_portal(&scene.portal, Priority::Interactive);
        async move { client.call("crm.item.get", company()).await }
    }))
    .await;

    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
    assert_eq!((scene.renewals(), scene.store.end_of(chain)), (1, None));
}

#[rstest]
#[case(RestFault::Html502)]
#[case(RestFault::Html200)]
#[case(RestFault::Html500)]
#[case(RestFault::RateLimited)]
#[case(RestFault::ConnectionReset)]
#[case(RestFault::NoOperatingFields)]
#[case(RestFault::Refresh5xx)]
#[case(RestFault::RefreshScopeApp)]
#[tokio::test]
async fn read_through_a_passing_fault_succeeds(#[case] fault: RestFault) {
    let scene = Scene::open().await;
    scene.chain_of(ADMINISTRATOR);
    if matches!(fault, RestFault::Refresh5xx | RestFault::RefreshScopeApp) {
        scene.simulator.expire_tokens();
    }
    scene.simulator.set_fault_times(fault, 1);

    let reply = scene.client().call("crm.item.get", company()).await.unwrap();

    assert_eq!(reply.result["item"]["id"], 101);
}

#[rstest]
#[case(RestFault::Html502, false)]
#[case(RestFault::Html200, false)]
#[case(RestFault::Html500, false)]
#[case(RestFault::RateLimited, false)]
#[case(RestFault::ConnectionReset, false)]
#[case(RestFault::WriteExecutedBut500, true)]
#[case(RestFault::WriteExecutedButReset, true)]
#[tokio::test]
async fn creation_through_a_fault_leaves_exactly_one_object(#[case] fault: RestFault, #[case] found: bool) {
    let scene = Scene::open().await;
    scene.chain_of(ADMINISTRATOR);
    let client = scene.client();
    let write = Marked::activity(
        &Marker::new("certlens", "job-7"),
        json!({"OWNER_TYPE_ID": 4, "OWNER_ID": 101, "TYPE_ID": 2, "SUBJECT": "Certificate ends"}),
    );
    scene.simulator.set_fault_times(fault, 1);

    let created = client.create_once(&write).await.unwrap();

    let ours = json!({"filter": {"ORIGIN_ID": "job-7"}});
    let rows = client.call("crm.activity.list", ours).await.unwrap().result;
    assert_eq!((rows.as_array().unwrap().len(), created.was_found), (1, found));
}

#[rstest]
#[case(RestFault::PaymentRequired, SuspensionReason::PaymentRequired)]
#[case(RestFault::AccessDeniedPlan, SuspensionReason::PlanDenied)]
#[case(RestFault::UserAccessError, SuspensionReason::UserAccess)]
#[case(RestFault::Overload, SuspensionReason::Overload)]
#[case(RestFault::PortalDeleted, SuspensionReason::PortalDeleted)]
#[case(RestFault::LicenceRedirect, SuspensionReason::NotOperational)]
#[tokio::test]
async fn refusal_of_the_whole_portal_suspends_it_until_a_call_succeeds(
    #[case] fault: RestFault,
    #[case] reason: SuspensionReason,
) {
    let scene = Scene::open().await;
    let chain = scene.chain_of(ADMINISTRATOR);
    let client = scene.client();
    scene.simulator.set_fault(fault);

    client.call("crm.item.get", company()).await.unwrap_err();
    scene.simulator.clear_faults();
    client.call("crm.item.get", company()).await.unwrap();

    assert_eq!(
        scene.store.standings_of(&scene.portal.member_id),
        [Standing::Suspended(reason), Standing::Active]
    );
    assert_eq!(scene.store.end_of(chain), None);
}

#[tokio::test]
async fn renewal_with_a_lost_answer_leaves_its_chain_for_the_next() {
    let scene = Scene::open().await;
    let (first, second) = (scene.chain_of(ADMINISTRATOR), scene.chain_of(MANAGER));
    scene.simulator.expire_tokens();
    scene.simulator.set_fault_times(RestFault::RefreshResponseLost, 1);

    let reply = scene.client().call("profile", Value::Null).await.unwrap();

    assert_eq!(reply.result["ID"], MANAGER.to_string());
    assert_eq!(scene.store.end_of(first), Some(ChainEnd::Spent));
    assert_eq!(scene.store.end_of(second), None);
}

#[tokio::test]
async fn dismissed_users_chain_is_left_for_the_next() {
    let scene = Scene::open().await;
    let (first, _) = (scene.chain_of(ADMINISTRATOR), scene.chain_of(MANAGER));
    scene.simulator.set_user_active(ADMINISTRATOR, false);

    let reply = scene.client().call("profile", Value::Null).await.unwrap();

    assert_eq!(reply.result["ID"], MANAGER.to_string());
    assert_eq!(scene.store.end_of(first), Some(ChainEnd::UserDeactivated));
}

#[tokio::test]
async fn renamed_portal_is_followed_and_its_address_stored() {
    let scene = Scene::open().await;
    scene.chain_of(ADMINISTRATOR);
    scene.simulator.rename("renamed.localhost").unwrap();

    scene.client().call("crm.item.get", company()).await.unwrap();

    let moved = scene.store.address_of(&scene.portal.member_id).unwrap();
    assert!(moved.authority().starts_with("renamed.localhost:"), "{moved}");
}

#[tokio::test]
async fn silently_removed_application_is_noted_for_confirmation() {
    let scene = Scene::open().await;
    scene.chain_of(ADMINISTRATOR);
    scene.simulator.uninstall();

    scene.client().call("profile", Value::Null).await.unwrap_err();

    assert_eq!(
        scene.store.standings_of(&scene.portal.member_id),
        [Standing::Uninstalled]
    );
}

#[tokio::test]
async fn silent_portal_costs_a_page_no_more_than_its_time_limit() {
    let scene = Scene::open().await;
    scene.chain_of(ADMINISTRATOR);
    scene.simulator.set_fault(RestFault::Slow60s);
    let client = scene.client().within(Duration::from_millis(500));

    let error = client.call("crm.item.get", company()).await.unwrap_err();

    assert!(matches!(error, CallError::TimedOut), "{error:?}");
}

#[tokio::test]
async fn seventy_calls_at_once_are_paced_below_the_portals_limit() {
    let scene = Scene::open().await;
    scene.chain_of(ADMINISTRATOR);
    let client = scene.client();

    let replies = join_all((0..70).map(|_| client.call("profile", Value::Null))).await;

    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
    let journal = scene.simulator.journal();
    assert!(journal.iter().all(|entry| entry.request.status != 503));
}

#[tokio::test]
async fn issued_tokens_are_believed_for_the_portal_that_the_login_began_with_and_no_other() {
    let scene = Scene::open().await;
    let issued_to = scene.simulator.issue_token(MANAGER);
    let issued = Issued {
        pair: TokenPair {
            access: AccessToken::parse(&issued_to.access).unwrap(),
            refresh: RefreshToken::parse(&issued_to.refresh).unwrap(),
            expires_at: Utc::now() + TimeDelta::hours(1),
        },
        member_id: None,
        user_id: None,
        client_endpoint: Some("https://not-to-be-believed.example/rest/".to_owned()),
        server_endpoint: None,
    };
    let servers = AuthorizationServers::parse(&scene.simulator.auth_url(), INSECURE).unwrap();
    let verifier = FrameVerifier::new(Transport::new(INSECURE).unwrap(), servers);
    let expectation = Expectation {
        client_ids: vec![ClientId::new(scene.simulator.client_id())],
        ..Expectation::default()
    };
    let other = MemberId::parse("5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49").unwrap();
    let (server, member) = (&scene.portal.server, &scene.portal.member_id);

    let proved = verifier
        .verify_grant(&issued, server, member, &expectation)
        .await
        .unwrap();
    let refused = verifier
        .verify_grant(&issued, server, &other, &expectation)
        .await
        .unwrap_err();

    assert_eq!(proved.user_id(), UserId(MANAGER));
    assert_eq!(proved.endpoint(), &scene.portal.endpoint);
    assert!(
        matches!(refused, VerificationError::MemberMismatch),
        "{refused:?}"
    );
}
