//! What is loaded, what changed, how documents were found; what the process counted.

use crate::running::Server;
use axum::http::StatusCode;
use certlens_formats::ImportSource;
use certlens_registry::ImportInput;
use serde_json::json;

pub(crate) fn declaration(
    id: u32,
    inn: Option<&str>,
    ogrn: Option<&str>,
    status: &str,
    label: &str,
) -> String {
    json!({
        "registry": "rf_declarations", "source_id": id.to_string(), "number": format!("ЕАЭС N RU Д-RU.РА01.В.{id:05}/25"),
        "kind": "declaration", "status": status, "status_label": label, "registered_on": "2025-08-28",
        "valid_until": "2099-08-27", "applicant": {"name": "ООО", "inn": inn, "ogrn": ogrn},
        "product": format!("Чайник № {id}")
    })
    .to_string()
        + "\n"
}

pub(crate) async fn import(server: &Server, source: ImportSource, text: String) {
    let input = ImportInput::reader("documents", std::io::Cursor::new(text.into_bytes()));
    let importer = server.data.importer(&server.configuration);
    importer.import(source, input, |_| {}).await.unwrap();
}

#[tokio::test]
async fn registries_tell_not_loaded_from_loaded_and_how_the_last_import_went() {
    let server = Server::start().await;
    let text = declaration(1, Some("7707083893"), None, "active", "Действует") + "nonsense\n";
    import(&server, ImportSource::Jsonl, text).await;

    let answer = server.get_as_operator("/api/v1/registries").await.json();

    let items = answer["items"].as_array().unwrap();
    assert_eq!(items.len(), 6);
    assert_eq!(
        (&items[0]["loaded"], &items[0]["last_import"]),
        (&json!(false), &json!(null))
    );
    let loaded = &items[1];
    assert_eq!(
        [&loaded["registry"], &loaded["documents"], &loaded["data_date"]],
        [&json!("rf_declarations"), &json!(1), &json!("2025-08-28")]
    );
    let import = &loaded["last_import"];
    assert_eq!([&import["read"], &import["rejected"]], [&json!(2), &json!(1)]);
    assert!(
        import["finished_at"].is_string() && import["rejects_file"].is_string(),
        "{import}"
    );
    server.close().await;
}

#[tokio::test]
async fn history_of_a_document_has_a_change_for_each_load_that_brought_another_status() {
    let server = Server::start().await;
    for (status, label) in [
        ("active", "Действует"),
        ("suspended", "Приостановлен"),
        ("suspended", "Приостановлен"),
        ("renewed", "Возобновлён"),
    ] {
        import(
            &server,
            ImportSource::Jsonl,
            declaration(1, Some("7707083893"), None, status, label),
        )
        .await;
    }

    let page = server
        .get_as_operator("/api/v1/documents?id=7707083893")
        .await
        .json();
    let key = page["items"][0]["key"].as_str().unwrap();
    let uri = format!("/api/v1/documents/history?registry=rf_declarations&key={key}");
    let history = server.get_as_operator(&uri).await.json();

    let changes: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["from_status"].clone(), change["to_label"].clone()))
        .collect();
    assert_eq!(
        changes,
        [
            (json!("active"), json!("Приостановлен")),
            (json!("suspended"), json!("Возобновлён"))
        ]
    );
    server.close().await;
}

#[tokio::test]
async fn bridge_adds_documents_by_a_number_that_others_state_together_and_says_so() {
    let server = Server::start().await;
    let (inn, ogrn) = ("7707083893", "1027700132195");
    let text =
        declaration(1, Some(inn), Some(ogrn), "active", "") + &declaration(2, None, Some(ogrn), "active", "");
    import(&server, ImportSource::Jsonl, text).await;

    let without = server
        .get_as_operator(&format!("/api/v1/analytics?id={inn}"))
        .await
        .json();
    let with = server
        .get_as_operator(&format!("/api/v1/analytics?id={inn}&bridge=true"))
        .await
        .json();
    let page = server
        .get_as_operator(&format!("/api/v1/documents?id={inn}&bridge=true"))
        .await
        .json();

    assert_eq!(without["totals"]["documents"], 1);
    assert_eq!(without["bridge"], json!({"pairs": [], "documents": 0}));
    assert_eq!(with["totals"]["documents"], 2);
    assert_eq!(
        with["bridge"],
        json!({
            "pairs": [{
                "asked": inn, "paired": ogrn, "documents": 1,
                "first_registered": "2025-08-28", "last_registered": "2025-08-28"
            }],
            "documents": 1
        })
    );
    let mut matches: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["source_id"].clone(), item["match"].clone()))
        .collect();
    matches.sort_by_key(|(id, _)| id.to_string());
    assert_eq!(
        matches,
        [(json!("1"), json!("id")), (json!("2"), json!("bridge"))]
    );
    server.close().await;
}

#[tokio::test]
async fn document_on_the_list_of_russia_has_two_statuses() {
    let server = Server::start().await;
    let text = json!({
        "registry": "kg_certificates", "number": "ЕАЭС KG417/016.RU.02.04561", "kind": "certificate", "status": "active",
        "registered_on": "2025-06-17", "valid_until": "2099-06-16",
        "applicant": {"name": "ООО, ОГРН 1027700132195", "ogrn": "1027700132195", "in_text": true}
    });
    import(&server, ImportSource::Jsonl, text.to_string()).await;
    let list = "number,reg_date,id_status_in_rf\nKG 417/016.RU.02.04561,17.06.2025,15\n";
    import(&server, ImportSource::RfTerritory, list.to_owned()).await;

    let item = server
        .get_as_operator("/api/v1/documents?id=1027700132195")
        .await
        .json()["items"][0]
        .clone();
    let totals = server
        .get_as_operator("/api/v1/analytics?id=1027700132195")
        .await
        .json()["totals"]
        .clone();

    assert_eq!(
        [&item["status"], &item["rf_status"], &item["match"]],
        [&json!("active"), &json!("suspended"), &json!("id_in_text")]
    );
    assert_eq!(
        [&totals["active"], &totals["not_valid_in_rf"]],
        [&json!(1), &json!(1)]
    );
    server.close().await;
}

#[tokio::test]
async fn documents_are_filtered_by_period_kind_and_text() {
    let server = Server::start().await;
    let text = declaration(1, Some("7707083893"), None, "active", "")
        + &declaration(2, Some("7707083893"), None, "active", "");
    import(&server, ImportSource::Jsonl, text).await;
    let cases = [
        ("text=%D0%A7%D0%90%D0%99%D0%9D%D0%98%D0%9A", 2),
        ("text=%E2%84%96%202", 1),
        ("text=%D0%B4-ru.%D1%80%D0%B001.%D0%B2.00001", 1),
        ("text=%25", 0),
        ("kind=certificate", 0),
        ("kind=declaration&status=active&status=suspended", 2),
        ("registered_from=2025-08-28&registered_to=2025-08-28", 2),
        ("registered_from=2025-08-29", 0),
    ];
    for (filter, expected) in cases {
        let page = server
            .get_as_operator(&format!("/api/v1/documents?id=7707083893&{filter}"))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{filter}: {}", page.body);
        assert_eq!(
            page.json()["items"].as_array().unwrap().len(),
            expected,
            "{filter}"
        );
    }
    for (filter, field) in [
        ("registered_from=28.08.2025", "registered_from"),
        (
            "registered_from=2025-08-28&registered_to=2025-08-27",
            "registered_to",
        ),
        ("kind=permit", "kind"),
    ] {
        let refused = server
            .get_as_operator(&format!("/api/v1/documents?id=7707083893&{filter}"))
            .await;
        assert_eq!(refused.json()["error"]["field"], field, "{filter}");
    }
    server.close().await;
}

#[tokio::test]
async fn second_ask_is_answered_from_the_cache_until_an_import_moves_the_data() {
    let server = Server::start().await;
    let uri = "/api/v1/analytics?id=7707083893";
    import(
        &server,
        ImportSource::Jsonl,
        declaration(1, Some("7707083893"), None, "active", ""),
    )
    .await;

    let first = server.get_as_operator(uri).await.json();
    let second = server.get_as_operator(uri).await.json();
    import(
        &server,
        ImportSource::Jsonl,
        declaration(2, Some("7707083893"), None, "active", ""),
    )
    .await;
    let third = server.get_as_operator(uri).await.json();

    assert_ne!(first["engine"], "cache");
    assert_eq!(second["engine"], "cache");
    assert_eq!(second["totals"], first["totals"]);
    assert_ne!(third["engine"], "cache");
    assert_eq!(third["totals"]["documents"], 2);
    server.close().await;
}

#[tokio::test]
async fn metrics_are_counted_and_open_without_a_token() {
    let server = Server::start().await;
    import(
        &server,
        ImportSource::Jsonl,
        declaration(1, Some("7707083893"), None, "active", ""),
    )
    .await;
    server.get("/metrics").await;
    server.get_as_operator("/api/v1/analytics?id=7707083893").await;

    let metrics = server.get("/metrics").await;

    assert_eq!(metrics.status, StatusCode::OK);
    assert!(metrics.body.contains("certlens_search"), "{}", metrics.body);
    assert!(!metrics.body.contains("7707083893"));
    server.close().await;
}
