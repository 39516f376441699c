//! The ports of a rule as one value: equal values open the same ports, however they are written.

use std::collections::BTreeSet;

use super::model::{PortTarget, Protocol, Rule};

/// The ports that a rule opens: ranges that meet or touch are joined, and what is written twice counts once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct PortSet {
    /// Whether every protocol and port is open, ICMP too: the rule has no `ports`.
    pub every: bool,
    /// Protocols whose ports are all open.
    pub protocols: BTreeSet<Protocol>,
    /// First and last port, sorted, none of a protocol that is open as a whole.
    pub ranges: Vec<(Protocol, u16, u16)>,
    /// Names of container ports.
    pub names: BTreeSet<(Protocol, String)>,
    /// Texts with a `${VAR}`, which nobody can read as ports.
    pub substituted: BTreeSet<(Protocol, String)>,
}

impl PortSet {
    /// Reads the ports of a rule.
    pub fn of(rule: &Rule) -> Self {
        let mut set = Self {
            every: rule.ports.is_empty(),
            ..Self::default()
        };
        for port in &rule.ports {
            set.insert(port.value.protocol, &port.value.target);
        }
        set.join();
        set
    }

    /// Makes the set of these targets.
    pub fn of_targets<'a>(targets: impl IntoIterator<Item = (Protocol, &'a PortTarget)>) -> Self {
        let mut set = Self::default();
        for (protocol, target) in targets {
            set.insert(protocol, target);
        }
        set.join();
        set
    }

    /// Tells whether the set opens no port.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Tells whether every port of `other` is in the set; a name is only in a set that has it or its whole protocol.
    pub fn contains(&self, other: &Self) -> bool {
        if self.every {
            return true;
        }
        let whole = |protocol: &Protocol| self.protocols.contains(protocol);
        let within = |&(protocol, first, last): &(Protocol, u16, u16)| {
            let holds = |&(own, low, high): &(Protocol, u16, u16)| own == protocol && low <= first && last <= high;
            whole(&protocol) || self.ranges.iter().any(holds)
        };
        !other.every
            && other.protocols.iter().all(whole)
            && other.ranges.iter().all(within)
            && other
                .names
                .iter()
                .all(|name| whole(&name.0) || self.names.contains(name))
            && other
                .substituted
                .iter()
                .all(|text| whole(&text.0) || self.substituted.contains(text))
    }

    fn insert(&mut self, protocol: Protocol, target: &PortTarget) {
        match target {
            PortTarget::All => {
                self.protocols.insert(protocol);
            }
            PortTarget::Number(number) => self.ranges.push((protocol, number.get(), number.get())),
            PortTarget::Range(first, last) => self.ranges.push((protocol, first.get(), last.get())),
            PortTarget::Name(name) => {
                self.names.insert((protocol, name.clone()));
            }
            PortTarget::Substituted(text) => {
                self.substituted.insert((protocol, text.clone()));
            }
        }
    }

    fn join(&mut self) {
        let whole = std::mem::take(&mut self.protocols);
        self.names.retain(|(protocol, _)| !whole.contains(protocol));
        self.substituted.retain(|(protocol, _)| !whole.contains(protocol));
        self.ranges.retain(|(protocol, _, _)| !whole.contains(protocol));
        self.protocols = whole;
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|next, before| {
            let joins = next.0 == before.0 && u32::from(next.1) <= u32::from(before.2) + 1;
            if joins {
                before.2 = before.2.max(next.2);
            }
            joins
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PortNumber;

    fn number(port: u16) -> PortNumber {
        PortNumber::new(i64::from(port)).unwrap()
    }

    fn set(targets: &[PortTarget]) -> PortSet {
        PortSet::of_targets(targets.iter().map(|target| (Protocol::Tcp, target)))
    }

    #[test]
    fn a_range_equals_its_single_ports() {
        let singles: Vec<_> = [82, 80, 81, 81].map(|port| PortTarget::Number(number(port))).into();
        assert_eq!(set(&singles), set(&[PortTarget::Range(number(80), number(82))]));
    }

    #[test]
    fn a_whole_protocol_swallows_its_ports_and_names() {
        let all = set(&[
            PortTarget::Name("http".into()),
            PortTarget::All,
            PortTarget::Number(number(80)),
        ]);
        assert_eq!(all, set(&[PortTarget::All]));
        assert!(all.contains(&set(&[PortTarget::Name("http".into())])));
    }

    #[test]
    fn a_list_of_ports_never_contains_every_protocol() {
        let every = PortSet {
            every: true,
            ..PortSet::default()
        };
        assert!(!set(&[PortTarget::All]).contains(&every));
        assert!(every.contains(&set(&[PortTarget::All])));
    }

    #[test]
    fn other_protocols_do_not_count() {
        let tcp = PortTarget::Range(number(1), number(65535));
        let udp = PortSet::of_targets([(Protocol::Udp, &tcp)]);
        assert!(!set(std::slice::from_ref(&tcp)).contains(&udp));
    }
}
