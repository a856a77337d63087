//! Just enough of HTTP to ask our own services on the loopback interface whether they are ready.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::Context as _;

const BOUND: Duration = Duration::from_mins(1);

/// An answer: its status and its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Sends a request with an empty body to a local port.
pub(crate) fn request(method: &str, host: &str, port: u16, path: &str) -> anyhow::Result<Answer> {
    request_with(method, host, port, path, &[])
}

/// As [`request`], with headers.
pub(crate) fn request_with(
    method: &str,
    host: &str,
    port: u16,
    path: &str,
    headers: &[(&str, &str)],
) -> anyhow::Result<Answer> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(BOUND))?;
    let mut head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {host}:{port}\r\nContent-Length: 0\r\nConnection: close\r\n"
    );
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    parse(&String::from_utf8_lossy(&received)).context("the answer is no HTTP")
}

/// Whether a local service answers `path` with success.
pub(crate) fn succeeds(host: &str, port: u16, path: &str) -> bool {
    request("GET", host, port, path).is_ok_and(|answer| answer.status == 200)
}

/// `preferred` when it is free, else another free port.
pub(crate) fn free_port(preferred: u16) -> anyhow::Result<u16> {
    let taken = [preferred, 0]
        .into_iter()
        .find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    let listener = taken.context("no free port on the loopback interface")?;
    Ok(listener.local_addr()?.port())
}

fn parse(received: &str) -> Option<Answer> {
    let (head, body) = received.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some(Answer {
        status,
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn parse_of_an_answer_returns_status_and_body() {
        let answer = parse("HTTP/1.0 404 Not Found\r\nA: b\r\n\r\nnothing here").unwrap();

        assert_eq!(answer.status, 404);
        assert_eq!(answer.body, "nothing here");
        assert!(parse("garbage").is_none());
    }
}
