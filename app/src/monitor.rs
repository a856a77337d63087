//! The monitor: the console of a portal's administrator and of the operator.
//!
//! What a screen says is decided in `certlens_monitor`; here it becomes HTML (`view`, server only), and the browser's half asks
//! for screens and gives orders by the server functions in [`calls`].

#[cfg(feature = "ssr")]
pub(crate) mod answering;
pub(crate) mod calls;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
mod view;

#[cfg(feature = "ssr")]
pub use answering::{OperatorBearer, administrator};
