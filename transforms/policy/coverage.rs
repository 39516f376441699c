//! Which addresses a policy's blocks cover, over all of its rules with equal ports.

use ipnet::Ipv4Net;

use super::model::{Direction, Peer, Policy};
use super::net::CidrSet;
use super::ports::PortSet;

/// Ranges in which AKS allows no pods, nodes or services: holes there keep nobody out.
///
/// # Source
/// <https://learn.microsoft.com/azure/aks/azure-cni-overlay#ip-address-planning>
pub const RESERVED: [Ipv4Net; 4] = [
    net([169, 254, 0, 0], 16),
    net([172, 30, 0, 0], 16),
    net([172, 31, 0, 0], 16),
    net([192, 0, 2, 0], 24),
];

const fn net(octets: [u8; 4], length: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(a, b, c, d), length)
}

/// How much of some ranges a set of addresses covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Every address.
    Whole,
    /// Some addresses.
    Part,
    /// No address.
    None,
}

impl Coverage {
    /// Tells how much of `nets` is in `set`; without any `nets` nothing is.
    pub fn of(set: &CidrSet, nets: &[Ipv4Net]) -> Self {
        if nets.is_empty() || !nets.iter().any(|&net| set.meets(net)) {
            Self::None
        } else if nets.iter().all(|&net| set.contains(net)) {
            Self::Whole
        } else {
            Self::Part
        }
    }
}

/// Returns the addresses that the blocks of a rule cover, together with those of the direction's other rules with equal
/// ports: under NPM a range that two blocks or two rules share out is open as a whole.
///
/// IPv4 only, each block without its holes; rules of a direction that is not in effect cover nothing.
pub fn covered(policy: &Policy, direction: Direction, rule: usize) -> CidrSet {
    let mut set = CidrSet::default();
    let Some(ports) = policy
        .section(direction)
        .rules
        .get(rule)
        .map(|rule| PortSet::of(&rule.value))
    else {
        return set;
    };
    for (_, other) in policy.effective_rules(direction) {
        if PortSet::of(&other.value) != ports {
            continue;
        }
        for peer in &other.value.peers {
            if let Peer::Block(block) = &peer.value
                && let Some(net) = block.cidr.v4()
            {
                let mut addresses: CidrSet = [net].into_iter().collect();
                for hole in block.except.iter().filter_map(super::Cidr::v4) {
                    addresses.remove(hole);
                }
                set.union(&addresses);
            }
        }
    }
    set
}

/// Tells whether the set has every address that a pod or node of AKS can have: what 0.0.0.0/0 covers, with holes in
/// [`RESERVED`] alone.
pub fn is_everywhere(set: &CidrSet) -> bool {
    let mut all = set.clone();
    for reserved in RESERVED {
        all.insert(reserved);
    }
    all.contains(net([0, 0, 0, 0], 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(texts: &[&str]) -> Vec<Ipv4Net> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn set(texts: &[&str]) -> CidrSet {
        nets(texts).into_iter().collect()
    }

    #[test]
    fn coverage_is_whole_only_when_every_range_is_inside() {
        let set = set(&["10.224.0.0/17", "10.224.128.0/17"]);
        assert_eq!(Coverage::of(&set, &nets(&["10.224.0.0/16"])), Coverage::Whole);
        assert_eq!(
            Coverage::of(&set, &nets(&["10.224.0.0/16", "10.225.0.0/16"])),
            Coverage::Part
        );
        assert_eq!(Coverage::of(&set, &nets(&["10.225.0.0/16"])), Coverage::None);
        assert_eq!(Coverage::of(&set, &[]), Coverage::None);
    }

    #[test]
    fn holes_in_reserved_ranges_do_not_count() {
        let mut everything = set(&["0.0.0.0/0"]);
        everything.remove("169.254.169.254/32".parse().unwrap());
        assert!(is_everywhere(&everything));
        everything.remove("10.0.0.0/8".parse().unwrap());
        assert!(!is_everywhere(&everything));
    }
}
