//! Policies that NPM fails to translate: it drops them whole and only logs it.

use std::fmt;

use ipnet::IpNet;

use crate::policy::{Block, Peer, Policy, Selector};
use crate::source::Span;

/// What makes NPM drop a policy, first in the order in which it translates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpmDrop {
    /// The bytes at fault.
    pub span: Span,
    /// What it is about them.
    pub reason: DropReason,
}

/// What NPM can't translate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DropReason {
    /// An `ipBlock` of IPv6, as written.
    Ipv6Block(String),
    /// A block of length 0 other than 0.0.0.0/0, as written.
    ZeroLength(String),
    /// A value of `matchExpressions` that no label can have.
    LabelValue(String),
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipv6Block(cidr) => write!(f, "the IPv6 block {cidr}"),
            Self::ZeroLength(cidr) => write!(f, "the block {cidr}, which is not written 0.0.0.0/0"),
            Self::LabelValue(value) => write!(f, "the value {value:?}, which no label can have"),
        }
    }
}

/// Returns why NPM does not enforce `policy` at all; `None` where it does.
///
/// Sections that are not in effect count for nothing: NPM does not translate them.
///
/// # Source
/// <https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/controlplane/translation/translatePolicy.go>
pub fn unenforced_by_npm(policy: &Policy) -> Option<NpmDrop> {
    if let Some(value) = illegal_value(&policy.selector) {
        return Some(NpmDrop {
            span: policy.selector_span,
            reason: DropReason::LabelValue(value.to_owned()),
        });
    }
    policy.peers_in_effect().find_map(|(_, peer)| match &peer.value {
        Peer::Pods { pods, namespaces } => {
            let selectors = [pods, namespaces].into_iter().flatten();
            let value = selectors.filter_map(illegal_value).next()?;
            Some(NpmDrop {
                span: peer.span,
                reason: DropReason::LabelValue(value.to_owned()),
            })
        }
        Peer::Block(block) => Some(NpmDrop {
            span: block.cidr_span,
            reason: untranslatable(block)?,
        }),
    })
}

/// Returns the first value of the selector's expressions that is no legal label value.
///
/// The API server refuses such a selector on create, so it is older than that check. A `${VAR}` is not judged.
pub fn illegal_value(selector: &Selector) -> Option<&str> {
    let values = selector.expressions.iter().flat_map(|expression| &expression.values);
    values
        .map(String::as_str)
        .find(|value| !value.contains("${") && !is_label_value(value))
}

fn is_label_value(value: &str) -> bool {
    let ends_well = |character: Option<char>| character.is_none_or(|character| character.is_ascii_alphanumeric());
    ends_well(value.chars().next())
        && ends_well(value.chars().next_back())
        && value
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
}

fn untranslatable(block: &Block) -> Option<DropReason> {
    let text = &block.cidr.text;
    match block.cidr.net? {
        IpNet::V6(_) => Some(DropReason::Ipv6Block(text.clone())),
        IpNet::V4(net) if net.prefix_len() == 0 && text != "0.0.0.0/0" => Some(DropReason::ZeroLength(text.clone())),
        IpNet::V4(_) => None,
    }
}
