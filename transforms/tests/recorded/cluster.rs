//! A recorded cluster as the engines take it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ciliate_transforms::engine::{
    ClassId, End, Flow, Inventory, NodeId, Pod, Port, Ranges, Space, Transport, Via, boundaries,
};
use ciliate_transforms::policy::cilium::CiliumNetworkPolicy;
use ciliate_transforms::policy::read::{self, Object, Source};
use ciliate_transforms::policy::{Labels, Namespace, Policy, PortNumber, Protocol};
use ciliate_transforms::source::FileId;
use ciliate_transforms::yaml::{Tree, documents};
use ipnet::IpNet;
use serde_json::Value;

use super::{Connection, Failure, Place, PodRecord, Scenario};

/// A cluster as the engines take it.
pub(crate) struct Cluster {
    pub(crate) inventory: Inventory,
    pub(crate) space: Space,
    pub(crate) policies: Vec<Policy>,
    pub(crate) cilium: Vec<CiliumNetworkPolicy>,
    nodes: BTreeMap<String, (NodeId, IpAddr)>,
    pods: BTreeMap<String, End>,
    addresses: BTreeMap<IpAddr, End>,
    /// Whether each service keeps its clients' addresses.
    services: BTreeMap<String, bool>,
}

impl Scenario {
    /// Builds the cluster; the manifests go through the readers of real input.
    pub(crate) fn cluster(&self) -> Result<Cluster, Failure> {
        self.cluster_cut_at([])
    }

    /// Builds the cluster for policies beside its own, which name these CIDRs.
    pub(crate) fn cluster_cut_at(&self, cuts: impl IntoIterator<Item = IpNet>) -> Result<Cluster, Failure> {
        let (policies, cilium) = read_policies(&self.policies)?;
        let inventory = self.inventory(&policies)?;
        let addresses = self.pods.iter().flat_map(|pod| pod.ips.iter().chain([&pod.ip]));
        let ranges = Ranges {
            pods: self
                .network
                .pods
                .iter()
                .copied()
                .chain(addresses.map(|&ip| ip.into()))
                .collect(),
            nodes: self.network.nodes.clone(),
        };
        let own = boundaries(&policies, &cilium);
        let space = Space::new(&inventory, &ranges, own.into_iter().chain(cuts));
        let mut cluster = Cluster {
            inventory,
            space,
            policies,
            cilium,
            nodes: (0..)
                .zip(&self.nodes)
                .map(|(id, node)| (node.name.clone(), (NodeId(id), node.ips[0])))
                .collect(),
            pods: BTreeMap::new(),
            addresses: BTreeMap::new(),
            services: BTreeMap::new(),
        };
        self.place(&mut cluster)?;
        Ok(cluster)
    }

    fn place(&self, cluster: &mut Cluster) -> Result<(), Failure> {
        for node in &self.nodes {
            let id = cluster.node(&node.name)?.0;
            let end = |&ip| {
                (
                    ip,
                    End::Node {
                        node: id,
                        address: Some(ip),
                    },
                )
            };
            cluster.addresses.extend(node.ips.iter().map(end));
        }
        let classes = cluster.inventory.class_of().to_vec();
        for (pod, class) in self.pods.iter().zip(classes) {
            let node = cluster.node(&pod.node)?.0;
            let end = |address| pod_end(class, address, node, pod.host_network);
            cluster.pods.insert(format!("{}/{}", pod.ns, pod.name), end(pod.ip));
            cluster.addresses.extend(pod.ips.iter().map(|&ip| (ip, end(ip))));
        }
        for service in &self.services {
            let local = service.external_traffic_policy == "Local";
            cluster
                .services
                .insert(format!("{}/{}", service.ns, service.name), local);
        }
        Ok(())
    }

    fn inventory(&self, policies: &[Policy]) -> Result<Inventory, Failure> {
        let labels: BTreeMap<&str, &Labels> = self
            .namespaces
            .iter()
            .map(|it| (it.name.as_str(), &it.labels))
            .collect();
        let pods: Result<Vec<Pod>, Failure> = self.pods.iter().map(PodRecord::read).collect();
        let named = self
            .namespaces
            .iter()
            .map(|it| Namespace::Named(it.name.as_str().into()));
        let namespaces = named.chain(policies.iter().map(|policy| policy.key.namespace.clone()));
        let of = |namespace: &Namespace| namespace.name().and_then(|name| labels.get(name)).copied().cloned();
        Ok(Inventory::new(pods?, namespaces, |namespace| {
            of(namespace).unwrap_or_default()
        }))
    }
}

/// Reads policies as the API server stores them, of both kinds.
pub(crate) fn read_policies<'m>(
    manifests: impl IntoIterator<Item = &'m Value>,
) -> Result<(Vec<Policy>, Vec<CiliumNetworkPolicy>), Failure> {
    let (mut policies, mut cilium) = (Vec::new(), Vec::new());
    for manifest in manifests {
        let text = serde_json::to_string(manifest)?;
        let tree = Tree::parse(&text, documents(&text)[0])?;
        let object = Object {
            node: tree.root(&text).ok_or("a policy is no empty document")?,
            item: None,
            before: 0,
        };
        let source = Source::new(FileId(0), 0, &text, &tree);
        if manifest["kind"] == "NetworkPolicy" {
            policies.push(read::stored_policy(object, &source));
        } else {
            cilium.push(read::cilium_policy(object, &source));
        }
    }
    Ok((policies, cilium))
}

fn pod_end(class: ClassId, address: IpAddr, node: NodeId, host_network: bool) -> End {
    if host_network {
        return End::Node {
            node,
            address: Some(address),
        };
    }
    End::Pod {
        class,
        address: Some(address),
        node: Some(node),
    }
}

impl PodRecord {
    fn read(&self) -> Result<Pod, Failure> {
        let ports = self.named_ports.iter().map(|port| {
            let protocol = match port.protocol.as_str() {
                "UDP" => Protocol::Udp,
                "SCTP" => Protocol::Sctp,
                _ => Protocol::Tcp,
            };
            let number = PortNumber::new(port.port).ok_or("a container port is from 1 to 65535")?;
            Ok((port.name.clone(), protocol, number))
        });
        Ok(Pod {
            namespace: Namespace::Named(self.ns.as_str().into()),
            labels: self.labels.clone(),
            ports: ports.collect::<Result<_, Failure>>()?,
            host_network: self.host_network,
        })
    }
}

impl Cluster {
    /// Returns a connection as the engines take it.
    pub(crate) fn flow(&self, connection: &Connection) -> Result<Flow, Failure> {
        let (from, to) = (self.end(&connection.from)?, self.end(&connection.to)?);
        let is_v6 = [from, to]
            .iter()
            .any(|end| end.address().is_some_and(|address| address.is_ipv6()));
        let transport = match connection.protocol.as_str() {
            "TCP" => Transport::Tcp,
            "UDP" => Transport::Udp,
            "SCTP" => Transport::Sctp,
            "ICMP" if is_v6 => Transport::Icmpv6,
            "ICMP" => Transport::Icmp,
            other => return Err(format!("{other} is no protocol").into()),
        };
        let via = connection.via.as_ref().map(|via| {
            let (entry, address) = self.node(&via.entry_node)?;
            Ok::<_, Failure>(Via {
                local_traffic_only: *self
                    .services
                    .get(&via.service)
                    .ok_or("the service is not in the cluster")?,
                entry,
                entry_address: Some(address),
            })
        });
        Ok(Flow {
            from,
            to,
            port: Port {
                transport,
                number: connection.port,
            },
            via: via.transpose()?,
        })
    }

    fn end(&self, place: &Place) -> Result<End, Failure> {
        Ok(match place {
            Place::Pod(name) => *self.pods.get(name).ok_or("the pod is not in the cluster")?,
            Place::Ip(ip) => self.addresses.get(ip).copied().unwrap_or(End::Outside(Some(*ip))),
            Place::Node(name) => {
                let (node, address) = self.node(name)?;
                End::Node {
                    node,
                    address: Some(address),
                }
            }
        })
    }

    fn node(&self, name: &str) -> Result<(NodeId, IpAddr), Failure> {
        Ok(*self.nodes.get(name).ok_or("the node is not in the cluster")?)
    }
}
