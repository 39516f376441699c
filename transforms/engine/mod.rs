//! What each engine lets through: two models that share nothing but the policies, who is in the cluster, and sets.
//!
//! An [`Inventory`] groups the pods into classes, a [`Space`] numbers every other end that a pod can talk to, and a
//! [`Side`] is an exact set over both and [`Ports`]. [`Npm`](npm::Npm) and [`Cilium`](cilium::Cilium) each turn
//! policies into sides, and judge one [`Flow`] with the policy's rule and the engine's own that decide it.

pub mod addresses;
mod blocks;
pub mod cilium;
pub mod contribution;
pub mod flow;
pub mod in_force;
pub mod inventory;
pub mod npm;
pub mod partition;
pub mod ports;
mod selection;
pub mod side;
pub mod space;

pub use addresses::{Addresses, Cell, Cells, boundaries};
pub use contribution::Contribution;
pub use flow::{End, Flow, NodeId, Passage, PolicyRef, Ruling, Verdict, Via};
pub use in_force::InForce;
pub use inventory::{ClassId, Classes, Home, Inventory, Pod};
pub use partition::{KnownAtoms, Partition, Parts};
pub use ports::{Port, Ports, Transport};
pub use side::{Part, Side, Term};
pub(crate) use space::share;
pub use space::{Atoms, Peer, Ranges, Space};

#[cfg(test)]
mod tests;
