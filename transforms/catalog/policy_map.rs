#![doc = include_str!("policy_map.md")]

use crate::policy::{Entry, Policy, Port, PortTarget, Rule};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;
use crate::world::policy_map::{CAPACITY, entries_of};

/// Finds pods whose rules overflow Cilium's policy map.
pub static TRANSFORM: Transform = Transform {
    id: "policy-map",
    summary: "the rules of a pod need more policy map entries than Cilium has",
    docs: include_str!("policy_map.md"),
    role: Role::Finds(Severity::Warning),
    scope: Scope::Policies,
    decide,
};

/// Rules with fewer ports are not counted: they are many, and rarely what fills a map.
const FEWEST_PORTS: u32 = 64;

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let Some((entries, rule)) = counted(policy, world).max_by_key(|(entries, _)| *entries) else {
        return Vec::new();
    };
    let total: usize = companions(policy, world)
        .flat_map(|policy| counted(policy, world))
        .map(|(sum, _)| sum)
        .sum();
    if total <= CAPACITY {
        return Vec::new();
    }
    let spot = rule.value.ports.first().map_or(rule.span, |port| port.span);
    vec![Decision::Finding(Finding {
        spot: Some(policy.place.at(spot)),
        severity: Severity::Warning,
        message: format!(
            "the pods of this policy need at least {total} entries of the policy map, which holds {CAPACITY}: what \
             overflows is not enforced as written"
        ),
        label: format!("{} ports × {} known identities", entries_of(&rule.value.ports, world.facts.target.cilium), world.identities_of(policy, &rule.value)),
        help: "a range instead of single ports (from Cilium 1.17), or peers that match fewer identities; where a block is \
               0.0.0.0/0 anyway, `ip-block: {peers: open}`"
            .to_owned(),
        notes: vec![format!("this rule alone takes {entries}; the figure is a lower bound from the files")],
    })]
}

/// Returns the policies that select every pod of `policy`, itself among them.
fn companions<'a>(policy: &'a Policy, world: &'a World) -> impl Iterator<Item = &'a Policy> {
    world.policies.iter().filter(move |other| {
        other.key.namespace == policy.key.namespace && (other.selector.is_empty() || other.selector == policy.selector)
    })
}

/// Returns the rules that count with the entries that each takes.
fn counted<'a>(policy: &'a Policy, world: &'a World) -> impl Iterator<Item = (usize, &'a Entry<Rule>)> {
    let rules = policy.rules_in_effect().map(|(_, rule)| rule);
    rules
        .filter(|rule| rule.value.ports.iter().map(ports).sum::<u32>() >= FEWEST_PORTS)
        .map(|rule| {
            let per_identity = entries_of(&rule.value.ports, world.facts.target.cilium);
            (per_identity * world.identities_of(policy, &rule.value), rule)
        })
}

fn ports(port: &Entry<Port>) -> u32 {
    match &port.value.target {
        PortTarget::Range(first, last) => u32::from(last.get().saturating_sub(first.get())) + 1,
        PortTarget::All | PortTarget::Number(_) | PortTarget::Name(_) | PortTarget::Substituted(_) => 1,
    }
}
