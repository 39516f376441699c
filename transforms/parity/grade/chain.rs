//! A policy through the changes to it, version by version.

use crate::engine::PolicyRef;
use crate::transform::Subject;

/// The versions of one policy, and what leads from each to the next.
#[derive(Debug)]
pub(super) struct Chain {
    /// The versions; `None` where the policy is not there yet.
    pub(super) versions: Vec<Option<PolicyRef>>,
    /// The change to each version but the first.
    pub(super) changes: Vec<Link>,
}

/// A chosen change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    /// The id of the transform that proposes it.
    pub(super) transform: &'static str,
    /// What the transform was asked about.
    pub(super) subject: Subject,
    /// Whether it claims to only give back what NPM allows.
    pub(super) claims_safe: bool,
}

impl Chain {
    /// Makes the chain of a policy that no change touches yet.
    pub(super) fn of(first: Option<PolicyRef>) -> Self {
        Self {
            versions: vec![first],
            changes: Vec::new(),
        }
    }

    /// Returns the policy as it is.
    pub(super) fn first(&self) -> Option<PolicyRef> {
        self.versions.first().copied().flatten()
    }

    /// Returns the policy as all changes leave it.
    pub(super) fn last(&self) -> Option<PolicyRef> {
        self.versions.last().copied().flatten()
    }

    /// Returns each change with the versions before and after it.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&Link, [Option<PolicyRef>; 2])> {
        let steps = self.versions.iter().zip(self.versions.iter().skip(1));
        self.changes
            .iter()
            .zip(steps)
            .map(|(change, (&old, &new))| (change, [old, new]))
    }

    /// Adds a version.
    pub(super) fn push(&mut self, version: PolicyRef, change: Link) {
        self.versions.push(Some(version));
        self.changes.push(change);
    }
}
