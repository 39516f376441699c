//! Policies that an engine does not take although the API server does: no transform may build on them.

use crate::policy::{Block, Cidr, Direction, Peer, Policy, Rule, Selector, Spot};

/// Why NPM drops a policy whole: its translation fails and is only logged.
///
/// # Source
/// <https://github.com/Azure/azure-container-networking/blob/cbd7560c/npm/pkg/controlplane/translation/translatePolicy.go>
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DropReason {
    /// An IPv6 `ipBlock`.
    Ipv6Block(Cidr),
    /// A prefix of length 0 other than 0.0.0.0/0.
    ZeroPrefix(Cidr),
    /// A value of `matchExpressions` that no label can have.
    IllegalValue(String),
}

/// Tells whether, where and why NPM drops the policy whole, so that it isolates nobody and allows nothing today.
pub fn unenforced_by_npm(policy: &Policy) -> Option<(Spot, DropReason)> {
    if let Some(value) = illegal_value(&policy.selector) {
        let spot = policy.place.at(policy.selector_span);
        return Some((spot, DropReason::IllegalValue(value.to_owned())));
    }
    let rules = Direction::BOTH
        .into_iter()
        .flat_map(|direction| policy.effective_rules(direction));
    let (span, reason) = rules.flat_map(|(_, rule)| &rule.value.peers).find_map(|peer| {
        let reason = match &peer.value {
            Peer::Pods { pods, namespaces } => {
                let value = [pods, namespaces].into_iter().flatten().find_map(illegal_value)?;
                return Some((peer.span, DropReason::IllegalValue(value.to_owned())));
            }
            Peer::Block(block) => block_at_fault(block)?,
        };
        Some(reason)
    })?;
    Some((policy.place.at(span), reason))
}

/// Tells whether some Cilium refuses the policy, or stops at it: a CIDR with leading zeros. What it would mean there
/// can't be said, so it is the source of nothing.
pub fn refused_by_cilium(policy: &Policy) -> bool {
    let blocks = Direction::BOTH
        .into_iter()
        .flat_map(|direction| policy.effective_rules(direction));
    blocks.flat_map(|(_, rule)| blocks_of(&rule.value)).any(|block| {
        let mut cidrs = std::iter::once(&block.cidr).chain(&block.except);
        cidrs.any(has_leading_zeros)
    })
}

/// Tells whether a number of the CIDR is written with leading zeros, as in `010.0.0.0/8` and `10.0.0.0/08`.
pub fn has_leading_zeros(cidr: &Cidr) -> bool {
    let (address, length) = cidr.text.split_once('/').unwrap_or((&cidr.text, ""));
    let zeros = |number: &str| number.len() > 1 && number.starts_with('0');
    zeros(length) || (!address.contains(':') && address.split('.').any(zeros))
}

fn blocks_of(rule: &Rule) -> impl Iterator<Item = &Block> {
    rule.peers.iter().filter_map(|peer| match &peer.value {
        Peer::Pods { .. } => None,
        Peer::Block(block) => Some(block),
    })
}

fn block_at_fault(block: &Block) -> Option<(crate::source::Span, DropReason)> {
    let cidr = &block.cidr;
    if cidr.text.contains(':') {
        return Some((block.cidr_span, DropReason::Ipv6Block(cidr.clone())));
    }
    let (address, length) = cidr.text.split_once('/')?;
    let zero_prefix = length.parse() == Ok(0_u8) && address != "0.0.0.0";
    zero_prefix.then(|| (block.cidr_span, DropReason::ZeroPrefix(cidr.clone())))
}

/// Returns the first value that is no label value. NPM looks at `matchExpressions` alone, and not at the length.
fn illegal_value(selector: &Selector) -> Option<&str> {
    let values = selector.expressions.iter().flat_map(|term| &term.values);
    values
        .map(String::as_str)
        .find(|value| !is_label_value(value) && !value.contains("${"))
}

fn is_label_value(value: &str) -> bool {
    let alphanumeric = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    alphanumeric(bytes.first())
        && alphanumeric(bytes.last())
        && bytes
            .iter()
            .all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_are_seen_in_address_and_length() {
        for (text, zeros) in [
            ("010.0.0.0/8", true),
            ("10.0.0.0/08", true),
            ("0.0.0.0/0", false),
            ("10.0.0.0/8", false),
            ("2001:0db8::/32", false),
        ] {
            let cidr = Cidr {
                text: text.into(),
                net: None,
            };
            assert_eq!(has_leading_zeros(&cidr), zeros, "{text}");
        }
    }

    #[test]
    fn a_label_value_begins_and_ends_with_a_letter_or_a_digit() {
        for (value, legal) in [
            ("", true),
            ("a", true),
            ("a-b_c.d", true),
            ("-a", false),
            ("a.", false),
            ("a b", false),
        ] {
            assert_eq!(is_label_value(value), legal, "{value}");
        }
    }
}
