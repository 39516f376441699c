//! A CiliumNetworkPolicy as far as overlays need one.

use std::fmt;

use ipnet::IpNet;

use super::model::{PortNumber, Protocol};
use super::object::Namespace;
use super::selector::{Labels, Selector};

/// A group of peers that Cilium knows by a word of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entity {
    /// Everybody.
    All,
    /// The pod's own node.
    Host,
    /// Every other node.
    RemoteNode,
    /// Every address outside the cluster.
    World,
    /// Every IPv4 address outside the cluster.
    WorldIpv4,
    /// Every IPv6 address outside the cluster.
    WorldIpv6,
    /// Every pod and node of the cluster, and its API server.
    Cluster,
    /// The API server.
    KubeApiServer,
    /// Pods whose labels Cilium does not know yet.
    Init,
    /// Cilium's own proxy for Ingress objects.
    Ingress,
    /// Cilium's own health endpoints.
    Health,
    /// Pods that Cilium does not manage.
    Unmanaged,
    /// Nobody.
    None,
}

impl Entity {
    /// Every entity.
    pub const EACH: [Self; 13] = [
        Self::All,
        Self::Host,
        Self::RemoteNode,
        Self::World,
        Self::WorldIpv4,
        Self::WorldIpv6,
        Self::Cluster,
        Self::KubeApiServer,
        Self::Init,
        Self::Ingress,
        Self::Health,
        Self::Unmanaged,
        Self::None,
    ];

    /// Returns the name as manifests write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Host => "host",
            Self::RemoteNode => "remote-node",
            Self::World => "world",
            Self::WorldIpv4 => "world-ipv4",
            Self::WorldIpv6 => "world-ipv6",
            Self::Cluster => "cluster",
            Self::KubeApiServer => "kube-apiserver",
            Self::Init => "init",
            Self::Ingress => "ingress",
            Self::Health => "health",
            Self::Unmanaged => "unmanaged",
            Self::None => "none",
        }
    }
}

/// The peers of one rule: always of one kind, since Cilium rejects a mixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CnpPeers {
    /// `fromEntities` or `toEntities`.
    Entities(Vec<Entity>),
    /// `toCIDR`.
    Cidrs(Vec<IpNet>),
    /// `fromCIDRSet`, each without holes.
    CidrSet(Vec<IpNet>),
    /// `fromEndpoints`: pods by labels, in namespaces by labels; without namespaces' labels in every namespace.
    Endpoints {
        /// Labels of the namespaces.
        namespaces: Option<Labels>,
        /// Labels of the pods.
        pods: Option<Labels>,
    },
}

impl fmt::Display for CnpPeers {
    /// Says the peers as a message does: names and CIDRs in backticks, parted by commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<_> = match self {
            Self::Entities(entities) => entities.iter().map(|entity| format!("`{}`", entity.name())).collect(),
            Self::Cidrs(nets) | Self::CidrSet(nets) => nets.iter().map(|net| format!("`{net}`")).collect(),
            Self::Endpoints { namespaces, pods } => {
                let labels = namespaces.iter().chain(pods).flatten();
                let labels: Vec<_> = labels.map(|(key, value)| format!("{key}={value}")).collect();
                vec![format!("the pods of `{}`", labels.join(","))]
            }
        };
        f.write_str(&quoted.join(", "))
    }
}

/// Which ports an entry of `toPorts` opens; the protocol is always written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CnpPort {
    /// All ports of the protocol: `port: "0"`.
    All(Protocol),
    /// One port.
    Number(PortNumber, Protocol),
    /// `port` to `endPort`; only from Cilium 1.16.
    Range(PortNumber, PortNumber, Protocol),
    /// A name, in ingress rules only.
    Name(String, Protocol),
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CnpRule {
    /// Who.
    pub peers: CnpPeers,
    /// On which ports; none means all protocols and ports.
    pub ports: Vec<CnpPort>,
}

/// The object that an overlay is made for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceRef {
    /// `NetworkPolicy` or `Service`.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: String,
}

/// A CiliumNetworkPolicy that a transform proposes beside its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// What it is made for: a NetworkPolicy, a Service, or below 1.16 a Service and a NetworkPolicy.
    pub sources: Vec<SourceRef>,
    /// Whether the first source writes its namespace in its file.
    pub namespace_written: bool,
    /// The id of the transform that makes it.
    pub transform: &'static str,
    /// The pods, in the namespace of the source.
    pub selector: Selector,
    /// Whether it carries `enableDefaultDeny: {egress: false, ingress: false}` (from 1.16).
    pub never_isolates: bool,
    /// The rules for connections to the pods.
    pub ingress: Vec<CnpRule>,
    /// The rules for connections from the pods.
    pub egress: Vec<CnpRule>,
}
