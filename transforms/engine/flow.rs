//! One connection, and what an engine says of it.

use std::net::IpAddr;

use super::addresses::Cell;
use super::inventory::ClassId;
use super::ports::Port;
use super::space::{Peer, Space};
use crate::policy::Direction;

/// A node of the cluster, by a number of the caller's; which one it is matters only for who shares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// An end of a connection; a pod on the node's network is its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A pod with a network of its own.
    Pod {
        /// Its class.
        class: ClassId,
        /// Its address, where it is known.
        address: Option<IpAddr>,
        /// Its node, where it is known; an unknown one is taken for another than every other end's.
        node: Option<NodeId>,
    },
    /// A process on a node's network.
    Node {
        /// The node.
        node: NodeId,
        /// The address of it that is used, where it is known.
        address: Option<IpAddr>,
    },
    /// The node of the pod at the other end.
    OwnNode,
    /// The DNS on the node of the pod at the other end.
    LocalDns,
    /// Somebody outside; `None` for an address that nothing is known of.
    Outside(Option<IpAddr>),
    /// The API server.
    ApiServer,
}

/// The service whose address a client used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via {
    /// Whether `externalTrafficPolicy` is `Local`.
    pub local_traffic_only: bool,
    /// The node at which the packet entered the cluster; for a pod its own.
    pub entry: NodeId,
    /// The address of that node, where it is known.
    pub entry_address: Option<IpAddr>,
}

/// The first packet of a connection; replies always pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Who opens it.
    pub from: End,
    /// Who answers: behind a service, the end that was chosen.
    pub to: End,
    /// The destination's port, after the service's translation.
    pub port: Port,
    /// The service, if any.
    pub via: Option<Via>,
}

/// Where in the policies something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passage {
    /// Which policy.
    pub policy: PolicyRef,
    /// Which side of it.
    pub direction: Direction,
    /// Whether it is among the deny rules.
    pub denies: bool,
    /// The index of the rule; `None` where the policy as a whole decides, because it isolates the pod.
    pub rule: Option<usize>,
}

/// A policy, by its index in what the engine was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyRef {
    /// A NetworkPolicy.
    Network(usize),
    /// A Cilium policy.
    Cilium(usize),
}

/// What one side of a connection says, and why; `R` is the engine's enum of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling<R> {
    /// Whether it lets the connection through.
    pub allowed: bool,
    /// The engine's rule that explains it.
    pub because: R,
    /// The rule of a policy that lets it through, or what denies it; `None` where no policy has a say.
    pub decided_by: Option<Passage>,
}

impl<R> Ruling<R> {
    /// Makes a ruling on which no policy has a say.
    pub const fn without_policy(allowed: bool, because: R) -> Self {
        Self {
            allowed,
            because,
            decided_by: None,
        }
    }
}

/// What an engine says of a connection, side by side; `None` for a side that is no pod with a network of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<R> {
    /// The side of the pod that opens it.
    pub egress: Option<Ruling<R>>,
    /// The side of the pod that answers.
    pub ingress: Option<Ruling<R>>,
}

impl<R> Verdict<R> {
    /// Tells whether no side denies the connection.
    pub fn allowed(&self) -> bool {
        let passes = |side: &Option<Ruling<R>>| side.as_ref().is_none_or(|ruling| ruling.allowed);
        passes(&self.egress) && passes(&self.ingress)
    }
}

impl End {
    /// Returns what the end is to a pod on `node`.
    pub fn seen_from(&self, node: Option<NodeId>, space: &Space) -> Peer {
        let cell = |address: &Option<IpAddr>| {
            address.map_or(space.addresses.somewhere(), |address| space.addresses.cell(address))
        };
        match self {
            Self::Pod { class, address, .. } => Peer::Pod(*class, cell(address)),
            Self::Node { node: other, .. } if Some(*other) == node => Peer::OwnNode,
            Self::Node { address, .. } => Peer::OtherNode(cell(address)),
            Self::OwnNode => Peer::OwnNode,
            Self::LocalDns => Peer::LocalDns,
            Self::Outside(address) => Peer::Outside(cell(address)),
            Self::ApiServer => Peer::ApiServer,
        }
    }

    /// Returns the class of a pod with a network of its own.
    pub const fn class(&self) -> Option<ClassId> {
        match self {
            Self::Pod { class, .. } => Some(*class),
            Self::Node { .. } | Self::OwnNode | Self::LocalDns | Self::Outside(_) | Self::ApiServer => None,
        }
    }

    /// Returns the node that the end is on, where it is on one and that is known.
    pub const fn node(&self) -> Option<NodeId> {
        match self {
            Self::Pod { node, .. } => *node,
            Self::Node { node, .. } => Some(*node),
            Self::OwnNode | Self::LocalDns | Self::Outside(_) | Self::ApiServer => None,
        }
    }

    /// Returns the end's address, where it is known.
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Pod { address, .. } | Self::Node { address, .. } | Self::Outside(address) => *address,
            Self::OwnNode | Self::LocalDns | Self::ApiServer => None,
        }
    }
}

impl Via {
    /// Returns what the entry node is to a pod on `node`.
    pub fn entry_seen_from(&self, node: Option<NodeId>, space: &Space) -> Peer {
        let cell: Cell = self
            .entry_address
            .map_or(space.addresses.somewhere(), |address| space.addresses.cell(address));
        if node == Some(self.entry) {
            Peer::OwnNode
        } else {
            Peer::OtherNode(cell)
        }
    }
}
