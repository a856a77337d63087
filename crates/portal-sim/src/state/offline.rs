//! The queue of offline events: changes that the application fetches when it likes. Pure.
//!
//! Only the last state of an object is kept; a fetched batch is either deleted or reserved under a process number.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// A queued event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OfflineEvent {
    /// Its number.
    pub id: u64,
    /// The event's name in upper case.
    pub event: String,
    /// Its data.
    pub data: Value,
    /// When it was queued.
    pub at: DateTime<Utc>,
    /// Its number among messages, which errors refer to.
    pub message_id: String,
    /// The process that has reserved it.
    pub process_id: Option<String>,
    /// Whether the process said that it failed.
    pub failed: bool,
    /// The `auth_connector` of the subscription.
    pub connector: String,
}

impl OfflineEvent {
    /// As the methods show it.
    pub(crate) fn to_value(&self, in_list: bool) -> Value {
        let data = match &self.data {
            Value::Object(members) if !members.is_empty() => self.data.clone(),
            _ => json!(false),
        };
        let mut row = json!({
            "ID": self.id.to_string(),
            "TIMESTAMP_X": self.at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            "EVENT_NAME": self.event,
            "EVENT_DATA": data,
            "EVENT_ADDITIONAL": false,
            "MESSAGE_ID": self.message_id,
        });
        if in_list {
            row["PROCESS_ID"] = json!(self.process_id);
            row["ERROR"] = json!(if self.failed { "1" } else { "0" });
        }
        row
    }
}

/// The queue of one portal's application.
#[derive(Debug, Default)]
pub(crate) struct OfflineQueue {
    events: Vec<OfflineEvent>,
    last_id: u64,
    last_process: u64,
}

impl OfflineQueue {
    /// Queues an event; an unreserved one of the same object is replaced.
    pub(crate) fn push(&mut self, event: &str, data: Value, connector: &str, at: DateTime<Utc>) {
        self.events.retain(|queued| {
            queued.process_id.is_some()
                || queued.event != event
                || queued.data != data
                || queued.connector != connector
        });
        self.last_id += 1;
        self.events.push(OfflineEvent {
            id: self.last_id,
            event: event.to_owned(),
            data,
            at,
            message_id: format!("{:032x}", self.last_id),
            process_id: None,
            failed: false,
            connector: connector.to_owned(),
        });
    }

    /// All events, oldest first.
    pub(crate) fn events(&self) -> &[OfflineEvent] {
        &self.events
    }

    /// Takes up to `limit` unreserved events that pass the filter: deletes them, or reserves them under a new process.
    pub(crate) fn take(
        &mut self,
        limit: usize,
        clear: bool,
        passes: impl Fn(&OfflineEvent) -> bool,
    ) -> (Option<String>, Vec<OfflineEvent>) {
        let chosen: Vec<u64> = self
            .events
            .iter()
            .filter(|event| event.process_id.is_none() && passes(event))
            .map(|event| event.id)
            .take(limit)
            .collect();
        let process_id = (!clear && !chosen.is_empty()).then(|| {
            self.last_process += 1;
            format!("{:016x}", self.last_process)
        });
        if let Some(process_id) = &process_id {
            for event in self.events.iter_mut().filter(|event| chosen.contains(&event.id)) {
                event.process_id = Some(process_id.clone());
            }
        }
        let taken = self
            .events
            .iter()
            .filter(|event| chosen.contains(&event.id))
            .cloned()
            .collect();
        if clear {
            self.events.retain(|event| !chosen.contains(&event.id));
        }
        (process_id, taken)
    }

    /// Events of a process, as a repeated `event.offline.get` with `process_id` shows them.
    pub(crate) fn reserved(&self, process_id: &str) -> Vec<OfflineEvent> {
        self.events
            .iter()
            .filter(|event| event.process_id.as_deref() == Some(process_id))
            .cloned()
            .collect()
    }

    /// Deletes reserved events of a process: all, or those of the given numbers or message numbers.
    pub(crate) fn clear(&mut self, process_id: &str, ids: &[u64], message_ids: &[String]) {
        let all = ids.is_empty() && message_ids.is_empty();
        self.events.retain(|event| {
            event.process_id.as_deref() != Some(process_id)
                || !(all || ids.contains(&event.id) || message_ids.contains(&event.message_id))
        });
    }

    /// Marks reserved events of a process as failed: all, or those of the given message numbers.
    pub(crate) fn fail(&mut self, process_id: &str, message_ids: &[String]) {
        for event in &mut self.events {
            if event.process_id.as_deref() == Some(process_id)
                && (message_ids.is_empty() || message_ids.contains(&event.message_id))
            {
                event.failed = true;
            }
        }
    }

    /// Forgets everything, as an uninstallation does.
    pub(crate) fn erase(&mut self) {
        self.events.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue_of(data: &[u64]) -> OfflineQueue {
        let mut queue = OfflineQueue::default();
        for id in data {
            queue.push("ONCRMDEALUPDATE", json!({"FIELDS": {"ID": id}}), "", Utc::now());
        }
        queue
    }

    #[test]
    fn push_keeps_one_event_per_object() {
        assert_eq!(queue_of(&[5, 6, 5]).events().len(), 2);
    }

    #[test]
    fn take_with_clear_deletes() {
        let mut queue = queue_of(&[1, 2, 3]);
        let (process, taken) = queue.take(2, true, |_| true);
        assert_eq!((process, taken.len(), queue.events().len()), (None, 2, 1));
    }

    #[test]
    fn take_without_clear_reserves_until_cleared() {
        let mut queue = queue_of(&[1, 2]);

        let (process, taken) = queue.take(50, false, |_| true);
        let process = process.unwrap();
        let (_, again) = queue.take(50, false, |_| true);

        assert_eq!((taken.len(), again.len()), (2, 0));
        queue.fail(&process, &[taken[0].message_id.clone()]);
        assert_eq!(
            queue
                .reserved(&process)
                .iter()
                .filter(|event| event.failed)
                .count(),
            1
        );
        queue.clear(&process, &[], &[]);
        assert!(queue.events().is_empty());
    }
}
