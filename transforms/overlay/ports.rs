//! The ports of an overlay's rule, in the form that the target's version knows.

use crate::policy::{CnpPort, Direction, PortNumber, PortSet, PortTarget, Rule};
use crate::world::World;

/// What an overlay's rule can say of a rule's ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ports {
    /// Every protocol and port.
    Every,
    /// These, at least one.
    Listed(Vec<CnpPort>),
    /// None: the rule has names alone, and NPM never matched a node by name.
    NamesOnly,
    /// A `${VAR}` stands for a port.
    Substituted,
    /// The target knows no ranges, and this one has more ports than `max-ports`.
    TooLong(PortNumber, PortNumber),
}

/// Returns the ports of a rule as an overlay for nodes writes them.
///
/// An ingress name stays, since each pod resolves its own; an egress name is left out.
pub(crate) fn ports_for_nodes(rule: &Rule, direction: Direction, world: &World) -> Ports {
    let mut set = PortSet::of(rule);
    if set.every {
        return Ports::Every;
    }
    if !set.substituted.is_empty() {
        return Ports::Substituted;
    }
    if let Some((first, last)) = too_long(rule, world) {
        return Ports::TooLong(first, last);
    }
    match direction {
        Direction::Ingress => {}
        Direction::Egress => set.names.clear(),
    }
    let ports = cnp_ports(&set, world);
    if ports.is_empty() {
        Ports::NamesOnly
    } else {
        Ports::Listed(ports)
    }
}

/// Returns the ports of a set without `${VAR}`: ranges where the target knows them, else single ports.
pub(crate) fn cnp_ports(set: &PortSet, world: &World) -> Vec<CnpPort> {
    let whole = set.protocols.iter().map(|&protocol| CnpPort::All(protocol));
    let mut ports: Vec<_> = whole.collect();
    for &(protocol, first, last) in &set.ranges {
        let number = |port: u16| PortNumber::new(i64::from(port));
        if first == last || !knows_ranges(world) {
            let singles = (first..=last).filter_map(number);
            ports.extend(singles.map(|port| CnpPort::Number(port, protocol)));
        } else if let (Some(first), Some(last)) = (number(first), number(last)) {
            ports.push(CnpPort::Range(first, last, protocol));
        }
    }
    let names = set.names.iter();
    ports.extend(names.map(|(protocol, name)| CnpPort::Name(name.clone(), *protocol)));
    ports
}

/// Returns a range that is written and that can't be written out.
fn too_long(rule: &Rule, world: &World) -> Option<(PortNumber, PortNumber)> {
    if knows_ranges(world) {
        return None;
    }
    rule.ports.iter().find_map(|port| match port.value.target {
        PortTarget::Range(first, last) => {
            let ports = u32::from(last.get()).saturating_sub(u32::from(first.get())) + 1;
            (ports > world.settings.max_ports).then_some((first, last))
        }
        PortTarget::All | PortTarget::Number(_) | PortTarget::Name(_) | PortTarget::Substituted(_) => None,
    })
}

/// `endPort` came into the CRD with `enableDefaultDeny`.
fn knows_ranges(world: &World) -> bool {
    world.facts.target.cilium.has_default_deny_switch()
}
