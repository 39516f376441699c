//! What an engine made of policies, by the pods that it selects.

use super::inventory::{ClassId, Classes, Inventory};
use crate::policy::Direction;

/// Articles of policies, numbered, by the classes that each selects on either side.
#[derive(Debug)]
pub(super) struct Selection<A> {
    all: Vec<A>,
    ingress: Vec<Vec<u32>>,
    egress: Vec<Vec<u32>>,
}

impl<A> Selection<A> {
    /// Makes the selection that holds no article yet.
    pub(super) fn new(inventory: &Inventory) -> Self {
        let per_class = || vec![Vec::new(); inventory.len() as usize];
        Self {
            all: Vec::new(),
            ingress: per_class(),
            egress: per_class(),
        }
    }

    /// Adds an article that selects pods in a direction.
    pub(super) fn add(&mut self, article: A, direction: Direction, subjects: &Classes) {
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let by_class = match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        };
        for class in subjects {
            by_class[class as usize].push(number);
        }
        self.all.push(article);
    }

    /// Returns the articles that select a class in a direction, each with its number.
    pub(super) fn of(&self, class: ClassId, direction: Direction) -> impl Iterator<Item = (u32, &A)> {
        let by_class = match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        };
        let numbers = by_class[class.0 as usize].iter();
        numbers.map(|&number| (number, &self.all[number as usize]))
    }
}
