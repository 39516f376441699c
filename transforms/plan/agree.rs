//! One manifest, several clusters or namespaces: it is edited only when what is right for one is right for all.

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, Status, difference};
use crate::policy::Place;
use crate::source::FileId;
use crate::transform::{Act, Change, Decision, Subject};
use crate::world::PolicyId;
use crate::yaml::Edit;

/// Names a manifest: file, document, item of a `List`.
pub type Manifest = (FileId, u32, Option<u32>);

/// Returns the name of the manifest at a place.
pub fn manifest(place: &Place) -> Manifest {
    (place.file, place.document, place.item)
}

/// Takes back every rewrite of a manifest that the plans would edit differently, and returns the edits of the others.
pub fn agree(plans: &mut [Plan]) -> BTreeMap<Manifest, Vec<Edit>> {
    let (edits, disputed) = gather(plans);
    for plan in plans.iter_mut().filter(|_| !disputed.is_empty()) {
        take_back(plan, &disputed);
    }
    edits
}

/// Returns the edits of each manifest that all agree on, and the manifests that they don't.
fn gather(plans: &[Plan]) -> (BTreeMap<Manifest, Vec<Edit>>, BTreeSet<Manifest>) {
    let mut wanted: BTreeMap<Manifest, Vec<Edit>> = BTreeMap::new();
    let mut disputed = BTreeSet::new();
    for plan in plans {
        for (before, after) in plan.before.iter().zip(&plan.world.policies) {
            let edits = difference::edits(before, after);
            match wanted.entry(manifest(&before.place)) {
                std::collections::btree_map::Entry::Vacant(slot) => {
                    slot.insert(edits);
                }
                std::collections::btree_map::Entry::Occupied(slot) if *slot.get() != edits => {
                    disputed.insert(*slot.key());
                }
                std::collections::btree_map::Entry::Occupied(_) => {}
            }
        }
    }
    wanted.retain(|manifest, edits| !edits.is_empty() && !disputed.contains(manifest));
    (wanted, disputed)
}

fn take_back(plan: &mut Plan, disputed: &BTreeSet<Manifest>) {
    let is_disputed: Vec<bool> = plan
        .before
        .iter()
        .map(|policy| disputed.contains(&manifest(&policy.place)))
        .collect();
    for proposal in &mut plan.proposals {
        if let (Subject::Policy(PolicyId(index)), Some(Status::Chosen)) = (proposal.subject, proposal.status)
            && is_disputed[index]
            && let Decision::Change(Change {
                act: Act::Rewrite(_),
                notes,
                ..
            }) = &mut proposal.decision
        {
            proposal.status = Some(Status::Disagrees);
            notes.push(
                "not made: this manifest lands in several clusters or namespaces, and they need different edits"
                    .to_owned(),
            );
        }
    }
    for (index, policy) in plan.before.iter().enumerate().filter(|(index, _)| is_disputed[*index]) {
        plan.world.policies[index] = policy.clone();
    }
}
