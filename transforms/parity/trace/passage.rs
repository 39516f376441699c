//! Where in the files a passage of the policies is.

use super::answer::Deciding;
use crate::engine::{Passage, PolicyRef};
use crate::parity::State;
use crate::policy::Spot;
use crate::source::{LineIndex, Sources};

/// The policies of a state with the files that they are written in.
pub(super) struct Pages<'a> {
    pub(super) policies: &'a State,
    pub(super) sources: &'a Sources,
}

impl Pages<'_> {
    /// Describes what decides; `None` for a passage of another state.
    pub(super) fn deciding(&self, passage: Passage) -> Option<Deciding> {
        let rule = passage.rule.map(|index| {
            let denies = if passage.denies { "Deny" } else { "" };
            format!("{}{denies}[{index}]", passage.direction.section_key())
        });
        match passage.policy {
            PolicyRef::Network(index) => {
                let policy = self.policies.policies.get(index)?;
                let rules = &policy.section(passage.direction).rules;
                let written = passage.rule.and_then(|index| rules.get(index));
                let spot = written.map_or(policy.place.spot(), |rule| policy.place.at(rule.span));
                Some(Deciding {
                    kind: "NetworkPolicy",
                    name: policy.key.to_string(),
                    direction: passage.direction,
                    rule,
                    path: Some(self.sources.path(spot.file).to_owned()),
                    line: self.line(spot),
                    in_tree: true,
                })
            }
            PolicyRef::Cilium(index) => {
                let standing = self.policies.cilium.get(index)?;
                let policy = &standing.policy;
                let spot = Some(policy.place.spot()).filter(|_| standing.in_tree);
                let (kind, name) = if policy.clusterwide {
                    ("CiliumClusterwideNetworkPolicy", policy.key.name.clone())
                } else {
                    ("CiliumNetworkPolicy", policy.key.to_string())
                };
                Some(Deciding {
                    kind,
                    name,
                    direction: passage.direction,
                    rule,
                    path: match spot {
                        Some(spot) => Some(self.sources.path(spot.file).to_owned()),
                        None => standing.path.clone(),
                    },
                    line: spot.and_then(|spot| self.line(spot)),
                    in_tree: standing.in_tree,
                })
            }
        }
    }

    fn line(&self, spot: Spot) -> Option<u32> {
        let text = self.sources.text(spot.file)?;
        Some(LineIndex::new(text).line_col(text, spot.span.start).line)
    }
}
