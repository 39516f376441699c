//! What a walk along a connection finds, as plain data.

use serde::Serialize;

use crate::engine::{cilium, npm};
use crate::policy::Direction;

/// One connection in every state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// The cluster, `None` where the input is one cluster without a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The Cilium version that it is judged by.
    pub cilium: String,
    /// Whether anybody stated that version.
    pub cilium_stated: bool,
    /// Who opens it.
    pub from: EndSeen,
    /// Who answers.
    pub to: EndSeen,
    /// The port of the end that answers, `None` where every port was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// The service whose address the client used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Through>,
    /// The states, in the order in which they come.
    pub states: Vec<InState>,
    /// What a reader must know of the way that the ends were understood, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// An end, as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndSeen {
    /// As it was asked for.
    pub asked: String,
    /// What it is to the engines.
    pub kind: EndKind,
    /// The workload that it is, such as `Pod shop/web`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The node that it is or runs on, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The address that it is judged by; none where nothing is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// What an end is to the engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndKind {
    /// A pod with a network of its own.
    Pod,
    /// A node, or a pod on its network.
    Node,
    /// Somebody outside.
    Outside,
}

/// The service between the ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Through {
    /// `ns/service`.
    pub service: String,
    /// The service's own port.
    pub port: String,
    /// Where the packet enters.
    pub entry: Entry,
    /// The name of that node, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Whether `externalTrafficPolicy` is `Local`.
    pub local_traffic_only: bool,
}

/// Where a packet enters, as seen from the pod that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// At its own node.
    OwnNode,
    /// At another one.
    OtherNode,
}

/// Which engine with which policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// NPM with the policies as they are.
    NpmToday,
    /// NPM with what the chosen changes make of its policies; only there where it differs from today, as it must not.
    NpmFixed,
    /// Cilium with the policies as they are.
    CiliumUnchanged,
    /// Cilium with the policies and overlays as the chosen changes make them.
    CiliumFixed,
}

/// What a state says of the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InState {
    /// Which.
    pub state: Stage,
    /// Whether it passes.
    pub verdict: Passes,
    /// The ports on which it passes on both sides, such as `80/TCP, 8080-8090/TCP`; `all`, or empty for none.
    pub ports: String,
    /// The side of the pod that opens it; empty where that is no pod with a network of its own.
    pub egress: Vec<Answer>,
    /// The side of the pod that answers; empty where that is no pod with a network of its own.
    pub ingress: Vec<Answer>,
    /// Where a side denies the port that was asked for: on which others it lets the same connection through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
}

/// What a side would let through on other ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// The side.
    pub direction: Direction,
    /// What it says there.
    #[serde(flatten)]
    pub answer: Answer,
}

/// Whether a connection passes on the ports that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Passes {
    /// On all of them.
    Allow,
    /// On none of them.
    Deny,
    /// On some of them.
    SomePorts,
}

/// What one side says on some ports, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Whether it lets the connection through.
    pub allowed: bool,
    /// The ports.
    pub ports: String,
    /// The engine's rule that explains it.
    pub because: EngineRule,
    /// What of the policies decides; `None` where no policy has a say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Deciding>,
}

/// A rule by which an engine decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EngineRule {
    /// Its short name, such as `NPM-R6`.
    pub id: &'static str,
    /// The rule as a sentence.
    pub statement: &'static str,
    /// Where it was read.
    pub source: String,
}

/// What of a policy decides, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deciding {
    /// Its kind.
    pub kind: &'static str,
    /// `namespace/name`, of a clusterwide one the name alone.
    pub name: String,
    /// Which side of it.
    pub direction: Direction,
    /// The rule in it, such as `egress[0]`; `None` where the policy as a whole decides, because it isolates the pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The file, or for an overlay that does not stand yet the file to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line of the rule, or of the policy's name, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Whether it stands in the tree, perhaps in another form; else a change puts it there.
    pub in_tree: bool,
}

impl EngineRule {
    /// Returns a rule of NPM.
    pub(in crate::parity) fn of_npm(reason: npm::Reason) -> Self {
        Self {
            id: reason.id(),
            statement: reason.statement(),
            source: reason.source().to_owned(),
        }
    }

    /// Returns a rule of Cilium.
    pub(in crate::parity) fn of_cilium(reason: cilium::Reason) -> Self {
        let source = format!("{}{}", cilium::Reason::SOURCE, reason.source());
        Self {
            id: reason.id(),
            statement: reason.statement(),
            source,
        }
    }
}

impl Stage {
    /// Returns the state's name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NpmToday => "NPM today",
            Self::NpmFixed => "NPM after the `before` phase",
            Self::CiliumUnchanged => "Cilium, nothing changed",
            Self::CiliumFixed => "Cilium, fixed",
        }
    }
}

impl InState {
    /// Tells whether another state lets the connection through on the same ports.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.ports == other.ports
    }
}
