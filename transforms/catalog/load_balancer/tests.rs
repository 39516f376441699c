use super::*;
use crate::overlay::sample::{decisions, told, world};
use crate::world::Client;

const DENY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
";
const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec: {containers: [{name: web, ports: [{name: http, containerPort: 8080}]}]}
---
";

fn service(spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\n\
         spec: {{type: LoadBalancer, selector: {{app: web}}, {spec}}}\n---\n"
    )
}

fn on_8080() -> String {
    service("ports: [{port: 80, targetPort: 8080}]")
}

fn ingress(selector: &str, rules: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: allow, namespace: shop}}\n\
         spec: {{podSelector: {selector}, policyTypes: [Ingress], ingress: {rules}}}\n---\n"
    )
}

fn decided(cilium: u8, parts: &[&str]) -> Vec<String> {
    told(&decisions(&TRANSFORM, &world(cilium, &parts.concat())))
}

const TO_8080: &str = r#""toPorts":[{"ports":[{"port":"8080","protocol":"TCP"}]}]"#;

fn anyone() -> String {
    format!(r#"review [{{"fromEntities":["world","remote-node"],{TO_8080}}}]"#)
}

#[test]
fn clients_come_to_the_target_port_from_the_world_and_from_other_nodes() {
    assert_eq!(decided(18, &[DENY, DEPLOYMENT, &on_8080()]), [anyone()]);
    assert_eq!(decided(18, &[DENY, &on_8080()]), [anyone()]);
}

#[test]
fn the_name_of_a_target_port_becomes_the_number_of_its_pods() {
    let named = service("ports: [{port: 80, targetPort: http}]");
    assert_eq!(decided(18, &[DENY, DEPLOYMENT, &named]), [anyone()]);
    let unknown = anyone().replace("8080", "http");
    assert_eq!(decided(18, &[DENY, &named]), [unknown]);
}

#[test]
fn a_service_that_npm_judges_by_the_client_needs_nothing() {
    let local = service("externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080}]");
    assert_eq!(decided(18, &[DENY, DEPLOYMENT, &local]), ["nothing"]);
}

#[test]
fn pods_that_nobody_isolates_for_ingress_need_nothing() {
    let other = ingress("{matchLabels: {app: db}}", "[]");
    let egress = DENY.replace("Ingress", "Egress");
    for policies in ["", &other, &egress] {
        assert_eq!(
            decided(18, &[policies, DEPLOYMENT, &on_8080()]),
            ["nothing"],
            "{policies}"
        );
    }
}

#[test]
fn known_pods_tell_which_policies_isolate_them() {
    let by_tier = ingress("{matchLabels: {tier: front}}", "[]");
    assert_eq!(decided(18, &[&by_tier, DEPLOYMENT, &on_8080()]), [anyone()]);
    let back = ingress("{matchLabels: {tier: back}}", "[]");
    assert_eq!(decided(18, &[&back, DEPLOYMENT, &on_8080()]), ["nothing"]);
}

#[test]
fn open_target_ports_need_nothing_and_an_open_service_port_does_not_help() {
    let target = ingress("{}", "[{ports: [{port: 8080}]}]");
    let everywhere = ingress("{}", "[{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: http}]}]");
    for open in [&target, &everywhere] {
        assert_eq!(
            decided(18, &[DENY, open, DEPLOYMENT, &on_8080()]),
            ["nothing"],
            "{open}"
        );
    }
    let service_port = ingress("{}", "[{ports: [{port: 80}]}]");
    assert_eq!(decided(18, &[DENY, &service_port, DEPLOYMENT, &on_8080()]), [anyone()]);
    let pods_alone = ingress("{}", "[{from: [{namespaceSelector: {}}]}]");
    assert_eq!(decided(18, &[DENY, &pods_alone, DEPLOYMENT, &on_8080()]), [anyone()]);
}

#[test]
fn given_clients_come_with_the_health_probe_and_the_other_nodes() {
    let ranges = service("loadBalancerSourceRanges: [198.51.100.0/24], ports: [{port: 80, targetPort: 8080}]");
    let blocks = r#"{"cidr":"198.51.100.0/24"},{"cidr":"168.63.129.16/32"}"#;
    let expected =
        format!(r#"review [{{"fromCIDRSet":[{blocks}],{TO_8080}}},{{"fromEntities":["remote-node"],{TO_8080}}}]"#);
    assert_eq!(decided(18, &[DENY, DEPLOYMENT, &ranges]), [expected]);
}

#[test]
fn the_config_names_pods_as_clients() {
    let mut world = world(18, &[DENY, DEPLOYMENT, &on_8080()].concat());
    let namespaces = [("team".to_owned(), "pay".to_owned())].into();
    let client = Client::Pods {
        namespaces: Some(namespaces),
        pods: None,
    };
    world.settings.clients.insert("shop/web".to_owned(), vec![client]);
    let decided = &told(&decisions(&TRANSFORM, &world))[0];
    assert!(
        decided.contains(r#""k8s:io.cilium.k8s.namespace.labels.team":"pay""#),
        "{decided}"
    );
    assert!(decided.contains("168.63.129.16/32") && decided.contains("remote-node") && !decided.contains("world"));
}

#[test]
fn below_1_16_each_isolating_policy_has_an_overlay_for_the_pods_of_both() {
    let front = ingress(
        "{matchLabels: {tier: front}, matchExpressions: [{key: x, operator: DoesNotExist}]}",
        "[]",
    );
    let world = world(15, &[DENY, &front, DEPLOYMENT, &on_8080()].concat());
    let decisions = decisions(&TRANSFORM, &world);
    let overlays: Vec<_> = decisions
        .iter()
        .filter_map(|decision| match decision {
            Decision::Change(Change {
                act: Act::Overlay(overlay),
                ..
            }) => Some(overlay),
            _ => None,
        })
        .collect();
    let names: Vec<_> = overlays
        .iter()
        .map(|overlay| crate::overlay::name(overlay, |_| false))
        .collect();
    assert_eq!(names, ["web-load-balancer-deny", "web-load-balancer-allow"]);
    assert!(overlays.iter().all(|overlay| !overlay.never_isolates));
    let labels: Vec<_> = overlays[1]
        .selector
        .labels
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(labels, ["app", "tier"]);
    assert_eq!(overlays[1].selector.expressions.len(), 1);
}

#[test]
fn it_always_needs_a_look_and_lists_what_it_opens() {
    let decisions = decisions(&TRANSFORM, &world(18, &[DENY, DEPLOYMENT, &on_8080()].concat()));
    let Decision::Change(change) = &decisions[0] else {
        panic!()
    };
    assert!(!change.grade.is_safe());
    assert!(change.notes.iter().any(|note| note.contains("every other node")));
    assert!(
        change
            .notes
            .iter()
            .any(|note| note.contains("externalTrafficPolicy: Local"))
    );
}

#[test]
fn pods_on_the_network_of_the_node_are_isolated_by_nobody() {
    let host = DEPLOYMENT.replace("spec: {containers", "spec: {hostNetwork: true, containers");
    assert_eq!(decided(18, &[DENY, &host, &on_8080()]), ["nothing"]);
}
