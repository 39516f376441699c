//! The directions of policies that NPM enforces, and whom they isolate.

use super::drop::Untranslatable;
use super::translate::{Opening, Translator};
use crate::engine::flow::PolicyRef;
use crate::engine::in_force::InForce;
use crate::engine::inventory::{ClassId, Inventory};
use crate::engine::selection::Selection;
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
    isolating: Selection<Article>,
    pub(super) dropped: Vec<(PolicyRef, Untranslatable)>,
}

impl Articles {
    pub(super) fn new() -> Self {
        Self {
            isolating: Selection::new(),
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
            let rules = policy.effective_rules(direction);
            let article = Article {
                policy: index,
                rules: rules
                    .map(|(_, rule)| translator.rule(&rule.value, direction, &policy.key.namespace))
                    .collect(),
            };
            self.isolating.add(article, direction, &subjects);
        }
    }

    /// Groups the classes once all policies are there.
    pub(super) fn close(&mut self, inventory: &Inventory) {
        let openings = |article: &Article| article.rules.iter().map(|rule| rule.len() as u64).sum::<u64>();
        self.isolating.close(inventory, |article| 1 + openings(article));
    }

    /// Returns a number that classes share which the same articles isolate, in force or not.
    pub(super) fn kind(&self, class: ClassId, direction: Direction) -> usize {
        self.isolating.kind(class, direction)
    }

    /// Returns how much the articles that isolate a class hold together, in force or not.
    pub(super) fn weight(&self, class: ClassId, direction: Direction) -> u64 {
        self.isolating.weight(class, direction)
    }

    /// Returns the articles in force that isolate a class, each with its number.
    pub(super) fn of<'s>(
        &'s self,
        class: ClassId,
        direction: Direction,
        in_force: &'s InForce,
    ) -> impl Iterator<Item = (u32, &'s Article)> {
        let articles = self.isolating.of(class, direction);
        articles.filter(|(_, article)| in_force.holds(PolicyRef::Network(article.policy)))
    }
}
