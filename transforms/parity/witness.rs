//! Stand-ins for the pods that no file shows, so that what a change does to them is judged too.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::state::State;
use crate::engine::Pod;
use crate::policy::cilium::{CiliumNetworkPolicy, CiliumPeers, CiliumSpec};
use crate::policy::{Labels, Namespace, Operator, Peer, Policy, Selector};
use crate::world::World;
use crate::world::facts::NAMESPACE_NAME_LABEL;
use crate::world::held::names;

/// The value of a label of which only its presence counts.
const ANY_VALUE: &str = "any";
/// The name of a namespace that no file shows.
const ELSEWHERE: &str = "elsewhere";
/// The namespace that stands for those of AKS's own where a tree shows all others.
const OWN_OF_AKS: &str = "kube-system";

/// Pods that may be there though no file shows them, and the namespaces that they are in.
///
/// For each selector there is a pod that it selects and one that it does not, in each namespace of which not all
/// workloads are known; and one that as many of a namespace's policies select as can.
#[derive(Debug, Default)]
pub(super) struct Witnesses {
    pub(super) pods: BTreeSet<Pod>,
    pub(super) namespaces: BTreeMap<Namespace, Labels>,
    /// The labels of the pod that many policies select at once, by namespace.
    shared: BTreeMap<Namespace, Labels>,
}

impl Witnesses {
    /// Finds who may be there for the policies of some states of a world.
    pub(super) fn of<'s>(world: &World, states: impl IntoIterator<Item = &'s State>) -> Self {
        let mut found = Self::default();
        if world.workloads_read && world.facts.dump {
            return found;
        }
        let (policies, own_kinds): (Vec<_>, Vec<_>) =
            states.into_iter().map(|state| (&state.policies, &state.cilium)).unzip();
        let mut asked = Asked::default();
        for policy in policies.into_iter().flatten() {
            asked.add(policy);
            if !is_held(&policy.key.namespace, world) {
                found.share(&policy.key.namespace, &policy.selector);
            }
        }
        for (namespace, pods) in asked.here {
            found.add(namespace, pods, world);
        }
        for (namespaces, pods) in asked.elsewhere {
            found.add_elsewhere(namespaces, pods, world);
        }
        for standing in own_kinds.into_iter().flatten() {
            found.add_own_kind(&standing.policy, world);
        }
        found.add_elsewhere(&Selector::EVERYTHING, &Selector::EVERYTHING, world);
        let shared = std::mem::take(&mut found.shared).into_iter();
        found
            .pods
            .extend(shared.map(|(namespace, labels)| pod(&namespace, labels)));
        found
    }

    /// Lets the namespace's shared pod be selected too, where its labels leave room for that.
    fn share(&mut self, namespace: &Namespace, selector: &Selector) {
        let shared = self.shared.entry(namespace.clone()).or_default();
        let mut added = Vec::new();
        for (key, value) in satisfying(selector) {
            if let Entry::Vacant(free) = shared.entry(key) {
                added.push(free.key().clone());
                free.insert(value);
            }
        }
        if !selector.matches(shared) {
            for key in added {
                shared.remove(&key);
            }
        }
    }

    fn add_own_kind(&mut self, policy: &CiliumNetworkPolicy, world: &World) {
        let selectors = policy.specs.iter().flat_map(selectors_of);
        for selector in selectors.map(without_source) {
            if policy.clusterwide {
                self.add_elsewhere(&Selector::EVERYTHING, &selector, world);
            } else {
                self.add(&policy.key.namespace, &selector, world);
            }
        }
    }

    fn add_elsewhere(&mut self, namespaces: &Selector, pods: &Selector, world: &World) {
        for namespace in self.elsewhere(world, namespaces) {
            self.add(&namespace, pods, world);
        }
    }

    /// Adds pods that a selector tells apart, unless all pods of the namespace are known.
    fn add(&mut self, namespace: &Namespace, selector: &Selector, world: &World) {
        if is_held(namespace, world) {
            return;
        }
        let told_apart = told_apart(selector).into_iter().chain([Labels::new()]);
        self.pods.extend(told_apart.map(|labels| pod(namespace, labels)));
    }

    /// Returns namespaces of which not all workloads are known: those that a selector names, or else some that it tells
    /// apart.
    fn elsewhere(&mut self, world: &World, selector: &Selector) -> Vec<Namespace> {
        if let Some(names) = names(selector) {
            let named = names.into_iter().map(|name| Namespace::Named(name.into()));
            return named.filter(|namespace| !is_held(namespace, world)).collect();
        }
        if world.workloads_read && world.facts.complete && !world.facts.stream {
            return vec![Namespace::Named(OWN_OF_AKS.into())];
        }
        let told_apart = told_apart(selector).into_iter().chain([Labels::new()]);
        let named = told_apart.map(|mut labels| {
            let texts: Vec<_> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            labels
                .entry(NAMESPACE_NAME_LABEL.to_owned())
                .or_insert_with(|| ELSEWHERE.to_owned());
            (
                Namespace::Unnamed(format!("{ELSEWHERE} {}", texts.join(",")).into()),
                labels,
            )
        });
        let named: Vec<_> = named.collect();
        self.namespaces.extend(named.iter().cloned());
        named.into_iter().map(|(namespace, _)| namespace).collect()
    }
}

/// Whom NetworkPolicies ask for, each once: most versions of a policy ask for the same pods.
#[derive(Debug, Default)]
struct Asked<'s> {
    /// Pods of a namespace.
    here: BTreeSet<(&'s Namespace, &'s Selector)>,
    /// Pods of namespaces by their labels.
    elsewhere: BTreeSet<(&'s Selector, &'s Selector)>,
}

impl<'s> Asked<'s> {
    fn add(&mut self, policy: &'s Policy) {
        let own = &policy.key.namespace;
        self.here.insert((own, &policy.selector));
        for peer in policy.written_peers() {
            match &peer.value {
                Peer::Block(_) => {}
                Peer::Pods { pods, namespaces } => {
                    let pods = pods.as_ref().unwrap_or(const { &Selector::EVERYTHING });
                    match namespaces {
                        None => self.here.insert((own, pods)),
                        Some(namespaces) => self.elsewhere.insert((namespaces, pods)),
                    };
                }
            }
        }
    }
}

/// Tells whether every pod of a namespace is known.
fn is_held(namespace: &Namespace, world: &World) -> bool {
    world.workloads_read && world.holds(namespace)
}

fn pod(namespace: &Namespace, labels: Labels) -> Pod {
    Pod {
        namespace: namespace.clone(),
        labels,
        ports: Vec::new(),
        host_network: false,
    }
}

/// Returns labels that satisfy a selector, where any do.
fn satisfying(selector: &Selector) -> Labels {
    let mut labels: Labels = selector.labels.iter().cloned().collect();
    for term in &selector.expressions {
        let value = match term.operator {
            Operator::In => term.values.first().cloned().unwrap_or_default(),
            Operator::Exists => ANY_VALUE.to_owned(),
            Operator::NotIn | Operator::DoesNotExist => continue,
        };
        labels.entry(term.key.clone()).or_insert(value);
    }
    labels
}

/// Returns labels that satisfy a selector, and for each value that a negative term rules out, labels with it.
fn told_apart(selector: &Selector) -> Vec<Labels> {
    let satisfying = satisfying(selector);
    let mut told_apart = vec![satisfying.clone()];
    for term in selector.expressions.iter().filter(|term| term.operator.is_negative()) {
        let any = [ANY_VALUE.to_owned()];
        let values = if term.values.is_empty() { &any } else { &term.values[..] };
        told_apart.extend(values.iter().map(|value| {
            let mut labels = satisfying.clone();
            labels.insert(term.key.clone(), value.clone());
            labels
        }));
    }
    told_apart
}

/// Returns the selectors on pods that a spec of Cilium's own kinds has.
fn selectors_of(spec: &CiliumSpec) -> impl Iterator<Item = &Selector> {
    let rules = [&spec.ingress, &spec.ingress_deny, &spec.egress, &spec.egress_deny];
    let peers = rules.into_iter().flatten().flat_map(|rule| match &rule.peers {
        CiliumPeers::Endpoints(selectors) => selectors.as_slice(),
        CiliumPeers::Unwritten | CiliumPeers::Entities(_) | CiliumPeers::Blocks(_) | CiliumPeers::Untold(_) => &[],
    });
    spec.endpoints.iter().chain(peers)
}

/// Returns a selector with its keys as pods bear them: without the `k8s:` or `any:` of Cilium's own kinds.
fn without_source(selector: &Selector) -> Selector {
    let plain = |key: &mut String| {
        if let Some((_, rest)) = key.split_once(':') {
            *key = rest.to_owned();
        }
    };
    let mut selector = selector.clone();
    selector.labels.iter_mut().for_each(|(key, _)| plain(key));
    selector.expressions.iter_mut().for_each(|term| plain(&mut term.key));
    selector
}

#[cfg(test)]
mod tests;
