//! The addresses, cut into cells that no boundary of a CIDR parts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv4Subnets, Ipv6Net, Ipv6Subnets};
use roaring::RoaringBitmap;

use crate::policy::Policy;
use crate::policy::cilium::CiliumNetworkPolicy;
use crate::policy::cover::UNUSED_BY_AKS;

/// Addresses that no boundary of a CIDR parts, as an index; the last cell is "somewhere".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(pub u32);

/// Cells, as a set.
pub type Cells = RoaringBitmap;

/// Every address of both families, cut into cells.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Where each cell starts, IPv4 before IPv6.
    starts: Vec<IpAddr>,
}

impl Addresses {
    /// Cuts the addresses at both ends of each of `nets`.
    pub fn new(nets: impl IntoIterator<Item = IpNet>) -> Self {
        let mut starts = vec![FIRST_V4, FIRST_V6];
        for net in nets {
            starts.push(net.network());
            starts.extend(behind(net.broadcast()));
        }
        starts.sort_unstable();
        starts.dedup();
        Self { starts }
    }

    /// Returns how many cells there are, "somewhere" among them.
    pub fn len(&self) -> u32 {
        self.somewhere().0 + 1
    }

    /// Tells whether there is no cell, which is never so.
    pub const fn is_empty(&self) -> bool {
        false
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

    /// Returns the cells of a CIDR that the addresses were cut at.
    pub fn cells(&self, net: IpNet) -> Cells {
        let (first, last) = (self.cell(net.network()), self.cell(net.broadcast()));
        debug_assert_eq!(
            self.starts.get(first.0 as usize),
            Some(&net.network()),
            "the addresses are cut at {net}"
        );
        (first.0..=last.0).collect()
    }

    /// Returns the addresses that a block with holes matches; "somewhere" is in it only where no address that AKS
    /// gives to a pod or node is left out.
    pub fn block(&self, net: IpNet, holes: impl IntoIterator<Item = IpNet>) -> Cells {
        let mut cells = self.cells(net);
        for hole in holes {
            cells -= self.cells(hole);
        }
        let unused = |cell: u32| {
            let IpAddr::V4(start) = self.starts[cell as usize] else {
                return true;
            };
            UNUSED_BY_AKS.iter().any(|net| net.contains(&start))
        };
        let ipv4 = 0..self.cell(FIRST_V6).0;
        if ipv4.into_iter().all(|cell| cells.contains(cell) || unused(cell)) {
            cells.insert(self.somewhere().0);
        }
        cells
    }

    /// Returns the cells of IPv4, "somewhere" among them.
    pub fn ipv4(&self) -> Cells {
        let mut cells = Cells::new();
        cells.insert_range(0..self.cell(FIRST_V6).0);
        cells.insert(self.somewhere().0);
        cells
    }

    /// Returns the cells of IPv6.
    pub fn ipv6(&self) -> Cells {
        let mut cells = Cells::new();
        cells.insert_range(self.cell(FIRST_V6).0..self.somewhere().0);
        cells
    }

    /// Tells whether a cell is of IPv6.
    pub fn is_ipv6(&self, cell: Cell) -> bool {
        self.sample(cell).is_some_and(|address| address.is_ipv6())
    }

    /// Returns one address of a cell, `None` for "somewhere".
    pub fn sample(&self, cell: Cell) -> Option<IpAddr> {
        self.starts.get(cell.0 as usize).copied()
    }

    /// Returns cells as CIDRs and ranges `first-last`, "somewhere" as `elsewhere`.
    pub fn texts(&self, cells: &Cells) -> Vec<String> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for cell in cells {
            let goes_on = |last: u32| last + 1 == cell && !self.is_first_of_its_kind(cell);
            match runs.last_mut() {
                Some(run) if goes_on(run.1) => run.1 = cell,
                Some(_) | None => runs.push((cell, cell)),
            }
        }
        runs.into_iter().map(|(first, last)| self.text(first, last)).collect()
    }

    fn is_first_of_its_kind(&self, cell: u32) -> bool {
        cell == self.somewhere().0 || self.starts.get(cell as usize) == Some(&FIRST_V6)
    }

    fn text(&self, first: u32, last: u32) -> String {
        let Some(&start) = self.starts.get(first as usize) else {
            return "elsewhere".to_owned();
        };
        let end = match (start, self.starts.get(last as usize + 1)) {
            (IpAddr::V4(_), Some(IpAddr::V4(next))) => IpAddr::V4((next.to_bits() - 1).into()),
            (IpAddr::V6(_), Some(IpAddr::V6(next))) => IpAddr::V6((next.to_bits() - 1).into()),
            (IpAddr::V4(_), _) => IpAddr::V4(Ipv4Addr::BROADCAST),
            (IpAddr::V6(_), _) => IpAddr::V6(Ipv6Addr::from(u128::MAX)),
        };
        let nets: Vec<String> = match (start, end) {
            (IpAddr::V4(start), IpAddr::V4(end)) => {
                Ipv4Subnets::new(start, end, 0).map(|net| net.to_string()).collect()
            }
            (IpAddr::V6(start), IpAddr::V6(end)) => {
                Ipv6Subnets::new(start, end, 0).map(|net| net.to_string()).collect()
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Vec::new(),
        };
        match <[String; 1]>::try_from(nets) {
            Ok([net]) => net,
            Err(_) => format!("{start}-{end}"),
        }
    }

    /// Returns every cell, "somewhere" among them.
    pub fn all(&self) -> Cells {
        let mut cells = Cells::new();
        cells.insert_range(0..self.len());
        cells
    }
}

/// Returns every CIDR that policies name: where the addresses must be cut for them.
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

/// Where IPv4 starts.
const FIRST_V4: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
/// Where IPv6 starts.
const FIRST_V6: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

fn behind(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => address.to_bits().checked_add(1).map(|bits| IpAddr::V4(bits.into())),
        IpAddr::V6(address) => address.to_bits().checked_add(1).map(|bits| IpAddr::V6(bits.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_as_cidrs_and_ranges() {
        let net = |text: &str| -> IpNet { text.parse().unwrap() };
        let addresses = Addresses::new(["10.0.0.0/8", "10.244.0.0/16", "fd00::/8"].map(net));
        let inside = addresses.cells(net("10.0.0.0/8"));
        assert_eq!(addresses.texts(&inside), ["10.0.0.0/8"]);
        assert_eq!(
            addresses.texts(&(inside - addresses.cells(net("10.244.0.0/16")))),
            ["10.0.0.0-10.243.255.255", "10.245.0.0-10.255.255.255"]
        );
        assert_eq!(addresses.texts(&addresses.all()), ["0.0.0.0/0", "::/0", "elsewhere"]);
    }

    #[test]
    fn somewhere_is_only_in_a_block_that_leaves_no_address_out() {
        let net = |text: &str| text.parse().unwrap();
        let addresses = Addresses::new(["10.244.1.0/24", "0.0.0.0/0", "10.0.0.0/8", "169.254.0.0/16"].map(net));
        let somewhere = addresses.somewhere().0;
        assert!(addresses.block(net("0.0.0.0/0"), []).contains(somewhere));
        assert!(
            addresses
                .block(net("0.0.0.0/0"), [net("169.254.0.0/16")])
                .contains(somewhere)
        );
        assert!(
            !addresses
                .block(net("0.0.0.0/0"), [net("10.244.1.0/24")])
                .contains(somewhere)
        );
        assert!(!addresses.block(net("10.0.0.0/8"), []).contains(somewhere));
    }
}
