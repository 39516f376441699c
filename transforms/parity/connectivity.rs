//! Who can reach whom in one cluster, as plain data: each difference with one flow that shows it.

mod peers;
mod words;

use std::cell::RefCell;

use serde::Serialize;

pub use peers::{Addressed, Peers, PodPeers};

use self::words::{Words, plausible_others};
use super::cause::Explainer;
use super::compare::{Course, Difference, Effect, Figures, compare};
use super::example::Examples;
use super::setting::{Engines, Setting};
use super::state::State;
use super::trace::answer::Answer;
use super::trace::passage::Pages;
use crate::catalog::{host_network_subject, policy_map};
use crate::plan::{Plan, Proposal};
use crate::policy::{Direction, Namespace};
use crate::source::Sources;
use crate::transform::{Decision, Transform};
use crate::world::World;

/// Who can reach whom in one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Connectivity {
    /// The cluster, `None` where the input is one cluster without a name.
    pub cluster: Option<String>,
    /// The Cilium version that it is judged by.
    pub cilium: String,
    /// Whether anybody stated that version.
    pub cilium_stated: bool,
    /// How much was compared.
    pub compared: Figures,
    /// What differs between NPM today and Cilium, sorted by namespace, workload and side.
    pub differences: Vec<FlowSet>,
    /// What the changes move under NPM, where they must move nothing.
    pub moved: Vec<FlowSet>,
    /// What only a run that reads all workloads can find.
    pub noticed: Vec<Noticed>,
    /// The namespaces that hold more than is compared, of whose pods nothing is said.
    pub cut: Vec<Namespace>,
}

/// A finding that the workloads make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Noticed {
    /// Who says it, and of which place.
    #[serde(flatten)]
    pub at: NamedBy,
    /// What and why.
    pub message: String,
}

/// Flows of alike pods that differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlowSet {
    /// The namespace of the pods.
    pub namespace: String,
    /// Their workloads, such as `Deployment shop/web`; a description where no file shows the pods.
    pub pods: Vec<String>,
    /// Whether files show the pods; else they stand for pods that may be there.
    pub shown: bool,
    /// The side of the pods.
    pub direction: Direction,
    /// Which way they differ from what NPM allows today.
    pub effect: Effect,
    /// In which states of Cilium.
    pub course: Course,
    /// The other ends.
    pub peers: Peers,
    /// The ports, such as `80/TCP, 8080-8090/TCP`; `all`.
    pub ports: String,
    /// One flow of them.
    pub example: Shown,
    /// What of the report speaks of them; nothing of those that the changes mend.
    pub named_by: Vec<NamedBy>,
}

/// A finding, or a change not made, that names a difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NamedBy {
    /// The entry of the catalogue.
    pub name: &'static str,
    /// The file that it points at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line there, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// One flow, and what each engine says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Who opens it.
    pub from: String,
    /// Who answers.
    pub to: String,
    /// The port.
    pub port: String,
    /// What NPM says today of the side that differs.
    pub npm: Answer,
    /// What Cilium says of it, in the state in which it differs.
    pub cilium: Answer,
}

/// The two states that are held against each other, of one cluster.
#[derive(Debug)]
pub struct Held<'w> {
    /// The cluster.
    pub world: &'w World,
    /// What another tree shows of it, where today's state is that tree's.
    pub base: Option<&'w World>,
    /// Its policies as they are.
    pub today: State,
    /// Its policies as they are to be.
    pub fixed: State,
    /// The plan whose changes lead from one to the other; `None` where the states are of two trees.
    pub plan: Option<&'w Plan>,
    /// The files of both.
    pub sources: &'w Sources,
}

/// Compares both states under both engines.
pub fn connectivity(held: Held<'_>) -> Connectivity {
    let Held {
        world,
        base,
        today,
        fixed,
        plan,
        sources,
    } = held;
    let target = &world.facts.target;
    let setting = Setting::new(world, base, &today, &fixed);
    let engines = setting.engines();
    let comparison = compare(&setting, &engines);
    let examples = Examples::new(&setting, &engines);
    let explainer = plan.map(|plan| explainer(plan, &fixed, &setting, &engines));
    let words = Words {
        explainer: explainer.as_ref(),
        setting: &setting,
        engines: &engines,
        examples: &examples,
        sources,
        pages: Pages::new(&setting.versions, sources),
        told: RefCell::default(),
        plausible: plausible_others(&setting.ground),
    };
    let tell = |differences: &[Difference]| {
        let mut sets: Vec<FlowSet> = differences
            .iter()
            .filter_map(|difference| words.flow_set(difference))
            .collect();
        sets.sort_by(|a, b| order(a).cmp(&order(b)));
        sets
    };
    Connectivity {
        cluster: world.cluster.clone(),
        cilium: target.version.clone(),
        cilium_stated: target.stated,
        compared: comparison.figures,
        differences: tell(&comparison.differences),
        moved: tell(&comparison.moved),
        noticed: plan.map(|plan| noticed(plan, &words)).unwrap_or_default(),
        cut: comparison.cut,
    }
}

/// The findings that `check` comes to only where something else makes it read the workloads.
const OF_WORKLOADS: [&Transform; 2] = [&host_network_subject::TRANSFORM, &policy_map::TRANSFORM];

fn noticed(plan: &Plan, words: &Words<'_>) -> Vec<Noticed> {
    let of_workloads = |proposal: &&Proposal| OF_WORKLOADS.iter().any(|entry| entry.id == proposal.transform.id);
    let said = plan.proposals.iter().filter(of_workloads);
    let noticed = said.filter_map(|proposal| match &proposal.decision {
        Decision::Finding(finding) if proposal.ignored.is_none() => Some(Noticed {
            at: words.place(proposal),
            message: finding.message.clone(),
        }),
        Decision::Finding(_)
        | Decision::Change(_)
        | Decision::Manual(_)
        | Decision::Waits { .. }
        | Decision::NotNeeded => None,
    });
    noticed.collect()
}

fn explainer<'a>(plan: &'a Plan, fixed: &'a State, setting: &'a Setting<'_>, engines: &Engines<'_>) -> Explainer<'a> {
    let dropped = engines.npm_today.dropped().iter();
    let dropped = dropped.filter_map(|(policy, _)| setting.in_today(*policy));
    let refused = engines.cilium_fixed.refused().iter();
    let refused = refused.filter_map(|(policy, _)| setting.in_fixed(*policy));
    Explainer::new(plan, fixed, &setting.ground.population.inventory, dropped, refused)
}

impl Connectivity {
    /// Counts the differences of an effect in the states that `counts` takes.
    pub fn count(&self, effect: Effect, counts: impl Fn(Course) -> bool) -> u64 {
        let sets = self.differences.iter();
        sets.filter(|set| set.effect == effect && counts(set.course)).count() as u64
    }
}

impl Course {
    /// Tells whether flows differ with nothing changed.
    pub const fn is_unchanged(self) -> bool {
        matches!(self, Self::Mended | Self::Left)
    }

    /// Tells whether flows differ with the changes.
    pub const fn is_fixed(self) -> bool {
        matches!(self, Self::Left | Self::Brought)
    }
}

fn order(set: &FlowSet) -> (&str, &[String], Direction, Course, Effect, &str) {
    (
        &set.namespace,
        &set.pods,
        set.direction,
        set.course,
        set.effect,
        &set.ports,
    )
}
