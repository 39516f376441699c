//! A policy as NPM translates it: whom its rules let through, on which ports.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::ports::ports;
use super::reason::Reason;
use super::select::{self, matching, pods_in};
use crate::engine::inventory::{Classes, Inventory};
use crate::engine::ports::Ports;
use crate::engine::space::{Atoms, Space, share};
use crate::policy::{Block, Cidr, Direction, Namespace, Peer, Policy, PortNumber, Protocol, Rule, Selector};

/// What one peer of a rule lets through.
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
    /// The ones that the subject itself declares under a name.
    Own(String, Protocol),
}

/// A peer's selectors, with the policy's namespace where the peer names none.
type Selected = (Option<Namespace>, Option<Selector>, Option<Selector>);
/// A port's name, and the address of the set of peers that it is for.
type Destinations = (String, Protocol, usize);

/// Translates the rules of policies; what several of them ask for is looked up once.
#[derive(Debug)]
pub(super) struct Translator<'a> {
    inventory: &'a Inventory,
    space: &'a Space,
    selected: HashMap<Selected, Arc<Atoms>>,
    blocks: HashMap<(Cidr, Vec<Cidr>), Arc<Atoms>>,
    /// The pods that declare a name, by their number.
    declaring: HashMap<(String, Protocol), Vec<(PortNumber, Atoms)>>,
    /// Those of them that a set of peers holds; each such set is held by a map above.
    destinations: HashMap<Destinations, Vec<(PortNumber, Arc<Atoms>)>>,
    everything: Arc<Atoms>,
}

impl<'a> Translator<'a> {
    pub(super) fn new(inventory: &'a Inventory, space: &'a Space, everything: Arc<Atoms>) -> Self {
        Self {
            inventory,
            space,
            selected: HashMap::new(),
            blocks: HashMap::new(),
            declaring: HashMap::new(),
            destinations: HashMap::new(),
            everything,
        }
    }

    /// Returns the pods that a policy isolates: those of its namespace that match, on a network of their own.
    pub(super) fn subjects(&self, policy: &Policy) -> Classes {
        pods_in(self.inventory, &policy.key.namespace, &policy.selector)
    }

    /// Returns what a rule lets through; a rule matches where a peer and a port do (NPM-R4).
    pub(super) fn rule(&mut self, rule: &Rule, direction: Direction, namespace: &Namespace) -> Vec<Opening> {
        let mut peers: Vec<(Arc<Atoms>, Reason)> = Vec::new();
        for peer in &rule.peers {
            peers.push(self.peer(&peer.value, namespace));
        }
        if peers.is_empty() {
            peers.push((self.everything.clone(), Reason::NoPeers));
        }
        let (fixed, names) = ports(&rule.ports.iter().map(|port| &port.value).collect::<Vec<_>>());
        let mut openings = Vec::new();
        for (atoms, because) in peers {
            if !fixed.is_empty() {
                openings.push(Opening {
                    atoms: atoms.clone(),
                    ports: Opened::Fixed(fixed.clone()),
                    because,
                });
            }
            for (name, protocol) in &names {
                match direction {
                    Direction::Ingress => openings.push(Opening {
                        atoms: atoms.clone(),
                        ports: Opened::Own(name.clone(), *protocol),
                        because: Reason::NamedPort,
                    }),
                    Direction::Egress => openings.extend(self.destinations(&atoms, name, *protocol)),
                }
            }
        }
        openings
    }

    /// Returns a named egress port: the pods that declare it, each on its own number (NPM-R8).
    fn destinations(&mut self, peers: &Arc<Atoms>, name: &str, protocol: Protocol) -> Vec<Opening> {
        let key = (name.to_owned(), protocol, Arc::as_ptr(peers).addr());
        if !self.destinations.contains_key(&key) {
            let declaring = self.declaring(name, protocol);
            let among = declaring
                .iter()
                .map(|(number, pods)| (*number, share(pods & &**peers)))
                .collect();
            self.destinations.insert(key.clone(), among);
        }
        let of_number = |(number, atoms): &(PortNumber, Arc<Atoms>)| Opening {
            atoms: atoms.clone(),
            ports: Opened::Fixed(Ports::one(protocol.into(), *number)),
            because: Reason::NamedPort,
        };
        self.destinations[&key].iter().map(of_number).collect()
    }

    fn declaring(&mut self, name: &str, protocol: Protocol) -> &[(PortNumber, Atoms)] {
        let (inventory, space) = (self.inventory, self.space);
        self.declaring.entry((name.to_owned(), protocol)).or_insert_with(|| {
            let mut by_number: BTreeMap<PortNumber, Classes> = BTreeMap::new();
            for (class, number) in inventory.declaring(name, protocol) {
                by_number.entry(*number).or_default().insert(class.0);
            }
            let with_own_network = |classes: Classes| space.pods(&(classes - inventory.host_network()));
            by_number
                .into_iter()
                .map(|(number, classes)| (number, with_own_network(classes)))
                .collect()
        })
    }

    fn peer(&mut self, peer: &Peer, namespace: &Namespace) -> (Arc<Atoms>, Reason) {
        match peer {
            Peer::Block(block) => {
                let key = (block.cidr.clone(), block.except.clone());
                if !self.blocks.contains_key(&key) {
                    self.blocks.insert(key.clone(), share(self.block(block)));
                }
                (self.blocks[&key].clone(), Reason::Block)
            }
            Peer::Pods { pods, namespaces } => {
                let home = namespaces.is_none().then(|| namespace.clone());
                let key = (home, pods.clone(), namespaces.clone());
                let because = select::reading(pods.as_ref(), namespaces.as_ref());
                if let Some(atoms) = self.selected.get(&key) {
                    return (atoms.clone(), because);
                }
                let atoms = share(self.selected(pods.as_ref(), namespaces.as_ref(), namespace));
                self.selected.insert(key, atoms.clone());
                (atoms, because)
            }
        }
    }

    /// Returns what a block matches: addresses, whoever has them (NPM-R6).
    fn block(&self, block: &Block) -> Atoms {
        let Some(net) = block.cidr.net else {
            return Atoms::new();
        };
        let cells = self
            .space
            .addresses
            .block(net, block.except.iter().filter_map(|hole| hole.net));
        let everywhere = cells.contains(self.space.addresses.somewhere().0);
        let mut atoms = self.space.other_nodes(&cells)
            | self.space.outside(&cells)
            | self
                .space
                .pods_at(&(self.inventory.all() - self.inventory.host_network()), &cells);
        if everywhere {
            atoms |= self.space.api_server();
        }
        atoms
    }

    fn selected(&self, pods: Option<&Selector>, namespaces: Option<&Selector>, own: &Namespace) -> Atoms {
        let on_pods = pods.unwrap_or(const { &Selector::EVERYTHING });
        let Some(namespaces) = namespaces else {
            return self.space.pods(&pods_in(self.inventory, own, on_pods));
        };
        let classes = select::pods_of(self.inventory, namespaces);
        let pods_there = matching(self.inventory, &classes, on_pods);
        let mut atoms = self.space.pods(&pods_there);
        if select::asks_for_no_pod(pods, namespaces) {
            let cells = self.space.addresses.all();
            atoms |= self.space.other_nodes(&cells) | self.space.outside(&cells) | self.space.api_server();
        }
        atoms
    }
}
