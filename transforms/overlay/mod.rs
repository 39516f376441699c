//! Overlays: what the transforms that propose them share, their names, and where they lie.

pub(crate) mod backends;
pub(crate) mod clients;
pub(crate) mod kustomization;
pub mod layout;
pub mod name;
pub(crate) mod nodes;
pub mod place;
pub(crate) mod ports;
pub(crate) mod proposal;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod standing;
pub(crate) mod update;

pub use name::name;
