//! How far the blocks of a policy cover the addresses of pods or nodes.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::model::Block;
use super::net::{Cidr, CidrSet};

/// Ranges in which AKS allows no pods, nodes or services: holes there leave no pod and no node out.
///
/// # Source
/// <https://learn.microsoft.com/azure/aks/configure-azure-cni#prerequisites>
pub const UNUSED_BY_AKS: [Ipv4Net; 4] = [
    Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(172, 30, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(172, 31, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 2, 0), 24),
];

/// How far blocks cover a space of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// Every address of the space.
    All,
    /// No address of the space.
    Nothing,
    /// Some addresses of the space.
    Part,
    /// The space is not known, and the blocks neither cover everything nor nothing.
    Unknown,
}

/// Returns the IPv4 addresses of blocks, each without its holes; a block with a `${VAR}` adds none.
pub fn addresses<'b>(blocks: impl IntoIterator<Item = &'b Block>) -> CidrSet {
    let mut all = Vec::new();
    for block in blocks {
        if let Some(net) = block.cidr.v4().filter(|_| !block.has_variable()) {
            let own: CidrSet = [net].into_iter().collect();
            let holes: CidrSet = block.except.iter().filter_map(Cidr::v4).collect();
            all.extend_from_slice(own.difference(&holes).ranges());
        }
    }
    CidrSet::of_ranges(all)
}

/// Tells how far `covered` covers `space`; an empty space is one that nobody stated.
pub fn cover(covered: &CidrSet, space: &CidrSet) -> Cover {
    if space.is_empty() {
        return cover_of_unknown(covered);
    }
    if space.difference(covered).is_empty() {
        Cover::All
    } else if space.intersection(covered).is_empty() {
        Cover::Nothing
    } else {
        Cover::Part
    }
}

fn cover_of_unknown(covered: &CidrSet) -> Cover {
    let unused: CidrSet = UNUSED_BY_AKS.into_iter().collect();
    let everything: CidrSet = [Ipv4Net::default()].into_iter().collect();
    let mut with_unused = covered.clone();
    with_unused.union(&unused);
    if with_unused == everything {
        Cover::All
    } else if covered.difference(&unused).is_empty() {
        Cover::Nothing
    } else {
        Cover::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Cidr;
    use crate::source::Span;

    fn set(nets: &[&str]) -> CidrSet {
        nets.iter().map(|net| net.parse::<Ipv4Net>().unwrap()).collect()
    }

    fn block(cidr: &str, except: &[&str]) -> Block {
        let cidr_of = |text: &str| Cidr {
            text: text.to_owned(),
            net: text.parse().ok(),
        };
        Block {
            cidr: cidr_of(cidr),
            except: except.iter().map(|hole| cidr_of(hole)).collect(),
            cidr_span: Span::default(),
            except_spans: vec![Span::default(); except.len()],
        }
    }

    #[test]
    fn blocks_cover_known_pods_by_what_their_holes_leave() {
        let pods = set(&["10.244.0.0/16"]);
        for (blocks, covers) in [
            (vec![block("10.0.0.0/8", &[])], Cover::All),
            (vec![block("10.0.0.0/8", &["10.244.0.0/16"])], Cover::Nothing),
            (vec![block("10.0.0.0/8", &["10.244.3.0/24"])], Cover::Part),
            (
                vec![block("10.244.0.0/17", &[]), block("10.244.128.0/17", &[])],
                Cover::All,
            ),
            (vec![block("192.168.0.0/16", &[])], Cover::Nothing),
            (vec![block("::/0", &[])], Cover::Nothing),
        ] {
            assert_eq!(cover(&addresses(&blocks), &pods), covers, "{blocks:?}");
        }
    }

    #[test]
    fn unknown_pods_are_covered_by_everything_but_what_aks_never_uses() {
        let nowhere = CidrSet::default();
        for (blocks, covers) in [
            (vec![block("0.0.0.0/0", &[])], Cover::All),
            (
                vec![block("0.0.0.0/0", &["169.254.169.254/32", "192.0.2.0/24"])],
                Cover::All,
            ),
            (vec![block("0.0.0.0/0", &["10.0.0.0/8"])], Cover::Unknown),
            (vec![block("0.0.0.0/1", &[]), block("128.0.0.0/1", &[])], Cover::All),
            (vec![block("169.254.169.254/32", &[])], Cover::Nothing),
            (vec![block("10.0.0.0/8", &[])], Cover::Unknown),
            (vec![block("0.0.0.0/0", &["${HOLE}"])], Cover::Nothing),
        ] {
            assert_eq!(cover(&addresses(&blocks), &nowhere), covers, "{blocks:?}");
        }
    }
}
