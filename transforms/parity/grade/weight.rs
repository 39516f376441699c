//! What one policy does to a pod, part by part, and what several let through together.

use std::collections::BTreeMap;

use crate::engine::{Contribution, Parts, PolicyRef, Ports};

/// Ports by part, sorted, without the parts that have none.
type ByPart = Vec<(usize, Ports)>;

/// What one policy does to a pod: by part, what it lets through and what it denies.
#[derive(Debug, Default)]
pub(super) struct Weight {
    pub(super) isolates: bool,
    pub(super) allows: ByPart,
    /// Empty where it denies nothing, as NetworkPolicies do.
    pub(super) denies: ByPart,
}

impl Weight {
    fn of(contributions: &[&Contribution], parts: &Parts<'_>) -> Self {
        let terms = contributions.iter().flat_map(|contribution| &contribution.terms);
        let [allows, denies] = parts.allowed_and_denied(terms);
        Self {
            isolates: contributions.iter().any(|contribution| contribution.isolates),
            allows,
            denies,
        }
    }

    /// Returns the parts to which another weight does something else, but for isolating all; sorted.
    pub(super) fn differing(&self, other: &Self) -> Vec<usize> {
        let said = [&self.allows, &self.denies, &other.allows, &other.denies];
        let mut parts: Vec<usize> = said.into_iter().flatten().map(|(part, _)| *part).collect();
        parts.sort_unstable();
        parts.dedup();
        parts.retain(|&part| !self.changed(other, part).is_empty());
        parts
    }

    /// Returns the ports of a part to which another weight does something else, but for isolating all.
    pub(super) fn changed(&self, other: &Self, part: usize) -> Ports {
        let changed = |ours: &ByPart, theirs: &ByPart| {
            let (ours, theirs) = (at(ours, part), at(theirs, part));
            ours.difference(theirs).union(&theirs.difference(ours))
        };
        changed(&self.allows, &other.allows).union(&changed(&self.denies, &other.denies))
    }
}

/// Returns what a list says of a part.
pub(super) fn at(said: &ByPart, part: usize) -> &Ports {
    let found = said.binary_search_by_key(&part, |(part, _)| *part);
    found.map_or(const { &Ports::NONE }, |found| &said[found].1)
}

/// What each policy that selects a pod weighs, under one engine.
#[derive(Debug)]
pub(super) struct Scale {
    by_policy: BTreeMap<PolicyRef, Weight>,
    nothing: Weight,
    /// What passes unless it is denied, by part.
    pub(super) always: Vec<Ports>,
}

impl Scale {
    pub(super) fn new(contributions: &[Contribution], always: Vec<Ports>, parts: &Parts<'_>) -> Self {
        // A policy of Cilium's own kinds can select a pod with several of its specs.
        let mut by_policy: BTreeMap<PolicyRef, Vec<&Contribution>> = BTreeMap::new();
        for contribution in contributions {
            by_policy.entry(contribution.policy).or_default().push(contribution);
        }
        let weighed = by_policy.into_iter();
        Self {
            by_policy: weighed.map(|(policy, all)| (policy, Weight::of(&all, parts))).collect(),
            nothing: Weight::default(),
            always,
        }
    }

    /// Returns what a version of a policy weighs: nothing where it is not there or does not select the pod.
    pub(super) fn of(&self, version: Option<PolicyRef>) -> &Weight {
        version
            .and_then(|version| self.by_policy.get(&version))
            .unwrap_or(&self.nothing)
    }
}
