//! What an overlay means to Cilium, without the way over its text.

use super::cilium::{CiliumBlock, CiliumPeers, CiliumPort, CiliumRule, CiliumServices, CiliumSpec, CiliumTarget};
use super::cnp::{CnpPeers, CnpPort, CnpRule, Overlay};
use super::selector::{Labels, Operator, Requirement, Selector};

/// The label that Cilium gives every pod for its namespace.
const POD_NAMESPACE: &str = "k8s:io.kubernetes.pod.namespace";

impl From<&Overlay> for CiliumSpec {
    fn from(overlay: &Overlay) -> Self {
        let default_deny = overlay.never_isolates.then_some(false);
        Self {
            endpoints: Some(overlay.selector.clone()),
            ingress_default_deny: default_deny,
            egress_default_deny: default_deny,
            ingress: overlay.ingress.iter().map(CiliumRule::from).collect(),
            egress: overlay.egress.iter().map(CiliumRule::from).collect(),
            ..Self::default()
        }
    }
}

impl From<&CnpRule> for CiliumRule {
    fn from(rule: &CnpRule) -> Self {
        let peers = match &rule.peers {
            CnpPeers::Entities(entities) => CiliumPeers::Entities(entities.clone()),
            CnpPeers::Cidrs(nets) | CnpPeers::CidrSet(nets) => {
                CiliumPeers::Blocks(nets.iter().map(|&net| CiliumBlock::whole(net)).collect())
            }
            CnpPeers::Endpoints { namespaces, pods } => {
                CiliumPeers::Endpoints(vec![endpoints(namespaces.as_ref(), pods.as_ref())])
            }
        };
        let services = match &rule.ports[..] {
            [] => CiliumServices::All,
            ports => CiliumServices::Ports(ports.iter().map(CiliumPort::from).collect()),
        };
        Self { peers, services }
    }
}

impl From<&CnpPort> for CiliumPort {
    fn from(port: &CnpPort) -> Self {
        let (protocol, target) = match port {
            CnpPort::All(protocol) => (protocol, CiliumTarget::All),
            CnpPort::Number(number, protocol) => (protocol, CiliumTarget::Number(*number)),
            CnpPort::Range(first, last, protocol) => (protocol, CiliumTarget::Range(*first, *last)),
            CnpPort::Name(name, protocol) => (protocol, CiliumTarget::Name(name.clone())),
        };
        Self {
            protocol: Some(*protocol),
            target,
        }
    }
}

/// Returns the entry of `fromEndpoints` for pods by labels, in namespaces by labels.
///
/// Without a label of the namespace, Cilium would look for the pods in the overlay's own namespace alone.
pub(super) fn endpoints(namespaces: Option<&Labels>, pods: Option<&Labels>) -> Selector {
    let in_namespaces = namespaces.into_iter().flatten().map(|(key, value)| {
        let key = if key == "kubernetes.io/metadata.name" {
            POD_NAMESPACE.to_owned()
        } else {
            format!("k8s:io.cilium.k8s.namespace.labels.{key}")
        };
        (key, value.clone())
    });
    let mut labels: Vec<_> = in_namespaces.collect();
    let anywhere = Requirement {
        key: POD_NAMESPACE.to_owned(),
        operator: Operator::Exists,
        values: Vec::new(),
    };
    let expressions = if labels.is_empty() { vec![anywhere] } else { Vec::new() };
    let pods = pods.into_iter().flatten();
    labels.extend(pods.map(|(key, value)| (key.clone(), value.clone())));
    Selector { labels, expressions }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::emit::render;
    use crate::policy::{Entity, Namespace, PortNumber, Protocol, SourceRef};
    use crate::source::FileId;
    use crate::world::extract::{Wanted, extract};
    use crate::world::mentions::mentions;
    use crate::yaml::Sequences;

    #[test]
    fn an_overlay_means_what_its_text_says() {
        let port = |number| PortNumber::new(number).unwrap();
        let label = |key: &str, value: &str| Some(Labels::from([(key.to_owned(), value.to_owned())]));
        let rule = |peers, ports| CnpRule { peers, ports };
        let every_peer = [
            CnpPeers::Entities(vec![Entity::World, Entity::RemoteNode]),
            CnpPeers::CidrSet(vec!["198.51.100.0/24".parse().unwrap()]),
            CnpPeers::Endpoints {
                namespaces: label("team", "pay"),
                pods: label("app", "web"),
            },
            CnpPeers::Endpoints {
                namespaces: None,
                pods: label("app", "web"),
            },
            CnpPeers::Endpoints {
                namespaces: label("kubernetes.io/metadata.name", "shop"),
                pods: None,
            },
        ];
        let every_port = vec![
            CnpPort::All(Protocol::Udp),
            CnpPort::Number(port(443), Protocol::Tcp),
            CnpPort::Range(port(8000), port(8010), Protocol::Tcp),
            CnpPort::Name("http".to_owned(), Protocol::Tcp),
        ];
        let overlay = Overlay {
            sources: vec![SourceRef {
                kind: "NetworkPolicy",
                namespace: Namespace::Named("shop".into()),
                name: "web".into(),
            }],
            namespace_written: true,
            transform: "load-balancer",
            selector: Selector {
                labels: vec![("app".to_owned(), "web".to_owned())],
                expressions: Vec::new(),
            },
            never_isolates: true,
            ingress: every_peer
                .into_iter()
                .map(|peers| rule(peers, every_port.clone()))
                .collect(),
            egress: vec![
                rule(CnpPeers::Entities(vec![Entity::Host]), Vec::new()),
                rule(CnpPeers::Cidrs(vec!["169.254.10.0/24".parse().unwrap()]), Vec::new()),
            ],
        };
        let text = render(&overlay, "web", Some("shop"), &[], Sequences::Indented);
        let read = extract(FileId(0), "", &text, mentions(text.as_bytes()), Wanted::default());
        assert_eq!(read.cilium_policies[0].specs, [CiliumSpec::from(&overlay)]);
    }
}
