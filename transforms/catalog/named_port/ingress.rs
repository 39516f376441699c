//! Names in ingress rules, which both engines resolve on the pods that the policy selects.

use std::collections::BTreeSet;

use super::peers::NamedPeers;
use super::rebuild::{Becomes, rebuilt};
use super::{NamedPort, listed, names_in, written};
use crate::policy::{Direction, Entry, Policy, PortNumber, Rule};
use crate::transform::{Act, Change, Decision, Grade, Manual, Rewrite};
use crate::world::reach::widened_by_labels;
use crate::world::{IngressNames, Reach, Workload, World};

/// What the policy's own pods make of a name.
#[derive(Debug, PartialEq, Eq)]
enum Own {
    /// Every pod declares the same numbers.
    Agreed(Vec<PortNumber>),
    /// They differ, and each engine resolves the name per pod to the same.
    PerPod,
    /// They differ, and some pod declares the name twice, which the engines read differently.
    Twice,
}

pub(super) fn decide(policy: &Policy, world: &World) -> Vec<Decision> {
    if world.settings.ingress_names == IngressNames::Keep {
        return Vec::new();
    }
    if !policy
        .effective_rules(Direction::Ingress)
        .any(|(_, rule)| rule.value.holds_name())
        || is_open(policy)
    {
        return Vec::new();
    }
    let pods = Reach::of_policy(policy).workloads(world);
    let rules = policy.effective_rules(Direction::Ingress);
    rules
        .flat_map(|(at, rule)| decide_rule(policy, at, rule, &pods, world))
        .collect()
}

/// Tells whether a variable decides which pods the policy selects.
fn is_open(policy: &Policy) -> bool {
    let selector = policy.selector_span;
    policy
        .substitutions
        .iter()
        .any(|span| selector.start <= span.start && span.end <= selector.end)
}

fn decide_rule(policy: &Policy, at: usize, rule: &Entry<Rule>, pods: &[&Workload], world: &World) -> Vec<Decision> {
    let mut decisions = Vec::new();
    let mut agreed = Vec::new();
    for name in names_in(rule) {
        match own(&name, pods) {
            Own::Agreed(numbers) => agreed.push((name, numbers)),
            Own::PerPod => {}
            Own::Twice => decisions.push(Decision::Manual(twice(&name, policy, pods, world))),
        }
    }
    if !agreed.is_empty() {
        decisions.insert(0, Decision::Change(change(policy, at, rule, &agreed, world)));
    }
    decisions
}

fn own(name: &NamedPort<'_>, pods: &[&Workload]) -> Own {
    let answer =
        |pod: &&Workload| -> BTreeSet<PortNumber> { pod.numbers_of(name.name, name.protocol).into_iter().collect() };
    let answers: BTreeSet<BTreeSet<PortNumber>> = pods.iter().map(answer).collect();
    match answers.first() {
        Some(numbers) if answers.len() == 1 && !numbers.is_empty() => Own::Agreed(numbers.iter().copied().collect()),
        _ if answers.iter().any(|numbers| numbers.len() > 1) => Own::Twice,
        _ => Own::PerPod,
    }
}

fn change(
    policy: &Policy,
    at: usize,
    rule: &Entry<Rule>,
    agreed: &[(NamedPort<'_>, Vec<PortNumber>)],
    world: &World,
) -> Change {
    let meaning = |(name, numbers): &(NamedPort<'_>, Vec<PortNumber>)| {
        format!("{name} is {} on every pod of the policy", listed(numbers))
    };
    let mut meanings: Vec<String> = agreed.iter().map(meaning).collect();
    let names: Vec<_> = agreed
        .iter()
        .map(|(name, numbers)| (name.at, Becomes::Numbers(numbers.clone())))
        .collect();
    let with = rebuilt(rule, &NamedPeers::unchanged(rule), &names);
    let mut reasons = Vec::new();
    if !Reach::of_policy(policy).is_known(world) {
        let name = agreed[0].0;
        reasons.push(format!(
            "the policy may select pods that the files don't show, which may declare {name} otherwise"
        ));
    }
    reasons.extend(widened_by_labels(policy, &rule.value, world.facts.target.cilium));
    Change {
        spot: policy.place.at(agreed[0].0.span),
        message: "the guide asks for numbers in place of port names".into(),
        label: meanings.remove(0),
        action: written(agreed.iter().map(|(_, numbers)| numbers.len()).max().unwrap_or(1)).to_owned(),
        notes: meanings,
        grade: Grade::of(reasons),
        act: Act::Rewrite(vec![Rewrite::Rule {
            direction: Direction::Ingress,
            at,
            with,
        }]),
    }
}

fn twice(name: &NamedPort<'_>, policy: &Policy, pods: &[&Workload], world: &World) -> Manual {
    let text = |pod: &&Workload| match pod.numbers_of(name.name, name.protocol) {
        numbers if numbers.is_empty() => format!("none on {}", world.name_of(pod)),
        numbers => format!("{} on {}", listed(&numbers), world.name_of(pod)),
    };
    Manual {
        spot: policy.place.at(name.span),
        message: format!("a pod declares port name {name} twice: NPM opens both numbers, Cilium the last one alone"),
        label: "differs between the policy's pods, so no numbers fit all of them".into(),
        supply: "give the ports of that pod names of their own, or a policy to each workload".into(),
        notes: pods.iter().map(text).collect(),
    }
}
