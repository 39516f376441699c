//! Cilium policies, as far as they bear on ours.

use crate::policy::emit::{HASH_ANNOTATION, OWNED_LABEL, SOURCE_ANNOTATION, TRANSFORM_ANNOTATION};
use crate::policy::read::{self, Object, Reader, Source, json};
use crate::policy::spec_hash;
use crate::world::{CiliumPolicy, Owned};
use crate::yaml::{Kind, Node};

/// Reads a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy.
pub(super) fn policy<'a>(object: Object<'a>, source: &Source<'a>, kind: &str) -> CiliumPolicy {
    let spec = Reader::field(object.node, "spec");
    let several = Reader::field(object.node, "specs").map(Node::resolved);
    let all: Vec<Node<'a>> = spec
        .into_iter()
        .chain(several.into_iter().flat_map(Node::items))
        .collect();
    let selected = spec
        .filter(|_| several.is_none())
        .and_then(|spec| Reader::field(spec, "endpointSelector"));
    let read = read::cilium_policy(object, source);
    CiliumPolicy {
        key: read.key,
        place: read.place,
        clusterwide: kind == "CiliumClusterwideNetworkPolicy",
        owned: owned(object.node),
        selector: selected.map(read::lenient_selector),
        denies: all
            .iter()
            .any(|spec| rules(*spec, &["ingressDeny", "egressDeny"]).next().is_some()),
        needs_acns: all
            .iter()
            .any(|spec| rules(*spec, &["ingress", "egress"]).any(needs_acns)),
        specs: read.specs,
        faults: read.faults,
    }
}

fn rules<'a>(spec: Node<'a>, sections: &'static [&'static str]) -> impl Iterator<Item = Node<'a>> {
    let lists = sections.iter().filter_map(move |name| Reader::field(spec, name));
    lists.flat_map(|list| list.resolved().items())
}

/// Tells whether a rule looks into names or requests.
fn needs_acns(rule: Node<'_>) -> bool {
    let ports = Reader::field(rule, "toPorts").map(Node::resolved);
    let mut ports = ports.into_iter().flat_map(Node::items);
    is_filled(rule, "toFQDNs") || ports.any(|entry| is_filled(entry, "rules"))
}

fn is_filled(object: Node<'_>, name: &str) -> bool {
    let Some(value) = Reader::field(object, name).map(Node::resolved) else {
        return false;
    };
    match value.kind() {
        Kind::Mapping => value.pairs().next().is_some(),
        Kind::Sequence => value.items().next().is_some(),
        Kind::Scalar | Kind::Alias => false,
    }
}

fn owned(object: Node<'_>) -> Option<Owned> {
    let metadata = Reader::field(object, "metadata")?;
    let label = metadata.get("labels").and_then(|labels| labels.get(OWNED_LABEL))?;
    if label.str() != Some("true") {
        return None;
    }
    let annotations = metadata.get("annotations");
    let annotation = |name| {
        let node = annotations.and_then(|annotations| annotations.get(name));
        node.and_then(Node::str).unwrap_or_default().to_owned()
    };
    let spec = object.get("spec").map(json);
    Some(Owned {
        editable: true,
        source: annotation(SOURCE_ANNOTATION),
        transform: annotation(TRANSFORM_ANNOTATION),
        hash: annotation(HASH_ANNOTATION),
        actual_hash: spec.as_ref().map(spec_hash).unwrap_or_default(),
    })
}
