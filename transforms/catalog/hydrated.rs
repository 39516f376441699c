#![doc = include_str!("hydrated.md")]

use crate::transform::{Role, Scope, Severity, Transform};

/// Edits that a hydrator would undo, found once it is known which are wanted.
pub static TRANSFORM: Transform = Transform {
    id: "hydrated",
    summary: "Argo CD's hydrator writes the file anew, so it is not edited",
    docs: include_str!("hydrated.md"),
    role: Role::Finds(Severity::Warning),
    scope: Scope::Raised,
    decide: |_, _| Vec::new(),
};
