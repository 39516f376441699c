//! Overlays: what the transforms that propose them share, their names, and where they lie.

pub mod backends;
pub mod clients;
pub mod kustomization;
pub mod layout;
pub mod name;
pub mod nodes;
pub mod place;
pub mod ports;
pub mod proposal;
#[cfg(test)]
pub(crate) mod sample;
pub mod standing;
pub mod update;

pub use name::name;
