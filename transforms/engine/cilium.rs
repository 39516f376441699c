//! What Cilium lets through, by release line.

mod config;
mod identity;
mod reason;
mod refuse;
mod services;
mod translate;

use std::sync::Arc;

pub use config::Config;
use identity::Identities;
pub use reason::Reason;
pub use refuse::Refusal;
use translate::{Opened, Opening, Translator};

use super::flow::{End, Flow, Passage, PolicyRef, Ruling, Verdict};
use super::inventory::{ClassId, Classes, Inventory};
use super::ports::{Port, Ports};
use super::side::{Side, Term};
use super::space::{Atoms, Peer, Space, share};
use crate::policy::cilium::{CiliumNetworkPolicy, CiliumSpec};
use crate::policy::{Direction, Policy, PortNumber};

/// The policies of a cluster as Cilium enforces them.
#[derive(Debug)]
pub struct Cilium<'a> {
    inventory: &'a Inventory,
    space: &'a Space,
    config: Config,
    everything: Arc<Atoms>,
    own_node: Arc<Atoms>,
    articles: Vec<Article>,
    /// The articles that select each class, ingress and egress.
    selecting: [Vec<Vec<u32>>; 2],
    refused: Vec<(PolicyRef, Refusal)>,
}

/// One direction of one policy.
#[derive(Debug)]
struct Article {
    policy: PolicyRef,
    isolates: bool,
    rules: Vec<TranslatedRule>,
}

#[derive(Debug)]
struct TranslatedRule {
    index: usize,
    denies: bool,
    openings: Vec<Opening>,
}

/// What decides a side: classes with equal profiles have equal sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Profile {
    articles: Vec<u32>,
    /// The number of each named port that the articles resolve on the pod itself, in their order.
    own_ports: Vec<Option<PortNumber>>,
}

impl<'a> Cilium<'a> {
    /// Translates the policies; `space` must be cut at all their blocks.
    pub fn new<'p>(
        network: impl IntoIterator<Item = &'p Policy>,
        own_kinds: impl IntoIterator<Item = &'p CiliumNetworkPolicy>,
        config: Config,
        inventory: &'a Inventory,
        space: &'a Space,
    ) -> Self {
        let per_class = || vec![Vec::new(); inventory.len() as usize];
        let mut cilium = Self {
            inventory,
            space,
            config,
            everything: share(space.everything()),
            own_node: share(space.own_node()),
            articles: Vec::new(),
            selecting: [per_class(), per_class()],
            refused: Vec::new(),
        };
        let identities = Identities {
            inventory,
            space,
            config,
        };
        let mut translator = Translator::new(identities, cilium.everything.clone());
        for (index, policy) in network.into_iter().enumerate() {
            match refuse::network(policy, config) {
                Some(refusal) => cilium.refused.push((PolicyRef::Network(index), refusal)),
                None => cilium.enforce(index, policy, &mut translator),
            }
        }
        for (index, policy) in own_kinds.into_iter().enumerate() {
            match refuse::cilium(policy, config) {
                Some(refusal) => cilium.refused.push((PolicyRef::Cilium(index), refusal)),
                None => {
                    for spec in &policy.specs {
                        cilium.enforce_spec(index, policy, spec, &mut translator);
                    }
                }
            }
        }
        cilium
    }

    /// Adds a NetworkPolicy; its rules count whatever `policyTypes` says (CIL-N9).
    fn enforce(&mut self, index: usize, policy: &Policy, translator: &mut Translator<'_>) {
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
            self.add(article, direction, &subjects);
        }
    }

    /// Adds a spec of Cilium's own kinds; it isolates where it has rules, unless it says otherwise (CIL-R1, R5).
    fn enforce_spec(
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
                .filter(|_| self.config.has_default_deny_switch);
            let isolates = written.unwrap_or(!rules.is_empty());
            if subjects.is_empty() || (rules.is_empty() && !isolates) {
                continue;
            }
            let article = Article {
                policy: PolicyRef::Cilium(index),
                isolates,
                rules,
            };
            self.add(article, direction, &subjects);
        }
    }

    fn add(&mut self, article: Article, direction: Direction, subjects: &Classes) {
        let number = u32::try_from(self.articles.len()).unwrap_or(u32::MAX);
        for class in subjects {
            self.selecting[slot(direction)][class as usize].push(number);
        }
        self.articles.push(article);
    }

    /// Returns the policies that Cilium refuses whole.
    pub fn refused(&self) -> &[(PolicyRef, Refusal)] {
        &self.refused
    }

    /// Returns what decides a side of a class's pods, so that a side is computed once for all that share it.
    pub fn profile(&self, class: ClassId, direction: Direction) -> Profile {
        let own_ports = self
            .openings(class, direction)
            .filter_map(|(_, _, opening)| match &opening.ports {
                Opened::Fixed(_) => None,
                Opened::Own(name, protocol) => Some(services::own_number(self.inventory, class, name, *protocol)),
            });
        Profile {
            own_ports: own_ports.collect(),
            articles: self.selecting[slot(direction)][class.0 as usize].clone(),
        }
    }

    /// Returns what a pod may receive or send, as terms; those of deny rules win (CIL-R3).
    pub fn terms(&self, class: ClassId, direction: Direction) -> Vec<Term> {
        let mut terms = Vec::new();
        if self.isolating(class, direction).is_none() {
            terms.push(Term::allow(self.everything.clone(), Ports::all()));
        }
        if direction == Direction::Ingress {
            terms.push(Term::allow(self.own_node.clone(), Ports::all()));
        }
        let openings = self.openings(class, direction);
        terms.extend(openings.map(|(_, rule, opening)| Term {
            atoms: opening.atoms.clone(),
            ports: self.ports(class, opening),
            denies: rule.denies,
        }));
        terms
    }

    /// Returns what a pod may receive or send.
    pub fn side(&self, class: ClassId, direction: Direction) -> Side {
        Side::of(&self.terms(class, direction))
    }

    /// Judges one side: a pod's and what is at the other end. Deny wins (CIL-R3).
    pub fn ruling(&self, class: ClassId, direction: Direction, peer: Peer, port: Port) -> Ruling<Reason> {
        let atom = self.space.atom(peer);
        let hit = |denies: bool| {
            self.openings(class, direction).find(|(_, rule, opening)| {
                rule.denies == denies && opening.atoms.contains(atom) && self.ports(class, opening).contains(port)
            })
        };
        let passage = |article: &Article, rule: Option<&TranslatedRule>| Passage {
            policy: article.policy,
            direction,
            denies: rule.is_some_and(|rule| rule.denies),
            rule: rule.map(|rule| rule.index),
        };
        if let Some((article, rule, _)) = hit(true) {
            return Ruling {
                allowed: false,
                because: Reason::DenyRule,
                decided_by: Some(passage(article, Some(rule))),
            };
        }
        if direction == Direction::Ingress && peer == Peer::OwnNode {
            return Ruling::without_policy(true, Reason::OwnNode);
        }
        let Some(isolating) = self.isolating(class, direction) else {
            return Ruling::without_policy(true, Reason::NotIsolated);
        };
        match hit(false) {
            Some((article, rule, opening)) => Ruling {
                allowed: true,
                because: opening.because,
                decided_by: Some(passage(article, Some(rule))),
            },
            None => Ruling {
                allowed: false,
                because: Reason::NoRuleMatches,
                decided_by: Some(passage(isolating, None)),
            },
        }
    }

    /// Judges a connection: services are translated before policy, so a pod that uses one is judged as a pod.
    ///
    /// A client from outside keeps its address where its node has the backend, or the service keeps it; else the entry
    /// node's address, and so a remote node, stands for it.
    pub fn verdict(&self, flow: &Flow) -> Verdict<Reason> {
        let egress = own_class(&flow.from).map(|class| {
            let peer = flow.to.seen_from(flow.from.node(), self.space);
            self.ruling(class, Direction::Egress, peer, flow.port)
        });
        let ingress = own_class(&flow.to).map(|class| {
            let node = flow.to.node();
            let masqueraded = flow
                .via
                .filter(|via| !via.local_traffic_only && own_class(&flow.from).is_none() && node != Some(via.entry));
            let peer = match masqueraded {
                Some(via) => via.entry_seen_from(node, self.space),
                None => flow.from.seen_from(node, self.space),
            };
            self.ruling(class, Direction::Ingress, peer, flow.port)
        });
        Verdict { egress, ingress }
    }

    /// Returns the first article that isolates a class.
    fn isolating(&self, class: ClassId, direction: Direction) -> Option<&Article> {
        self.articles_of(class, direction).find(|article| article.isolates)
    }

    fn articles_of(&self, class: ClassId, direction: Direction) -> impl Iterator<Item = &Article> {
        let numbers = self.selecting[slot(direction)][class.0 as usize].iter();
        numbers.map(|&number| &self.articles[number as usize])
    }

    fn openings(
        &self,
        class: ClassId,
        direction: Direction,
    ) -> impl Iterator<Item = (&Article, &TranslatedRule, &Opening)> {
        self.articles_of(class, direction).flat_map(|article| {
            let rules = article.rules.iter();
            rules.flat_map(move |rule| rule.openings.iter().map(move |opening| (article, rule, opening)))
        })
    }

    fn ports(&self, class: ClassId, opening: &Opening) -> Ports {
        match &opening.ports {
            Opened::Fixed(ports) => ports.clone(),
            Opened::Own(name, protocol) => {
                let number = services::own_number(self.inventory, class, name, *protocol);
                number.map_or(Ports::NONE, |number| Ports::one((*protocol).into(), number))
            }
        }
    }
}

const fn own_class(end: &End) -> Option<ClassId> {
    match end {
        End::Pod { class, .. } => Some(*class),
        End::Node { .. } | End::OwnNode | End::Outside(_) | End::ApiServer => None,
    }
}

const fn slot(direction: Direction) -> usize {
    match direction {
        Direction::Ingress => 0,
        Direction::Egress => 1,
    }
}
