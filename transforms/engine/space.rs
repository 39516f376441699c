//! The other ends that a pod can talk to, as numbered atoms: no policy and no fact tells two ends of one atom apart.

use std::sync::Arc;

use ipnet::IpNet;
use roaring::RoaringBitmap;

use super::addresses::{Addresses, Cell, Cells};
use super::inventory::{ClassId, Classes, Inventory};
use crate::policy::Direction;
use crate::world::Facts;
use crate::world::aks::LOCAL_DNS;

/// Atoms of a space, as a set.
pub type Atoms = RoaringBitmap;

/// The other end of a connection, as seen from one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// The pod's own node, by any of its addresses, with the pods on its network.
    OwnNode,
    /// The DNS that AKS runs on the pod's own node, at an address that is the same on every node.
    LocalDns,
    /// Another node, or a pod on its network.
    OtherNode(Cell),
    /// An address outside the cluster.
    Outside(Cell),
    /// The API server, which AKS runs outside the cluster.
    ApiServer,
    /// A client from outside through a load balancer or node port, whose node has the pod that answers.
    Balanced(Cell),
    /// A pod with a network of its own.
    Pod(ClassId, Cell),
}

/// Every atom of a cluster, for one set of boundaries.
///
/// An engine's sets can be compared only within one space, so the space of a comparison is cut at the boundaries of
/// all policies that take part in it.
///
/// Pods come first, by the cells that they can be in and then by class: in the first cell, which is the only one of most
/// clusters, a pod's atom is the number of its class. The own node and the API server follow, then a cell's nodes, its
/// addresses outside and its clients through services.
#[derive(Debug, Clone)]
pub struct Space {
    /// The addresses, cut into cells.
    pub addresses: Addresses,
    /// The cells in which pods can be, sorted.
    pod_cells: Vec<u32>,
    node_cells: Cells,
    classes: u32,
    host_network: Classes,
}

/// Where pods and nodes are; what is empty is unknown, which is the one cell "somewhere".
#[derive(Debug, Clone, Default)]
pub struct Ranges {
    /// Of the pods, their own addresses where those are known.
    pub pods: Vec<IpNet>,
    /// Of the nodes.
    pub nodes: Vec<IpNet>,
}

impl Ranges {
    /// Returns what the facts tell.
    pub fn of(facts: &Facts) -> Self {
        let known = facts.nodes.iter().flat_map(|node| &node.addresses);
        Self {
            pods: facts.pod_cidrs.clone(),
            nodes: facts
                .node_cidrs
                .iter()
                .copied()
                .chain(known.map(|&address| address.into()))
                .collect(),
        }
    }
}

impl Space {
    /// Cuts the addresses at the boundaries of `cuts`, which must hold every CIDR that the policies name.
    pub fn new(inventory: &Inventory, ranges: &Ranges, cuts: impl IntoIterator<Item = IpNet>) -> Self {
        let known = ranges.pods.iter().chain(&ranges.nodes).copied();
        let addresses = Addresses::new(cuts.into_iter().chain(known).chain([LOCAL_DNS.into()]));
        Self {
            pod_cells: cells_of(&ranges.pods, &addresses).iter().collect(),
            node_cells: cells_of(&ranges.nodes, &addresses),
            addresses,
            classes: inventory.len(),
            host_network: inventory.host_network().clone(),
        }
    }

    /// Lets pods also be at addresses that nothing is known of, beside those in their ranges.
    #[must_use]
    pub fn with_pods_anywhere(mut self) -> Self {
        let somewhere = self.addresses.somewhere().0;
        if self.pod_cells.last() != Some(&somewhere) {
            self.pod_cells.push(somewhere);
        }
        self
    }

    /// Returns the atom of a peer.
    ///
    /// A pod whose address is in no range of pods counts as one of their first cell.
    pub fn atom(&self, peer: Peer) -> u32 {
        let (cells, first) = (self.addresses.len(), self.first_other());
        match peer {
            Peer::OwnNode => first,
            Peer::ApiServer => first + 1,
            Peer::LocalDns => first + 2,
            Peer::OtherNode(cell) => first + BEFORE_CELLS + cell.0,
            Peer::Outside(cell) => first + BEFORE_CELLS + cells + cell.0,
            Peer::Balanced(cell) => first + BEFORE_CELLS + 2 * cells + cell.0,
            Peer::Pod(class, cell) => {
                let at = self.pod_cells.binary_search(&cell.0).unwrap_or(0);
                u32::try_from(at).unwrap_or(u32::MAX) * self.classes + class.0
            }
        }
    }

    /// Returns the peer of an atom.
    pub fn peer(&self, atom: u32) -> Peer {
        let Some(other) = atom.checked_sub(self.first_other()) else {
            let cell = self.pod_cells[(atom / self.classes) as usize];
            return Peer::Pod(ClassId(atom % self.classes), Cell(cell));
        };
        match other {
            0 => Peer::OwnNode,
            1 => Peer::ApiServer,
            2 => Peer::LocalDns,
            other => {
                let (at, cells) = (other - BEFORE_CELLS, self.addresses.len());
                let cell = Cell(at % cells);
                match at / cells {
                    0 => Peer::OtherNode(cell),
                    1 => Peer::Outside(cell),
                    _ => Peer::Balanced(cell),
                }
            }
        }
    }

    /// Returns every atom.
    pub fn everything(&self) -> Atoms {
        let mut atoms = Atoms::new();
        atoms.insert_range(0..self.first_other() + BEFORE_CELLS + 3 * self.addresses.len());
        atoms
    }

    /// Returns the peers that the facts leave room for in a direction: nodes in their own ranges, nothing outside in
    /// those of pods and nodes, and clients of services only as what a pod receives.
    pub fn plausible(&self, direction: Direction) -> Atoms {
        let pod_cells: Cells = self.pod_cells.iter().copied().collect();
        let inside = &pod_cells | &self.node_cells | self.addresses.cells(LOCAL_DNS.into());
        let outside = self.addresses.all() - inside;
        let mut classes = Classes::new();
        classes.insert_range(0..self.classes);
        let mut atoms = self.own_node()
            | self.api_server()
            | self.other_nodes(&self.node_cells)
            | self.outside(&outside)
            | self.pods(&(classes - &self.host_network));
        if direction == Direction::Ingress {
            atoms |= self.balanced(&outside);
        } else {
            atoms |= self.local_dns();
        }
        atoms
    }

    /// Returns pods of these classes at any address.
    pub fn pods(&self, classes: &Classes) -> Atoms {
        self.pods_at(classes, &self.pod_cells.iter().copied().collect())
    }

    /// Returns pods of these classes at addresses of these cells.
    pub fn pods_at(&self, classes: &Classes, cells: &Cells) -> Atoms {
        let mut atoms = Atoms::new();
        for (base, _) in self.bases().filter(|(_, cell)| cells.contains(*cell)) {
            if base == 0 {
                atoms |= classes;
            } else {
                atoms |= moved(classes.iter(), |class| base + class);
            }
        }
        atoms
    }

    /// Returns the classes of the pods among atoms.
    pub fn classes(&self, atoms: &Atoms) -> Classes {
        let mut classes = atoms.clone();
        classes.remove_range(self.classes..);
        for (base, _) in self.bases().skip(1) {
            classes |= moved(atoms.range(base..base + self.classes), |atom| atom - base);
        }
        classes
    }

    /// Returns the atoms that are no pods.
    pub fn others(&self, atoms: &Atoms) -> Atoms {
        let mut others = atoms.clone();
        others.remove_range(..self.first_other());
        others
    }

    /// Returns other nodes at addresses of these cells.
    pub fn other_nodes(&self, cells: &Cells) -> Atoms {
        moved(cells.iter(), |cell| self.atom(Peer::OtherNode(Cell(cell))))
    }

    /// Returns what is outside at addresses of these cells.
    pub fn outside(&self, cells: &Cells) -> Atoms {
        moved(cells.iter(), |cell| self.atom(Peer::Outside(Cell(cell))))
    }

    /// Returns clients through a service at addresses of these cells.
    pub fn balanced(&self, cells: &Cells) -> Atoms {
        moved(cells.iter(), |cell| self.atom(Peer::Balanced(Cell(cell))))
    }

    /// Returns the API server.
    pub fn api_server(&self) -> Atoms {
        [self.atom(Peer::ApiServer)].into_iter().collect()
    }

    /// Returns the DNS on the own node.
    pub fn local_dns(&self) -> Atoms {
        [self.atom(Peer::LocalDns)].into_iter().collect()
    }

    /// Returns the own node.
    pub fn own_node(&self) -> Atoms {
        [self.atom(Peer::OwnNode)].into_iter().collect()
    }

    /// Returns the cells that pods can be in, each behind the atom that its first class has there.
    fn bases(&self) -> impl Iterator<Item = (u32, u32)> {
        (0..).zip(&self.pod_cells).map(|(at, &cell)| (at * self.classes, cell))
    }

    /// Returns the first atom that is no pod.
    fn first_other(&self) -> u32 {
        u32::try_from(self.pod_cells.len()).unwrap_or(u32::MAX) * self.classes
    }
}

/// Returns the cells of ranges, "somewhere" where none is known.
fn cells_of(nets: &[IpNet], addresses: &Addresses) -> Cells {
    if nets.is_empty() {
        return [addresses.somewhere().0].into_iter().collect();
    }
    nets.iter()
        .map(|&net| addresses.cells(net))
        .fold(Cells::new(), |all, one| all | one)
}

/// Makes a set that is shared, and quick to meet others: bitmaps and arrays are, runs are not.
pub(crate) fn share(mut atoms: Atoms) -> Arc<Atoms> {
    atoms.remove_run_compression();
    Arc::new(atoms)
}

/// Moves numbers by as much each, run by run.
fn moved(mut numbers: roaring::bitmap::Iter<'_>, to: impl Fn(u32) -> u32) -> RoaringBitmap {
    let mut moved = RoaringBitmap::new();
    while let Some(run) = numbers.next_range() {
        moved.insert_range(to(*run.start())..=to(*run.end()));
    }
    moved
}

/// How many ends stand before those that have a cell: the own node, the API server and the local DNS.
const BEFORE_CELLS: u32 = 3;

#[cfg(test)]
mod tests {
    use super::super::inventory::Pod;
    use super::*;
    use crate::policy::{Labels, Namespace};

    fn space() -> Space {
        let pod = |app: &str| Pod {
            namespace: Namespace::Named("shop".into()),
            labels: Labels::from([("app".to_owned(), app.to_owned())]),
            ports: Vec::new(),
            host_network: false,
        };
        let inventory = Inventory::new([pod("web"), pod("api")], [], |_| Labels::new());
        let net = |text: &str| text.parse().unwrap();
        let ranges = Ranges {
            pods: vec![net("10.244.0.0/16")],
            nodes: vec![net("10.224.0.0/16")],
        };
        Space::new(
            &inventory,
            &ranges,
            ["10.244.1.0/24", "0.0.0.0/0", "10.0.0.0/8"].map(net),
        )
    }

    #[test]
    fn every_atom_is_the_atom_of_its_peer() {
        let space = space();
        for atom in space.everything() {
            assert_eq!(space.atom(space.peer(atom)), atom, "{:?}", space.peer(atom));
        }
    }

    #[test]
    fn pods_keep_their_classes_in_every_cell() {
        let space = space();
        let both: Classes = [0, 1].into_iter().collect();
        assert_eq!(
            space.pods(&both).len(),
            2 * 3,
            "one range of pods is cut into three cells"
        );
        for classes in [Classes::from([0]), Classes::from([1]), both] {
            let anywhere = space.pods(&classes) | space.api_server();
            assert_eq!(space.classes(&anywhere), classes);
            assert_eq!(space.others(&anywhere), space.api_server());
        }
    }

    #[test]
    fn a_pod_at_an_unknown_address_is_no_pod_of_the_known_range() {
        let space = space().with_pods_anywhere();
        let at = |cell| space.atom(Peer::Pod(ClassId(1), cell));
        let inside = space.addresses.cell("10.244.1.7".parse().unwrap());
        let anywhere = at(space.addresses.somewhere());
        assert_ne!(at(inside), anywhere);
        assert!(space.everything().contains(anywhere));
        assert_eq!(space.peer(anywhere), Peer::Pod(ClassId(1), space.addresses.somewhere()));
    }

    #[test]
    fn nothing_plausible_is_outside_in_the_range_of_pods() {
        let space = space();
        let inside = space.addresses.cell("10.244.1.7".parse().unwrap());
        let plausible = space.plausible(Direction::Ingress);
        assert!(!plausible.contains(space.atom(Peer::Outside(inside))));
        assert!(plausible.contains(space.atom(Peer::Pod(ClassId(1), inside))));
        assert!(!plausible.contains(space.atom(Peer::OtherNode(inside))));
    }
}
