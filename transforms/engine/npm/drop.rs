//! Policies that NPM can't translate, and drops whole.

use ipnet::IpNet;

use crate::policy::{Block, Direction, Peer, Policy};

/// Why NPM drops a policy whole.
///
/// # Source
/// <https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/controlplane/translation/translatePolicy.go#L169>
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untranslatable {
    /// An address that is not IPv4, or a length of 0 beside another address than 0.0.0.0.
    #[error("unsupported IP address {0}")]
    Address(String),
    /// A value of a selector's expression that no label can have.
    #[error("`{0}` is no label value")]
    Value(String),
}

/// Returns what makes NPM drop a policy; it looks only at the directions in effect.
pub(super) fn untranslatable(policy: &Policy) -> Option<Untranslatable> {
    let rules = Direction::BOTH
        .into_iter()
        .flat_map(|direction| policy.effective_rules(direction));
    let peers: Vec<&Peer> = rules
        .flat_map(|(_, rule)| rule.value.peers.iter().map(|peer| &peer.value))
        .collect();
    let mut selectors = vec![&policy.selector];
    for peer in peers {
        match peer {
            Peer::Block(block) if !has_translatable_address(block) => {
                return Some(Untranslatable::Address(block.cidr.text.clone()));
            }
            Peer::Block(_) => {}
            Peer::Pods { pods, namespaces } => selectors.extend(pods.iter().chain(namespaces)),
        }
    }
    let mut values = selectors
        .iter()
        .flat_map(|selector| &selector.expressions)
        .flat_map(|term| &term.values);
    let illegal = values.find(|value| !is_label_value(value));
    illegal.map(|value| Untranslatable::Value(value.clone()))
}

fn has_translatable_address(block: &Block) -> bool {
    match block.cidr.net {
        None => true,
        Some(IpNet::V6(_)) => false,
        Some(IpNet::V4(net)) => net.prefix_len() > 0 || block.cidr.text.starts_with("0.0.0.0/"),
    }
}

fn is_label_value(value: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let end = |byte: Option<u8>| byte.is_none_or(|byte| byte.is_ascii_alphanumeric());
    value.bytes().all(inner) && end(value.bytes().next()) && end(value.bytes().last()) && value.len() <= 63
}
