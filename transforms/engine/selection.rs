//! What an engine made of policies, by the pods that it selects.

use super::blocks::{Blocks, Run, runs};
use super::inventory::{ClassId, Classes, Inventory};
use crate::policy::Direction;

/// Articles of policies, numbered, by the classes that each selects on either side.
#[derive(Debug)]
pub(super) struct Selection<A> {
    all: Vec<A>,
    ingress: Selected,
    egress: Selected,
}

/// The classes that articles select in one direction.
#[derive(Debug, Default)]
struct Selected {
    /// The number of each article, with the classes that it selects.
    subjects: Vec<(u32, Vec<Run>)>,
    /// Classes that the same articles select.
    alike: Blocks,
    /// How much the articles that select each class hold together.
    weights: Vec<u64>,
}

impl<A> Selection<A> {
    /// Makes the selection that holds no article yet.
    pub(super) fn new() -> Self {
        Self {
            all: Vec::new(),
            ingress: Selected::default(),
            egress: Selected::default(),
        }
    }

    /// Adds an article that selects pods in a direction.
    pub(super) fn add(&mut self, article: A, direction: Direction, subjects: &Classes) {
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let selected = match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        };
        selected.subjects.push((number, runs(subjects)));
        self.all.push(article);
    }

    /// Groups the classes once all articles are there; `weight` tells how much an article holds.
    pub(super) fn close(&mut self, inventory: &Inventory, weight: impl Fn(&A) -> u64) {
        for selected in [&mut self.ingress, &mut self.egress] {
            selected.close(inventory.len(), |number| weight(&self.all[number as usize]));
        }
    }

    /// Returns the articles that select a class in a direction, each with its number.
    pub(super) fn of(&self, class: ClassId, direction: Direction) -> impl Iterator<Item = (u32, &A)> {
        let selected = self.selected(direction);
        let sets = selected.alike.block(class.0).map(|block| selected.alike.sets_of(block));
        let numbers = sets.into_iter().flatten().map(|set| selected.subjects[set as usize].0);
        numbers.map(|number| (number, &self.all[number as usize]))
    }

    /// Returns a number that classes share which the same articles select in a direction.
    pub(super) fn kind(&self, class: ClassId, direction: Direction) -> usize {
        self.selected(direction).alike.block(class.0).unwrap_or(usize::MAX)
    }

    /// Returns how much the articles that select a class in a direction hold together.
    pub(super) fn weight(&self, class: ClassId, direction: Direction) -> u64 {
        let weights = &self.selected(direction).weights;
        weights.get(class.0 as usize).copied().unwrap_or_default()
    }

    const fn selected(&self, direction: Direction) -> &Selected {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

impl Selected {
    fn close(&mut self, classes: u32, weight: impl Fn(u32) -> u64) {
        let Some(last) = classes.checked_sub(1) else { return };
        let sets = self.subjects.iter().map(|(_, runs)| runs.as_slice());
        self.alike = Blocks::of(&[(0, last)], sets);
        let mut changes = vec![0_i64; classes as usize + 1];
        for (number, runs) in &self.subjects {
            let weight = i64::try_from(weight(*number)).unwrap_or(i64::MAX);
            for &(first, last) in runs {
                changes[first as usize] += weight;
                changes[last as usize + 1] -= weight;
            }
        }
        let mut held = 0_i64;
        let weights = changes.into_iter().map(|change| {
            held += change;
            held.unsigned_abs()
        });
        self.weights = weights.collect();
    }
}
