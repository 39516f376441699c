//! What Cilium lets through and NPM does not.

use super::{Cause, Culprit, Disagreement, Explainer, in_parts, spans_of_rule, whole};
use crate::catalog::{
    excluded_label, existing_cilium_policy, ip_block, named_port, negative_namespace_selector, odd_cidr, policy_types,
    unenforced_policy,
};
use crate::engine::PolicyRef;
use crate::engine::cilium::Reason;
use crate::plan::Proposal;
use crate::transform::{Subject, Transform};

impl Explainer<'_> {
    pub(super) fn causes_of_gain(&self, side: &Disagreement<'_>) -> Vec<Cause> {
        match side.cilium.decided_by.map(|passage| passage.policy) {
            Some(PolicyRef::Cilium(index)) => self.allow_of_cilium(index),
            Some(PolicyRef::Network(index)) => self.allow_that_is_new(index, side),
            None => self.isolation_that_is_lost(side),
        }
    }

    /// Returns the changes that want an overlay, or that somebody else's policy begins to count.
    fn allow_of_cilium(&self, index: usize) -> Vec<Cause> {
        let wanting = self.said.wanting(&self.fixed.cilium[index].policy.key);
        let ours: Vec<Cause> = wanting.iter().filter_map(|proposal| of_overlay(proposal)).collect();
        if !ours.is_empty() {
            return ours;
        }
        vec![Cause {
            entry: &existing_cilium_policy::TRANSFORM,
            on: Culprit::Cilium(index),
        }]
    }

    /// Returns why a rule lets a flow through under Cilium that no rule does under NPM.
    fn allow_that_is_new(&self, index: usize, side: &Disagreement<'_>) -> Vec<Cause> {
        let policy = &self.plan.before[index];
        if self.dropped.contains(&index) {
            return vec![whole(&unenforced_policy::TRANSFORM, index)];
        }
        if !policy.in_effect(side.direction) {
            return vec![whole(&policy_types::TRANSFORM, index)];
        }
        let rule = side.cilium.decided_by.and_then(|passage| passage.rule);
        let spans = spans_of_rule(&self.fixed.policies[index], side.direction, rule);
        let entries = explanations(side.cilium.because).into_iter();
        entries
            .map(|entry| in_parts(entry, index, spans.clone()))
            .chain([in_parts(&excluded_label::TRANSFORM, index, vec![policy.selector_span])])
            .collect()
    }

    /// Returns why a pod is open under Cilium that a policy isolates under NPM.
    fn isolation_that_is_lost(&self, side: &Disagreement<'_>) -> Vec<Cause> {
        let Some(PolicyRef::Network(index)) = side.npm.decided_by.map(|passage| passage.policy) else {
            return Vec::new();
        };
        if self.refused.contains(&index) {
            return vec![whole(&odd_cidr::TRANSFORM, index)];
        }
        let selector = self.plan.before[index].selector_span;
        vec![in_parts(&excluded_label::TRANSFORM, index, vec![selector])]
    }
}

/// Makes a cause of a proposal that wants an overlay.
const fn of_overlay(proposal: &Proposal) -> Option<Cause> {
    let on = match proposal.subject {
        Subject::Policy(id) => Culprit::Policy(id),
        Subject::Service(id) => Culprit::Service(id),
        Subject::Cluster => return None,
    };
    Some(Cause {
        entry: proposal.transform,
        on,
    })
}

/// Returns the entries that speak of why a rule lets more through than it says to NPM.
fn explanations(because: Reason) -> Vec<&'static Transform> {
    let mut entries: Vec<&'static Transform> = Vec::new();
    match because {
        Reason::Selectors => entries.extend([&excluded_label::TRANSFORM, &ip_block::TRANSFORM]),
        Reason::NegativeOnly => entries.push(&negative_namespace_selector::TRANSFORM),
        Reason::Block => entries.push(&odd_cidr::TRANSFORM),
        Reason::NoPeers | Reason::OwnNamedPort | Reason::ClusterNamedPort | Reason::DestinationNamedPort => {}
        Reason::OwnNode
        | Reason::NotIsolated
        | Reason::NoRuleMatches
        | Reason::DenyRule
        | Reason::Entity
        | Reason::FirstPortOnly
        | Reason::EmptyRule
        | Reason::Rejected => return entries,
    }
    // A name's number reaches every peer that the rule has.
    entries.push(&named_port::TRANSFORM);
    entries
}
