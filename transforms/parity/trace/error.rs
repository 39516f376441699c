//! What keeps a connection from being walked.

use std::collections::BTreeSet;
use std::fmt;

/// Names to choose from: sorted, once each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List(Vec<String>);

/// How many names a message lists.
const SHOWN: usize = 8;

impl List {
    /// Makes the list of some names.
    pub(super) fn of(names: impl IntoIterator<Item = String>) -> Self {
        let names: BTreeSet<String> = names.into_iter().collect();
        Self(names.into_iter().collect())
    }
}

/// `there are a, b and 3 more`, or that there is none.
impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [] => f.write_str("the input shows none"),
            [only] => write!(f, "there is {only}"),
            names => {
                let shown = names.len().min(SHOWN);
                write!(f, "there are {}", names[..shown].join(", "))?;
                match names.len() - shown {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
        }
    }
}

/// Why a connection can't be walked in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookError {
    /// No manifest has such a workload.
    #[error("no {kind} {name} in the input; {there}")]
    NoWorkload {
        /// The kind that was asked for.
        kind: String,
        /// `namespace/name`.
        name: String,
        /// What may have been meant.
        there: List,
    },
    /// No manifest names such a node.
    #[error(
        "no node {name} in the input; {there}: own-node and other-node need no name, and a dump of the nodes, \
         `kubectl get nodes -o yaml` for --facts, names all"
    )]
    NoNode {
        /// Its name.
        name: String,
        /// The known ones.
        there: List,
    },
    /// `own-node` beside an end that is no pod.
    #[error("own-node is the node of the pod at the other end, and there is no pod with a network of its own")]
    NoOwnNode,
    /// Both ends are told by the other one.
    #[error("own-node and other-node speak of the other end: name a pod there")]
    NoFixedEnd,
    /// No manifest has such a service that brings clients from outside.
    #[error(
        "no Service {name} of type LoadBalancer or NodePort, or with externalIPs, in the input; {there}; through a \
         ClusterIP nothing is judged otherwise than without --via"
    )]
    NoService {
        /// `namespace/name`.
        name: String,
        /// The known ones.
        there: List,
    },
    /// The destination is no pod of the input, so that nothing tells whether the service leads to it.
    #[error("behind a service a pod answers: name it as the destination, ns/pod or ns/Kind/workload")]
    NoBackend,
    /// The service does not select the destination.
    #[error("service {service} does not select {workload}; of its pods, {there}")]
    NotSelected {
        /// The service.
        service: String,
        /// The destination.
        workload: String,
        /// What it selects.
        there: List,
    },
    /// The service has no such port.
    #[error("service {service} has no port {port}; {there}")]
    NoServicePort {
        /// The service.
        service: String,
        /// The port that was asked for.
        port: String,
        /// Its ports.
        there: List,
    },
    /// The service has several ports and none was asked for.
    #[error("service {service} has several ports, {there}: add one to the destination, DST:PORT")]
    WhichServicePort {
        /// The service.
        service: String,
        /// Its ports.
        there: List,
    },
    /// The pod declares no port of the name.
    #[error("{workload} declares no {protocol} port named `{name}`; {there}")]
    NoPortName {
        /// The destination.
        workload: String,
        /// The protocol.
        protocol: &'static str,
        /// The name that was asked for, or that the service leads to.
        name: String,
        /// The names that it does declare.
        there: List,
    },
    /// A client in the cluster enters at its own node.
    #[error("{client} enters at its own node{node}: leave out the @ and what follows")]
    OtherEntry {
        /// The client.
        client: String,
        /// ` (n1)`, where it is known.
        node: String,
    },
}
