//! Facts of a cluster that no manifest holds, and the ways that the user chose.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use serde::Serialize;

use crate::policy::{Labels, PortNumber, Protocol};

/// The label that the API server puts on every namespace.
pub const NAMESPACE_NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// A Cilium release line, `1.x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct MinorVersion(pub u8);

impl MinorVersion {
    /// The oldest line on a supported AKS: what is assumed without a target.
    const ASSUMED: Self = Self(16);

    /// Tells whether a NetworkPolicy's `endPort` is safe to rely on, after Microsoft's guide.
    pub const fn has_end_port(self) -> bool {
        self.0 >= 17
    }

    /// Tells whether a CiliumNetworkPolicy has `enableDefaultDeny` and `endPort`.
    pub const fn has_default_deny_switch(self) -> bool {
        self.0 >= 16
    }

    /// Tells whether the node-local DNS of AKS counts as an address of the world, and not as the pod's own node.
    ///
    /// # Source
    /// <https://learn.microsoft.com/azure/aks/localdns-custom>
    pub const fn takes_local_dns_for_world(self) -> bool {
        self.0 <= 16
    }

    /// Tells whether an egress port's name is resolved per destination pod, as NPM does.
    pub const fn resolves_egress_names_per_pod(self) -> bool {
        self.0 >= 20
    }
}

impl fmt::Display for MinorVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

/// The Cilium that the cluster will run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The release line.
    pub cilium: MinorVersion,
    /// The version as given or as AKS maps it, such as `1.17.9`.
    pub version: String,
    /// Whether anybody stated it; without that, changes that depend on it are review.
    pub stated: bool,
    /// The AKS version that it was derived from.
    pub aks: Option<String>,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            cilium: MinorVersion::ASSUMED,
            version: "1.16".to_owned(),
            stated: false,
            aks: None,
        }
    }
}

/// An IP family of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum IpFamily {
    /// IPv4.
    IPv4,
    /// IPv6.
    IPv6,
}

/// A node that a dump or a manifest shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFact {
    /// Its name.
    pub name: String,
    /// Its addresses, IPv4 and IPv6.
    pub addresses: Vec<IpAddr>,
    /// Whether it runs Windows.
    pub windows: bool,
}

/// What is known of a cluster beyond its manifests.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The target.
    pub target: Target,
    /// Where pods get their addresses; empty = unknown.
    pub pod_cidrs: Vec<IpNet>,
    /// Where nodes get their addresses; empty = unknown.
    pub node_cidrs: Vec<IpNet>,
    /// Where services get their addresses; empty = unknown.
    pub service_cidrs: Vec<IpNet>,
    /// The IP families; empty = not stated, which is taken as IPv4 alone.
    pub ip_families: Vec<IpFamily>,
    /// Whether the tree has every workload but those of AKS's own namespaces.
    pub complete: bool,
    /// Whether a dump of the cluster's pods or workloads was read: then every namespace is held.
    pub dump: bool,
    /// Whether the input is a stream, one release among others: then no namespace is held.
    pub stream: bool,
    /// The nodes that a dump or a manifest shows.
    pub nodes: Vec<NodeFact>,
    /// Labels of namespaces that no manifest shows.
    pub namespaces: BTreeMap<String, Labels>,
    /// Numbers of port names for pods that the files don't show.
    pub named_ports: BTreeMap<(String, Protocol), PortNumber>,
    /// Where each fact was stated, for messages: `pod-cidrs` → `.ciliate.yaml:7` or `--pod-cidr`.
    pub stated_at: BTreeMap<String, String>,
}

impl Facts {
    /// Tells whether the cluster has IPv6, as far as anybody stated.
    pub fn has_ipv6(&self) -> bool {
        self.ip_families.contains(&IpFamily::IPv6)
    }

    /// Returns the IPv4 ranges of the pods.
    pub fn pod_nets(&self) -> Vec<Ipv4Net> {
        v4(&self.pod_cidrs)
    }

    /// Returns the IPv4 ranges of the nodes.
    pub fn node_nets(&self) -> Vec<Ipv4Net> {
        v4(&self.node_cidrs)
    }

    /// Returns the IPv4 ranges of the services.
    pub fn service_nets(&self) -> Vec<Ipv4Net> {
        v4(&self.service_cidrs)
    }
}

fn v4(nets: &[IpNet]) -> Vec<Ipv4Net> {
    nets.iter()
        .filter_map(|net| match net {
            IpNet::V4(net) => Some(net.trunc()),
            IpNet::V6(_) => None,
        })
        .collect()
}

/// What `named-port` does where one name has several numbers and labels can't tell the pods apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// Say so and change nothing.
    #[default]
    Report,
    /// Write every number for all peers, as a review change that lists what it opens.
    Union,
}

/// What `named-port` does with names of ingress rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IngressNames {
    /// Write the number where every selected pod agrees.
    #[default]
    Write,
    /// Leave them: both engines resolve them per pod.
    Keep,
}

/// Which peers `ip-block` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Peers {
    /// `namespaceSelector: {}` and `podSelector: {}`, as the guide has it.
    #[default]
    Guide,
    /// `namespaceSelector: {}` alone, which says the same.
    Minimal,
    /// No peer list at all where a block is 0.0.0.0/0 without holes that count.
    Open,
}

/// Who is expected to come through a load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Client {
    /// Addresses outside the cluster.
    Block(IpNet),
    /// Pods of these namespaces and labels.
    Pods {
        /// Labels of the namespaces.
        namespaces: Option<Labels>,
        /// Labels of the pods.
        pods: Option<Labels>,
    },
}

/// What the user chose of the transforms' ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The most single ports that a range may become.
    pub max_ports: u32,
    /// `named-port`, on several numbers.
    pub on_conflict: OnConflict,
    /// `named-port`, in ingress rules.
    pub ingress_names: IngressNames,
    /// `ip-block`.
    pub peers: Peers,
    /// `load-balancer`: the clients by `namespace/name` of the service.
    pub clients: BTreeMap<String, Vec<Client>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_ports: 1024,
            on_conflict: OnConflict::default(),
            ingress_names: IngressNames::default(),
            peers: Peers::default(),
            clients: BTreeMap::new(),
        }
    }
}
