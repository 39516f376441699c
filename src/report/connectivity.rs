//! Who can reach whom, in every form.

mod concise;
mod human;
mod markdown;
mod words;

use std::io::{self, Write};

use ciliate_transforms::parity::trace::answer::Stage;
use ciliate_transforms::parity::{Connectivity, Course, Effect, Figures, FlowSet};
use ciliate_transforms::plan::Plan;
use ciliate_transforms::report::{Counts, Failure, SCHEMA, Skipped, Status, assumptions};
use ciliate_transforms::transform::{Decision, Grade};
use ciliate_transforms::world::World;
use serde::Serialize;

use super::Detail;
use crate::cli::{Format, Require};

/// The forms of a [`Verification`].
pub(crate) const FORMATS: &[Format] = &[Format::Human, Format::Concise, Format::Json, Format::Markdown];

/// What a comparison of states found, in every cluster.
#[derive(Debug, Serialize)]
pub(crate) struct Verification {
    schema: u32,
    /// How much was read of the working tree.
    counts: Counts,
    /// The tree that the working tree is held against.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Against>,
    /// What the states are called.
    states: Titles,
    /// What connectivity must be like.
    require: Require,
    /// Whether it is like that.
    pub(crate) met: bool,
    clusters: Vec<Compared>,
    /// What was not looked at, sorted.
    pub(crate) skipped: Vec<Skipped>,
    /// What could not be read, sorted.
    pub(crate) failures: Vec<Failure>,
}

/// Another tree.
#[derive(Debug, Serialize)]
pub(crate) struct Against {
    /// As the command line names it.
    pub(crate) name: String,
    /// How much was read of it.
    pub(crate) counts: Counts,
    /// The paths of the command line that it does not have.
    pub(crate) missing: Vec<String>,
}

/// What the states are called.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Titles {
    npm: &'static str,
    npm_fixed: &'static str,
    unchanged: &'static str,
    fixed: &'static str,
}

impl Titles {
    const OF_CHANGES: Self = Self {
        npm: Stage::NpmToday.title(),
        npm_fixed: Stage::NpmFixed.title(),
        unchanged: Stage::CiliumUnchanged.title(),
        fixed: Stage::CiliumFixed.title(),
    };
    const OF_TREES: Self = Self {
        npm: "NPM, base",
        npm_fixed: "NPM, this tree",
        unchanged: "Cilium, base",
        fixed: "Cilium, this tree",
    };
}

/// Which tree alone has a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnlyIn {
    /// Both have it, or there is one tree.
    Neither,
    /// The other tree.
    Base,
    /// The working tree.
    ThisTree,
}

/// One cluster's states, held against each other.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    cilium: String,
    cilium_stated: bool,
    aks: Option<String>,
    policies: u64,
    only_in: OnlyIn,
    /// The changes that the fix is made of; none where it is another tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Changes>,
    /// What is taken for granted, a sentence each.
    assumptions: Vec<String>,
    /// How much was compared.
    compared: Figures,
    /// How many differences there are.
    tally: Tally,
    differences: Vec<FlowSet>,
    /// What the fix moves under NPM.
    moved: Vec<FlowSet>,
}

/// How many changes a fix is made of.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Changes {
    /// Those that are judged as made.
    chosen: u64,
    /// Those of them that rest on an assumption or open more than NPM does.
    chosen_review: u64,
    /// Those that are not made: `--fix review` would add them.
    not_chosen: u64,
}

impl Changes {
    /// Counts the changes of a plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut changes = Self::default();
        for proposal in &plan.proposals {
            match (proposal.status, &proposal.decision) {
                (Some(Status::Chosen), Decision::Change(change)) => {
                    changes.chosen += 1;
                    changes.chosen_review += u64::from(change.grade != Grade::Safe);
                }
                (Some(Status::NotChosen), _) => changes.not_chosen += 1,
                (_, _) => {}
            }
        }
        changes
    }
}

/// How many differences there are: an entry of the list counts once, however many flows it stands for.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Tally {
    lost: Courses,
    gained: Courses,
    moved: u64,
}

/// How many differences of an effect there are.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Courses {
    mended: u64,
    left: u64,
    brought: u64,
}

impl Courses {
    const fn unchanged(self) -> u64 {
        self.mended + self.left
    }

    const fn fixed(self) -> u64 {
        self.left + self.brought
    }

    const fn add(self, other: Self) -> Self {
        Self {
            mended: self.mended + other.mended,
            left: self.left + other.left,
            brought: self.brought + other.brought,
        }
    }
}

impl Tally {
    fn of(connectivity: &Connectivity) -> Self {
        let courses = |effect| {
            let count = |course| connectivity.count(effect, |one| one == course);
            Courses {
                mended: count(Course::Mended),
                left: count(Course::Left),
                brought: count(Course::Brought),
            }
        };
        Self {
            lost: courses(Effect::Lost),
            gained: courses(Effect::Gained),
            moved: connectivity.moved.len() as u64,
        }
    }

    const fn add(self, other: Self) -> Self {
        Self {
            lost: self.lost.add(other.lost),
            gained: self.gained.add(other.gained),
            moved: self.moved + other.moved,
        }
    }

    const fn is_empty(self) -> bool {
        self.lost.unchanged() + self.lost.brought + self.gained.unchanged() + self.gained.brought + self.moved == 0
    }

    /// Tells whether what is left and brought is as required.
    const fn meets(self, require: Require) -> bool {
        match require {
            Require::None => true,
            Require::NoLoss => self.lost.fixed() == 0 && self.moved == 0,
            Require::Exact => self.lost.fixed() == 0 && self.gained.fixed() == 0 && self.moved == 0,
        }
    }
}

impl Compared {
    /// Gathers what is to be said of a cluster.
    pub(crate) fn new(connectivity: Connectivity, world: &World, changes: Option<Changes>, only_in: OnlyIn) -> Self {
        let tally = Tally::of(&connectivity);
        let Connectivity {
            cluster,
            cilium,
            cilium_stated,
            compared,
            differences,
            moved,
        } = connectivity;
        Self {
            cluster,
            cilium,
            cilium_stated,
            aks: world.facts.target.aks.clone(),
            policies: world.policies.len() as u64,
            only_in,
            changes,
            assumptions: assumptions(&world.facts),
            compared,
            tally,
            differences,
            moved,
        }
    }

    /// Returns the differences by namespace.
    fn namespaces(&self) -> impl Iterator<Item = (&str, &[FlowSet])> {
        let namespaces = self.differences.chunk_by(|a, b| a.namespace == b.namespace);
        namespaces.filter_map(|sets| Some((sets.first()?.namespace.as_str(), sets)))
    }
}

impl Verification {
    /// Judges what was found.
    pub(crate) fn new(counts: Counts, clusters: Vec<Compared>, require: Require) -> Self {
        Self {
            schema: SCHEMA,
            counts,
            base: None,
            states: Titles::OF_CHANGES,
            require,
            met: clusters.iter().all(|cluster| cluster.tally.meets(require)),
            clusters,
            skipped: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Says what of the other tree it is held against.
    pub(crate) fn against(&mut self, base: Against) {
        self.base = Some(base);
        self.states = Titles::OF_TREES;
    }

    /// Sorts what was skipped and failed; what is read with both trees, as facts are, is told once.
    pub(crate) fn settle(&mut self) {
        self.skipped.sort();
        self.skipped.dedup();
        self.failures.sort();
        self.failures.dedup();
    }

    /// Writes the report.
    pub(crate) fn render(&self, format: Format, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Human => human::render(self, detail, out),
            Format::Concise => concise::render(self, detail, out),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, self)?;
                out.write_all(b"\n")
            }
            Format::Markdown => markdown::render(self, detail, out),
        }
    }

    fn tally(&self) -> Tally {
        let tallies = self.clusters.iter().map(|cluster| cluster.tally);
        tallies.fold(Tally::default(), Tally::add)
    }

    /// Names what is held against the state of today.
    const fn fix(&self) -> &'static str {
        if self.base.is_some() { "this tree" } else { "the fix" }
    }

    /// Names the state of Cilium that an example of a difference is from.
    const fn shown_state(&self, course: Course) -> &'static str {
        match course {
            Course::Mended => self.states.unchanged,
            Course::Left | Course::Brought => self.states.fixed,
        }
    }
}
