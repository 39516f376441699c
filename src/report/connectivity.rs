//! Who can reach whom, in every form.

mod clean;
mod concise;
mod human;
mod markdown;
mod tally;
mod unknown;
mod words;

use std::io::{self, Write};

use ciliate_transforms::parity::trace::answer::Stage;
use ciliate_transforms::parity::{Connectivity, Course, Figures, FlowSet, Noticed};
use ciliate_transforms::report::{Counts, Failure, Outcome, SCHEMA, Skipped, assumptions};
use ciliate_transforms::world::World;
use serde::Serialize;

use super::{Clean, Detail, Told, Words};
use crate::cli::{Format, Require};
use crate::exit::Exit;

pub(crate) use tally::Changes;
use tally::Tally;
pub(crate) use unknown::Unknown;

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
    /// Whether templates that nothing rendered stand in no requirement's way.
    #[serde(skip)]
    accepts_templates: bool,
    /// Whether it is like that.
    met: bool,
    clusters: Vec<Compared>,
    /// What may be in force, and nobody knows, sorted: it meets no requirement.
    unknown: Vec<Unknown>,
    /// What was not looked at, sorted.
    skipped: Vec<Skipped>,
    /// What could not be read, sorted.
    failures: Vec<Failure>,
}

/// What is asked of connectivity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// What it must be like.
    pub(crate) require: Require,
    /// Whether templates that nothing rendered stand in no requirement's way.
    pub(crate) accepts_templates: bool,
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
    /// Files and folders of which nothing is said, since one of the trees does not show what it has of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<String>,
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
    #[serde(rename = "compared")]
    figures: Figures,
    /// How many differences there are.
    tally: Tally,
    differences: Vec<FlowSet>,
    /// What the fix moves under NPM.
    moved: Vec<FlowSet>,
    /// What only a run that reads all workloads can find.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    noticed: Vec<Noticed>,
    /// Whether every namespace was compared; a failure speaks of each that was not.
    #[serde(skip)]
    is_whole: bool,
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
            noticed,
            cut,
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
            figures: compared,
            tally,
            differences,
            moved,
            noticed,
            is_whole: cut.is_empty(),
        }
    }

    /// Tells whether connectivity is as required, which nobody knows of what was not compared.
    fn meets(&self, require: Require) -> bool {
        self.tally.meets(require) && (self.is_whole || require == Require::None)
    }

    /// Returns the differences by namespace.
    fn namespaces(&self) -> impl Iterator<Item = (&str, &[FlowSet])> {
        let namespaces = self.differences.chunk_by(|a, b| a.namespace == b.namespace);
        namespaces.filter_map(|sets| Some((sets.first()?.namespace.as_str(), sets)))
    }
}

impl Verification {
    /// Judges what was found in the working tree.
    pub(crate) fn new(outcome: &Outcome, clusters: Vec<Compared>, unknown: Vec<Unknown>, asked: Asked) -> Self {
        Self {
            schema: SCHEMA,
            counts: outcome.counts,
            base: None,
            states: Titles::OF_CHANGES,
            require: asked.require,
            accepts_templates: asked.accepts_templates,
            met: false,
            clusters,
            unknown,
            skipped: outcome.skipped.clone(),
            failures: outcome.failures.clone(),
        }
        .in_order()
    }

    /// Adds that some namespaces were not compared.
    pub(crate) fn with_cut(mut self, cut: Vec<Failure>) -> Self {
        self.failures.extend(cut);
        self.in_order()
    }

    /// Adds what was read of the other tree that the working tree is held against.
    pub(crate) fn against(
        mut self,
        base: Against,
        unknown: Vec<Unknown>,
        skipped: Vec<Skipped>,
        failures: Vec<Failure>,
    ) -> Self {
        self.unknown.extend(unknown);
        self.base = Some(base);
        self.states = Titles::OF_TREES;
        self.skipped.extend(skipped);
        self.failures.extend(failures);
        self.in_order()
    }

    /// Sorts what was skipped and failed, and judges; what is read with both trees, as facts are, is told once.
    fn in_order(mut self) -> Self {
        self.skipped.sort();
        self.skipped.dedup();
        self.failures.sort();
        self.failures.dedup();
        self.unknown
            .extend(Unknown::of_skipped(&self.skipped, self.accepts_templates));
        self.unknown.sort();
        self.unknown.dedup();
        let all_is_known = self.unknown.is_empty() && self.failures.is_empty() && self.left_out() == 0;
        let meets = |cluster: &Compared| cluster.meets(self.require);
        self.met = self.clusters.iter().all(meets) && (all_is_known || self.require == Require::None);
        self
    }

    /// Returns what the run comes to; a lenient one does not mind what connectivity is like.
    pub(crate) fn exit(&self, lenient: bool) -> Exit {
        let exit = if self.met || lenient { Exit::Done } else { Exit::Differs };
        if self.failures.is_empty() {
            exit
        } else {
            exit.max(Exit::Incomplete)
        }
    }

    /// Returns how many files and folders nothing is said of.
    fn left_out(&self) -> u64 {
        self.base.as_ref().map_or(0, |base| base.left_out.len() as u64)
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

impl Told for Verification {
    fn write(told: &Clean<Self>, words: Words, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
        match words {
            Words::Human => human::render(told, detail, out),
            Words::Concise => concise::render(told, detail, out),
            Words::Markdown => markdown::render(told, detail, out),
        }
    }
}
