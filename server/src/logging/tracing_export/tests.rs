//! A small collector gets what happens in spans.

use super::*;
use rstest::rstest;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt as _;

#[rstest]
#[case("http://collector:4318", Some("http://collector:4318/v1/traces"))]
#[case(
    "https://collector.example/otlp/",
    Some("https://collector.example/otlp/v1/traces")
)]
#[case("http://collector:4318/v1/traces", Some("http://collector:4318/v1/traces"))]
#[case("grpc://collector:4317", None)]
#[case("collector", None)]
fn address_is_that_of_the_collector_or_of_its_traces(#[case] text: &str, #[case] expected: Option<&str>) {
    let address = text.parse::<CollectorAddress>().ok();
    assert_eq!(address.as_ref().map(|address| address.0.as_str()), expected);
}

/// The head and the body of the only request that comes, answered with success.
fn one_request(listener: &TcpListener) -> (String, Vec<u8>) {
    let (mut connection, _) = listener.accept().unwrap();
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let length = connection.read(&mut piece).unwrap();
        assert_ne!(length, 0, "the request ended early");
        read.extend_from_slice(&piece[..length]);
        let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8(read[..end].to_vec()).unwrap().to_lowercase();
        let body_length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        if read.len() >= end + 4 + body_length {
            connection
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
            return (head, read[end + 4..].to_vec());
        }
    }
}

#[test]
fn span_with_its_fields_reaches_the_collector_before_the_export_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    let collector = std::thread::spawn(move || one_request(&listener));
    let export = SpanExport::start(&address).unwrap();
    let subscriber = tracing_subscriber::registry().with(export.layer());

    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("request", request_id = "0123abcd", portal = "5f0c").in_scope(|| {});
    });
    drop(export);

    let (head, body) = collector.join().unwrap();
    assert!(head.starts_with("post /v1/traces "), "{head}");
    assert!(head.contains("content-type: application/x-protobuf"), "{head}");
    for expected in ["certlens", "request", "request_id", "0123abcd", "5f0c"] {
        let is_there = body
            .windows(expected.len())
            .any(|window| window == expected.as_bytes());
        assert!(is_there, "{expected}");
    }
}

#[test]
fn collector_that_is_away_keeps_nobody_waiting() {
    // A port on which nobody listens any more.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let export = SpanExport::start(&format!("http://{address}").parse().unwrap()).unwrap();
    let subscriber = tracing_subscriber::registry().with(export.layer());

    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("request").in_scope(|| {});
    });

    // It ends: that it does is the test.
    drop(export);
}
