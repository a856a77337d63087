//! docs/recovery.md, followed to the letter: each test runs the very blocks of one procedure, does between them what people
//! do in Bitrix24, and looks at what came of it.

mod document;
mod world;

use certlens_portal_sim::{Clean, LocalApplication, RestFault};
use document::Procedure;
use std::time::Instant;
use world::{ADMINISTRATOR, World};

/// The image's entry point is the program, so what follows the service's name are the program's arguments.
#[test]
fn words_for_containers_hand_the_program_its_arguments_and_nothing_else() {
    let words = document::words("With containers:");
    let script = format!("docker() {{ echo \"$@\"; }}\n{words}\ncertlens doctor --portals");

    let output = std::process::Command::new("bash")
        .args(["-c", &script])
        .output()
        .unwrap();

    let ran = String::from_utf8(output.stdout).unwrap();
    assert!(ran.trim_end().ends_with(" certlens-1 doctor --portals"), "{ran}");
    assert!(include_str!("../../../Dockerfile").contains("\nENTRYPOINT [\"certlens\"]\n"));
}

#[tokio::test]
async fn deleted_application_comes_back_with_everything_from_a_backup() {
    let world = World::at_work().await;
    let portal = world.portal();
    let member_id = portal.member_id();
    world.certlens(&["backup"]).await;
    portal.uninstall_with_event(Clean::Delete);
    world.until_true("SELECT NOT EXISTS (SELECT FROM portals)").await;
    // A later backup, which lacks the portal, must not be taken.
    world.later_backup().await;
    let begun = Instant::now();

    let mut steps = Procedure::of("An administrator deleted the application and its keys");
    let list = world.run(&steps.next()).await;
    assert!(!list.contains(&member_id), "{list}");
    let (client_id, client_secret) = portal.use_local_application(LocalApplication::default());
    world.set("MEMBER_ID", &member_id);
    world.set("CLIENT_ID", &client_id);
    world.set("CLIENT_SECRET", &client_secret);
    world.run(&steps.next()).await;
    world.install().await;
    world.run(&steps.next()).await;
    let repaired = world.run(&steps.next()).await;
    steps.end();
    println!("deleted application to working cards: {:?}", begun.elapsed());

    assert!(repaired.contains("the portal works"), "{repaired}");
    world.assert_card_opens(ADMINISTRATOR).await;
    world.assert_people_chose_what_they_had_chosen().await;
    assert!(!portal.placements().is_empty() && !portal.events().is_empty());
    world.something_happens().await;
    world.assert_told_once().await;
    world.close().await;
}

#[tokio::test]
async fn deleted_application_whose_data_were_kept_comes_back_without_a_backup() {
    let world = World::at_work().await;
    let portal = world.portal();
    let member_id = portal.member_id();
    portal.uninstall_with_event(Clean::Keep);
    world
        .until_true("SELECT state = 'uninstalled' FROM portals")
        .await;

    let mut steps = Procedure::of("An administrator deleted the application and its keys");
    let list = world.run(&steps.next()).await;
    assert!(list.contains("uninstalled"), "{list}");
    let (client_id, client_secret) = portal.use_local_application(LocalApplication::default());
    world.set("MEMBER_ID", &member_id);
    world.set("CLIENT_ID", &client_id);
    world.set("CLIENT_SECRET", &client_secret);
    world.run(&steps.next()).await;
    world.install().await;
    steps.leave_out();
    world.run(&steps.next()).await;
    steps.end();

    world.assert_card_opens(ADMINISTRATOR).await;
    world.assert_people_chose_what_they_had_chosen().await;
    world.something_happens().await;
    world.assert_told_once().await;
    world.close().await;
}

#[tokio::test]
async fn lost_database_comes_back_from_a_backup_and_nothing_is_told_twice() {
    let world = World::at_work().await;
    world.certlens(&["backup"]).await;
    // After the backup: news, told.
    world.something_happens().await;
    world.assert_told_once().await;
    world.kill().await;
    world.drop_database().await;

    let mut steps = Procedure::of("Lost database");
    world.run(&steps.next()).await;
    world.run(&steps.next()).await;
    world.set("REGISTRY_FILE", world.registry_file().to_str().unwrap());
    world.run(&steps.next()).await;
    let doctor = world.run(&steps.next()).await;
    steps.end();

    assert!(doctor.contains("1 of 1 in order"), "{doctor}");
    world.assert_card_opens(ADMINISTRATOR).await;
    world.assert_people_chose_what_they_had_chosen().await;
    world.until_told().await;
    world.assert_told_once().await;
    world.something_else_happens().await;
    world.assert_both_told_once().await;
    world.close().await;
}

#[tokio::test]
async fn lost_secret_key_comes_back_from_a_backup_with_a_passphrase() {
    let world = World::at_work().await;
    let passphrase = world.passphrase_file();
    world
        .certlens(&["backup", "--passphrase-file", passphrase.to_str().unwrap()])
        .await;
    world.lose_the_secret_key().await;

    let mut steps = Procedure::of("Lost secret key");
    world.set("PASSPHRASE_FILE", passphrase.to_str().unwrap());
    world.run(&steps.next()).await;
    let doctor = world.run(&steps.next()).await;

    assert!(doctor.contains("opens the stored tokens"), "{doctor}");
    assert!(doctor.contains("1 of 1 in order"), "{doctor}");
    world.something_happens().await;
    world.assert_told_once().await;
    world.close().await;
}

#[tokio::test]
async fn lost_secret_key_without_a_backup_costs_no_more_than_a_visit_of_an_administrator() {
    let world = World::at_work_with_a_local_application().await;
    let portal = world.portal();
    world.lose_the_secret_key().await;

    let mut steps = Procedure::of("Lost secret key");
    steps.leave_out();
    steps.leave_out();
    let forgotten = world.run(&steps.next()).await;
    assert!(forgotten.contains(&portal.member_id()), "{forgotten}");
    assert!(forgotten.contains(&portal.client_id()), "{forgotten}");
    world.set("CLIENT_ID", &portal.client_id());
    world.set("CLIENT_SECRET", &portal.client_secret());
    world.run(&steps.next()).await;
    world.assert_main_page_opens(ADMINISTRATOR).await;
    world.run(&steps.next()).await;
    steps.end();

    world.assert_card_opens(ADMINISTRATOR).await;
    world.assert_people_chose_what_they_had_chosen().await;
    world.assert_events_arrive().await;
    world.something_happens().await;
    world.assert_told_once().await;
    world.close().await;
}

#[tokio::test]
async fn wrong_domain_of_ours_is_corrected_in_every_binding() {
    let world = World::at_work_at("http://wrong.localhost").await;
    let portal = world.portal();
    assert!(
        portal
            .events()
            .iter()
            .any(|(_, handler)| handler.contains("wrong.localhost"))
    );

    let mut steps = Procedure::of("Wrong domain");
    let right = world.right_url();
    world.set("NEW_URL", &right);
    world.run(&steps.next()).await;
    steps.leave_out();
    steps.end();

    for (event, handler) in portal.events() {
        assert!(handler.starts_with(&right), "{event}: {handler}");
    }
    world.assert_card_opens(ADMINISTRATOR).await;
    world.close().await;
}

#[tokio::test]
async fn renamed_portal_is_found_at_its_new_address() {
    let world = World::at_work().await;
    let portal = world.portal();
    portal.rename("renamed.localhost").unwrap();
    portal.expire_tokens();

    let mut steps = Procedure::of("Wrong domain");
    steps.leave_out();
    world.set("MEMBER_ID", &portal.member_id());
    world.run(&steps.next()).await;
    steps.end();

    let list = world.certlens(&["portal", "list"]).await;
    assert!(list.contains("renamed.localhost"), "{list}");
    world.assert_card_opens(ADMINISTRATOR).await;
    world.close().await;
}

#[tokio::test]
async fn changed_answers_of_bitrix24_close_no_card_and_lose_nothing() {
    let world = World::at_work().await;
    let portal = world.portal();
    portal.set_fault(RestFault::Html200);
    world.something_happens().await;
    world.assert_card_opens(ADMINISTRATOR).await;

    let mut steps = Procedure::of("Bitrix24 changed its answers");
    world.set("MEMBER_ID", &portal.member_id());
    let found = world.run(&steps.next()).await;
    assert!(found.contains("PROBLEM"), "{found}");
    // Bitrix24 took it back, or Certlens was updated.
    portal.clear_faults();
    world.run(&steps.next()).await;
    steps.end();

    world.sending_is_not_paused_any_more().await;
    world.until_told().await;
    world.assert_told_once().await;
    world.close().await;
}

#[tokio::test]
async fn lost_clickhouse_is_filled_anew_while_cards_go_on() {
    let world = World::at_work().await;
    world.lose_clickhouse().await;
    world.assert_card_opens(ADMINISTRATOR).await;

    let mut steps = Procedure::of("ClickHouse lost");
    let found = world.run(&steps.next()).await;
    assert!(!found.contains("holds every import"), "{found}");
    world.run(&steps.next()).await;
    steps.end();

    world.until_clickhouse_holds_every_import().await;
    world.assert_card_opens(ADMINISTRATOR).await;
    world.close().await;
}
