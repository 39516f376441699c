#![doc = include_str!("negative_namespace_selector.md")]

use crate::policy::{Entry, Operator, Peer, Policy, Requirement, Selector};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;
use crate::world::facts::MinorVersion;

/// Finds namespace selectors with negative terms that reach more under NPM.
pub static TRANSFORM: Transform = Transform {
    id: "negative-namespace-selector",
    summary: "a namespaceSelector with negative terms reaches more under NPM than under Cilium",
    docs: include_str!("negative_namespace_selector.md"),
    role: Role::Finds(Severity::Warning),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let peers = policy.peers_in_effect();
    peers
        .filter_map(|(_, peer)| finding(policy, peer, world))
        .map(Decision::Finding)
        .collect()
}

fn finding(policy: &Policy, peer: &Entry<Peer>, world: &World) -> Option<Finding> {
    let Peer::Pods {
        pods,
        namespaces: Some(namespaces),
    } = &peer.value
    else {
        return None;
    };
    let version = &world.facts.target.version;
    let mut lost: Vec<String> = namespaces.expressions.iter().filter_map(lost_namespaces).collect();
    if reaches_beyond_pods(namespaces, pods.as_ref()) && world.facts.target.cilium >= MinorVersion(19) {
        lost.push("nodes and the outside, since nothing in it asks for a pod".to_owned());
    }
    if lost.is_empty() {
        return None;
    }
    Some(Finding {
        spot: Some(policy.place.at(peer.span)),
        severity: Severity::Warning,
        message: format!("NPM also matches {}; Cilium {version} does not", lost.join(", and ")),
        label: "reaches more under NPM".to_owned(),
        help: "decide who shall be admitted: name them in rules of their own, and add `kubernetes.io/metadata.name Exists` \
               to keep nodes and the outside out on every version"
            .to_owned(),
        notes: Vec::new(),
    })
}

/// NPM reads several values of `NotIn` as "not a, or not b": every namespace satisfies one of them.
fn lost_namespaces(term: &Requirement) -> Option<String> {
    match term.operator {
        Operator::NotIn if term.values.len() > 1 => {
            let (key, values) = (&term.key, term.values.join(" or "));
            Some(format!(
                "the namespaces with {key} {values}, since it reads NotIn with several values as everything"
            ))
        }
        Operator::NotIn | Operator::In | Operator::Exists | Operator::DoesNotExist => None,
    }
}

fn reaches_beyond_pods(namespaces: &Selector, pods: Option<&Selector>) -> bool {
    namespaces.is_negative_only() && !pods.is_some_and(Selector::has_positive_term)
}
