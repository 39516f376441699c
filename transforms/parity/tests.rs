//! The guide's own cases, as differences between the states.

use std::collections::BTreeSet;

use super::*;
use crate::plan::{Fix, Options, Plan, plan};
use crate::policy::{Direction, Policy};
use crate::world::World;
use crate::world::sample::{deployment, policy, world};

/// Two apps in one namespace, on a network whose ranges are known.
fn cluster(minor: u8, policies: Vec<Policy>) -> World {
    let workloads = vec![
        deployment("shop/api", "app=api", &[("http", 8080)]),
        deployment("shop/web", "app=web", &[]),
    ];
    let mut world = world(minor, policies, workloads);
    world.facts.pod_cidrs = vec!["10.244.0.0/16".parse().unwrap()];
    world.facts.node_cidrs = vec!["10.224.0.0/16".parse().unwrap()];
    world.facts.complete = true;
    world
}

/// Says each difference in a line: whose, which way, with whom, on which ports.
fn differences(plan: &Plan) -> Vec<String> {
    let setting = Setting::new(&plan.world, None, &State::today(plan), &State::fixed(plan, |_| false));
    let engines = setting.engines();
    let comparison = compare(&setting, &engines);
    assert_eq!(comparison.moved, Vec::new(), "the changes move nothing under NPM");
    let examples = Examples::new(&setting, &engines);
    let said = comparison.differences.iter().map(|difference| {
        let names: Vec<_> = difference
            .classes
            .iter()
            .flat_map(|class| setting.ground.population.workloads(crate::engine::ClassId(class)))
            .map(|workload| workload.key.name.as_str())
            .collect();
        let example = examples
            .of(difference)
            .map(|example| setting.ground.space.atom(example.peer));
        assert!(
            example.is_some_and(|atom| difference.peers.contains(atom)),
            "{difference:?}"
        );
        let kinds: BTreeSet<&str> = difference
            .peers
            .iter()
            .map(|atom| match setting.ground.space.peer(atom) {
                crate::engine::Peer::OwnNode => "own node",
                crate::engine::Peer::LocalDns => "local DNS",
                crate::engine::Peer::OtherNode(_) => "other nodes",
                crate::engine::Peer::Outside(_) => "outside",
                crate::engine::Peer::ApiServer => "API server",
                crate::engine::Peer::Balanced(_) => "clients of services",
                crate::engine::Peer::Pod(..) => "pods",
            })
            .collect();
        let kinds: Vec<&str> = kinds.into_iter().collect();
        let way = match difference.direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        format!(
            "{} {:?} {:?} {way} {} on {}",
            names.join("+"),
            difference.effect,
            difference.course,
            kinds.join(", "),
            difference.ports
        )
    });
    said.collect()
}

#[test]
fn a_block_that_held_pods_and_nodes_is_mended_by_the_fix() {
    let spec = "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}";
    let plan = plan(cluster(18, vec![policy(spec)]), &Options::of_everything(Fix::Safe));
    assert_eq!(
        differences(&plan),
        ["web Lost Mended to local DNS, other nodes, own node, pods on all"]
    );
}

#[test]
fn without_the_fix_chosen_the_loss_is_left() {
    let spec = "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}";
    let mut only = Options::of_everything(Fix::Safe);
    only.select.insert("ip-block".to_owned());
    let plan = plan(cluster(18, vec![policy(spec)]), &only);
    assert_eq!(
        differences(&plan),
        [
            "web Lost Mended to pods on all",
            "web Lost Left to local DNS, other nodes, own node on all"
        ]
    );
}
