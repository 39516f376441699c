//! A policy as NPM translates it: whom its rules let through, on which ports.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ipnet::IpNet;

use super::reason::Reason;
use crate::engine::inventory::{Classes, Inventory};
use crate::engine::ports::{Ports, Transport};
use crate::engine::space::{Atoms, Space};
use crate::policy::{
    Block, Direction, Namespace, Operator, Peer, Policy, Port, PortNumber, PortTarget, Protocol, Requirement, Rule,
    Selector,
};

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

/// Why NPM drops a policy whole.
///
/// # Source
/// <https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/controlplane/translation/translatePolicy.go#L169>
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untranslatable {
    /// An address that is not IPv4, or a length of 0 beside another address than 0.0.0.0.
    #[error("unsupported IP address {0}")]
    Address(String),
    /// A value of a selector's expression that no label can have.
    #[error("`{0}` is no label value")]
    Value(String),
}

/// Returns what makes NPM drop a policy; it looks only at the directions in effect.
pub(super) fn untranslatable(policy: &Policy) -> Option<Untranslatable> {
    let rules = Direction::BOTH.into_iter().flat_map(|direction| policy.effective_rules(direction));
    let peers: Vec<&Peer> = rules.flat_map(|(_, rule)| rule.value.peers.iter().map(|peer| &peer.value)).collect();
    let mut selectors = vec![&policy.selector];
    for peer in peers {
        match peer {
            Peer::Block(block) if !has_translatable_address(block) => {
                return Some(Untranslatable::Address(block.cidr.text.clone()));
            }
            Peer::Block(_) => {}
            Peer::Pods { pods, namespaces } => selectors.extend(pods.iter().chain(namespaces)),
        }
    }
    let mut values = selectors.iter().flat_map(|selector| &selector.expressions).flat_map(|term| &term.values);
    let illegal = values.find(|value| !is_label_value(value));
    illegal.map(|value| Untranslatable::Value(value.clone()))
}

fn has_translatable_address(block: &Block) -> bool {
    match block.cidr.net {
        None => true,
        Some(IpNet::V6(_)) => false,
        Some(IpNet::V4(net)) => net.prefix_len() > 0 || block.cidr.text.starts_with("0.0.0.0/"),
    }
}

fn is_label_value(value: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let end = |byte: Option<u8>| byte.is_none_or(|byte| byte.is_ascii_alphanumeric());
    value.bytes().all(inner) && end(value.bytes().next()) && end(value.bytes().last()) && value.len() <= 63
}

/// Translates the rules of policies; what several of them ask for is looked up once.
#[derive(Debug)]
pub(super) struct Translator<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) space: &'a Space,
    /// The atoms of selectors, by the policy's namespace where the peer names none.
    selected: HashMap<(Option<Namespace>, Option<Selector>, Option<Selector>), Arc<Atoms>>,
    everything: Arc<Atoms>,
}

impl<'a> Translator<'a> {
    pub(super) fn new(inventory: &'a Inventory, space: &'a Space) -> Self {
        Self {
            inventory,
            space,
            selected: HashMap::new(),
            everything: Arc::new(space.everything()),
        }
    }

    /// Returns the pods that a policy isolates: those of its namespace that match, on a network of their own.
    pub(super) fn subjects(&self, policy: &Policy) -> Classes {
        self.pods_in(&policy.key.namespace, &policy.selector)
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
    fn destinations(&self, peers: &Atoms, name: &str, protocol: Protocol) -> Vec<Opening> {
        let mut by_number: BTreeMap<PortNumber, Classes> = BTreeMap::new();
        for (class, number) in self.inventory.declaring(name, protocol) {
            by_number.entry(*number).or_default().insert(class.0);
        }
        let of_number = |(number, classes): (PortNumber, Classes)| Opening {
            atoms: Arc::new(self.space.pods(&(classes - self.inventory.host_network())) & peers),
            ports: Opened::Fixed(Ports::one(protocol.into(), number)),
            because: Reason::NamedPort,
        };
        by_number.into_iter().map(of_number).collect()
    }

    fn peer(&mut self, peer: &Peer, namespace: &Namespace) -> (Arc<Atoms>, Reason) {
        match peer {
            Peer::Block(block) => (Arc::new(self.block(block)), Reason::Block),
            Peer::Pods { pods, namespaces } => {
                let home = namespaces.is_none().then(|| namespace.clone());
                let key = (home, pods.clone(), namespaces.clone());
                let because = reading(pods.as_ref(), namespaces.as_ref());
                if let Some(atoms) = self.selected.get(&key) {
                    return (atoms.clone(), because);
                }
                let atoms = Arc::new(self.selected(pods.as_ref(), namespaces.as_ref(), namespace));
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
        let cells = self.space.block(net, block.except.iter().filter_map(|hole| hole.net));
        let everywhere = cells.contains(self.space.somewhere().0);
        let mut atoms = self.space.other_nodes(&cells)
            | self.space.outside(&cells)
            | self.space.pods_at(&(self.inventory.all() - self.inventory.host_network()), &cells);
        if everywhere {
            atoms |= self.space.api_server();
        }
        atoms
    }

    fn selected(&self, pods: Option<&Selector>, namespaces: Option<&Selector>, own: &Namespace) -> Atoms {
        let Some(namespaces) = namespaces else {
            return self.space.pods(&self.pods_in(own, pods.unwrap_or(&Selector::default())));
        };
        let mut classes = Classes::new();
        for home in self.inventory.homes() {
            if namespaces.labels.iter().all(|(key, value)| home.labels.get(key) == Some(value))
                && namespaces.expressions.iter().all(|term| holds_for_namespace(term, &home.labels))
            {
                classes |= &home.classes;
            }
        }
        let mut atoms = self.space.pods(&self.matching(classes - self.inventory.host_network(), pods.unwrap_or(&Selector::default())));
        if asks_for_no_pod(pods, namespaces) {
            let cells = self.space.all_cells();
            atoms |= self.space.other_nodes(&cells) | self.space.outside(&cells) | self.space.api_server();
        }
        atoms
    }

    fn pods_in(&self, namespace: &Namespace, pods: &Selector) -> Classes {
        let home = self.inventory.home(namespace).map(|home| home.classes.clone());
        self.matching(home.unwrap_or_default() - self.inventory.host_network(), pods)
    }

    /// Returns those of `classes` whose labels match, as the specification has it (NPM-D3).
    fn matching(&self, mut classes: Classes, pods: &Selector) -> Classes {
        for (key, value) in &pods.labels {
            let having = self.inventory.labelled(key).and_then(|values| values.get(value));
            classes = having.map(|having| classes & having).unwrap_or_default();
        }
        for term in &pods.expressions {
            let values = self.inventory.labelled(&term.key);
            let among = |wanted: &dyn Fn(&String) -> bool| {
                let found = values.into_iter().flatten().filter(|(value, _)| wanted(value));
                found.fold(Classes::new(), |all, (_, having)| all | having)
            };
            match term.operator {
                Operator::In => classes &= among(&|value| term.values.contains(value)),
                Operator::NotIn => classes -= among(&|value| term.values.contains(value)),
                Operator::Exists => classes &= among(&|_| true),
                Operator::DoesNotExist => classes -= among(&|_| true),
            }
        }
        classes
    }
}

/// Tells whether a namespace matches a term; a `NotIn` of several values always does (NPM-D1).
fn holds_for_namespace(term: &Requirement, labels: &crate::policy::Labels) -> bool {
    let value = labels.get(&term.key);
    match term.operator {
        Operator::In => value.is_some_and(|value| term.values.contains(value)),
        Operator::NotIn if is_choice_of_negations(term) => true,
        Operator::NotIn => value.is_none_or(|value| !term.values.contains(value)),
        Operator::Exists => value.is_some(),
        Operator::DoesNotExist => value.is_none(),
    }
}

fn is_choice_of_negations(term: &Requirement) -> bool {
    term.operator == Operator::NotIn && term.values.iter().any(|value| *value != term.values[0])
}

/// Tells whether a namespace selector of negative terms alone stands beside no positive term on pods (NPM-D2).
fn asks_for_no_pod(pods: Option<&Selector>, namespaces: &Selector) -> bool {
    namespaces.is_negative_only() && !pods.is_some_and(Selector::has_positive_term)
}

/// Returns the rule that explains whom selectors match.
fn reading(pods: Option<&Selector>, namespaces: Option<&Selector>) -> Reason {
    let Some(namespaces) = namespaces else {
        return Reason::Selectors;
    };
    if namespaces.expressions.iter().any(is_choice_of_negations) {
        Reason::NotInSeveral
    } else if asks_for_no_pod(pods, namespaces) {
        Reason::NegativeOnly
    } else {
        Reason::Selectors
    }
}

/// Returns the ports of a rule and the names among them; none written means every protocol and port (NPM-R7, R9).
fn ports(ports: &[&Port]) -> (Ports, Vec<(String, Protocol)>) {
    if ports.is_empty() {
        return (Ports::all(), Vec::new());
    }
    let (mut fixed, mut names) = (Ports::NONE, Vec::new());
    for port in ports {
        let transport = Transport::from(port.protocol);
        let opened = match &port.target {
            PortTarget::All => Ports::every(transport),
            PortTarget::Number(number) => Ports::one(transport, *number),
            PortTarget::Range(first, last) => Ports::range(transport, first.get(), last.get()),
            // What a variable will say is unknown, and the same for both engines.
            PortTarget::Substituted(_) => Ports::NONE,
            PortTarget::Name(name) => match name.parse().ok().and_then(PortNumber::new) {
                Some(number) => Ports::one(transport, number),
                None => {
                    names.push((name.clone(), port.protocol));
                    Ports::NONE
                }
            },
        };
        fixed = fixed.union(&opened);
    }
    (fixed, names)
}
