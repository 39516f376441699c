//! Services that bring clients from outside.

use ipnet::IpNet;

use super::workload::protocol;
use crate::policy::PortNumber;
use crate::policy::read::{self, Object, Reader, Scalar, Source, entries};
use crate::world::{Service, ServicePort, ServiceType, TargetPort};
use crate::yaml::Node;

/// Azure's own way to narrow a load balancer's clients.
const ALLOWED_RANGES: &str = "service.beta.kubernetes.io/azure-allowed-ip-ranges";

/// Reads a Service; `None` where nobody outside can use it.
pub(super) fn service<'a>(object: Object<'a>, source: &Source<'a>) -> Option<Service> {
    let spec = Reader::field(object.node, "spec")?;
    let text = |name| spec.get(name).and_then(Node::str);
    let has_addresses = spec
        .get("externalIPs")
        .is_some_and(|list| list.resolved().items().next().is_some());
    let kind = match text("type") {
        Some("LoadBalancer") => ServiceType::LoadBalancer,
        Some("NodePort") => ServiceType::NodePort,
        _ if has_addresses => ServiceType::ExternalIps,
        _ => return None,
    };
    let (key, namespace_written) = read::key_of(object.node);
    let selector = Reader::field(spec, "selector");
    let keys = selector.map(entries).unwrap_or_default().into_iter();
    Some(Service {
        key,
        place: read::place(object, source),
        namespace_written,
        editable: true,
        kind,
        local_traffic_only: text("externalTrafficPolicy") == Some("Local"),
        selector: read::labels(selector),
        selector_keys: keys.filter_map(|(key, _)| key.str().map(str::to_owned)).collect(),
        ports: items(spec, "ports").filter_map(port).collect(),
        source_ranges: source_ranges(object.node, spec),
        ignores: read::ignores(object, source),
    })
}

fn items<'a>(object: Node<'a>, name: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
    let list = Reader::field(object, name);
    list.into_iter().flat_map(|list| list.resolved().items())
}

fn port(node: Node<'_>) -> Option<ServicePort> {
    let port = PortNumber::new(Scalar::of(node.get("port")?)?.whole()?)?;
    let target = match node.get("targetPort").and_then(Scalar::of) {
        Some(Scalar::Text(name)) if !name.is_empty() => TargetPort::Name(name.into_owned()),
        Some(scalar) => TargetPort::Number(scalar.whole().and_then(PortNumber::new).unwrap_or(port)),
        None => TargetPort::Number(port),
    };
    Some(ServicePort {
        protocol: protocol(node)?,
        port,
        target,
    })
}

fn source_ranges(object: Node<'_>, spec: Node<'_>) -> Vec<IpNet> {
    let annotations = Reader::field(object, "metadata").and_then(|metadata| metadata.get("annotations"));
    let annotated = annotations
        .and_then(|annotations| annotations.get(ALLOWED_RANGES))
        .and_then(Node::str);
    let listed = items(spec, "loadBalancerSourceRanges").filter_map(Node::str);
    listed
        .chain(annotated.into_iter().flat_map(|list| list.split(',')))
        .filter_map(|text| text.trim().parse::<IpNet>().ok())
        .map(|net| net.trunc())
        .collect()
}
