//! Where a `ClickHouse` is, and what the configuration may say about it. Pure.

use std::str::FromStr;

use secrecy::SecretString;
use url::Url;

/// A `ClickHouse` HTTP interface with the user to be. `Debug` hides the password.
#[derive(Debug, Clone)]
pub struct ClickHouseAddress {
    /// Address without user, password and database.
    pub url: String,
    /// User of the interface.
    pub user: String,
    /// The user's password.
    pub password: SecretString,
    /// The database that the address names, if it does.
    pub database: Option<String>,
}

/// What `CERTLENS_CLICKHOUSE_URL` says.
#[derive(Debug, Clone, Default)]
pub enum ClickHouseSetting {
    /// Nothing: run the embedded engine.
    #[default]
    Embedded,
    /// `off`: Postgres answers alone.
    Off,
    /// A server or a cluster.
    Url(ClickHouseAddress),
}

/// A value of `CERTLENS_CLICKHOUSE_URL` that can't be used. Does not repeat the value: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the ClickHouse URL is unusable ({0}): expected http(s)://user:password@host:port/database, `off`, or nothing for \
     the embedded engine"
)]
pub struct ClickHouseSettingError(String);

impl FromStr for ClickHouseSetting {
    type Err = ClickHouseSettingError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value.trim() {
            "" => Ok(Self::Embedded),
            off if off.eq_ignore_ascii_case("off") => Ok(Self::Off),
            url => parse_url(url).map(Self::Url),
        }
    }
}

fn parse_url(value: &str) -> Result<ClickHouseAddress, ClickHouseSettingError> {
    let unusable = |reason: &str| ClickHouseSettingError(reason.to_owned());
    let mut url = Url::parse(value).map_err(|error| unusable(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(unusable("it is no http or https address"));
    }
    let decode = |text: &str| {
        serde_urlencoded::from_str::<Vec<(String, String)>>(&format!("v={}", text.replace('+', "%2B")))
            .ok()
            .and_then(|pairs| pairs.into_iter().next())
            .map(|(_, value)| value)
            .unwrap_or_default()
    };
    let user = Some(decode(url.username())).filter(|user| !user.is_empty());
    let password = decode(url.password().unwrap_or_default());
    let database = Some(decode(url.path().trim_matches('/'))).filter(|database| !database.is_empty());
    url.set_username("")
        .map_err(|()| unusable("its user can't be read"))?;
    url.set_password(None)
        .map_err(|()| unusable("its password can't be read"))?;
    url.set_path("");
    Ok(ClickHouseAddress {
        url: url.to_string(),
        user: user.unwrap_or_else(|| "default".to_owned()),
        password: SecretString::from(password),
        database,
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::ClickHouseSetting;

    #[test]
    fn parse_of_nothing_and_off_needs_no_server() {
        assert!(matches!("".parse(), Ok(ClickHouseSetting::Embedded)));
        assert!(matches!("OFF".parse(), Ok(ClickHouseSetting::Off)));
    }

    #[test]
    fn parse_of_a_full_url_takes_it_apart() {
        let parsed = "https://ann:p%40ss+w@cluster.example:8443/documents"
            .parse()
            .unwrap();

        let ClickHouseSetting::Url(address) = parsed else {
            panic!("an address was expected")
        };
        assert_eq!(address.url, "https://cluster.example:8443/");
        assert_eq!(address.user, "ann");
        assert_eq!(address.password.expose_secret(), "p@ss+w");
        assert_eq!(address.database.as_deref(), Some("documents"));
    }

    #[test]
    fn parse_of_something_else_says_what_is_expected_without_repeating_it() {
        let error = "tcp://ann:secret@host:9000"
            .parse::<ClickHouseSetting>()
            .unwrap_err()
            .to_string();

        assert!(error.contains("expected http"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}
