//! Connections as people write them: the ends, the port, and the service between.

mod read;

use std::fmt;
use std::net::IpAddr;

use crate::engine::Transport;

/// An end of a connection, as somebody names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndName {
    /// `ns/pod`.
    Pod {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// `ns/Kind/workload`: a pod of it.
    Workload {
        /// Its namespace.
        namespace: String,
        /// Its kind, in any case.
        kind: String,
        /// Its name.
        name: String,
    },
    /// An address, whoever has it.
    Address(IpAddr),
    /// `node:NAME`.
    Node(String),
    /// `own-node`: the node of the pod at the other end.
    OwnNode,
    /// `other-node`: another node than that of the other end.
    OtherNode,
    /// `world`: somebody outside.
    World,
}

/// Which port of the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortName {
    /// By its number, or the type of ICMP.
    Number(u16),
    /// By the name that the pod declares.
    Name(String),
}

/// The destination: `DST[:PORT[/PROTO]]`, with an IPv6 address in brackets before a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Who answers.
    pub end: EndName,
    /// On which port, every port where `None`.
    pub port: Option<PortName>,
    /// By which protocol, TCP where none is written.
    pub transport: Transport,
}

/// At which node the client's packet enters the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryName {
    /// `own-node`: that of the pod that answers.
    OwnNode,
    /// `other-node`: another one.
    OtherNode,
    /// That of this name.
    Node(String),
}

/// The service whose address the client used: `ns/service[@NODE]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Where the packet enters, where somebody says.
    pub entry: Option<EntryName>,
}

/// A connection to walk through, as somebody writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Who opens it.
    pub from: EndName,
    /// Who answers, and on what.
    pub to: Destination,
    /// Through which service.
    pub via: Option<ServiceName>,
}

/// What is wrong with the way a connection is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text names no end.
    #[error(
        "`{0}` is no end of a connection: write ns/pod, ns/Kind/workload, an IP address, node:NAME, own-node, \
         other-node or world"
    )]
    NoEnd(String),
    /// The source has a port.
    #[error("`{0}` names a port: it belongs to the destination, DST:PORT")]
    PortOfSource(String),
    /// The text behind the colon is no port.
    #[error("`{0}` is no port: write a number up to 65535, or the name that the pod gives it")]
    NoPort(String),
    /// The text behind the port's slash is no protocol.
    #[error("`{0}` is no protocol: write TCP, UDP, SCTP or ICMP")]
    NoProtocol(String),
    /// The text names no service.
    #[error(
        "`{0}` is no service: write ns/service, or ns/service@own-node, @other-node or @NODE for where it is entered"
    )]
    NoService(String),
}

impl Question {
    /// Reads a connection.
    ///
    /// # Errors
    /// [`NameError`] for a part that can't be read.
    pub fn new(from: &str, to: &str, via: Option<&str>) -> Result<Self, NameError> {
        let source = from.parse().map_err(|error| match from.parse::<Destination>() {
            Ok(Destination { port: Some(_), .. }) => NameError::PortOfSource(from.to_owned()),
            Ok(_) | Err(_) => error,
        });
        Ok(Self {
            from: source?,
            to: to.parse()?,
            via: via.map(str::parse).transpose()?,
        })
    }
}

/// The form in which it is written.
impl fmt::Display for EndName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod { namespace, name } => write!(f, "{namespace}/{name}"),
            Self::Workload { namespace, kind, name } => write!(f, "{namespace}/{kind}/{name}"),
            Self::Address(address) => address.fmt(f),
            Self::Node(name) => write!(f, "node:{name}"),
            Self::OwnNode => f.write_str("own-node"),
            Self::OtherNode => f.write_str("other-node"),
            Self::World => f.write_str("world"),
        }
    }
}
