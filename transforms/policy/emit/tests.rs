//! The bytes of overlays.

use super::*;
use crate::policy::Labels;
use crate::policy::{Entity, Namespace, Operator, PortNumber, Protocol, Requirement};

fn tcp(port: i64) -> CnpPort {
    CnpPort::Number(PortNumber::new(port).unwrap(), Protocol::Tcp)
}

fn web_egress() -> Overlay {
    Overlay {
        sources: vec![SourceRef {
            kind: "NetworkPolicy",
            namespace: Namespace::Named("shop".into()),
            name: "web-egress".into(),
        }],
        namespace_written: true,
        transform: "node-egress",
        selector: Selector {
            labels: vec![("app".into(), "web".into())],
            expressions: vec![],
        },
        never_isolates: true,
        ingress: vec![],
        egress: vec![
            CnpRule {
                peers: CnpPeers::Entities(vec![Entity::Host]),
                ports: vec![],
            },
            CnpRule {
                peers: CnpPeers::Entities(vec![Entity::RemoteNode]),
                ports: vec![tcp(443)],
            },
        ],
    }
}

#[test]
fn an_overlay_is_written_exactly_as_the_design_shows_it() {
    let text = render(
        &web_egress(),
        "web-egress-node-egress",
        Some("shop"),
        &[],
        Sequences::Level,
    );
    assert_eq!(
        text,
        r#"# Only after the switch to Cilium: before it the cilium.io CRDs don't exist.
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: web-egress-node-egress
  namespace: shop
  labels:
    ciliate.dev/owned: "true"
  annotations:
    ciliate.dev/source: NetworkPolicy/shop/web-egress
    ciliate.dev/transform: node-egress
    ciliate.dev/hash: ca1f1c72622cd4f0
spec:
  endpointSelector:
    matchLabels:
      app: web
  enableDefaultDeny:
    egress: false
    ingress: false
  egress:
  - toEntities:
    - host
  - toEntities:
    - remote-node
    toPorts:
    - ports:
      - port: "443"
        protocol: TCP
"#
    );
}

#[test]
fn without_the_switch_of_default_deny_the_field_is_absent() {
    let mut overlay = web_egress();
    overlay.never_isolates = false;
    assert!(!render(&overlay, "x", None, &[], Sequences::Level).contains("enableDefaultDeny"));
}

#[test]
fn an_empty_selector_and_words_that_yaml_1_1_reads_otherwise_survive() {
    let mut overlay = web_egress();
    overlay.selector = Selector::default();
    assert!(render(&overlay, "x", None, &[], Sequences::Level).contains("  endpointSelector: {}\n"));
    overlay.selector = Selector {
        labels: vec![("on".into(), "012".into())],
        expressions: vec![Requirement {
            key: "tier".into(),
            operator: Operator::In,
            values: vec!["no".into(), "1e3".into()],
        }],
    };
    let text = render(&overlay, "x", None, &[], Sequences::Level);
    assert!(text.contains("      \"on\": \"012\"\n"), "{text}");
    assert!(text.contains("      - \"no\"\n      - \"1e3\"\n"), "{text}");
}

#[test]
fn forty_one_ports_make_two_lists_of_one_rule() {
    let mut overlay = web_egress();
    overlay.egress[1].ports = (1..=41).map(tcp).collect();
    let spec = spec_json(&overlay);
    let lists = spec["egress"][1]["toPorts"].as_array().unwrap();
    let lengths: Vec<_> = lists
        .iter()
        .map(|list| list["ports"].as_array().unwrap().len())
        .collect();
    assert_eq!(lengths, [40, 1]);
}

#[test]
fn pods_of_every_namespace_are_asked_for_by_name() {
    let pods = Labels::from([("app".to_owned(), "gateway".to_owned())]);
    assert_eq!(
        selector_json(&endpoints(None, Some(&pods))),
        json!({
            "matchLabels": {"app": "gateway"},
            "matchExpressions": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"}],
        })
    );
    let namespaces = Labels::from([("team".to_owned(), "pay".to_owned())]);
    assert_eq!(
        selector_json(&endpoints(Some(&namespaces), None)),
        json!({"matchLabels": {"k8s:io.cilium.k8s.namespace.labels.team": "pay"}})
    );
}
