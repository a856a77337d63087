//! `certlens key …`: the secret key is changed in an installation whose key lies in the data directory, and by settings.

use crate::program::{Program, argument};

const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "//////////////////////////////////////////8=";

/// A local application with a secret.
async fn with_a_secret(program: &Program, key: Option<&str>) {
    let secret = program.file("secret", "abcDEF123");
    let mut command = program.command(&[
        "portal",
        "application",
        "add",
        "local.1",
        "--secret-file",
        argument(&secret),
    ]);
    if let Some(key) = key {
        command.env("CERTLENS_SECRET_KEY", key);
    }
    let output = command.output().await.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

async fn sealed(program: &Program) -> Vec<u8> {
    sqlx::query_scalar("SELECT client_secret FROM applications")
        .fetch_one(program.postgres())
        .await
        .unwrap()
}

#[tokio::test]
async fn key_of_the_data_directory_is_changed_by_three_commands() {
    let program = Program::prepare().await;
    with_a_secret(&program, None).await;
    let before = sealed(&program).await;

    let too_early = program.run(&["key", "rotate"]).await;
    let begun = program.run(&["key", "begin"]).await;
    let again = program.run(&["key", "begin"]).await;
    let not_yet = program.run(&["key", "end"]).await;
    let rotated = program.run(&["key", "rotate", "--json"]).await;
    let after = sealed(&program).await;
    let ended = program.run(&["key", "end"]).await;

    assert_eq!(too_early.code, Some(1));
    assert!(
        too_early.errors.contains("CERTLENS_SECRET_KEY_PREVIOUS"),
        "{}",
        too_early.errors
    );
    assert_eq!(begun.code, Some(0), "{}", begun.errors);
    assert!(again.errors.contains("under way"), "{}", again.errors);
    assert!(
        not_yet.errors.contains("1 secrets are still sealed"),
        "{}",
        not_yet.errors
    );
    assert_eq!(rotated.code, Some(0), "{}", rotated.errors);
    assert_eq!(rotated.json_lines()[0]["rewritten"], 1);
    assert_ne!(before, after);
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
    assert!(!program.path("data/secret.key.previous").exists());
    program.close().await;
}

#[tokio::test]
async fn key_of_the_settings_is_changed_and_wrong_ones_change_nothing() {
    let program = Program::prepare().await;
    with_a_secret(&program, Some(OLD)).await;
    let before = sealed(&program).await;
    let rotate = async |key: &str, previous: &str| {
        let mut command = program.command(&["key", "rotate", "--json"]);
        command
            .env("CERTLENS_SECRET_KEY", key)
            .env("CERTLENS_SECRET_KEY_PREVIOUS", previous);
        let output = command.output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };

    let wrong = rotate(NEW, "7v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v4=").await;
    let same = rotate(OLD, OLD).await;
    let unchanged = sealed(&program).await;
    let right = rotate(NEW, OLD).await;

    assert_eq!(wrong.0, Some(1));
    assert!(wrong.1.contains("neither of the two keys"), "{}", wrong.1);
    assert_eq!(same.0, Some(1));
    assert_eq!(unchanged, before);
    assert_eq!(right.0, Some(0), "{}", right.1);
    assert_ne!(sealed(&program).await, before);
    program.close().await;
}

#[tokio::test]
async fn former_key_that_the_settings_do_not_name_is_not_taken_away() {
    let program = Program::prepare().await;
    with_a_secret(&program, None).await;
    program.run(&["key", "begin"]).await;

    let mut command = program.command(&["key", "end"]);
    let output = command.env("CERTLENS_SECRET_KEY", NEW).output().await.unwrap();

    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("CERTLENS_SECRET_KEY_PREVIOUS"), "{errors}");
    assert!(program.path("data/secret.key.previous").exists());
    program.close().await;
}

#[tokio::test]
async fn end_without_a_rotation_keeps_what_recognises_application_tokens() {
    let program = Program::prepare().await;
    with_a_secret(&program, None).await;
    program.run(&["key", "begin"]).await;
    // Everything was sealed anew by itself.
    with_a_secret(&program, None).await;

    let ended = program.run(&["key", "end"]).await;

    assert_eq!(ended.code, Some(0), "{}", ended.errors);
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM former_fingerprint_keys")
        .fetch_one(program.postgres())
        .await
        .unwrap();
    assert_eq!(kept, 1);
    assert!(!program.path("data/secret.key.previous").exists());
    program.close().await;
}
