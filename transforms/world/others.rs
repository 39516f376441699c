//! Policies of other kinds than the engines judge.

use std::collections::BTreeMap;

use super::Remark;
use super::build::{Input, InputRole};
use crate::policy::Spot;

/// The finding that tells them.
pub(crate) const FINDING: &str = "other-policies";

/// A kind of policy that neither Azure NPM enforces nor an engine here judges.
///
/// # Source
/// <https://network-policy-api.sigs.k8s.io/api-overview/>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OtherKind {
    /// A ClusterNetworkPolicy of `policy.networking.k8s.io`.
    ClusterNetworkPolicy,
    /// An AdminNetworkPolicy of `policy.networking.k8s.io`.
    AdminNetworkPolicy,
    /// A BaselineAdminNetworkPolicy of `policy.networking.k8s.io`.
    BaselineAdminNetworkPolicy,
    /// Calico's NetworkPolicy.
    CalicoNetworkPolicy,
    /// Calico's GlobalNetworkPolicy.
    CalicoGlobalNetworkPolicy,
}

/// A policy of such a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OtherPolicy {
    /// Its kind.
    pub kind: OtherKind,
    /// Where it is written.
    pub spot: Spot,
}

impl OtherKind {
    /// Returns the kind of an object by its API group and kind.
    pub(crate) fn of(group: &str, kind: &str) -> Option<Self> {
        match (group, kind) {
            ("policy.networking.k8s.io", "ClusterNetworkPolicy") => Some(Self::ClusterNetworkPolicy),
            ("policy.networking.k8s.io", "AdminNetworkPolicy") => Some(Self::AdminNetworkPolicy),
            ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy") => Some(Self::BaselineAdminNetworkPolicy),
            ("crd.projectcalico.org" | "projectcalico.org", "NetworkPolicy") => Some(Self::CalicoNetworkPolicy),
            ("crd.projectcalico.org" | "projectcalico.org", "GlobalNetworkPolicy") => {
                Some(Self::CalicoGlobalNetworkPolicy)
            }
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::ClusterNetworkPolicy => "ClusterNetworkPolicy",
            Self::AdminNetworkPolicy => "AdminNetworkPolicy",
            Self::BaselineAdminNetworkPolicy => "BaselineAdminNetworkPolicy",
            Self::CalicoNetworkPolicy => "Calico NetworkPolicy",
            Self::CalicoGlobalNetworkPolicy => "Calico GlobalNetworkPolicy",
        }
    }

    const fn enforced(self) -> &'static str {
        match self {
            Self::ClusterNetworkPolicy => {
                "NPM never enforces it, and Cilium from 1.20 on only where \
                 `--enable-k8s-cluster-network-policy` switches it on: its Admin tier then beats all that is proven here"
            }
            Self::AdminNetworkPolicy | Self::BaselineAdminNetworkPolicy => "neither NPM nor any Cilium enforces it",
            Self::CalicoNetworkPolicy | Self::CalicoGlobalNetworkPolicy => "only Calico enforces it",
        }
    }
}

/// Says of each kind how many there are; a dump counts where nothing else shows the kind, since it has copies of the rest.
pub(super) fn remarks(inputs: &[Input]) -> Vec<Remark> {
    let mut found: BTreeMap<OtherKind, [Vec<Spot>; 2]> = BTreeMap::new();
    for input in inputs {
        let is_dump = usize::from(input.role == InputRole::Facts);
        for other in &input.extract.others {
            found.entry(other.kind).or_default()[is_dump].push(other.spot);
        }
    }
    let remarks = found.into_iter().map(|(kind, [written, dumped])| {
        let spots = if written.is_empty() { dumped } else { written };
        let others = match spots.len() {
            0 | 1 => String::new(),
            2 => " (and 1 other)".to_owned(),
            count => format!(" (and {} others)", count - 1),
        };
        Remark {
            finding: FINDING,
            spot: spots.into_iter().min(),
            message: format!("this {}{others} is not judged: {}", kind.name(), kind.enforced()),
        }
    });
    remarks.collect()
}
