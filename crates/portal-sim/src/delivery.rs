//! The worker that delivers events: one POST each, nobody tries again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use url::form_urlencoded;

use crate::state::outbox::{DeliveryOrder, DeliveryStatus};
use crate::world::World;

/// How many deliveries are on their way at once.
const AT_ONCE: usize = 64;
/// How long a handler may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Delivers events until the simulator stops.
pub(crate) async fn deliver(world: World, client: Client, mut orders: UnboundedReceiver<DeliveryOrder>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    // Deliveries end with the worker.
    let mut under_way = JoinSet::new();
    while let Some(order) = orders.recv().await {
        while under_way.try_join_next().is_some() {}
        let (world, client, places) = (world.clone(), client.clone(), Arc::clone(&places));
        under_way.spawn(async move {
            tokio::time::sleep(order.delay).await;
            // The semaphore is never closed.
            let _place = places.acquire_owned().await;
            send(&world, &client, order).await;
        });
    }
}

async fn send(world: &World, client: &Client, order: DeliveryOrder) {
    let Some(portal) = world.by_number(order.portal) else {
        return;
    };
    let Some(delivery) = portal.shared.lock().outbox.delivery(order.id).cloned() else {
        return;
    };
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&delivery.form)
        .finish();
    let started = Instant::now();
    let answer = client
        .post(&delivery.handler)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .timeout(PATIENCE)
        .body(body)
        .send()
        .await;
    let status = match answer {
        Ok(response) => DeliveryStatus::Answered {
            http_status: response.status().as_u16(),
            took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        },
        Err(error) => DeliveryStatus::Failed {
            reason: error.without_url().to_string(),
        },
    };
    portal.shared.lock().outbox.conclude(order.id, status);
}
