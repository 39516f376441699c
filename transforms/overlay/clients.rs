//! Who is expected to come through a load balancer.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::policy::{CnpPeers, CnpPort, CnpRule, Entity, Labels};
use crate::world::{Client, Service, World};

/// The address of Azure's health probe.
///
/// # Source
/// <https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16>
const HEALTH_PROBE: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// Who is expected to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Clients {
    /// Everybody outside the cluster.
    Anyone,
    /// These, Azure's health probe and the other nodes.
    Named {
        /// Addresses.
        blocks: Vec<IpNet>,
        /// Pods: labels of their namespaces, and their own.
        pods: Vec<(Option<Labels>, Option<Labels>)>,
    },
}

impl Clients {
    /// Reads who is expected: by the config, else by the service's own ranges, else anybody.
    ///
    /// IPv6 ranges count where the cluster is said to have IPv6.
    pub(crate) fn of(service: &Service, world: &World) -> Self {
        let ipv6 = world.facts.has_ipv6();
        let mut blocks = Vec::new();
        let mut pods = Vec::new();
        let configured = world.settings.clients.get(&service.key.to_string());
        match configured {
            Some(clients) => {
                for client in clients {
                    match client {
                        Client::Block(net) => blocks.push(net.trunc()),
                        Client::Pods {
                            namespaces,
                            pods: labels,
                        } => pods.push((namespaces.clone(), labels.clone())),
                    }
                }
            }
            None => blocks.extend(service.source_ranges.iter().map(IpNet::trunc)),
        }
        let given = !blocks.is_empty() || !pods.is_empty();
        blocks.retain(|net| ipv6 || matches!(net, IpNet::V4(_)));
        if !given || blocks.contains(&IpNet::V4(Ipv4Net::default())) {
            Self::Anyone
        } else {
            Self::Named { blocks, pods }
        }
    }

    /// Returns the IPv4 addresses that must be admitted, the health probe's among them; `None` where more than addresses
    /// must be.
    pub(crate) fn nets(&self) -> Option<Vec<Ipv4Net>> {
        match self {
            Self::Named { blocks, pods } if pods.is_empty() => {
                let v4 = blocks.iter().filter_map(|block| match block {
                    IpNet::V4(net) => Some(*net),
                    IpNet::V6(_) => None,
                });
                Some(v4.chain([HEALTH_PROBE.into()]).collect())
            }
            Self::Anyone | Self::Named { .. } => None,
        }
    }

    /// Returns the rules that admit them on `ports`, and the other nodes, which forward what comes in there.
    pub(crate) fn rules(&self, ports: &[CnpPort]) -> Vec<CnpRule> {
        let peers = match self {
            Self::Anyone => vec![CnpPeers::Entities(vec![Entity::World, Entity::RemoteNode])],
            Self::Named { blocks, pods } => {
                let mut nets: Vec<IpNet> = Vec::new();
                for &net in blocks.iter().chain(&[IpNet::V4(HEALTH_PROBE.into())]) {
                    if !nets.contains(&net) {
                        nets.push(net);
                    }
                }
                let pods = pods.iter().cloned();
                let endpoints = pods.map(|(namespaces, pods)| CnpPeers::Endpoints { namespaces, pods });
                std::iter::once(CnpPeers::CidrSet(nets))
                    .chain(endpoints)
                    .chain([CnpPeers::Entities(vec![Entity::RemoteNode])])
                    .collect()
            }
        };
        peers
            .into_iter()
            .map(|peers| CnpRule {
                peers,
                ports: ports.to_vec(),
            })
            .collect()
    }
}
