use ipnet::IpNet;

use super::*;
use crate::overlay::sample::{decisions, policy, told};
use crate::world::facts::NodeFact;

fn decided(rest: &str, nodes: &[&str]) -> Vec<String> {
    let mut world = policy(18, &format!("policyTypes: [Ingress], {rest}"));
    world.facts.node_cidrs = nodes.iter().map(|net| net.parse::<IpNet>().unwrap()).collect();
    told(&decisions(&TRANSFORM, &world))
}

fn remote(ports: &str) -> String {
    format!(r#"safe [{{"fromEntities":["remote-node"],"toPorts":[{{"ports":[{ports}]}}]}}]"#)
}

#[test]
fn without_a_block_that_meets_nodes_nothing_is_needed() {
    for rest in [
        "ingress: []",
        "ingress: [{}]",
        "ingress: [{from: [{namespaceSelector: {}}]}]",
        "ingress: [{ports: [{port: 80}]}]",
        "ingress: [{from: [{ipBlock: {cidr: 192.168.0.0/16}}]}]",
    ] {
        assert_eq!(decided(rest, &["10.224.0.0/16"]), ["nothing"], "{rest}");
    }
}

#[test]
fn a_block_over_all_nodes_admits_the_others_on_its_ports() {
    let port = r#"{"port":"8080","protocol":"TCP"}"#;
    for cidr in ["10.224.0.0/16", "0.0.0.0/0"] {
        let rest = format!("ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}], ports: [{{port: 8080}}]}}]");
        assert_eq!(decided(&rest, &["10.224.0.0/16"]), [remote(port)], "{cidr}");
    }
}

#[test]
fn nodes_that_a_hole_keeps_out_stay_out() {
    let rest = "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.224.0.0/16]}}]}]";
    assert_eq!(decided(rest, &["10.224.0.0/16"]), ["nothing"]);
}

#[test]
fn an_ingress_name_stays_since_each_pod_resolves_its_own() {
    let rest = "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: http}]}]";
    assert_eq!(decided(rest, &[]), [remote(r#"{"port":"http","protocol":"TCP"}"#)]);
}

#[test]
fn unknown_nodes_are_asked_for() {
    let rest = "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]";
    assert_eq!(decided(rest, &[]), ["waits node CIDRs block 10.0.0.0/8"]);
}

#[test]
fn a_part_of_a_subnet_that_pods_share_reaches_nodes_only_where_they_are_known() {
    let mut world = policy(
        18,
        "policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 10.225.0.0/26}}]}]",
    );
    world.facts.node_cidrs = vec!["10.225.0.0/16".parse().unwrap()];
    world.facts.pod_cidrs = world.facts.node_cidrs.clone();
    let mut with_node = |address: &str| {
        world.facts.nodes = vec![NodeFact {
            name: "node".to_owned(),
            addresses: vec![address.parse().unwrap()],
            windows: false,
        }];
        told(&decisions(&TRANSFORM, &world))
    };
    assert_eq!(with_node("10.225.1.4"), ["nothing"]);
    assert!(with_node("10.225.0.4")[0].starts_with("review "));
    world.facts.nodes.clear();
    assert!(told(&decisions(&TRANSFORM, &world))[0].starts_with("manual "));
}

#[test]
fn a_section_that_is_not_in_effect_admits_nobody() {
    let mut world = policy(
        18,
        "policyTypes: [Egress], ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]",
    );
    world.facts.node_cidrs = vec!["10.224.0.0/16".parse().unwrap()];
    assert_eq!(told(&decisions(&TRANSFORM, &world)), ["nothing"]);
}
