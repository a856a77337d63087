//! Whether the child still answers. A process may be there and serve nobody: stopped, deadlocked, out of threads. The
//! child answers `/health` by a statement on a connection kept for that, so a long queue is no illness.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How the child is asked, and when it counts as hung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthPolicy {
    /// Pause between two questions.
    pub every: Duration,
    /// How long one answer may take.
    pub deadline: Duration,
    /// So many questions in a row without an answer make the child hung: it is killed and started again.
    pub misses: u32,
}

impl Default for HealthPolicy {
    /// Patient enough for a machine under full load: some ten seconds pass before a child is given up.
    fn default() -> Self {
        Self {
            every: Duration::from_secs(1),
            deadline: Duration::from_secs(3),
            misses: 3,
        }
    }
}

/// Asks again and again; returns when the child counts as hung.
pub(crate) async fn until_hung(address: SocketAddr, policy: HealthPolicy) {
    let mut missed = 0;
    while missed < policy.misses {
        tokio::time::sleep(policy.every).await;
        match tokio::time::timeout(policy.deadline, ask(address)).await {
            Ok(Ok(())) => missed = 0,
            Ok(Err(error)) => {
                missed += 1;
                tracing::warn!(%error, missed, "the ClickHouse engine does not answer");
            }
            Err(_) => {
                missed += 1;
                tracing::warn!(missed, "the ClickHouse engine is silent");
            }
        }
    }
}

/// One question. Any HTTP answer will do: an engine that refuses is alive.
async fn ask(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n")
        .await?;
    let mut start = [0; 5];
    stream.read_exact(&mut start).await?;
    if &start == b"HTTP/" {
        Ok(())
    } else {
        Err(io::Error::other("the answer is not HTTP"))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::{HealthPolicy, until_hung};

    const POLICY: HealthPolicy = HealthPolicy {
        every: Duration::from_millis(1),
        deadline: Duration::from_millis(200),
        misses: 2,
    };

    #[tokio::test]
    async fn a_port_without_a_server_counts_as_hung() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);

        until_hung(address, POLICY).await;
    }

    #[tokio::test]
    async fn a_server_that_takes_connections_and_says_nothing_counts_as_hung() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();

        until_hung(listener.local_addr().unwrap(), POLICY).await;
    }

    #[tokio::test]
    async fn misses_count_only_in_a_row() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            // Every other question is answered, twenty times; then the door is closed.
            for turn in 0..40 {
                let (mut stream, _) = listener.accept().await.unwrap();
                if turn % 2 == 0 {
                    stream.write_all(b"HTTP/1.1 500 no\r\n\r\n").await.unwrap();
                }
            }
        });

        let patient = HealthPolicy {
            deadline: Duration::from_mins(1),
            ..POLICY
        };
        until_hung(address, patient).await;

        server.await.expect("forty questions were asked before the end");
    }
}
