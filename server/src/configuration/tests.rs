//! What wins over what, and which sentences a wrong setting gets.

use super::*;
use clap::{CommandFactory as _, Parser as _};
use std::time::Duration;

/// The settings as a command line of their own.
#[derive(clap::Parser)]
struct CommandLine {
    #[command(flatten)]
    settings: Settings,
}

/// Settings that compose.yaml does not hand on.
const NOT_IN_COMPOSE: [(&str, &str); 8] = [
    ("CERTLENS_CONFIG", "containers are set by the environment"),
    ("CERTLENS_DATA_DIR", "the image's"),
    ("CERTLENS_LISTEN", "the image's"),
    ("CERTLENS_SITE_DIR", "the image's"),
    ("CERTLENS_CLICKHOUSE_LIBRARY", "of the private engine"),
    ("CERTLENS_CLICKHOUSE_MEMORY", "of the private engine"),
    ("CERTLENS_ALLOW_INSECURE_PORTALS", "for the portal simulator"),
    ("CERTLENS_TODAY", "for the portal simulator"),
];

fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

fn problem(change: impl FnOnce(&mut Settings)) -> String {
    Configuration::check(settings(change)).unwrap_err().to_string()
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

#[test]
fn check_of_no_settings_gives_the_documented_defaults() {
    let configuration = Configuration::check(Settings::default()).unwrap();

    assert_eq!(configuration.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(configuration.public_url.as_str(), "http://127.0.0.1:3000");
    assert_eq!(configuration.data_dir, Path::new("data"));
    assert_eq!(configuration.network_policy, NetworkPolicy::PublicHttps);
    assert!(matches!(configuration.clickhouse, ClickHouseSetting::Embedded));
    assert_eq!(configuration.recount_every.get(), Duration::from_hours(2));
    assert_eq!(configuration.notify_every.get(), Duration::from_mins(150));
}

#[test]
fn over_prefers_what_was_written_above_and_fills_up_from_beneath() {
    let file = settings(|file| {
        file.listen = Some("0.0.0.0:80".to_owned());
        file.public_url = Some("https://certlens.example".to_owned());
    });
    let flags = settings(|flags| flags.listen = Some("127.0.0.1:4000".to_owned()));

    let configuration = Configuration::check(flags.over(&file)).unwrap();

    assert_eq!(configuration.listen.to_string(), "127.0.0.1:4000");
    assert_eq!(configuration.public_url.as_str(), "https://certlens.example");
}

#[test]
fn over_takes_an_empty_value_for_a_missing_one() {
    let file = settings(|file| file.operator_token = Some(secret("0123456789abcdef")));
    let environment = settings(|environment| environment.operator_token = Some(secret("")));

    assert!(environment.over(&file).operator_token.is_some());
}

/// Container tools pass unset variables as empty ones.
#[test]
fn every_setting_may_be_empty() {
    for argument in CommandLine::command().get_arguments() {
        let Some(flag) = argument.get_long().filter(|_| argument.get_env().is_some()) else {
            continue;
        };
        let read = CommandLine::try_parse_from(["certlens".to_owned(), format!("--{flag}=")]);
        let settings = read.map_err(|error| error.to_string()).unwrap().settings;
        Configuration::load(&settings).unwrap();
    }
}

#[test]
fn compose_file_hands_every_setting_to_the_service() {
    let compose = include_str!("../../../compose.yaml");
    let missing: Vec<String> = CommandLine::command()
        .get_arguments()
        .filter_map(|argument| argument.get_env()?.to_str().map(str::to_owned))
        .filter(|setting| !compose.contains(&format!("\n    {setting}: ")))
        .filter(|setting| NOT_IN_COMPOSE.iter().all(|(known, _)| known != setting))
        .collect();
    assert!(
        missing.is_empty(),
        "add these to `environment` in compose.yaml, or say in NOT_IN_COMPOSE why not: {missing:?}"
    );
}

#[test]
fn load_reads_the_named_file_beneath_the_flags() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("certlens.toml");
    std::fs::write(
        &path,
        "listen = \"127.0.0.1:5000\"\nclickhouse_url = \"off\"\nallow_insecure_portals = 1\n",
    )
    .unwrap();
    let flags = settings(|flags| {
        flags.config = Some(path);
        flags.listen = Some("127.0.0.1:6000".to_owned());
    });

    let configuration = Configuration::load(&flags).unwrap();

    assert_eq!(configuration.listen.port(), 6000);
    assert!(matches!(configuration.clickhouse, ClickHouseSetting::Off));
    assert_eq!(configuration.network_policy, NetworkPolicy::AllowInsecure);
}

#[test]
fn load_of_a_file_with_an_unknown_key_names_file_line_and_key_and_no_secret() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("certlens.toml");
    std::fs::write(
        &path,
        "listen = \"127.0.0.1:5000\"\noperator_tokn = \"hidden-word\"\n",
    )
    .unwrap();

    let error = Configuration::load(&settings(|flags| flags.config = Some(path))).unwrap_err();

    let text = error.to_string();
    assert!(text.contains("certlens.toml, line 2"), "{text}");
    assert!(text.contains("operator_tokn"), "{text}");
    assert!(!text.contains("hidden-word"), "{text}");
}

#[test]
fn load_of_a_named_file_that_is_missing_is_an_error() {
    let error = Configuration::load(&settings(|flags| {
        flags.config = Some("/nowhere/certlens.toml".into());
    }));
    assert!(error.unwrap_err().to_string().contains("/nowhere/certlens.toml"));
}

#[test]
fn check_of_a_wrong_value_names_the_setting_and_what_would_be_right() {
    let cases = [
        (
            problem(|wrong| wrong.listen = Some("localhost".to_owned())),
            "CERTLENS_LISTEN",
            "127.0.0.1:3000",
        ),
        (
            problem(|wrong| wrong.public_url = Some("https://a.example/sub".to_owned())),
            "CERTLENS_PUBLIC_URL",
            "without a path",
        ),
        (
            problem(|wrong| wrong.database_url = Some(secret("mysql://user:hidden@host/db"))),
            "CERTLENS_DATABASE_URL",
            "postgres://",
        ),
        (
            problem(|wrong| wrong.clickhouse_url = Some(secret("tcp://user:hidden@host"))),
            "CERTLENS_CLICKHOUSE_URL",
            "`off`",
        ),
        (
            problem(|wrong| wrong.clickhouse_memory = Some("plenty".to_owned())),
            "CERTLENS_CLICKHOUSE_MEMORY",
            "such as 2GiB",
        ),
        (
            problem(|wrong| wrong.clickhouse_cluster = Some("lens".to_owned())),
            "CERTLENS_CLICKHOUSE_CLUSTER",
            "CERTLENS_CLICKHOUSE_URL",
        ),
        (
            problem(|wrong| wrong.oauth_servers = Some("http://oauth.localhost:8081".to_owned())),
            "CERTLENS_OAUTH_SERVERS",
            "https",
        ),
        (
            problem(|wrong| wrong.secret_key = Some(secret("hidden"))),
            "CERTLENS_SECRET_KEY",
            "base64",
        ),
        (
            problem(|wrong| wrong.operator_token = Some(secret("hidden token"))),
            "CERTLENS_OPERATOR_TOKEN",
            "spaces",
        ),
        (
            problem(|wrong| wrong.today = Some("20.11.2026".to_owned())),
            "CERTLENS_TODAY",
            "2026-11-20",
        ),
        (
            problem(|wrong| wrong.today = Some("2026-11-20".to_owned())),
            "CERTLENS_TODAY",
            "CERTLENS_ALLOW_INSECURE_PORTALS=1",
        ),
        (
            problem(|wrong| wrong.recount_every = Some("often".to_owned())),
            "CERTLENS_RECOUNT_EVERY",
            "2h30m",
        ),
    ];
    for (text, setting, advice) in cases {
        assert!(text.starts_with(setting) && text.contains(advice), "{text}");
        assert!(!text.contains("hidden"), "{text}");
    }
}

#[test]
fn check_of_a_cluster_behind_an_address_takes_its_name() {
    let configuration = Configuration::check(settings(|cluster| {
        cluster.clickhouse_url = Some(secret("http://user:hidden@host:8123/lens"));
        cluster.clickhouse_cluster = Some("lens-1".to_owned());
        cluster.clickhouse_memory = Some("1GiB".to_owned());
    }))
    .unwrap();

    let expected = ClickHouseTopology::Cluster("lens-1".parse().unwrap());
    assert_eq!(configuration.clickhouse_topology, expected);
    assert_eq!(configuration.clickhouse_memory.unwrap().bytes(), 1 << 30);
}

#[test]
fn check_of_insecure_servers_passes_when_insecure_portals_are_allowed() {
    let configuration = Configuration::check(settings(|simulator| {
        simulator.allow_insecure_portals = Some(true);
        simulator.oauth_servers = Some("http://oauth.localhost:8081".to_owned());
    }))
    .unwrap();

    let server = configuration.authorization_servers.default_server();
    assert_eq!(server.as_str(), "http://oauth.localhost:8081/");
}

#[test]
fn check_of_a_fixed_day_passes_for_the_simulator_only_and_is_the_clocks_day_otherwise() {
    let simulator = Configuration::check(settings(|simulator| {
        simulator.allow_insecure_portals = Some(true);
        simulator.today = Some("2026-11-20".to_owned());
    }))
    .unwrap();
    let usual = Configuration::check(Settings::default()).unwrap();

    let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    assert_eq!(simulator.calendar, Calendar::Pinned(day));
    assert_eq!(usual.calendar, Calendar::Clock);
}

#[test]
fn debug_of_a_configuration_hides_every_secret() {
    let configuration = Configuration::check(settings(|full| {
        full.database_url = Some(secret("postgres://user:hidden-one@host/db"));
        full.clickhouse_url = Some(secret("http://user:hidden-two@host:8123"));
        full.bitrix_client_secret = Some(secret("hidden-three"));
        full.operator_token = Some(secret("hidden-four-hidden-four"));
    }))
    .unwrap();

    assert!(!format!("{configuration:?}").contains("hidden"));
}
