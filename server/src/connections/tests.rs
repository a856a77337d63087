use super::*;
use axum::routing::get;
use tokio::io::AsyncReadExt as _;
use tokio_util::sync::CancellationToken;

struct Served {
    address: std::net::SocketAddr,
    end: CancellationToken,
    serving: tokio::task::JoinHandle<io::Result<()>>,
}

impl Served {
    async fn with(limits: ConnectionLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(|| async { "here" }));
        let end = CancellationToken::new();
        let ends = end.clone();
        let serving = tokio::spawn(async move {
            serve(listener, router, limits, async move { ends.cancelled().await }).await
        });
        Self {
            address,
            end,
            serving,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn close(self) {
        self.end.cancel();
        self.serving.await.unwrap().unwrap();
    }
}

/// What comes until the other side closes.
async fn to_the_end(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is cut ends as well.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn request_is_answered() {
    let served = Served::with(ConnectionLimits::default()).await;
    let mut stream = served.connect().await;
    stream.write_all(ASK).await.unwrap();
    assert!(to_the_end(stream).await.ends_with("here"));
    served.close().await;
}

#[tokio::test]
async fn connection_beyond_the_limit_is_told_so_and_room_is_made_when_one_ends() {
    let served = Served::with(ConnectionLimits {
        most: 1,
        ..ConnectionLimits::default()
    })
    .await;
    let mut first = served.connect().await;
    first
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();

    let refused = to_the_end(served.connect().await).await;
    drop(first);

    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("Retry-After: 5"), "{refused}");
    let (head, body) = refused.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains(&format!("Content-Length: {}", body.len())),
        "{refused}"
    );
    assert!(
        serde_json::from_str::<serde_json::Value>(body).is_ok(),
        "{refused}"
    );
    loop {
        let mut next = served.connect().await;
        // One that is refused may be closed before it is asked.
        let _ = next.write_all(ASK).await;
        if to_the_end(next).await.ends_with("here") {
            break;
        }
    }
    served.close().await;
}

#[tokio::test]
async fn head_that_never_ends_is_cut_off_however_its_bytes_come() {
    let served = Served::with(ConnectionLimits {
        head: Duration::from_millis(50),
        ..ConnectionLimits::default()
    })
    .await;
    let mut stream = served.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nX-Slow: ").await.unwrap();

    let (mut reading, mut writing) = stream.into_split();
    let dripping = tokio::spawn(async move {
        let mut dripped = 0;
        while writing.write_all(b"a").await.is_ok() {
            dripped += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        dripped
    });
    let mut text = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), reading.read_to_end(&mut text)).await;

    assert!(ended.is_ok(), "the connection is still there");
    assert!(!String::from_utf8_lossy(&text).contains("here"));
    // It did not end because the head was too large.
    let dripped = dripping.await.unwrap();
    assert!(dripped < MOST_HEAD_BYTES / 4, "{dripped} bytes");
    served.close().await;
}

#[tokio::test]
async fn head_that_is_too_large_is_refused() {
    let served = Served::with(ConnectionLimits::default()).await;
    let mut stream = served.connect().await;
    let head = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX-Large: {}\r\n\r\n",
        "a".repeat(MOST_HEAD_BYTES)
    );
    // It may be refused before it is sent to its end.
    let _ = stream.write_all(head.as_bytes()).await;
    let answer = to_the_end(stream).await;
    assert!(!answer.contains("here"), "{answer}");
    served.close().await;
}

#[tokio::test]
async fn connection_that_waits_for_its_next_request_does_not_hold_up_the_end() {
    let served = Served::with(ConnectionLimits::default()).await;
    let mut stream = served.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    served.close().await;
}
