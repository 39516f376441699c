//! Applies chosen rewrites to the model.

use super::{Proposal, Status};
use crate::policy::{Direction, Policy, Section};
use crate::source::Span;
use crate::transform::{Act, Change, Decision, Rewrite, Subject};
use crate::world::PolicyId;

/// Makes the chosen rewrites of one transform, whose indices are of the policies as the transform saw them; the steps
/// leave their proposals.
pub(super) fn apply_chosen(proposals: &mut [Proposal], policies: &mut [Policy]) {
    for of_subject in proposals.chunk_by_mut(|one, next| one.subject == next.subject) {
        if let Some(Subject::Policy(PolicyId(index))) = of_subject.first().map(|proposal| proposal.subject) {
            let rewrites = of_subject.iter_mut().flat_map(take_chosen).collect();
            apply(rewrites, &mut policies[index]);
        }
    }
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
