//! How much of one namespace is held against each other at most.
//!
//! What alike pods may send or receive is as much as the policies that select them say. Where every policy selects
//! nearly every pod and no two pods alike, as negative selectors do, that grows with the square of the namespace: then
//! nothing is said of it rather than something after hours.

use crate::engine::cilium::Cilium;
use crate::engine::npm::Npm;
use crate::engine::{ClassId, Classes, Parts, Term};
use crate::policy::Direction;

/// What policies say of the groups of alike pods in one namespace and direction: at most this many rules, ports and
/// peers multiplied out, over all groups.
const TERMS: u64 = 1_000_000;
/// The same, each counted once for every part of the other ends that it speaks of.
const WORDS: u64 = 10_000_000;

/// Tells that a namespace holds more than is held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMuch;

/// What is still left to spend on a namespace in a direction.
#[derive(Debug)]
pub(super) struct Budget {
    terms: u64,
    words: u64,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self {
            terms: TERMS,
            words: WORDS,
        }
    }

    /// Spends what the policies that select groups of pods say at most.
    pub(super) fn spend_groups<'c>(
        &mut self,
        groups: impl Iterator<Item = &'c Classes>,
        engines: (&Npm<'_>, &Cilium<'_>),
        direction: Direction,
    ) -> Result<(), TooMuch> {
        let (npm, cilium) = engines;
        for class in groups.filter_map(Classes::min).map(ClassId) {
            let terms = npm.weight(class, direction) + cilium.weight(class, direction);
            self.terms = self.terms.checked_sub(terms).ok_or(TooMuch)?;
        }
        Ok(())
    }

    /// Spends what terms say of the parts of a partition.
    pub(super) fn spend_words<'t>(
        &mut self,
        terms: impl IntoIterator<Item = &'t Term>,
        parts: &Parts<'_>,
    ) -> Result<(), TooMuch> {
        self.words = self.words.checked_sub(parts.count(terms)).ok_or(TooMuch)?;
        Ok(())
    }
}
