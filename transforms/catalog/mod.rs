//! The catalogue: every transform and finding, in the order in which they run.

mod load_balancer;
mod node_egress;
mod node_ingress;

use crate::transform::Transform;

/// Every entry, in run order: what edits policies first, then overlays, then findings.
pub static ALL: &[&Transform] = &[
    &node_egress::TRANSFORM,
    &node_ingress::TRANSFORM,
    &load_balancer::TRANSFORM,
];

/// Finds an entry by its name.
pub fn by_id(id: &str) -> Option<&'static Transform> {
    ALL.iter().copied().find(|transform| transform.id == id)
}
