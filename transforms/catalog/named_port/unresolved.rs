//! What is said of a name that no number can stand for.

use std::collections::BTreeSet;

use super::resolve::Reached;
use super::{NamedPort, listed};
use crate::policy::{Policy, PortNumber};
use crate::transform::{Decision, Fact, Manual};
use crate::world::{Selected, Workload, World};

/// Says that nobody declares the name; it waits for the number unless all pods that it can reach are known.
pub(super) fn undeclared(name: &NamedPort<'_>, reached: &Reached<'_>, policy: &Policy) -> Box<Decision> {
    let spot = policy.place.at(name.span);
    let (text, protocol) = (name.name, name.protocol);
    let looked = format!("looked at {}", looked_at(&reached.pods));
    Box::new(if reached.all_known {
        Decision::Manual(Manual {
            spot,
            message: format!("no pod that this rule reaches declares port `{text}` ({protocol})"),
            label: "opens nothing under NPM".into(),
            supply: "remove the name, write the number that is meant, or give it in `named-ports`".into(),
            notes: vec![looked],
        })
    } else {
        Decision::Waits {
            fact: Fact::NamedPort,
            spot,
            what: format!("port name `{text}` ({protocol}) of {}: {looked}", policy.key),
        }
    })
}

/// Says how many workloads were looked at, and in which namespaces.
fn looked_at(pods: &Selected<'_>) -> String {
    let namespaces: BTreeSet<String> = pods.namespaces().map(ToString::to_string).collect();
    let count = match pods.count() {
        0 => return "no workload, since none that the files show is selected".to_owned(),
        1 => "1 selected workload".to_owned(),
        count => format!("{count} selected workloads"),
    };
    if namespaces.len() <= 5 {
        format!("{count} in {}", namespaces.into_iter().collect::<Vec<_>>().join(", "))
    } else {
        format!("{count} in {} namespaces", namespaces.len())
    }
}

pub(super) fn mixed(
    name: &NamedPort<'_>,
    why: &str,
    reached: &Reached<'_>,
    policy: &Policy,
    world: &World,
) -> Box<Decision> {
    let mut notes = vec![why.to_owned()];
    notes.extend(candidates(name, reached, world));
    Box::new(Decision::Manual(Manual {
        spot: policy.place.at(name.span),
        message: format!("port name {name} differs between pods, and the rule can't be pinned to them"),
        label: "no one number is right for every pod".into(),
        supply: "give the workloads labels of their own, narrow the rule's peers, or write the numbers by hand; \
                 `on-conflict: union` opens every number on every pod"
            .into(),
        notes,
    }))
}

pub(super) fn contradicted(
    name: &NamedPort<'_>,
    number: PortNumber,
    reached: &Reached<'_>,
    policy: &Policy,
    world: &World,
) -> Box<Decision> {
    Box::new(Decision::Manual(Manual {
        spot: policy.place.at(name.span),
        message: format!("`named-ports` says that {name} is {number}, and known pods declare otherwise"),
        label: format!("not {number} everywhere"),
        supply: "correct `named-ports`, or write the numbers by hand".into(),
        notes: candidates(name, reached, world),
    }))
}

/// The most candidates that one place lists: a list of thousands helps nobody.
const SHOWN: usize = 50;

/// Lists the workloads that declare the name, with their numbers and files, and counts those that don't.
fn candidates(name: &NamedPort<'_>, reached: &Reached<'_>, world: &World) -> Vec<String> {
    let declaring = reached.pods.count_declaring(name.name, name.protocol);
    let first = reached.pods.declaring(name.name, name.protocol).take(SHOWN);
    let answer = |pod: &Workload| {
        let numbers = pod.numbers_of(name.name, name.protocol);
        format!("{} on {}", listed(&numbers), world.name_of(pod))
    };
    let mut notes: Vec<String> = first.map(answer).collect();
    if declaring > SHOWN {
        notes.push(format!("{} more workloads declare it", declaring - SHOWN));
    }
    let without = reached.pods.count() - declaring;
    if without > 0 {
        notes.push(format!(
            "{without} more workloads that the rule reaches do not declare it"
        ));
    }
    notes
}
