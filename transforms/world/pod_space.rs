//! How far blocks cover the addresses of pods, as far as those are known.

use std::net::IpAddr;

use ipnet::Ipv4Net;

use super::World;
use crate::policy::{CidrSet, Cover, cover};

/// How far some addresses cover those of the pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodCover {
    /// How far.
    pub cover: Cover,
    /// Whether that holds only because addresses of known nodes were left out of the pods' ranges.
    pub without_nodes: bool,
}

impl World {
    /// Tells how far `covered` covers the pods' addresses.
    ///
    /// Where pods and nodes share a subnet, the addresses of known nodes are not pods': they are left out where that
    /// turns "partly" into an answer.
    pub fn pod_cover(&self, covered: &CidrSet) -> PodCover {
        let space = self.pod_space();
        let with_nodes = cover(covered, &space);
        if with_nodes == Cover::Part {
            let without_nodes = cover(covered, &space.difference(&self.node_addresses()));
            if matches!(without_nodes, Cover::All | Cover::Nothing) {
                return PodCover {
                    cover: without_nodes,
                    without_nodes: true,
                };
            }
        }
        PodCover {
            cover: with_nodes,
            without_nodes: false,
        }
    }

    /// Returns the stated ranges of the pods; empty where nobody stated them.
    pub fn pod_space(&self) -> CidrSet {
        self.facts.pod_nets().into_iter().collect()
    }

    /// Returns the addresses in the nodes' ranges that are surely no pod's: where pods and nodes share a subnet, those
    /// of known nodes alone.
    pub fn node_space_without_pods(&self) -> CidrSet {
        let nodes: CidrSet = self.facts.node_nets().into_iter().collect();
        nodes.difference(&self.pod_space().difference(&self.node_addresses()))
    }

    fn node_addresses(&self) -> CidrSet {
        let nodes = self.facts.nodes.iter();
        let addresses = nodes.flat_map(|node| &node.addresses);
        addresses
            .filter_map(|address| match address {
                IpAddr::V4(address) => Some(Ipv4Net::from(*address)),
                IpAddr::V6(_) => None,
            })
            .collect()
    }
}
