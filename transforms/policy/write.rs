//! The model as YAML values: what a new rule, peer or port looks like when it is written.

use super::model::{Block, Direction, Peer, Port, PortTarget, Rule};
use super::selector::{Requirement, Selector};
use crate::yaml::{Scalar, Value};

/// Returns a rule; peers first, as the documentation writes it.
pub(crate) fn rule(rule: &Rule, direction: Direction) -> Value {
    let mut pairs = Vec::new();
    if !rule.peers.is_empty() {
        let peers = rule.peers.iter().map(|entry| peer(&entry.value)).collect();
        pairs.push((direction.peers_key(), Value::Seq(peers)));
    }
    if !rule.ports.is_empty() {
        let ports = rule.ports.iter().map(|entry| port(&entry.value)).collect();
        pairs.push(("ports", Value::Seq(ports)));
    }
    map(pairs)
}

/// Returns an entry of `from` or `to`.
pub(crate) fn peer(peer: &Peer) -> Value {
    match peer {
        Peer::Pods { pods, namespaces } => {
            let terms = [("namespaceSelector", namespaces), ("podSelector", pods)];
            map(terms
                .into_iter()
                .filter_map(|(key, term)| Some((key, selector(term.as_ref()?)))))
        }
        Peer::Block(block) => map([("ipBlock", ip_block(block))]),
    }
}

/// Returns an entry of `ports`.
pub(crate) fn port(port: &Port) -> Value {
    let protocol = port
        .protocol_written
        .then(|| ("protocol", Value::string(port.protocol.name())));
    let number = port_value(&port.target).map(|value| ("port", value));
    let last = match &port.target {
        PortTarget::Range(_, last) => Some(("endPort", Value::plain(last.to_string()))),
        PortTarget::All | PortTarget::Number(_) | PortTarget::Name(_) | PortTarget::Substituted(_) => None,
    };
    map([protocol, number, last].into_iter().flatten())
}

/// Returns the value of the key `port`: a number plain, a name quoted where it must be; nothing for all ports.
fn port_value(target: &PortTarget) -> Option<Value> {
    match target {
        PortTarget::All => None,
        PortTarget::Number(number) | PortTarget::Range(number, _) => Some(Value::plain(number.to_string())),
        PortTarget::Name(name) => Some(Value::string(name)),
        PortTarget::Substituted(text) => Some(Value::plain(text)),
    }
}

/// Returns the scalar that the key `port` gets.
pub(crate) fn port_scalar(target: &PortTarget) -> Option<Scalar> {
    match port_value(target)? {
        Value::Scalar(scalar) => Some(scalar),
        Value::Seq(_) | Value::Map(_) | Value::Alias(_) => None,
    }
}

/// Returns a selector.
pub(crate) fn selector(selector: &Selector) -> Value {
    let mut pairs = Vec::new();
    if !selector.labels.is_empty() {
        let labels = selector
            .labels
            .iter()
            .map(|(key, value)| (Value::string(key), Value::string(value)))
            .collect();
        pairs.push(("matchLabels", Value::Map(labels)));
    }
    if !selector.expressions.is_empty() {
        pairs.push((
            "matchExpressions",
            Value::Seq(selector.expressions.iter().map(requirement).collect()),
        ));
    }
    map(pairs)
}

/// Returns an entry of `matchExpressions`.
pub(crate) fn requirement(requirement: &Requirement) -> Value {
    let mut pairs = vec![
        ("key", Value::string(&requirement.key)),
        ("operator", Value::string(requirement.operator.name())),
    ];
    if !requirement.values.is_empty() {
        pairs.push((
            "values",
            Value::Seq(requirement.values.iter().map(Value::string).collect()),
        ));
    }
    map(pairs)
}

fn ip_block(block: &Block) -> Value {
    let mut pairs = vec![("cidr", Value::string(&block.cidr.text))];
    if !block.except.is_empty() {
        pairs.push((
            "except",
            Value::Seq(block.except.iter().map(|cidr| Value::string(&cidr.text)).collect()),
        ));
    }
    map(pairs)
}

fn map<'k>(pairs: impl IntoIterator<Item = (&'k str, Value)>) -> Value {
    Value::Map(
        pairs
            .into_iter()
            .map(|(key, value)| (Value::string(key), value))
            .collect(),
    )
}
