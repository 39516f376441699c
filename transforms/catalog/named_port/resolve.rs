//! What an egress name stands for on the pods that the rule reaches.

use std::collections::BTreeSet;

use super::pin::{Pin, pins};
use super::rebuild::Becomes;
use super::unresolved::{contradicted, mixed, undeclared};
use super::{NamedPort, listed};
use crate::policy::{Policy, PortNumber};
use crate::transform::Decision;
use crate::world::{OnConflict, Reach, Selected, World};

/// The pods that the peers of a name select.
pub(super) struct Reached<'w> {
    /// The known ones.
    pub(super) pods: Selected<'w>,
    /// Whether the files show all of them.
    pub(super) all_known: bool,
}

impl<'w> Reached<'w> {
    /// Returns the pods that some of the peers select.
    pub(super) fn by(peers: &[Reach<'_>], world: &'w World) -> Self {
        Self {
            pods: Selected::by(peers, world),
            all_known: peers.iter().all(|peer| peer.is_known(world)),
        }
    }
}

/// A name that stands for something.
pub(super) struct Resolved {
    /// What it becomes.
    pub(super) becomes: Becomes,
    /// What it stands for, as a clause behind the name.
    pub(super) meaning: String,
    /// What a person should look at.
    pub(super) reasons: Vec<String>,
    /// More to know.
    pub(super) notes: Vec<String>,
}

/// Resolves a name, or says what stands in the way.
pub(super) fn resolve(
    name: &NamedPort<'_>,
    reached: &Reached<'_>,
    policy: &Policy,
    world: &World,
) -> Result<Resolved, Box<Decision>> {
    let answers = reached.pods.answers(name.name, name.protocol);
    let declared: BTreeSet<PortNumber> = answers.iter().flatten().copied().collect();
    let supplied = world.facts.named_ports.get(&(name.name.to_owned(), name.protocol));
    if let Some(&number) = supplied.filter(|_| declared.is_empty() || !reached.all_known) {
        return if declared.iter().all(|declared| *declared == number) {
            Ok(from_config(name, number))
        } else {
            Err(contradicted(name, number, reached, policy, world))
        };
    }
    if declared.is_empty() {
        return Err(undeclared(name, reached, policy));
    }
    let numbers: Vec<PortNumber> = declared.iter().copied().collect();
    let mut resolved = if answers.len() == 1 {
        agreed(numbers)
    } else {
        match pins(name, reached, &policy.key.namespace, world) {
            Ok(pins) => pinned(name, pins),
            Err(_) if world.settings.on_conflict == OnConflict::Union => union(name, numbers, reached, world),
            Err(why) => return Err(mixed(name, &why, reached, policy, world)),
        }
    };
    if !reached.all_known {
        resolved.reasons.push(format!(
            "the rule can reach pods that the files don't show; they may declare {name} otherwise, or not at all"
        ));
    }
    Ok(resolved)
}

fn agreed(numbers: Vec<PortNumber>) -> Resolved {
    Resolved {
        meaning: format!("is {} on the pods that the rule reaches", listed(&numbers)),
        becomes: Becomes::Numbers(numbers),
        reasons: Vec::new(),
        notes: Vec::new(),
    }
}

fn from_config(name: &NamedPort<'_>, number: PortNumber) -> Resolved {
    let reason = format!("{number} comes from `named-ports`, not from pods that the files show");
    let opened = format!("{number} opens on every pod that the rule reaches, declared as {name} or not");
    Resolved {
        becomes: Becomes::Numbers(vec![number]),
        meaning: format!("is {number} by `named-ports`"),
        reasons: vec![reason, opened],
        notes: Vec::new(),
    }
}

fn pinned(name: &NamedPort<'_>, pins: Vec<Pin>) -> Resolved {
    let numbers: Vec<PortNumber> = pins.iter().map(|pin| pin.number).collect();
    Resolved {
        becomes: Becomes::Pins(pins),
        meaning: format!("is {} on some of the pods that the rule reaches", listed(&numbers)),
        reasons: vec![format!("it pins {name} to the workloads of today")],
        notes: vec![format!(
            "run ciliate again when a workload that declares {name} comes, goes or changes its number or labels"
        )],
    }
}

/// Opens every number on every pod, and lists what that opens.
fn union(name: &NamedPort<'_>, numbers: Vec<PortNumber>, reached: &Reached<'_>, world: &World) -> Resolved {
    let mut notes = Vec::new();
    for pod in reached.pods.workloads() {
        let own = pod.numbers_of(name.name, name.protocol);
        let opened: Vec<PortNumber> = numbers.iter().copied().filter(|number| !own.contains(number)).collect();
        if !opened.is_empty() {
            notes.push(format!("opens {} on {}", listed(&opened), world.name_of(pod)));
        }
    }
    Resolved {
        meaning: format!("is {} on different pods", listed(&numbers)),
        becomes: Becomes::Numbers(numbers),
        reasons: vec![format!(
            "`on-conflict: union` opens every number of {name} on every pod"
        )],
        notes,
    }
}
