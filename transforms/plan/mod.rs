//! World → plan: asks the catalogue in order and leaves the policies as the chosen changes make them.

mod agree;
pub(crate) mod difference;
mod hydrated;
mod ignores;
mod overlays;
mod rewrite;
mod taken_back;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::catalog::{self, substitution};
use crate::policy::{Overlay, Policy, Spot, dns};
use crate::source::FileId;
use crate::transform::{Act, Change, Decision, Finding, Phase, Role, Scope, Subject, Transform};
use crate::world::frozen::frozen;
use crate::world::{PolicyId, ServiceId, World};

pub use agree::{Manifest, agree, manifest};
pub use hydrated::{DrySource, Hydrated, tell_hydrated};
pub use overlays::{Site, place_overlays, unwritable_overlays};
pub use rewrite::Step;
#[cfg(test)]
pub(crate) use rewrite::apply;
pub use taken_back::{Changes, TakenBack};

/// How much `fix` may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fix {
    /// Only what changes no flow but back to what NPM allows.
    #[default]
    Safe,
    /// Also what a person should have looked at.
    Review,
}

/// Which phases are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phases {
    /// What may land before the switch.
    Before,
    /// What needs the CRDs.
    After,
    /// Both.
    All,
}

impl Phases {
    /// Tells whether `phase` is chosen.
    pub const fn include(self, phase: Phase) -> bool {
        match self {
            Self::Before => matches!(phase, Phase::Before),
            Self::After => matches!(phase, Phase::After),
            Self::All => true,
        }
    }
}

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// The ids to run; empty = all.
    pub select: BTreeSet<String>,
    /// The ids to leave out.
    pub ignore: BTreeSet<String>,
    /// How much may be done.
    pub fix: Fix,
    /// When it may land.
    pub phases: Phases,
    /// The day, `YYYY-MM-DD`, up to which ignores hold.
    pub today: String,
    /// Whether an ignore without a reason does not count.
    pub require_reason: bool,
}

impl Options {
    /// Tells whether an entry of the catalogue runs.
    pub fn runs(&self, id: &str) -> bool {
        (self.select.is_empty() || self.select.contains(id)) && !self.ignore.contains(id)
    }

    /// Returns what becomes of a change that no ignore covers; `None` for what is no change.
    fn status(&self, decision: &Decision, role: Role) -> Option<Status> {
        let (Decision::Change(change), Role::Changes(phase)) = (decision, role) else {
            return None;
        };
        Some(if !self.phases.include(phase) {
            Status::OtherPhase
        } else if self.fix == Fix::Safe && !change.grade.is_safe() {
            Status::NotChosen
        } else {
            Status::Chosen
        })
    }
}

#[cfg(test)]
impl Options {
    /// Asks for everything, in both phases, on a day of 2026.
    pub(crate) fn of_everything(fix: Fix) -> Self {
        Self {
            select: BTreeSet::new(),
            ignore: BTreeSet::new(),
            fix,
            phases: Phases::All,
            today: "2026-12-01".to_owned(),
            require_reason: false,
        }
    }
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// `fix` with these options makes it.
    Chosen,
    /// It is of the other phase.
    OtherPhase,
    /// It is review and only safe ones are wanted.
    NotChosen,
    /// It stands already: an overlay of ours that says just this.
    Done,
    /// The file belongs to several clusters or namespaces, and what is right for one is wrong for another.
    Disagrees,
    /// It has no place, a person edited the file that stands there, or a hydrator writes it; a finding says which.
    Blocked,
    /// It is chosen, but the edit can't be made or proven; a failure says why.
    Failed,
    /// The engines judge it otherwise than the transform that grades it, so it is not made.
    Contradicted,
}

/// A decision, who made it on what, and what becomes of it.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The entry of the catalogue.
    pub transform: &'static Transform,
    /// What it was asked about.
    pub subject: Subject,
    /// What it answered.
    pub decision: Decision,
    /// What becomes of it, if it is a change.
    pub status: Option<Status>,
    /// The reason of the ignore that covers it (empty where none was given).
    pub ignored: Option<String>,
    /// The path of the overlay's file, once it has one.
    pub overlay_path: Option<String>,
}

impl Proposal {
    /// Makes a finding that the plan itself comes to, under an entry that was not asked.
    const fn of_finding(transform: &'static Transform, subject: Subject, finding: Finding) -> Self {
        Self {
            transform,
            subject,
            decision: Decision::Finding(finding),
            status: None,
            ignored: None,
            overlay_path: None,
        }
    }

    /// Returns the change, if it is one that is to be made.
    pub fn chosen(&self) -> Option<&Change> {
        match &self.decision {
            Decision::Change(change) if self.status == Some(Status::Chosen) => Some(change),
            Decision::Change(_)
            | Decision::Manual(_)
            | Decision::Waits { .. }
            | Decision::Finding(_)
            | Decision::NotNeeded => None,
        }
    }

    /// Returns the overlay that it wants, chosen or not.
    pub fn overlay(&self) -> Option<&Overlay> {
        match &self.decision {
            Decision::Change(Change {
                act: Act::Overlay(overlay),
                ..
            }) => Some(overlay),
            Decision::Change(_)
            | Decision::Manual(_)
            | Decision::Waits { .. }
            | Decision::Finding(_)
            | Decision::NotNeeded => None,
        }
    }

    /// Returns where it points.
    pub const fn spot(&self) -> Option<Spot> {
        match &self.decision {
            Decision::Change(change) => Some(change.spot),
            Decision::Manual(manual) => Some(manual.spot),
            Decision::Waits { spot, .. } => Some(*spot),
            Decision::Finding(finding) => finding.spot,
            Decision::NotNeeded => None,
        }
    }
}

/// What is to happen in one cluster.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The cluster, its policies as the chosen changes leave them.
    pub world: World,
    /// The policies as they are, at the same indices.
    pub before: Vec<Policy>,
    /// Every decision, in the order of the catalogue and the subjects.
    pub proposals: Vec<Proposal>,
    /// What the chosen changes made of the policies, one after another.
    pub steps: Vec<Step>,
    /// The changes that are not what they claim to be, or are not proven to be.
    pub taken_back: TakenBack,
}

impl Plan {
    /// Tells whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.proposals.iter().all(|proposal| proposal.chosen().is_none())
    }

    /// Plans the same cluster anew, with more changes taken back.
    #[must_use]
    pub fn without(self, more: TakenBack, options: &Options) -> Self {
        let Self {
            mut world,
            before,
            mut taken_back,
            ..
        } = self;
        world.policies = before;
        taken_back.extend(more);
        plan_without(world, options, taken_back)
    }
}

/// Plans one cluster.
pub fn plan(world: World, options: &Options) -> Plan {
    plan_without(world, options, TakenBack::default())
}

/// Plans one cluster without the changes that were taken back.
pub fn plan_without(mut world: World, options: &Options, taken_back: TakenBack) -> Plan {
    let before = world.policies.clone();
    let mut proposals = Vec::new();
    let mut steps = Vec::new();
    let mut ledger = ignores::Ledger::new(&world, options);
    for transform in catalog::ALL
        .iter()
        .copied()
        .filter(|transform| options.runs(transform.id))
    {
        let from = proposals.len();
        for subject in subjects(transform.scope, &world) {
            let decisions = (transform.decide)(subject, &world);
            let is_held_off = !decisions.is_empty() && is_held_off(transform, subject, &world);
            for decision in decisions {
                let falls_away = is_held_off && !matches!(decision, Decision::Finding(_));
                if falls_away || is_said_already(transform, subject, &decision, &proposals) {
                    continue;
                }
                let ignored = ledger.covering(transform.id, subject, &decision);
                let status = options.status(&decision, transform.role).filter(|_| ignored.is_none());
                let status = match status {
                    Some(Status::Chosen) => Some(taken_back.status(&(transform.id, subject))),
                    // No grade makes an edit that a hydrator undoes.
                    Some(Status::NotChosen) if taken_back.hydrated.contains(&(transform.id, subject)) => {
                        Some(Status::Blocked)
                    }
                    status => status,
                };
                proposals.push(Proposal {
                    transform,
                    subject,
                    decision,
                    status,
                    ignored,
                    overlay_path: None,
                });
            }
        }
        steps.extend(rewrite::apply_chosen(&mut proposals[from..], &mut world.policies));
    }
    proposals.extend(ledger.unused(&world));
    Plan {
        world,
        before,
        proposals,
        steps,
        taken_back,
    }
}

/// Returns the edits of a cluster for which a file can't, or must not, be changed.
pub fn unwritable_edits(world: &World, is_unwritable: impl Fn(FileId) -> bool) -> Changes {
    let policies = world.policies.iter().enumerate();
    let unwritable = policies.filter(|(_, policy)| is_unwritable(policy.place.file));
    let edits = |(index, _)| {
        let before = |transform: &&&Transform| transform.role == Role::Changes(Phase::Before);
        let transforms = catalog::ALL.iter().filter(before);
        transforms.map(move |transform| (transform.id, Subject::Policy(PolicyId(index))))
    };
    unwritable.flat_map(edits).collect()
}

/// Returns what an entry of this scope is asked about.
fn subjects(scope: Scope, world: &World) -> Vec<Subject> {
    match scope {
        Scope::Policies => (0..world.policies.len())
            .map(|index| Subject::Policy(PolicyId(index)))
            .collect(),
        Scope::Services => (0..world.services.len())
            .map(|index| Subject::Service(ServiceId(index)))
            .collect(),
        Scope::Cluster => vec![Subject::Cluster],
        Scope::Raised => Vec::new(),
    }
}

/// Tells whether a transform that could not decide for a variable has said so at this place, so that the finding on the
/// variable adds nothing.
fn is_said_already(transform: &Transform, subject: Subject, decision: &Decision, proposals: &[Proposal]) -> bool {
    let Decision::Finding(Finding { spot: Some(spot), .. }) = decision else {
        return false;
    };
    let holds =
        |outer: Spot| outer.file == spot.file && outer.span.start <= spot.span.start && spot.span.end <= outer.span.end;
    transform.id == substitution::TRANSFORM.id
        && proposals.iter().any(|proposal| match &proposal.decision {
            Decision::Manual(manual) => proposal.subject == subject && holds(manual.spot),
            Decision::Change(_) | Decision::Waits { .. } | Decision::Finding(_) | Decision::NotNeeded => false,
        })
}

/// Tells whether changes of a subject fall away: context is never edited, a namespace that is still a variable is
/// nobody's yet, and of a policy that an engine drops whole its finding says what to decide first.
fn is_held_off(transform: &Transform, subject: Subject, world: &World) -> bool {
    match (transform.role, subject) {
        (Role::Finds(_), _) | (_, Subject::Cluster) => false,
        (Role::Changes(_), Subject::Policy(id)) => {
            let policy = world.policy(id);
            !policy.editable || frozen(policy).is_some()
        }
        (Role::Changes(_), Subject::Service(id)) => {
            let service = world.service(id);
            !service.editable || service.key.namespace.name().is_some_and(dns::is_substituted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::sample::policy;

    #[test]
    fn a_policy_that_npm_drops_whole_is_edited_by_none_and_is_the_source_of_no_overlay() {
        let options = Options::of_everything(Fix::Review);
        let blocks = |more: &str| {
            let world = policy(
                18,
                &format!("policyTypes: [Egress], egress: [{{to: [{{ipBlock: {{cidr: 0.0.0.0/0}}}}{more}]}}]"),
            );
            plan(world, &options)
        };
        assert!(!blocks("").is_empty());
        assert!(blocks(", {ipBlock: {cidr: '::/0'}}").is_empty());
    }
}
