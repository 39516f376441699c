//! The rules by which Cilium decides, as messages name them.

/// A rule of Cilium's policy engine, read in its source and seen in runs of its releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// What a pod's own node opens to it is allowed unless a deny rule matches.
    OwnNode,
    /// A pod that no policy isolates in a direction is open in it.
    NotIsolated,
    /// What no rule of the isolating policies matches is dropped.
    NoRuleMatches,
    /// A deny rule matches, and wins.
    DenyRule,
    /// A rule without peers matches every peer.
    NoPeers,
    /// Selectors match managed pods.
    Selectors,
    /// A namespace selector of negative terms alone also matches nodes and the outside.
    NegativeOnly,
    /// A block matches addresses outside the cluster, never pods and nodes.
    Block,
    /// An entity.
    Entity,
    /// A named port of an ingress rule is the pod's own.
    OwnNamedPort,
    /// A named port of an egress rule is one number for the whole cluster.
    ClusterNamedPort,
    /// A named port of an egress rule is each destination pod's own.
    DestinationNamedPort,
    /// A range is cut to its first port.
    FirstPortOnly,
    /// A rule of Cilium's own kinds without peers, or with an empty list, matches nobody.
    EmptyRule,
    /// A policy with a fault is refused whole.
    Rejected,
}

impl Reason {
    /// Returns the short name that messages cite.
    pub const fn id(self) -> &'static str {
        match self {
            Self::OwnNode => "CIL-R4",
            Self::NotIsolated => "CIL-R2",
            Self::NoRuleMatches | Self::DenyRule => "CIL-R3",
            Self::NoPeers => "CIL-N6",
            Self::Selectors => "CIL-N3",
            Self::NegativeOnly => "CIL-N4",
            Self::Block => "CIL-N5",
            Self::Entity => "CIL-entities",
            Self::OwnNamedPort => "CIL-P1",
            Self::ClusterNamedPort => "CIL-P2",
            Self::DestinationNamedPort => "CIL-P3",
            Self::FirstPortOnly => "CIL-N8",
            Self::EmptyRule => "CIL-C2",
            Self::Rejected => "CIL-C3",
        }
    }

    /// Returns the rule as a sentence.
    pub const fn statement(self) -> &'static str {
        match self {
            Self::OwnNode => "the pod's own node may always reach it, unless a deny rule matches",
            Self::NotIsolated => "no policy isolates the pod in this direction",
            Self::NoRuleMatches => "policies isolate the pod, and none of their rules matches",
            Self::DenyRule => "a deny rule matches, and wins over whatever allows",
            Self::NoPeers => "a rule without peers matches every peer",
            Self::Selectors => "the selectors match managed pods by the labels of their identities",
            Self::NegativeOnly => "a namespace selector of negative terms alone also matches nodes and the outside",
            Self::Block => "a block matches addresses outside the cluster, never pods and nodes",
            Self::Entity => "the entity stands for the peer",
            Self::OwnNamedPort => "a named port of an ingress rule is the pod's own",
            Self::ClusterNamedPort => {
                "a named port of an egress rule is one number for the whole cluster, and nothing where there are two"
            }
            Self::DestinationNamedPort => "a named port of an egress rule is each destination pod's own",
            Self::FirstPortOnly => "this version cuts a range of ports to the first",
            Self::EmptyRule => "a rule without peers, ports and ICMP types, or with an empty list, matches nobody",
            Self::Rejected => "Cilium refuses the policy whole",
        }
    }

    /// Returns where the rule was read: a path below [`SOURCE`](Self::SOURCE).
    pub const fn source(self) -> &'static str {
        match self {
            Self::OwnNode => "pkg/policy/mapstate.go",
            Self::NotIsolated | Self::NoRuleMatches | Self::DenyRule => "pkg/policy/repository.go",
            Self::NoPeers | Self::Selectors | Self::NegativeOnly | Self::FirstPortOnly => "pkg/k8s/network_policy.go",
            Self::Block => "pkg/policy/api/cidr.go",
            Self::Entity => "pkg/policy/api/entity.go",
            Self::OwnNamedPort | Self::ClusterNamedPort | Self::DestinationNamedPort => "pkg/policy/l4.go",
            Self::EmptyRule => "pkg/policy/rule.go",
            Self::Rejected => "pkg/policy/api/rule_validation.go",
        }
    }

    /// Where the paths of [`source`](Self::source) begin.
    pub const SOURCE: &str = "https://github.com/cilium/cilium/blob/v1.18.6/";
}
