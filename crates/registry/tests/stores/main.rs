//! Import and search on the real engines, each test with databases of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod agreement;
mod board;
mod board_groups;
mod board_speed;
mod books;
mod fallback;
mod history;
mod importing;
mod interruption;
mod migrations;
mod options;
mod oracle;
mod outage;
mod queue;
mod recounts;
mod related;
mod schemes;
mod search_path;
mod search_speed;
mod single;
mod speed;
mod stores;
mod stream;
mod territory;
mod undoing;
mod writing;
