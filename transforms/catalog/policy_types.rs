#![doc = include_str!("policy_types.md")]

use crate::policy::{Direction, Entry, Peer, Policy, PortTarget, Rule, Selector};
use crate::transform::{Act, Change, Decision, Grade, Phase, Rewrite, Role, Scope, Subject, Transform};
use crate::world::labels::is_identity_label;
use crate::world::npm_drops::unenforced_by_npm;
use crate::world::{PolicyId, World};

/// Removes a section that `policyTypes` does not name.
pub static TRANSFORM: Transform = Transform {
    id: "policy-types",
    summary: "remove a section that policyTypes does not name",
    docs: include_str!("policy_types.md"),
    role: Role::Changes(Phase::Before),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let dead = Direction::BOTH
        .into_iter()
        .filter(|&direction| is_dead(world.policy(id), direction));
    dead.map(|direction| Decision::Change(change(id, direction, world)))
        .collect()
}

/// Tells whether a section has rules that are not in effect; an empty list is dropped by the API server.
fn is_dead(policy: &Policy, direction: Direction) -> bool {
    !policy.in_effect(direction) && !policy.section(direction).rules.is_empty()
}

fn change(id: PolicyId, direction: Direction, world: &World) -> Change {
    let policy = world.policy(id);
    let key = direction.section_key();
    let span = policy.section(direction).span.unwrap_or(policy.place.name);
    Change {
        spot: policy.place.at(span),
        message: format!("Kubernetes and NPM ignore this `{key}` section; Cilium enforces it and isolates the pods"),
        label: format!("`policyTypes` does not name {}", direction.type_name()),
        action: "remove the section".to_owned(),
        notes: vec![format!(
            "if {type_name} is what was forgotten, add it to `policyTypes` instead: the pods are then isolated at \
             once, under NPM too",
            type_name = direction.type_name()
        )],
        grade: Grade::of(stand_ins(id, direction, world)),
        act: Act::Rewrite(vec![Rewrite::DropSection(direction)]),
    }
}

/// Returns a reason for each other policy that isolates the same pods and that Cilium reads otherwise than NPM: the
/// dead section's allows may stand in for what that one loses.
fn stand_ins(id: PolicyId, direction: Direction, world: &World) -> Vec<String> {
    let policy = world.policy(id);
    let others = world.policies.iter().enumerate().filter(|(index, other)| {
        *index != id.0
            && other.in_effect(direction)
            && differs(other, direction, world)
            && world.may_select_the_same(policy, other)
    });
    let reason = |(_, other): (usize, &Policy)| {
        format!(
            "{} isolates the same pods and is read differently by the engines; under Cilium this section may stand in \
             for what it loses",
            other.key
        )
    };
    others.map(reason).collect()
}

/// Tells whether Cilium may deny in a direction what NPM allows by the policy; when in doubt, it does.
fn differs(policy: &Policy, direction: Direction, world: &World) -> bool {
    let rules = &policy.section(direction).rules;
    if rules
        .iter()
        .any(|rule| rule.value.peers.is_empty() && rule.value.ports.is_empty())
    {
        return false;
    }
    if unenforced_by_npm(policy).is_some() || world.facts.has_ipv6() {
        return true;
    }
    match direction {
        // The own node, which NPM never filters.
        Direction::Egress => true,
        Direction::Ingress => {
            let served = |selector: &crate::policy::Labels| policy.selector.can_meet(&Selector::of_labels(selector));
            let is_service = world.services.iter().any(|service| {
                service.key.namespace == policy.key.namespace
                    && !service.local_traffic_only
                    && served(&service.selector)
            });
            is_service || !reads_alike(&policy.selector, world) || rules.iter().any(|rule| rule_differs(rule, world))
        }
    }
}

fn rule_differs(rule: &Entry<Rule>, world: &World) -> bool {
    let peer_differs = |peer: &Entry<Peer>| match &peer.value {
        Peer::Block(_) => true,
        Peer::Pods { pods, namespaces } => {
            pods.as_ref().is_some_and(|selector| !reads_alike(selector, world))
                || namespaces
                    .as_ref()
                    .is_some_and(|selector| selector.is_negative_only() || selector.is_open_under_npm())
        }
    };
    let is_range = |target: &PortTarget| matches!(target, PortTarget::Range(..) | PortTarget::Substituted(_));
    let is_cut = rule.value.ports.iter().any(|port| is_range(&port.value.target));
    rule.value.peers.iter().any(peer_differs) || (is_cut && !world.facts.target.cilium.has_end_port())
}

/// Tells whether Cilium sees every label that a selector on pods asks for.
fn reads_alike(pods: &Selector, world: &World) -> bool {
    pods.keys().all(|key| is_identity_label(key, world.facts.target.cilium))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::IpFamily;
    use crate::world::sample::{decide, deployment, grades, policy, settle, world};

    #[test]
    fn the_section_that_policy_types_does_not_name_goes() {
        for (spec, left) in [
            (
                "{policyTypes: [Ingress], ingress: [{}], egress: [{ports: [{port: 80}]}]}",
                vec!["* : *"],
            ),
            (
                "{policyTypes: [Egress], ingress: [{}], egress: [{ports: [{port: 80}]}]}",
                vec!["* : 80"],
            ),
            (
                "{ingress: [{}], egress: [{ports: [{port: 80}]}]}",
                vec!["* : *", "* : 80"],
            ),
            ("{policyTypes: [], egress: [{ports: [{port: 80}]}]}", vec!["* : 80"]),
            ("{policyTypes: [Ingress], egress: []}", vec![]),
        ] {
            let mut world = world(18, vec![policy(spec)], Vec::new());
            assert_eq!(settle(&TRANSFORM, &mut world), left, "{spec}");
        }
    }

    #[test]
    fn an_empty_list_is_no_section() {
        let world = world(18, vec![policy("{policyTypes: [Ingress], egress: []}")], Vec::new());
        assert!(decide(&TRANSFORM, &world).is_empty());
    }

    #[test]
    fn another_policy_of_the_same_pods_is_for_a_person_where_the_engines_read_it_differently() {
        let dead = "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], egress: [{ports: [{port: 80}]}]}";
        for (other, grade) in [
            ("{policyTypes: [Egress]}", "review"),
            ("{policyTypes: [Egress], egress: [{}]}", "safe"),
            ("{policyTypes: [Ingress]}", "safe"),
            ("{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress]}", "safe"),
        ] {
            let world = world(18, vec![policy(dead), policy(other)], Vec::new());
            assert_eq!(grades(&decide(&TRANSFORM, &world)), [grade], "{other}");
        }
    }

    #[test]
    fn ingress_differs_by_blocks_and_services_and_not_by_plain_peers() {
        let dead = "{policyTypes: [Egress], ingress: [{ports: [{port: 80}]}]}";
        for (other, grade) in [
            ("{ingress: [{from: [{podSelector: {}}]}]}", "safe"),
            ("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}", "review"),
            (
                "{ingress: [{from: [{podSelector: {matchLabels: {pod-template-hash: a}}}]}]}",
                "review",
            ),
            // NPM drops a policy with an IPv6 block whole.
            (
                "{ingress: [{from: [{podSelector: {}}]}], egress: [{to: [{ipBlock: {cidr: '::/0'}}]}]}",
                "review",
            ),
        ] {
            let world = world(18, vec![policy(dead), policy(other)], Vec::new());
            assert_eq!(grades(&decide(&TRANSFORM, &world)), [grade], "{other}");
        }
    }

    #[test]
    fn on_a_dual_stack_cluster_every_other_policy_loses_ipv6() {
        let dead = policy("{policyTypes: [Egress], ingress: [{ports: [{port: 80}]}]}");
        let other = policy("{ingress: [{from: [{podSelector: {}}]}]}");
        let mut world = world(18, vec![dead, other], Vec::new());
        assert_eq!(grades(&decide(&TRANSFORM, &world)), ["safe"]);
        world.facts.ip_families = vec![IpFamily::IPv4, IpFamily::IPv6];
        assert_eq!(grades(&decide(&TRANSFORM, &world)), ["review"]);
    }

    #[test]
    fn selectors_that_meet_in_no_pod_of_a_held_namespace_do_not_count() {
        let of = |tier: &str, types: &str| {
            let rest = if types == "Ingress" {
                ", egress: [{ports: [{port: 80}]}]"
            } else {
                ""
            };
            policy(&format!(
                "{{podSelector: {{matchLabels: {{{tier}: a}}}}, policyTypes: [{types}]{rest}}}"
            ))
        };
        let apart = vec![deployment("shop/x", "one=a", &[]), deployment("shop/y", "two=a", &[])];
        let policies = || vec![of("one", "Ingress"), of("two", "Egress")];
        assert_eq!(grades(&decide(&TRANSFORM, &world(18, policies(), apart))), ["safe"]);
        assert_eq!(
            grades(&decide(&TRANSFORM, &world(18, policies(), Vec::new()))),
            ["review"]
        );
    }
}
