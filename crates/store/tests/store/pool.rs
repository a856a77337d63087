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
