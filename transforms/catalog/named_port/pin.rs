//! Pinning: one rule per number, its peers the workloads that declare it.

use std::collections::{BTreeMap, BTreeSet};

use super::NamedPort;
use super::resolve::Reached;
use crate::policy::read::selected;
use crate::policy::{Namespace, Peer, PortNumber, Selector};
use crate::world::facts::NAMESPACE_NAME_LABEL;
use crate::world::labels::is_identity_label;
use crate::world::{MinorVersion, Reach, Workload, World};

/// A number and the pods that it is opened on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pin {
    /// The number.
    pub(super) number: PortNumber,
    /// The workloads that declare the name with it.
    pub(super) peers: Vec<Peer>,
}

/// The most workloads that a rule is pinned to: nobody reads more, and some thousands outgrow the 256 KiB of
/// annotations that a client-side `kubectl apply` has.
const MOST: usize = 500;

/// Returns a pin for each number that the reached workloads declare under the name, ascending.
///
/// # Errors
/// A sentence on why not: labels can't tell the workloads apart or are none, or there are too many.
pub(super) fn pins(
    name: &NamedPort<'_>,
    reached: &Reached<'_>,
    own: &Namespace,
    world: &World,
) -> Result<Vec<Pin>, String> {
    let mut pins: BTreeMap<PortNumber, Vec<Peer>> = BTreeMap::new();
    let mut listed = BTreeSet::new();
    let declaring = reached.pods.count_declaring(name.name, name.protocol);
    if declaring > MOST {
        return Err(format!(
            "{declaring} workloads declare it, and a rule is pinned to {MOST} at most"
        ));
    }
    for workload in reached.pods.declaring(name.name, name.protocol) {
        let numbers = workload.numbers_of(name.name, name.protocol);
        let labels = labels_of(workload, world.facts.target.cilium)
            .ok_or_else(|| format!("{} has no labels to select it by", world.name_of(workload)))?;
        let peer = peer_of(workload, &labels, own)
            .ok_or_else(|| format!("the namespace of {} is not known", world.name_of(workload)))?;
        check(&peer).map_err(|wrong| format!("{} can't be selected: {wrong}", world.name_of(workload)))?;
        for number in numbers {
            if let Some(other) = mistaken_for(workload, &labels, number, name, reached, world) {
                return Err(format!(
                    "the labels of {} also select {}, which does not answer {name} with {number}",
                    world.name_of(workload),
                    world.name_of(other)
                ));
            }
            if listed.insert((number, &workload.key.namespace, labels.clone())) {
                pins.entry(number).or_default().push(peer.clone());
            }
        }
    }
    Ok(pins.into_iter().map(|(number, peers)| Pin { number, peers }).collect())
}

/// Returns what selects the workload's pods: its own selector, or the template's labels where it has none, as far as
/// Cilium keeps the labels in identities.
fn labels_of(workload: &Workload, version: MinorVersion) -> Option<Selector> {
    let mut selector = match &workload.selector {
        Some(selector) => selector.clone(),
        None => Selector::of_labels(&workload.labels),
    };
    selector.labels.retain(|(key, _)| is_identity_label(key, version));
    selector
        .expressions
        .retain(|term| is_identity_label(&term.key, version));
    (!selector.is_empty()).then_some(selector)
}

/// Returns the peer; `None` where another namespace would have to be named and is not known.
fn peer_of(workload: &Workload, labels: &Selector, own: &Namespace) -> Option<Peer> {
    let namespaces = match workload.key.namespace.name() {
        Some(name) => Some(Selector {
            labels: vec![(NAMESPACE_NAME_LABEL.to_owned(), name.to_owned())],
            expressions: Vec::new(),
        }),
        None if workload.key.namespace == *own => None,
        None => return None,
    };
    Some(Peer::Pods {
        pods: Some(labels.clone()),
        namespaces,
    })
}

/// Says what of a peer no API server takes: manifests are not to be trusted with labels and namespaces.
fn check(peer: &Peer) -> Result<(), String> {
    match peer {
        Peer::Pods { pods, namespaces } => [pods, namespaces].into_iter().flatten().try_for_each(selected),
        Peer::Block(_) => Ok(()),
    }
}

/// Returns a known workload that the labels select as well and on which the number is not open today.
fn mistaken_for<'w>(
    workload: &Workload,
    labels: &Selector,
    number: PortNumber,
    name: &NamedPort<'_>,
    reached: &Reached<'_>,
    world: &'w World,
) -> Option<&'w Workload> {
    let alike = Reach::within(&workload.key.namespace, labels).workloads(world);
    alike
        .into_iter()
        .find(|other| !(reached.pods.contains(other) && other.numbers_of(name.name, name.protocol).contains(&number)))
}
