//! What Certlens does with portals, on real Postgres and against the portal simulator.

mod budget;
mod cards;
mod crawl;
mod departure;
mod events;
mod installation;
mod misbehaviour;
mod worker;
mod world;
