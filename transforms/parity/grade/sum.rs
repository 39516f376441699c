//! What policies let through together, also with one of them in another version: at the price of what that one says.

use super::weight::{Scale, Weight, at};
use crate::engine::Ports;

/// Policies that count at one time, weighed together.
///
/// What all but one of them say is what at least two say, and what one says that is not that one. So a version is held
/// against another without adding up the rest again.
#[derive(Debug)]
pub(super) struct Sum<'s> {
    scale: &'s Scale,
    /// What can happen at all, by part.
    reached: &'s [Ports],
    weights: Vec<&'s Weight>,
    isolating: usize,
    /// By part.
    allows: Vec<Said>,
    denies: Vec<Said>,
}

/// What is said of a part.
#[derive(Debug, Clone, Default)]
struct Said {
    by_one: Ports,
    by_two: Ports,
}

impl Said {
    /// Returns which of `ports` is said by others than the one that says `own`.
    fn by_others(&self, own: &Ports, ports: &Ports) -> Ports {
        let by_two = ports.intersection(&self.by_two);
        by_two.union(&ports.intersection(&self.by_one).difference(own))
    }
}

impl<'s> Sum<'s> {
    pub(super) fn new(weights: Vec<&'s Weight>, scale: &'s Scale, reached: &'s [Ports]) -> Self {
        let allows = weights.iter().flat_map(|weight| &weight.allows);
        let denies = weights.iter().flat_map(|weight| &weight.denies);
        Self {
            allows: said(allows, reached.len()),
            denies: said(denies, reached.len()),
            isolating: weights.iter().filter(|weight| weight.isolates).count(),
            weights,
            scale,
            reached,
        }
    }

    /// Returns what passes of a part.
    pub(super) fn passes(&self, part: usize) -> Ports {
        let passes = self.reached[part].difference(&self.denies[part].by_one);
        if self.isolating == 0 {
            return passes;
        }
        let open = self.scale.always[part].union(&self.allows[part].by_one);
        passes.intersection(&open)
    }

    /// Returns what passes before and after a step of one of the policies, by part: of what the step does something to.
    pub(super) fn effects(
        &self,
        index: usize,
        step: [&'s Weight; 2],
    ) -> impl Iterator<Item = (usize, Ports, [Ports; 2])> + use<'_, 's> {
        let own = self.weights[index];
        let others_isolate = self.isolating > usize::from(own.isolates);
        let [old, new] = step;
        let moves_all = !others_isolate && old.isolates != new.isolates;
        let moved = if moves_all {
            (0..self.reached.len()).collect()
        } else {
            old.differing(new)
        };
        moved.into_iter().map(move |part| {
            let ports = if moves_all {
                self.reached[part].clone()
            } else {
                old.changed(new, part).intersection(&self.reached[part])
            };
            let sides = step.map(|weight| self.with(weight, own, part, &ports, others_isolate));
            (part, ports, sides)
        })
    }

    /// Returns which of some ports of a part pass with a weight in the place of another one.
    fn with(&self, weight: &Weight, own: &Weight, part: usize, ports: &Ports, others_isolate: bool) -> Ports {
        let by_others = self.denies[part].by_others(at(&own.denies, part), ports);
        let passes = ports.difference(&by_others).difference(at(&weight.denies, part));
        if !others_isolate && !weight.isolates {
            return passes;
        }
        let by_others = self.allows[part].by_others(at(&own.allows, part), ports);
        let own = ports.intersection(at(&weight.allows, part));
        let always = ports.intersection(&self.scale.always[part]);
        passes.intersection(&Ports::union_of([&by_others, &own, &always]))
    }
}

/// Gathers what is said of each part.
fn said<'p>(of_parts: impl Iterator<Item = &'p (usize, Ports)>, count: usize) -> Vec<Said> {
    let mut all: Vec<&(usize, Ports)> = of_parts.collect();
    all.sort_by_key(|(part, _)| *part);
    let mut said = vec![Said::default(); count];
    for same_part in all.chunk_by(|(a, _), (b, _)| a == b) {
        let ports = || same_part.iter().map(|(_, ports)| ports);
        said[same_part[0].0] = Said {
            by_one: Ports::union_of(ports()),
            by_two: Ports::shared_by_two(ports()),
        };
    }
    said
}

#[cfg(test)]
mod tests;
