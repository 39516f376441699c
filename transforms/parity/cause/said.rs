//! What a plan says, by what it says it of.

use std::collections::BTreeMap;

use super::{Cause, Culprit};
use crate::overlay::name::name;
use crate::parity::State;
use crate::plan::{Plan, Proposal, Status};
use crate::policy::ObjectKey;
use crate::source::Span;
use crate::transform::{Change, Decision, Subject};
use crate::world::PolicyId;

/// The proposals of a plan, by their subjects and by the overlays that they want.
#[derive(Debug)]
pub(super) struct Said<'a> {
    of: BTreeMap<Subject, Vec<&'a Proposal>>,
    overlays: BTreeMap<ObjectKey, Vec<&'a Proposal>>,
}

impl<'a> Said<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let mut said = Self {
            of: BTreeMap::new(),
            overlays: BTreeMap::new(),
        };
        for proposal in &plan.proposals {
            said.of.entry(proposal.subject).or_default().push(proposal);
            let namespace = match proposal.subject {
                Subject::Policy(PolicyId(index)) => &plan.before[index].key.namespace,
                Subject::Service(id) => &plan.world.service(id).key.namespace,
                Subject::Cluster => continue,
            };
            if let Some(overlay) = proposal.overlay() {
                let key = ObjectKey {
                    namespace: namespace.clone(),
                    name: name(overlay, |_| false),
                };
                said.overlays.entry(key).or_default().push(proposal);
            }
        }
        said
    }

    /// Returns the proposals that want an overlay of this name.
    pub(super) fn wanting(&self, overlay: &ObjectKey) -> &[&'a Proposal] {
        self.overlays.get(overlay).map_or(&[], Vec::as_slice)
    }

    /// Returns what the entry of a cause says of what the cause is on.
    pub(super) fn by(&self, cause: &Cause, plan: &Plan, fixed: &State) -> Vec<&'a Proposal> {
        let subject = match &cause.on {
            Culprit::Policy(id) | Culprit::Parts(id, _) => Subject::Policy(*id),
            Culprit::Service(id) => Subject::Service(*id),
            Culprit::Cilium(_) => Subject::Cluster,
        };
        let points_there = |proposal: &&&Proposal| match (&cause.on, proposal.spot()) {
            (Culprit::Policy(_) | Culprit::Service(_), _) => true,
            // What points at the policy's name speaks of all of it.
            (Culprit::Parts(PolicyId(index), spans), Some(spot)) => {
                spot == plan.before[*index].place.spot() || spans.iter().any(|part| holds(*part, spot.span))
            }
            (Culprit::Cilium(index), Some(spot)) => spot == fixed.cilium[*index].policy.place.spot(),
            (Culprit::Parts(..) | Culprit::Cilium(_), None) => false,
        };
        let of_subject = self.of.get(&subject).into_iter().flatten();
        let of_entry = of_subject.filter(|proposal| proposal.transform.id == cause.entry.id);
        of_entry.filter(points_there).copied().collect()
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Tells whether a proposal says that something is left to differ; `gained` where Cilium lets more through.
///
/// What is made leaves nothing of what it gives back, but the clients of a service that it was told not to admit.
pub(super) fn is_left(proposal: &Proposal, gained: bool) -> bool {
    match &proposal.decision {
        Decision::Finding(_) | Decision::Manual(_) | Decision::Waits { .. } => true,
        Decision::NotNeeded => false,
        Decision::Change(Change { grade, .. }) => match proposal.status {
            Some(Status::Chosen | Status::Done) => {
                !grade.is_safe() && (gained || matches!(proposal.subject, Subject::Service(_)))
            }
            Some(
                Status::OtherPhase
                | Status::NotChosen
                | Status::Disagrees
                | Status::Blocked
                | Status::Failed
                | Status::Contradicted,
            )
            | None => true,
        },
    }
}
