//! The rules by which Azure NPM decides, as messages name them.

/// A rule of Azure NPM (Linux, v2), read in its source and seen in runs of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Only forwarded packets are filtered: never what a pod and its own node exchange.
    OwnNode,
    /// What kube-proxy marks for masquerading is accepted before NPM.
    Masqueraded,
    /// A pod that no policy isolates in a direction is open in it.
    NotIsolated,
    /// What no rule of the isolating policies matches is dropped.
    NoRuleMatches,
    /// A rule without peers matches every peer.
    NoPeers,
    /// Selectors match pods with a network of their own.
    Selectors,
    /// A block is a match on the address, whoever has it.
    Block,
    /// A named port is each destination pod's own.
    NamedPort,
    /// IPv6 is not filtered.
    Ipv6,
    /// A `namespaceSelector` `NotIn` of several values rules nobody out.
    NotInSeveral,
    /// A `namespaceSelector` of negative terms alone asks for no pod: nodes and the outside match too.
    NegativeOnly,
    /// A policy that NPM can't translate is dropped whole.
    Dropped,
}

impl Reason {
    /// Returns the short name that messages cite.
    pub const fn id(self) -> &'static str {
        match self {
            Self::OwnNode => "NPM-D6",
            Self::Masqueraded => "NPM-R1",
            Self::NotIsolated => "NPM-R2",
            Self::NoRuleMatches => "NPM-R3",
            Self::NoPeers => "NPM-R4",
            Self::Selectors => "NPM-R5",
            Self::Block => "NPM-R6",
            Self::NamedPort => "NPM-R8",
            Self::Ipv6 => "NPM-R11",
            Self::NotInSeveral => "NPM-D1",
            Self::NegativeOnly => "NPM-D2",
            Self::Dropped => "NPM-D4",
        }
    }

    /// Returns the rule as a sentence.
    pub const fn statement(self) -> &'static str {
        match self {
            Self::OwnNode => "NPM never filters what a pod and its own node exchange",
            Self::Masqueraded => "NPM sees nothing that kube-proxy marks for masquerading",
            Self::NotIsolated => "no policy in effect selects the pod in this direction",
            Self::NoRuleMatches => "policies isolate the pod, and none of their rules matches",
            Self::NoPeers => "a rule without peers matches every peer",
            Self::Selectors => "the selectors match pods that have a network of their own",
            Self::Block => "the block matches the address, be it a pod's, a node's or one outside",
            Self::NamedPort => "a named port is each destination pod's own",
            Self::Ipv6 => "NPM does not filter IPv6",
            Self::NotInSeveral => "NPM takes NotIn of several values for a choice of negations, which rules nobody out",
            Self::NegativeOnly => "a namespace selector of negative terms alone also matches nodes and the outside",
            Self::Dropped => "NPM can't translate the policy and drops it whole",
        }
    }

    /// Returns where the rule was read.
    pub const fn source(self) -> &'static str {
        match self {
            Self::OwnNode | Self::Masqueraded => {
                "https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/dataplane/policies/chain-management_linux.go#L598"
            }
            Self::NotIsolated | Self::NoRuleMatches => {
                "https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/dataplane/policies/policymanager_linux.go#L229"
            }
            Self::NoPeers | Self::Selectors => {
                "https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/controlplane/translation/translatePolicy.go#L410"
            }
            Self::Block | Self::Dropped => {
                "https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/controlplane/translation/translatePolicy.go#L169"
            }
            Self::NamedPort => {
                "https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/controlplane/controllers/v2/podController.go#L606"
            }
            Self::Ipv6 => {
                "https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/controlplane/controllers/v2/podController.go#L359"
            }
            Self::NotInSeveral | Self::NegativeOnly => {
                "https://github.com/Azure/azure-container-networking/blob/cbd7560cfc18572a7182d30a68e882b6107c004c/npm/pkg/controlplane/translation/parseSelector.go"
            }
        }
    }
}
