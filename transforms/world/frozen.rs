//! Policies that no transform may touch: a finding says what to decide first.

use super::World;
use super::facts::MinorVersion;
use super::npm_drops::{illegal_value, unenforced_by_npm};
use crate::policy::oddity::OddForm;
use crate::policy::{Block, Cidr, Peer, Policy};
use crate::source::Span;

/// Returns the finding that keeps the transforms away from `policy`; `None` where they may edit it.
///
/// A policy that NPM drops whole or Cilium rejects is enforced by one engine at most, whatever is written into it, so
/// it is edited by none and is the source of no overlay.
pub fn frozen(policy: &Policy, world: &World) -> Option<&'static str> {
    if unenforced_by_npm(policy).is_some() {
        Some("unenforced-policy")
    } else if policy
        .written_peers()
        .filter_map(|peer| peer.value.block())
        .any(has_leading_zeros)
    {
        Some("odd-cidr")
    } else if value_that_cilium_rejects(policy, world.facts.target.cilium).is_some() {
        Some("rejected-policy")
    } else {
        None
    }
}

/// Returns the selector's value for which Cilium rejects the policy whole, and the bytes to point at.
///
/// Cilium reads both sections, in effect or not. From 1.19 on it rejects nothing.
pub fn value_that_cilium_rejects(policy: &Policy, version: MinorVersion) -> Option<(Span, &str)> {
    if version >= MinorVersion(19) {
        return None;
    }
    if let Some(value) = illegal_value(&policy.selector) {
        return Some((policy.selector_span, value));
    }
    policy.written_peers().find_map(|peer| match &peer.value {
        Peer::Pods { pods, namespaces } => {
            let value = [pods, namespaces].into_iter().flatten().find_map(illegal_value)?;
            Some((peer.span, value))
        }
        Peer::Block(_) => None,
    })
}

/// Cilium up to 1.18 rejects the policy for them, and from 1.19 on its parser panics.
fn has_leading_zeros(block: &Block) -> bool {
    let odd = |cidr: &Cidr| cidr.oddity().is_some_and(|oddity| oddity.form == OddForm::LeadingZeros);
    odd(&block.cidr) || block.except.iter().any(odd)
}
