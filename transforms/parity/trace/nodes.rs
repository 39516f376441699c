//! The nodes of a cluster by number, known ones and those that only a connection speaks of.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::engine::NodeId;
use crate::world::World;

/// The nodes that the input names, each with a number and the addresses that are known of it.
#[derive(Debug)]
pub(super) struct Nodes<'w> {
    known: BTreeMap<&'w str, Vec<IpAddr>>,
    /// How many more were made.
    made: u32,
}

impl<'w> Nodes<'w> {
    /// Gathers the nodes that are shown, and those that pods name; a pod on the node's network has its addresses.
    pub(super) fn of(world: &'w World) -> Self {
        let mut known: BTreeMap<&str, Vec<IpAddr>> = BTreeMap::new();
        for node in &world.facts.nodes {
            known.entry(&node.name).or_default().extend(&node.addresses);
        }
        for workload in &world.workloads {
            let Some(name) = workload.node() else { continue };
            let addresses = known.entry(name).or_default();
            if addresses.is_empty() && workload.host_network {
                addresses.extend(workload.addresses());
            }
        }
        Self { known, made: 0 }
    }

    /// Returns the number of a node; `None` where nothing names it.
    pub(super) fn id(&self, name: &str) -> Option<NodeId> {
        let at = self.known.keys().position(|known| *known == name)?;
        u32::try_from(at).ok().map(NodeId)
    }

    /// Returns a node's name, where it is a known one.
    pub(super) fn name(&self, id: NodeId) -> Option<&'w str> {
        self.known.keys().nth(id.0 as usize).copied()
    }

    /// Returns the first address of a node, where one is known.
    pub(super) fn address(&self, id: NodeId) -> Option<IpAddr> {
        self.known.values().nth(id.0 as usize)?.first().copied()
    }

    /// Returns the node that has an address.
    pub(super) fn with_address(&self, address: IpAddr) -> Option<NodeId> {
        let at = self.known.values().position(|addresses| addresses.contains(&address))?;
        u32::try_from(at).ok().map(NodeId)
    }

    /// Returns the known addresses of every node but `one`.
    pub(super) fn addresses_but(&self, one: Option<NodeId>) -> Vec<IpAddr> {
        let others = (0..).map(NodeId).zip(self.known.values());
        let others = others.filter(|(id, _)| Some(*id) != one);
        others.filter_map(|(_, addresses)| addresses.first().copied()).collect()
    }

    /// Makes a node that is no other.
    pub(super) fn another(&mut self) -> NodeId {
        let id = u32::try_from(self.known.len())
            .unwrap_or(u32::MAX)
            .saturating_add(self.made);
        self.made += 1;
        NodeId(id)
    }

    /// Returns the names, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &'w str> {
        self.known.keys().copied()
    }
}
