//! Workloads and services: who runs in a cluster, on which ports, and who is let in from outside.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::policy::{Ignore, Labels, ObjectKey, Place, PortNumber, Protocol, Selector};

/// A named or numbered port of a regular container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainerPort {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its number.
    pub number: PortNumber,
    /// Its protocol, TCP where none is written.
    pub protocol: Protocol,
}

/// A Pod, or anything with a pod template.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Its kind, such as `Deployment`.
    pub kind: String,
    /// Namespace and name.
    pub key: ObjectKey,
    /// Where it is written.
    pub place: Place,
    /// The labels of its pods.
    pub labels: Labels,
    /// The labels that its own selector asks for, `None` for a Pod, a Job and a CronJob.
    pub selector: Option<Selector>,
    /// Whether its pods use the node's network: then no selector reaches them.
    pub host_network: bool,
    /// Whether its pods run on Windows nodes.
    pub windows: bool,
    /// The ports of its regular containers, in the order of the file.
    pub ports: Vec<ContainerPort>,
    /// Where it runs, for a Pod that tells; boxed, since a world holds tens of thousands of workloads without.
    pub seat: Option<Box<Seat>>,
}

/// Where a Pod runs, as far as its manifest or a dump tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Its `spec.nodeName`.
    pub node: Option<String>,
    /// Its `status.podIPs`, or `status.podIP` alone.
    pub addresses: Vec<IpAddr>,
}

impl Workload {
    /// Returns the name of the node that it is known to run on.
    pub fn node(&self) -> Option<&str> {
        self.seat.as_ref()?.node.as_deref()
    }

    /// Returns the addresses that it is known to have.
    pub fn addresses(&self) -> &[IpAddr] {
        self.seat.as_ref().map_or(&[], |seat| &seat.addresses)
    }

    /// Returns the numbers that its pods declare under a name and protocol, in the order of the file, once each.
    pub fn numbers_of(&self, name: &str, protocol: Protocol) -> Vec<PortNumber> {
        let mut numbers = Vec::new();
        for port in &self.ports {
            if port.protocol == protocol && port.name.as_deref() == Some(name) && !numbers.contains(&port.number) {
                numbers.push(port.number);
            }
        }
        numbers
    }
}

/// How a Service is reached from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceType {
    /// By a load balancer's address.
    LoadBalancer,
    /// By a port of every node.
    NodePort,
    /// By `externalIPs` alone.
    ExternalIps,
}

/// The port of the pods that a service port leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetPort {
    /// A number.
    Number(PortNumber),
    /// A container port's name.
    Name(String),
}

/// An entry of a Service's `ports`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// The protocol, TCP where none is written.
    pub protocol: Protocol,
    /// The service's own port.
    pub port: PortNumber,
    /// The pods' port; the service's own where none is written.
    pub target: TargetPort,
}

/// A Service that brings clients from outside: `LoadBalancer`, `NodePort` or with `externalIPs`.
#[derive(Debug, Clone)]
pub struct Service {
    /// Namespace and name.
    pub key: ObjectKey,
    /// Where it is written.
    pub place: Place,
    /// Whether the file itself writes a `metadata.namespace`.
    pub namespace_written: bool,
    /// Whether its file may get overlays; what only gives context (`--context`, a dump) gets none.
    pub editable: bool,
    /// How it is reached.
    pub kind: ServiceType,
    /// Whether `externalTrafficPolicy` is `Local`.
    pub local_traffic_only: bool,
    /// Its selector; an empty one selects nothing.
    pub selector: Labels,
    /// Its selector's keys in the order of the file.
    pub selector_keys: Vec<String>,
    /// Its ports, in the order of the file.
    pub ports: Vec<ServicePort>,
    /// Clients that it is narrowed to: `loadBalancerSourceRanges` and Azure's annotation for the same.
    pub source_ranges: Vec<IpNet>,
    /// The ignores on it.
    pub ignores: Vec<Ignore>,
}
