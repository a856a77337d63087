//! The public interface: who may ask, what is asked, what an answer looks like.

use crate::running::Server;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

#[tokio::test]
async fn get_without_or_with_a_wrong_token_is_refused() {
    let server = Server::start().await;
    let uri = "/api/v1/analytics?id=7707083893";
    let with = |value: &str| {
        Request::get(uri)
            .header(header::AUTHORIZATION, value)
            .body(Body::empty())
            .unwrap()
    };

    let answers = [
        server.get(uri).await,
        server.send(with("Bearer operator-token-of-another")).await,
        server.send(with("Basic b3BlcmF0b3I6dG9rZW4=")).await,
        server.send(with("Bearer ")).await,
    ];

    for answer in answers {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json()["error"]["code"], "unauthorized");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    server.close().await;
}

#[tokio::test]
async fn get_with_an_impossible_question_names_field_and_reason() {
    let server = Server::start().await;
    let many = vec!["id=7707083893"; 101].join("&");
    let cases = [
        ("analytics?", "identifier_missing", "id"),
        ("analytics?id=", "identifier_missing", "id"),
        ("analytics?id=12345", "identifier_invalid", "id"),
        ("analytics?id=7707083893&id=abc", "identifier_invalid", "id"),
        (&format!("analytics?{many}"), "too_many_identifiers", "id"),
        ("analytics?id=7707083893&role=owner", "parameter_invalid", "role"),
        (
            "analytics?id=7707083893&bridge=maybe",
            "parameter_invalid",
            "bridge",
        ),
        (
            "documents?id=7707083893&registry=ru",
            "parameter_invalid",
            "registry",
        ),
        (
            "documents?id=7707083893&status=dead",
            "parameter_invalid",
            "status",
        ),
        ("documents?id=7707083893&limit=0", "parameter_invalid", "limit"),
        (
            "documents?id=7707083893&cursor=made-up",
            "parameter_invalid",
            "cursor",
        ),
    ];

    for (question, code, field) in cases {
        let answer = server.get_as_operator(&format!("/api/v1/{question}")).await;
        let error = &answer.json()["error"];
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{question}");
        assert_eq!(error["code"], code, "{question}");
        assert_eq!(error["field"], field, "{question}");
        assert!(error["message"].as_str().unwrap().len() > 20, "{error}");
    }
    server.close().await;
}

#[tokio::test]
async fn get_with_a_wrong_check_digit_searches_all_the_same_and_gives_the_reason() {
    let server = Server::start().await;

    let answer = server
        .get_as_operator("/api/v1/analytics?id=7707083894&unknown=1")
        .await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let identifier = &answer.json()["identifiers"][0];
    assert_eq!(identifier["valid"], false);
    assert!(
        identifier["reason"].as_str().unwrap().contains("check digit"),
        "{identifier}"
    );
    server.close().await;
}

#[tokio::test]
async fn get_before_any_import_lists_six_registries_as_not_loaded() {
    let server = Server::start().await;

    let answer = server.get_as_operator("/api/v1/analytics?id=7707083893").await;

    let registries = answer.json()["registries"].clone();
    let loaded: Vec<_> = registries
        .as_array()
        .unwrap()
        .iter()
        .map(|registry| registry["loaded"].clone())
        .collect();
    assert_eq!(loaded, vec![json!(false); 6]);
    server.close().await;
}

#[tokio::test]
async fn get_of_the_description_is_open_and_names_both_routes() {
    let server = Server::start().await;

    let answer = server.get("/api/v1/openapi.json").await;

    let paths = answer.json()["paths"].clone();
    let names: Vec<_> = paths.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["/api/v1/analytics", "/api/v1/documents"]);
    server.close().await;
}
