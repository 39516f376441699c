//! Applies chosen rewrites to the model.

use super::Proposal;
use crate::policy::{Direction, Policy, Section};
use crate::source::Span;
use crate::transform::{Act, Rewrite, Subject};
use crate::world::PolicyId;

/// Applies the chosen rewrites of one transform; their indices are of the policies as the transform saw them.
pub(super) fn apply_chosen(proposals: &[Proposal], policies: &mut [Policy]) {
    let mut start = 0;
    while start < proposals.len() {
        let subject = proposals[start].subject;
        let length = proposals[start..]
            .iter()
            .take_while(|proposal| proposal.subject == subject)
            .count();
        if let Subject::Policy(PolicyId(index)) = subject {
            apply(rewrites(&proposals[start..start + length]), &mut policies[index]);
        }
        start += length;
    }
}

/// Returns the chosen rewrites of one policy.
fn rewrites(proposals: &[Proposal]) -> Vec<&Rewrite> {
    let chosen = proposals.iter().filter_map(Proposal::chosen);
    let acts = chosen.filter_map(|change| match &change.act {
        Act::Rewrite(rewrites) => Some(rewrites),
        Act::Overlay(_) => None,
    });
    acts.flatten().collect()
}

/// Applies rewrites to a policy, the last rule first, so that indices stay true.
fn apply(mut rewrites: Vec<&Rewrite>, policy: &mut Policy) {
    rewrites.sort_by_key(|rewrite| match rewrite {
        Rewrite::Rule { direction, at, .. } => (0, *direction, usize::MAX - at),
        Rewrite::DropSection(direction) => (1, *direction, 0),
        Rewrite::WritePolicyTypes => (2, Direction::Ingress, 0),
    });
    for rewrite in rewrites {
        match rewrite {
            Rewrite::Rule { direction, at, with } => {
                policy
                    .section_mut(*direction)
                    .rules
                    .splice(*at..=*at, with.iter().cloned());
            }
            Rewrite::DropSection(direction) => *policy.section_mut(*direction) = Section::default(),
            Rewrite::WritePolicyTypes => {
                policy.types.written.get_or_insert(Span::default());
            }
        }
    }
}
