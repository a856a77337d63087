//! What holds for all routes: signs of life, files, errors in words, request ids, security headers.

use crate::running::Server;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use certlens_portal_sim::{EntityKind, Simulator, SimulatorOptions};

#[tokio::test]
async fn get_of_the_probes_on_living_engines_answers_well() {
    let server = Server::start().await;

    let alive = server.get("/healthz").await;
    let ready = server.get("/readyz").await;

    assert_eq!(alive.status, StatusCode::OK);
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.body);
    server.close().await;
}

#[tokio::test]
async fn get_of_an_unknown_address_is_a_page_for_people_and_json_for_programs() {
    let server = Server::start().await;

    let page = server.get("/nothing?LANG=ru").await;
    let json = server.get("/api/v1/nothing").await;

    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.body.contains("<html lang=\"ru\">"), "{}", page.body);
    assert!(page.body.contains(page.header("x-request-id")), "{}", page.body);
    assert_eq!(json.status, StatusCode::NOT_FOUND);
    assert_eq!(json.json()["error"]["code"], "not_found");
    assert_eq!(json.json()["error"]["request_id"], json.header("x-request-id"));
    server.close().await;
}

#[tokio::test]
async fn request_id_of_a_proxy_is_kept_when_it_is_plain_and_replaced_otherwise() {
    let server = Server::start().await;
    let with_id = |id: &str| {
        Request::get("/healthz")
            .header("x-request-id", id)
            .body(Body::empty())
            .unwrap()
    };

    let kept = server.send(with_id("proxy-id-0001")).await;
    let replaced = server.send(with_id("<script>alert(1)</script>")).await;

    assert_eq!(kept.header("x-request-id"), "proxy-id-0001");
    assert_eq!(replaced.header("x-request-id").len(), 32);
    server.close().await;
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = Server::start().await;

    for uri in ["/healthz", "/nothing", "/bitrix/install", "/api/v1/openapi.json"] {
        let answer = server.get(uri).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{uri}");
        assert_eq!(
            answer.header("referrer-policy"),
            "strict-origin-when-cross-origin",
            "{uri}"
        );
        assert_eq!(
            answer.header("x-frame-options"),
            "",
            "{uri}: pages live in frames"
        );
    }
    server.close().await;
}

#[tokio::test]
async fn get_of_a_named_file_prefers_the_one_compressed_beforehand_and_is_kept_for_ever() {
    let server = Server::start().await;
    server.put_site_file("pkg/certlens.0a1b.css", b"plain");
    server.put_site_file("pkg/certlens.0a1b.css.br", b"compressed");
    server.put_site_file("pkg/certlens.0a1b.css.gz", b"compressed otherwise");
    let get = async |encoding: &str| {
        let request = Request::get("/pkg/certlens.0a1b.css").header(header::ACCEPT_ENCODING, encoding);
        server.send(request.body(Body::empty()).unwrap()).await
    };

    for (accepted, sent, body) in [
        ("gzip, br", "br", "compressed"),
        ("gzip", "gzip", "compressed otherwise"),
        ("identity", "", "plain"),
    ] {
        let answer = get(accepted).await;
        assert_eq!(answer.status, StatusCode::OK, "{accepted}");
        assert_eq!(answer.body, body, "{accepted}");
        assert_eq!(answer.header("content-encoding"), sent, "{accepted}");
        assert_eq!(answer.header("content-type"), "text/css", "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{accepted}");
        assert_eq!(
            answer.header("cache-control"),
            "public, max-age=31536000, immutable",
            "{accepted}"
        );
    }
    server.close().await;
}

#[tokio::test]
async fn get_of_a_file_whose_name_stays_must_be_revalidated() {
    let server = Server::start().await;
    server.put_site_file("favicon.svg", b"<svg/>");

    let answer = server.get("/favicon.svg").await;

    assert_eq!(answer.header("cache-control"), "no-cache");
    assert_ne!(answer.header("last-modified"), "");
    server.close().await;
}

#[tokio::test]
async fn get_of_a_file_of_an_older_build_says_so_and_is_not_kept() {
    let server = Server::start().await;

    let gone = server.get("/pkg/certlens.ffff.js?LANG=ru").await;

    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(gone.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(gone.header("cache-control"), "no-store");
    assert!(gone.body.contains("<html lang=\"ru\">"), "{}", gone.body);
    server.close().await;
}

#[tokio::test]
async fn get_of_a_path_that_climbs_out_of_the_site_finds_nothing() {
    let server = Server::start().await;
    server.put_site_file("pkg/certlens.css", b"plain");

    for uri in [
        "/../data/secret.key",
        "/pkg/..%2f..%2fdata/secret.key",
        "/%2e%2e/data/secret.key",
    ] {
        let answer = server.get(uri).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{uri}");
    }
    server.close().await;
}

#[tokio::test]
async fn head_and_get_of_the_installer_by_hand_answer_a_neutral_page() {
    let server = Server::start().await;

    for method in [Method::HEAD, Method::GET] {
        let request = Request::builder()
            .method(method.clone())
            .uri("/bitrix/install")
            .body(Body::empty())
            .unwrap();
        let answer = server.send(request).await;
        assert_eq!(answer.status, StatusCode::OK, "{method}");
        assert_eq!(answer.body.is_empty(), method == Method::HEAD);
    }
    server.close().await;
}

#[tokio::test]
async fn post_of_a_body_beyond_the_limit_is_refused_in_words() {
    let server = Server::start().await;

    let answer = server
        .post_form("/bitrix/install?LANG=ru", "x".repeat(1024 * 1024 + 1))
        .await;

    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("слишком большой"), "{}", answer.body);
    server.close().await;
}

#[tokio::test]
async fn another_method_than_the_addresss_own_is_refused_and_the_right_ones_are_named() {
    let server = Server::start().await;

    let answer = server.post_form("/api/v1/analytics", String::new()).await;

    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "GET,HEAD");
    assert_eq!(answer.json()["error"]["code"], "method_not_allowed");
    server.close().await;
}

#[tokio::test]
async fn every_file_that_a_page_names_is_there_under_a_name_that_is_kept() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let server = Server::beside(&simulator).await;
    server.install(&simulator).await;

    for (form, half) in [
        (
            simulator.open_frame_form(EntityKind::Company, 101),
            "certlens_bg.wasm",
        ),
        (simulator.open_main_form_as(1), "certlens-overview_bg.wasm"),
    ] {
        let page = server.post_frame("/bitrix/app", &form).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let named: Vec<&str> = page
            .body
            .split('"')
            .filter(|value| value.starts_with("/pkg/"))
            .collect();

        for kind in [".css", "start.js", ".js", half] {
            assert!(
                named.iter().any(|name| name.ends_with(kind)),
                "{kind}: {}",
                page.body
            );
        }
        for name in named {
            let file = server.get(name).await;
            assert_eq!(file.status, StatusCode::OK, "{name}");
            assert!(file.header("cache-control").contains("immutable"), "{name}");
        }
    }
    server.close().await;
}

#[tokio::test]
async fn page_of_a_server_without_browser_files_can_be_read() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let server = Server::beside_without_browser_files(&simulator).await;
    server.install(&simulator).await;

    let form = simulator.open_frame_form(EntityKind::Company, 101);
    let page = server.post_frame("/bitrix/app", &form).await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("<h1>"), "{}", page.body);
    assert!(
        !page.body.contains("/pkg/") && !page.body.contains(" src="),
        "{}",
        page.body
    );
    server.close().await;
}
