//! What policies let through together, block by block of a partition.

use std::collections::BTreeMap;

use crate::engine::{Contribution, Partition, PolicyRef, Ports};

/// What one policy does to a pod: by block, what it lets through and what it denies.
#[derive(Debug, Default)]
pub(super) struct Weight {
    isolates: bool,
    /// Empty where it lets nothing through.
    allows: Vec<Ports>,
    /// Empty where it denies nothing, as NetworkPolicies do.
    denies: Vec<Ports>,
}

impl Weight {
    fn of(contribution: &Contribution, partition: &Partition) -> Self {
        let [allows, denies] = partition.allowed_and_denied(&contribution.terms);
        Self {
            isolates: contribution.isolates,
            allows,
            denies,
        }
    }

    fn add(&mut self, other: Self) {
        let add = |ours: &mut Vec<Ports>, theirs: Vec<Ports>| {
            if ours.is_empty() {
                *ours = theirs;
            } else {
                ours.iter_mut().zip(&theirs).for_each(|(ours, theirs)| *ours |= theirs);
            }
        };
        self.isolates |= other.isolates;
        add(&mut self.allows, other.allows);
        add(&mut self.denies, other.denies);
    }

    /// Tells whether another weight does something else to a block.
    pub(super) fn differs(&self, other: &Self, block: usize) -> bool {
        self.isolates != other.isolates
            || at(&self.allows, block) != at(&other.allows, block)
            || at(&self.denies, block) != at(&other.denies, block)
    }
}

fn at(ports: &[Ports], block: usize) -> &Ports {
    ports.get(block).unwrap_or(const { &Ports::NONE })
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
        let mut by_policy: BTreeMap<PolicyRef, Weight> = BTreeMap::new();
        for contribution in contributions {
            // A policy of Cilium's own kinds can select a pod with several of its specs.
            let weight = by_policy.entry(contribution.policy).or_default();
            weight.add(Weight::of(contribution, partition));
        }
        Self {
            by_policy,
            nothing: Weight::default(),
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

    /// Returns how many blocks there are.
    pub(super) const fn blocks(&self) -> usize {
        self.reached.len()
    }

    /// Returns what passes of a block with these weights together.
    pub(super) fn passes<'w>(&self, weights: impl Iterator<Item = &'w Weight>, block: usize) -> Ports {
        let (mut isolates, mut open, mut denied) = (false, at(self.always, block).clone(), Ports::NONE);
        for weight in weights {
            isolates |= weight.isolates;
            open |= at(&weight.allows, block);
            denied |= at(&weight.denies, block);
        }
        let reached = &self.reached[block];
        let passes = reached.difference(&denied);
        if isolates { passes.intersection(&open) } else { passes }
    }
}
