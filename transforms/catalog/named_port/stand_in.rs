//! Where a name's number stands in, by accident, for what Cilium denies otherwise.

use super::NamedPort;
use crate::policy::{Direction, Peer, Policy, PortNumber, PortTarget, Protocol, Rule};
use crate::world::World;
use crate::world::frozen::frozen;

/// Returns why a name should not be kept to pods without a look: Cilium below 1.20 opens its one number to nodes and to
/// the outside too, and another rule for the same pods lets NPM through there where it will not let Cilium.
pub(super) fn stand_ins(policy: &Policy, at: usize, names: &[NamedPort<'_>], world: &World) -> Vec<String> {
    let (own, selector) = (&policy.key.namespace, &policy.selector);
    let beside = policy
        .effective_rules(Direction::Egress)
        .filter(|(index, _)| *index != at);
    let beside = beside.map(|(_, rule)| (policy, &rule.value));
    let others = world.isolating(own, selector, Direction::Egress);
    let others = others.filter(|other| other.key != policy.key && frozen(other).is_none());
    let of_others = others.flat_map(|other| {
        let rules = other.effective_rules(Direction::Egress);
        rules.map(move |(_, rule)| (other, &rule.value))
    });
    let rules: Vec<(&Policy, &Rule)> = beside
        .chain(of_others)
        .filter(|(_, rule)| loses_more_than_pods(rule, world))
        .collect();
    let mut reasons = Vec::new();
    for name in names {
        let numbers: Vec<PortNumber> = world.numbers_under(name.name, name.protocol).into_iter().collect();
        let [number] = numbers[..] else { continue };
        let lost = rules.iter().find(|(_, rule)| opens(rule, number, name.protocol));
        reasons.extend(lost.map(|(other, _)| {
            format!(
                "{} lets the pods reach {number} beyond pods, which Cilium may deny by that rule; until it is mended, \
                 {name} stands in for it there",
                other.key
            )
        }));
    }
    reasons
}

/// Tells whether NPM may let a rule through to nodes or the outside where Cilium does not.
fn loses_more_than_pods(rule: &Rule, world: &World) -> bool {
    let nodes = world.facts.node_nets();
    rule.peers.iter().any(|peer| match &peer.value {
        Peer::Block(block) => match block.cidr.net {
            Some(ipnet::IpNet::V4(net)) => {
                nodes.is_empty() || nodes.iter().any(|node| node.contains(&net) || net.contains(node))
            }
            Some(ipnet::IpNet::V6(_)) => false,
            None => true,
        },
        Peer::Pods { namespaces, .. } => namespaces
            .as_ref()
            .is_some_and(|namespaces| namespaces.is_negative_only() || namespaces.is_open_under_npm()),
    })
}

fn opens(rule: &Rule, number: PortNumber, protocol: Protocol) -> bool {
    rule.ports.is_empty()
        || rule.ports.iter().any(|port| {
            port.value.protocol == protocol
                && match &port.value.target {
                    PortTarget::All | PortTarget::Substituted(_) => true,
                    PortTarget::Number(one) => *one == number,
                    PortTarget::Range(first, last) => (*first..=*last).contains(&number),
                    PortTarget::Name(_) => false,
                }
        })
}
