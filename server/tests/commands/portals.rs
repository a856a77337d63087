//! `certlens portal …` for one portal: what is kept of it, and what is wrong with it.

use crate::program::{Program, argument};
use serde_json::Value;

const PORTAL: &str = "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49";

/// A portal whose tokens are gone, as its row says.
async fn with_a_portal() -> Program {
    let program = Program::prepare().await;
    program.run(&["portal", "list"]).await;
    sqlx::query(
        "INSERT INTO portals (member_id, domain, client_endpoint, origin, authorization_server, state, installed_at,
                              client_id, application_number)
         VALUES ($1, 'acme.example', 'https://acme.example/rest/', 'https://acme.example', 'https://oauth.bitrix.info/',
                 'needs_reauth', now(), 'local.66aa00bb11cc22.01234567', 17)",
    )
    .bind(PORTAL)
    .execute(program.postgres())
    .await
    .unwrap();
    program
}

#[tokio::test]
async fn repair_of_a_portal_without_tokens_fails_and_names_the_page_to_open() {
    let program = with_a_portal().await;

    let run = program.run(&["portal", "repair", PORTAL, "--json"]).await;
    let words = program.run(&["portal", "repair", PORTAL]).await;
    let unknown = program.run(&["portal", "repair", &"0".repeat(32)]).await;

    assert_eq!(run.code, Some(1), "{}", run.errors);
    let report = run.json_lines().remove(0);
    assert_eq!(report["is_healthy"], false);
    let needs: Vec<&str> = report["needs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|need| need["need"].as_str().unwrap())
        .collect();
    assert_eq!(needs, ["enter_secret", "open_application", "make_application"]);
    assert_eq!(
        report["needs"][1]["link"],
        "https://acme.example/marketplace/app/17/"
    );
    assert!(
        words.output.contains("https://acme.example/marketplace/app/17/"),
        "{}",
        words.output
    );
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.errors.contains("not installed"), "{}", unknown.errors);
    program.close().await;
}

#[tokio::test]
async fn what_is_kept_of_a_portal_is_exported_then_erased_only_when_it_is_confirmed() {
    let program = with_a_portal().await;
    let file = program.path("portal.jsonl");

    let exported = program
        .run(&["portal", "export", PORTAL, "--out", argument(&file)])
        .await;
    let preview = program.run(&["portal", "erase", PORTAL]).await;
    let still = program.run(&["portal", "list", "--json"]).await;
    let erased = program.run(&["portal", "erase", PORTAL, "--yes"]).await;
    let gone = program.run(&["portal", "list", "--json"]).await;
    let again = program.run(&["portal", "erase", PORTAL, "--yes"]).await;

    assert_eq!(exported.code, Some(0), "{}", exported.errors);
    let lines: Vec<Value> = std::fs::read_to_string(&file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[1]["table"], "portals");
    assert_eq!(lines[1]["row"]["domain"], "acme.example");
    assert_eq!(preview.code, Some(0));
    assert!(
        preview.output.contains("nothing was erased"),
        "{}",
        preview.output
    );
    assert!(still.output.contains(PORTAL));
    assert_eq!(erased.code, Some(0), "{}", erased.errors);
    assert!(!gone.output.contains(PORTAL));
    assert_eq!(again.code, Some(1));
    program.close().await;
}
