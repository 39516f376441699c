//! What engines judge on: who may be there, every end that the policies tell apart, and how Cilium is built.

use super::population::Population;
use super::state::State;
use crate::engine::cilium::{Cilium, Config};
use crate::engine::npm::Npm;
use crate::engine::{Ranges, Space, boundaries};
use crate::policy::Policy;
use crate::policy::cilium::CiliumNetworkPolicy;
use crate::world::{Service, World};

/// Who is in a cluster, and every address and end that its policies tell apart.
#[derive(Debug)]
pub struct Ground<'w> {
    /// Who may be there.
    pub population: Population<'w>,
    /// Every end that a pod can talk to.
    pub space: Space,
    /// The services that bring clients from outside.
    pub services: Vec<&'w Service>,
    config: Config,
}

impl<'w> Ground<'w> {
    /// Prepares the ground for some states of a cluster; `base` shows its other workloads where the states are of two
    /// trees.
    pub fn new<'s>(
        world: &'w World,
        base: Option<&'w World>,
        states: impl IntoIterator<Item = &'s State, IntoIter: Clone>,
    ) -> Self {
        let states = states.into_iter();
        let others = base.into_iter().flat_map(|base| &base.services);
        let only_there = others.filter(|service| !world.services.iter().any(|here| here.key == service.key));
        let services: Vec<&Service> = world.services.iter().chain(only_there).collect();
        let policies = states.clone().flat_map(|state| &state.policies);
        let own_kinds = states.clone().flat_map(State::own_kinds);
        let clients = services
            .iter()
            .flat_map(|service| service.source_ranges.iter().copied());
        let cuts = boundaries(policies, own_kinds).into_iter().chain(clients);
        let population = Population::of(world, base, states);
        let facts = &world.facts;
        Self {
            space: Space::new(&population.inventory, &Ranges::of(facts), cuts),
            config: Config::of(facts.target.cilium, facts.has_ipv6()),
            population,
            services,
        }
    }

    /// Lets NPM translate policies.
    pub fn npm<'p>(&self, policies: impl IntoIterator<Item = &'p Policy>) -> Npm<'_> {
        Npm::new(policies, &self.population.inventory, &self.space)
    }

    /// Lets Cilium translate policies.
    pub fn cilium<'p>(
        &self,
        policies: impl IntoIterator<Item = &'p Policy>,
        own_kinds: impl IntoIterator<Item = &'p CiliumNetworkPolicy>,
    ) -> Cilium<'_> {
        let (inventory, space) = (&self.population.inventory, &self.space);
        Cilium::new(policies, own_kinds, self.config, inventory, space)
    }

    /// Tells whether the cluster has IPv6.
    pub const fn has_ipv6(&self) -> bool {
        self.config.ipv6
    }
}
