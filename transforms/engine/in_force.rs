//! Which of the policies that an engine translated count.

use roaring::RoaringBitmap;

use super::flow::PolicyRef;

/// Which of an engine's policies count; the others are as if they were not there.
///
/// An engine translates each version of a policy once, and this says which versions make a state of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum InForce {
    /// All.
    #[default]
    All,
    /// Those of these indices.
    Only {
        /// Of the NetworkPolicies.
        network: RoaringBitmap,
        /// Of Cilium's own kinds.
        cilium: RoaringBitmap,
    },
}

impl InForce {
    /// Puts in force only the policies of these indices.
    pub fn only(network: impl IntoIterator<Item = usize>, cilium: impl IntoIterator<Item = usize>) -> Self {
        let index = |index: usize| u32::try_from(index).ok();
        Self::Only {
            network: network.into_iter().filter_map(index).collect(),
            cilium: cilium.into_iter().filter_map(index).collect(),
        }
    }

    /// Tells whether a policy counts.
    pub fn holds(&self, policy: PolicyRef) -> bool {
        let holds = |indices: &RoaringBitmap, index: usize| u32::try_from(index).is_ok_and(|it| indices.contains(it));
        match (self, policy) {
            (Self::All, _) => true,
            (Self::Only { network, .. }, PolicyRef::Network(index)) => holds(network, index),
            (Self::Only { cilium, .. }, PolicyRef::Cilium(index)) => holds(cilium, index),
        }
    }
}
