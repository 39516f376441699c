//! Overlays: what the transforms that propose them share, their names, and where they lie.

pub mod backends;
pub mod clients;
pub mod name;
pub mod nodes;
pub mod ports;
pub mod proposal;

pub use name::name;
