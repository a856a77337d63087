//! What every test starts from: a database, stores on it, portals in it.

use certlens_store::{
    ChainSource, CrmEntity, EntityType, IdentifierSource, IndexedIdentifier, IndexedItem, Installation,
    MemberId, NewChain, PortalAddress, SecretKey, Store, TokenPair, UserId, pool_options,
};
use certlens_test_engines::TestDatabases;
use chrono::{DateTime, TimeZone as _, Utc};
use sqlx::PgPool;

pub(crate) struct World {
    databases: TestDatabases,
    pub(crate) store: Store,
}

impl World {
    pub(crate) async fn create() -> Self {
        let databases = TestDatabases::create().await;
        let store = Store::new(databases.postgres().clone(), &key());
        Self { databases, store }
    }

    /// For looking at rows, and for making them old.
    pub(crate) fn pool(&self) -> &PgPool {
        self.databases.postgres()
    }

    /// A store as another process has it: with connections of its own.
    pub(crate) async fn other_process(&self, connections: u32) -> (Store, PgPool) {
        let pool = pool_options()
            .max_connections(connections)
            .connect(&self.databases.postgres_url())
            .await
            .unwrap();
        (Store::new(pool.clone(), &key()), pool)
    }

    /// A pool that has one connection only.
    pub(crate) async fn one_connection(&self) -> PgPool {
        self.other_process(1).await.1
    }

    /// An installed portal.
    pub(crate) async fn portal(&self, number: u32) -> MemberId {
        let member_id = member(number);
        let installation = Installation::at(address(&format!("portal{number}.example")));
        self.store.begin_install(&member_id, &installation).await.unwrap();
        self.store.finish_install(&member_id, 1).await.unwrap();
        member_id
    }

    /// Runs one statement, such as one that makes rows old.
    pub(crate) async fn execute(&self, statement: &'static str) {
        sqlx::query(statement).execute(self.pool()).await.unwrap();
    }

    /// The one number that a query gives.
    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(self.pool()).await.unwrap()
    }

    pub(crate) async fn end(self) {
        self.databases.drop_all().await;
    }
}

pub(crate) fn key() -> SecretKey {
    SecretKey::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
}

pub(crate) fn member(number: u32) -> MemberId {
    MemberId::parse(&format!("{number:032x}")).unwrap()
}

pub(crate) fn address(domain: &str) -> PortalAddress {
    PortalAddress {
        domain: domain.to_owned(),
        client_endpoint: format!("https://{domain}/rest/"),
        origin: format!("https://{domain}"),
        authorization_server: "https://oauth.example/".to_owned(),
    }
}

pub(crate) fn moment() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}

pub(crate) fn pair(name: &str) -> TokenPair {
    TokenPair {
        access: format!("access-{name}").into(),
        refresh: format!("refresh-{name}").into(),
        expires_at: moment(),
    }
}

pub(crate) fn chain(user: i64, source: ChainSource, name: &str) -> NewChain {
    NewChain {
        client_id: "app.1".to_owned(),
        user_id: UserId(user),
        source,
        is_administrator: false,
        pair: pair(name),
    }
}

pub(crate) const fn company(id: i64) -> CrmEntity {
    CrmEntity::new(EntityType::Company, id)
}

pub(crate) fn identifier(value: &str) -> IndexedIdentifier {
    IndexedIdentifier {
        value: format!("ИНН {value}"),
        identifier: Some(value.to_owned()),
        source: IdentifierSource::Requisite,
        source_name: "RQ_INN".to_owned(),
    }
}

pub(crate) fn item(entity: CrmEntity) -> IndexedItem {
    IndexedItem {
        entity,
        title: format!("ООО «Ромашка» {}", entity.id),
        responsible_id: Some(UserId(5)),
        company_ids: Vec::new(),
        requisite_ids: Vec::new(),
        modified_at: Some(moment()),
        read_at: moment(),
        identifiers: Vec::new(),
    }
}
