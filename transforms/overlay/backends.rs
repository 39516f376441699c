//! The pods behind a service: which are known, which policies isolate them, and whom those admit already.

use ipnet::Ipv4Net;

use super::clients::Clients;
use super::nodes::by_ports;
use crate::policy::{
    Cover, Direction, Labels, Policy, PortSet, PortTarget, Protocol, Rule, Selector, addresses, cover,
};
use crate::world::{Service, TargetPort, Workload, World, frozen::frozen};

/// The pods behind a service.
#[derive(Debug, Clone)]
pub(crate) struct Backends<'a> {
    world: &'a World,
    /// The known pods that policies can isolate.
    pods: Vec<&'a Workload>,
    /// Whether some known pods, all on the node's network, are all that is known.
    only_host_network: bool,
    /// The policies that isolate pods behind the service for ingress, or may do so.
    policies: Vec<&'a Policy>,
    /// The service's own labels.
    asked: &'a Labels,
}

impl<'a> Backends<'a> {
    /// Looks for the pods behind a service and for the policies that isolate them.
    ///
    /// Where no pod is known, a policy counts when its selector and the service's do not contradict each other.
    pub(crate) fn of(service: &'a Service, world: &'a World) -> Self {
        let asked = &service.selector;
        let wanted = Selector::of_labels(asked);
        let known: Vec<_> = world
            .workloads_in(&service.key.namespace)
            .iter()
            .filter(|workload| wanted.matches(&workload.labels))
            .collect();
        let pods: Vec<_> = known
            .iter()
            .copied()
            .filter(|workload| !workload.host_network)
            .collect();
        let isolates = |policy: &&Policy| {
            policy.key.namespace == service.key.namespace
                && policy.in_effect(Direction::Ingress)
                && frozen(policy).is_none()
                && if pods.is_empty() {
                    may_meet(&policy.selector, asked)
                } else {
                    pods.iter().any(|pod| policy.selector.matches(&pod.labels))
                }
        };
        let policies = world.policies.iter().filter(isolates).collect();
        let only_host_network = pods.is_empty() && !known.is_empty();
        Self {
            world,
            pods,
            only_host_network,
            policies,
            asked,
        }
    }

    /// Tells whether the files show pods behind the service.
    pub(crate) fn are_known(&self) -> bool {
        !self.pods.is_empty()
    }

    /// Returns the number that a port of the service leads to, or its name where the pods do not agree on one.
    pub(crate) fn target(&self, protocol: Protocol, target: &TargetPort) -> PortTarget {
        let name = match target {
            TargetPort::Number(number) => return PortTarget::Number(*number),
            TargetPort::Name(name) => name,
        };
        let mut numbers: Vec<_> = self
            .pods
            .iter()
            .flat_map(|pod| pod.numbers_of(name, protocol))
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        match numbers[..] {
            [number] => PortTarget::Number(number),
            _ => PortTarget::Name(name.clone()),
        }
    }

    /// Returns the policies whose pods do not admit `clients` and the other nodes on all of `ports`.
    pub(crate) fn closed_to(&self, ports: &[(Protocol, PortTarget)], clients: &Clients) -> Vec<&'a Policy> {
        if self.only_host_network {
            return Vec::new();
        }
        let admits = |policies: &[&Policy], pod: Option<&Workload>| {
            ports.iter().all(|(protocol, target)| {
                let port = PortSet::of_targets([(*protocol, target)]);
                policies.iter().any(|policy| self.admits(policy, pod, &port, clients))
            })
        };
        if self.pods.is_empty() {
            let sure = |policy: &&&Policy| surely_selects(&policy.selector, self.asked);
            let sure: Vec<_> = self.policies.iter().filter(sure).copied().collect();
            return if admits(&sure, None) {
                Vec::new()
            } else {
                self.policies.clone()
            };
        }
        let mut closed: Vec<&Policy> = Vec::new();
        for pod in &self.pods {
            let of_pod = |policy: &&&Policy| policy.selector.matches(&pod.labels);
            let policies: Vec<_> = self.policies.iter().filter(of_pod).copied().collect();
            if !policies.is_empty() && !admits(&policies, Some(pod)) {
                closed.extend(policies);
            }
        }
        let is_closed = |policy: &&&Policy| closed.iter().any(|other| std::ptr::eq(*other, **policy));
        self.policies.iter().filter(is_closed).copied().collect()
    }

    /// Other nodes count as admitted where the blocks cover them: `node-ingress` writes that down.
    fn admits(&self, policy: &Policy, pod: Option<&Workload>, port: &PortSet, clients: &Clients) -> bool {
        by_ports(policy, Direction::Ingress).values().any(|rules| {
            // What one of them resolves to, each does.
            if !rules
                .first()
                .is_some_and(|(_, rule)| resolved(&rule.value, pod).contains(port))
            {
                return false;
            }
            if rules.iter().any(|(_, rule)| rule.value.peers.is_empty()) {
                return true;
            }
            let set = addresses(rules.iter().flat_map(|(_, rule)| rule.value.blocks()));
            let of = |nets: &[Ipv4Net]| cover(&set, &nets.iter().copied().collect()) == Cover::All;
            match clients.nets() {
                None => of(&[]),
                Some(nets) => of(&[]) || (of(&nets) && of(&self.world.facts.node_nets())),
            }
        })
    }
}

/// Returns a rule's ports with the pod's numbers in the place of names.
fn resolved(rule: &Rule, pod: Option<&Workload>) -> PortSet {
    let ports = PortSet::of(rule);
    let Some(pod) = pod.filter(|_| !ports.names.is_empty()) else {
        return ports;
    };
    let numbers = |name: &str, protocol| pod.numbers_of(name, protocol).into_iter().map(PortTarget::Number);
    let targets: Vec<_> = rule
        .ports
        .iter()
        .flat_map(|port| {
            let protocol = port.value.protocol;
            let own = std::iter::once(port.value.target.clone());
            let named: Vec<_> = match &port.value.target {
                PortTarget::Name(name) => numbers(name, protocol).collect(),
                PortTarget::All | PortTarget::Number(_) | PortTarget::Range(..) | PortTarget::Substituted(_) => vec![],
            };
            own.chain(named).map(move |target| (protocol, target))
        })
        .collect();
    PortSet::of_targets(targets.iter().map(|(protocol, target)| (*protocol, target)))
}

/// Tells whether every pod with `labels`, whatever else it has, matches.
fn surely_selects(selector: &Selector, labels: &Labels) -> bool {
    let negative = selector.expressions.iter().any(|term| term.operator.is_negative());
    !negative && selector.matches(labels)
}

/// Tells whether some pod with `labels`, and perhaps others, can match. A `${VAR}` can be anything.
fn may_meet(selector: &Selector, labels: &Labels) -> bool {
    selector.has_substitution() || selector.can_meet(&Selector::of_labels(labels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Operator, Requirement};

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs
            .iter()
            .map(|&(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn selectors_on_other_labels_may_meet_and_contradicting_ones_can_not() {
        let web = labels(&[("app", "web")]);
        assert!(may_meet(&Selector::of_labels(&labels(&[("tier", "front")])), &web));
        assert!(!may_meet(&Selector::of_labels(&labels(&[("app", "db")])), &web));
        let term = |operator, values: &[&str]| Selector {
            labels: vec![],
            expressions: vec![Requirement {
                key: "app".into(),
                operator,
                values: values.iter().map(|&value| value.to_owned()).collect(),
            }],
        };
        assert!(!may_meet(&term(Operator::NotIn, &["web"]), &web));
        assert!(!may_meet(&term(Operator::DoesNotExist, &[]), &web));
        assert!(may_meet(&term(Operator::Exists, &[]), &web));
    }

    #[test]
    fn a_negative_term_is_never_sure_of_pods_that_are_not_known() {
        let selector = Selector {
            labels: vec![],
            expressions: vec![Requirement {
                key: "tier".into(),
                operator: Operator::DoesNotExist,
                values: vec![],
            }],
        };
        assert!(!surely_selects(&selector, &labels(&[("app", "web")])));
        assert!(surely_selects(&Selector::default(), &labels(&[("app", "web")])));
    }
}
