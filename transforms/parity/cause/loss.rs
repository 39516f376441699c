//! What NPM lets through and Cilium does not.

use super::{Cause, Culprit, Disagreement, Explainer, in_parts, spans_of_rule, whole};
use crate::catalog::{
    end_port, excluded_label, existing_cilium_policy, ip_block, ipv6, named_port, negative_namespace_selector,
    node_egress, node_ingress, odd_cidr, policy_types, unenforced_policy,
};
use crate::engine::npm::Reason;
use crate::engine::{Passage, Peer, PolicyRef, Port, Transport};
use crate::policy::{self, Direction, PortTarget, Rule};
use crate::transform::Transform;

impl Explainer<'_> {
    pub(super) fn causes_of_loss(&self, side: &Disagreement<'_>) -> Vec<Cause> {
        match side.cilium.decided_by.map(|passage| passage.policy) {
            Some(PolicyRef::Cilium(index)) => vec![Cause {
                entry: &existing_cilium_policy::TRANSFORM,
                on: Culprit::Cilium(index),
            }],
            Some(PolicyRef::Network(denier)) => match side.npm.decided_by {
                Some(allows) => self.allow_that_is_lost(allows, side),
                None => self.isolation_that_is_new(denier, side),
            },
            None => Vec::new(),
        }
    }

    /// Returns why a rule lets a flow through under NPM and not under Cilium.
    fn allow_that_is_lost(&self, allows: Passage, side: &Disagreement<'_>) -> Vec<Cause> {
        let PolicyRef::Network(index) = allows.policy else {
            return Vec::new();
        };
        if self.refused.contains(&index) {
            return vec![whole(&odd_cidr::TRANSFORM, index)];
        }
        let policy = &self.plan.before[index];
        let rules = &policy.section(side.direction).rules;
        let Some(rule) = allows.rule.and_then(|rule| rules.get(rule)) else {
            return Vec::new();
        };
        let spans = spans_of_rule(policy, side.direction, allows.rule);
        let causes = explanations(&rule.value, side).into_iter();
        causes
            .map(|entry| in_parts(entry, index, spans.clone()))
            .chain([in_parts(&excluded_label::TRANSFORM, index, vec![policy.selector_span])])
            .collect()
    }

    /// Returns why a policy isolates a pod from what NPM lets through whatever policies say.
    fn isolation_that_is_new(&self, denier: usize, side: &Disagreement<'_>) -> Vec<Cause> {
        let policy = &self.plan.before[denier];
        let mut causes = Vec::new();
        if self.dropped.contains(&denier) {
            causes.push(whole(&unenforced_policy::TRANSFORM, denier));
        }
        match side.npm.because {
            Reason::NotIsolated => {
                if !policy.in_effect(side.direction) {
                    causes.push(whole(&policy_types::TRANSFORM, denier));
                }
                causes.push(in_parts(&excluded_label::TRANSFORM, denier, vec![policy.selector_span]));
            }
            Reason::OwnNode => causes.push(whole(of_nodes(side.direction), denier)),
            Reason::Ipv6 => causes.push(whole(&ipv6::TRANSFORM, denier)),
            // A client of a service, whose causes come beside these; the rest is no reason to pass policies by.
            Reason::Masqueraded
            | Reason::NoRuleMatches
            | Reason::NoPeers
            | Reason::Selectors
            | Reason::Block
            | Reason::NamedPort
            | Reason::NotInSeveral
            | Reason::NegativeOnly
            | Reason::Dropped => {}
        }
        causes
    }
}

/// Returns the entries that speak of what a rule loses of its peers and ports.
fn explanations(rule: &Rule, side: &Disagreement<'_>) -> Vec<&'static Transform> {
    // By a name, NPM's reason does not tell which peer matched.
    let by_name = side.npm.because == Reason::NamedPort;
    let mut entries: Vec<&'static Transform> = Vec::new();
    if side.npm.because == Reason::Block || by_name && rule.blocks().next().is_some() {
        entries.push(match side.peer {
            Peer::Pod(..) => &ip_block::TRANSFORM,
            Peer::OtherNode(_) | Peer::OwnNode | Peer::LocalDns => of_nodes(side.direction),
            Peer::Outside(_) | Peer::ApiServer | Peer::Balanced(_) => &odd_cidr::TRANSFORM,
        });
    }
    let by_negation = matches!(side.npm.because, Reason::NotInSeveral | Reason::NegativeOnly);
    if side.npm.because == Reason::Selectors || by_negation || by_name {
        entries.push(&excluded_label::TRANSFORM);
    }
    if by_negation || by_name {
        entries.push(&negative_namespace_selector::TRANSFORM);
    }
    // Beside a name, what else the rule needs waits for the name to go.
    if rule.holds_name() {
        entries.push(&named_port::TRANSFORM);
    }
    if in_a_range(rule, side.port) {
        entries.push(&end_port::TRANSFORM);
    }
    entries
}

const fn of_nodes(direction: Direction) -> &'static Transform {
    match direction {
        Direction::Ingress => &node_ingress::TRANSFORM,
        Direction::Egress => &node_egress::TRANSFORM,
    }
}

/// Tells whether a port is in a range of a rule and not its first.
fn in_a_range(rule: &Rule, port: Port) -> bool {
    let ports = rule.ports.iter().map(|entry| &entry.value);
    let mut ranges = ports.filter(|of_rule: &&policy::Port| Transport::from(of_rule.protocol) == port.transport);
    ranges.any(|of_rule| match of_rule.target {
        PortTarget::Range(first, last) => first.get() < port.number && port.number <= last.get(),
        PortTarget::All | PortTarget::Number(_) | PortTarget::Name(_) | PortTarget::Substituted(_) => false,
    })
}
