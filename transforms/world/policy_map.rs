//! How many entries a rule takes in the policy map of each pod that it governs.

use super::World;
use super::facts::MinorVersion;
use super::reach::{Reach, identities};
use super::workload::Workload;
use crate::policy::{Entry, Policy, Port, PortTarget, Rule};

/// The entries that Cilium keeps per pod; what is over it is not enforced as written.
pub(crate) const CAPACITY: usize = 16_384;

/// Returns how many entries a list of ports takes for each identity that the peers match.
///
/// A range takes up to 30 (the prefixes that make it up); before 1.16 only its first port is taken.
pub(crate) fn entries_of(ports: &[Entry<Port>], version: MinorVersion) -> usize {
    let of_port = |port: &Entry<Port>| match port.value.target {
        PortTarget::Range(..) if version.has_default_deny_switch() => 30,
        PortTarget::Range(..)
        | PortTarget::All
        | PortTarget::Number(_)
        | PortTarget::Name(_)
        | PortTarget::Substituted(_) => 1,
    };
    if ports.is_empty() {
        1
    } else {
        ports.iter().map(of_port).sum()
    }
}

impl World {
    /// Returns the known identities that a rule's peers match: pods by their labels, one for each block, one for a
    /// rule without peers.
    pub(crate) fn identities_of(&self, policy: &Policy, rule: &Rule) -> usize {
        if rule.peers.is_empty() {
            return 1;
        }
        let of_pods = if rule.peers.iter().any(|peer| peer.value.is_every_pod()) {
            self.all_identities()
        } else {
            identities(self.selected_by(policy, rule), self.facts.target.cilium)
        };
        of_pods + rule.blocks().count()
    }

    /// Returns why a rule would overflow the policy map, with the figure; `None` where it would not.
    pub(crate) fn overflow(&self, policy: &Policy, rule: &Rule) -> Option<String> {
        let ports = entries_of(&rule.ports, self.facts.target.cilium);
        if ports * (self.workloads.len() + rule.peers.len() + 1) <= CAPACITY {
            return None;
        }
        let identities = self.identities_of(policy, rule);
        let entries = ports * identities;
        (entries > CAPACITY).then(|| {
            format!(
                "it takes {ports} ports × {identities} known identities = {entries} entries of the policy map, which \
                 holds {CAPACITY}"
            )
        })
    }

    fn selected_by<'w>(&'w self, policy: &Policy, rule: &Rule) -> Vec<&'w Workload> {
        let own = &policy.key.namespace;
        let reaches = rule.peers.iter().filter_map(|peer| Reach::of_peer(own, &peer.value));
        reaches.flat_map(|reach| reach.workloads(self)).collect()
    }

    /// Returns how many identities all known pods make, counted once.
    fn all_identities(&self) -> usize {
        *self.identities.get_or_init(|| {
            let pods = self.workloads.iter().filter(|workload| !workload.host_network);
            identities(pods, self.facts.target.cilium)
        })
    }
}
