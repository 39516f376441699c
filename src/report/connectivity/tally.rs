//! How many differences there are, and how many changes a fix is made of.

use ciliate_transforms::parity::{Connectivity, Course, Effect};
use ciliate_transforms::plan::{Plan, Proposal};
use ciliate_transforms::report::Status;
use ciliate_transforms::transform::{Decision, Grade};
use serde::Serialize;

use crate::cli::Require;

/// How many changes a fix is made of.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Changes {
    /// Those that are judged as made.
    pub(super) chosen: u64,
    /// Those of them that rest on an assumption or open more than NPM does.
    pub(super) chosen_review: u64,
    /// Those that are not made: `--fix review` would add them.
    pub(super) not_chosen: u64,
}

impl Changes {
    /// Counts the changes of a plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        let of = |status| plan.proposals.iter().filter(move |one| one.status == Some(status));
        let needs_review =
            |one: &&Proposal| matches!(&one.decision, Decision::Change(change) if change.grade != Grade::Safe);
        Self {
            chosen: of(Status::Chosen).count() as u64,
            chosen_review: of(Status::Chosen).filter(needs_review).count() as u64,
            not_chosen: of(Status::NotChosen).count() as u64,
        }
    }
}

/// How many differences there are: an entry of the list counts once, however many flows it stands for.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Tally {
    pub(super) lost: Courses,
    pub(super) gained: Courses,
    /// Those that the fix moves under NPM.
    pub(super) moved: u64,
}

/// How many differences of an effect there are.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Courses {
    pub(super) mended: u64,
    pub(super) left: u64,
    pub(super) brought: u64,
}

impl Courses {
    /// Returns how many there are with nothing changed.
    pub(super) const fn unchanged(self) -> u64 {
        self.mended + self.left
    }

    /// Returns how many there are with the changes.
    pub(super) const fn fixed(self) -> u64 {
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
    /// Counts the differences of a cluster.
    pub(super) fn of(connectivity: &Connectivity) -> Self {
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

    /// Adds those of another cluster.
    pub(super) const fn add(self, other: Self) -> Self {
        Self {
            lost: self.lost.add(other.lost),
            gained: self.gained.add(other.gained),
            moved: self.moved + other.moved,
        }
    }

    /// Tells whether there are none.
    pub(super) const fn is_empty(self) -> bool {
        self.lost.unchanged() + self.lost.brought + self.gained.unchanged() + self.gained.brought + self.moved == 0
    }

    /// Tells whether what is left and brought is as required.
    pub(super) const fn meets(self, require: Require) -> bool {
        match require {
            Require::None => true,
            Require::NoLoss => self.lost.fixed() == 0 && self.moved == 0,
            Require::Exact => self.lost.fixed() == 0 && self.gained.fixed() == 0 && self.moved == 0,
        }
    }
}
