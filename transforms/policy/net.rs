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
    /// Adds every address of `net`.
    pub fn insert(&mut self, net: Ipv4Net) {
        self.insert_range(net.network().to_bits(), net.broadcast().to_bits());
    }

    /// Takes every address of `net` out.
    pub fn remove(&mut self, net: Ipv4Net) {
        let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
        let mut left = Vec::with_capacity(self.ranges.len() + 1);
        for &(low, high) in &self.ranges {
            if high < first || low > last {
                left.push((low, high));
                continue;
            }
            if low < first {
                left.push((low, first - 1));
            }
            if high > last {
                left.push((last + 1, high));
            }
        }
        self.ranges = left;
    }

    /// Adds every address of `other`.
    pub fn union(&mut self, other: &Self) {
        for &(first, last) in &other.ranges {
            self.insert_range(first, last);
        }
    }

    /// Returns the addresses that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        for &(first, last) in &self.ranges {
            for &(low, high) in &other.ranges {
                if low <= last && first <= high {
                    ranges.push((first.max(low), last.min(high)));
                }
            }
        }
        Self { ranges }
    }

    /// Returns the addresses that are in this set and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut left = self.clone();
        for net in other.nets() {
            left.remove(net);
        }
        left
    }

    /// Returns the set as the fewest CIDRs, sorted.
    pub fn nets(&self) -> Vec<Ipv4Net> {
        let of_range = |&(first, last): &(u32, u32)| Ipv4Subnets::new(first.into(), last.into(), 0);
        self.ranges.iter().flat_map(of_range).collect()
    }

    /// Tells whether every address of `net` is in the set.
    pub fn contains(&self, net: Ipv4Net) -> bool {
        let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
        self.ranges.iter().any(|&(low, high)| low <= first && last <= high)
    }

    /// Tells whether the set has no address.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Returns the ranges as first and last address, sorted.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    fn insert_range(&mut self, mut first: u32, mut last: u32) {
        self.ranges.retain(|&(low, high)| {
            let apart = u64::from(high) + 1 < u64::from(first) || u64::from(last) + 1 < u64::from(low);
            if !apart {
                first = first.min(low);
                last = last.max(high);
            }
            apart
        });
        let at = self.ranges.partition_point(|&(low, _)| low < first);
        self.ranges.insert(at, (first, last));
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
        for net in nets {
            set.insert(net);
        }
        set
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
