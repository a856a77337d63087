//! What comes back to the pool.

use crate::world::World;
use sqlx::Connection as _;
use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Waker};

#[tokio::test]
async fn connection_whose_transaction_was_given_up_while_it_began_is_not_used_again() {
    let world = World::create().await;
    let pool = world.one_connection().await;

    // Its first step sends the statement; the answer is never awaited. Where it came at once, nothing was given up.
    loop {
        let mut connection = pool.acquire().await.unwrap();
        let begun = pin!(connection.begin()).poll(&mut Context::from_waker(Waker::noop()));
        if begun.is_pending() {
            break;
        }
    }

    // The one command that no transaction takes.
    sqlx::raw_sql("VACUUM portals").execute(&pool).await.unwrap();
}

#[tokio::test]
async fn connection_that_was_used_in_order_comes_back() {
    let world = World::create().await;
    let pool = world.one_connection().await;
    let process = "SELECT pg_backend_pid()";
    let before: i32 = sqlx::query_scalar(process).fetch_one(&pool).await.unwrap();

    let transaction = pool.begin().await.unwrap();
    transaction.commit().await.unwrap();
    drop(pool.begin().await.unwrap());

    let after: i32 = sqlx::query_scalar(process).fetch_one(&pool).await.unwrap();
    assert_eq!(after, before);
}

/// A server that takes what it is sent and says nothing from a moment on, as a lost machine does.
#[tokio::test]
async fn a_connection_that_went_silent_is_replaced_and_gives_its_place_back() {
    let world = World::create().await;
    let server = world.one_connection().await.connect_options();
    let silence = Silence::before(server.get_port()).await;
    let through = server.as_ref().clone().host("127.0.0.1").port(silence.port);
    let pool = certlens_store::pool_options()
        .max_connections(1)
        .acquire_timeout(std::time::Duration::from_secs(30))
        .connect_with(through)
        .await
        .unwrap();
    while pool.num_idle() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }

    silence.begin();
    let idle: i32 = sqlx::query_scalar("SELECT 1").fetch_one(&pool).await.unwrap();
    silence.begin();
    {
        // Given up in the middle of its statement, on a connection that will never answer.
        let mut connection = pool.acquire().await.unwrap();
        silence.begin();
        let statement = pin!(sqlx::raw_sql("SELECT 2").execute(&mut *connection))
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(statement.is_pending());
    }
    let given_up: i32 = sqlx::query_scalar("SELECT 3").fetch_one(&pool).await.unwrap();

    assert_eq!((idle, given_up), (1, 3));
}

/// Carries bytes to the server; connections that there are when silence begins carry none any more.
struct Silence {
    port: u16,
    begun: tokio::sync::watch::Sender<u32>,
}

impl Silence {
    async fn before(server: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (begun, silences) = tokio::sync::watch::channel(0);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut silences = silences.clone();
                silences.mark_unchanged();
                tokio::spawn(async move {
                    let mut far = tokio::net::TcpStream::connect(("127.0.0.1", server))
                        .await
                        .unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        // Open, and silent until the test ends.
                        _ = silences.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { port, begun }
    }

    fn begin(&self) {
        self.begun.send_modify(|number| *number += 1);
    }
}
