#![doc = include_str!("missing_fact.md")]

use crate::transform::{Role, Scope, Severity, Transform};

/// What waits for a fact, gathered when the report is built.
pub static TRANSFORM: Transform = Transform {
    id: "missing-fact",
    summary: "changes wait for a fact about the cluster that the files don't show",
    docs: include_str!("missing_fact.md"),
    role: Role::Finds(Severity::Warning),
    scope: Scope::Raised,
    decide: |_, _| Vec::new(),
};
