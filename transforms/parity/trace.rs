//! One connection, walked through both engines in every state.

pub mod answer;
pub mod ends;
mod engines;
pub mod error;
mod judge;
mod look;
mod nodes;
pub(super) mod passage;
mod service;
mod variants;
mod walk;

pub use answer::Trace;
pub use ends::{NameError, Question};
pub use error::LookError;

use ipnet::IpNet;

use ends::{EndName, PortName};
use error::List;
use judge::{Bench, Ground};
use look::{Found, Who};
use nodes::Nodes;
use service::Translated;
use walk::Walk;

use super::State;
use crate::engine::cilium::Config;
use crate::engine::{Inventory, Port, Ranges, Space, Transport, boundaries};
use crate::plan::Plan;
use crate::policy::Protocol;
use crate::source::Sources;
use crate::world::{Service, World};

/// Walks a connection through a cluster; `fixed` is what the chosen changes make of it.
///
/// Through a service it is walked once for each node that it may enter at.
///
/// # Errors
/// [`LookError`] where the cluster has no such end, service or port.
pub fn trace(question: &Question, plan: &Plan, fixed: &State, sources: &Sources) -> Result<Vec<Trace>, LookError> {
    let world = &plan.world;
    let mut nodes = Nodes::of(world);
    let (from, to, service) = ends(question, world, &mut nodes)?;
    let (port, translated) = ports(question, &to, service, world)?;
    let today = State::today(plan);
    let inventory = Inventory::of(world);
    let space = space(world, &inventory, [&from, &to], [&today, fixed]);
    let bench = Bench::new(Ground {
        inventory: &inventory,
        space: &space,
        config: Config::of(world.facts.target.cilium, world.facts.has_ipv6()),
        today: &today,
        fixed,
        sources,
    });
    let walk = Walk {
        question,
        plan,
        from,
        to,
        port,
        service: service.zip(translated.as_ref()),
        inventory: &inventory,
        space: &space,
        bench: &bench,
    };
    let Some(service) = service else {
        return Ok(vec![walk.direct(&nodes)]);
    };
    let asked = question.via.as_ref().and_then(|via| via.entry.as_ref());
    let client = question.from.to_string();
    let entries = service::entries(asked, service, (&walk.from, &walk.to), &client, &nodes)?;
    let through = entries.into_iter().map(|entry| walk.through(entry, asked, &mut nodes));
    Ok(through.collect())
}

/// Finds both ends, and the service that leads to the second.
fn ends<'w>(
    question: &Question,
    world: &'w World,
    nodes: &mut Nodes<'_>,
) -> Result<(Found, Found, Option<&'w Service>), LookError> {
    let from = look::end(&question.from, world, nodes)?;
    let mut to = look::end(&question.to.end, world, nodes)?;
    let mut service = None;
    if let Some(via) = &question.via {
        let backend = to.as_mut().ok_or(LookError::NoBackend)?;
        service = Some(service::find(via, backend, world)?);
        if let Who::Pod { node: node @ None, .. } = &mut backend.who {
            *node = Some(nodes.another());
        }
    }
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => {
            let to = look::beside(&question.to.end, &from, nodes)?;
            (from, to)
        }
        (None, Some(to)) => (look::beside(&question.from, &to, nodes)?, to),
        (None, None) => return Err(LookError::NoFixedEnd),
    };
    Ok((from, to, service))
}

/// Returns the port of the pod that answers, and what the service made of the one that was asked for.
fn ports(
    question: &Question,
    to: &Found,
    service: Option<&Service>,
    world: &World,
) -> Result<(Option<Port>, Option<Translated>), LookError> {
    let backend = to.who.workload(world);
    if let Some(service) = service {
        let translated = service::translate(service, &question.to, backend.ok_or(LookError::NoBackend)?)?;
        return Ok((Some(translated.pod), Some(translated)));
    }
    let is_v6 = [&question.from, &question.to.end]
        .iter()
        .any(|end| matches!(end, EndName::Address(address) if address.is_ipv6()));
    let transport = match question.to.transport {
        Transport::Icmp if is_v6 => Transport::Icmpv6,
        transport => transport,
    };
    let number = match &question.to.port {
        None => return Ok((None, None)),
        Some(PortName::Number(number)) => *number,
        Some(PortName::Name(name)) => {
            let unknown = || LookError::NoPortName {
                workload: question.to.end.to_string(),
                protocol: transport.name(),
                name: name.clone(),
                there: List::of([]),
            };
            let protocol = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
                .into_iter()
                .find(|protocol| Transport::from(*protocol) == transport)
                .ok_or_else(unknown)?;
            service::declared(backend.ok_or_else(unknown)?, name, protocol)?.get()
        }
    };
    Ok((Some(Port { transport, number }), None))
}

/// Makes the space in which every state is judged, exact for the addresses of both ends.
fn space(world: &World, inventory: &Inventory, ends: [&Found; 2], states: [&State; 2]) -> Space {
    let mut ranges = Ranges::of(&world.facts);
    let are_pods_anywhere = ranges.pods.is_empty();
    ranges.pods.extend(ends.iter().filter_map(|end| match end.who {
        Who::Pod { address, .. } => address.map(IpNet::from),
        Who::Node { .. } | Who::OwnNode | Who::LocalDns | Who::Outside(_) => None,
    }));
    let policies = states.iter().flat_map(|state| &state.policies);
    let own_kinds = states.iter().flat_map(|state| state.own_kinds());
    let space = Space::new(inventory, &ranges, boundaries(policies, own_kinds));
    if are_pods_anywhere {
        space.with_pods_anywhere()
    } else {
        space
    }
}

#[cfg(test)]
mod tests;
