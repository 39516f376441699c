//! Why the engines still disagree once the chosen changes are made, and what of a plan says so.

mod gain;
mod loss;
mod said;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use said::Said;

use super::State;
use crate::catalog::{load_balancer, service_address_client};
use crate::engine::cilium::Cilium;
use crate::engine::{ClassId, End, Flow, Inventory, Peer, PolicyRef, Port, Ruling, Verdict, cilium, npm};
use crate::plan::{Plan, Proposal};
use crate::policy::{Direction, Namespace, Policy, PortSet, Selector};
use crate::source::Span;
use crate::transform::Transform;
use crate::world::{PolicyId, ServiceId};

/// One side of a connection on which NPM today and Cilium, fixed, disagree.
#[derive(Debug, Clone, Copy)]
pub struct Disagreement<'r> {
    /// The pod whose side it is.
    pub class: ClassId,
    /// Which side.
    pub direction: Direction,
    /// The other end, as Cilium sees it.
    pub peer: Peer,
    /// The destination's port.
    pub port: Port,
    /// Whether the client used the outer address of a service that hides its clients' addresses.
    pub through_service: bool,
    /// What NPM says today.
    pub npm: &'r Ruling<npm::Reason>,
    /// What Cilium says of the fixed state.
    pub cilium: &'r Ruling<cilium::Reason>,
}

impl<'r> Disagreement<'r> {
    /// Returns the sides that make one engine's verdict on a connection another than the other's: those that deny it.
    pub fn of(
        flow: &Flow,
        npm: &'r Verdict<npm::Reason>,
        cilium: &'r Verdict<cilium::Reason>,
        model: &Cilium<'_>,
    ) -> Vec<Self> {
        if npm.allowed() == cilium.allowed() {
            return Vec::new();
        }
        let side = |own, direction, npm: &'r Option<_>, cilium: &'r Option<_>| {
            let End::Pod { class, .. } = own else { return None };
            Some(Self {
                class,
                direction,
                peer: model.peer(flow, direction),
                port: flow.port,
                through_service: flow.via.is_some_and(|via| !via.local_traffic_only),
                npm: npm.as_ref()?,
                cilium: cilium.as_ref()?,
            })
        };
        let egress = side(flow.from, Direction::Egress, &npm.egress, &cilium.egress);
        let ingress = side(flow.to, Direction::Ingress, &npm.ingress, &cilium.ingress);
        let differ = |side: &Self| side.npm.allowed != side.cilium.allowed;
        egress.into_iter().chain(ingress).filter(differ).collect()
    }
}

/// What would explain a disagreement: an entry of the catalogue that speaks of what decides it.
#[derive(Debug, Clone)]
pub struct Cause {
    /// The entry.
    pub entry: &'static Transform,
    /// What it must speak of.
    pub on: Culprit,
}

/// What decides a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Culprit {
    /// A policy as a whole.
    Policy(PolicyId),
    /// The parts of a policy at these bytes: its selector, or the rules that open the same ports.
    Parts(PolicyId, Vec<Span>),
    /// A service that the client may have used.
    Service(ServiceId),
    /// A policy of Cilium's own kinds, by its index in the fixed state.
    Cilium(usize),
}

/// Explains the disagreements of one cluster.
#[derive(Debug)]
pub struct Explainer<'a> {
    plan: &'a Plan,
    fixed: &'a State,
    inventory: &'a Inventory,
    said: Said<'a>,
    /// The services that hide their clients' addresses, by namespace.
    services: BTreeMap<&'a Namespace, Vec<ServiceId>>,
    /// The policies that NPM drops whole.
    dropped: BTreeSet<usize>,
    /// The NetworkPolicies that Cilium refuses whole.
    refused: BTreeSet<usize>,
}

impl<'a> Explainer<'a> {
    /// Makes an explainer of a plan, whose changes lead to `fixed`; `inventory` is what both engines judge over.
    ///
    /// NPM drops the policies `dropped` of today's state whole, and Cilium refuses those `refused` of the fixed one.
    pub fn new(
        plan: &'a Plan,
        fixed: &'a State,
        inventory: &'a Inventory,
        dropped: impl IntoIterator<Item = PolicyRef>,
        refused: impl IntoIterator<Item = PolicyRef>,
    ) -> Self {
        let mut services: BTreeMap<&Namespace, Vec<ServiceId>> = BTreeMap::new();
        let all = plan.world.services.iter().enumerate();
        for (index, service) in all.filter(|(_, service)| !service.local_traffic_only && !service.selector.is_empty()) {
            let there = services.entry(&service.key.namespace).or_default();
            there.push(ServiceId(index));
        }
        let network = |policy| match policy {
            PolicyRef::Network(index) => Some(index),
            PolicyRef::Cilium(_) => None,
        };
        Self {
            plan,
            fixed,
            inventory,
            said: Said::of(plan),
            services,
            dropped: dropped.into_iter().filter_map(network).collect(),
            refused: refused.into_iter().filter_map(network).collect(),
        }
    }

    /// Returns what would explain a disagreement; nothing where the engines agree.
    pub fn causes(&self, side: &Disagreement<'_>) -> Vec<Cause> {
        let mut causes = match (side.npm.allowed, side.cilium.allowed) {
            (true, false) => self.causes_of_loss(side),
            (false, true) => self.causes_of_gain(side),
            (true, true) | (false, false) => return Vec::new(),
        };
        if side.through_service || matches!(side.peer, Peer::Balanced(_)) {
            causes.extend(self.services_behind(side));
        }
        causes
    }

    /// Returns what of the plan names a disagreement: what one of its causes says of what decides it.
    ///
    /// That is a finding, what can't be decided, or a change that is not made; for a gain, and for clients of a
    /// service, also a change that is made and needed a look: it says whom it opens the pods to.
    pub fn named_by(&self, side: &Disagreement<'_>) -> Vec<&'a Proposal> {
        let causes = self.causes(side);
        let named = causes
            .iter()
            .flat_map(|cause| self.said.by(cause, self.plan, self.fixed));
        named
            .filter(|proposal| said::is_left(proposal, side.cilium.allowed))
            .collect()
    }

    /// Returns what may be said of the services that lead to the pod that answers: of pods as their clients, or of
    /// everybody else.
    fn services_behind(&self, side: &Disagreement<'_>) -> Vec<Cause> {
        let answers = match (side.direction, side.peer) {
            (Direction::Ingress, _) => side.class,
            (Direction::Egress, Peer::Pod(class, _)) => class,
            (
                Direction::Egress,
                Peer::OwnNode
                | Peer::LocalDns
                | Peer::OtherNode(_)
                | Peer::Outside(_)
                | Peer::ApiServer
                | Peer::Balanced(_),
            ) => return Vec::new(),
        };
        let entry = match side.peer {
            Peer::Pod(..) => &service_address_client::TRANSFORM,
            Peer::OwnNode
            | Peer::LocalDns
            | Peer::OtherNode(_)
            | Peer::Outside(_)
            | Peer::ApiServer
            | Peer::Balanced(_) => &load_balancer::TRANSFORM,
        };
        let pod = self.inventory.class(answers);
        let there = self.services.get(&pod.namespace).into_iter().flatten();
        let leads_there =
            |id: &&ServiceId| Selector::of_labels(&self.plan.world.service(**id).selector).matches(&pod.labels);
        let cause = |id: &ServiceId| Cause {
            entry,
            on: Culprit::Service(*id),
        };
        there.filter(leads_there).map(cause).collect()
    }
}

const fn whole(entry: &'static Transform, policy: usize) -> Cause {
    Cause {
        entry,
        on: Culprit::Policy(PolicyId(policy)),
    }
}

const fn in_parts(entry: &'static Transform, policy: usize, spans: Vec<Span>) -> Cause {
    Cause {
        entry,
        on: Culprit::Parts(PolicyId(policy), spans),
    }
}

/// Returns the bytes of a rule and of those beside it with equal ports: what one of them allows, all of them allow
/// together, so that a proposal may point at any.
fn spans_of_rule(policy: &Policy, direction: Direction, rule: Option<usize>) -> Vec<Span> {
    let rules = &policy.section(direction).rules;
    let Some(decides) = rule.and_then(|index| rules.get(index)) else {
        return Vec::new();
    };
    let ports = PortSet::of(&decides.value);
    let alike = rules.iter().filter(|rule| PortSet::of(&rule.value) == ports);
    alike.map(|rule| rule.span).collect()
}
