#![doc = include_str!("unused_ignore.md")]

use crate::transform::{Role, Scope, Severity, Transform};

/// Ignores that hide nothing, found once every decision is made.
pub static TRANSFORM: Transform = Transform {
    id: "unused-ignore",
    summary: "an ignore matches nothing, has expired, or lacks a required reason",
    docs: include_str!("unused_ignore.md"),
    role: Role::Finds(Severity::Warning),
    scope: Scope::Raised,
    decide: |_, _| Vec::new(),
};
