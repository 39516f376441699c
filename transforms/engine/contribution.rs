//! What one policy does to a pod, apart from all others: sides are unions of these.

use super::flow::PolicyRef;
use super::side::Term;

/// What one direction of one policy does to a pod that it selects.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The policy.
    pub policy: PolicyRef,
    /// Whether it isolates the pod, so that only what some policy lets through passes.
    pub isolates: bool,
    /// What it lets through, or denies.
    pub terms: Vec<Term>,
}

impl Contribution {
    /// Returns what it does, whichever policy does it.
    pub fn effect(&self) -> (bool, &[Term]) {
        (self.isolates, &self.terms)
    }
}
