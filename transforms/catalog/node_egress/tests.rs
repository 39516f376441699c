use ipnet::IpNet;

use super::*;
use crate::overlay::sample::{decisions, policy, told, world};
use crate::transform::{Act, Grade};

const HOST: &str = r#"{"toEntities":["host"]}"#;

fn nodes(mut world: World, nets: &[&str]) -> World {
    world.facts.node_cidrs = nets.iter().map(|net| net.parse::<IpNet>().unwrap()).collect();
    world
}

fn decided(world: &World) -> Vec<String> {
    told(&decisions(&TRANSFORM, world))
}

fn remote(ports: &str) -> String {
    format!(r#"{{"toEntities":["remote-node"],"toPorts":[{{"ports":[{ports}]}}]}}"#)
}

const HTTPS: &str = r#"{"port":"443","protocol":"TCP"}"#;

#[test]
fn what_is_no_egress_policy_or_allows_everything_needs_nothing() {
    for rest in [
        "policyTypes: [Ingress]",
        "policyTypes: [Egress], egress: [{}]",
        "policyTypes: [Ingress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]",
    ] {
        assert_eq!(decided(&policy(18, rest)), ["nothing"], "{rest}");
    }
}

#[test]
fn only_the_own_node_is_implicit() {
    for rest in [
        "policyTypes: [Egress]",
        "policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]",
        "policyTypes: [Egress], egress: [{ports: [{port: 53, protocol: UDP}]}]",
    ] {
        assert_eq!(decided(&policy(18, rest)), [format!("safe [{HOST}]")], "{rest}");
    }
}

#[test]
fn a_block_over_all_nodes_opens_the_others_on_its_ports() {
    let everywhere = "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}]";
    let expected = [format!("safe [{HOST},{}]", remote(HTTPS))];
    assert_eq!(decided(&policy(18, everywhere)), expected);
    let nodes_alone = "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.224.0.0/12}}], ports: [{port: 443}]}]";
    assert_eq!(decided(&nodes(policy(18, nodes_alone), &["10.224.0.0/16"])), expected);
}

#[test]
fn two_rules_with_equal_ports_share_a_range_out_and_make_one_rule() {
    let halves = "policyTypes: [Egress], egress: [
        {to: [{ipBlock: {cidr: 0.0.0.0/1}}], ports: [{port: 443}]},
        {to: [{ipBlock: {cidr: 128.0.0.0/1}}], ports: [{port: 443, protocol: TCP}]}]";
    assert_eq!(
        decided(&policy(18, halves)),
        [format!("safe [{HOST},{}]", remote(HTTPS))]
    );
}

#[test]
fn holes_that_no_node_can_have_do_not_count() {
    let holes = "policyTypes: [Egress], egress: [
        {to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}], ports: [{port: 443}]}]";
    assert_eq!(
        decided(&policy(18, holes)),
        [format!("safe [{HOST},{}]", remote(HTTPS))]
    );
}

#[test]
fn a_block_beside_the_nodes_opens_none() {
    let beside = "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.20.30.0/24}}]}]";
    assert_eq!(
        decided(&nodes(policy(18, beside), &["10.224.0.0/16"])),
        [format!("safe [{HOST}]")]
    );
}

#[test]
fn unknown_nodes_are_asked_for_while_the_own_node_goes_ahead() {
    let blocks = "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]";
    assert_eq!(
        decided(&policy(18, blocks)),
        [format!("safe [{HOST}]"), "waits node CIDRs block 10.0.0.0/8".to_owned()]
    );
}

#[test]
fn a_block_over_some_nodes_needs_a_look_that_names_the_others() {
    let part = "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.224.0.0/17}}], ports: [{port: 443}]}]";
    let decisions = decisions(&TRANSFORM, &nodes(policy(18, part), &["10.224.0.0/16"]));
    assert_eq!(
        told(&decisions),
        [format!("safe [{HOST}]"), format!("review [{HOST},{}]", remote(HTTPS))]
    );
    let Decision::Change(change) = &decisions[1] else {
        panic!()
    };
    let Grade::Review(reasons) = &change.grade else {
        panic!()
    };
    assert!(reasons[0].contains("10.224.128.0/17"), "{reasons:?}");
}

#[test]
fn up_to_1_16_the_node_local_dns_has_a_rule_of_its_own() {
    let rules = r#"{"toEntities":["host"]},{"toCIDR":["169.254.10.0/24"]}"#;
    assert_eq!(
        decided(&policy(16, "policyTypes: [Egress]")),
        [format!("safe [{rules}]")]
    );
    assert_eq!(
        decided(&policy(17, "policyTypes: [Egress]")),
        [format!("safe [{HOST}]")]
    );
}

#[test]
fn egress_names_never_reach_nodes() {
    let name = "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: http}]}]";
    assert_eq!(decided(&policy(18, name)), [format!("safe [{HOST}]")]);
    let mixed =
        "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: http}, {port: 443}]}]";
    assert_eq!(
        decided(&policy(18, mixed)),
        [format!("safe [{HOST},{}]", remote(HTTPS))]
    );
}

#[test]
fn a_protocol_without_a_port_never_opens_the_others() {
    let udp = "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{protocol: UDP}]}]";
    let zero = r#"{"port":"0","protocol":"UDP"}"#;
    assert_eq!(decided(&policy(18, udp)), [format!("safe [{HOST},{}]", remote(zero))]);
}

#[test]
fn a_range_is_one_entry_from_1_16_and_single_ports_below() {
    let range = |last: u16| {
        format!(
            "policyTypes: [Egress], egress: [{{to: [{{ipBlock: {{cidr: 0.0.0.0/0}}}}], ports: [{{port: 32000, endPort: {last}}}]}}]"
        )
    };
    let one = r#"{"port":"32000","endPort":32001,"protocol":"TCP"}"#;
    assert_eq!(
        decided(&policy(17, &range(32001))),
        [format!("safe [{HOST},{}]", remote(one))]
    );
    let below = &decided(&policy(15, &range(32001)))[0];
    assert!(
        below.contains(r#"{"port":"32000","protocol":"TCP"},{"port":"32001","protocol":"TCP"}"#),
        "{below}"
    );
    let long = decided(&policy(15, &range(65535)));
    assert!(long[1].starts_with("manual "), "{long:?}");
}

#[test]
fn single_ports_in_a_row_become_the_range_that_they_were() {
    let singles = "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}],
        ports: [{port: 82}, {port: 80}, {port: 81}]}]";
    let range = r#"{"port":"80","endPort":82,"protocol":"TCP"}"#;
    assert_eq!(
        decided(&policy(17, singles)),
        [format!("safe [{HOST},{}]", remote(range))]
    );
}

#[test]
fn a_rule_without_peers_reaches_nodes_by_itself() {
    let peerless = "policyTypes: [Egress], egress: [{ports: [{port: 443}]},
        {to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}]";
    assert_eq!(decided(&policy(18, peerless)), [format!("safe [{HOST}]")]);
}

#[test]
fn the_overlay_selects_the_pods_of_its_source_and_isolates_nobody() {
    let new = decisions(&TRANSFORM, &policy(18, "policyTypes: [Egress]"));
    let Decision::Change(change) = &new[0] else { panic!() };
    let Act::Overlay(overlay) = &change.act else { panic!() };
    assert_eq!(overlay.selector.labels, [("app".to_owned(), "web".to_owned())]);
    assert!(overlay.never_isolates);
    let old = decisions(&TRANSFORM, &policy(14, "policyTypes: [Egress]"));
    let Decision::Change(change) = &old[0] else { panic!() };
    let Act::Overlay(overlay) = &change.act else { panic!() };
    assert!(!overlay.never_isolates && overlay.ingress.is_empty());
    assert!(
        change.notes[0].contains("delete the overlay when NetworkPolicy web goes"),
        "{:?}",
        change.notes
    );
}

#[test]
fn without_a_stated_target_it_needs_a_look() {
    let mut world = policy(16, "policyTypes: [Egress]");
    world.facts.target.stated = false;
    assert!(decided(&world)[0].starts_with("review "));
}

#[test]
fn a_variable_is_never_guessed() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}\n\
                spec: {podSelector: {matchLabels: {app: \"${APP}\"}}, policyTypes: [Egress]}\n";
    assert!(decided(&world(18, text))[0].starts_with("manual "));
    let block = "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: \"${NET}\"}}]}]";
    let decided = decided(&nodes(policy(18, block), &["10.224.0.0/16"]));
    assert_eq!(decided[0], format!("safe [{HOST}]"));
    assert!(decided[1].starts_with("manual "), "{decided:?}");
}
