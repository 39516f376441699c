//! Policies that no transform may touch: a finding says what to decide first.

use super::npm_drops::unenforced_by_npm;
use crate::policy::{Block, Cidr, Policy, dns};

/// Returns the finding that keeps the transforms away from `policy`, on every version of Cilium; `None` where they may
/// edit it.
///
/// A policy that NPM drops whole or Cilium rejects is enforced by one engine at most, whatever is written into it, so
/// it is edited by none and is the source of no overlay. Neither is one whose namespace is a `${VAR}`: nobody knows
/// which pods it is for.
pub(crate) fn frozen(policy: &Policy) -> Option<&'static str> {
    let mut blocks = policy.written_peers().filter_map(|peer| peer.value.block());
    if policy.key.namespace.name().is_some_and(dns::is_substituted) {
        Some("substitution")
    } else if unenforced_by_npm(policy).is_some() {
        Some("unenforced-policy")
    } else if blocks.any(has_leading_zeros) {
        Some("odd-cidr")
    } else {
        None
    }
}

/// Cilium up to 1.18 rejects the policy for them, and from 1.19 on its parser panics.
fn has_leading_zeros(block: &Block) -> bool {
    block.cidr.has_leading_zeros() || block.except.iter().any(Cidr::has_leading_zeros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Namespace;
    use crate::world::sample::policy;

    #[test]
    fn what_one_engine_refuses_is_frozen_and_what_is_merely_odd_is_not() {
        for (block, finding) in [
            ("{cidr: 10.0.0.0/8}", None),
            ("{cidr: 198.51.100.7/24}", None),
            ("{cidr: '${OFFICE}'}", None),
            ("{cidr: '::/0'}", Some("unenforced-policy")),
            ("{cidr: 010.0.0.0/8}", Some("odd-cidr")),
            ("{cidr: 10.0.0.0/8, except: [10.1.0.0/016]}", Some("odd-cidr")),
        ] {
            let policy = policy(&format!("{{egress: [{{to: [{{ipBlock: {block}}}]}}]}}"));
            assert_eq!(frozen(&policy), finding, "{block}");
        }
    }

    #[test]
    fn a_policy_of_a_namespace_that_is_still_a_variable_is_frozen() {
        let mut policy = policy("{}");
        policy.key.namespace = Namespace::Named("${NS}".into());
        assert_eq!(frozen(&policy), Some("substitution"));
    }

    #[test]
    fn cilium_also_stops_at_leading_zeros_of_a_section_that_is_not_in_effect() {
        let policy = policy("{policyTypes: [Ingress], egress: [{to: [{ipBlock: {cidr: 010.0.0.0/8}}]}]}");
        assert_eq!(frozen(&policy), Some("odd-cidr"));
    }
}
