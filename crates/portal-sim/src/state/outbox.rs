//! Events on their way to the application: each is delivered once, and nobody tries again.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::mpsc::UnboundedSender;

/// How many deliveries are remembered.
const CAPACITY: usize = 20_000;

/// How a delivery ended, or that it didn't yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum DeliveryStatus {
    /// Waits for its moment.
    Waiting,
    /// The handler answered.
    Answered {
        /// The HTTP status of the answer.
        http_status: u16,
        /// How long the handler took.
        took_ms: u64,
    },
    /// The handler could not be reached or did not answer in time.
    Failed {
        /// Why.
        reason: String,
    },
    /// Lost on purpose.
    Lost,
}

/// An event to one handler.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    /// Its number on this portal.
    pub id: u64,
    /// The event's name in upper case.
    pub event: String,
    /// The address to POST to.
    pub handler: String,
    /// The form's fields in order, with tokens.
    #[serde(skip)]
    pub form: Vec<(String, String)>,
    /// When it was raised.
    pub raised: DateTime<Utc>,
    /// Whether it carries tokens.
    pub with_tokens: bool,
    /// How it ended.
    #[serde(flatten)]
    pub status: DeliveryStatus,
}

/// A delivery for the worker: which one, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeliveryOrder {
    /// The portal's number.
    pub portal: u32,
    /// The delivery's number.
    pub id: u64,
    /// How long to wait first.
    pub delay: Duration,
}

/// Deliveries of a portal.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// The shortest and longest delay in milliseconds.
    pub delay: (u64, u64),
    portal: u32,
    worker: Option<UnboundedSender<DeliveryOrder>>,
    deliveries: VecDeque<Delivery>,
    last_id: u64,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            delay: (20, 120),
            portal: 0,
            worker: None,
            deliveries: VecDeque::new(),
            last_id: 0,
        }
    }
}

impl Outbox {
    /// Of the portal of that number, served by a worker.
    pub(crate) fn new(portal: u32, worker: UnboundedSender<DeliveryOrder>) -> Self {
        Self {
            portal,
            worker: Some(worker),
            ..Self::default()
        }
    }

    /// Puts a delivery in, to be sent after the delay; one that is lost already is only remembered.
    pub(crate) fn post(&mut self, mut delivery: Delivery, delay: Duration) -> u64 {
        self.last_id += 1;
        delivery.id = self.last_id;
        let is_waiting = delivery.status == DeliveryStatus::Waiting;
        if self.deliveries.len() == CAPACITY {
            self.deliveries.pop_front();
        }
        self.deliveries.push_back(delivery);
        if let (true, Some(worker)) = (is_waiting, &self.worker) {
            let order = DeliveryOrder {
                portal: self.portal,
                id: self.last_id,
                delay,
            };
            if worker.send(order).is_err() {
                tracing::debug!("the simulator is stopping: an event stays in the outbox");
            }
        }
        self.last_id
    }

    /// The delivery of that number, if it is remembered.
    pub(crate) fn delivery(&self, id: u64) -> Option<&Delivery> {
        self.deliveries.get(self.position(id)?)
    }

    /// Says how a delivery ended.
    pub(crate) fn conclude(&mut self, id: u64, status: DeliveryStatus) {
        if let Some(delivery) = self
            .position(id)
            .and_then(|position| self.deliveries.get_mut(position))
        {
            delivery.status = status;
        }
    }

    /// All that is remembered, oldest first.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter()
    }

    /// Forgets the deliveries; those on their way are not sent any more.
    pub(crate) fn clear(&mut self) {
        self.deliveries.clear();
    }

    fn position(&self, id: u64) -> Option<usize> {
        let first = self.deliveries.front()?.id;
        usize::try_from(id.checked_sub(first)?).ok()
    }
}
