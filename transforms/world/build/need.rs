//! Tells whether the workloads must be read.

use super::Spec;
use crate::policy::{Cover, Direction, Entry, Peer, Policy, Port, PortTarget, Rule, addresses, cover};
use crate::world::extract::Extract;
use crate::world::policy_map::entries_of;
use crate::world::{Facts, MinorVersion};

/// From how many entries per identity on a rule may overflow a policy map.
const MANY_ENTRIES: usize = 64;

/// Tells whether some decision needs the workloads: a port's name, a rule of many entries for peers that are pods or
/// become so, a service that brings clients to pods that a policy may isolate, or pods on Windows.
pub fn wants_workloads<'a>(extracts: impl IntoIterator<Item = &'a Extract>, spec: &Spec) -> bool {
    let facts: Vec<&Facts> = match &spec.clusters[..] {
        [] => vec![&spec.facts],
        clusters => clusters.iter().map(|cluster| &cluster.facts).collect(),
    };
    let (mut policies, mut services) = (false, false);
    for extract in extracts.into_iter().flat_map(Extract::readings) {
        if extract.windows || extract.policies.iter().any(|policy| asks(policy, &facts)) {
            return true;
        }
        policies |= !extract.policies.is_empty();
        services |= !extract.services.is_empty();
    }
    policies && services
}

fn asks(policy: &Policy, facts: &[&Facts]) -> bool {
    let mut rules = Direction::BOTH
        .into_iter()
        .flat_map(|direction| policy.effective_rules(direction));
    rules.any(|(_, rule)| has_name(&rule.value) || facts.iter().any(|facts| may_overflow(&rule.value, facts)))
}

fn has_name(rule: &Rule) -> bool {
    rule.ports.iter().any(|port| match port.value.target {
        PortTarget::Name(_) => true,
        PortTarget::All | PortTarget::Number(_) | PortTarget::Range(..) | PortTarget::Substituted(_) => false,
    })
}

/// Tells whether a rule has many entries for each of its peers, and peers of which only the workloads tell how many
/// they are: selectors, and blocks beside which `ip-block` writes selectors.
fn may_overflow(rule: &Rule, facts: &Facts) -> bool {
    if entries_after_edits(&rule.ports, facts.target.cilium) < MANY_ENTRIES {
        return false;
    }
    let selects = rule.peers.iter().any(|peer| matches!(peer.value, Peer::Pods { .. }));
    selects || cover(&addresses(rule.blocks()), &facts.pod_nets().into_iter().collect()) == Cover::All
}

/// Returns the entries per identity once `end-port` has written the ranges out, where it does.
fn entries_after_edits(ports: &[Entry<Port>], version: MinorVersion) -> usize {
    if version.has_end_port() {
        return entries_of(ports, version);
    }
    let of_port = |port: &Entry<Port>| match port.value.target {
        PortTarget::Range(first, last) => usize::from(last.get() - first.get()) + 1,
        PortTarget::All | PortTarget::Number(_) | PortTarget::Name(_) | PortTarget::Substituted(_) => 1,
    };
    ports.iter().map(of_port).sum()
}
