//! Nodes, of a dump or a manifest.

use std::net::IpAddr;

use crate::policy::read::{self, Reader};
use crate::world::facts::NodeFact;
use crate::yaml::Node;

/// Reads a Node's addresses and operating system.
pub(super) fn node(object: Node<'_>) -> NodeFact {
    let status = Reader::field(object, "status");
    let addresses = status.and_then(|status| status.get("addresses")).map(Node::resolved);
    let addresses = addresses.into_iter().flat_map(Node::items);
    let labels = Reader::field(object, "metadata").and_then(|metadata| metadata.get("labels"));
    let system = status
        .and_then(|status| status.get("nodeInfo"))
        .and_then(|info| info.get("operatingSystem"))
        .or_else(|| labels.and_then(|labels| labels.get("kubernetes.io/os")));
    NodeFact {
        name: read::key_of(object).0.name,
        addresses: addresses
            .filter_map(|address| address.get("address")?.str()?.parse::<IpAddr>().ok())
            .collect(),
        windows: system.and_then(Node::str) == Some("windows"),
    }
}
