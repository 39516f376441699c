//! The catalogue: every transform and finding, in the order in which they run.

pub mod end_port;
pub mod ip_block;
pub mod named_port;
pub mod policy_types;

use crate::transform::Transform;

/// Every entry, in run order: what edits policies first, then overlays, then findings.
pub static ALL: &[&Transform] = &[
    &policy_types::TRANSFORM,
    &end_port::TRANSFORM,
    &named_port::TRANSFORM,
    &ip_block::TRANSFORM,
];

/// Finds an entry by its name.
pub fn by_id(id: &str) -> Option<&'static Transform> {
    ALL.iter().copied().find(|transform| transform.id == id)
}
