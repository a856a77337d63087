//! Recounts on real imports: what is news, and that each piece is found once.

mod law;
mod news;
mod passes;
mod restored;
mod single;
pub(crate) mod tracked;
