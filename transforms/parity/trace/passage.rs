//! Where in the files a passage of the policies is.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::answer::Deciding;
use crate::engine::{Passage, PolicyRef};
use crate::parity::State;
use crate::policy::{Direction, Spot};
use crate::source::{FileId, LineIndex, Sources};
use crate::world::Workload;

/// The policies of a state with the files that they are written in.
#[derive(Debug)]
pub(in crate::parity) struct Pages<'a> {
    policies: &'a State,
    sources: &'a Sources,
    /// Where the lines of each file start that was asked for.
    lines: RefCell<BTreeMap<FileId, LineIndex>>,
}

/// A policy, or a rule of it, with its place.
struct Page {
    kind: &'static str,
    name: String,
    path: Option<String>,
    line: Option<u32>,
    in_tree: bool,
}

impl<'a> Pages<'a> {
    /// Opens the policies of a state.
    pub(in crate::parity) const fn new(policies: &'a State, sources: &'a Sources) -> Self {
        Self {
            policies,
            sources,
            lines: RefCell::new(BTreeMap::new()),
        }
    }

    /// Describes what decides; `None` for a passage of another state.
    pub(in crate::parity) fn deciding(&self, passage: Passage) -> Option<Deciding> {
        let direction = passage.direction;
        let page = self.page(passage.policy, passage.rule.map(|rule| (direction, rule)))?;
        Some(Deciding {
            kind: page.kind,
            name: page.name,
            direction,
            rule: passage.rule.map(|index| {
                let denies = if passage.denies { "Deny" } else { "" };
                format!("{}{denies}[{index}]", direction.section_key())
            }),
            path: page.path,
            line: page.line,
            in_tree: page.in_tree,
        })
    }

    /// Names a policy with its place: `NetworkPolicy shop/web (web.yaml:3)`.
    pub(super) fn named(&self, policy: PolicyRef) -> Option<String> {
        let page = self.page(policy, None)?;
        let line = page.line.map_or_else(String::new, |line| format!(":{line}"));
        let place = page.path.map_or_else(String::new, |path| format!(" ({path}{line})"));
        Some(format!("{} {}{place}", page.kind, page.name))
    }

    /// Tells whether a policy may select a workload's pods; of Cilium's own kinds, whether it is in their namespace.
    pub(super) fn selects(&self, policy: PolicyRef, workload: &Workload) -> bool {
        match policy {
            PolicyRef::Network(index) => self.policies.policies.get(index).is_some_and(|policy| {
                policy.key.namespace == workload.key.namespace && policy.selector.matches(&workload.labels)
            }),
            PolicyRef::Cilium(index) => self.policies.cilium.get(index).is_some_and(|standing| {
                standing.policy.clusterwide || standing.policy.key.namespace == workload.key.namespace
            }),
        }
    }

    /// Finds a policy: the line is that of the rule where one is asked for and the model keeps its place, else that of
    /// the policy's name.
    fn page(&self, policy: PolicyRef, rule: Option<(Direction, usize)>) -> Option<Page> {
        match policy {
            PolicyRef::Network(index) => {
                let policy = self.policies.policies.get(index)?;
                let rule = rule.and_then(|(direction, index)| policy.section(direction).rules.get(index));
                let spot = rule.map_or(policy.place.spot(), |rule| policy.place.at(rule.span));
                Some(Page {
                    kind: "NetworkPolicy",
                    name: policy.key.to_string(),
                    path: Some(self.sources.path(spot.file).to_owned()),
                    line: self.line(spot),
                    in_tree: true,
                })
            }
            PolicyRef::Cilium(index) => {
                let standing = self.policies.cilium.get(index)?;
                let policy = &standing.policy;
                let (kind, name) = if policy.clusterwide {
                    ("CiliumClusterwideNetworkPolicy", policy.key.name.clone())
                } else {
                    ("CiliumNetworkPolicy", policy.key.to_string())
                };
                let spot = Some(policy.place.spot()).filter(|_| standing.in_tree);
                let path = spot.map(|spot| self.sources.path(spot.file).to_owned());
                Some(Page {
                    kind,
                    name,
                    path: path.or_else(|| standing.path.clone()),
                    line: spot.and_then(|spot| self.line(spot)),
                    in_tree: standing.in_tree,
                })
            }
        }
    }

    /// Returns the line of a spot, from 1.
    pub(in crate::parity) fn line(&self, spot: Spot) -> Option<u32> {
        let text = self.sources.text(spot.file)?;
        let mut lines = self.lines.borrow_mut();
        let lines = lines.entry(spot.file).or_insert_with(|| LineIndex::new(text));
        Some(lines.line(spot.span.start))
    }
}
