//! Two states of a cluster, ready to be judged by both engines.

use std::collections::BTreeMap;

use super::population::Population;
use super::state::{Standing, State};
use crate::engine::cilium::{Cilium, Config};
use crate::engine::npm::Npm;
use crate::engine::{InForce, PolicyRef, Ranges, Space, boundaries};
use crate::policy::cilium::CiliumNetworkPolicy;
use crate::policy::{ObjectKey, Place, Policy};
use crate::world::{Facts, IpFamily, Service, World};

/// Two states of a cluster, who is in it, and every address and end that its policies tell apart.
///
/// A policy that both states share is there once, so that each engine translates it once.
#[derive(Debug)]
pub struct Setting<'w> {
    /// Who may be there.
    pub population: Population<'w>,
    /// Every end that a pod can talk to.
    pub space: Space,
    /// The NetworkPolicies of both states: what a [`PolicyRef::Network`] names.
    pub policies: Vec<Policy>,
    /// The policies of Cilium's own kinds of both states: what a [`PolicyRef::Cilium`] names.
    pub cilium: Vec<Standing>,
    /// The services that bring clients from outside.
    pub services: Vec<&'w Service>,
    config: Config,
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
        let population = Population::of(world, base, [&today, &fixed]);
        let services: Vec<&Service> = world.services.iter().collect();
        let mut versions = Versions::default();
        let (today, fixed) = (versions.add(today), versions.add(fixed));
        let Versions { policies, cilium, .. } = versions;
        let own_kinds = cilium.iter().map(|standing| &standing.policy);
        let clients = services
            .iter()
            .flat_map(|service| service.source_ranges.iter().copied());
        let cuts = boundaries(&policies, own_kinds).into_iter().chain(clients);
        Self {
            space: Space::new(&population.inventory, &Ranges::of(&world.facts), cuts),
            config: config(&world.facts),
            population,
            policies,
            cilium,
            services,
            today,
            fixed,
        }
    }

    /// Lets both engines translate the policies.
    pub fn engines(&self) -> Engines<'_> {
        let (inventory, space) = (&self.population.inventory, &self.space);
        let npm = Npm::new(&self.policies, inventory, space);
        let own_kinds = self.cilium.iter().map(|standing| &standing.policy);
        let cilium = Cilium::new(&self.policies, own_kinds, self.config, inventory, space);
        Engines {
            npm_today: npm.with(self.today.clone()),
            npm_fixed: npm.with(self.fixed.clone()),
            cilium_today: cilium.with(self.today.clone()),
            cilium_fixed: cilium.with(self.fixed.clone()),
        }
    }

    /// Tells whether the cluster has IPv6.
    pub const fn has_ipv6(&self) -> bool {
        self.config.ipv6
    }

    /// Returns the name of a policy.
    pub fn key(&self, policy: PolicyRef) -> &ObjectKey {
        match policy {
            PolicyRef::Network(index) => &self.policies[index].key,
            PolicyRef::Cilium(index) => &self.cilium[index].policy.key,
        }
    }
}

fn config(facts: &Facts) -> Config {
    Config::of(facts.target.cilium, facts.ip_families.contains(&IpFamily::IPv6))
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
