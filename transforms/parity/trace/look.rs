//! Looks the ends of a connection up in a world.

use std::net::IpAddr;

use super::ends::EndName;
use super::error::{List, LookError};
use super::nodes::Nodes;
use crate::engine::NodeId;
use crate::world::aks::LOCAL_DNS;
use crate::world::{Workload, World};

/// An end that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) who: Who,
    /// What a reader must know of how it was understood.
    pub(super) note: Option<String>,
}

/// Who an end is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// A pod with a network of its own.
    Pod {
        /// Which workload of the world.
        workload: usize,
        /// Its address, where it is known.
        address: Option<IpAddr>,
        /// Its node, where it is known.
        node: Option<NodeId>,
    },
    /// A node, or a pod on its network.
    Node {
        /// Which.
        node: NodeId,
        /// The workload of the world whose pod it is, if one was asked for.
        workload: Option<usize>,
        /// The addresses that it may have, as far as any is known.
        addresses: Vec<IpAddr>,
    },
    /// The node of the pod at the other end, whichever that is.
    OwnNode,
    /// The DNS on the node of the pod at the other end.
    LocalDns,
    /// Somebody outside, at an address or at any.
    Outside(Option<IpAddr>),
}

impl Who {
    /// Returns the node that the end is or runs on, where that is known.
    pub(super) const fn node(&self) -> Option<NodeId> {
        match self {
            Self::Pod { node, .. } => *node,
            Self::Node { node, .. } => Some(*node),
            Self::OwnNode | Self::LocalDns | Self::Outside(_) => None,
        }
    }

    /// Returns the workload that the end is a pod of.
    pub(super) fn workload<'w>(&self, world: &'w World) -> Option<&'w Workload> {
        let index = match self {
            Self::Pod { workload, .. } => Some(*workload),
            Self::Node { workload, .. } => *workload,
            Self::OwnNode | Self::LocalDns | Self::Outside(_) => None,
        };
        world.workloads.get(index?)
    }
}

/// Looks an end up that is asked for by itself; `None` for one that the other end tells.
///
/// # Errors
/// [`LookError`] where nothing of that name is in the world.
pub(super) fn end(name: &EndName, world: &World, nodes: &mut Nodes<'_>) -> Result<Option<Found>, LookError> {
    let found = match name {
        EndName::Pod { namespace, name } => workload(namespace, "Pod", name, world, nodes)?,
        EndName::Workload { namespace, kind, name } => workload(namespace, kind, name, world, nodes)?,
        EndName::Address(address) => of_address(*address, world, nodes),
        EndName::Node(name) => node(name, nodes)?,
        EndName::World => Found::plain(Who::Outside(None)),
        EndName::OwnNode | EndName::OtherNode => return Ok(None),
    };
    Ok(Some(found))
}

/// Looks up what `own-node` and `other-node` mean beside the other end.
///
/// # Errors
/// [`LookError::NoOwnNode`] where the other end is no pod, and so has none.
pub(super) fn beside(name: &EndName, other: &Found, nodes: &mut Nodes<'_>) -> Result<Found, LookError> {
    let who = match (name, &other.who) {
        (EndName::OwnNode, Who::Pod { node: Some(node), .. }) => Who::Node {
            node: *node,
            workload: None,
            addresses: nodes.address(*node).into_iter().collect(),
        },
        (EndName::OwnNode, Who::Pod { node: None, .. }) => Who::OwnNode,
        (EndName::OwnNode, Who::Node { .. } | Who::OwnNode | Who::LocalDns | Who::Outside(_)) => {
            return Err(LookError::NoOwnNode);
        }
        (_, other) => Who::Node {
            node: nodes.another(),
            workload: None,
            addresses: nodes.addresses_but(other.node()),
        },
    };
    Ok(Found::plain(who))
}

impl Found {
    const fn plain(who: Who) -> Self {
        Self { who, note: None }
    }

    /// Makes the end of a workload's pod: on the node's network it is the node.
    fn of(index: usize, workload: &Workload, nodes: &mut Nodes<'_>) -> Self {
        let node = workload.node().and_then(|name| nodes.id(name));
        let who = if workload.host_network {
            let known = node.and_then(|node| nodes.address(node));
            Who::Node {
                node: node.unwrap_or_else(|| nodes.another()),
                workload: Some(index),
                addresses: workload.addresses().iter().copied().chain(known).take(1).collect(),
            }
        } else {
            Who::Pod {
                workload: index,
                address: workload.addresses().first().copied(),
                node,
            }
        };
        Self::plain(who)
    }
}

fn workload(namespace: &str, kind: &str, name: &str, world: &World, nodes: &mut Nodes<'_>) -> Result<Found, LookError> {
    let mut all = world.workloads.iter().enumerate();
    let found = all.find(|(_, workload)| {
        workload.key.name == name
            && workload.kind.eq_ignore_ascii_case(kind)
            && workload.key.namespace.to_string() == namespace
    });
    found
        .map(|(index, workload)| Found::of(index, workload, nodes))
        .ok_or_else(|| LookError::NoWorkload {
            kind: kind.to_owned(),
            name: format!("{namespace}/{name}"),
            there: there(namespace, name, world),
        })
}

/// Lists what somebody may have meant: what has this name, else what is in the namespace, else the namespaces.
fn there(namespace: &str, name: &str, world: &World) -> List {
    let written = |workload: &Workload| match workload.kind.as_str() {
        "Pod" => workload.key.to_string(),
        kind => format!("{}/{kind}/{}", workload.key.namespace, workload.key.name),
    };
    let inside = |workload: &&Workload| workload.key.namespace.to_string() == namespace;
    let here: Vec<&Workload> = world.workloads.iter().filter(inside).collect();
    let alike: Vec<String> = here
        .iter()
        .filter(|workload| workload.key.name == name || workload.key.name.starts_with(&format!("{name}-")))
        .map(|workload| written(workload))
        .collect();
    if !alike.is_empty() {
        return List::of(alike);
    }
    if here.is_empty() {
        let homes = world.workloads.iter();
        return List::of(homes.map(|workload| format!("{}/…", workload.key.namespace)));
    }
    List::of(here.into_iter().map(written))
}

fn node(name: &str, nodes: &Nodes<'_>) -> Result<Found, LookError> {
    let node = nodes.id(name).ok_or_else(|| LookError::NoNode {
        name: name.to_owned(),
        there: List::of(nodes.names().map(|name| format!("node:{name}"))),
    })?;
    Ok(Found::plain(Who::Node {
        node,
        workload: None,
        addresses: nodes.address(node).into_iter().collect(),
    }))
}

/// Finds who has an address: a node, a pod, else what the ranges say.
fn of_address(address: IpAddr, world: &World, nodes: &mut Nodes<'_>) -> Found {
    if let Some(node) = nodes.with_address(address) {
        return Found::plain(Who::Node {
            node,
            workload: None,
            addresses: vec![address],
        });
    }
    let mut pods = world.workloads.iter().enumerate();
    if let Some((index, pod)) = pods.find(|(_, pod)| pod.addresses().contains(&address)) {
        let mut found = Found::of(index, pod, nodes);
        if let Who::Pod { address: own, .. } = &mut found.who {
            *own = Some(address);
        }
        return found;
    }
    let facts = &world.facts;
    let is_in = |ranges: &[ipnet::IpNet]| ranges.iter().any(|range| range.contains(&address));
    if facts.nodes.is_empty() && is_in(&facts.node_cidrs) {
        let mut found = Found::plain(Who::Node {
            node: nodes.another(),
            workload: None,
            addresses: vec![address],
        });
        found.note = Some(format!(
            "{address} is in the node CIDR: it is taken for a node that no pod of this connection runs on"
        ));
        return found;
    }
    if is_in(&[LOCAL_DNS.into()]) {
        let mut found = Found::plain(Who::LocalDns);
        found.note = Some(format!(
            "{address} is taken for the DNS that AKS runs on each pod's own node"
        ));
        return found;
    }
    let mut found = Found::plain(Who::Outside(Some(address)));
    if is_in(&facts.pod_cidrs) {
        found.note = Some(format!(
            "{address} is in the pod CIDR and no file shows the pod that has it: it is judged as an address without a \
             pod; name the pod, or give a dump of the pods with --facts"
        ));
    } else if is_in(&facts.service_cidrs) {
        found.note = Some(format!(
            "{address} is in the service CIDR, and both engines see the pod behind a service: name that pod"
        ));
    }
    found
}
