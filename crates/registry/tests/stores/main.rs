//! Import and search on the real engines, each test with databases of its own.

mod agreement;
mod importing;
mod interruption;
mod oracle;
mod stores;
