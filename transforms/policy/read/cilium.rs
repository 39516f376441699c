//! Policies of Cilium's own kinds: their objects and sections.

use super::reader::Reader;
use super::scalar::Scalar;
use super::{Object, Source, cilium_rule, key_of, lenient_selector, place};
use crate::policy::Direction;
use crate::policy::cilium::{CiliumNetworkPolicy, CiliumRule, CiliumSpec, Fault};
use crate::yaml::{Kind, Node};

/// Reads a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy of `cilium.io/v2`.
///
/// Fields that the schema does not know are ignored, as the server does when a client does not ask it to be strict.
///
/// # Source
/// <https://github.com/cilium/cilium/blob/v1.18.6/pkg/k8s/apis/cilium.io/v2/cnp_types.go>
pub fn cilium_policy<'a>(object: Object<'a>, source: &Source<'a>) -> CiliumNetworkPolicy {
    let spec = Reader::field(object.node, "spec").into_iter();
    let several = Reader::field(object.node, "specs").into_iter().flat_map(items);
    let mut faults = Vec::new();
    let specs: Vec<CiliumSpec> = spec.chain(several).map(|node| read_spec(node, &mut faults)).collect();
    if specs.is_empty() {
        faults.push(Fault::NoRule);
    }
    let kind = object.node.get("kind").and_then(Scalar::text_of);
    CiliumNetworkPolicy {
        key: key_of(object.node).0,
        place: place(object, source),
        clusterwide: kind.as_deref() == Some("CiliumClusterwideNetworkPolicy"),
        specs,
        faults,
    }
}

fn read_spec(node: Node<'_>, faults: &mut Vec<Fault>) -> CiliumSpec {
    let endpoints = Reader::field(node, "endpointSelector");
    if endpoints.is_some() == Reader::field(node, "nodeSelector").is_some() {
        faults.push(Fault::NoSubject);
    }
    let deny = Reader::field(node, "enableDefaultDeny");
    let deny = |name| deny.and_then(|deny| Reader::field(deny, name)).and_then(boolean);
    let mut section = |name, direction| rules(node, name, direction, faults);
    let spec = CiliumSpec {
        endpoints: endpoints.map(lenient_selector),
        ingress_default_deny: deny("ingress"),
        egress_default_deny: deny("egress"),
        ingress: section("ingress", Direction::Ingress),
        ingress_deny: section("ingressDeny", Direction::Ingress),
        egress: section("egress", Direction::Egress),
        egress_deny: section("egressDeny", Direction::Egress),
    };
    let sections = [&spec.ingress, &spec.ingress_deny, &spec.egress, &spec.egress_deny];
    if sections.iter().all(|section| section.is_empty()) {
        faults.push(Fault::NoRule);
    }
    spec
}

fn rules(spec: Node<'_>, name: &str, direction: Direction, faults: &mut Vec<Fault>) -> Vec<CiliumRule> {
    let list = Reader::field(spec, name);
    list.into_iter()
        .flat_map(items)
        .map(|rule| cilium_rule::rule(rule, direction, faults))
        .collect()
}

fn boolean(node: Node<'_>) -> Option<bool> {
    match Scalar::of(node)? {
        Scalar::Bool(value) => Some(value),
        Scalar::Null | Scalar::Integer(_) | Scalar::Float(_) | Scalar::Text(_) => None,
    }
}

/// Returns the items of a list; nothing where it is none.
pub(super) fn items(list: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let list = list.resolved();
    let items = (list.kind() == Kind::Sequence).then(|| list.items());
    items.into_iter().flatten().map(Node::resolved)
}
