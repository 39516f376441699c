//! What Cilium lets through, by release line.

mod article;
mod config;
mod identity;
mod reason;
mod refuse;
mod services;
mod translate;

use std::sync::Arc;

use article::{Article, Articles, TranslatedRule};
pub use config::Config;
use identity::Identities;
pub use reason::Reason;
pub use refuse::Refusal;
use translate::{Opened, Opening, Translator};

use super::contribution::Contribution;
use super::flow::{End, Flow, Passage, PolicyRef, Ruling, Verdict};
use super::in_force::InForce;
use super::inventory::{ClassId, Inventory};
use super::ports::{Port, Ports};
use super::side::{Side, Term};
use super::space::{Atoms, Peer, Space, share};
use crate::policy::cilium::CiliumNetworkPolicy;
use crate::policy::{Direction, Policy, PortNumber};

/// The policies of a cluster as Cilium enforces them.
#[derive(Debug, Clone)]
pub struct Cilium<'a> {
    inventory: &'a Inventory,
    space: &'a Space,
    everything: Arc<Atoms>,
    own_node: Arc<Atoms>,
    articles: Arc<Articles>,
    in_force: InForce,
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
        let everything = share(space.everything());
        let mut articles = Articles::new();
        let identities = Identities::new(inventory, space, config);
        let mut translator = Translator::new(identities, everything.clone());
        for (index, policy) in network.into_iter().enumerate() {
            match refuse::network(policy, config) {
                Some(refusal) => articles.refused.push((PolicyRef::Network(index), refusal)),
                None => articles.enforce(index, policy, &mut translator),
            }
        }
        for (index, policy) in own_kinds.into_iter().enumerate() {
            match refuse::cilium(policy, config) {
                Some(refusal) => articles.refused.push((PolicyRef::Cilium(index), refusal)),
                None => {
                    for spec in &policy.specs {
                        articles.enforce_spec(index, policy, spec, &mut translator);
                    }
                }
            }
        }
        articles.close(inventory);
        Self {
            inventory,
            space,
            everything,
            own_node: share(space.own_node()),
            articles: Arc::new(articles),
            in_force: InForce::All,
        }
    }

    /// Returns the engine with only some of its policies in force, without translating any again.
    #[must_use]
    pub fn with(&self, in_force: InForce) -> Self {
        Self {
            in_force,
            ..self.clone()
        }
    }

    /// Returns the policies that Cilium refuses whole.
    pub fn refused(&self) -> &[(PolicyRef, Refusal)] {
        &self.articles.refused
    }

    /// Returns a number that classes share which the same policies select in a direction, in force or not; with the same
    /// named ports their profiles are equal.
    pub fn kind(&self, class: ClassId, direction: Direction) -> usize {
        self.articles.kind(class, direction)
    }

    /// Returns how many terms the policies that select a class can give its side, in force or not, and how many these
    /// policies are.
    pub fn weight(&self, class: ClassId, direction: Direction) -> u64 {
        self.articles.weight(class, direction)
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
            articles: self.articles_of(class, direction).map(|(number, _)| number).collect(),
        }
    }

    /// Returns what each policy that selects a class lets through and denies.
    pub fn contributions(&self, class: ClassId, direction: Direction) -> Vec<Contribution> {
        let contribution = |(_, article): (u32, &Article)| {
            let openings = article
                .rules
                .iter()
                .flat_map(|rule| rule.openings.iter().map(move |it| (rule, it)));
            let term = |(rule, opening): (&TranslatedRule, &Opening)| Term {
                atoms: opening.atoms.clone(),
                ports: self.ports(class, opening),
                denies: rule.denies,
            };
            Contribution {
                policy: article.policy,
                isolates: article.isolates,
                terms: openings.map(term).collect(),
            }
        };
        self.articles_of(class, direction).map(contribution).collect()
    }

    /// Returns what passes in a direction unless a deny rule matches.
    pub fn always(&self, direction: Direction) -> Option<Term> {
        match direction {
            Direction::Ingress => Some(Term::allow(self.own_node.clone(), Ports::all())),
            Direction::Egress => None,
        }
    }

    /// Returns what a pod may receive or send, as terms; those of deny rules win (CIL-R3).
    pub fn terms(&self, class: ClassId, direction: Direction) -> Vec<Term> {
        let contributions = self.contributions(class, direction);
        let is_open = !contributions.iter().any(|contribution| contribution.isolates);
        let open = is_open.then(|| Term::allow(self.everything.clone(), Ports::all()));
        let base = open.into_iter().chain(self.always(direction));
        base.chain(contributions.into_iter().flat_map(|contribution| contribution.terms))
            .collect()
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
    pub fn verdict(&self, flow: &Flow) -> Verdict<Reason> {
        let side = |own: &End, direction| {
            let class = own.class()?;
            Some(self.ruling(class, direction, self.peer(flow, direction), flow.port))
        };
        Verdict {
            egress: side(&flow.from, Direction::Egress),
            ingress: side(&flow.to, Direction::Ingress),
        }
    }

    /// Returns what is at the other end of a connection for the pod that opens or answers it.
    ///
    /// A client from outside keeps its address where its node has the backend, or the service keeps it; else the entry
    /// node's address, and so a remote node, stands for it.
    pub fn peer(&self, flow: &Flow, direction: Direction) -> Peer {
        let node = match direction {
            Direction::Ingress => flow.to.node(),
            Direction::Egress => return flow.to.seen_from(flow.from.node(), self.space),
        };
        let masqueraded = flow
            .via
            .filter(|via| !via.local_traffic_only && flow.from.class().is_none() && node != Some(via.entry));
        match masqueraded {
            Some(via) => via.entry_seen_from(node, self.space),
            None => flow.from.seen_from(node, self.space),
        }
    }

    fn articles_of(&self, class: ClassId, direction: Direction) -> impl Iterator<Item = (u32, &Article)> {
        self.articles.of(class, direction, &self.in_force)
    }

    /// Returns the first article that isolates a class.
    fn isolating(&self, class: ClassId, direction: Direction) -> Option<&Article> {
        let mut articles = self.articles_of(class, direction).map(|(_, article)| article);
        articles.find(|article| article.isolates)
    }

    fn openings(
        &self,
        class: ClassId,
        direction: Direction,
    ) -> impl Iterator<Item = (&Article, &TranslatedRule, &Opening)> {
        self.articles_of(class, direction).flat_map(|(_, article)| {
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
