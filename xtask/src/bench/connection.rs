//! One connection of the load generator: HTTP/1.1, kept alive, one request at a time. It looks at no more of an answer
//! than where it ends, so that measuring costs little beside what is measured.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// An answer that takes longer has failed.
const BOUND: Duration = Duration::from_secs(30);

/// A request, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request(Vec<u8>);

impl Request {
    pub(crate) fn get(host: &str, path: &str, token: &str) -> Self {
        Self(
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n")
                .into_bytes(),
        )
    }

    /// A form, as a portal's page posts it.
    pub(crate) fn post_form(host: &str, path: &str, body: &str) -> Self {
        let length = body.len();
        Self(
            format!(
                "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {length}\r\n\r\n{body}"
            )
            .into_bytes(),
        )
    }
}

/// A connection to the server, opened when it is needed.
#[derive(Debug)]
pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) fn to(port: u16) -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            stream: None,
            line: String::new(),
            body: Vec::new(),
        }
    }

    /// Sends a request and reads the whole answer; its status. After an error the next request opens anew.
    pub(crate) fn exchange(&mut self, request: &Request) -> io::Result<u16> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.open()?,
        };
        stream.get_mut().write_all(&request.0)?;
        let end = self.head(&mut stream)?;
        self.body.clear();
        match end.body {
            Body::Sized(length) => {
                self.body.resize(length, 0);
                stream.read_exact(&mut self.body)?;
            }
            Body::Chunked => self.chunks(&mut stream)?,
            Body::UntilClosed => {
                stream.read_to_end(&mut self.body)?;
            }
        }
        if end.stays_open {
            self.stream = Some(stream);
        }
        Ok(end.status)
    }

    /// Body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    fn open(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(BOUND))?;
        stream.set_write_timeout(Some(BOUND))?;
        Ok(BufReader::with_capacity(1 << 16, stream))
    }

    fn head(&mut self, stream: &mut BufReader<TcpStream>) -> io::Result<Head> {
        self.read_line(stream)?;
        let status = self.line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| garbled("the status line is no HTTP"))?;
        let mut head = Head {
            status,
            body: Body::UntilClosed,
            stays_open: true,
        };
        loop {
            self.read_line(stream)?;
            if self.line.is_empty() {
                break;
            }
            head.take_header(&self.line)?;
        }
        head.stays_open &= head.body != Body::UntilClosed;
        Ok(head)
    }

    fn chunks(&mut self, stream: &mut BufReader<TcpStream>) -> io::Result<()> {
        loop {
            self.read_line(stream)?;
            let digits = self.line.split(';').next().unwrap_or_default().trim();
            let length = u64::from_str_radix(digits, 16).map_err(|_| garbled("a chunk has no length"))?;
            if length == 0 {
                // Trailers, of which there are none in practice, and the empty line.
                while !self.line.is_empty() {
                    self.read_line(stream)?;
                }
                return Ok(());
            }
            let read = stream.by_ref().take(length).read_to_end(&mut self.body)?;
            if read as u64 != length {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.read_line(stream)?;
        }
    }

    fn read_line(&mut self, stream: &mut BufReader<TcpStream>) -> io::Result<()> {
        self.line.clear();
        if stream.read_line(&mut self.line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let length = self.line.trim_end_matches(['\r', '\n']).len();
        self.line.truncate(length);
        Ok(())
    }
}

struct Head {
    status: u16,
    body: Body,
    stays_open: bool,
}

#[derive(PartialEq, Eq)]
enum Body {
    Sized(usize),
    Chunked,
    UntilClosed,
}

impl Head {
    fn take_header(&mut self, line: &str) -> io::Result<()> {
        let Some((name, value)) = line.split_once(':') else {
            return Err(garbled("a header has no colon"));
        };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            let length = value
                .parse()
                .map_err(|_| garbled("Content-Length is no number"))?;
            self.body = Body::Sized(length);
        } else if name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked") {
            self.body = Body::Chunked;
        } else if name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close") {
            self.stays_open = false;
        }
        Ok(())
    }
}

fn garbled(sentence: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, sentence)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::{Connection, Request};

    /// A server that answers the requests of its connections in turn, and closes each after its answers.
    fn serving(connections: Vec<Vec<&'static str>>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for answers in connections {
                let (mut stream, _) = listener.accept().unwrap();
                for answer in answers {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        stream.read_exact(&mut byte).unwrap();
                        request.extend(byte);
                    }
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            }
        });
        port
    }

    fn ask(connection: &mut Connection) -> (Option<u16>, String) {
        let status = connection.exchange(&Request::get("localhost", "/", "token")).ok();
        (status, String::from_utf8(connection.body().to_vec()).unwrap())
    }

    #[test]
    fn answers_of_known_length_and_in_chunks_come_over_one_connection() {
        let port = serving(vec![vec![
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst",
            "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nseco\r\n2;x=y\r\nnd\r\n0\r\n\r\n",
            "HTTP/1.1 204 Nothing\r\nContent-Length: 0\r\n\r\n",
        ]]);
        let mut connection = Connection::to(port);

        assert_eq!(ask(&mut connection), (Some(200), "first".to_owned()));
        assert_eq!(ask(&mut connection), (Some(503), "second".to_owned()));
        assert_eq!(ask(&mut connection), (Some(204), String::new()));
    }

    #[test]
    fn connection_that_was_closed_is_opened_anew_for_the_next_request() {
        let port = serving(vec![
            vec!["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end"],
            vec!["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"],
            vec!["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmore"],
        ]);
        let mut connection = Connection::to(port);

        assert_eq!(ask(&mut connection), (Some(200), "to the end".to_owned()));
        assert_eq!(ask(&mut connection).0, None);
        assert_eq!(ask(&mut connection), (Some(200), "more".to_owned()));
    }
}
