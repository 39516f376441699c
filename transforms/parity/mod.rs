//! Who can reach whom: NPM today, Cilium with nothing changed, and Cilium with the fix.
//!
//! Only this floor knows both the plans and the engines: it judges what the catalogue proposes.

pub mod state;
pub mod trace;

pub use state::{Standing, State};
