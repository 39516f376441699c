//! Who stands in for the pods that no file shows.

use super::*;
use crate::policy::Direction;
use crate::world::sample::{deployment, policy, world};

/// A policy in `shop` that selects pods by `subject` and admits those of `peer`.
fn selecting(subject: &str, peer: &str) -> Policy {
    policy(&format!(
        "{{podSelector: {subject}, policyTypes: [Ingress], ingress: [{{from: [{peer}]}}]}}"
    ))
}

fn witnesses(world: &World) -> Witnesses {
    let state = State {
        policies: world.policies.clone(),
        cilium: Vec::new(),
    };
    Witnesses::of(world, [&state])
}

fn namespaces(witnesses: &Witnesses) -> BTreeSet<String> {
    let pods = witnesses.pods.iter();
    pods.map(|pod| pod.namespace.to_string()).collect()
}

/// Tells whether among the pods of `shop` one has labels that a selector matches, and one others.
fn are_told_apart(witnesses: &Witnesses, selector: &Selector) -> (bool, bool) {
    let here = witnesses
        .pods
        .iter()
        .filter(|pod| pod.namespace == Namespace::Named("shop".into()));
    let (selected, others): (Vec<_>, Vec<_>) = here.partition(|pod| selector.matches(&pod.labels));
    (!selected.is_empty(), !others.is_empty())
}

#[test]
fn each_selector_has_a_pod_that_it_selects_and_one_that_it_does_not() {
    let selectors = [
        "{matchLabels: {app: web}}",
        "{matchExpressions: [{key: tier, operator: In, values: [front, back]}]}",
        "{matchExpressions: [{key: tier, operator: Exists}]}",
        "{matchExpressions: [{key: tier, operator: NotIn, values: [back]}]}",
        "{matchExpressions: [{key: tier, operator: DoesNotExist}]}",
        "{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: NotIn, values: [back]}]}",
    ];
    for selector in selectors {
        let subject = selecting(selector, "{podSelector: {}}");
        let peer = selecting("{}", &format!("{{podSelector: {selector}}}"));
        for policy in [subject, peer] {
            let selectors = [policy.selector.clone()].into_iter().chain(peers(&policy));
            let world = world(18, vec![policy.clone()], Vec::new());
            let found = witnesses(&world);
            for selector in selectors.filter(|selector| !selector.is_empty()) {
                assert_eq!(are_told_apart(&found, &selector), (true, true), "{selector:?}");
            }
        }
    }
}

fn peers(policy: &Policy) -> impl Iterator<Item = Selector> {
    let rules = policy.section(Direction::Ingress).rules.iter();
    let peers = rules.flat_map(|rule| &rule.value.peers);
    peers.filter_map(|peer| match &peer.value {
        Peer::Pods { pods, .. } => pods.clone(),
        Peer::Block(_) => None,
    })
}

#[test]
fn one_pod_is_selected_by_every_policy_of_a_namespace_that_leaves_room_for_it() {
    let selectors = [
        "{matchLabels: {app: web}}",
        "{matchExpressions: [{key: tier, operator: Exists}]}",
        "{matchLabels: {app: api}}",
    ];
    let policies = selectors.map(|selector| selecting(selector, "{podSelector: {}}"));
    let found = witnesses(&world(18, policies.to_vec(), Vec::new()));
    let counts = found
        .pods
        .iter()
        .map(|pod| policies.iter().filter(|it| it.selector.matches(&pod.labels)).count());
    assert_eq!(counts.max(), Some(2), "no pod is both `web` and `api`");
}

#[test]
fn none_stands_in_a_namespace_of_which_all_pods_are_known() {
    let policy = selecting("{matchLabels: {app: web}}", "{namespaceSelector: {}}");
    let held = world(18, vec![policy], vec![deployment("shop/web", "app=web", &[])]);
    let found = witnesses(&held);
    assert!(!namespaces(&found).contains("shop"));
    assert!(!found.pods.is_empty(), "other namespaces may hold anything");
}

#[test]
fn a_dump_leaves_room_for_none() {
    let policy = selecting("{matchLabels: {app: web}}", "{namespaceSelector: {}}");
    let mut dump = world(18, vec![policy], Vec::new());
    dump.facts.dump = true;
    assert_eq!(witnesses(&dump).pods, BTreeSet::new());
}

#[test]
fn a_complete_tree_leaves_only_what_aks_runs() {
    let policy = selecting("{matchLabels: {app: web}}", "{namespaceSelector: {}}");
    let mut complete = world(18, vec![policy], Vec::new());
    complete.facts.complete = true;
    assert_eq!(
        namespaces(&witnesses(&complete)),
        BTreeSet::from([OWN_OF_AKS.to_owned()])
    );
}
