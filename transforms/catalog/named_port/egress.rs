//! Names in egress rules, which Cilium below 1.20 resolves once for the whole cluster.

use super::peers::{self, NamedPeers};
use super::rebuild::{Becomes, rebuilt};
use super::resolve::{Reached, Resolved, resolve};
use super::stand_in::stand_ins;
use super::{NamedPort, names_in, written};
use crate::policy::{Direction, Entry, Policy, Rule};
use crate::transform::{Act, Change, Decision, Grade, Rewrite};
use crate::world::reach::widened_by_labels;
use crate::world::{Reach, World};

const WRONG: &str = "Cilium below 1.20 resolves an egress port name once for the whole cluster, not on each pod";

pub(super) fn decide(policy: &Policy, world: &World) -> Vec<Decision> {
    if world.facts.target.cilium.resolves_egress_names_per_pod() {
        return Vec::new();
    }
    let rules = policy.effective_rules(Direction::Egress);
    rules
        .flat_map(|(at, rule)| decide_rule(policy, at, rule, world))
        .collect()
}

fn decide_rule(policy: &Policy, at: usize, rule: &Entry<Rule>, world: &World) -> Vec<Decision> {
    let names = names_in(rule);
    let Some(first) = names.first() else {
        return Vec::new();
    };
    let peers = match peers::for_names(policy, rule, first, world) {
        Ok(peers) => peers,
        Err(decisions) => return decisions,
    };
    let site = Site {
        policy,
        at,
        rule,
        peers,
        world,
    };
    if site.peers.entries.is_empty() {
        return vec![Decision::Change(site.without_names(&names))];
    }
    let own = &policy.key.namespace;
    let selections: Vec<Reach<'_>> = site
        .peers
        .entries
        .iter()
        .filter_map(|peer| Reach::of_peer(own, &peer.value))
        .collect();
    let reached = Reached::by(&selections, world);
    let mut resolved = Vec::new();
    let mut left = Vec::new();
    for name in names {
        match resolve(&name, &reached, policy, world) {
            Ok(answer) => resolved.push((name, answer)),
            Err(decision) => left.push(*decision),
        }
    }
    let change = (!resolved.is_empty()).then(|| Decision::Change(site.with_numbers(resolved)));
    change.into_iter().chain(left).collect()
}

/// A rule with names, and what its names keep of its peers.
struct Site<'a> {
    policy: &'a Policy,
    at: usize,
    rule: &'a Entry<Rule>,
    peers: NamedPeers,
    world: &'a World,
}

impl Site<'_> {
    fn with_numbers(&self, resolved: Vec<(NamedPort<'_>, Resolved)>) -> Change {
        let spot = resolved[0].0.span;
        let mut reasons = self.reasons();
        let (mut meanings, mut notes, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for (name, answer) in resolved {
            meanings.push(format!("{name} {}", answer.meaning));
            for reason in answer.reasons {
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
            notes.extend(answer.notes);
            names.push((name.at, answer.becomes));
        }
        let with = rebuilt(self.rule, &self.peers, &names);
        let action = self.action(&names, with.len());
        let label = meanings.remove(0);
        notes.splice(0..0, meanings);
        Change {
            spot: self.policy.place.at(spot),
            message: WRONG.to_owned(),
            label,
            action,
            notes,
            grade: Grade::of(reasons),
            act: Act::Rewrite(self.rewrites(with)),
        }
    }

    /// Takes the names away, since no pod is among the peers.
    fn without_names(&self, names: &[NamedPort<'_>]) -> Change {
        let gone: Vec<(usize, Becomes)> = names
            .iter()
            .map(|name| (name.at, Becomes::Numbers(Vec::new())))
            .collect();
        let with = rebuilt(self.rule, &self.peers, &gone);
        let rewrites = self.rewrites(with);
        let action = match &rewrites[..] {
            [Rewrite::Rule { with, .. }] if !with.is_empty() => "remove the name from the rule: it opens nothing today",
            [_] => "remove the rule: it opens nothing today",
            _ => "remove the rule: it opens nothing today; write `policyTypes`, so that the pods stay isolated",
        };
        Change {
            spot: self.policy.place.at(names[0].span),
            message: WRONG.to_owned(),
            label: "its blocks hold no pod, and NPM resolves names on pods alone".to_owned(),
            action: action.to_owned(),
            notes: Vec::new(),
            grade: Grade::of(self.reasons()),
            act: Act::Rewrite(rewrites),
        }
    }

    fn reasons(&self) -> Vec<String> {
        let mut reasons = self.peers.reasons.clone();
        if !self.world.facts.target.stated {
            reasons.push("no target is stated, and from Cilium 1.20 on nothing needs to change".into());
        }
        let version = self.world.facts.target.cilium;
        reasons.extend(widened_by_labels(self.policy, &self.rule.value, version));
        if self.peers.are_changed() || self.peers.entries.is_empty() {
            reasons.extend(stand_ins(self.policy, self.at, &names_in(self.rule), self.world));
        }
        reasons
    }

    fn action(&self, names: &[(usize, Becomes)], rules: usize) -> String {
        let pinned = names.iter().any(|(_, becomes)| matches!(becomes, Becomes::Pins(_)));
        let most = names.iter().map(|(_, becomes)| becomes.numbers()).max().unwrap_or(0);
        let mut steps = Vec::new();
        if most > 0 {
            let mut parts = vec![written(most)];
            parts.extend(&self.peers.steps);
            let why = if self.peers.are_changed() {
                ": a name reaches pods only"
            } else {
                ""
            };
            steps.push(format!("{}{why}", parts.join(", ")));
        }
        if pinned {
            steps.push("write one rule per number, to the workloads that declare it".to_owned());
        }
        if rules > 1 && most > 0 && self.peers.are_changed() {
            steps.push("in a rule of its own, since the other ports keep the peers".to_owned());
        }
        steps.join("; ")
    }

    /// Returns the steps; where no rule is left, `policyTypes` keeps the pods isolated.
    fn rewrites(&self, with: Vec<Entry<Rule>>) -> Vec<Rewrite> {
        let mut others = self.policy.egress.rules.iter().enumerate();
        let empties = with.is_empty() && others.all(|(at, rule)| at == self.at || self.goes_too(rule));
        let mut rewrites = vec![Rewrite::Rule {
            direction: Direction::Egress,
            at: self.at,
            with,
        }];
        if empties && self.policy.types.written.is_none() {
            rewrites.push(Rewrite::WritePolicyTypes);
        }
        rewrites
    }

    /// Tells whether another rule has nothing but names and no pod among its peers.
    fn goes_too(&self, rule: &Entry<Rule>) -> bool {
        let names = names_in(rule);
        let peers = |first| peers::for_names(self.policy, rule, first, self.world);
        names.len() == rule.value.ports.len()
            && names
                .first()
                .is_some_and(|first| peers(first).is_ok_and(|peers| peers.entries.is_empty()))
    }
}
