#![doc = include_str!("excluded_label.md")]

use crate::policy::{Direction, Operator, Peer, Policy, Selector};
use crate::source::Span;
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::labels::is_identity_label;
use crate::world::{Target, World};

/// Finds selectors on labels that Cilium does not keep in identities.
pub static TRANSFORM: Transform = Transform {
    id: "excluded-label",
    summary: "a selector uses a pod label that Cilium leaves out of its identities",
    docs: include_str!("excluded_label.md"),
    role: Role::Finds(Severity::Error),
    scope: Scope::Policies,
    decide,
};

/// What Cilium makes of a selector on a label that no identity has.
enum Misread<'a> {
    /// A positive term: no pod has the label.
    Nothing(&'a str),
    /// Negative terms only: every pod lacks the label.
    Everything(&'a str),
}

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let target = &world.facts.target;
    let own = misread(&policy.selector, target).map(|misread| {
        let (key, effect) = match misread {
            Misread::Nothing(key) => (key, "the policy selects no pod and leaves its pods open"),
            Misread::Everything(key) => (key, "the policy also isolates the pods that this term leaves out"),
        };
        finding(policy, policy.selector_span, key, effect, target)
    });
    let peers = policy.peers_in_effect().filter_map(|(direction, peer)| {
        let Peer::Pods { pods: Some(pods), .. } = &peer.value else {
            return None;
        };
        let (key, effect) = match (misread(pods, target)?, direction) {
            (Misread::Nothing(key), Direction::Ingress) => {
                (key, "the peer matches no pod, and what it sends is dropped")
            }
            (Misread::Nothing(key), Direction::Egress) => {
                (key, "the peer matches no pod, and what is sent to it is dropped")
            }
            (Misread::Everything(key), Direction::Ingress | Direction::Egress) => {
                (key, "the peer also matches the pods that this term leaves out")
            }
        };
        Some(finding(policy, peer.span, key, effect, target))
    });
    own.into_iter().chain(peers).map(Decision::Finding).collect()
}

fn misread<'a>(selector: &'a Selector, target: &Target) -> Option<Misread<'a>> {
    let left_out = |key: &str| !is_identity_label(key, target.cilium);
    let labels = selector.labels.iter().map(|(key, _)| (key.as_str(), Operator::In));
    let expressions = selector
        .expressions
        .iter()
        .map(|term| (term.key.as_str(), term.operator));
    let mut terms: Vec<_> = labels.chain(expressions).filter(|(key, _)| left_out(key)).collect();
    terms.sort_by_key(|(_, operator)| operator.is_negative());
    let &(key, operator) = terms.first()?;
    Some(if operator.is_negative() {
        Misread::Everything(key)
    } else {
        Misread::Nothing(key)
    })
}

fn finding(policy: &Policy, span: Span, key: &str, effect: &str, target: &Target) -> Finding {
    Finding {
        spot: Some(policy.place.at(span)),
        severity: Severity::Error,
        message: format!(
            "Cilium {} leaves the label `{key}` out of its identities: {effect}",
            target.version
        ),
        label: format!("`{key}` is not seen"),
        help: "select by a label of your own that the pods' template sets".to_owned(),
        notes: Vec::new(),
    }
}
