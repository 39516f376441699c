#![doc = include_str!("synced_overlays.md")]

use crate::transform::{Role, Scope, Severity, Transform};

/// A folder of overlays that is synced already, found when overlays are placed.
pub static TRANSFORM: Transform = Transform {
    id: "synced-overlays",
    summary: "the overlay folder is already synced, so no overlay is written there",
    docs: include_str!("synced_overlays.md"),
    role: Role::Finds(Severity::Error),
    scope: Scope::Raised,
    decide: |_, _| Vec::new(),
};
