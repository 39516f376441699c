//! Policies that Cilium refuses whole.

use ipnet::IpNet;

use super::config::Config;
use super::identity::IdentitySelector;
use crate::policy::cilium::{CiliumNetworkPolicy, Fault};
use crate::policy::{Block, Cidr, Peer, Policy};

/// Why Cilium refuses a policy whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A fault of a policy of its own kinds.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A value in a selector that no label can have.
    #[error("invalid label selector")]
    IllegalValue,
    /// A CIDR with leading zeros; from 1.19 on the agent's parser panics at it.
    #[error("`{0}` has leading zeros")]
    LeadingZeros(String),
    /// A hole that is not inside its block, or of the other family.
    #[error("{cidr} does not contain the exception {hole}")]
    HoleOutside {
        /// The block, as written.
        cidr: String,
        /// The hole, as written.
        hole: String,
    },
}

/// Returns why a NetworkPolicy is refused.
///
/// # Source
/// <https://github.com/cilium/cilium/blob/v1.18.6/pkg/k8s/network_policy.go>, `ParseNetworkPolicy` and `Sanitize`
pub(super) fn network(policy: &Policy, config: Config) -> Option<Refusal> {
    let peers = || policy.written_peers().map(|peer| &peer.value);
    let blocks = || peers().filter_map(Peer::block);
    let texts = blocks().flat_map(|block| [&block.cidr].into_iter().chain(&block.except));
    if let Some(cidr) = texts.into_iter().find(|cidr| has_leading_zeros(cidr)) {
        return Some(Refusal::LeadingZeros(cidr.text.clone()));
    }
    if !config.checks_network_policies() {
        return None;
    }
    let own = &policy.key.namespace;
    let selectors = peers().filter_map(|peer| match peer {
        Peer::Pods { pods, namespaces } => Some(IdentitySelector::of_peer(pods.as_ref(), namespaces.as_ref(), own)),
        Peer::Block(_) => None,
    });
    let subject = IdentitySelector::of_peer(Some(&policy.selector), None, own);
    if selectors.chain([subject]).any(|selector| selector.is_illegal()) {
        return Some(Refusal::IllegalValue);
    }
    blocks().find_map(hole_outside)
}

fn hole_outside(block: &Block) -> Option<Refusal> {
    let inside = |net: IpNet, hole: &Cidr| hole.net.is_none_or(|hole| net.contains(&hole));
    let net = block.cidr.net?;
    let hole = block.except.iter().find(|hole| !inside(net, hole))?;
    Some(Refusal::HoleOutside {
        cidr: block.cidr.text.clone(),
        hole: hole.text.clone(),
    })
}

fn has_leading_zeros(cidr: &Cidr) -> bool {
    let decimal =
        |number: &str| number.len() > 1 && number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    let Some((address, length)) = cidr.text.split_once('/') else {
        return false;
    };
    decimal(length)
        || (address.contains('.') && address.rsplit(':').next().is_some_and(|v4| v4.split('.').any(decimal)))
}

/// Returns why a policy of Cilium's own kinds is refused; an empty one does nothing where it is taken, so that it may
/// be left out either way.
pub(super) fn cilium(policy: &CiliumNetworkPolicy, config: Config) -> Option<Refusal> {
    let counts = |fault: &&Fault| **fault != Fault::NoRule || config.refuses_empty_policies();
    policy.faults.iter().find(counts).cloned().map(Refusal::Fault)
}
