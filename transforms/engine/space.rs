//! The other ends that a pod can talk to, as numbered atoms: no policy and no fact tells two ends of one atom apart.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use roaring::RoaringBitmap;

use super::inventory::{ClassId, Classes, Inventory};
use crate::policy::{Direction, Policy};
use crate::policy::cilium::CiliumNetworkPolicy;
use crate::policy::cover::UNUSED_BY_AKS;

/// Addresses that no boundary of a CIDR parts, as an index; the last cell of a space is "somewhere".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(pub u32);

/// Cells of a space, as a set.
pub type Cells = RoaringBitmap;

/// Atoms of a space, as a set.
pub type Atoms = RoaringBitmap;

/// The other end of a connection, as seen from one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// The pod's own node, by any of its addresses, with the pods on its network.
    OwnNode,
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
#[derive(Debug, Clone)]
pub struct Space {
    /// Where each cell starts, IPv4 before IPv6.
    starts: Vec<IpAddr>,
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

impl Space {
    /// Cuts the addresses at the boundaries of `cuts`, which must hold every CIDR that the policies name.
    pub fn new(inventory: &Inventory, ranges: &Ranges, cuts: impl IntoIterator<Item = IpNet>) -> Self {
        let known = ranges.pods.iter().chain(&ranges.nodes).copied();
        let mut starts = vec![IpAddr::from([0; 4]), IpAddr::from([0_u8; 16])];
        for net in cuts.into_iter().chain(known) {
            starts.push(net.network());
            starts.extend(behind(net.broadcast()));
        }
        starts.sort_unstable();
        starts.dedup();
        let mut space = Self {
            starts,
            pod_cells: Vec::new(),
            node_cells: Cells::new(),
            classes: inventory.len(),
            host_network: inventory.host_network().clone(),
        };
        space.pod_cells = space.cells_of_all(&ranges.pods).iter().collect();
        space.node_cells = space.cells_of_all(&ranges.nodes);
        space
    }

    fn cells_of_all(&self, nets: &[IpNet]) -> Cells {
        let mut cells: Cells = nets.iter().map(|&net| self.cells(net)).fold(Cells::new(), |all, one| all | one);
        if nets.is_empty() {
            cells.insert(self.somewhere().0);
        }
        cells
    }

    /// Returns the cell of an address that nothing is known of.
    pub fn somewhere(&self) -> Cell {
        Cell(u32::try_from(self.starts.len()).unwrap_or(u32::MAX))
    }

    /// Returns the cell of an address.
    pub fn cell(&self, address: IpAddr) -> Cell {
        let at = self.starts.partition_point(|start| *start <= address);
        Cell(u32::try_from(at - 1).unwrap_or(u32::MAX))
    }

    /// Returns the cells of a CIDR that the space was cut at.
    pub fn cells(&self, net: IpNet) -> Cells {
        let (first, last) = (self.cell(net.network()), self.cell(net.broadcast()));
        debug_assert_eq!(self.starts.get(first.0 as usize), Some(&net.network()), "the space is cut at {net}");
        Cells::from_iter(first.0..=last.0)
    }

    /// Returns the addresses that a block with holes matches; "somewhere" is in it only where no address that AKS
    /// gives to a pod or node is left out.
    pub fn block(&self, net: IpNet, holes: impl IntoIterator<Item = IpNet>) -> Cells {
        let mut cells = self.cells(net);
        for hole in holes {
            cells -= self.cells(hole);
        }
        let unused = |cell: u32| {
            let IpAddr::V4(start) = self.starts[cell as usize] else { return true };
            UNUSED_BY_AKS.iter().any(|net| net.contains(&start))
        };
        let ipv4 = 0..self.cell(IpAddr::from([0_u8; 16])).0;
        if ipv4.into_iter().all(|cell| cells.contains(cell) || unused(cell)) {
            cells.insert(self.somewhere().0);
        }
        cells
    }

    /// Returns the cells of IPv4, "somewhere" among them.
    pub fn ipv4(&self) -> Cells {
        let mut cells = Cells::new();
        cells.insert_range(0..self.cell(IpAddr::from([0_u8; 16])).0);
        cells.insert(self.somewhere().0);
        cells
    }

    /// Returns the cells of IPv6.
    pub fn ipv6(&self) -> Cells {
        let mut cells = Cells::new();
        cells.insert_range(self.cell(IpAddr::from([0_u8; 16])).0..self.somewhere().0);
        cells
    }

    /// Returns one address of a cell, `None` for "somewhere".
    pub fn sample(&self, cell: Cell) -> Option<IpAddr> {
        self.starts.get(cell.0 as usize).copied()
    }

    /// Returns the atom of a peer.
    ///
    /// A pod whose address is in no range of pods counts as one of their first cell.
    pub fn atom(&self, peer: Peer) -> u32 {
        let cells = self.cell_count();
        match peer {
            Peer::OwnNode => 0,
            Peer::ApiServer => 1,
            Peer::OtherNode(cell) => FIRST_CELL + cell.0,
            Peer::Outside(cell) => FIRST_CELL + cells + cell.0,
            Peer::Balanced(cell) => FIRST_CELL + 2 * cells + cell.0,
            Peer::Pod(class, cell) => {
                let at = self.pod_cells.binary_search(&cell.0).unwrap_or(0);
                self.first_pod() + u32::try_from(at).unwrap_or(u32::MAX) * self.classes + class.0
            }
        }
    }

    /// Returns the peer of an atom.
    pub fn peer(&self, atom: u32) -> Peer {
        let cells = self.cell_count();
        match atom {
            0 => Peer::OwnNode,
            1 => Peer::ApiServer,
            atom if atom < self.first_pod() => {
                let at = atom - FIRST_CELL;
                let cell = Cell(at % cells);
                match at / cells {
                    0 => Peer::OtherNode(cell),
                    1 => Peer::Outside(cell),
                    _ => Peer::Balanced(cell),
                }
            }
            atom => {
                let at = atom - self.first_pod();
                let cell = self.pod_cells[(at / self.classes) as usize];
                Peer::Pod(ClassId(at % self.classes), Cell(cell))
            }
        }
    }

    /// Returns every atom.
    pub fn everything(&self) -> Atoms {
        let mut atoms = Atoms::new();
        atoms.insert_range(0..self.first_pod() + self.classes * u32::try_from(self.pod_cells.len()).unwrap_or(u32::MAX));
        atoms
    }

    /// Returns the peers that the facts leave room for in a direction: nodes in their own ranges, nothing outside in
    /// those of pods and nodes, and clients of services only as what a pod receives.
    pub fn plausible(&self, direction: Direction) -> Atoms {
        let pod_cells: Cells = self.pod_cells.iter().copied().collect();
        let outside = self.all_cells() - &pod_cells - &self.node_cells;
        let mut classes = Classes::new();
        classes.insert_range(0..self.classes);
        let mut atoms = self.own_node()
            | self.api_server()
            | self.other_nodes(&self.node_cells)
            | self.outside(&outside)
            | self.pods(&(classes - &self.host_network));
        if direction == Direction::Ingress {
            atoms |= self.balanced(&outside);
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
        let bases = (0..).zip(&self.pod_cells).filter(|(_, cell)| cells.contains(**cell));
        for (at, _) in bases {
            let base = self.first_pod() + at * self.classes;
            if classes.len() == u64::from(self.classes) {
                atoms.insert_range(base..base + self.classes);
            } else {
                atoms.extend(classes.iter().map(|class| base + class));
            }
        }
        atoms
    }

    /// Returns other nodes at addresses of these cells.
    pub fn other_nodes(&self, cells: &Cells) -> Atoms {
        cells.iter().map(|cell| self.atom(Peer::OtherNode(Cell(cell)))).collect()
    }

    /// Returns what is outside at addresses of these cells.
    pub fn outside(&self, cells: &Cells) -> Atoms {
        cells.iter().map(|cell| self.atom(Peer::Outside(Cell(cell)))).collect()
    }

    /// Returns clients through a service at addresses of these cells.
    pub fn balanced(&self, cells: &Cells) -> Atoms {
        cells.iter().map(|cell| self.atom(Peer::Balanced(Cell(cell)))).collect()
    }

    /// Returns the API server.
    pub fn api_server(&self) -> Atoms {
        Atoms::from_iter([self.atom(Peer::ApiServer)])
    }

    /// Returns the own node.
    pub fn own_node(&self) -> Atoms {
        Atoms::from_iter([self.atom(Peer::OwnNode)])
    }

    /// Returns every cell, "somewhere" among them.
    pub fn all_cells(&self) -> Cells {
        let mut cells = Cells::new();
        cells.insert_range(0..self.cell_count());
        cells
    }

    fn cell_count(&self) -> u32 {
        self.somewhere().0 + 1
    }

    fn first_pod(&self) -> u32 {
        FIRST_CELL + 3 * self.cell_count()
    }
}

/// Returns every CIDR that policies name: where a space must be cut for them.
///
/// An IPv4 range in the form of IPv6 gives both, since engines differ in how they take it.
pub fn boundaries<'p>(
    network: impl IntoIterator<Item = &'p Policy>,
    own_kinds: impl IntoIterator<Item = &'p CiliumNetworkPolicy>,
) -> Vec<IpNet> {
    let peers = network.into_iter().flat_map(Policy::written_peers);
    let blocks = peers.filter_map(|peer| peer.value.block());
    let cidrs = blocks.flat_map(|block| [&block.cidr].into_iter().chain(&block.except));
    let mut nets: Vec<IpNet> = cidrs.filter_map(|cidr| cidr.net).collect();
    nets.extend(own_kinds.into_iter().flat_map(CiliumNetworkPolicy::nets));
    let mapped = |net: &IpNet| match net {
        IpNet::V6(net) => mapped(*net).map(IpNet::V4),
        IpNet::V4(_) => None,
    };
    let unmapped: Vec<IpNet> = nets.iter().filter_map(mapped).collect();
    nets.extend(unmapped);
    nets.sort_unstable();
    nets.dedup();
    nets
}

/// Returns the IPv4 range that an IPv6 one maps.
pub fn mapped(net: Ipv6Net) -> Option<Ipv4Net> {
    let address = net.addr().to_ipv4_mapped()?;
    let length = net.prefix_len().checked_sub(96)?;
    Ipv4Net::new(address, length).ok()
}

/// The first atom that stands for a cell: before it are the own node and the API server.
const FIRST_CELL: u32 = 2;

fn behind(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => address.to_bits().checked_add(1).map(|bits| IpAddr::V4(bits.into())),
        IpAddr::V6(address) => address.to_bits().checked_add(1).map(|bits| IpAddr::V6(bits.into())),
    }
}

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
        Space::new(&inventory, &ranges, ["10.244.1.0/24", "0.0.0.0/0", "10.0.0.0/8"].map(net))
    }

    #[test]
    fn every_atom_is_the_atom_of_its_peer() {
        let space = space();
        for atom in space.everything() {
            assert_eq!(space.atom(space.peer(atom)), atom, "{:?}", space.peer(atom));
        }
    }

    #[test]
    fn somewhere_is_only_in_a_block_that_leaves_no_address_out() {
        let space = space();
        let net = |text: &str| text.parse().unwrap();
        let somewhere = space.somewhere().0;
        assert!(space.block(net("0.0.0.0/0"), []).contains(somewhere));
        assert!(!space.block(net("0.0.0.0/0"), [net("10.244.1.0/24")]).contains(somewhere));
        assert!(!space.block(net("10.0.0.0/8"), []).contains(somewhere));
    }

    #[test]
    fn nothing_plausible_is_outside_in_the_range_of_pods() {
        let space = space();
        let inside = space.cell("10.244.1.7".parse().unwrap());
        let plausible = space.plausible(Direction::Ingress);
        assert!(!plausible.contains(space.atom(Peer::Outside(inside))));
        assert!(plausible.contains(space.atom(Peer::Pod(ClassId(1), inside))));
        assert!(!plausible.contains(space.atom(Peer::OtherNode(inside))));
    }
}
