//! Pods, and whatever has a pod template.

use std::borrow::Cow;

use std::net::IpAddr;

use crate::policy::read::{self, Object, Reader, Scalar, Source};
use crate::policy::{PortNumber, Protocol, Selector};
use crate::world::{ContainerPort, Seat, Workload};
use crate::yaml::{Kind, Node};

const OS_LABEL: &str = "kubernetes.io/os";

/// Reads a workload; `None` where the object has no containers, or is a pod that has ended.
pub(super) fn workload<'a>(object: Object<'a>, source: &Source<'a>, kind: &str) -> Option<Workload> {
    let spec = Reader::field(object.node, "spec")?;
    let (pod, own_selector) = match kind {
        "Pod" if has_ended(object.node) => return None,
        "Pod" => (object.node, None),
        "Job" => (spec.get("template")?, None),
        _ => match spec.get("jobTemplate") {
            Some(job) => (job.get("spec")?.get("template")?, None),
            None => (spec.get("template")?, spec.get("selector")),
        },
    };
    let pod_spec = pod.get("spec")?;
    let containers = pod_spec.get("containers")?.resolved();
    if containers.kind() != Kind::Sequence {
        return None;
    }
    let labels = Reader::field(pod, "metadata").and_then(|metadata| metadata.get("labels"));
    Some(Workload {
        kind: kind.to_owned(),
        key: read::key_of(object.node).0,
        place: read::place(object, source),
        labels: read::labels(labels),
        selector: own_selector.map(selector),
        host_network: pod_spec.get("hostNetwork").and_then(Scalar::of) == Some(Scalar::Bool(true)),
        windows: is_windows(pod_spec),
        ports: containers.items().flat_map(ports).collect(),
        seat: (kind == "Pod").then(|| seat(object.node, pod_spec)).flatten(),
    })
}

/// Reads where a Pod runs; `None` where nothing is told, as in every manifest that was not read from a cluster.
fn seat(pod: Node<'_>, spec: Node<'_>) -> Option<Box<Seat>> {
    let status = Reader::field(pod, "status");
    let address = |node: Node<'_>| node.str()?.parse::<IpAddr>().ok();
    let listed = status.and_then(|status| status.get("podIPs")).map(Node::resolved);
    let listed = listed.into_iter().flat_map(Node::items);
    let mut addresses: Vec<IpAddr> = listed.filter_map(|item| address(item.resolved().get("ip")?)).collect();
    if addresses.is_empty() {
        addresses.extend(status.and_then(|status| address(status.get("podIP")?)));
    }
    let node = spec.get("nodeName").and_then(Scalar::text_of);
    let node = node.filter(|name| !name.is_empty()).map(Cow::into_owned);
    (node.is_some() || !addresses.is_empty()).then(|| Box::new(Seat { node, addresses }))
}

/// Reads a workload's own selector: a `LabelSelector`, or of a `ReplicationController` the bare labels.
fn selector(node: Node<'_>) -> Selector {
    if node.get("matchLabels").is_some() || node.get("matchExpressions").is_some() {
        return read::lenient_selector(node);
    }
    let labels = read::labels(Some(node));
    Selector::of_labels(&labels)
}

fn has_ended(pod: Node<'_>) -> bool {
    let phase = Reader::field(pod, "status").and_then(|status| status.get("phase"));
    matches!(phase.and_then(Node::str), Some("Succeeded" | "Failed"))
}

fn is_windows(pod_spec: Node<'_>) -> bool {
    let by_selector = pod_spec.get("nodeSelector").and_then(|labels| labels.get(OS_LABEL));
    let by_field = pod_spec.get("os").and_then(|os| os.get("name"));
    [by_selector, by_field]
        .into_iter()
        .flatten()
        .any(|node| node.str() == Some("windows"))
}

fn ports(container: Node<'_>) -> Vec<ContainerPort> {
    let ports = container.get("ports").map(|ports| ports.resolved().items());
    ports.into_iter().flatten().filter_map(port).collect()
}

fn port(node: Node<'_>) -> Option<ContainerPort> {
    let number = Scalar::of(node.get("containerPort")?)?.whole()?;
    Some(ContainerPort {
        name: node.get("name").and_then(Scalar::text_of).map(Cow::into_owned),
        number: PortNumber::new(number)?,
        protocol: protocol(node)?,
    })
}

/// Reads a `protocol`, TCP where none is written; `None` where it is no known one.
pub(super) fn protocol(port: Node<'_>) -> Option<Protocol> {
    let Some(node) = Reader::field(port, "protocol") else {
        return Some(Protocol::Tcp);
    };
    let all = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    all.into_iter().find(|protocol| node.str() == Some(protocol.name()))
}
