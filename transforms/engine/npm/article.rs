//! The directions of policies that NPM enforces, and whom they isolate.

use super::drop::Untranslatable;
use super::translate::{Opening, Translator};
use crate::engine::flow::PolicyRef;
use crate::engine::in_force::InForce;
use crate::engine::inventory::{ClassId, Inventory};
use crate::policy::{Direction, Policy};

/// One direction of one policy.
#[derive(Debug)]
pub(super) struct Article {
    pub(super) policy: usize,
    pub(super) rules: Vec<Vec<Opening>>,
}

/// Every article, by the classes that it isolates.
#[derive(Debug)]
pub(super) struct Articles {
    all: Vec<Article>,
    /// The articles that isolate each class, ingress and egress.
    isolating: [Vec<Vec<u32>>; 2],
    pub(super) dropped: Vec<(PolicyRef, Untranslatable)>,
}

impl Articles {
    pub(super) fn new(inventory: &Inventory) -> Self {
        let per_class = || vec![Vec::new(); inventory.len() as usize];
        Self {
            all: Vec::new(),
            isolating: [per_class(), per_class()],
            dropped: Vec::new(),
        }
    }

    /// Adds a policy in the directions in which it is in effect (NPM-R2).
    pub(super) fn enforce(&mut self, index: usize, policy: &Policy, translator: &mut Translator<'_>) {
        let subjects = translator.subjects(policy);
        if subjects.is_empty() {
            return;
        }
        for direction in Direction::BOTH
            .into_iter()
            .filter(|&direction| policy.in_effect(direction))
        {
            let article = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
            for class in &subjects {
                self.isolating[slot(direction)][class as usize].push(article);
            }
            let rules = policy.effective_rules(direction);
            self.all.push(Article {
                policy: index,
                rules: rules
                    .map(|(_, rule)| translator.rule(&rule.value, direction, &policy.key.namespace))
                    .collect(),
            });
        }
    }

    /// Returns the articles in force that isolate a class, each with its number.
    pub(super) fn of<'s>(
        &'s self,
        class: ClassId,
        direction: Direction,
        in_force: &'s InForce,
    ) -> impl Iterator<Item = (u32, &'s Article)> {
        let numbers = self.isolating[slot(direction)][class.0 as usize].iter();
        let articles = numbers.map(|&number| (number, &self.all[number as usize]));
        articles.filter(|(_, article)| in_force.holds(PolicyRef::Network(article.policy)))
    }
}

const fn slot(direction: Direction) -> usize {
    match direction {
        Direction::Ingress => 0,
        Direction::Egress => 1,
    }
}
