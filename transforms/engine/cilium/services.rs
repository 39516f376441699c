//! The ports of a rule as Cilium resolves them.

use std::collections::BTreeMap;

use super::config::Config;
use crate::engine::inventory::{ClassId, Classes, Inventory};
use crate::engine::ports::{Ports, Transport};
use crate::policy::cilium::{CiliumPort, CiliumServices, CiliumTarget, IcmpType};
use crate::policy::{Port, PortNumber, PortTarget, Protocol};

/// The ports of a rule: fixed ones, and names that are looked up.
#[derive(Debug, Clone, Default)]
pub(super) struct Services {
    pub(super) fixed: Ports,
    pub(super) names: Vec<(String, Protocol)>,
    /// Whether a range was cut (CIL-N8).
    pub(super) cut: bool,
}

impl Services {
    /// Reads the ports of a NetworkPolicy's rule; none written means every protocol (CIL-N7).
    pub(super) fn of_network<'p>(ports: impl Iterator<Item = &'p Port>, config: Config) -> Self {
        let mut services = Self::default();
        let mut any = false;
        for port in ports {
            any = true;
            let transport = Transport::from(port.protocol);
            match &port.target {
                PortTarget::All => services.add(&Ports::every(transport)),
                PortTarget::Number(number) => services.add(&Ports::one(transport, *number)),
                PortTarget::Range(first, last) => services.range(transport, *first, *last, config),
                PortTarget::Name(name) => match name.parse().ok().and_then(PortNumber::new) {
                    Some(number) => services.add(&Ports::one(transport, number)),
                    None => services.names.push((name.clone(), port.protocol)),
                },
                // What a variable will say is unknown, and the same for both engines.
                PortTarget::Substituted(_) => {}
            }
        }
        if any { services } else { Self::all() }
    }

    /// Reads the ports of a rule of Cilium's own kinds (CIL-C6 to C8).
    pub(super) fn of_cilium(services: &CiliumServices, config: Config) -> Self {
        match services {
            CiliumServices::All => Self::all(),
            CiliumServices::Icmp(types) => Self {
                fixed: types.iter().fold(Ports::NONE, |all, one| all.union(&icmp(*one))),
                ..Self::default()
            },
            CiliumServices::Ports(ports) => {
                let mut found = Self::default();
                for port in ports {
                    found.add_cilium(port, config);
                }
                found
            }
        }
    }

    fn all() -> Self {
        Self {
            fixed: Ports::all(),
            ..Self::default()
        }
    }

    fn add_cilium(&mut self, port: &CiliumPort, config: Config) {
        let every = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
        for protocol in every
            .into_iter()
            .filter(|&one| port.protocol.is_none_or(|only| only == one))
        {
            let transport = Transport::from(protocol);
            match &port.target {
                CiliumTarget::All => self.add(&Ports::every(transport)),
                CiliumTarget::Number(number) => self.add(&Ports::one(transport, *number)),
                CiliumTarget::Range(first, last) => self.range(transport, *first, *last, config),
                CiliumTarget::Name(name) => self.names.push((name.clone(), protocol)),
            }
        }
    }

    fn range(&mut self, transport: Transport, first: PortNumber, last: PortNumber, config: Config) {
        self.cut |= !config.has_end_ports && last != first;
        let last = if config.has_end_ports { last } else { first };
        self.add(&Ports::range(transport, first.get(), last.get()));
    }

    fn add(&mut self, ports: &Ports) {
        self.fixed = self.fixed.union(ports);
    }
}

fn icmp(one: IcmpType) -> Ports {
    let transport = if one.v6 { Transport::Icmpv6 } else { Transport::Icmp };
    Ports::range(transport, one.number.into(), one.number.into())
}

/// Returns the number that a pod declares under a name, the last where it declares several (CIL-P1).
pub(super) fn own_number(inventory: &Inventory, class: ClassId, name: &str, protocol: Protocol) -> Option<PortNumber> {
    let declared = inventory.class(class).ports.iter().rev();
    let mut named = declared.filter(|(own, of, _)| own == name && *of == protocol);
    named.next().map(|(_, _, number)| *number)
}

/// Returns what a name means in an egress rule: numbers, each with the pods that have it, `None` for every peer.
///
/// Up to 1.19 one map serves the cluster: a single number holds for all peers, several for none (CIL-P2). From 1.20 on
/// it is the destination's own (CIL-P3). Pods on the node's network are in neither.
pub(super) fn destinations(
    inventory: &Inventory,
    name: &str,
    protocol: Protocol,
    config: Config,
) -> Vec<(PortNumber, Option<Classes>)> {
    let mut by_number: BTreeMap<PortNumber, Classes> = BTreeMap::new();
    for &(class, _) in inventory.declaring(name, protocol) {
        if !inventory.host_network().contains(class.0)
            && let Some(number) = own_number(inventory, class, name, protocol)
        {
            by_number.entry(number).or_default().insert(class.0);
        }
    }
    if config.version.resolves_egress_names_per_pod() {
        let per_pod = by_number.into_iter().map(|(number, classes)| (number, Some(classes)));
        return per_pod.collect();
    }
    let mut numbers = by_number.into_keys();
    match (numbers.next(), numbers.next()) {
        (Some(number), None) => vec![(number, None)],
        (None, _) | (Some(_), Some(_)) => Vec::new(),
    }
}
