//! Everything that is known of one cluster: the read-only context of every transform.

pub mod aks;
pub mod build;
mod census;
pub mod extract;
pub mod facts;
pub(crate) mod frozen;
pub(crate) mod held;
pub(crate) mod labels;
pub mod mentions;
pub(crate) mod npm_drops;
pub mod others;
mod overlap;
mod pod_space;
pub(crate) mod policy_map;
pub mod reach;
#[cfg(test)]
pub(crate) mod sample;
pub mod selected;
pub mod workload;

use std::collections::BTreeMap;
use std::sync::OnceLock;

pub use facts::{Client, Facts, IngressNames, IpFamily, MinorVersion, OnConflict, Peers, Settings, Target};
pub use pod_space::PodCover;
pub use reach::Reach;
pub use selected::Selected;
pub use workload::{ContainerPort, Seat, Service, ServicePort, ServiceType, TargetPort, Workload};

pub use crate::policy::Rejected;
use crate::policy::cilium::{CiliumNetworkPolicy, CiliumSpec, Fault};
use crate::policy::{Labels, Namespace, ObjectKey, Place, Policy, Selector, Spot};
use crate::source::FileId;

/// One cluster as the manifests, the config and the flags tell it.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// The cluster's name; `None` where the input is one cluster without a name.
    pub cluster: Option<String>,
    /// What is known beyond the manifests.
    pub facts: Facts,
    /// What the user chose of the transforms' ways.
    pub settings: Settings,
    /// The NetworkPolicies that the API server takes, sorted by place.
    pub policies: Vec<Policy>,
    /// The NetworkPolicies and Services that it refuses, sorted by place.
    pub rejected: Vec<Rejected>,
    /// Those that it refuses among what is only held against: nothing is said of them, and nobody knows whether they are
    /// in force.
    pub refused_elsewhere: Vec<Rejected>,
    /// The workloads, sorted by namespace; empty until something asks for them.
    pub workloads: Vec<Workload>,
    /// The paths of the files that hold workloads, for messages that name one.
    pub files: BTreeMap<FileId, String>,
    /// Whether the workloads were read: without them nothing is known of ports and pods.
    pub workloads_read: bool,
    /// The services that can bring clients from outside, sorted by place.
    pub services: Vec<Service>,
    /// The labels of each namespace that a manifest, the config or the facts describe, without the implied
    /// `kubernetes.io/metadata.name`.
    pub namespaces: BTreeMap<String, Labels>,
    /// The Cilium policies, ours among them, sorted by place.
    pub cilium_policies: Vec<CiliumPolicy>,
    /// What a person should know of how the input was read (`mixed-clusters`, `unknown-namespace`).
    pub remarks: Vec<Remark>,
    /// How many identities the pods of the workloads make, once somebody asked.
    pub identities: OnceLock<usize>,
    /// The workloads by namespace, label and port name, once somebody asked.
    pub census: OnceLock<census::Census>,
}

/// A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy of the tree.
#[derive(Debug, Clone)]
pub struct CiliumPolicy {
    /// Namespace and name; a clusterwide policy has [`Namespace::Unnamed`] of the empty root.
    pub key: ObjectKey,
    /// Where it is written.
    pub place: Place,
    /// Whether it is a CiliumClusterwideNetworkPolicy.
    pub clusterwide: bool,
    /// The marks of an overlay that this program wrote, `None` for everybody else's.
    pub owned: Option<Owned>,
    /// The pods that it selects; `None` where it selects nodes or holds several `specs`.
    pub selector: Option<Selector>,
    /// Whether it has deny rules.
    pub denies: bool,
    /// Whether it has FQDN or L7 rules, which need Advanced Container Networking Services.
    pub needs_acns: bool,
    /// Its `spec` and `specs`.
    pub specs: Vec<CiliumSpec>,
    /// What the schema or the agent refuses about it.
    pub faults: Vec<Fault>,
}

impl CiliumPolicy {
    /// Returns its kind.
    pub const fn kind(&self) -> &'static str {
        if self.clusterwide {
            "CiliumClusterwideNetworkPolicy"
        } else {
            "CiliumNetworkPolicy"
        }
    }

    /// Names it: a clusterwide one is in no namespace.
    pub fn title(&self) -> String {
        if self.clusterwide {
            format!("{} {}", self.kind(), self.key.name)
        } else {
            format!("{} {}", self.kind(), self.key)
        }
    }

    /// Returns why no server or agent takes it; one without a rule does nothing where it is taken.
    pub fn refusal(&self) -> Option<&Fault> {
        self.faults.iter().find(|fault| **fault != Fault::NoRule)
    }

    /// Returns the policy as an engine takes it.
    pub fn model(&self) -> CiliumNetworkPolicy {
        CiliumNetworkPolicy {
            key: self.key.clone(),
            place: self.place,
            clusterwide: self.clusterwide,
            specs: self.specs.clone(),
            faults: self.faults.clone(),
        }
    }
}

/// The marks on an overlay of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// Whether its file may be edited.
    pub editable: bool,
    /// The annotation `ciliate.dev/source`.
    pub source: String,
    /// The annotation `ciliate.dev/transform`.
    pub transform: String,
    /// The annotation `ciliate.dev/hash`.
    pub hash: String,
    /// The hash of the `spec` as it stands; another than `hash` when a person edited it.
    pub actual_hash: String,
}

/// Something about the input as a whole, said once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The finding that says it.
    pub finding: &'static str,
    /// Where, if anywhere.
    pub spot: Option<Spot>,
    /// What and why.
    pub message: String,
}

/// Names a policy of a world: its index in [`World::policies`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyId(pub usize);

/// Names a service of a world: its index in [`World::services`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceId(pub usize);

impl World {
    /// Returns a policy.
    ///
    /// # Panics
    /// If `id` is not of this world.
    pub fn policy(&self, id: PolicyId) -> &Policy {
        &self.policies[id.0]
    }

    /// Returns a service.
    ///
    /// # Panics
    /// If `id` is not of this world.
    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.0]
    }

    /// Names a workload with its file: `Deployment shop/api (apps/api.yaml)`.
    pub fn name_of(&self, workload: &Workload) -> String {
        let name = format!("{} {}", workload.kind, workload.key);
        match self.files.get(&workload.place.file) {
            Some(path) => format!("{name} ({path})"),
            None => name,
        }
    }

    /// Returns what is to be said of the input as a whole under the name of a finding.
    pub fn remarks_of(&self, finding: &str) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(move |remark| remark.finding == finding)
    }

    /// Returns the known labels of a namespace with the implied `kubernetes.io/metadata.name`, and whether they are
    /// all (a manifest, the config or the facts describe the namespace).
    pub fn namespace_labels(&self, namespace: &Namespace) -> (Labels, bool) {
        let Some(name) = namespace.name() else {
            return (Labels::new(), false);
        };
        let known = self.namespaces.get(name);
        let mut labels = known.cloned().unwrap_or_default();
        labels.insert(facts::NAMESPACE_NAME_LABEL.to_owned(), name.to_owned());
        (labels, known.is_some())
    }
}
