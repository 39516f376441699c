//! Rules of Cilium's own kinds: peers, ports and types of ICMP.

use super::cilium::items;
use super::reader::Reader;
use super::scalar::Scalar;
use super::{icmp, lenient_selector};
use crate::policy::cilium::{CiliumBlock, CiliumPeers, CiliumPort, CiliumRule, CiliumServices, CiliumTarget, Fault};
use crate::policy::{Direction, Entity, PortNumber, Protocol};
use crate::yaml::Node;

/// The most ports that one list takes.
const MOST_PORTS: usize = 40;

/// The keys of a direction's peers.
struct Keys {
    endpoints: &'static str,
    entities: &'static str,
    cidrs: &'static str,
    cidr_sets: &'static str,
    requires: &'static str,
    untold: &'static [&'static str],
}

const FROM: Keys = Keys {
    endpoints: "fromEndpoints",
    entities: "fromEntities",
    cidrs: "fromCIDR",
    cidr_sets: "fromCIDRSet",
    requires: "fromRequires",
    untold: &["fromGroups", "fromNodes"],
};

const TO: Keys = Keys {
    endpoints: "toEndpoints",
    entities: "toEntities",
    cidrs: "toCIDR",
    cidr_sets: "toCIDRSet",
    requires: "toRequires",
    untold: &["toGroups", "toNodes", "toServices", "toFQDNs"],
};

/// Reads a rule; what is refused goes to `faults`.
pub(super) fn rule(node: Node<'_>, direction: Direction, faults: &mut Vec<Fault>) -> CiliumRule {
    let keys = match direction {
        Direction::Ingress => FROM,
        Direction::Egress => TO,
    };
    if filled(node, keys.requires) {
        faults.push(Fault::Requires(keys.requires));
    }
    CiliumRule {
        peers: peers(node, &keys, faults),
        services: services(node, faults),
    }
}

fn peers(node: Node<'_>, keys: &Keys, faults: &mut Vec<Fault>) -> CiliumPeers {
    let told = [keys.endpoints, keys.entities, keys.cidrs, keys.cidr_sets];
    let all = told.into_iter().chain(keys.untold.iter().copied());
    let filled: Vec<&'static str> = all.filter(|key| filled(node, key)).collect();
    if let [first, second, ..] = filled[..] {
        faults.push(Fault::MixedPeers(first, second));
    }
    let list = |key| Reader::field(node, key).into_iter().flat_map(items);
    match filled.first() {
        None if told.iter().any(|key| Reader::field(node, key).is_some()) => CiliumPeers::Endpoints(Vec::new()),
        None => CiliumPeers::Unwritten,
        Some(&key) if key == keys.endpoints => CiliumPeers::Endpoints(list(key).map(lenient_selector).collect()),
        Some(&key) if key == keys.entities => {
            CiliumPeers::Entities(list(key).filter_map(|item| entity(item, faults)).collect())
        }
        Some(&key) if key == keys.cidrs => {
            let texts = list(key).filter_map(Node::str);
            CiliumPeers::Blocks(
                texts
                    .filter_map(|text| cidr(text, faults))
                    .map(CiliumBlock::whole)
                    .collect(),
            )
        }
        Some(&key) if key == keys.cidr_sets => blocks(list(key), key, faults),
        Some(&key) => CiliumPeers::Untold(key),
    }
}

fn filled(node: Node<'_>, key: &str) -> bool {
    Reader::field(node, key).is_some_and(|list| items(list).next().is_some())
}

fn entity(node: Node<'_>, faults: &mut Vec<Fault>) -> Option<Entity> {
    let text = node.str()?;
    let entity = Entity::EACH.into_iter().find(|entity| entity.name() == text);
    if entity.is_none() {
        faults.push(Fault::UnknownEntity(text.to_owned()));
    }
    entity
}

/// Reads CIDR sets; one that names a `CiliumCIDRGroup` tells nothing.
fn blocks<'a>(sets: impl Iterator<Item = Node<'a>>, key: &'static str, faults: &mut Vec<Fault>) -> CiliumPeers {
    let mut blocks = Vec::new();
    for set in sets {
        let Some(text) = Reader::field(set, "cidr").and_then(Node::str) else {
            return CiliumPeers::Untold(key);
        };
        let Some(net) = cidr(text, faults) else { continue };
        let holes = Reader::field(set, "except")
            .into_iter()
            .flat_map(items)
            .filter_map(Node::str);
        let except: Vec<_> = holes.filter_map(|hole| cidr(hole, faults)).collect();
        let outside = except.iter().find(|hole| !net.contains(*hole));
        faults.extend(outside.map(|&hole| Fault::HoleOutside { net, hole }));
        blocks.push(CiliumBlock { net, except });
    }
    CiliumPeers::Blocks(blocks)
}

fn cidr(text: &str, faults: &mut Vec<Fault>) -> Option<ipnet::IpNet> {
    let net = CiliumBlock::parse(text);
    if net.is_none() {
        faults.push(Fault::NoCidr(text.to_owned()));
    }
    net
}

fn services(node: Node<'_>, faults: &mut Vec<Fault>) -> CiliumServices {
    let has_ports = filled(node, "toPorts");
    if !filled(node, "icmps") {
        return if has_ports {
            CiliumServices::Ports(ports(node, faults))
        } else {
            CiliumServices::All
        };
    }
    if has_ports {
        faults.push(Fault::IcmpBesidePorts);
    }
    let entries = Reader::field(node, "icmps").into_iter().flat_map(items);
    let fields = entries.flat_map(|entry| Reader::field(entry, "fields").into_iter().flat_map(items));
    CiliumServices::Icmp(fields.filter_map(|field| icmp::icmp_type(field, faults)).collect())
}

fn ports(rule: Node<'_>, faults: &mut Vec<Fault>) -> Vec<CiliumPort> {
    let mut found = Vec::new();
    for entry in Reader::field(rule, "toPorts").into_iter().flat_map(items) {
        let ports: Vec<_> = Reader::field(entry, "ports").into_iter().flat_map(items).collect();
        if ports.len() > MOST_PORTS {
            faults.push(Fault::TooManyPorts);
        }
        found.extend(ports.into_iter().filter_map(|port| read_port(port, faults)));
    }
    found
}

fn read_port(node: Node<'_>, faults: &mut Vec<Fault>) -> Option<CiliumPort> {
    let protocol = match Reader::field(node, "protocol").and_then(Node::str) {
        None | Some("ANY") => None,
        Some(text) => {
            let known = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter();
            let protocol = known.into_iter().find(|protocol| protocol.name() == text);
            if protocol.is_none() {
                faults.push(Fault::NoProtocol(text.to_owned()));
                return None;
            }
            protocol
        }
    };
    // The schema asks for a port, and for a text.
    let written = Reader::field(node, "port");
    let text = written.and_then(Scalar::text_of);
    let end = Reader::field(node, "endPort").and_then(Scalar::of);
    let target = text.and_then(|text| target(&text, end));
    if target.is_none() {
        let text = written.and_then(Node::str).unwrap_or_default();
        faults.push(Fault::NoPort(text.to_owned()));
    }
    Some(CiliumPort {
        protocol,
        target: target?,
    })
}

/// Reads a port; an `endPort` that is below it, or beside a name or 0, means the single port.
fn target(text: &str, end: Option<Scalar<'_>>) -> Option<CiliumTarget> {
    let Ok(number) = text.parse::<i64>() else {
        let is_name = !text.is_empty() && text.len() <= 15 && text.bytes().any(|byte| byte.is_ascii_alphabetic());
        return is_name.then(|| CiliumTarget::Name(text.to_owned()));
    };
    if number == 0 {
        return Some(CiliumTarget::All);
    }
    let first = PortNumber::new(number)?;
    let last = end
        .and_then(|end| PortNumber::new(end.whole()?))
        .filter(|last| *last > first);
    Some(last.map_or(CiliumTarget::Number(first), |last| CiliumTarget::Range(first, last)))
}
