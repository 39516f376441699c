//! Policies as Cilium translates them: whom its rules let through or deny, on which ports.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ipnet::IpNet;

use super::config::Config;
use super::identity::{Identities, IdentitySelector};
use super::reason::Reason;
use super::services::{self, Services};
use crate::engine::addresses::{Cells, mapped};
use crate::engine::inventory::Classes;
use crate::engine::ports::Ports;
use crate::engine::space::{Atoms, share};
use crate::policy::cilium::{CiliumBlock, CiliumNetworkPolicy, CiliumPeers, CiliumRule, CiliumServices, CiliumSpec};
use crate::policy::{Block, Cidr, Direction, Entity, Namespace, Peer, Policy, PortNumber, Protocol, Rule};
use crate::world::aks::LOCAL_DNS;

/// What one peer of a rule stands for.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    pub(super) atoms: Arc<Atoms>,
    pub(super) ports: Opened,
    pub(super) because: Reason,
}

/// On which ports.
#[derive(Debug, Clone)]
pub(super) enum Opened {
    /// The same ones on every pod.
    Fixed(Ports),
    /// The one that the subject itself declares under a name (CIL-P1).
    Own(String, Protocol),
}

type Peers = Vec<(Arc<Atoms>, Reason)>;
/// A number that a name means, and the pods that it is for, all peers where `None`.
type Number = (PortNumber, Option<Atoms>);

/// Translates rules; what several of them ask for is looked up once.
#[derive(Debug)]
pub(super) struct Translator<'a> {
    identities: Identities<'a>,
    selected: HashMap<IdentitySelector, Arc<Atoms>>,
    blocks: HashMap<(Cidr, Vec<Cidr>), Arc<Atoms>>,
    cilium_blocks: HashMap<(IpNet, Vec<IpNet>), Arc<Atoms>>,
    entities: BTreeMap<Entity, Arc<Atoms>>,
    /// What a name means in egress rules: its numbers, each with the pods that it is for.
    numbers: HashMap<(String, Protocol), Vec<Number>>,
    /// The same for a set of peers, by the set's address; each such set is held by another map.
    destinations: HashMap<(String, Protocol, usize), Vec<Opening>>,
    everything: Arc<Atoms>,
    nobody: Arc<Atoms>,
}

impl<'a> Translator<'a> {
    pub(super) fn new(identities: Identities<'a>, everything: Arc<Atoms>) -> Self {
        Self {
            identities,
            selected: HashMap::new(),
            blocks: HashMap::new(),
            cilium_blocks: HashMap::new(),
            entities: BTreeMap::new(),
            numbers: HashMap::new(),
            destinations: HashMap::new(),
            everything,
            nobody: Arc::default(),
        }
    }

    pub(super) const fn config(&self) -> Config {
        self.identities.config
    }

    /// Returns the pods that a NetworkPolicy selects.
    pub(super) fn subjects(&self, policy: &Policy) -> Classes {
        let selector = IdentitySelector::of_peer(Some(&policy.selector), None, &policy.key.namespace);
        self.identities.pods(&selector)
    }

    /// Returns the pods that a spec of Cilium's own kinds selects.
    pub(super) fn cilium_subjects(&self, policy: &CiliumNetworkPolicy, spec: &CiliumSpec) -> Classes {
        let own = own_namespace(policy);
        let selector = spec
            .endpoints
            .as_ref()
            .map(|selector| IdentitySelector::of_subject(selector, own));
        selector
            .map(|selector| self.identities.pods(&selector))
            .unwrap_or_default()
    }

    /// Returns what a rule of a NetworkPolicy lets through.
    pub(super) fn rule(&mut self, rule: &Rule, direction: Direction, own: &Namespace) -> Vec<Opening> {
        let mut peers: Peers = Vec::new();
        for peer in &rule.peers {
            peers.push(self.peer(&peer.value, own));
        }
        if peers.is_empty() {
            peers.push((self.everything.clone(), Reason::NoPeers));
        }
        let services = Services::of_network(rule.ports.iter().map(|port| &port.value), self.identities.config);
        self.openings(&peers, &services, direction)
    }

    /// Returns what a rule of Cilium's own kinds stands for.
    pub(super) fn cilium_rule(
        &mut self,
        rule: &CiliumRule,
        direction: Direction,
        policy: &CiliumNetworkPolicy,
    ) -> Vec<Opening> {
        let peers = match &rule.peers {
            CiliumPeers::Unwritten if rule.services == CiliumServices::All => {
                vec![(self.nobody.clone(), Reason::EmptyRule)]
            }
            CiliumPeers::Unwritten => vec![(self.everything.clone(), Reason::NoPeers)],
            CiliumPeers::Endpoints(selectors) if selectors.is_empty() => vec![(self.nobody.clone(), Reason::EmptyRule)],
            CiliumPeers::Endpoints(selectors) => {
                let own = own_namespace(policy);
                let each = selectors
                    .iter()
                    .map(|selector| IdentitySelector::of_endpoints(selector, own));
                each.map(|selector| self.selected(selector)).collect()
            }
            CiliumPeers::Entities(entities) => entities
                .iter()
                .map(|&entity| (self.entity(entity), Reason::Entity))
                .collect(),
            CiliumPeers::Blocks(blocks) => blocks
                .iter()
                .map(|block| (self.cilium_block(block), Reason::Block))
                .collect(),
            CiliumPeers::Untold(_) => Vec::new(),
        };
        let services = Services::of_cilium(&rule.services, self.identities.config);
        self.openings(&peers, &services, direction)
    }

    fn openings(&mut self, peers: &Peers, services: &Services, direction: Direction) -> Vec<Opening> {
        let mut openings = Vec::new();
        for (atoms, because) in peers {
            if !services.fixed.is_empty() {
                openings.push(Opening {
                    atoms: atoms.clone(),
                    ports: Opened::Fixed(services.fixed.clone()),
                    because: if services.cut { Reason::FirstPortOnly } else { *because },
                });
            }
            for (name, protocol) in &services.names {
                match direction {
                    Direction::Ingress => openings.push(Opening {
                        atoms: atoms.clone(),
                        ports: Opened::Own(name.clone(), *protocol),
                        because: Reason::OwnNamedPort,
                    }),
                    Direction::Egress => openings.extend(self.destinations(atoms, name, *protocol)),
                }
            }
        }
        openings
    }

    fn destinations(&mut self, peers: &Arc<Atoms>, name: &str, protocol: Protocol) -> Vec<Opening> {
        let key = (name.to_owned(), protocol, Arc::as_ptr(peers).addr());
        if let Some(openings) = self.destinations.get(&key) {
            return openings.clone();
        }
        let because = self.identities.config.egress_names();
        let numbers = self.numbers(name, protocol).iter();
        let openings: Vec<_> = numbers
            .map(|(number, pods)| Opening {
                atoms: pods
                    .as_ref()
                    .map_or_else(|| peers.clone(), |pods| share(pods & &**peers)),
                ports: Opened::Fixed(Ports::one(protocol.into(), *number)),
                because,
            })
            .collect();
        self.destinations.insert(key, openings.clone());
        openings
    }

    fn numbers(&mut self, name: &str, protocol: Protocol) -> &[Number] {
        let Identities {
            inventory,
            space,
            config,
            ..
        } = self.identities;
        self.numbers.entry((name.to_owned(), protocol)).or_insert_with(|| {
            let numbers = services::destinations(inventory, name, protocol, config).into_iter();
            numbers
                .map(|(number, classes)| (number, classes.map(|classes| space.pods(&classes))))
                .collect()
        })
    }

    fn peer(&mut self, peer: &Peer, own: &Namespace) -> (Arc<Atoms>, Reason) {
        match peer {
            Peer::Block(block) => {
                let key = (block.cidr.clone(), block.except.clone());
                if !self.blocks.contains_key(&key) {
                    self.blocks.insert(key.clone(), share(self.block(block)));
                }
                (self.blocks[&key].clone(), Reason::Block)
            }
            Peer::Pods { pods, namespaces } => {
                self.selected(IdentitySelector::of_peer(pods.as_ref(), namespaces.as_ref(), own))
            }
        }
    }

    fn selected(&mut self, selector: IdentitySelector) -> (Arc<Atoms>, Reason) {
        let because = if selector.also_matches_reserved(self.identities.config) {
            Reason::NegativeOnly
        } else {
            Reason::Selectors
        };
        if let Some(atoms) = self.selected.get(&selector) {
            return (atoms.clone(), because);
        }
        let atoms = share(self.identities.atoms(&selector));
        self.selected.insert(selector, atoms.clone());
        (atoms, because)
    }

    fn entity(&mut self, entity: Entity) -> Arc<Atoms> {
        if !self.entities.contains_key(&entity) {
            self.entities.insert(entity, share(self.who_is(entity)));
        }
        self.entities[&entity].clone()
    }

    fn who_is(&self, entity: Entity) -> Atoms {
        let space = self.identities.space;
        let pods = || space.pods(&self.identities.managed);
        let nodes = || space.other_nodes(&space.addresses.all());
        match entity {
            Entity::All => space.everything(),
            Entity::Host if self.takes_local_dns_for_world() => space.own_node(),
            Entity::Host => space.own_node() | space.local_dns(),
            Entity::RemoteNode => nodes(),
            Entity::World => self.outside(&space.addresses.all()),
            Entity::WorldIpv4 => self.outside(&space.addresses.ipv4()),
            Entity::WorldIpv6 => self.outside(&space.addresses.ipv6()),
            Entity::Cluster => pods() | nodes() | self.who_is(Entity::Host) | space.api_server(),
            Entity::KubeApiServer => space.api_server(),
            // Cilium's own endpoints, pods without labels and nobody are no ends that we number.
            Entity::Init | Entity::Ingress | Entity::Health | Entity::Unmanaged | Entity::None => Atoms::new(),
        }
    }

    /// Returns what is outside the cluster at addresses of these cells: whatever a block can match (CIL-N5).
    fn outside(&self, cells: &Cells) -> Atoms {
        let space = self.identities.space;
        let mut outside = space.outside(cells) | space.balanced(cells);
        if self.takes_local_dns_for_world() && space.addresses.cells(LOCAL_DNS.into()).is_subset(cells) {
            outside |= space.local_dns();
        }
        if cells.contains(space.addresses.somewhere().0) {
            outside | space.api_server()
        } else {
            outside
        }
    }

    fn takes_local_dns_for_world(&self) -> bool {
        self.identities.config.version.takes_local_dns_for_world()
    }

    fn cilium_block(&mut self, block: &CiliumBlock) -> Arc<Atoms> {
        let key = (block.net, block.except.clone());
        if !self.cilium_blocks.contains_key(&key) {
            let cells = self
                .identities
                .space
                .addresses
                .block(block.net, block.except.iter().copied());
            self.cilium_blocks.insert(key.clone(), share(self.outside(&cells)));
        }
        self.cilium_blocks[&key].clone()
    }

    fn block(&self, block: &Block) -> Atoms {
        let (space, config) = (self.identities.space, self.identities.config);
        let Some(net) = block.cidr.net else {
            return Atoms::new();
        };
        let cells = match net {
            IpNet::V6(v6) if !config.ipv6 => match mapped(v6) {
                Some(net) if config.unmaps_ipv4() => space.addresses.block(net.into(), []),
                _ if v6.prefix_len() == 0 && config.empty_v6_prefix_is_world() => space.addresses.ipv4(),
                _ => Cells::new(),
            },
            IpNet::V4(v4) if v4.prefix_len() == 0 && !block.cidr.text.starts_with("0.0.0.0/") => {
                if config.zero_length_with_host_bits_is_world() {
                    space
                        .addresses
                        .block(net, block.except.iter().filter_map(|hole| hole.net))
                } else {
                    Cells::new()
                }
            }
            IpNet::V4(_) | IpNet::V6(_) => space
                .addresses
                .block(net, block.except.iter().filter_map(|hole| hole.net)),
        };
        self.outside(&cells)
    }
}

fn own_namespace(policy: &CiliumNetworkPolicy) -> Option<&Namespace> {
    (!policy.clusterwide).then_some(&policy.key.namespace)
}
