//! What an HTTP request asks of the engine, parsed from its parameters. Pure: no engine, no I/O.

use std::fmt;

/// Parameters that concern HTTP or a server's sessions, roles and clusters; one local engine has no use for them.
const IGNORED: [&str; 16] = [
    "add_http_cors_header",
    "buffer_size",
    "client_protocol_version",
    "compress",
    "enable_http_compression",
    "http_zlib_compression_level",
    "password",
    "query_id",
    "quota_key",
    "role",
    "send_progress_in_http_headers",
    "session_check",
    "session_id",
    "session_timeout",
    "user",
    "wait_end_of_query",
];

/// A statement with all that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// The statement, or its beginning when the body holds the rest.
    pub(crate) query: String,
    /// The database of unqualified names.
    pub(crate) database: String,
    /// The format of an answer whose statement names none.
    pub(crate) default_format: String,
    /// Settings for this statement only.
    pub(crate) settings: Vec<(SettingName, String)>,
    /// Server-side parameters, values in escaped text form.
    pub(crate) parameters: Vec<(String, String)>,
}

/// A request that can't be served, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    /// The body is said to be compressed.
    #[error(
        "compressed bodies are not supported by the embedded engine: switch the client's compression off"
    )]
    Compressed,
    /// Not the name of a setting.
    #[error("`{0}` is no setting: names consist of letters, digits and underscores")]
    SettingName(String),
    /// Statements of sessions.
    #[error(
        "`{0}` needs a session, and each request is one of its own: use URL parameters for database and settings"
    )]
    Session(String),
}

/// The name of a setting, safe to stand in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettingName(String);

impl fmt::Display for SettingName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl SettingName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(name: &str) -> Result<Self, RequestError> {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain && !name.is_empty() {
            Ok(Self(name.to_owned()))
        } else {
            Err(RequestError::SettingName(name.to_owned()))
        }
    }
}

impl Request {
    /// Sorts the parameters of a URL, and of a form in the body, by their meaning.
    pub(crate) fn parse(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, RequestError> {
        let mut request = Self {
            query: String::new(),
            database: "default".to_owned(),
            default_format: "TabSeparated".to_owned(),
            settings: Vec::new(),
            parameters: Vec::new(),
        };
        for (name, value) in pairs {
            match name.as_str() {
                "query" => request.query.push_str(&value),
                "database" if value.is_empty() => {}
                "database" => request.database = value,
                "default_format" => request.default_format = value,
                "decompress" if value != "0" => return Err(RequestError::Compressed),
                "decompress" => {}
                other if IGNORED.contains(&other) => {}
                other => match other.strip_prefix("param_") {
                    Some(parameter) => request.parameters.push((parameter.to_owned(), value)),
                    None => request.settings.push((SettingName::parse(other)?, value)),
                },
            }
        }
        Ok(request)
    }

    /// Refuses statements that would change the session which other requests use after this one.
    pub(crate) fn refuse_session_statements(statement: &str) -> Result<(), RequestError> {
        let word = first_word(statement);
        if word.eq_ignore_ascii_case("use") || word.eq_ignore_ascii_case("set") {
            return Err(RequestError::Session(word.to_ascii_uppercase()));
        }
        Ok(())
    }

    /// The insert that the query begins when its rows are to come in the body: `INSERT … FORMAT Name` and no more.
    pub(crate) fn insert(&self) -> Option<InsertStatement<'_>> {
        if !self.parameters.is_empty() || !first_word(&self.query).eq_ignore_ascii_case("insert") {
            return None;
        }
        let (rest, format) = split_last_word(self.query.trim_end())?;
        let (statement, keyword) = split_last_word(rest)?;
        (keyword.eq_ignore_ascii_case("format")).then_some(InsertStatement { statement, format })
    }
}

/// An insert whose rows come apart from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InsertStatement<'query> {
    /// The statement without its `FORMAT` clause.
    pub(crate) statement: &'query str,
    /// The format of the rows.
    pub(crate) format: &'query str,
}

/// A string literal of the engine's SQL.
pub(crate) fn quote_literal(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A quoted name of the engine's SQL.
pub(crate) fn quote_name(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

fn first_word(statement: &str) -> &str {
    let statement = statement.trim_start();
    statement
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .map_or(statement, |end| &statement[..end])
}

fn split_last_word(text: &str) -> Option<(&str, &str)> {
    let (rest, word) = text.rsplit_once(char::is_whitespace)?;
    Some((rest.trim_end(), word))
}

#[cfg(test)]
mod tests {
    use super::{InsertStatement, Request, RequestError, quote_literal, quote_name};

    fn parse(pairs: &[(&str, &str)]) -> Result<Request, RequestError> {
        Request::parse(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn parse_of_mixed_parameters_sorts_them_by_meaning() {
        let request = parse(&[
            ("query", "SELECT {x:UInt8}"),
            ("database", "documents"),
            ("default_format", "RowBinary"),
            ("max_threads", "2"),
            ("param_x", "7"),
            ("wait_end_of_query", "1"),
        ])
        .unwrap();

        assert_eq!(request.query, "SELECT {x:UInt8}");
        assert_eq!(request.database, "documents");
        assert_eq!(request.default_format, "RowBinary");
        assert_eq!(request.parameters, [("x".to_owned(), "7".to_owned())]);
        assert_eq!(request.settings.len(), 1);
        assert_eq!(request.settings[0].0.to_string(), "max_threads");
    }

    #[test]
    fn parse_without_parameters_takes_the_default_database_and_format() {
        let request = parse(&[]).unwrap();

        assert_eq!(request.database, "default");
        assert_eq!(request.default_format, "TabSeparated");
    }

    #[test]
    fn parse_of_a_setting_that_is_no_name_is_refused() {
        let refused = parse(&[("max_threads = 1, readonly", "1")]);

        assert!(matches!(refused, Err(RequestError::SettingName(_))));
    }

    #[test]
    fn parse_of_a_compressed_body_is_refused() {
        assert_eq!(parse(&[("decompress", "1")]), Err(RequestError::Compressed));
    }

    #[test]
    fn insert_of_a_statement_with_format_splits_it_off() {
        let request = parse(&[("query", "INSERT INTO t(a, b) FORMAT RowBinaryWithNamesAndTypes\n")]).unwrap();

        let expected = InsertStatement {
            statement: "INSERT INTO t(a, b)",
            format: "RowBinaryWithNamesAndTypes",
        };
        assert_eq!(request.insert(), Some(expected));
    }

    #[test]
    fn insert_of_other_statements_is_none() {
        for statement in [
            "SELECT 1 FORMAT CSV",
            "INSERT INTO t SELECT 1",
            "INSERT INTO t VALUES (1)",
            "INSERT",
            "",
        ] {
            assert_eq!(
                parse(&[("query", statement)]).unwrap().insert(),
                None,
                "{statement}"
            );
        }
    }

    #[test]
    fn refuse_session_statements_refuses_use_and_set_only() {
        assert!(Request::refuse_session_statements(" use other").is_err());
        assert!(Request::refuse_session_statements("SET max_threads = 1").is_err());
        assert!(Request::refuse_session_statements("SELECT 'set'").is_ok());
        assert!(Request::refuse_session_statements("settings").is_ok());
    }

    #[test]
    fn quoting_of_hostile_text_keeps_it_inside() {
        assert_eq!(quote_literal(r"a'b\"), r"'a\'b\\'");
        assert_eq!(quote_name("a`b"), r"`a\`b`");
    }
}
