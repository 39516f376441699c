#![doc = include_str!("substitution.md")]

use crate::policy::{Direction, Entry, Peer, Policy, Port, PortTarget, Rule, dns};
use crate::source::Span;
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;

/// Finds variables in fields that a decision needs.
pub static TRANSFORM: Transform = Transform {
    id: "substitution",
    summary: "a variable stands in a field that a decision needs",
    docs: include_str!("substitution.md"),
    role: Role::Finds(Severity::Warning),
    scope: Scope::Policies,
    decide,
};

/// What to do about it.
const HELP: &str =
    "run ciliate on the rendered manifests to see what it would do with the values, and make those edits by hand";

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let variables = policy.substitutions.iter();
    let found = variables.filter_map(|&span| Some(finding(policy, span, needed_for(policy, span, world)?)));
    of_namespace(policy)
        .into_iter()
        .chain(found)
        .map(Decision::Finding)
        .collect()
}

/// Finds a variable in the namespace, whether the file, a kustomization or the config gives it.
fn of_namespace(policy: &Policy) -> Option<Finding> {
    let namespace = policy.key.namespace.name().filter(|name| dns::is_substituted(name))?;
    Some(Finding {
        spot: Some(policy.place.spot()),
        severity: Severity::Warning,
        message: format!(
            "the files don't hold the value of its namespace, `{namespace}`, so it can't be decided which pods it is for"
        ),
        label: "not edited, and no overlay is made from it".to_owned(),
        help: HELP.to_owned(),
        notes: Vec::new(),
    })
}

/// Returns what can't be decided without the variable at `span`; `None` where nothing depends on it.
fn needed_for(policy: &Policy, span: Span, world: &World) -> Option<&'static str> {
    if holds(policy.selector_span, span) {
        return has_overlay(policy).then_some("which pods the policy's overlays select");
    }
    policy
        .rules_in_effect()
        .find_map(|(direction, rule)| in_rule(direction, &rule.value, span, world))
}

fn in_rule(direction: Direction, rule: &Rule, span: Span, world: &World) -> Option<&'static str> {
    if rule.ports.iter().any(|port| holds(port.span, span)) {
        return Some("which ports the rule opens");
    }
    let peer = rule.peers.iter().find(|peer| holds(peer.span, span))?;
    match &peer.value {
        Peer::Block(_) => Some("whether the block covers pods or nodes"),
        Peer::Pods { .. } => {
            let resolved_once = !world.facts.target.cilium.resolves_egress_names_per_pod();
            let by_name = direction == Direction::Egress && resolved_once && rule.ports.iter().any(is_name);
            by_name.then_some("which pods give the port's name its number")
        }
    }
}

/// Tells whether `node-egress` or `node-ingress` may make an overlay for the policy.
fn has_overlay(policy: &Policy) -> bool {
    let filters_egress = policy.in_effect(Direction::Egress) && !policy.allows_everything(Direction::Egress);
    filters_egress || policy.peers_in_effect().any(|(_, peer)| peer.value.block().is_some())
}

fn is_name(port: &Entry<Port>) -> bool {
    matches!(port.value.target, PortTarget::Name(_))
}

const fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn finding(policy: &Policy, span: Span, needed_for: &str) -> Finding {
    Finding {
        spot: Some(policy.place.at(span)),
        severity: Severity::Warning,
        message: format!("the files don't hold this variable's value, so it can't be decided {needed_for}"),
        label: "filled in by something else".to_owned(),
        help: HELP.to_owned(),
        notes: Vec::new(),
    }
}
