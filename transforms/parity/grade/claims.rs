//! Holds what changes claim against what both engines let through.

use super::bench::Bench;
use super::chain::Link;
use super::group::{Group, Judges, groups};
use super::weight::{Scale, Weight};
use super::{Contradicted, Proof};
use crate::engine::{Classes, Partition, PolicyRef, Ports};
use crate::policy::{Direction, Namespace};

/// What is found of the claims so far.
#[derive(Debug, Default)]
pub(super) struct Claims {
    pub(super) proof: Proof,
    pub(super) contradicted: Contradicted,
    /// The classes of the bench that is open, each once whatever the directions.
    classes: Classes,
}

impl Claims {
    /// Judges the changes that bear on the pods of a namespace in a direction.
    pub(super) fn judge(&mut self, bench: &Bench<'_>, judges: &Judges<'_>, home: &Namespace, direction: Direction) {
        let groups = groups(bench, judges, home, direction);
        if groups.is_empty() {
            return;
        }
        let reached = groups.iter().flat_map(|group| &group.reached);
        let always = [Some(judges.npm.always()), judges.cilium.always(direction)];
        let sets = groups.iter().flat_map(Group::terms).chain(always.iter().flatten());
        let partition = Partition::within(reached.map(|term| &*term.atoms), sets.map(|term| &term.atoms));
        let [npm_always, cilium_always] = always.map(|term| partition.ports(&term));
        for group in &groups {
            let reached = partition.ports(&group.reached);
            self.classes |= &group.classes;
            self.proof.sets += reached.iter().filter(|ports| !ports.is_empty()).count() as u64;
            if group.moving.is_empty() {
                continue;
            }
            let npm = Scale::new(&group.npm, &npm_always, &reached, &partition);
            let cilium = Scale::new(&group.cilium, &cilium_always, &reached, &partition);
            self.judge_group(group, &States::of(group, &npm), &States::of(group, &cilium));
        }
    }

    /// Closes a bench, whose classes are no others'.
    pub(super) fn close(&mut self) {
        self.proof.classes += std::mem::take(&mut self.classes).len();
    }

    fn judge_group(&mut self, group: &Group<'_>, npm: &States<'_>, cilium: &States<'_>) {
        for block in cilium.moved() {
            let [old, new] = cilium.sides(block);
            let [today, _] = npm.sides(block);
            self.proof.lost += u64::from(takes_away(&old, &new, &today));
            self.proof.gained += u64::from(opens_more(&old, &new, &today));
        }
        for (index, chain) in group.moving.iter().enumerate() {
            for (change, step) in chain.steps().filter(|(change, _)| change.claims_safe) {
                let moves_npm = npm.effects(index, step).any(|(_, [old, new])| old != new);
                let breaks_parity = || {
                    cilium.effects(index, step).any(|(block, [old, new])| {
                        let [today, _] = npm.sides(block);
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
        self.contradicted.insert((change.transform, change.subject));
    }
}

/// The policies of a group on a scale, as they are and as all changes leave them.
struct States<'s> {
    scale: &'s Scale<'s>,
    /// First those of the moving chains, in their order.
    first: Vec<&'s Weight>,
    last: Vec<&'s Weight>,
    moving: usize,
}

impl<'s> States<'s> {
    fn of(group: &Group<'_>, scale: &'s Scale<'s>) -> Self {
        let chains = || group.moving.iter().chain(&group.still);
        Self {
            scale,
            first: chains().map(|chain| scale.of(chain.first())).collect(),
            last: chains().map(|chain| scale.of(chain.last())).collect(),
            moving: group.moving.len(),
        }
    }

    /// Returns the blocks to which all changes together may do something.
    fn moved(&self) -> impl Iterator<Item = usize> {
        let moving = || self.first.iter().zip(&self.last).take(self.moving);
        (0..self.scale.blocks()).filter(move |&block| moving().any(|(first, last)| first.differs(last, block)))
    }

    /// Returns what passes of a block as the policies are, and as all changes leave them.
    fn sides(&self, block: usize) -> [Ports; 2] {
        [&self.first, &self.last].map(|weights| self.scale.passes(weights.iter().copied(), block))
    }

    /// Returns what passes before and after a step of a moving chain, alone and on top of all other changes, of each
    /// block to which the step does something.
    fn effects(
        &self,
        index: usize,
        step: [Option<PolicyRef>; 2],
    ) -> impl Iterator<Item = (usize, [Ports; 2])> + use<'_, 's> {
        let step = step.map(|version| self.scale.of(version));
        let blocks = (0..self.scale.blocks()).filter(move |&block| step[0].differs(step[1], block));
        blocks.flat_map(move |block| {
            let others = [&self.first, &self.last];
            others.map(|others| (block, step.map(|weight| self.with(weight, index, others, block))))
        })
    }

    /// Returns what passes of a block with `weight` in the place of one of the others.
    fn with(&self, weight: &Weight, index: usize, others: &[&Weight], block: usize) -> Ports {
        let others = others.iter().enumerate();
        let all = others.map(|(at, &other)| if at == index { weight } else { other });
        self.scale.passes(all, block)
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
