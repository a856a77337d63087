//! Makes and drops one test's `ClickHouse` database.

use std::fmt;
use std::time::SystemTime;

use clickhouse::{Client, Compression};
use url::Url;

use crate::name::DatabaseName;
use crate::{CLICKHOUSE_URL_VARIABLE, TestEnginesError};

/// Where a test's `ClickHouse` database is.
#[derive(Clone, PartialEq, Eq)]
pub struct ClickHouseAddress {
    /// Address of the HTTP interface, without user and password.
    pub url: String,
    /// User of the HTTP interface.
    pub user: String,
    /// The user's password.
    pub password: String,
    /// The test's database.
    pub database: String,
}

impl fmt::Debug for ClickHouseAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClickHouseAddress")
            .field("url", &self.url)
            .field("user", &self.user)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

impl ClickHouseAddress {
    /// A client in the test's database.
    pub fn client(&self) -> Client {
        self.server().with_database(&self.database)
    }

    fn server(&self) -> Client {
        Client::default()
            .with_url(&self.url)
            .with_user(&self.user)
            .with_password(&self.password)
            .with_compression(Compression::None)
    }
}

pub(crate) async fn create(server: &Url, name: &DatabaseName) -> Result<ClickHouseAddress, TestEnginesError> {
    let address = address(server, name)?;
    let client = address.server();
    sweep(&client).await?;
    client.query(&format!("CREATE DATABASE {name}")).execute().await?;
    Ok(address)
}

pub(crate) async fn drop(address: &ClickHouseAddress) -> Result<(), TestEnginesError> {
    drop_with(&address.server(), &address.database).await
}

fn address(server: &Url, name: &DatabaseName) -> Result<ClickHouseAddress, TestEnginesError> {
    let unusable = |()| TestEnginesError::Address {
        variable: CLICKHOUSE_URL_VARIABLE,
        reason: "no http address".to_owned(),
    };
    let mut bare = server.clone();
    bare.set_username("").map_err(unusable)?;
    bare.set_password(None).map_err(unusable)?;
    Ok(ClickHouseAddress {
        url: bare.to_string(),
        user: server.username().to_owned(),
        password: server.password().unwrap_or_default().to_owned(),
        database: name.to_string(),
    })
}

async fn sweep(client: &Client) -> Result<(), TestEnginesError> {
    let listed = client
        .query("SELECT name FROM system.databases")
        .fetch_all::<String>()
        .await?;
    let now = SystemTime::now();
    for name in listed
        .iter()
        .filter_map(|name| DatabaseName::abandoned(name, now))
    {
        drop_with(client, &name.to_string()).await?;
    }
    Ok(())
}

async fn drop_with(client: &Client, name: &str) -> Result<(), TestEnginesError> {
    client
        .query(&format!("DROP DATABASE IF EXISTS {name}"))
        .execute()
        .await?;
    Ok(())
}
