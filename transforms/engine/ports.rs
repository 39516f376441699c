//! What a connection asks for, protocol and port, as exact sets.

use std::fmt;
use std::ops::BitOrAssign;

use smallvec::{SmallVec, smallvec};

use crate::policy::{PortNumber, Protocol};

/// What carries a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// ICMP; its "ports" are the types.
    Icmp,
    /// `ICMPv6`; its "ports" are the types.
    Icmpv6,
}

impl Transport {
    /// Every transport, in order.
    pub const ALL: [Self; 5] = [Self::Tcp, Self::Udp, Self::Sctp, Self::Icmp, Self::Icmpv6];

    /// Returns the name as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
            Self::Icmp => "ICMP",
            Self::Icmpv6 => "ICMPv6",
        }
    }

    const fn index(self) -> u32 {
        match self {
            Self::Tcp => 0,
            Self::Udp => 1,
            Self::Sctp => 2,
            Self::Icmp => 3,
            Self::Icmpv6 => 4,
        }
    }
}

impl From<Protocol> for Transport {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Tcp => Self::Tcp,
            Protocol::Udp => Self::Udp,
            Protocol::Sctp => Self::Sctp,
        }
    }
}

/// A port of a transport: one point of a [`Ports`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// What carries the connection.
    pub transport: Transport,
    /// The port, or the type of ICMP.
    pub number: u16,
}

impl Port {
    const fn point(self) -> u32 {
        (self.transport.index() << 16) | self.number as u32
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.transport.name())
    }
}

/// A set of ports of all transports: sorted ranges that neither meet nor touch, so that equal sets are equal values.
///
/// A range may run over the end of one transport into the next; [`ranges`](Self::ranges) cuts it there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ports {
    ranges: Ranges,
}

/// Most sets are of one or two ranges, and comparisons make millions of them.
type Ranges = SmallVec<[(u32, u32); 2]>;

impl Ports {
    /// The set without a port.
    pub const NONE: Self = Self {
        ranges: SmallVec::new_const(),
    };

    /// Makes the set of every port of every transport.
    pub fn all() -> Self {
        Self {
            ranges: smallvec![(0, (5 << 16) - 1)],
        }
    }

    /// Makes the set of every port of a transport.
    pub fn every(transport: Transport) -> Self {
        Self::range(transport, 0, u16::MAX)
    }

    /// Makes the set of one port.
    pub fn one(transport: Transport, number: PortNumber) -> Self {
        Self::range(transport, number.get(), number.get())
    }

    /// Makes the set of `first..=last`; empty where `last` is below `first`.
    pub fn range(transport: Transport, first: u16, last: u16) -> Self {
        let point = |number| Port { transport, number }.point();
        Self {
            ranges: (first <= last)
                .then(|| (point(first), point(last)))
                .into_iter()
                .collect(),
        }
    }

    /// Tells whether a port is in the set.
    pub fn contains(&self, port: Port) -> bool {
        let point = port.point();
        let after = self.ranges.partition_point(|&(first, _)| first <= point);
        after > 0 && self.ranges[after - 1].1 >= point
    }

    /// Returns the lowest port but 0, which nothing listens on, where there is another.
    pub fn first(&self) -> Option<Port> {
        let (transport, first, last) = self.ranges().into_iter().next()?;
        let number = if first == 0 && last > 0 { 1 } else { first };
        Some(Port { transport, number })
    }

    /// Tells whether the set has no port.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Returns the ports of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all |= other;
        all
    }

    /// Returns the ports of any of the sets.
    pub fn union_of<'s>(sets: impl IntoIterator<Item = &'s Self>) -> Self {
        let mut sets = sets.into_iter();
        let Some(first) = sets.next() else { return Self::NONE };
        let mut sets = sets.filter(|set| *set != first).peekable();
        if sets.peek().is_none() {
            return first.clone();
        }
        Self::joined(&sorted([first].into_iter().chain(sets)))
    }

    /// Returns the ports that at least two of the sets have.
    pub fn shared_by_two<'s>(sets: impl IntoIterator<Item = &'s Self>) -> Self {
        let mut shared: Vec<(u32, u32)> = Vec::new();
        let mut reached: Option<u32> = None;
        for (first, last) in sorted(sets) {
            if let Some(reached) = reached.filter(|&reached| first <= reached) {
                shared.push((first, last.min(reached)));
            }
            reached = reached.max(Some(last));
        }
        Self::joined(&shared)
    }

    /// Joins sorted ranges that may meet.
    fn joined(sorted: &[(u32, u32)]) -> Self {
        let mut ranges = Ranges::new();
        for &(first, last) in sorted {
            match ranges.last_mut() {
                Some(open) if first <= open.1 + 1 => open.1 = open.1.max(last),
                Some(_) | None => ranges.push((first, last)),
            }
        }
        Self { ranges }
    }

    /// Returns the ports of both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut ours, mut theirs) = (&self.ranges[..], &other.ranges[..]);
        let mut ranges = Ranges::new();
        while let (Some(&(first, last)), Some(&(low, high))) = (ours.first(), theirs.first()) {
            if last < low {
                ours = &ours[ours.partition_point(|range| range.1 < low)..];
                continue;
            }
            if high < first {
                theirs = &theirs[theirs.partition_point(|range| range.1 < first)..];
                continue;
            }
            ranges.push((first.max(low), last.min(high)));
            if last < high {
                ours = &ours[1..];
            } else {
                theirs = &theirs[1..];
            }
        }
        Self { ranges }
    }

    /// Returns the ports of this set that the other lacks.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut ranges = Ranges::new();
        let mut holes = &other.ranges[..];
        for &(mut first, last) in &self.ranges {
            holes = &holes[holes.partition_point(|hole| hole.1 < first)..];
            let mut open = true;
            for &(low, high) in holes.iter().take_while(|hole| hole.0 <= last) {
                if first < low {
                    ranges.push((first, low - 1));
                }
                open = high < last;
                first = high + 1;
            }
            if open {
                ranges.push((first, last));
            }
        }
        Self { ranges }
    }

    /// Returns the ranges by transport, each as first and last port.
    pub fn ranges(&self) -> Vec<(Transport, u16, u16)> {
        let mut found = Vec::new();
        for transport in Transport::ALL {
            for (first, last) in self.intersection(&Self::every(transport)).ranges {
                found.push((transport, low_half(first), low_half(last)));
            }
        }
        found
    }
}

impl BitOrAssign<&Self> for Ports {
    fn bitor_assign(&mut self, other: &Self) {
        if other.is_empty() || self == other {
            return;
        }
        *self = Self::joined(&sorted([&*self, other]));
    }
}

/// Returns the ranges of some sets, sorted.
fn sorted<'s>(sets: impl IntoIterator<Item = &'s Ports>) -> SmallVec<[(u32, u32); 8]> {
    let mut sorted: SmallVec<[(u32, u32); 8]> = sets.into_iter().flat_map(|set| &set.ranges).copied().collect();
    sorted.sort_unstable();
    sorted
}

fn low_half(point: u32) -> u16 {
    u16::try_from(point & u32::from(u16::MAX)).expect("the mask leaves 16 bits")
}

/// The ranges: `80/TCP, 5000-5010/UDP`, every port of a transport as `TCP`, everything as `all`.
impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::all() {
            return f.write_str("all");
        }
        for (index, (transport, first, last)) in self.ranges().into_iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            match (first, last) {
                (0, u16::MAX) => write!(f, "{comma}{}", transport.name())?,
                (first, last) if first == last => write!(f, "{comma}{first}/{}", transport.name())?,
                (first, last) => write!(f, "{comma}{first}-{last}/{}", transport.name())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};

    use super::*;

    fn ports() -> impl Strategy<Value = Ports> {
        let range = (0_usize..5, any::<u16>(), 0_u16..300);
        proptest::collection::vec(range, 0..6).prop_map(|ranges| {
            let each = ranges.into_iter().map(|(transport, first, length)| {
                Ports::range(Transport::ALL[transport], first, first.saturating_add(length))
            });
            each.fold(Ports::NONE, |all, one| all.union(&one))
        })
    }

    #[test]
    fn neighbours_join_and_a_hole_splits() {
        let tcp = |first, last| Ports::range(Transport::Tcp, first, last);
        assert_eq!(tcp(80, 81).union(&tcp(82, 90)), tcp(80, 90));
        let left = tcp(80, 90).difference(&tcp(82, 82));
        assert_eq!(left.to_string(), "80-81/TCP, 83-90/TCP");
        assert_eq!(
            Ports::all().difference(&Ports::every(Transport::Tcp)).to_string(),
            "UDP, SCTP, ICMP, ICMPv6"
        );
    }

    proptest! {
        #[test]
        fn many_sets_are_joined_as_two_by_two(sets in proptest::collection::vec(ports(), 0..6)) {
            let (mut once, mut twice) = (Ports::NONE, Ports::NONE);
            for set in &sets {
                twice |= &once.intersection(set);
                once |= set;
            }
            prop_assert_eq!(Ports::union_of(&sets), once);
            prop_assert_eq!(Ports::shared_by_two(&sets), twice);
        }

        #[test]
        fn parts_make_up_the_whole(a in ports(), b in ports()) {
            let (shared, alone) = (a.intersection(&b), a.difference(&b));
            prop_assert_eq!(shared.union(&alone), a.clone());
            prop_assert_eq!(shared.intersection(&alone), Ports::NONE);
            prop_assert_eq!(a.union(&b).difference(&b), alone);
            prop_assert_eq!(a.union(&b), b.union(&a));
        }
    }
}
