//! Commands as the portal gets them, and what its answers mean.

use chrono::TimeZone as _;
use rstest::rstest;

use super::*;
use crate::client::ApiError;
use crate::client::batch::Batch;
use crate::error_code::ErrorCode;

fn announcement(content: Content) -> Announcement {
    Announcement {
        owner: (EntityType::Company, EntityId::new(42).unwrap()),
        marker: Marker::new("certlens", "0198-1"),
        responsible: Some(UserId(7)),
        content,
    }
}

fn deadline() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 15, 0, 0).unwrap()
}

fn todo() -> Announcement {
    announcement(Content::Todo {
        title: "Новые документы".to_owned(),
        text: "Декларация [B]Д-1[/B] $result[x]".to_owned(),
        deadline: deadline(),
    })
}

fn activity() -> Announcement {
    announcement(Content::Activity {
        layout: json!({"header": {"title": "Новые документы"}}),
        deadline: deadline(),
    })
}

fn task() -> Announcement {
    announcement(Content::Task {
        title: "Новые документы".to_owned(),
        text: "Декларация".to_owned(),
        deadline: deadline(),
    })
}

fn comment() -> Announcement {
    announcement(Content::Comment {
        text: "Декларация".to_owned(),
    })
}

fn notification() -> Announcement {
    announcement(Content::Notification {
        text: "Декларация".to_owned(),
    })
}

/// The command as it stands in a batch, decoded.
fn sent(command: Command) -> String {
    let batch = Batch::independent().command("a", command);
    let parameters = serde_json::to_value(batch.parameters().unwrap()).unwrap();
    let text = parameters["cmd"]["a"].as_str().unwrap().to_owned();
    let (method, query) = text.split_once('?').unwrap();
    let pairs: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    format!("{method}\n{}", pairs.join("\n"))
}

#[test]
fn creation_of_each_kind_carries_its_marker() {
    let commands: Vec<String> = [todo(), activity(), task(), comment(), notification()]
        .iter()
        .map(|announcement| sent(announcement.creation()))
        .collect();
    insta::assert_snapshot!(commands.join("\n\n").replace('\u{2060}', "<WJ>"));
}

#[test]
fn look_up_of_each_kind_asks_for_its_marker_or_its_card() {
    let commands: Vec<String> = [todo(), activity(), task(), comment()]
        .iter()
        .filter_map(|announcement| announcement.look_up(0).map(sent))
        .collect();
    insta::assert_snapshot!(commands.join("\n\n"));
    assert_eq!(notification().look_up(0), None, "a second one replaces the first");
}

#[rstest]
#[case(todo(), json!([{"ID": "9", "DESCRIPTION": "other"}, {"ID": "8", "DESCRIPTION": "text\n\ncertlens:0198-1"}]), Some("8"))]
#[case(todo(), json!([{"ID": "9", "DESCRIPTION": "certlens:0198-2"}]), None)]
#[case(activity(), json!([{"ID": "5", "ORIGIN_ID": "0198-1"}]), Some("5"))]
#[case(activity(), json!([{"ID": "5", "ORIGIN_ID": "0198-11"}]), None)]
#[case(task(), json!({"tasks": [{"id": "3", "xmlId": "certlens:0198-1"}]}), Some("3"))]
#[case(task(), json!({"tasks": []}), None)]
#[case(comment(), json!([{"ID": 4, "COMMENT": "x certlens:0198-1"}]), Some("4"))]
fn found_in_is_the_row_with_our_own_mark(
    #[case] announcement: Announcement,
    #[case] result: Value,
    #[case] expected: Option<&str>,
) {
    let expected = expected.map_or(LookUp::Absent, |id| LookUp::Found(id.to_owned()));
    assert_eq!(announcement.found_in(result), expected);
}

/// Sent again on such an answer, it would be there twice.
#[rstest]
#[case::no_list(comment(), json!(false))]
#[case::nothing(todo(), json!(null))]
#[case::map_with_names(todo(), json!({"first": {"ID": "4", "DESCRIPTION": "x"}}))]
#[case::list_under_another_name(task(), json!({"rows": []}))]
#[case::rows_without_marks(todo(), json!([{"ID": "4"}]))]
#[case::marks_of_another_type(comment(), json!([{"ID": "4", "COMMENT": {"text": "certlens:0198-1"}}]))]
#[case::filtered_rows_with_empty_marks(activity(), json!([{"ID": "4", "ORIGIN_ID": ""}]))]
#[case::ours_without_a_number(comment(), json!([{"COMMENT": "x certlens:0198-1"}]))]
fn found_in_an_answer_of_an_unknown_shape_says_nothing(
    #[case] announcement: Announcement,
    #[case] result: Value,
) {
    assert_eq!(announcement.found_in(result), LookUp::Unreadable);
}

#[rstest]
#[case(todo(), LookUp::NotOnThisPage)]
#[case(comment(), LookUp::NotOnThisPage)]
#[case(activity(), LookUp::Absent)]
fn full_page_of_others_says_nothing_where_the_whole_card_is_searched(
    #[case] announcement: Announcement,
    #[case] expected: LookUp,
) {
    let others: Vec<Value> = (1..=50)
        .map(|id| json!({"ID": id, "DESCRIPTION": "other", "COMMENT": "other", "ORIGIN_ID": "other"}))
        .collect();
    assert_eq!(announcement.found_in(json!(others)), expected);
}

#[test]
fn later_page_of_a_look_up_begins_behind_the_earlier_ones() {
    let sent = sent(todo().look_up(2).unwrap());
    assert!(sent.contains("start = 100"), "{sent}");
}

#[rstest]
#[case(todo(), json!({"id": 17}), Answer::Created("17".to_owned()))]
#[case(activity(), json!({"activity": {"id": 17}}), Answer::Created("17".to_owned()))]
#[case(task(), json!({"task": {"id": "17", "title": "x"}}), Answer::Created("17".to_owned()))]
#[case(comment(), json!(17), Answer::Created("17".to_owned()))]
#[case(notification(), json!(17), Answer::Created("17".to_owned()))]
#[case(notification(), json!(false), Answer::NotForThisPerson)]
#[case(todo(), json!(null), Answer::Unclear)]
fn answer_names_the_object(
    #[case] announcement: Announcement,
    #[case] result: Value,
    #[case] expected: Answer,
) {
    assert_eq!(announcement.answer(&result), expected);
}

#[rstest]
#[case(
    task(),
    "ERROR_CORE",
    "Не найден пользователь, указанный в поле \"Исполнитель\".",
    RefusalMeaning::Person
)]
#[case(todo(), "WRONG_RESPONSIBLE", "", RefusalMeaning::Person)]
#[case(todo(), "ACCESS_DENIED", "Доступ запрещен", RefusalMeaning::Person)]
#[case(todo(), "OWNER_NOT_FOUND", "", RefusalMeaning::Card)]
#[case(todo(), "NOT_FOUND", "", RefusalMeaning::Card)]
#[case(comment(), "", "Access denied.", RefusalMeaning::Card)]
#[case(comment(), "ERROR_CORE", "", RefusalMeaning::Never)]
#[case(activity(), "FIELD_IS_REDUNDANT", "", RefusalMeaning::Never)]
#[case(task(), "ERROR_METHOD_NOT_FOUND", "", RefusalMeaning::Never)]
#[case(task(), "insufficient_scope", "", RefusalMeaning::Never)]
#[case(task(), "OPERATION_TIME_LIMIT", "", RefusalMeaning::Later)]
#[case(task(), "QUERY_LIMIT_EXCEEDED", "", RefusalMeaning::Later)]
#[case(task(), "expired_token", "", RefusalMeaning::Later)]
#[case(task(), "INTERNAL_SERVER_ERROR", "", RefusalMeaning::Unclear)]
fn meaning_of_a_refusal(
    #[case] announcement: Announcement,
    #[case] code: &str,
    #[case] description: &str,
    #[case] expected: RefusalMeaning,
) {
    let error = ApiError {
        code: ErrorCode::from_code_and_description(&json!(code), description),
        description: description.to_owned(),
        status: None,
    };
    assert_eq!(announcement.meaning_of(&error), expected);
}

#[test]
fn title_that_is_too_long_is_cut_to_its_limit() {
    let title = plain(&"Д".repeat(400), LONGEST_TITLE);
    assert_eq!(title.chars().count(), LONGEST_TITLE);
    assert!(title.ends_with('\u{2026}'));
}
