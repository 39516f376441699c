use super::*;
use crate::world::sample::{decide, deployment, grades, policy, settle, world};

fn egress(ports: &str) -> Policy {
    policy(&format!("{{policyTypes: [Egress], egress: [{{ports: {ports}}}]}}"))
}

#[test]
fn a_range_becomes_single_ports_without_those_listed_for_its_protocol() {
    for (ports, written) in [
        ("[{port: 80, endPort: 83}]", "* : 80 81 82 83"),
        ("[{port: 80, endPort: 80}]", "* : 80"),
        ("[{port: 80, endPort: 82, protocol: UDP}]", "* : 80/UDP 81/UDP 82/UDP"),
        (
            "[{port: 81}, {port: 80, endPort: 82}, {protocol: UDP, port: 80}]",
            "* : 81 80 82 80/UDP",
        ),
        (
            "[{port: 80, endPort: 82}, {port: 81, endPort: 84}]",
            "* : 80 81 82 83 84",
        ),
        ("[{port: 80}, {port: 81}, {port: 80, endPort: 81}]", "* : 80 81"),
        ("[{port: 65534, endPort: 65535}]", "* : 65534 65535"),
        ("[{protocol: TCP}, {port: 80, endPort: 82}]", "* : all 80-82"),
    ] {
        let mut world = world(16, vec![egress(ports)], Vec::new());
        assert_eq!(settle(&TRANSFORM, &mut world), [written], "{ports}");
    }
}

#[test]
fn the_first_port_keeps_the_entry_and_the_others_are_copies_of_it() {
    use crate::policy::Origin::{CopyOf, Written};
    let rule = &egress("[{port: 443}, {port: 80, endPort: 82}]").egress.rules[0].value;
    let origins: Vec<_> = single_ports(&rule.ports, &ranges_of(rule))
        .iter()
        .map(|port| port.origin)
        .collect();
    assert_eq!(origins, [Written(0), Written(1), CopyOf(1), CopyOf(1)]);
}

#[test]
fn the_target_decides_and_without_one_a_person_does() {
    for (minor, stated, answer) in [(14, true, "safe"), (16, true, "safe"), (16, false, "review")] {
        let mut world = world(minor, vec![egress("[{port: 80, endPort: 83}]")], Vec::new());
        world.facts.target.stated = stated;
        assert_eq!(grades(&decide(&TRANSFORM, &world)), [answer], "1.{minor}");
    }
    let world = world(17, vec![egress("[{port: 80, endPort: 83}]")], Vec::new());
    assert!(decide(&TRANSFORM, &world).is_empty());
}

#[test]
fn a_range_above_the_limit_is_left_and_its_neighbours_are_not() {
    let mut world = world(
        16,
        vec![egress("[{port: 30000, endPort: 32767}, {port: 80, endPort: 81}]")],
        Vec::new(),
    );
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["safe", "manual"]);
    assert_eq!(settle(&TRANSFORM, &mut world), ["* : 30000-32767 80 81"]);
}

#[test]
fn ports_times_identities_above_the_policy_map_are_for_a_person() {
    let pods = |count: usize| (0..count).map(|at| deployment(&format!("shop/w{at:02}"), &format!("app=w{at}"), &[]));
    let policy =
        policy("{policyTypes: [Egress], egress: [{to: [{podSelector: {}}], ports: [{port: 1001, endPort: 2000}]}]}");
    for (count, answer) in [(16, "safe"), (17, "review")] {
        let world = world(16, vec![policy.clone()], pods(count).collect());
        assert_eq!(grades(&decide(&TRANSFORM, &world)), [answer], "{count} identities");
    }
}

#[test]
fn a_section_that_is_not_in_effect_is_left_to_policy_types() {
    let policy = policy("{policyTypes: [Ingress], egress: [{ports: [{port: 80, endPort: 81}]}]}");
    assert!(decide(&TRANSFORM, &world(16, vec![policy], Vec::new())).is_empty());
}
