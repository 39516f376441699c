//! Changes that would be chosen and are not made.

use std::collections::BTreeSet;

use super::Status;
use crate::policy::Namespace;
use crate::transform::Subject;

/// Changes by their transform's id and their subject.
pub type Changes = BTreeSet<(&'static str, Subject)>;

/// Changes that would be chosen and are not made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TakenBack {
    /// Those that a transform grades otherwise than the engines judge them.
    pub contradicted: Changes,
    /// Safe ones that nothing proves, since their namespace holds more than is compared.
    pub unproven: Changes,
    /// Those for which a file can't be changed as planned.
    pub unwritable: Changes,
    /// Edits of files that a hydrator writes anew.
    pub hydrated: Changes,
    /// The namespaces of the unproven ones.
    pub cut: BTreeSet<Namespace>,
}

impl TakenBack {
    /// Adds others.
    pub fn extend(&mut self, other: Self) {
        self.contradicted.extend(other.contradicted);
        self.unproven.extend(other.unproven);
        self.unwritable.extend(other.unwritable);
        self.hydrated.extend(other.hydrated);
        self.cut.extend(other.cut);
    }

    /// Tells whether others hold all of these.
    pub fn is_within(&self, other: &Self) -> bool {
        self.contradicted.is_subset(&other.contradicted)
            && self.unproven.is_subset(&other.unproven)
            && self.unwritable.is_subset(&other.unwritable)
            && self.hydrated.is_subset(&other.hydrated)
            && self.cut.is_subset(&other.cut)
    }

    /// Returns what becomes of a change that would be chosen.
    pub(super) fn status(&self, change: &(&'static str, Subject)) -> Status {
        if self.contradicted.contains(change) {
            Status::Contradicted
        } else if self.unproven.contains(change) || self.unwritable.contains(change) {
            Status::Failed
        } else if self.hydrated.contains(change) {
            Status::Blocked
        } else {
            Status::Chosen
        }
    }
}
