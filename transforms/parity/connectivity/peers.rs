//! The other ends of flows, in few words.

use serde::Serialize;

use crate::engine::{Atoms, Cell, Cells, ClassId, Peer};
use crate::parity::setting::Setting;

/// How many pods are named.
const NAMED: usize = 3;

/// The other ends of some flows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Peers {
    /// The pods' own node.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own_node: bool,
    /// The DNS that AKS runs on each node, `169.254.10.0/24`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub local_dns: bool,
    /// Other nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_nodes: Option<Addressed>,
    /// The API server.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub api_server: bool,
    /// Addresses outside the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<Addressed>,
    /// Clients from outside that come through a service to the node of the pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through_services: Option<Addressed>,
    /// Pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<PodPeers>,
}

/// Ends by their addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Addressed {
    /// Whatever their addresses.
    Every,
    /// Those of these CIDRs, or ranges `first-last`; sorted.
    Some(Vec<String>),
}

/// Pods as the other ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PodPeers {
    /// How many kinds of them there are: pods of one kind are alike for every policy.
    pub kinds: u64,
    /// How many namespaces they are in.
    pub namespaces: u64,
    /// Whether some of them are in no file.
    pub beyond_files: bool,
    /// Some of their workloads.
    pub some: Vec<String>,
}

impl Peers {
    /// Tells the ends; `every` holds those without pods that there can be.
    pub(super) fn of(atoms: &Atoms, every: &Atoms, setting: &Setting<'_>) -> Self {
        let space = &setting.ground.space;
        let others = space.others(atoms);
        let addressed = |cell_of: fn(Peer) -> Option<Cell>| {
            let cell = |atom| cell_of(space.peer(atom)).map(|cell| cell.0);
            let cells: Cells = others.iter().filter_map(cell).collect();
            let every: Cells = every.iter().filter_map(cell).collect();
            if cells.is_empty() {
                None
            } else if cells == every {
                Some(Addressed::Every)
            } else {
                Some(Addressed::Some(space.addresses.texts(&cells)))
            }
        };
        Self {
            local_dns: others.contains(space.atom(Peer::LocalDns)),
            own_node: others.contains(space.atom(Peer::OwnNode)),
            api_server: others.contains(space.atom(Peer::ApiServer)),
            other_nodes: addressed(|peer| {
                if let Peer::OtherNode(cell) = peer {
                    Some(cell)
                } else {
                    None
                }
            }),
            outside: addressed(|peer| {
                if let Peer::Outside(cell) = peer {
                    Some(cell)
                } else {
                    None
                }
            }),
            through_services: addressed(|peer| {
                if let Peer::Balanced(cell) = peer {
                    Some(cell)
                } else {
                    None
                }
            }),
            pods: pods(atoms, setting),
        }
    }
}

fn pods(atoms: &Atoms, setting: &Setting<'_>) -> Option<PodPeers> {
    let population = &setting.ground.population;
    let classes = setting.ground.space.classes(atoms);
    if classes.is_empty() {
        return None;
    }
    let workloads = classes.iter().flat_map(|class| population.workloads(ClassId(class)));
    let mut some: Vec<String> = Vec::new();
    for name in workloads.map(|workload| format!("{} {}", workload.kind, workload.key)) {
        // Where two trees are compared, each may show a workload.
        if !some.contains(&name) {
            some.push(name);
        }
        if some.len() == NAMED {
            break;
        }
    }
    Some(PodPeers {
        kinds: classes.len(),
        namespaces: population.inventory.count_homes(&classes),
        beyond_files: !classes.is_disjoint(population.beyond_files()),
        some,
    })
}
