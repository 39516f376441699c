//! Holds what changes claim against what both engines let through.

use std::collections::{BTreeMap, BTreeSet};

use super::Proof;
use super::bench::Bench;
use super::chain::{Chain, Link};
use super::group::{Group, Judges, groups};
use super::sum::Sum;
use super::weight::{Scale, Weight};
use crate::engine::{Classes, Partition, Parts, PolicyRef, Ports, Term};
use crate::parity::budget::{Budget, TooMuch};
use crate::plan::TakenBack;
use crate::policy::{Direction, Namespace};

/// What is found of the claims so far.
#[derive(Debug, Default)]
pub(super) struct Claims {
    pub(super) proof: Proof,
    pub(super) taken_back: TakenBack,
    /// The classes of the bench that is open, each once whatever the directions.
    classes: Classes,
}

impl Claims {
    /// Judges the changes that bear on the pods of a namespace; where these hold more than is held against each other,
    /// nothing is proven of any.
    pub(super) fn judge(&mut self, bench: &Bench<'_>, judges: &Judges<'_>, home: &Namespace) {
        let mut here = Self::default();
        let mut directions = Direction::BOTH.into_iter();
        let done = directions.try_for_each(|direction| here.judge_direction(bench, judges, home, direction));
        if let Err(TooMuch) = done {
            let unproven = bench.claims_in(home).map(|change| (change.transform, change.subject));
            self.taken_back.unproven.extend(unproven);
            self.taken_back.cut.insert(home.clone());
        } else {
            self.add(here);
        }
    }

    fn add(&mut self, other: Self) {
        let Proof {
            classes,
            sets,
            lost,
            gained,
        } = other.proof;
        self.proof.classes += classes;
        self.proof.sets += sets;
        self.proof.lost += lost;
        self.proof.gained += gained;
        self.taken_back.extend(other.taken_back);
        self.classes |= other.classes;
    }

    fn judge_direction(
        &mut self,
        bench: &Bench<'_>,
        judges: &Judges<'_>,
        home: &Namespace,
        direction: Direction,
    ) -> Result<(), TooMuch> {
        let mut budget = Budget::new();
        let groups = groups(bench, judges, home, direction, &mut budget)?;
        let always = [Some(judges.npm.always()), judges.cilium.always(direction)];
        let terms = |group| Group::terms(group).chain(always.iter().flatten());
        let reached = groups.iter().flat_map(|group| &group.reached);
        let sets = groups.iter().flat_map(terms).map(|term| &term.atoms);
        let partition = Partition::within(reached.map(|term| &*term.atoms), sets);
        for group in &groups {
            let parts = partition.parts(terms(group));
            budget.spend_words(terms(group), &parts)?;
            self.weigh(group, &always, &parts);
        }
        Ok(())
    }

    /// Closes a bench, whose classes are no others'.
    pub(super) fn close(&mut self) {
        self.proof.classes += std::mem::take(&mut self.classes).len();
    }

    fn weigh(&mut self, group: &Group<'_>, always: &[Option<Term>; 2], parts: &Parts<'_>) {
        let reached = parts.ports(&group.reached);
        let there = (0..parts.len()).filter(|&part| !reached[part].is_empty());
        self.classes |= &group.classes;
        self.proof.sets += there.map(|part| parts.blocks(part)).sum::<u64>();
        if group.moving.is_empty() {
            return;
        }
        let [npm_always, cilium_always] = always.each_ref().map(|term| parts.ports(term));
        let npm = Scale::new(&group.npm, npm_always, parts);
        let cilium = Scale::new(&group.cilium, cilium_always, parts);
        let (npm, cilium) = (States::of(group, &npm, &reached), States::of(group, &cilium, &reached));
        self.count(&npm, &cilium, parts);
        self.judge_group(group, &npm, &cilium);
    }

    /// Counts what all changes together open and close.
    fn count(&mut self, npm: &States<'_>, cilium: &States<'_>, parts: &Parts<'_>) {
        for part in cilium.moved(parts.len()) {
            let [old, new] = cilium.sides(part);
            let today = npm.first.passes(part);
            let blocks = |moved| if moved { parts.blocks(part) } else { 0 };
            self.proof.lost += blocks(takes_away(&old, &new, &today));
            self.proof.gained += blocks(opens_more(&old, &new, &today));
        }
    }

    fn judge_group(&mut self, group: &Group<'_>, npm: &States<'_>, cilium: &States<'_>) {
        let mut today: BTreeMap<usize, Ports> = BTreeMap::new();
        for (index, chain) in group.moving.iter().enumerate() {
            for (change, step) in chain.steps().filter(|(change, _)| change.claims_safe) {
                let moves_npm = npm.effects(index, step).any(|(_, _, [old, new])| old != new);
                let mut breaks_parity = || {
                    cilium.effects(index, step).any(|(part, ports, [old, new])| {
                        let today = today.entry(part).or_insert_with(|| npm.first.passes(part));
                        let today = today.intersection(&ports);
                        takes_away(&old, &new, &today) || opens_more(&old, &new, &today)
                    })
                };
                if moves_npm || breaks_parity() {
                    self.contradict(change);
                }
            }
        }
    }

    fn contradict(&mut self, change: &Link) {
        let change = (change.transform, change.subject);
        self.taken_back.contradicted.insert(change);
    }
}

/// The policies of a group, as they are and as all changes leave them.
struct States<'s> {
    scale: &'s Scale,
    /// First those of the moving chains, in their order.
    first: Sum<'s>,
    last: Sum<'s>,
    /// What each moving chain weighs in both.
    moving: Vec<[&'s Weight; 2]>,
}

impl<'s> States<'s> {
    fn of(group: &Group<'_>, scale: &'s Scale, reached: &'s [Ports]) -> Self {
        let ends = |chain: &&Chain| [scale.of(chain.first()), scale.of(chain.last())];
        let moving: Vec<_> = group.moving.iter().map(ends).collect();
        let all: Vec<_> = moving.iter().copied().chain(group.still.iter().map(ends)).collect();
        let sum = |at: usize| Sum::new(all.iter().map(|ends| ends[at]).collect(), scale, reached);
        Self {
            scale,
            first: sum(0),
            last: sum(1),
            moving,
        }
    }

    /// Returns the parts, of so many, to which all changes together may do something.
    fn moved(&self, parts: usize) -> BTreeSet<usize> {
        if self.moving.iter().any(|[first, last]| first.isolates != last.isolates) {
            return (0..parts).collect();
        }
        let moved = self.moving.iter().flat_map(|[first, last]| first.differing(last));
        moved.collect()
    }

    /// Returns what passes of a part as the policies are, and as all changes leave them.
    fn sides(&self, part: usize) -> [Ports; 2] {
        [&self.first, &self.last].map(|sum| sum.passes(part))
    }

    /// Returns what passes before and after a step of a moving chain, alone and on top of all other changes, of each
    /// part and those ports of it to which the step does something.
    fn effects(
        &self,
        index: usize,
        step: [Option<PolicyRef>; 2],
    ) -> impl Iterator<Item = (usize, Ports, [Ports; 2])> + use<'_, 's> {
        let step = step.map(|version| self.scale.of(version));
        [&self.first, &self.last]
            .into_iter()
            .flat_map(move |others| others.effects(index, step))
    }
}

/// Tells whether something goes that NPM allows `today`.
fn takes_away(old: &Ports, new: &Ports, today: &Ports) -> bool {
    !old.difference(new).intersection(today).is_empty()
}

/// Tells whether something comes that NPM does not allow `today`.
fn opens_more(old: &Ports, new: &Ports, today: &Ports) -> bool {
    !new.difference(old).difference(today).is_empty()
}
