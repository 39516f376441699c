//! Which pods a policy or a peer selects, and whether the files show all of them.

use std::collections::BTreeSet;

use super::World;
use super::facts::MinorVersion;
use super::labels::is_identity_label;
use super::workload::Workload;
use crate::policy::{Labels, Namespace, Peer, Policy, Selector};

/// Labels that controllers put on pods and no template shows.
const SET_AT_RUN_TIME: &[&str] = &[
    "pod-template-hash",
    "pod-template-generation",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/job-completion-index",
];

/// Pods by labels, in the own namespace or in namespaces by labels.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    own: &'a Namespace,
    pods: Option<&'a Selector>,
    namespaces: Option<&'a Selector>,
}

impl<'a> Reach<'a> {
    /// Returns the pods that a policy selects.
    pub const fn of_policy(policy: &'a Policy) -> Self {
        Self {
            own: &policy.key.namespace,
            pods: Some(&policy.selector),
            namespaces: None,
        }
    }

    /// Returns the pods that a peer of a policy in the namespace `own` selects; `None` for a block.
    pub const fn of_peer(own: &'a Namespace, peer: &'a Peer) -> Option<Self> {
        match peer {
            Peer::Pods { pods, namespaces } => Some(Self {
                own,
                pods: pods.as_ref(),
                namespaces: namespaces.as_ref(),
            }),
            Peer::Block(_) => None,
        }
    }

    /// Returns the known workloads whose pods are selected, in the order of the world; `hostNetwork` is never selected.
    pub fn workloads<'w>(&self, world: &'w World) -> Vec<&'w Workload> {
        let Some(namespaces) = self.namespaces else {
            return self.among(world.workloads_in(self.own));
        };
        let mut selected = Vec::new();
        for namespace in world.inhabited() {
            if namespaces.matches(&world.namespace_labels(namespace).0) {
                selected.extend(self.among(world.workloads_in(namespace)));
            }
        }
        selected
    }

    /// Tells whether the files show every pod that can be selected.
    pub fn is_known(&self, world: &World) -> bool {
        let mut keys = self.pods.into_iter().flat_map(Selector::keys);
        let by_template = keys.all(|key| !SET_AT_RUN_TIME.contains(&key));
        by_template
            && self
                .namespaces
                .map_or_else(|| world.holds(self.own), |selector| world.holds_all(selector))
    }

    fn among<'w>(&self, workloads: &'w [Workload]) -> Vec<&'w Workload> {
        let selects = |workload: &&Workload| {
            !workload.host_network && self.pods.is_none_or(|pods| pods.matches(&workload.labels))
        };
        workloads.iter().filter(selects).collect()
    }
}

impl World {
    /// Returns the known workloads of a namespace.
    pub fn workloads_in(&self, namespace: &Namespace) -> &[Workload] {
        let start = self
            .workloads
            .partition_point(|workload| workload.key.namespace < *namespace);
        let length = self.workloads[start..].partition_point(|workload| workload.key.namespace == *namespace);
        &self.workloads[start..start + length]
    }

    /// Tells whether some pod can be selected by both policies: by the known pods where all are known, else by what
    /// the selectors allow.
    pub fn may_select_the_same(&self, one: &Policy, other: &Policy) -> bool {
        let namespace = &one.key.namespace;
        if *namespace != other.key.namespace {
            return false;
        }
        let (here, there) = (Reach::of_policy(one), Reach::of_policy(other));
        if here.is_known(self) && there.is_known(self) {
            let there = there.workloads(self);
            let is_there = |workload: &Workload| there.iter().any(|other| std::ptr::eq(*other, workload));
            here.workloads(self).into_iter().any(is_there)
        } else {
            one.selector.can_meet(&other.selector)
        }
    }
}

/// Returns how many identities Cilium makes of the pods of workloads: distinct sets of the labels that it keeps.
pub fn identities<'w>(workloads: impl IntoIterator<Item = &'w Workload>, version: MinorVersion) -> usize {
    let kept = |workload: &'w Workload| -> Vec<(&'w str, &'w str)> {
        let labels = workload
            .labels
            .iter()
            .filter(|(key, _)| is_identity_label(key, version));
        labels.map(|(key, value)| (key.as_str(), value.as_str())).collect()
    };
    let identity = |workload: &'w Workload| (&workload.key.namespace, kept(workload));
    workloads.into_iter().map(identity).collect::<BTreeSet<_>>().len()
}

/// Returns the labels of a pod that Cilium keeps in its identity.
pub fn identity_labels(labels: &Labels, version: MinorVersion) -> Labels {
    let kept = labels.iter().filter(|(key, _)| is_identity_label(key, version));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}
