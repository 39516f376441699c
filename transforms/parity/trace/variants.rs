//! The addresses that the ends may have where nobody tells: one is judged, the others tell whether it matters.

use std::net::IpAddr;

use ipnet::IpNet;

use super::answer::InState;
use super::judge::Bench;
use super::look::{Found, Who};
use super::nodes::Nodes;
use crate::engine::{Cell, End, Flow, Inventory, NodeId, Port, Space, Transport, Via};
use crate::world::World;
use crate::world::aks::LOCAL_DNS;

/// What is needed to put found ends in an engine's form.
pub(super) struct Forms<'a> {
    pub(super) world: &'a World,
    pub(super) inventory: &'a Inventory,
    pub(super) space: &'a Space,
    pub(super) nodes: &'a Nodes<'a>,
}

/// A connection, and each way in which it may be otherwise.
pub(super) struct Variants {
    /// As it is judged.
    pub(super) flow: Flow,
    from: Vec<End>,
    to: Vec<End>,
    via: Vec<Via>,
}

impl Forms<'_> {
    /// Returns the connection between two ends, with the other addresses that they may have.
    pub(super) fn of(&self, (from, to): (&Found, &Found), via: Option<Vec<Via>>, port: Option<Port>) -> Variants {
        let (from, to, via) = (self.ends(from), self.ends(to), via.unwrap_or_default());
        // Where every port is asked for, each is put in its place.
        let any = Port {
            transport: Transport::Tcp,
            number: 0,
        };
        Variants {
            flow: Flow {
                from: from[0],
                to: to[0],
                port: port.unwrap_or(any),
                via: via.first().copied(),
            },
            from,
            to,
            via,
        }
    }

    /// Returns what a service does to a packet that enters at a node, at each address that the node may have.
    pub(super) fn entries(&self, entry: NodeId, backend: Option<NodeId>, local_traffic_only: bool) -> Vec<Via> {
        let known: Vec<IpAddr> = match self.nodes.address(entry) {
            Some(address) => vec![address],
            None => self.nodes.addresses_but(backend),
        };
        let addresses = self.of_node(&known);
        let via = |entry_address| Via {
            local_traffic_only,
            entry,
            entry_address,
        };
        addresses.into_iter().map(via).collect()
    }

    /// Returns an end at each address that it may have: never none.
    fn ends(&self, found: &Found) -> Vec<End> {
        match &found.who {
            Who::Pod {
                workload,
                address,
                node,
            } => {
                let class = self.inventory.class_of()[*workload];
                let addresses = match address {
                    Some(address) => vec![Some(*address)],
                    None => self.samples(&self.world.facts.pod_cidrs),
                };
                let pod = |address| End::Pod {
                    class,
                    address,
                    node: *node,
                };
                addresses.into_iter().map(pod).collect()
            }
            Who::Node { node, addresses, .. } => {
                let node = |address| End::Node { node: *node, address };
                self.of_node(addresses).into_iter().map(node).collect()
            }
            Who::OwnNode => vec![End::OwnNode],
            Who::LocalDns => vec![End::LocalDns],
            Who::Outside(Some(address)) => vec![End::Outside(Some(*address))],
            Who::Outside(None) => self.outside().into_iter().map(End::Outside).collect(),
        }
    }

    fn of_node(&self, known: &[IpAddr]) -> Vec<Option<IpAddr>> {
        if known.is_empty() {
            return self.samples(&self.world.facts.node_cidrs);
        }
        known.iter().copied().map(Some).collect()
    }

    /// Returns one address of each part of some ranges; of unknown ranges an unknown one.
    fn samples(&self, ranges: &[IpNet]) -> Vec<Option<IpAddr>> {
        let addresses = &self.space.addresses;
        let cells = ranges.iter().flat_map(|range| addresses.cells(*range));
        let samples: Vec<_> = cells
            .filter_map(|cell| addresses.sample(Cell(cell)))
            .map(Some)
            .collect();
        if samples.is_empty() { vec![None] } else { samples }
    }

    /// Returns an unknown address first, then one of each part of what is outside.
    fn outside(&self) -> Vec<Option<IpAddr>> {
        let (addresses, facts) = (&self.space.addresses, &self.world.facts);
        let inside = facts
            .pod_cidrs
            .iter()
            .chain(&facts.node_cidrs)
            .chain(&facts.service_cidrs);
        let local_dns = IpNet::from(LOCAL_DNS);
        let inside: Vec<_> = inside.chain([&local_dns]).collect();
        let cells = addresses.all();
        let samples = cells.iter().filter_map(|cell| addresses.sample(Cell(cell)));
        let samples = samples.filter(|address| {
            (address.is_ipv4() || facts.has_ipv6()) && !inside.iter().any(|range| range.contains(address))
        });
        [None].into_iter().chain(samples.map(Some)).collect()
    }
}

impl Variants {
    /// Says of each end, and of the entry, at which addresses the answers are others; where every port is asked for,
    /// only that they may be.
    pub(super) fn notes(
        &self,
        [from, to]: [String; 2],
        bench: &Bench<'_>,
        states: &[InState],
        port: Option<Port>,
    ) -> Vec<String> {
        let flow = self.flow;
        let froms = self.from.iter().map(|&from| (from.address(), Flow { from, ..flow }));
        let tos = self.to.iter().map(|&to| (to.address(), Flow { to, ..flow }));
        let entries = self.via.iter().map(|&via| {
            let via = Some(via);
            (via.and_then(|via| via.entry_address), Flow { via, ..flow })
        });
        let differs = |flow: &Flow| {
            let others = bench.states(flow, port);
            others.len() != states.len() || others.iter().zip(states).any(|(one, other)| !one.agrees_with(other))
        };
        let differs = port.is_some().then_some(&differs as &dyn Fn(&Flow) -> bool);
        let notes = [
            note(&from, &froms.collect::<Vec<_>>(), differs),
            note(&to, &tos.collect::<Vec<_>>(), differs),
            note("the node of entry", &entries.collect::<Vec<_>>(), differs),
        ];
        notes.into_iter().flatten().collect()
    }
}

/// How many addresses a note lists.
const SHOWN: usize = 3;

/// Says of an end that is judged at the first of some addresses what is known of the others.
fn note(asked: &str, flows: &[(Option<IpAddr>, Flow)], differs: Option<&dyn Fn(&Flow) -> bool>) -> Option<String> {
    let [(at, _), others @ ..] = flows else { return None };
    if others.is_empty() {
        return None;
    }
    let judged = match at {
        Some(address) => format!("the address of {asked} is not known and taken for {address}"),
        None => format!("{asked} is taken for no particular address"),
    };
    let Some(differs) = differs else {
        return Some(format!("{judged}; others may be answered otherwise"));
    };
    let differing = others.iter().filter(|(_, flow)| differs(flow));
    let differing: Vec<String> = differing
        .filter_map(|(address, _)| address.map(|address| address.to_string()))
        .collect();
    let more = match differing.len() {
        0 => return None,
        many if many > SHOWN => format!(" and {} more", many - SHOWN),
        _ => String::new(),
    };
    let shown = differing[..differing.len().min(SHOWN)].join(", ");
    Some(format!("{judged}; at {shown}{more} the answers are others"))
}
