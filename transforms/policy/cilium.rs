//! A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy as somebody wrote it, L3 and L4.

use ipnet::IpNet;

use super::cnp::Entity;
use super::model::{Direction, PortNumber, Protocol};
use super::object::{ObjectKey, Place};
use super::selector::Selector;

/// A policy of Cilium's own kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiliumNetworkPolicy {
    /// Namespace and name; a clusterwide policy has a namespace without meaning.
    pub key: ObjectKey,
    /// Where it is written.
    pub place: Place,
    /// Whether it is a CiliumClusterwideNetworkPolicy.
    pub clusterwide: bool,
    /// `spec` and each of `specs`.
    pub specs: Vec<CiliumSpec>,
    /// What the schema or the agent refuses about it; one fault and no part of the policy counts.
    pub faults: Vec<Fault>,
}

/// One `spec`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CiliumSpec {
    /// The pods that it selects, `None` where it selects nodes; keys as written, sources such as `k8s:` among them.
    pub endpoints: Option<Selector>,
    /// `enableDefaultDeny.ingress`, where it is written.
    pub ingress_default_deny: Option<bool>,
    /// `enableDefaultDeny.egress`, where it is written.
    pub egress_default_deny: Option<bool>,
    /// `ingress`.
    pub ingress: Vec<CiliumRule>,
    /// `ingressDeny`.
    pub ingress_deny: Vec<CiliumRule>,
    /// `egress`.
    pub egress: Vec<CiliumRule>,
    /// `egressDeny`.
    pub egress_deny: Vec<CiliumRule>,
}

/// One rule of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiliumRule {
    /// Who.
    pub peers: CiliumPeers,
    /// On what.
    pub services: CiliumServices,
}

/// The peers of a rule: always of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CiliumPeers {
    /// None is written.
    Unwritten,
    /// `fromEndpoints`, `toEndpoints`; an empty list of any kind is one of these without a selector.
    Endpoints(Vec<Selector>),
    /// `fromEntities`, `toEntities`.
    Entities(Vec<Entity>),
    /// `fromCIDR`, `toCIDR`, `fromCIDRSet`, `toCIDRSet`.
    Blocks(Vec<CiliumBlock>),
    /// A key whose peers no manifest tells: names, services, groups, nodes.
    Untold(&'static str),
}

/// A CIDR with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiliumBlock {
    /// The range, host bits cleared.
    pub net: IpNet,
    /// The holes in it.
    pub except: Vec<IpNet>,
}

/// The services of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CiliumServices {
    /// Neither `toPorts` nor `icmps`: every protocol.
    All,
    /// The entries of all `toPorts`; what they ask for beyond L4 is left out.
    Ports(Vec<CiliumPort>),
    /// The fields of all `icmps`.
    Icmp(Vec<IcmpType>),
}

/// An entry of `ports`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiliumPort {
    /// The protocol, `None` for `ANY` and where none is written: TCP, UDP and SCTP.
    pub protocol: Option<Protocol>,
    /// The ports.
    pub target: CiliumTarget,
}

/// Which ports of a protocol an entry opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CiliumTarget {
    /// `port: "0"`: all of them.
    All,
    /// One port.
    Number(PortNumber),
    /// `port` to `endPort`, both included.
    Range(PortNumber, PortNumber),
    /// A container port's name.
    Name(String),
}

/// A type of ICMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IcmpType {
    /// Whether it is of `ICMPv6`.
    pub v6: bool,
    /// The type.
    pub number: u8,
}

/// What the schema of the kind or the agent refuses.
///
/// # Source
/// <https://github.com/cilium/cilium/blob/v1.18.6/pkg/policy/api/rule_validation.go>
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A rule names peers in two ways.
    #[error("combining {0} and {1} is not supported")]
    MixedPeers(&'static str, &'static str),
    /// An entity that Cilium does not know.
    #[error("unsupported entity: {0}")]
    UnknownEntity(String),
    /// More than 40 ports in one list.
    #[error("too many ports, the max is 40")]
    TooManyPorts,
    /// A hole that is not inside its block.
    #[error("{net} does not contain the exception {hole}")]
    HoleOutside {
        /// The block.
        net: IpNet,
        /// The hole.
        hole: IpNet,
    },
    /// `icmps` beside `toPorts`.
    #[error("`icmps` may only be present without `toPorts`")]
    IcmpBesidePorts,
    /// A rule with `fromRequires` or `toRequires`.
    #[error("`{0}` must be empty")]
    Requires(&'static str),
    /// No section holds a rule; Cilium up to 1.16 takes such a policy, which does nothing there.
    #[error("the policy has no rule")]
    NoRule,
    /// A `spec` that selects neither pods nor nodes, or both.
    #[error("a spec needs either `endpointSelector` or `nodeSelector`")]
    NoSubject,
    /// A text that is no CIDR.
    #[error("`{0}` is no CIDR")]
    NoCidr(String),
    /// A text that is no port.
    #[error("`{0}` is no port")]
    NoPort(String),
    /// A text that is no protocol that a port can have.
    #[error("`{0}` is no protocol of ports")]
    NoProtocol(String),
    /// A text that is no type of ICMP.
    #[error("`{0}` is no ICMP type")]
    NoIcmpType(String),
}

impl CiliumNetworkPolicy {
    /// Returns every CIDR that the policy names.
    pub fn nets(&self) -> impl Iterator<Item = IpNet> {
        let sections = self.specs.iter().flat_map(|spec| {
            let allows = Direction::BOTH.map(|direction| spec.rules(direction, false));
            let denies = Direction::BOTH.map(|direction| spec.rules(direction, true));
            allows.into_iter().chain(denies).flatten()
        });
        sections.flat_map(|rule| match &rule.peers {
            CiliumPeers::Blocks(blocks) => blocks
                .iter()
                .flat_map(|block| [block.net].into_iter().chain(block.except.iter().copied()))
                .collect(),
            CiliumPeers::Unwritten | CiliumPeers::Endpoints(_) | CiliumPeers::Entities(_) | CiliumPeers::Untold(_) => {
                Vec::new()
            }
        })
    }
}

impl CiliumSpec {
    /// Returns the rules of a section: those that allow, or those that deny.
    pub fn rules(&self, direction: Direction, denies: bool) -> &[CiliumRule] {
        match (direction, denies) {
            (Direction::Ingress, false) => &self.ingress,
            (Direction::Ingress, true) => &self.ingress_deny,
            (Direction::Egress, false) => &self.egress,
            (Direction::Egress, true) => &self.egress_deny,
        }
    }

    /// Returns what `enableDefaultDeny` says of a direction.
    pub const fn default_deny(&self, direction: Direction) -> Option<bool> {
        match direction {
            Direction::Ingress => self.ingress_default_deny,
            Direction::Egress => self.egress_default_deny,
        }
    }
}

impl CiliumBlock {
    /// Makes the block of a single address or range without holes.
    pub fn whole(net: IpNet) -> Self {
        Self {
            net: net.trunc(),
            except: Vec::new(),
        }
    }

    /// Reads a CIDR; the schema takes no address without a length, though the agent would.
    pub(super) fn parse(text: &str) -> Option<IpNet> {
        text.parse().ok().map(|net: IpNet| net.trunc())
    }
}
