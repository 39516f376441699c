use super::*;
use crate::world::facts::NodeFact;
use crate::world::sample::{decide, deployment, grades, policy, settle, world};

fn cluster(spec: &str, pod_cidrs: &[&str]) -> World {
    let mut world = world(18, vec![policy(spec)], Vec::new());
    world.facts.pod_cidrs = pod_cidrs.iter().map(|cidr| cidr.parse().unwrap()).collect();
    world
}

fn egress(peers: &str) -> String {
    format!("{{policyTypes: [Egress], egress: [{{to: {peers}}}]}}")
}

const PODS: &[&str] = &["10.244.0.0/16"];

#[test]
fn selectors_follow_the_first_block_that_holds_pods_when_the_blocks_hold_all() {
    for (peers, written) in [
        ("[{ipBlock: {cidr: 0.0.0.0/0}}]", "0.0.0.0/0 + ns() + pods() : *"),
        (
            "[{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/16]}}]",
            "10.0.0.0/8 + ns() + pods() : *",
        ),
        (
            "[{ipBlock: {cidr: 192.168.0.0/16}}, {ipBlock: {cidr: 10.244.0.0/17}}, {ipBlock: {cidr: 10.244.128.0/17}}]",
            "192.168.0.0/16 + 10.244.0.0/17 + ns() + pods() + 10.244.128.0/17 : *",
        ),
        (
            "[{ipBlock: {cidr: 10.0.0.0/8}}, {podSelector: {}}]",
            "10.0.0.0/8 + ns() + pods() : *",
        ),
    ] {
        let mut world = cluster(&egress(peers), PODS);
        assert_eq!(grades(&decide(&TRANSFORM, &world)), ["safe"], "{peers}");
        assert_eq!(settle(&TRANSFORM, &mut world), [written], "{peers}");
    }
}

#[test]
fn blocks_that_hold_no_pod_or_selectors_that_are_there_need_nothing() {
    for peers in [
        "[{ipBlock: {cidr: 192.168.0.0/16}}]",
        "[{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]",
        "[{ipBlock: {cidr: 0.0.0.0/0}}, {namespaceSelector: {}}]",
        "[{ipBlock: {cidr: 10.244.0.0/17}}, {namespaceSelector: {}, podSelector: {}}]",
        "[{namespaceSelector: {}}]",
    ] {
        assert!(decide(&TRANSFORM, &cluster(&egress(peers), PODS)).is_empty(), "{peers}");
    }
}

#[test]
fn without_pod_cidrs_all_but_everything_waits() {
    for (peers, answer) in [
        (
            "[{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]",
            vec!["safe"],
        ),
        ("[{ipBlock: {cidr: 10.0.0.0/8}}]", vec!["waits"]),
        ("[{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]", vec!["waits"]),
        ("[{ipBlock: {cidr: 169.254.169.254/32}}]", vec![]),
        ("[{ipBlock: {cidr: 10.0.0.0/24}}]", vec![]),
    ] {
        let mut world = cluster(&egress(peers), &[]);
        world.facts.service_cidrs = vec!["10.0.0.0/16".parse().unwrap()];
        assert_eq!(grades(&decide(&TRANSFORM, &world)), answer, "{peers}");
    }
}

#[test]
fn blocks_that_hold_some_pods_name_both_sets() {
    let world = cluster(&egress("[{ipBlock: {cidr: 10.244.0.0/17}}]"), PODS);
    let decisions = decide(&TRANSFORM, &world);
    let [Decision::Manual(manual)] = &decisions[..] else {
        panic!("{decisions:?}")
    };
    assert!(manual.notes[0].ends_with("10.244.0.0/17"), "{:?}", manual.notes);
    assert!(manual.notes[1].ends_with("10.244.128.0/17"), "{:?}", manual.notes);
}

#[test]
fn rules_of_equal_ports_count_together_and_others_apart() {
    let two = |first: &str, second: &str| {
        let rule = |half: &str, ports: &str| format!("{{from: [{{ipBlock: {{cidr: {half}}}}}], ports: {ports}}}");
        format!(
            "{{ingress: [{}, {}]}}",
            rule("10.244.0.0/17", first),
            rule("10.244.128.0/17", second)
        )
    };
    let mut same = cluster(
        &two("[{port: 80}, {port: 90}]", "[{port: 90}, {port: 80, protocol: TCP}]"),
        PODS,
    );
    assert_eq!(
        settle(&TRANSFORM, &mut same),
        ["10.244.0.0/17 + ns() + pods() : 80 90", "10.244.128.0/17 : 90 80"]
    );
    let apart = cluster(&two("[{port: 80}]", "[{port: 90}]"), PODS);
    assert_eq!(grades(&decide(&TRANSFORM, &apart)), ["manual", "manual"]);
}

#[test]
fn an_egress_name_is_waited_for_below_1_20_and_an_ingress_name_never() {
    let spec = |types: &str, section: &str, peers: &str| {
        let block = "{ipBlock: {cidr: 0.0.0.0/0}}";
        format!("{{policyTypes: [{types}], {section}: [{{{peers}: [{block}], ports: [{{port: http}}]}}]}}")
    };
    let mut egress = cluster(&spec("Egress", "egress", "to"), PODS);
    assert!(decide(&TRANSFORM, &egress).is_empty());
    egress.facts.target.cilium = crate::world::MinorVersion(20);
    assert_eq!(grades(&decide(&TRANSFORM, &egress)), ["safe"]);
    assert_eq!(
        grades(&decide(&TRANSFORM, &cluster(&spec("Ingress", "ingress", "from"), PODS))),
        ["safe"]
    );
}

#[test]
fn the_peers_are_written_as_chosen_and_a_hole_in_the_outside_keeps_the_list() {
    for (peers, block, written) in [
        (Peers::Minimal, "{cidr: 0.0.0.0/0}", "0.0.0.0/0 + ns() : *"),
        (Peers::Open, "{cidr: 0.0.0.0/0}", "* : *"),
        (Peers::Open, "{cidr: 10.0.0.0/8}", "10.0.0.0/8 + ns() + pods() : *"),
        (
            Peers::Open,
            "{cidr: 0.0.0.0/0, except: [169.254.169.254/32]}",
            "0.0.0.0/0 + ns() + pods() : *",
        ),
    ] {
        let mut world = cluster(&egress(&format!("[{{ipBlock: {block}}}]")), PODS);
        world.settings.peers = peers;
        assert_eq!(settle(&TRANSFORM, &mut world), [written], "{peers:?}");
    }
}

#[test]
fn nodes_in_the_pods_subnet_do_not_count_as_pods_and_a_person_looks() {
    let mut world = cluster(
        &egress("[{ipBlock: {cidr: 10.240.0.0/16, except: [10.240.0.4/32]}}]"),
        &["10.240.0.0/16"],
    );
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["manual"]);
    let addresses = vec!["10.240.0.4".parse().unwrap()];
    world.facts.nodes = vec![NodeFact {
        name: "n".into(),
        addresses,
        windows: false,
    }];
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["review"]);
}

#[test]
fn selectors_beside_many_ports_are_for_a_person() {
    let ports: Vec<String> = (1..=200).map(|port| format!("{{port: {port}}}")).collect();
    let block = "{ipBlock: {cidr: 0.0.0.0/0}}";
    let spec = format!(
        "{{policyTypes: [Egress], egress: [{{to: [{block}], ports: [{}]}}]}}",
        ports.join(", ")
    );
    let pods = (0..100)
        .map(|at| deployment(&format!("shop/w{at:02}"), &format!("app=w{at}"), &[]))
        .collect();
    let world = world(18, vec![policy(&spec)], pods);
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["review"]);
}

#[test]
fn a_variable_is_waited_out_unless_the_other_blocks_decide() {
    let world = cluster(&egress("[{ipBlock: {cidr: '${OFFICE}'}}]"), PODS);
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["manual"]);
    let world = cluster(
        &egress("[{ipBlock: {cidr: '${OFFICE}'}}, {ipBlock: {cidr: 0.0.0.0/0}}]"),
        PODS,
    );
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["safe"]);
}

#[test]
fn a_variable_beside_an_egress_block_may_be_a_name_and_so_is_left_to_a_person_until_1_20() {
    let rule = |direction: &str, peers: &str| {
        format!(
            "{{policyTypes: [{direction}], {}: [{{{peers}: [{{ipBlock: {{cidr: 0.0.0.0/0}}}}], ports: [{{port: '${{PORT}}'}}]}}]}}",
            direction.to_lowercase()
        )
    };
    for (spec, minor, answer) in [
        (rule("Egress", "to"), 18, "manual"),
        (rule("Egress", "to"), 20, "safe"),
        (rule("Ingress", "from"), 18, "safe"),
    ] {
        let mut world = cluster(&spec, PODS);
        world.facts.target.cilium = crate::world::MinorVersion(minor);
        assert_eq!(grades(&decide(&TRANSFORM, &world)), [answer], "{spec} on 1.{minor}");
    }
}
