//! What a line of JSON holds.

use super::*;
use rstest::rstest;
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn line_names_the_request_and_the_portal_however_deep_it_was_written() {
    let written = Written::default();
    let writer = {
        let written = written.clone();
        move || written.clone()
    };
    let subscriber = tracing_subscriber::registry().with(json(writer));

    tracing::subscriber::with_default(subscriber, || {
        let request = tracing::info_span!("request", request_id = "0123abcd", portal = tracing::field::Empty);
        request.record("portal", "5f0c");
        request.in_scope(|| {
            tracing::info_span!("search").in_scope(|| tracing::warn!(milliseconds = 250, "late"));
        });
    });

    let bytes = written.0.lock().unwrap().clone();
    let line: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(line["level"], "WARN");
    assert_eq!(
        (line["message"].as_str(), line["milliseconds"].as_i64()),
        (Some("late"), Some(250))
    );
    assert_eq!(line["spans"][0]["name"], "request");
    assert_eq!(line["spans"][0]["request_id"], "0123abcd");
    assert_eq!(line["spans"][0]["portal"], "5f0c");
    assert_eq!(line["spans"][1]["name"], "search");
}

#[rstest]
#[case("json", Ok(LogFormat::Json))]
#[case("text", Ok(LogFormat::Text))]
#[case("yaml", Err(UnknownLogFormat))]
fn format_has_two_names(#[case] text: &str, #[case] expected: Result<LogFormat, UnknownLogFormat>) {
    assert_eq!(text.parse(), expected);
}
