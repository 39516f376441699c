//! Policies that NPM fails to translate: it drops them whole and only logs it.

use std::fmt;

use crate::policy::{Block, Policy};
use crate::source::Span;

/// What makes NPM drop a policy, first in the order in which it translates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NpmDrop {
    /// The bytes at fault.
    pub(crate) span: Span,
    /// What it is about them.
    pub(crate) reason: DropReason,
}

/// What NPM can't translate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DropReason {
    /// An `ipBlock` of IPv6, as written.
    Ipv6Block(String),
    /// A block of length 0 other than 0.0.0.0/0, as written.
    ZeroLength(String),
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipv6Block(cidr) => write!(f, "the IPv6 block {cidr}"),
            Self::ZeroLength(cidr) => write!(f, "the block {cidr}, which is not written 0.0.0.0/0"),
        }
    }
}

/// Returns why NPM does not enforce `policy` at all; `None` where it does.
///
/// Sections that are not in effect count for nothing: NPM does not translate them. The third thing that it fails at, a
/// value that no label can have, is refused by the API server as well and never gets into a [`Policy`].
///
/// # Source
/// <https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/controlplane/translation/translatePolicy.go>
pub(crate) fn unenforced_by_npm(policy: &Policy) -> Option<NpmDrop> {
    let mut blocks = policy.peers_in_effect().filter_map(|(_, peer)| peer.value.block());
    blocks.find_map(|block| {
        Some(NpmDrop {
            span: block.cidr_span,
            reason: untranslatable(block)?,
        })
    })
}

fn untranslatable(block: &Block) -> Option<DropReason> {
    let text = &block.cidr.text;
    let (address, length) = text.split_once('/')?;
    if address.contains(':') {
        Some(DropReason::Ipv6Block(text.clone()))
    } else if length.parse() == Ok(0_u8) && address != "0.0.0.0" && !address.contains("${") {
        Some(DropReason::ZeroLength(text.clone()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::sample::policy;

    #[test]
    fn one_block_that_npm_cannot_translate_drops_the_whole_policy() {
        for (cidr, reason) in [
            ("0.0.0.0/0", None),
            ("10.0.0.0/8", None),
            ("'${OFFICE}/0'", None),
            ("'::/0'", Some(DropReason::Ipv6Block("::/0".into()))),
            ("'2001:db8::/32'", Some(DropReason::Ipv6Block("2001:db8::/32".into()))),
            ("10.0.0.0/0", Some(DropReason::ZeroLength("10.0.0.0/0".into()))),
        ] {
            let policy = policy(&format!(
                "{{ingress: [{{}}, {{from: [{{podSelector: {{}}}}, {{ipBlock: {{cidr: {cidr}}}}}]}}]}}"
            ));
            assert_eq!(
                unenforced_by_npm(&policy).map(|dropped| dropped.reason),
                reason,
                "{cidr}"
            );
        }
    }

    #[test]
    fn a_section_that_is_not_in_effect_drops_nothing() {
        let policy = policy("{policyTypes: [Ingress], egress: [{to: [{ipBlock: {cidr: '::/0'}}]}]}");
        assert_eq!(unenforced_by_npm(&policy), None);
    }
}
