//! The catalogue: every transform and finding, in the order in which they run.

use crate::transform::Transform;

/// Every entry, in run order: what edits policies first, then overlays, then findings.
pub static ALL: &[&Transform] = &[];

/// Finds an entry by its name.
pub fn by_id(id: &str) -> Option<&'static Transform> {
    ALL.iter().copied().find(|transform| transform.id == id)
}
