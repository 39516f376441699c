//! Who can reach whom: NPM today, Cilium with nothing changed, and Cilium with the fix.
//!
//! Only this floor knows both the plans and the engines: it judges what the catalogue proposes.

pub mod cause;
pub mod state;

pub use cause::{Cause, Culprit, Disagreement, Explainer};
pub use state::{Standing, State};
