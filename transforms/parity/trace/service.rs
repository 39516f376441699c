//! What a service makes of a connection: the pod's port, and where the packet enters.

use super::answer::Entry;
use super::ends::{Destination, EntryName, PortName, ServiceName};
use super::error::{List, LookError};
use super::look::{Found, Who};
use super::nodes::Nodes;
use crate::engine::{Port, Transport};
use crate::policy::{PortNumber, Protocol};
use crate::world::{Service, ServicePort, TargetPort, Workload, World};

/// Finds the service, which must lead to the destination.
///
/// # Errors
/// [`LookError`] where there is no such service, or it leads elsewhere.
pub(super) fn find<'w>(name: &ServiceName, to: &Found, world: &'w World) -> Result<&'w Service, LookError> {
    let matches =
        |service: &&Service| service.key.name == name.name && service.key.namespace.to_string() == name.namespace;
    let service = world
        .services
        .iter()
        .find(matches)
        .ok_or_else(|| LookError::NoService {
            name: format!("{}/{}", name.namespace, name.name),
            there: List::of(world.services.iter().map(|service| service.key.to_string())),
        })?;
    let backend = to.who.workload(world).ok_or(LookError::NoBackend)?;
    // What a service without a selector leads to is written elsewhere.
    if !service.selector.is_empty() && !selects(service, backend) {
        let selected = world.workloads.iter().filter(|workload| selects(service, workload));
        return Err(LookError::NotSelected {
            service: service.key.to_string(),
            workload: format!("{} {}", backend.kind, backend.key),
            there: List::of(selected.map(|workload| format!("{} {}", workload.kind, workload.key))),
        });
    }
    Ok(service)
}

fn selects(service: &Service, workload: &Workload) -> bool {
    let has = |(key, value): (&String, &String)| workload.labels.get(key) == Some(value);
    workload.key.namespace == service.key.namespace && service.selector.iter().all(has)
}

/// The ports of a connection through a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Translated {
    /// The service's own.
    pub(super) own: Port,
    /// The pod's.
    pub(super) pod: Port,
    /// What a reader must know of how it was understood.
    pub(super) note: Option<String>,
}

/// Translates the service's port to the pod's; a number that is none of the service's may be the pod's already.
///
/// # Errors
/// [`LookError`] where the service has no such port, or several and none was asked for.
pub(super) fn translate(service: &Service, to: &Destination, backend: &Workload) -> Result<Translated, LookError> {
    let mut ports = service
        .ports
        .iter()
        .filter(|port| Transport::from(port.protocol) == to.transport);
    let port = match &to.port {
        None => only_port(service)?,
        Some(PortName::Name(name)) => ports
            .find(|port| port.target == TargetPort::Name(name.clone()))
            .ok_or_else(|| no_port(service, name.clone()))?,
        Some(PortName::Number(number)) => match ports.find(|port| port.port.get() == *number) {
            Some(port) => port,
            None => {
                return behind(service, *number, to.transport, backend)
                    .ok_or_else(|| no_port(service, format!("{number}/{}", to.transport.name())));
            }
        },
    };
    Ok(Translated {
        own: own(port),
        pod: target(port, backend)?,
        note: None,
    })
}

/// Returns the only port of a service.
///
/// # Errors
/// [`LookError`] where it has several, or none.
fn only_port(service: &Service) -> Result<&ServicePort, LookError> {
    match &service.ports[..] {
        [only] => Ok(only),
        [] => Err(no_port(service, "at all".to_owned())),
        [_, _, ..] => Err(LookError::WhichServicePort {
            service: service.key.to_string(),
            there: ports(service),
        }),
    }
}

fn no_port(service: &Service, port: String) -> LookError {
    LookError::NoServicePort {
        service: service.key.to_string(),
        port,
        there: ports(service),
    }
}

fn ports(service: &Service) -> List {
    List::of(service.ports.iter().map(|port| written(port.port, port.protocol)))
}

/// Takes a number that is no port of the service for that of the pod, where one of its ports leads there.
fn behind(service: &Service, number: u16, transport: Transport, backend: &Workload) -> Option<Translated> {
    let pod = Port { transport, number };
    let mut ports = service.ports.iter();
    let port = ports.find(|port| target(port, backend).is_ok_and(|target| target == pod))?;
    Some(Translated {
        own: own(port),
        pod,
        note: Some(format!(
            "{number} is no port of service {}; it is taken for the pod's port behind {}",
            service.key,
            written(port.port, port.protocol)
        )),
    })
}

fn own(port: &ServicePort) -> Port {
    Port {
        transport: port.protocol.into(),
        number: port.port.get(),
    }
}

fn target(port: &ServicePort, backend: &Workload) -> Result<Port, LookError> {
    let number = match &port.target {
        TargetPort::Number(number) => *number,
        TargetPort::Name(name) => declared(backend, name, port.protocol)?,
    };
    Ok(Port {
        transport: port.protocol.into(),
        number: number.get(),
    })
}

/// Returns the number that a pod declares under a name, the first where it declares several.
///
/// # Errors
/// [`LookError::NoPortName`] where it declares none.
pub(super) fn declared(pod: &Workload, name: &str, protocol: Protocol) -> Result<PortNumber, LookError> {
    let numbers = pod.numbers_of(name, protocol);
    numbers.first().copied().ok_or_else(|| LookError::NoPortName {
        workload: format!("{} {}", pod.kind, pod.key),
        protocol: protocol.name(),
        name: name.to_owned(),
        there: List::of(pod.ports.iter().filter_map(|port| {
            let name = port.name.as_ref()?;
            Some(format!("{name} ({})", written(port.number, port.protocol)))
        })),
    })
}

fn written(port: PortNumber, protocol: Protocol) -> String {
    format!("{port}/{protocol}")
}

/// Tells where the packet enters: as asked for, a client in the cluster at its own node, others at a node that the
/// service's address leads to.
///
/// # Errors
/// [`LookError`] where nothing names the node, or the client enters elsewhere.
pub(super) fn entries(
    asked: Option<&EntryName>,
    service: &Service,
    (from, to): (&Found, &Found),
    client: &str,
    nodes: &Nodes<'_>,
) -> Result<Vec<Entry>, LookError> {
    let backend = to.who.node();
    let side = |node| {
        if node == backend {
            Entry::OwnNode
        } else {
            Entry::OtherNode
        }
    };
    let named = match asked {
        None => None,
        Some(EntryName::OwnNode) => Some(Entry::OwnNode),
        Some(EntryName::OtherNode) => Some(Entry::OtherNode),
        Some(EntryName::Node(name)) => {
            let node = nodes.id(name).ok_or_else(|| LookError::NoNode {
                name: name.clone(),
                there: List::of(nodes.names().map(|name| format!("@{name}"))),
            })?;
            Some(side(Some(node)))
        }
    };
    let own = match &from.who {
        Who::Pod { node: Some(node), .. } | Who::Node { node, .. } => Some(side(Some(*node))),
        Who::OwnNode => Some(Entry::OwnNode),
        Who::Pod { node: None, .. } | Who::LocalDns | Who::Outside(_) => None,
    };
    match (own, named) {
        (Some(own), Some(named)) if own != named => Err(LookError::OtherEntry {
            client: client.to_owned(),
            node: from
                .who
                .node()
                .and_then(|node| nodes.name(node))
                .map_or_else(String::new, |name| format!(" ({name})")),
        }),
        (Some(entry), _) | (None, Some(entry)) => Ok(vec![entry]),
        // A load balancer that keeps addresses knows only nodes with a pod of the service.
        (None, None) if service.local_traffic_only => Ok(vec![Entry::OwnNode]),
        (None, None) => Ok(vec![Entry::OwnNode, Entry::OtherNode]),
    }
}
