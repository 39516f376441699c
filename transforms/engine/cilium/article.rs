//! The directions of policies that Cilium enforces, and whom they select.

use super::refuse::Refusal;
use super::translate::{Opening, Translator};
use crate::engine::flow::PolicyRef;
use crate::engine::in_force::InForce;
use crate::engine::inventory::{ClassId, Inventory};
use crate::engine::selection::Selection;
use crate::policy::cilium::{CiliumNetworkPolicy, CiliumSpec};
use crate::policy::{Direction, Policy};

/// One direction of one policy.
#[derive(Debug)]
pub(super) struct Article {
    pub(super) policy: PolicyRef,
    pub(super) isolates: bool,
    pub(super) rules: Vec<TranslatedRule>,
}

/// A rule, allowing or denying.
#[derive(Debug)]
pub(super) struct TranslatedRule {
    pub(super) index: usize,
    pub(super) denies: bool,
    pub(super) openings: Vec<Opening>,
}

/// Every article, by the classes that it selects.
#[derive(Debug)]
pub(super) struct Articles {
    selecting: Selection<Article>,
    pub(super) refused: Vec<(PolicyRef, Refusal)>,
}

impl Articles {
    pub(super) fn new() -> Self {
        Self {
            selecting: Selection::new(),
            refused: Vec::new(),
        }
    }

    /// Groups the classes once all policies are there.
    pub(super) fn close(&mut self, inventory: &Inventory) {
        let openings = |article: &Article| article.rules.iter().map(|rule| rule.openings.len() as u64).sum::<u64>();
        self.selecting.close(inventory, |article| 1 + openings(article));
    }

    /// Returns a number that classes share which the same articles select, in force or not.
    pub(super) fn kind(&self, class: ClassId, direction: Direction) -> usize {
        self.selecting.kind(class, direction)
    }

    /// Returns how much the articles that select a class hold together, in force or not.
    pub(super) fn weight(&self, class: ClassId, direction: Direction) -> u64 {
        self.selecting.weight(class, direction)
    }

    /// Returns the articles in force that select a class, each with its number.
    pub(super) fn of<'s>(
        &'s self,
        class: ClassId,
        direction: Direction,
        in_force: &'s InForce,
    ) -> impl Iterator<Item = (u32, &'s Article)> {
        let articles = self.selecting.of(class, direction);
        articles.filter(|(_, article)| in_force.holds(article.policy))
    }

    /// Adds a NetworkPolicy; its rules count whatever `policyTypes` says (CIL-N9).
    pub(super) fn enforce(&mut self, index: usize, policy: &Policy, translator: &mut Translator<'_>) {
        let subjects = translator.subjects(policy);
        for direction in Direction::BOTH {
            let rules = &policy.section(direction).rules;
            if subjects.is_empty() || (!policy.in_effect(direction) && rules.is_empty()) {
                continue;
            }
            let rules = rules.iter().enumerate().map(|(index, rule)| TranslatedRule {
                index,
                denies: false,
                openings: translator.rule(&rule.value, direction, &policy.key.namespace),
            });
            let article = Article {
                policy: PolicyRef::Network(index),
                isolates: true,
                rules: rules.collect(),
            };
            self.selecting.add(article, direction, &subjects);
        }
    }

    /// Adds a spec of Cilium's own kinds; it isolates where it has rules, unless it says otherwise (CIL-R1, R5).
    pub(super) fn enforce_spec(
        &mut self,
        index: usize,
        policy: &CiliumNetworkPolicy,
        spec: &CiliumSpec,
        translator: &mut Translator<'_>,
    ) {
        let subjects = translator.cilium_subjects(policy, spec);
        for direction in Direction::BOTH {
            let mut rules = Vec::new();
            for denies in [false, true] {
                let section = spec.rules(direction, denies).iter().enumerate();
                rules.extend(section.map(|(index, rule)| TranslatedRule {
                    index,
                    denies,
                    openings: translator.cilium_rule(rule, direction, policy),
                }));
            }
            let written = spec
                .default_deny(direction)
                .filter(|_| translator.config().has_default_deny_switch);
            let isolates = written.unwrap_or(!rules.is_empty());
            if subjects.is_empty() || (rules.is_empty() && !isolates) {
                continue;
            }
            let article = Article {
                policy: PolicyRef::Cilium(index),
                isolates,
                rules,
            };
            self.selecting.add(article, direction, &subjects);
        }
    }
}
