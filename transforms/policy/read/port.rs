//! Entries of a rule's `ports`.

use super::reader::Reader;
use super::scalar::Scalar;
use super::syntax;
use crate::policy::{Port, PortNumber, PortTarget, Protocol};
use crate::yaml::Node;

/// Reads an entry of `ports`; `None` where the API server refuses it.
pub(super) fn port<'a>(reader: &mut Reader<'a>, item: Node<'a>) -> Option<Port> {
    reader.is_object(item, "ports");
    reader.known(item, &["protocol", "port", "endPort"]);
    let (protocol, substituted) = match Reader::field(item, "protocol") {
        None => (None, None),
        Some(node) if reader.substituted(node) => (None, node.str()),
        Some(node) => (Some(protocol(reader, node)?), None),
    };
    let target = target(reader, item)?;
    let written = ["endPort", "port"]
        .into_iter()
        .find_map(|name| Reader::field(item, name));
    Some(Port {
        protocol: protocol.unwrap_or(Protocol::Tcp),
        protocol_written: protocol.is_some() || substituted.is_some(),
        target: substituted.map_or(target, |text| PortTarget::Substituted(text.to_owned())),
        target_span: written.unwrap_or(item).span(),
    })
}

fn protocol<'a>(reader: &mut Reader<'a>, node: Node<'a>) -> Option<Protocol> {
    let text = reader.text(node, "protocol")?;
    let protocol = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
        .into_iter()
        .find(|protocol| protocol.name() == text);
    if protocol.is_none() {
        reader.refuse(node, format!("`{text}` is no protocol: TCP, UDP or SCTP"));
    }
    protocol
}

fn target<'a>(reader: &mut Reader<'a>, item: Node<'a>) -> Option<PortTarget> {
    let end = Reader::field(item, "endPort");
    let Some(node) = Reader::field(item, "port") else {
        if let Some(end) = end {
            reader.refuse(end, "`endPort` needs a `port`");
            return None;
        }
        return Some(PortTarget::All);
    };
    for node in [Some(node), end].into_iter().flatten() {
        if reader.substituted(node) {
            return node.str().map(|text| PortTarget::Substituted(text.to_owned()));
        }
    }
    let port = Scalar::of(node);
    if let Some(Scalar::Text(name)) = port {
        return named(reader, node, &name, end);
    }
    let Some(number) = port.and_then(|port| port.whole()) else {
        reader.refuse(node, "`port` must be a whole number or a name");
        return None;
    };
    numbered(reader, node, number, end)
}

fn numbered<'a>(reader: &mut Reader<'a>, node: Node<'a>, number: i64, end: Option<Node<'a>>) -> Option<PortTarget> {
    let first = number_of(reader, node, number);
    let Some(end) = end else {
        return first.map(PortTarget::Number);
    };
    let Some(last) = Scalar::of(end).and_then(|end| end.whole()) else {
        reader.refuse(end, "`endPort` must be a whole number");
        return None;
    };
    let last_port = number_of(reader, end, last)?;
    if last < number {
        reader.refuse(end, format!("`endPort` {last} is below `port` {number}"));
        return None;
    }
    Some(PortTarget::Range(first?, last_port))
}

fn number_of(reader: &mut Reader<'_>, node: Node<'_>, number: i64) -> Option<PortNumber> {
    let port = PortNumber::new(number);
    if port.is_none() {
        reader.refuse(node, format!("{number} is no port: 1 to 65535"));
    }
    port
}

fn named<'a>(reader: &mut Reader<'a>, node: Node<'a>, name: &str, end: Option<Node<'a>>) -> Option<PortTarget> {
    reader.check(node, syntax::port_name(name));
    if let Some(end) = end {
        reader.refuse(end, "`endPort` can't stand beside a port's name");
        return None;
    }
    Some(PortTarget::Name(name.to_owned()))
}
