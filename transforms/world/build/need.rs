//! Tells whether the workloads must be read.

use crate::policy::{Direction, Policy, PortTarget, Rule};
use crate::world::extract::Extract;

/// From how many ports on a rule may overflow a policy map.
const MANY_PORTS: u32 = 64;

/// Tells whether some decision needs the workloads: a port's name, a rule of many ports for peers, a service that
/// brings clients to pods that a policy may isolate, or pods on Windows.
pub fn wants_workloads<'a>(extracts: impl IntoIterator<Item = &'a Extract>) -> bool {
    let (mut policies, mut services) = (false, false);
    for extract in extracts {
        if extract.windows || extract.policies.iter().any(asks) {
            return true;
        }
        policies |= !extract.policies.is_empty();
        services |= !extract.services.is_empty();
    }
    policies && services
}

fn asks(policy: &Policy) -> bool {
    let mut rules = Direction::BOTH
        .into_iter()
        .flat_map(|direction| policy.effective_rules(direction));
    rules.any(|(_, rule)| has_name(&rule.value) || has_many_ports(&rule.value))
}

fn has_name(rule: &Rule) -> bool {
    rule.ports.iter().any(|port| match port.value.target {
        PortTarget::Name(_) => true,
        PortTarget::All | PortTarget::Number(_) | PortTarget::Range(..) | PortTarget::Substituted(_) => false,
    })
}

fn has_many_ports(rule: &Rule) -> bool {
    let ports = rule.ports.iter().map(|port| match port.value.target {
        PortTarget::Range(first, last) => u32::from(last.get() - first.get()) + 1,
        PortTarget::All | PortTarget::Number(_) | PortTarget::Name(_) | PortTarget::Substituted(_) => 1,
    });
    !rule.peers.is_empty() && ports.sum::<u32>() >= MANY_PORTS
}
