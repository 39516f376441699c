//! Why the engines still disagree once the chosen changes are made, and what of a plan says so.

use std::collections::BTreeSet;

use super::State;
use crate::catalog::{
    end_port, excluded_label, existing_cilium_policy, ip_block, ipv6, load_balancer, named_port,
    negative_namespace_selector, node_egress, node_ingress, odd_cidr, policy_types, rejected_policy,
    service_address_client, unenforced_policy,
};
use crate::engine::cilium::Cilium;
use crate::engine::npm::Npm;
use crate::engine::{ClassId, End, Flow, Inventory, Passage, Peer, PolicyRef, Ruling, Verdict, cilium, npm};
use crate::overlay::name::name;
use crate::plan::{Plan, Proposal, Status};
use crate::policy::{Direction, Policy, PortSet, Selector, Spot};
use crate::source::Span;
use crate::transform::{Change, Decision, Subject, Transform};
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
    /// The part of a policy at these bytes: its selector, or the rules that open the same ports.
    Part(PolicyId, Vec<Span>),
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
    /// The policies that NPM drops whole.
    dropped: BTreeSet<usize>,
    /// The NetworkPolicies that Cilium refuses whole.
    refused: BTreeSet<usize>,
}

impl<'a> Explainer<'a> {
    /// Makes an explainer of a plan; `npm` judges its state of today and `cilium` its `fixed` one, both over
    /// `inventory`.
    pub fn new(plan: &'a Plan, fixed: &'a State, inventory: &'a Inventory, npm: &Npm<'_>, cilium: &Cilium<'_>) -> Self {
        let refused = cilium.refused().iter().filter_map(|(policy, _)| match policy {
            PolicyRef::Network(index) => Some(*index),
            PolicyRef::Cilium(_) => None,
        });
        Self {
            plan,
            fixed,
            inventory,
            dropped: npm.dropped().iter().map(|(index, _)| *index).collect(),
            refused: refused.collect(),
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

    /// Returns what of the plan names a disagreement: whatever one of its causes says of what decides it.
    ///
    /// That is a finding, what can't be decided, or a change that is not made; for a gain also a change that is made
    /// and needed a look, since its reasons say what it opens.
    pub fn named_by(&self, side: &Disagreement<'_>) -> Vec<&'a Proposal> {
        let causes = self.causes(side);
        let names = |proposal: &&Proposal| {
            says_what_is_left(proposal, side.cilium.allowed) && causes.iter().any(|cause| self.fits(cause, proposal))
        };
        self.plan.proposals.iter().filter(names).collect()
    }

    fn causes_of_loss(&self, side: &Disagreement<'_>) -> Vec<Cause> {
        match side.cilium.decided_by {
            Some(Passage {
                policy: PolicyRef::Cilium(index),
                ..
            }) => vec![Cause {
                entry: &existing_cilium_policy::TRANSFORM,
                on: Culprit::Cilium(index),
            }],
            Some(Passage {
                policy: PolicyRef::Network(denier),
                ..
            }) => match side.npm.decided_by {
                Some(allows) => self.allow_that_is_lost(allows, side),
                None => self.isolation_that_is_new(denier, side),
            },
            None => Vec::new(),
        }
    }

    /// Returns why a rule that lets a flow through under NPM does not under Cilium.
    fn allow_that_is_lost(&self, allows: Passage, side: &Disagreement<'_>) -> Vec<Cause> {
        let PolicyRef::Network(policy) = allows.policy else {
            return Vec::new();
        };
        if self.refused.contains(&policy) {
            return refusal(policy);
        }
        let of_reason: &[&'static Transform] = match side.npm.because {
            npm::Reason::Block => match side.peer {
                // Beside a name, selectors wait for the name to go.
                Peer::Pod(..) => &[&ip_block::TRANSFORM, &named_port::TRANSFORM],
                Peer::OtherNode(_) | Peer::OwnNode => {
                    return vec![Cause {
                        entry: of_nodes(side.direction),
                        on: Culprit::Policy(PolicyId(policy)),
                    }];
                }
                Peer::Outside(_) | Peer::ApiServer | Peer::Balanced(_) => &[&odd_cidr::TRANSFORM],
            },
            npm::Reason::NamedPort => &[&named_port::TRANSFORM],
            npm::Reason::NotInSeveral | npm::Reason::NegativeOnly => &[&negative_namespace_selector::TRANSFORM],
            npm::Reason::Selectors => &[&excluded_label::TRANSFORM],
            npm::Reason::NoPeers
            | npm::Reason::OwnNode
            | npm::Reason::Masqueraded
            | npm::Reason::NotIsolated
            | npm::Reason::NoRuleMatches
            | npm::Reason::Ipv6
            | npm::Reason::Dropped => &[],
        };
        let spans = spans_of_rule(&self.plan.before[policy], side.direction, allows.rule);
        let entries = of_reason.iter().copied().chain([&end_port::TRANSFORM]);
        entries.map(|entry| in_part(entry, policy, spans.clone())).collect()
    }

    /// Returns why a policy isolates a pod of which NPM lets everything, or this, through.
    fn isolation_that_is_new(&self, denier: usize, side: &Disagreement<'_>) -> Vec<Cause> {
        let mut causes = Vec::new();
        if self.dropped.contains(&denier) {
            causes.push(whole(&unenforced_policy::TRANSFORM, denier));
        }
        let policy = &self.plan.before[denier];
        match side.npm.because {
            npm::Reason::NotIsolated => {
                if !policy.in_effect(side.direction) {
                    causes.push(whole(&policy_types::TRANSFORM, denier));
                }
                causes.push(in_part(&excluded_label::TRANSFORM, denier, vec![policy.selector_span]));
            }
            npm::Reason::OwnNode => causes.push(whole(of_nodes(side.direction), denier)),
            npm::Reason::Ipv6 => causes.push(whole(&ipv6::TRANSFORM, denier)),
            npm::Reason::Masqueraded
            | npm::Reason::NoRuleMatches
            | npm::Reason::NoPeers
            | npm::Reason::Selectors
            | npm::Reason::Block
            | npm::Reason::NamedPort
            | npm::Reason::NotInSeveral
            | npm::Reason::NegativeOnly
            | npm::Reason::Dropped => {}
        }
        causes
    }

    fn causes_of_gain(&self, side: &Disagreement<'_>) -> Vec<Cause> {
        match side.cilium.decided_by {
            Some(Passage {
                policy: PolicyRef::Cilium(index),
                ..
            }) => self.allow_of_cilium(index),
            Some(
                allows @ Passage {
                    policy: PolicyRef::Network(policy),
                    ..
                },
            ) => self.allow_that_is_new(policy, allows.rule, side),
            None => self.isolation_that_is_lost(side),
        }
    }

    /// Returns the changes that want an overlay, or that somebody else's policy begins to count.
    fn allow_of_cilium(&self, index: usize) -> Vec<Cause> {
        let overlays = self
            .plan
            .proposals
            .iter()
            .filter(|proposal| self.wants(proposal, index));
        let ours: Vec<Cause> = overlays
            .filter_map(|proposal| {
                let on = match proposal.subject {
                    Subject::Policy(id) => Culprit::Policy(id),
                    Subject::Service(id) => Culprit::Service(id),
                    Subject::Cluster => return None,
                };
                let entry = proposal.transform;
                Some(Cause { entry, on })
            })
            .collect();
        if !ours.is_empty() {
            return ours;
        }
        vec![Cause {
            entry: &existing_cilium_policy::TRANSFORM,
            on: Culprit::Cilium(index),
        }]
    }

    /// Tells whether a change wants the policy of Cilium's own kinds with this index.
    fn wants(&self, proposal: &Proposal, index: usize) -> bool {
        let key = &self.fixed.cilium[index].policy.key;
        let namespace = match proposal.subject {
            Subject::Policy(PolicyId(id)) => &self.plan.before[id].key.namespace,
            Subject::Service(id) => &self.plan.world.service(id).key.namespace,
            Subject::Cluster => return false,
        };
        let named = |overlay| name(overlay, |_| false) == key.name;
        *namespace == key.namespace && proposal.overlay().is_some_and(named)
    }

    /// Returns why a rule lets a flow through under Cilium that no rule does under NPM.
    fn allow_that_is_new(&self, policy: usize, rule: Option<usize>, side: &Disagreement<'_>) -> Vec<Cause> {
        if self.dropped.contains(&policy) {
            return vec![whole(&unenforced_policy::TRANSFORM, policy)];
        }
        if !self.plan.before[policy].in_effect(side.direction) {
            return vec![whole(&policy_types::TRANSFORM, policy)];
        }
        let entries: &[&'static Transform] = match side.cilium.because {
            cilium::Reason::Selectors => &[&excluded_label::TRANSFORM, &named_port::TRANSFORM, &ip_block::TRANSFORM],
            cilium::Reason::NegativeOnly => &[&negative_namespace_selector::TRANSFORM, &named_port::TRANSFORM],
            cilium::Reason::Block => &[&odd_cidr::TRANSFORM],
            cilium::Reason::NoPeers
            | cilium::Reason::OwnNamedPort
            | cilium::Reason::ClusterNamedPort
            | cilium::Reason::DestinationNamedPort => &[&named_port::TRANSFORM],
            cilium::Reason::OwnNode
            | cilium::Reason::NotIsolated
            | cilium::Reason::NoRuleMatches
            | cilium::Reason::DenyRule
            | cilium::Reason::Entity
            | cilium::Reason::FirstPortOnly
            | cilium::Reason::EmptyRule
            | cilium::Reason::Rejected => &[],
        };
        let spans = spans_of_rule(&self.fixed.policies[policy], side.direction, rule);
        entries
            .iter()
            .map(|entry| in_part(entry, policy, spans.clone()))
            .collect()
    }

    /// Returns why a pod is open under Cilium that a policy isolates under NPM.
    fn isolation_that_is_lost(&self, side: &Disagreement<'_>) -> Vec<Cause> {
        let Some(PolicyRef::Network(policy)) = side.npm.decided_by.map(|passage| passage.policy) else {
            return Vec::new();
        };
        if self.refused.contains(&policy) {
            return refusal(policy);
        }
        let selector = self.plan.before[policy].selector_span;
        vec![in_part(&excluded_label::TRANSFORM, policy, vec![selector])]
    }

    /// Returns what may be said of the services that lead to the pod that answers.
    fn services_behind(&self, side: &Disagreement<'_>) -> Vec<Cause> {
        let answers = match (side.direction, side.peer) {
            (Direction::Ingress, _) => side.class,
            (Direction::Egress, Peer::Pod(class, _)) => class,
            (
                Direction::Egress,
                Peer::OwnNode | Peer::OtherNode(_) | Peer::Outside(_) | Peer::ApiServer | Peer::Balanced(_),
            ) => return Vec::new(),
        };
        let pod = self.inventory.class(answers);
        let services = self.plan.world.services.iter().enumerate().filter(|(_, service)| {
            !service.local_traffic_only
                && !service.selector.is_empty()
                && service.key.namespace == pod.namespace
                && Selector::of_labels(&service.selector).matches(&pod.labels)
        });
        let entry = match side.peer {
            Peer::Pod(..) => &service_address_client::TRANSFORM,
            Peer::OwnNode | Peer::OtherNode(_) | Peer::Outside(_) | Peer::ApiServer | Peer::Balanced(_) => {
                &load_balancer::TRANSFORM
            }
        };
        let on = |(index, _)| Cause {
            entry,
            on: Culprit::Service(ServiceId(index)),
        };
        services.map(on).collect()
    }

    /// Tells whether a proposal is by the entry of a cause and speaks of what the cause is on.
    fn fits(&self, cause: &Cause, proposal: &Proposal) -> bool {
        if proposal.transform.id != cause.entry.id {
            return false;
        }
        let spot = proposal.spot();
        match &cause.on {
            Culprit::Policy(id) => proposal.subject == Subject::Policy(*id) || self.points_into(spot, *id, None),
            Culprit::Part(id, spans) => {
                // A proposal on the name of a policy speaks of all of it.
                spot == Some(self.plan.before[id.0].place.spot())
                    || spans.iter().any(|span| self.points_into(spot, *id, Some(*span)))
            }
            Culprit::Service(id) => proposal.subject == Subject::Service(*id),
            Culprit::Cilium(index) => spot == Some(self.fixed.cilium[*index].policy.place.spot()),
        }
    }

    /// Tells whether a spot lies in a policy, or in `part` of it.
    fn points_into(&self, spot: Option<Spot>, id: PolicyId, part: Option<Span>) -> bool {
        let place = &self.plan.before[id.0].place;
        let part = part.unwrap_or(place.span);
        spot.is_some_and(|spot| spot.file == place.file && part.start <= spot.span.start && spot.span.end <= part.end)
    }
}

/// Tells whether a proposal says that something is left to differ; `gained` where Cilium lets more through.
fn says_what_is_left(proposal: &Proposal, gained: bool) -> bool {
    match &proposal.decision {
        Decision::Finding(_) | Decision::Manual(_) | Decision::Waits { .. } => true,
        Decision::NotNeeded => false,
        Decision::Change(Change { grade, .. }) => match proposal.status {
            Some(Status::Chosen | Status::Done) => gained && !grade.is_safe(),
            Some(Status::OtherPhase | Status::NotChosen | Status::Disagrees | Status::Blocked | Status::Failed)
            | None => true,
        },
    }
}

const fn of_nodes(direction: Direction) -> &'static Transform {
    match direction {
        Direction::Ingress => &node_ingress::TRANSFORM,
        Direction::Egress => &node_egress::TRANSFORM,
    }
}

const fn whole(entry: &'static Transform, policy: usize) -> Cause {
    Cause {
        entry,
        on: Culprit::Policy(PolicyId(policy)),
    }
}

const fn in_part(entry: &'static Transform, policy: usize, spans: Vec<Span>) -> Cause {
    Cause {
        entry,
        on: Culprit::Part(PolicyId(policy), spans),
    }
}

/// Returns what may be said of a policy that Cilium refuses whole.
fn refusal(policy: usize) -> Vec<Cause> {
    let entries: [&'static Transform; 2] = [&odd_cidr::TRANSFORM, &rejected_policy::TRANSFORM];
    entries.map(|entry| whole(entry, policy)).into()
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
