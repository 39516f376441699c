#![doc = include_str!("edited_overlay.md")]

use crate::transform::{Role, Scope, Severity, Transform};

/// Overlays that a person edited, found when overlays are placed.
pub static TRANSFORM: Transform = Transform {
    id: "edited-overlay",
    summary: "an overlay that a person edited is not touched",
    docs: include_str!("edited_overlay.md"),
    role: Role::Finds(Severity::Warning),
    scope: Scope::Raised,
    decide: |_, _| Vec::new(),
};
