//! Two states of a cluster, ready to be judged by both engines.

use std::collections::BTreeMap;

use super::ground::Ground;
use super::state::{Standing, State};
use crate::engine::cilium::Cilium;
use crate::engine::npm::Npm;
use crate::engine::{InForce, PolicyRef};
use crate::policy::cilium::CiliumNetworkPolicy;
use crate::policy::{ObjectKey, Place, Policy};
use crate::world::World;

/// Two states of a cluster and the ground to judge them on.
///
/// A policy that both states share is there once, so that each engine translates it once.
#[derive(Debug)]
pub struct Setting<'w> {
    /// Who and what is there.
    pub ground: Ground<'w>,
    /// The NetworkPolicies of both states: what a [`PolicyRef::Network`] names.
    pub policies: Vec<Policy>,
    /// The policies of Cilium's own kinds of both states: what a [`PolicyRef::Cilium`] names.
    pub cilium: Vec<Standing>,
    today: InForce,
    fixed: InForce,
}

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
    pub fn new(world: &'w World, base: Option<&'w World>, today: State, fixed: State) -> Self {
        let ground = Ground::new(world, base, [&today, &fixed]);
        let mut versions = Versions::default();
        let (today, fixed) = (versions.add(today), versions.add(fixed));
        let Versions { policies, cilium, .. } = versions;
        Self {
            ground,
            policies,
            cilium,
            today,
            fixed,
        }
    }

    /// Lets both engines translate the policies.
    pub fn engines(&self) -> Engines<'_> {
        let npm = self.ground.npm(&self.policies);
        let own_kinds = self.cilium.iter().map(|standing| &standing.policy);
        let cilium = self.ground.cilium(&self.policies, own_kinds);
        Engines {
            npm_today: npm.with(self.today.clone()),
            npm_fixed: npm.with(self.fixed.clone()),
            cilium_today: cilium.with(self.today.clone()),
            cilium_fixed: cilium.with(self.fixed.clone()),
        }
    }

    /// Returns the name of a policy.
    pub fn key(&self, policy: PolicyRef) -> &ObjectKey {
        match policy {
            PolicyRef::Network(index) => &self.policies[index].key,
            PolicyRef::Cilium(index) => &self.cilium[index].policy.key,
        }
    }
}

/// The policies of several states, each version once.
#[derive(Default)]
struct Versions {
    policies: Vec<Policy>,
    cilium: Vec<Standing>,
    /// Where versions are, by where they are written and what they are called.
    places: BTreeMap<(Place, ObjectKey), Vec<usize>>,
    cilium_places: BTreeMap<(Place, ObjectKey), Vec<usize>>,
}

impl Versions {
    /// Adds the policies of a state that are not there yet, and returns which make the state.
    fn add(&mut self, state: State) -> InForce {
        let policies = state.policies.into_iter();
        let network = policies.map(|policy| {
            let key = (policy.place, policy.key.clone());
            version(policy, key, &mut self.policies, &mut self.places)
        });
        let network: Vec<usize> = network.collect();
        let standing = state.cilium.into_iter();
        let cilium = standing.map(|standing| {
            let CiliumNetworkPolicy { place, key, .. } = &standing.policy;
            let key = (*place, key.clone());
            version(standing, key, &mut self.cilium, &mut self.cilium_places)
        });
        InForce::only(network, cilium)
    }
}

/// Returns the index of a version, which is added where it is not there yet.
fn version<T: PartialEq>(
    new: T,
    key: (Place, ObjectKey),
    all: &mut Vec<T>,
    places: &mut BTreeMap<(Place, ObjectKey), Vec<usize>>,
) -> usize {
    let known = places.entry(key).or_default();
    if let Some(&index) = known.iter().find(|&&index| all[index] == new) {
        return index;
    }
    known.push(all.len());
    all.push(new);
    all.len() - 1
}
