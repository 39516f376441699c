//! The peers that a rule's egress names keep: pods alone, as NPM resolves names on pods alone.

use super::NamedPort;
use crate::policy::{Cover, Entry, Operator, Peer, Policy, Requirement, Rule, Selector, Spot, addresses};
use crate::transform::{Decision, Fact, Manual};
use crate::world::World;
use crate::world::facts::NAMESPACE_NAME_LABEL;

/// The peers for the names of a rule.
pub(super) struct NamedPeers {
    /// The peers, all of them pods; none where the rule's blocks hold no pod.
    pub(super) entries: Vec<Entry<Peer>>,
    /// What makes them of the rule's own, as instructions; nothing where they stay.
    pub(super) steps: Vec<&'static str>,
    /// What was assumed to tell.
    pub(super) reasons: Vec<String>,
}

impl NamedPeers {
    /// Returns the rule's own peers, for names that don't depend on them.
    pub(super) fn unchanged(rule: &Entry<Rule>) -> Self {
        Self {
            entries: rule.value.peers.clone(),
            steps: Vec::new(),
            reasons: Vec::new(),
        }
    }

    /// Tells whether they differ from the rule's own.
    pub(super) const fn are_changed(&self) -> bool {
        !self.steps.is_empty()
    }
}

/// Returns the peers for the names of an egress rule, or what stands in the way of telling.
pub(super) fn for_names(
    policy: &Policy,
    rule: &Entry<Rule>,
    first: &NamedPort<'_>,
    world: &World,
) -> Result<NamedPeers, Vec<Decision>> {
    if rule.value.peers.is_empty() {
        let entries = vec![Entry::new(Peer::every_pod(), rule.span)];
        return Ok(NamedPeers {
            entries,
            steps: vec!["add `to: [{namespaceSelector: {}}]`"],
            reasons: Vec::new(),
        });
    }
    if let Some(manual) = obstacle(policy, rule, first) {
        return Err(vec![Decision::Manual(manual)]);
    }
    let covered = addresses(rule.value.blocks());
    let of_pods = world.pod_cover(&covered);
    let holds_pods = match of_pods.cover {
        Cover::All => true,
        Cover::Nothing => false,
        Cover::Part => return Err(vec![Decision::Manual(partly(policy, rule, world))]),
        Cover::Unknown => return Err(waits(policy, rule, first)),
    };
    let mut peers = pods_only(rule, holds_pods, world);
    if of_pods.without_nodes {
        peers
            .reasons
            .push("addresses of known nodes were left out of the pods' ranges, and nodes come and go".into());
    }
    Ok(peers)
}

/// Leaves the blocks away, or puts every pod in their place where they hold the pods.
fn pods_only(rule: &Entry<Rule>, holds_pods: bool, world: &World) -> NamedPeers {
    let mut wanted = holds_pods && !rule.value.peers.iter().any(|peer| peer.value.is_every_pod());
    let mut entries = Vec::new();
    let (mut narrows, mut drops, mut replaces) = (false, false, false);
    for peer in &rule.value.peers {
        match &peer.value {
            Peer::Pods { pods, namespaces } => {
                let narrowed = narrowed(pods.as_ref(), namespaces.as_ref());
                narrows |= narrowed.is_some();
                let value = narrowed.unwrap_or_else(|| peer.value.clone());
                entries.push(Entry {
                    value,
                    origin: peer.origin,
                    span: peer.span,
                });
            }
            Peer::Block(block) => {
                drops = true;
                let takes_part = world.pod_cover(&addresses([block])).cover != Cover::Nothing;
                if wanted && takes_part {
                    wanted = false;
                    replaces = true;
                    entries.push(Entry::new(Peer::every_pod(), peer.span));
                }
            }
        }
    }
    let steps = [
        (
            narrows,
            "add `kubernetes.io/metadata.name Exists` to its negative namespaces",
        ),
        (
            replaces,
            "put `namespaceSelector: {}` in place of the blocks, which hold the pods",
        ),
        (drops && !replaces, "leave its blocks out"),
    ];
    NamedPeers {
        entries,
        steps: steps
            .into_iter()
            .filter_map(|(taken, step)| taken.then_some(step))
            .collect(),
        reasons: Vec::new(),
    }
}

/// Adds "has a name" to namespaces by negative terms alone: as they stand, both engines take them for nodes and the
/// outside too, which a number would then open.
fn narrowed(pods: Option<&Selector>, namespaces: Option<&Selector>) -> Option<Peer> {
    let namespaces = namespaces.filter(|selector| selector.is_negative_only())?;
    if pods.is_some_and(Selector::has_positive_term) {
        return None;
    }
    let mut narrowed = namespaces.clone();
    narrowed.expressions.push(Requirement {
        key: NAMESPACE_NAME_LABEL.to_owned(),
        operator: Operator::Exists,
        values: Vec::new(),
    });
    Some(Peer::Pods {
        pods: pods.cloned(),
        namespaces: Some(narrowed),
    })
}

/// Returns why no number can be told whatever the pods declare.
fn obstacle(policy: &Policy, rule: &Entry<Rule>, first: &NamedPort<'_>) -> Option<Manual> {
    for peer in &rule.value.peers {
        let inside = |span: &&crate::source::Span| peer.span.start <= span.start && span.end <= peer.span.end;
        if let Some(variable) = policy.substitutions.iter().find(inside) {
            return Some(Manual {
                spot: policy.place.at(*variable),
                message: format!("the pods that port name `{}` reaches depend on a variable", first.name),
                label: "filled in later".into(),
                supply: "run ciliate on the rendered manifests, or write the number by hand".into(),
                notes: Vec::new(),
            });
        }
        if let Peer::Pods {
            namespaces: Some(namespaces),
            ..
        } = &peer.value
            && namespaces.is_open_under_npm()
        {
            return Some(Manual {
                spot: policy.place.at(peer.span),
                message: format!(
                    "port name `{}` goes to namespaces that NPM and Kubernetes read differently",
                    first.name
                ),
                label: "NPM takes `NotIn` of several values for every namespace".into(),
                supply: "name the namespaces that are meant, then run again".into(),
                notes: Vec::new(),
            });
        }
    }
    None
}

fn partly(policy: &Policy, rule: &Entry<Rule>, world: &World) -> Manual {
    let pods = world.pod_space();
    let covered = pods.intersection(&addresses(rule.value.blocks()));
    let first = rule
        .value
        .blocks()
        .find(|block| !pods.intersection(&addresses([*block])).is_empty());
    Manual {
        spot: policy.place.at(first.map_or(rule.span, |block| block.cidr_span)),
        message: "a port name beside a block that holds some of the pods: no selector says which".into(),
        label: format!("holds {covered} of the pod CIDR {pods}"),
        supply: "name the pods that are meant by labels, or write the number by hand".into(),
        notes: Vec::new(),
    }
}

/// Returns a wait for each block of which nobody can say whether it holds pods.
fn waits(policy: &Policy, rule: &Entry<Rule>, first: &NamedPort<'_>) -> Vec<Decision> {
    let unknown = rule.value.blocks().filter(|block| !block.has_variable());
    let wait = |spot: Spot, cidr: &str| Decision::Waits {
        fact: Fact::PodCidrs,
        spot,
        what: format!("block {cidr} beside port name `{}`", first.name),
    };
    unknown
        .map(|block| wait(policy.place.at(block.cidr_span), &block.cidr.text))
        .collect()
}
