//! Who can reach whom: NPM today, Cilium with nothing changed, and Cilium with the fix.
//!
//! Only this floor knows both the plans and the engines: it judges what the catalogue proposes.

mod budget;
pub mod cause;
pub mod compare;
pub mod connectivity;
mod example;
pub mod grade;
pub mod ground;
pub mod population;
mod reached;
pub mod setting;
pub mod state;
#[cfg(test)]
mod tests;
pub mod trace;
mod witness;

pub use cause::{Cause, Culprit, Disagreement, Explainer};
pub use compare::{Comparison, Course, Difference, Effect, Figures, compare};
pub use connectivity::{Connectivity, FlowSet, Held, Noticed, Peers, connectivity};
pub use example::{Example, Examples};
pub use grade::{Proof, prove};
pub use ground::Ground;
pub use population::Population;
pub use setting::{Engines, Setting};
pub use state::{Standing, State};
