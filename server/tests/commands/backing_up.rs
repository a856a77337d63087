//! Backups that a running server makes by itself, and what the doctor says of them.

use crate::program::{Program, argument};
use certlens_store::{ChainSource, MemberId, NewChain, SecretKey, Store, TokenPair, UserId};
use serde_json::Value;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "//////////////////////////////////////////8=";
const PORTAL: &str = "
    INSERT INTO portals (member_id, domain, client_endpoint, origin, authorization_server, state, installed_at)
    VALUES ('5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49', 'acme.example', 'https://acme.example/rest/', 'https://acme.example',
            'https://oauth.bitrix.info/', 'needs_reauth', now())";

/// A database with a portal in it.
async fn with_a_portal() -> Program {
    let program = Program::prepare().await;
    sqlx::raw_sql(PORTAL).execute(program.postgres()).await.unwrap();
    program
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = folder.read_dir() else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "it never came true: {what}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn finding(program: &Program, check: &str) -> Value {
    let report = program.run(&["doctor", "--json"]).await.json_lines().remove(0);
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .find(|finding| finding["check"] == check)
        .unwrap_or_else(|| panic!("{report}"))
        .clone()
}

#[tokio::test]
async fn server_backs_up_by_itself_and_keeps_the_newest() {
    let program = with_a_portal().await;
    let folder = program.path("copies");
    let mut server = program
        .command(&["serve"])
        .env("CERTLENS_LISTEN", "127.0.0.1:0")
        .env("CERTLENS_BACKUP_DIR", &folder)
        .env("CERTLENS_BACKUP_EVERY", "1s")
        .env("CERTLENS_BACKUP_KEEP", "2")
        .spawn()
        .unwrap();

    let done = "SELECT count(*) >= 4 FROM backups WHERE state = 'done' AND occasion = 'schedule'";
    until("four backups", async || {
        sqlx::query_scalar(done)
            .fetch_one(program.postgres())
            .await
            .unwrap()
    })
    .await;
    server.kill().await.unwrap();

    let kept = files(&folder);
    let whole: Vec<&String> = kept.iter().filter(|name| name.ends_with(".backup")).collect();
    // One more may have come since old ones were last deleted.
    assert!((2..=3).contains(&whole.len()), "{kept:?}");
    let newest = folder.join(whole[whole.len() - 1]);
    let preview = program.run(&["restore", argument(&newest), "--json"]).await;
    assert_eq!(preview.code, Some(0), "{}", preview.errors);
    let preview = preview.json_lines().remove(0);
    assert_eq!(preview["portals"][0]["domain"], "acme.example");
    assert_eq!(preview["is_restored"], false);
    assert_eq!(finding(&program, "backups").await["verdict"], "fine");
    program.close().await;
}

#[tokio::test]
async fn backup_that_cannot_be_written_is_told_by_the_doctor_with_the_reason() {
    let program = with_a_portal().await;
    // A file where the folder should be.
    let folder = program.file("copies", "not a folder");
    let mut server = program
        .command(&["serve"])
        .env("CERTLENS_LISTEN", "127.0.0.1:0")
        .env("CERTLENS_BACKUP_DIR", &folder)
        .spawn()
        .unwrap();

    until("a failure", async || {
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM backups WHERE state = 'failed')")
            .fetch_one(program.postgres())
            .await
            .unwrap()
    })
    .await;
    server.kill().await.unwrap();

    let finding = finding(&program, "backups").await;
    assert_eq!(finding["verdict"], "problem", "{finding}");
    assert!(
        finding["finding"].as_str().unwrap().contains("copies"),
        "{finding}"
    );
    program.close().await;
}

#[tokio::test]
async fn no_backup_is_made_under_a_key_that_opens_nothing() {
    let program = with_a_portal().await;
    sqlx::raw_sql(
        "INSERT INTO chains (member_id, client_id, user_id, source, is_administrator, access_token, refresh_token,
                             expires_at)
         SELECT member_id, 'app.one', 1, 'installation', true, 'x', 'x', now() FROM portals",
    )
    .execute(program.postgres())
    .await
    .unwrap();
    let mut server = program
        .command(&["serve"])
        .env("CERTLENS_LISTEN", "127.0.0.1:0")
        .spawn()
        .unwrap();

    until("a failure", async || {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM backups WHERE state = 'failed' AND error LIKE '%secret key%')",
        )
        .fetch_one(program.postgres())
        .await
        .unwrap()
    })
    .await;
    server.kill().await.unwrap();

    assert!(files(&program.path("data/backups")).is_empty());
    assert_eq!(finding(&program, "secret key").await["verdict"], "problem");
    program.close().await;
}

#[tokio::test]
async fn restore_without_yes_changes_nothing_and_says_what_is_in_the_file() {
    let program = with_a_portal().await;
    let file = program.path("one.backup");
    let made = program.run(&["backup", "--out", argument(&file), "--json"]).await;
    assert_eq!(made.code, Some(0), "{}", made.errors);
    sqlx::raw_sql("UPDATE portals SET domain = 'other.example'")
        .execute(program.postgres())
        .await
        .unwrap();

    let preview = program.run(&["restore", argument(&file)]).await;
    let refused = program.run(&["restore", argument(&file), "--yes"]).await;

    assert_eq!(preview.code, Some(0), "{}", preview.errors);
    assert!(preview.output.contains("acme.example"), "{}", preview.output);
    assert!(
        preview.output.contains("nothing was restored"),
        "{}",
        preview.output
    );
    assert_eq!(refused.code, Some(1));
    assert!(refused.errors.contains("--replace"), "{}", refused.errors);
    let domain: String = sqlx::query_scalar("SELECT domain FROM portals")
        .fetch_one(program.postgres())
        .await
        .unwrap();
    assert_eq!(domain, "other.example");
    program.close().await;
}

#[tokio::test]
async fn key_of_a_backup_comes_into_the_data_directory_when_that_was_lost_too() {
    let program = with_a_portal().await;
    let file = program.path("one.backup");
    let passphrase = program.file("passphrase", "correct horse battery staple\n");
    let arguments = ["--passphrase-file", argument(&passphrase)];
    program
        .run(&["backup", "--out", argument(&file), arguments[0], arguments[1]])
        .await;
    let key = std::fs::read_to_string(program.path("data/secret.key")).unwrap();
    std::fs::remove_dir_all(program.path("data")).unwrap();

    let without = program
        .run(&["restore", argument(&file), "--yes", "--replace"])
        .await;
    let restored = program
        .run(&[
            "restore",
            argument(&file),
            "--yes",
            "--replace",
            arguments[0],
            arguments[1],
        ])
        .await;

    assert_eq!(without.code, Some(1));
    assert!(without.errors.contains("--passphrase-file"), "{}", without.errors);
    assert_eq!(restored.code, Some(0), "{}", restored.errors);
    assert_eq!(
        std::fs::read_to_string(program.path("data/secret.key")).unwrap(),
        key
    );
    program.close().await;
}

/// As under `systemd-run --uid=… --pipe`, standard input can be read and not be opened once more: a socket here.
#[tokio::test]
async fn passphrase_is_read_from_a_standard_input_that_cannot_be_opened_by_its_name() {
    const PASSPHRASE: &str = "correct horse battery staple\n";
    let program = with_a_portal().await;
    let file = program.path("one.backup");
    let passphrase = program.file("passphrase", PASSPHRASE);
    let arguments = ["--passphrase-file", argument(&passphrase)];
    program
        .run(&["backup", "--out", argument(&file), arguments[0], arguments[1]])
        .await;
    let key = std::fs::read_to_string(program.path("data/secret.key")).unwrap();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    ours.write_all(PASSPHRASE.as_bytes()).unwrap();
    drop(ours);

    let printed = program
        .command(&[
            "restore",
            argument(&file),
            "--passphrase-file",
            "/dev/stdin",
            "--secret-key-only",
        ])
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .output()
        .await
        .unwrap();

    let errors = String::from_utf8_lossy(&printed.stderr);
    assert!(printed.status.success(), "{errors}");
    assert_eq!(String::from_utf8(printed.stdout).unwrap().trim(), key.trim());
    program.close().await;
}

#[tokio::test]
async fn second_restoration_does_not_take_away_the_key_that_the_first_one_kept() {
    let program = with_a_portal().await;
    let file = program.path("one.backup");
    let passphrase = program.file("passphrase", "correct horse battery staple\n");
    let passphrase = ["--passphrase-file", argument(&passphrase)];
    program
        .run(&[&["backup", "--out", argument(&file)][..], &passphrase].concat())
        .await;
    let [one, two] = [
        "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "//////////////////////////////////////////8=\n",
    ];

    for key in [one, two] {
        program.file("data/secret.key", key);
        let restore = ["restore", argument(&file), "--yes", "--replace"];
        let restored = program.run(&[&restore[..], &passphrase].concat()).await;
        assert_eq!(restored.code, Some(0), "{}", restored.errors);
    }

    let kept = |name: &str| std::fs::read_to_string(program.path(name)).unwrap();
    assert_eq!(kept("data/secret.key.before-restore"), one);
    assert_eq!(kept("data/secret.key.before-restore-2"), two);
    program.close().await;
}

/// The portal with tokens that `key` of the settings has sealed, and a backup of that.
async fn backed_up_under(program: &Program, key: &str) -> PathBuf {
    let store = Store::new(program.postgres().clone(), &SecretKey::parse(key).unwrap());
    save_tokens(&store).await;
    let file = program.path("one.backup");
    let mut backup = program.command(&["backup", "--out", argument(&file)]);
    let made = backup.env("CERTLENS_SECRET_KEY", key).output().await.unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    file
}

async fn save_tokens(store: &Store) {
    let chain = NewChain {
        client_id: "app.1".to_owned(),
        user_id: UserId(1),
        source: ChainSource::Page,
        is_administrator: true,
        pair: TokenPair {
            access: "access".into(),
            refresh: "refresh".into(),
            expires_at: chrono::Utc::now(),
        },
    };
    store.save_chain(&portal(), &chain).await.unwrap();
}

fn portal() -> MemberId {
    MemberId::parse("5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49").unwrap()
}

#[tokio::test]
async fn portal_is_not_restored_under_a_key_that_the_servers_do_not_have_and_a_restoration_is_audited() {
    let program = with_a_portal().await;
    let file = backed_up_under(&program, OLD).await;
    // The key was changed, and the portal got other tokens.
    let store = Store::new(program.postgres().clone(), &SecretKey::parse(NEW).unwrap());
    save_tokens(&store).await;
    let arguments = [
        "restore",
        argument(&file),
        "--portal",
        "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49",
        "--yes",
    ];
    let restore = async |key: &str, previous: Option<&str>| {
        let mut command = program.command(&arguments);
        command.env("CERTLENS_SECRET_KEY", key);
        if let Some(previous) = previous {
            command.env("CERTLENS_SECRET_KEY_PREVIOUS", previous);
        }
        let output = command.output().await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };

    let alone = restore(NEW, None).await;
    let wrong = restore(OLD, None).await;
    let audited_before = audited(&program).await;
    let right = restore(NEW, Some(OLD)).await;

    assert!(
        alone.0 == Some(1) && alone.1.contains("CERTLENS_SECRET_KEY_PREVIOUS"),
        "{}",
        alone.1
    );
    assert!(
        wrong.0 == Some(1) && wrong.1.contains("does not open the tokens in this database"),
        "{}",
        wrong.1
    );
    assert_eq!(right.0, Some(0), "{}", right.1);
    assert!(right.1.contains("certlens key rotate"), "{}", right.1);
    let entry = ("command line".to_owned(), "done".to_owned());
    assert_eq!(audited(&program).await.last(), Some(&entry));
    assert!(
        audited_before.iter().all(|entry| entry.1 == "failed"),
        "{audited_before:?}"
    );
    program.close().await;
}

/// Who restored a portal, and what came of it.
async fn audited(program: &Program) -> Vec<(String, String)> {
    sqlx::query_as("SELECT actor_name, outcome FROM audit_log WHERE action = 'portals.restore' ORDER BY id")
        .fetch_all(program.postgres())
        .await
        .unwrap()
}
