//! Applies chosen rewrites to the model.

use super::{Proposal, Status};
use crate::policy::{Direction, Policy, Section};
use crate::source::Span;
use crate::transform::{Act, Change, Decision, Rewrite, Subject};
use crate::world::PolicyId;

/// What the chosen changes of one transform make of a policy.
#[derive(Debug, Clone)]
pub struct Step {
    /// The policy.
    pub policy: PolicyId,
    /// The id of the transform.
    pub transform: &'static str,
    /// The policy afterwards.
    pub after: Policy,
}

/// Makes the chosen rewrites of one transform, whose indices are of the policies as the transform saw them; what they
/// ask for leaves their proposals.
pub(super) fn apply_chosen(proposals: &mut [Proposal], policies: &mut [Policy]) -> Vec<Step> {
    let mut steps = Vec::new();
    for of_subject in proposals.chunk_by_mut(|one, next| one.subject == next.subject) {
        let Some(first) = of_subject.first() else { continue };
        let (transform, subject) = (first.transform.id, first.subject);
        let rewrites: Vec<Rewrite> = of_subject.iter_mut().flat_map(take_chosen).collect();
        if let Subject::Policy(policy) = subject
            && !rewrites.is_empty()
        {
            apply(rewrites, &mut policies[policy.0]);
            let after = policies[policy.0].clone();
            steps.push(Step {
                policy,
                transform,
                after,
            });
        }
    }
    steps
}

/// Takes the steps out of a proposal that is chosen.
fn take_chosen(proposal: &mut Proposal) -> Vec<Rewrite> {
    match &mut proposal.decision {
        Decision::Change(Change {
            act: Act::Rewrite(rewrites),
            ..
        }) if proposal.status == Some(Status::Chosen) => std::mem::take(rewrites),
        Decision::Change(_)
        | Decision::Manual(_)
        | Decision::Waits { .. }
        | Decision::Finding(_)
        | Decision::NotNeeded => Vec::new(),
    }
}

/// Applies rewrites to a policy, the last rule first, so that indices stay true.
pub(crate) fn apply(mut rewrites: Vec<Rewrite>, policy: &mut Policy) {
    rewrites.sort_by_key(|rewrite| match rewrite {
        Rewrite::Rule { direction, at, .. } => (0, *direction, usize::MAX - at),
        Rewrite::DropSection(direction) => (1, *direction, 0),
        Rewrite::WritePolicyTypes => (2, Direction::Ingress, 0),
    });
    for rewrite in rewrites {
        match rewrite {
            Rewrite::Rule { direction, at, with } => {
                policy.section_mut(direction).rules.splice(at..=at, with);
            }
            Rewrite::DropSection(direction) => *policy.section_mut(direction) = Section::default(),
            Rewrite::WritePolicyTypes => {
                policy.types.written.get_or_insert(Span::default());
            }
        }
    }
}
