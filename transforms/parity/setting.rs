//! Two states of a cluster, ready to be judged by both engines.

use std::collections::BTreeMap;

use super::ground::Ground;
use super::state::State;
use crate::engine::cilium::Cilium;
use crate::engine::npm::Npm;
use crate::engine::{InForce, PolicyRef};
use crate::policy::cilium::CiliumNetworkPolicy;
use crate::policy::{ObjectKey, Place};
use crate::world::World;

/// Two states of a cluster and the ground to judge them on.
///
/// A policy that both states share is there once, so that each engine translates it once.
#[derive(Debug)]
pub struct Setting<'w> {
    /// Who and what is there.
    pub ground: Ground<'w>,
    /// The policies of both states: what a [`PolicyRef`] of its engines names.
    pub versions: State,
    today: Members,
    fixed: Members,
}

/// Which versions of the policies make a state, in its order.
#[derive(Debug)]
struct Members {
    policies: Versioned,
    cilium: Versioned,
}

/// The index in a state of each version that makes it.
type Versioned = BTreeMap<usize, usize>;

/// Both engines in both states.
#[derive(Debug, Clone)]
pub struct Engines<'a> {
    /// NPM, as the policies are.
    pub npm_today: Npm<'a>,
    /// NPM, as the changes leave them.
    pub npm_fixed: Npm<'a>,
    /// Cilium with nothing changed.
    pub cilium_today: Cilium<'a>,
    /// Cilium with the changes.
    pub cilium_fixed: Cilium<'a>,
}

impl<'w> Setting<'w> {
    /// Joins two states of a cluster; `base` shows its other workloads where the states are of two trees.
    pub fn new(world: &'w World, base: Option<&'w World>, today: &State, fixed: &State) -> Self {
        let ground = Ground::new(world, base, [today, fixed]);
        let mut versions = Versions::default();
        let (today, fixed) = (versions.add(today), versions.add(fixed));
        Self {
            ground,
            versions: versions.all,
            today,
            fixed,
        }
    }

    /// Lets both engines translate the policies.
    pub fn engines(&self) -> Engines<'_> {
        let npm = self.ground.npm(&self.versions.policies);
        let cilium = self.ground.cilium(&self.versions.policies, self.versions.own_kinds());
        Engines {
            npm_today: npm.with(self.today.in_force()),
            npm_fixed: npm.with(self.fixed.in_force()),
            cilium_today: cilium.with(self.today.in_force()),
            cilium_fixed: cilium.with(self.fixed.in_force()),
        }
    }
}

impl Setting<'_> {
    /// Returns a version's index in today's state.
    pub(super) fn in_today(&self, version: PolicyRef) -> Option<PolicyRef> {
        self.today.index_of(version)
    }

    /// Returns a version's index in the state that the changes lead to.
    pub(super) fn in_fixed(&self, version: PolicyRef) -> Option<PolicyRef> {
        self.fixed.index_of(version)
    }
}

impl Members {
    fn index_of(&self, version: PolicyRef) -> Option<PolicyRef> {
        match version {
            PolicyRef::Network(version) => self.policies.get(&version).copied().map(PolicyRef::Network),
            PolicyRef::Cilium(version) => self.cilium.get(&version).copied().map(PolicyRef::Cilium),
        }
    }

    fn in_force(&self) -> InForce {
        InForce::only(self.policies.keys().copied(), self.cilium.keys().copied())
    }
}

/// The policies of several states, each version once.
#[derive(Default)]
struct Versions {
    all: State,
    /// Where versions are, by where they are written and what they are called.
    places: BTreeMap<(Place, ObjectKey), Vec<usize>>,
    cilium_places: BTreeMap<(Place, ObjectKey), Vec<usize>>,
}

impl Versions {
    /// Adds the policies of a state that are not there yet, and returns which make the state.
    fn add(&mut self, state: &State) -> Members {
        let policies = state.policies.iter();
        let network = policies.map(|policy| {
            let key = (policy.place, policy.key.clone());
            version(policy, key, &mut self.all.policies, &mut self.places)
        });
        let policies = numbered(network);
        let standing = state.cilium.iter();
        let cilium = standing.map(|standing| {
            let CiliumNetworkPolicy { place, key, .. } = &standing.policy;
            let key = (*place, key.clone());
            version(standing, key, &mut self.all.cilium, &mut self.cilium_places)
        });
        Members {
            policies,
            cilium: numbered(cilium),
        }
    }
}

/// Numbers the versions of a state; of two that are equal the first counts.
fn numbered(versions: impl Iterator<Item = usize>) -> Versioned {
    let mut numbered = Versioned::new();
    for (index, version) in versions.enumerate() {
        numbered.entry(version).or_insert(index);
    }
    numbered
}

/// Returns the index of a version, which is added where it is not there yet.
fn version<T: PartialEq + Clone>(
    new: &T,
    key: (Place, ObjectKey),
    all: &mut Vec<T>,
    places: &mut BTreeMap<(Place, ObjectKey), Vec<usize>>,
) -> usize {
    let known = places.entry(key).or_default();
    if let Some(&index) = known.iter().find(|&&index| all[index] == *new) {
        return index;
    }
    known.push(all.len());
    all.push(new.clone());
    all.len() - 1
}
