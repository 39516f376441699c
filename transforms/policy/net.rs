//! CIDRs as written, and exact sets of IPv4 addresses.

use std::fmt;

use ipnet::{IpNet, Ipv4Net, Ipv4Subnets};

/// A CIDR: the text of the file and the range that it means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    /// As written; what stays in the file.
    pub text: String,
    /// The range, host bits cleared; `None` where a `${VAR}` stands for it.
    pub net: Option<IpNet>,
}

impl Cidr {
    /// Makes the CIDR of a canonical range.
    pub fn of(net: IpNet) -> Self {
        Self {
            text: net.trunc().to_string(),
            net: Some(net.trunc()),
        }
    }

    /// Returns the range where it is IPv4.
    pub const fn v4(&self) -> Option<Ipv4Net> {
        match self.net {
            Some(IpNet::V4(net)) => Some(net),
            Some(IpNet::V6(_)) | None => None,
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A set of IPv4 addresses, as sorted ranges that neither meet nor touch: equal sets are equal values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CidrSet {
    /// First and last address, both included.
    ranges: Vec<(u32, u32)>,
}

impl CidrSet {
    /// Makes the set of ranges, each given by its first and last address.
    pub(super) fn of_ranges(ranges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut set = Self::default();
        set.extend_ranges(ranges);
        set
    }

    /// Adds every address of `net`.
    pub fn insert(&mut self, net: Ipv4Net) {
        self.extend_ranges([(net.network().to_bits(), net.broadcast().to_bits())]);
    }

    /// Takes every address of `net` out.
    pub fn remove(&mut self, net: Ipv4Net) {
        let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
        let from = self.ranges.partition_point(|&(_, high)| high < first);
        let to = self.ranges.partition_point(|&(low, _)| low <= last);
        let Some(met) = self.ranges.get(from..to).filter(|met| !met.is_empty()) else {
            return;
        };
        let before = met
            .first()
            .filter(|(low, _)| *low < first)
            .map(|(low, _)| (*low, first - 1));
        let behind = met
            .last()
            .filter(|(_, high)| *high > last)
            .map(|(_, high)| (last + 1, *high));
        self.ranges.splice(from..to, before.into_iter().chain(behind));
    }

    /// Adds every address of `other`.
    pub fn union(&mut self, other: &Self) {
        self.extend_ranges(other.ranges.iter().copied());
    }

    /// Returns the addresses that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let (mut own, mut others) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        while let (Some(&&(first, last)), Some(&&(low, high))) = (own.peek(), others.peek()) {
            if low <= last && first <= high {
                ranges.push((first.max(low), last.min(high)));
            }
            // What ends first meets nothing behind it.
            if last < high {
                own.next();
            } else {
                others.next();
            }
        }
        Self { ranges }
    }

    /// Returns the addresses that are in this set and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }

    /// Returns the addresses that are not in the set.
    fn complement(&self) -> Self {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = Some(0);
        for &(first, last) in &self.ranges {
            let before = next.zip(first.checked_sub(1));
            ranges.extend(before.filter(|(low, high)| low <= high));
            next = last.checked_add(1);
        }
        ranges.extend(next.map(|low| (low, u32::MAX)));
        Self { ranges }
    }

    /// Returns the set as the fewest CIDRs, sorted.
    pub fn nets(&self) -> Vec<Ipv4Net> {
        let of_range = |&(first, last): &(u32, u32)| Ipv4Subnets::new(first.into(), last.into(), 0);
        self.ranges.iter().flat_map(of_range).collect()
    }

    /// Tells whether every address of `net` is in the set.
    pub fn contains(&self, net: Ipv4Net) -> bool {
        let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
        let at = self.ranges.partition_point(|&(low, _)| low <= first);
        at.checked_sub(1).is_some_and(|at| last <= self.ranges[at].1)
    }

    /// Tells whether the set has no address.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Returns the ranges as first and last address, sorted.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// Adds ranges in any order.
    fn extend_ranges(&mut self, more: impl IntoIterator<Item = (u32, u32)>) {
        self.ranges.extend(more);
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|next, before| {
            let joins = u64::from(next.0) <= u64::from(before.1) + 1;
            if joins {
                before.1 = before.1.max(next.1);
            }
            joins
        });
    }
}

/// The set as CIDRs, at most eight of them.
impl fmt::Display for CidrSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        let nets = self.nets();
        for (index, net) in nets.iter().take(SHOWN).enumerate() {
            write!(f, "{}{net}", if index == 0 { "" } else { ", " })?;
        }
        if nets.len() > SHOWN {
            write!(f, " and {} more", nets.len() - SHOWN)?;
        }
        Ok(())
    }
}

impl FromIterator<Ipv4Net> for CidrSet {
    fn from_iter<I: IntoIterator<Item = Ipv4Net>>(nets: I) -> Self {
        let mut set = Self::default();
        set.extend(nets);
        set
    }
}

impl Extend<Ipv4Net> for CidrSet {
    fn extend<I: IntoIterator<Item = Ipv4Net>>(&mut self, nets: I) {
        let ranges = nets.into_iter();
        self.extend_ranges(ranges.map(|net| (net.network().to_bits(), net.broadcast().to_bits())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn two_halves_cover_what_the_whole_covers() {
        let halves: CidrSet = [net("128.0.0.0/1"), net("0.0.0.0/1")].into_iter().collect();
        assert_eq!(halves, [net("0.0.0.0/0")].into_iter().collect());
        assert!(halves.contains(net("10.244.0.0/16")));
    }

    #[test]
    fn a_hole_is_neither_contained_nor_forgotten_at_the_ends() {
        let mut set: CidrSet = [net("0.0.0.0/0")].into_iter().collect();
        set.remove(net("255.255.255.255/32"));
        set.remove(net("0.0.0.0/32"));
        set.remove(net("10.0.0.0/8"));
        assert!(!set.contains(net("10.1.0.0/16")));
        assert!(!set.contains(net("0.0.0.0/1")));
        assert!(set.contains(net("11.0.0.0/8")));
        assert!(!set.contains(net("255.255.255.255/32")));
    }

    #[test]
    fn sets_are_what_their_addresses_are() {
        // Every set of the 16 addresses of a /28, against every other of some.
        let base = net("10.0.0.0/28").network().to_bits();
        let address = |at: u32| Ipv4Net::new_assert(std::net::Ipv4Addr::from_bits(base + at), 32);
        let of = |bits: u32| -> CidrSet { (0..16).filter(|at| bits >> at & 1 == 1).map(address).collect() };
        for one in (0..1 << 16).step_by(257) {
            for other in [0, 1, 0x8000, 0xffff, 0x0ff0, 0x5555, one >> 3, !one & 0xffff] {
                let (left, right) = (of(one), of(other));
                assert_eq!(left.intersection(&right), of(one & other));
                assert_eq!(left.difference(&right), of(one & !other));
                let mut both = left.clone();
                both.union(&right);
                assert_eq!(both, of(one | other));
                let mut less = left.clone();
                for at in (0..16).filter(|at| other >> at & 1 == 1) {
                    less.remove(address(at));
                    assert!(!less.contains(address(at)));
                }
                assert_eq!(less, of(one & !other));
            }
        }
    }

    #[test]
    fn what_two_sets_share_and_what_one_has_alone_make_up_the_set() {
        let pods: CidrSet = [net("10.244.0.0/16")].into_iter().collect();
        let block: CidrSet = [net("10.244.128.0/17"), net("192.0.2.0/24")].into_iter().collect();
        assert_eq!(pods.intersection(&block).nets(), [net("10.244.128.0/17")]);
        assert_eq!(pods.difference(&block).nets(), [net("10.244.0.0/17")]);
        assert!(
            pods.intersection(&[net("10.0.0.0/16")].into_iter().collect())
                .is_empty()
        );
    }
}
