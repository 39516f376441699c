//! What policies let through together, block by block of a partition.

use std::collections::BTreeMap;

use crate::engine::{Contribution, Partition, PolicyRef, Ports, Term};

/// What some policies do to a pod: by block, what they let through and what they deny.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weight {
    isolates: bool,
    allows: Vec<Ports>,
    denies: Vec<Ports>,
}

impl Weight {
    fn none(blocks: usize) -> Self {
        Self {
            isolates: false,
            allows: vec![Ports::NONE; blocks],
            denies: vec![Ports::NONE; blocks],
        }
    }

    /// Returns what both do together.
    pub(super) fn with(&self, other: &Self) -> Self {
        let union = |ours: &[Ports], theirs: &[Ports]| {
            let pairs = ours.iter().zip(theirs);
            pairs.map(|(ours, theirs)| ours.union(theirs)).collect()
        };
        Self {
            isolates: self.isolates || other.isolates,
            allows: union(&self.allows, &other.allows),
            denies: union(&self.denies, &other.denies),
        }
    }
}

/// What each policy that selects a pod weighs, under one engine.
#[derive(Debug)]
pub(super) struct Scale<'a> {
    by_policy: BTreeMap<PolicyRef, Weight>,
    nothing: Weight,
    /// What passes unless it is denied.
    always: &'a [Ports],
    /// What can happen at all.
    reached: &'a [Ports],
}

impl<'a> Scale<'a> {
    pub(super) fn new(
        contributions: &[Contribution],
        always: &'a [Ports],
        reached: &'a [Ports],
        partition: &Partition,
    ) -> Self {
        let weight = |contribution: &Contribution| {
            let of = |denies: bool| {
                let terms: Vec<Term> = contribution
                    .terms
                    .iter()
                    .filter(|term| term.denies == denies)
                    .cloned()
                    .collect();
                let allowing = terms.into_iter().map(|term| Term { denies: false, ..term });
                partition.ports(&allowing.collect::<Vec<_>>())
            };
            let weight = Weight {
                isolates: contribution.isolates,
                allows: of(false),
                denies: of(true),
            };
            (contribution.policy, weight)
        };
        Self {
            by_policy: contributions.iter().map(weight).collect(),
            nothing: Weight::none(reached.len()),
            always,
            reached,
        }
    }

    /// Returns what a version of a policy weighs: nothing where it is not there or does not select the pod.
    pub(super) fn of(&self, version: Option<PolicyRef>) -> &Weight {
        version
            .and_then(|version| self.by_policy.get(&version))
            .unwrap_or(&self.nothing)
    }

    /// Returns for each weight what all others are together.
    pub(super) fn others(&self, weights: &[&Weight]) -> Vec<Weight> {
        let mut behind = vec![self.nothing.clone()];
        for weight in weights.iter().rev() {
            behind.push(behind[behind.len() - 1].with(weight));
        }
        let mut before = self.nothing.clone();
        let others = weights.iter().enumerate().map(|(index, weight)| {
            let others = before.with(&behind[weights.len() - 1 - index]);
            before = before.with(weight);
            others
        });
        others.collect()
    }

    /// Returns what passes, by block.
    pub(super) fn passes(&self, weight: &Weight) -> Vec<Ports> {
        let passes = |(index, reached): (usize, &Ports)| {
            if !weight.isolates {
                return reached.difference(&weight.denies[index]);
            }
            let open = weight.allows[index].union(&self.always[index]);
            open.difference(&weight.denies[index]).intersection(reached)
        };
        self.reached.iter().enumerate().map(passes).collect()
    }
}
