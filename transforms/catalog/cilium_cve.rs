#![doc = include_str!("cilium_cve.md")]

use crate::policy::{Block, Direction, Peer, Policy, Rule, Selector};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;
use crate::world::facts::MinorVersion;

/// Finds policies that rely on what a known hole in the target version breaks.
pub static TRANSFORM: Transform = Transform {
    id: "cilium-cve",
    summary: "the target version has a known hole in what these policies rely on",
    docs: include_str!("cilium_cve.md"),
    role: Role::Finds(Severity::Warning),
    scope: Scope::Policies,
    decide,
};

/// The release line with CVE-2026-56743, until a patch that is not known.
const WITH_HOLE: MinorVersion = MinorVersion(19);

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    if world.facts.target.cilium != WITH_HOLE {
        return Vec::new();
    }
    let policy = world.policy(id);
    let Some(block) = first_hole(policy) else {
        return Vec::new();
    };
    vec![Decision::Finding(Finding {
        spot: Some(policy.place.at(block.cidr_span)),
        severity: Severity::Warning,
        message: format!(
            "Cilium {} may lack the fix of CVE-2026-56743: then this ingress block also admits every pod of namespace {}",
            world.facts.target.version, policy.key.namespace
        ),
        label: "may admit pods of the namespace".to_owned(),
        help: "ask which patch of Cilium 1.19 your AKS version ships, and switch to one with the fix".to_owned(),
        notes: vec!["1.19.1 lacks the fix; everything else here is judged as if it were there".to_owned()],
    })]
}

/// Returns the first ingress block of a rule that does not admit the namespace's pods anyway.
fn first_hole(policy: &Policy) -> Option<&Block> {
    let mut rules = policy.effective_rules(Direction::Ingress).map(|(_, rule)| &rule.value);
    rules.find_map(|rule| {
        let block = rule.peers.iter().find_map(|peer| peer.value.block())?;
        (!admits_own_namespace(rule)).then_some(block)
    })
}

fn admits_own_namespace(rule: &Rule) -> bool {
    let all = |selector: &Option<Selector>| selector.as_ref().is_none_or(Selector::is_empty);
    rule.peers.iter().any(|peer| match &peer.value {
        Peer::Pods { pods, namespaces } => all(pods) && all(namespaces),
        Peer::Block(_) => false,
    })
}
