//! Overlays as manifests: their exact form.

use serde_json::{Map, Value as Json, json};

use super::cnp::{CnpPeers, CnpPort, CnpRule, Overlay, SourceRef};
use super::hash::spec_hash;
use super::meaning::endpoints;
use super::model::Direction;
use super::selector::Selector;
use crate::yaml::{self, Sequences, Value};

/// The label on every overlay of ours.
pub const OWNED_LABEL: &str = "ciliate.dev/owned";
/// The annotation that names the source.
pub const SOURCE_ANNOTATION: &str = "ciliate.dev/source";
/// The annotation that names the transform.
pub const TRANSFORM_ANNOTATION: &str = "ciliate.dev/transform";
/// The annotation with the hash of the `spec` as we wrote it.
pub const HASH_ANNOTATION: &str = "ciliate.dev/hash";

const HEADER: &str = "# Only after the switch to Cilium: before it the cilium.io CRDs don't exist.\n";

/// The most ports in one `toPorts[].ports`; further ones go into further entries of the same rule.
const MAX_PORTS_PER_LIST: usize = 40;

/// Returns the text of an overlay as a document, without the `---` above it.
///
/// `namespace` is what stands in `metadata.namespace`, and in the source's annotation; `annotations` come before ours.
pub fn render(
    overlay: &Overlay,
    name: &str,
    namespace: Option<&str>,
    annotations: &[(&str, &str)],
    sequences: Sequences,
) -> String {
    let manifest = manifest(overlay, name, namespace, annotations);
    format!("{HEADER}{}", yaml::block(&manifest, sequences))
}

/// Returns an overlay as a manifest.
pub fn manifest(overlay: &Overlay, name: &str, namespace: Option<&str>, annotations: &[(&str, &str)]) -> Value {
    let mut metadata = vec![("name", Value::string(name))];
    metadata.extend(namespace.map(|namespace| ("namespace", Value::string(namespace))));
    metadata.push(("labels", Value::map([(OWNED_LABEL, Value::string("true"))])));
    let own = [
        (SOURCE_ANNOTATION, source_text(&overlay.sources, namespace)),
        (TRANSFORM_ANNOTATION, overlay.transform.to_owned()),
        (HASH_ANNOTATION, overlay_hash(overlay)),
    ];
    let given = annotations.iter().map(|&(key, value)| (key, Value::string(value)));
    let annotations = given.chain(own.map(|(key, value)| (key, Value::string(value))));
    metadata.push(("annotations", Value::map(annotations)));
    Value::map([
        ("apiVersion", Value::string("cilium.io/v2")),
        ("kind", Value::string("CiliumNetworkPolicy")),
        ("metadata", Value::map(metadata)),
        ("spec", spec(overlay)),
    ])
}

/// Returns an overlay's `spec`.
pub fn spec(overlay: &Overlay) -> Value {
    from_json(spec_json(overlay))
}

/// Returns the hash of an overlay's `spec`.
pub fn overlay_hash(overlay: &Overlay) -> String {
    spec_hash(&spec_json(overlay))
}

/// Returns what names the sources: `NetworkPolicy/shop/web`, several parted by a blank, or without a namespace where
/// none is given.
pub fn source_text(sources: &[SourceRef], namespace: Option<&str>) -> String {
    let text = |source: &SourceRef| match namespace {
        Some(namespace) => format!("{}/{namespace}/{}", source.kind, source.name),
        None => format!("{}/{}", source.kind, source.name),
    };
    sources.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// Returns an overlay's `spec` as JSON, its keys in the order in which it is written.
pub(crate) fn spec_json(overlay: &Overlay) -> Json {
    let mut spec = Map::new();
    spec.insert("endpointSelector".into(), selector_json(&overlay.selector));
    if overlay.never_isolates {
        spec.insert("enableDefaultDeny".into(), json!({"egress": false, "ingress": false}));
    }
    for (direction, rules) in [
        (Direction::Egress, &overlay.egress),
        (Direction::Ingress, &overlay.ingress),
    ] {
        if !rules.is_empty() {
            let rules = rules.iter().map(|rule| rule_json(rule, direction)).collect();
            spec.insert(direction.section_key().into(), Json::Array(rules));
        }
    }
    Json::Object(spec)
}

fn rule_json(rule: &CnpRule, direction: Direction) -> Json {
    let (kind, peers) = match &rule.peers {
        CnpPeers::Entities(entities) => ("Entities", entities.iter().map(|entity| entity.name().into()).collect()),
        CnpPeers::Cidrs(nets) => ("CIDR", nets.iter().map(|net| net.to_string().into()).collect()),
        CnpPeers::CidrSet(nets) => (
            "CIDRSet",
            nets.iter().map(|net| json!({"cidr": net.to_string()})).collect(),
        ),
        CnpPeers::Endpoints { namespaces, pods } => (
            "Endpoints",
            vec![selector_json(&endpoints(namespaces.as_ref(), pods.as_ref()))],
        ),
    };
    let mut fields = Map::new();
    fields.insert(format!("{}{kind}", direction.peers_key()), Json::Array(peers));
    if !rule.ports.is_empty() {
        let lists = rule.ports.chunks(MAX_PORTS_PER_LIST);
        let lists = lists.map(|ports| json!({"ports": ports.iter().map(port_json).collect::<Vec<_>>()}));
        fields.insert("toPorts".into(), lists.collect());
    }
    Json::Object(fields)
}

fn port_json(port: &CnpPort) -> Json {
    match port {
        CnpPort::All(protocol) => json!({"port": "0", "protocol": protocol.name()}),
        CnpPort::Number(port, protocol) => json!({"port": port.to_string(), "protocol": protocol.name()}),
        CnpPort::Range(first, last, protocol) => {
            json!({"port": first.to_string(), "endPort": last.get(), "protocol": protocol.name()})
        }
        CnpPort::Name(name, protocol) => json!({"port": name, "protocol": protocol.name()}),
    }
}

fn selector_json(selector: &Selector) -> Json {
    let mut fields = Map::new();
    if !selector.labels.is_empty() {
        let labels = selector
            .labels
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().into()));
        fields.insert("matchLabels".into(), Json::Object(labels.collect()));
    }
    if !selector.expressions.is_empty() {
        let terms = selector.expressions.iter().map(|term| {
            let mut fields = Map::new();
            fields.insert("key".into(), term.key.as_str().into());
            fields.insert("operator".into(), term.operator.name().into());
            if !term.values.is_empty() {
                fields.insert("values".into(), term.values.iter().map(String::as_str).collect());
            }
            Json::Object(fields)
        });
        fields.insert("matchExpressions".into(), terms.collect());
    }
    Json::Object(fields)
}

fn from_json(json: Json) -> Value {
    match json {
        Json::Null => Value::plain("null"),
        Json::Bool(_) | Json::Number(_) => Value::plain(json.to_string()),
        Json::String(text) => Value::string(text),
        Json::Array(items) => Value::seq(items.into_iter().map(from_json)),
        Json::Object(fields) => Value::map(fields.into_iter().map(|(key, value)| (key, from_json(value)))),
    }
}

#[cfg(test)]
mod tests;
