//! A NetworkPolicy as the API server stores it, each part with the bytes that say it.

use std::fmt;
use std::num::NonZeroU16;

use serde::Serialize;

use super::net::Cidr;
use super::object::{ObjectKey, Place, Spot};
use super::selector::Selector;
use crate::source::Span;

/// The side of a pod that a rule speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Connections that reach the selected pods.
    Ingress,
    /// Connections that the selected pods open.
    Egress,
}

impl Direction {
    /// Both directions, in the order in which manifests write them.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    /// Returns the other one: the side of a connection's other end.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Ingress => Self::Egress,
            Self::Egress => Self::Ingress,
        }
    }

    /// Returns the key of the direction's rules in a policy's `spec`.
    pub const fn section_key(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// Returns the key of the peers in a rule.
    pub const fn peers_key(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }

    /// Returns the direction's name in `policyTypes`.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }
}

/// A transport protocol that a NetworkPolicy can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// The default.
    Tcp,
    /// User datagrams.
    Udp,
    /// Stream control transmission, off by default in Cilium's datapath.
    Sctp,
}

impl Protocol {
    /// Returns the name as manifests write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A port from 1 to 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PortNumber(pub NonZeroU16);

impl PortNumber {
    /// Makes a port number; `None` for 0 and above 65535.
    pub fn new(number: i64) -> Option<Self> {
        u16::try_from(number).ok().and_then(NonZeroU16::new).map(Self)
    }

    /// Returns the number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for PortNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How an entry of a list came to be: what the renderer keeps, copies or writes anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the file, as the item of this index.
    Written(usize),
    /// It is made after the item of this index and looks like it.
    CopyOf(usize),
    /// It is new.
    New,
}

/// An entry of a list in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// What it says.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
    /// The bytes that say it, or for what isn't written, the bytes that it was made for.
    pub span: Span,
}

impl<T> Entry<T> {
    /// Makes an entry that is not in the file; messages on it point at `span`.
    pub const fn new(value: T, span: Span) -> Self {
        Self {
            value,
            origin: Origin::New,
            span,
        }
    }

    /// Makes another entry after this one, in its looks.
    #[must_use]
    pub const fn followed_by(&self, value: T) -> Self {
        let origin = match self.origin {
            Origin::Written(index) | Origin::CopyOf(index) => Origin::CopyOf(index),
            Origin::New => Origin::New,
        };
        Self {
            value,
            origin,
            span: self.span,
        }
    }
}

/// Which ports of a protocol an entry of `ports` opens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PortTarget {
    /// All ports of the protocol.
    All,
    /// One port.
    Number(PortNumber),
    /// `port` to `endPort`, both included.
    Range(PortNumber, PortNumber),
    /// A container port's name.
    Name(String),
    /// Text with a `${VAR}` that something else fills in later: never interpreted.
    Substituted(String),
}

/// An entry of a rule's `ports`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The protocol, TCP where none is written.
    pub protocol: Protocol,
    /// Whether the file writes the protocol.
    pub protocol_written: bool,
    /// The ports.
    pub target: PortTarget,
    /// The bytes of `endPort`'s value, else of `port`'s, else of the entry: where messages on the ports point.
    pub target_span: Span,
}

/// An `ipBlock`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The range.
    pub cidr: Cidr,
    /// The holes in it.
    pub except: Vec<Cidr>,
    /// The bytes of `cidr`'s value.
    pub cidr_span: Span,
    /// The bytes of each value of `except`, in the same order.
    pub except_spans: Vec<Span>,
}

/// An entry of a rule's `from` or `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// `podSelector` and `namespaceSelector`, at least one of them.
    Pods {
        /// The pods, all where `None`.
        pods: Option<Selector>,
        /// The namespaces, the policy's own where `None`.
        namespaces: Option<Selector>,
    },
    /// `ipBlock`.
    Block(Block),
}

impl Peer {
    /// Makes `namespaceSelector: {}`: every pod of every namespace.
    pub const fn every_pod() -> Self {
        Self::Pods {
            pods: None,
            namespaces: Some(Selector::EVERYTHING),
        }
    }

    /// Tells whether the peer is every pod of every namespace.
    pub fn is_every_pod(&self) -> bool {
        match self {
            Self::Pods { pods, namespaces } => {
                namespaces.as_ref().is_some_and(Selector::is_empty) && pods.as_ref().is_none_or(Selector::is_empty)
            }
            Self::Block(_) => false,
        }
    }
}

impl Block {
    /// Tells whether a `${VAR}` stands in the range or in one of its holes.
    pub fn has_variable(&self) -> bool {
        self.cidr.net.is_none() || self.except.iter().any(|hole| hole.net.is_none())
    }
}

impl Rule {
    /// Returns the blocks among the peers, in their order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.peers.iter().filter_map(|peer| match &peer.value {
            Peer::Block(block) => Some(block),
            Peer::Pods { .. } => None,
        })
    }

    /// Tells whether some port is a name.
    pub fn holds_name(&self) -> bool {
        self.ports
            .iter()
            .any(|port| matches!(port.value.target, PortTarget::Name(_)))
    }
}

/// An entry of `ingress` or `egress`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The peers; none means every peer.
    pub peers: Vec<Entry<Peer>>,
    /// The ports; none means every protocol and port.
    pub ports: Vec<Entry<Port>>,
}

/// A policy's `ingress` or `egress`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// The bytes of the section's key and value, `None` where the file has no such key.
    pub span: Option<Span>,
    /// The rules.
    pub rules: Vec<Entry<Rule>>,
}

/// The directions in which a policy isolates its pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyTypes {
    /// The bytes of `policyTypes`' value, where it is written and not empty.
    pub written: Option<Span>,
    /// Whether `Ingress` is in effect.
    pub ingress: bool,
    /// Whether `Egress` is in effect.
    pub egress: bool,
}

/// What an ignore speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoreScope {
    /// The whole object (an annotation, or a comment above it).
    Object,
    /// What starts on the bytes of this line (a comment at its end or right above it).
    Line(Span),
}

/// A person's word that a transform or a finding does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    /// The names of transforms and findings.
    pub names: Vec<String>,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// The last day on which it holds, as `YYYY-MM-DD`.
    pub until: Option<String>,
    /// What it speaks of.
    pub scope: IgnoreScope,
    /// The bytes that say it.
    pub span: Span,
}

/// A NetworkPolicy that the API server takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Namespace and name.
    pub key: ObjectKey,
    /// Where it is written.
    pub place: Place,
    /// Whether the file itself writes a `metadata.namespace`.
    pub namespace_written: bool,
    /// Whether it may be edited; what only gives context (`--context`, a dump) may not.
    pub editable: bool,
    /// The pods that it selects in its namespace.
    pub selector: Selector,
    /// The bytes of `podSelector`, or of the name where it is missing.
    pub selector_span: Span,
    /// The directions in effect.
    pub types: PolicyTypes,
    /// The rules for connections to the pods.
    pub ingress: Section,
    /// The rules for connections from the pods.
    pub egress: Section,
    /// The ignores on it.
    pub ignores: Vec<Ignore>,
    /// The bytes of each `${VAR}` in its labels' selectors, ports and CIDRs.
    pub substitutions: Vec<Span>,
    /// The bytes of each label of a selector whose value is null: read as empty, which is what a create or a server-side
    /// apply stores; a client-side apply drops the label.
    pub null_labels: Vec<Span>,
}

impl Policy {
    /// Returns the rules of a direction.
    pub const fn section(&self, direction: Direction) -> &Section {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }

    /// Returns the rules of a direction, to change them.
    pub const fn section_mut(&mut self, direction: Direction) -> &mut Section {
        match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        }
    }

    /// Tells whether the policy isolates its pods in a direction, by the specification and under NPM.
    pub const fn in_effect(&self, direction: Direction) -> bool {
        match direction {
            Direction::Ingress => self.types.ingress,
            Direction::Egress => self.types.egress,
        }
    }

    /// Returns the rules of a direction with their index, none where the direction is not in effect.
    pub fn effective_rules(&self, direction: Direction) -> impl Iterator<Item = (usize, &Entry<Rule>)> {
        let rules = if self.in_effect(direction) {
            &self.section(direction).rules[..]
        } else {
            &[]
        };
        rules.iter().enumerate()
    }
}

/// A NetworkPolicy, or a Service that brings clients from outside, that the API server refuses: it does nothing today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its kind.
    pub kind: &'static str,
    /// Namespace and name.
    pub key: ObjectKey,
    /// Where it is written.
    pub place: Place,
    /// What is refused, each with the bytes at fault.
    pub problems: Vec<(Spot, String)>,
    /// The ignores on it.
    pub ignores: Vec<Ignore>,
}
