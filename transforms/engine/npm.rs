//! What Azure NPM (Linux, v2) lets through.

mod article;
mod drop;
mod ports;
mod reason;
mod select;
mod translate;

use std::net::IpAddr;
use std::sync::Arc;

use article::{Article, Articles};
pub use drop::Untranslatable;
pub use reason::Reason;
use translate::{Opened, Opening, Translator};

use super::contribution::Contribution;
use super::flow::{End, Flow, Passage, PolicyRef, Ruling, Verdict};
use super::in_force::InForce;
use super::inventory::{ClassId, Inventory};
use super::ports::{Port, Ports};
use super::side::{Side, Term};
use super::space::{Atoms, Peer, Space, share};
use crate::policy::{Direction, Policy, PortNumber};

/// The policies of a cluster as NPM enforces them.
#[derive(Debug, Clone)]
pub struct Npm<'a> {
    inventory: &'a Inventory,
    space: &'a Space,
    everything: Arc<Atoms>,
    /// What no policy can deny.
    unfiltered: Arc<Atoms>,
    articles: Arc<Articles>,
    in_force: InForce,
}

/// What decides a side: classes with equal profiles have equal sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Profile {
    articles: Vec<u32>,
    /// The numbers of each named port that the articles resolve on the pod itself, in their order.
    own_ports: Vec<Vec<PortNumber>>,
}

impl<'a> Npm<'a> {
    /// Translates the policies; `space` must be cut at all their blocks.
    pub fn new<'p>(policies: impl IntoIterator<Item = &'p Policy>, inventory: &'a Inventory, space: &'a Space) -> Self {
        let everything = share(space.everything());
        let mut articles = Articles::new();
        let mut translator = Translator::new(inventory, space, everything.clone());
        for (index, policy) in policies.into_iter().enumerate() {
            match drop::untranslatable(policy) {
                Some(reason) => articles.dropped.push((PolicyRef::Network(index), reason)),
                None => articles.enforce(index, policy, &mut translator),
            }
        }
        articles.close(inventory);
        Self {
            inventory,
            space,
            everything,
            unfiltered: share(unfiltered(inventory, space)),
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

    /// Returns the policies that NPM drops whole (NPM-D4).
    pub fn dropped(&self) -> &[(PolicyRef, Untranslatable)] {
        &self.articles.dropped
    }

    /// Returns a number that classes share which the same policies isolate in a direction, in force or not; with the same
    /// named ports their profiles are equal.
    pub fn kind(&self, class: ClassId, direction: Direction) -> usize {
        self.articles.kind(class, direction)
    }

    /// Returns how many terms the policies that isolate a class can give its side, in force or not, and how many these
    /// policies are.
    pub fn weight(&self, class: ClassId, direction: Direction) -> u64 {
        self.articles.weight(class, direction)
    }

    /// Returns what decides a side of a class's pods, so that a side is computed once for all that share it.
    pub fn profile(&self, class: ClassId, direction: Direction) -> Profile {
        let openings = self.openings(class, direction);
        let own_ports = openings
            .filter_map(|(_, _, opening)| self.own_ports(class, opening))
            .collect();
        let articles = self.articles.of(class, direction, &self.in_force);
        Profile {
            articles: articles.map(|(number, _)| number).collect(),
            own_ports,
        }
    }

    /// Returns what each policy that isolates a class lets through.
    pub fn contributions(&self, class: ClassId, direction: Direction) -> Vec<Contribution> {
        let articles = self.articles.of(class, direction, &self.in_force);
        let contribution = |(_, article): (u32, &Article)| Contribution {
            policy: PolicyRef::Network(article.policy),
            isolates: true,
            terms: article
                .rules
                .iter()
                .flatten()
                .map(|opening| Term::allow(opening.atoms.clone(), self.ports(class, opening)))
                .collect(),
        };
        articles.map(contribution).collect()
    }

    /// Returns what passes whatever policies say.
    pub fn always(&self) -> Term {
        Term::allow(self.unfiltered.clone(), Ports::all())
    }

    /// Returns what a pod may receive or send, as terms.
    pub fn terms(&self, class: ClassId, direction: Direction) -> Vec<Term> {
        let contributions = self.contributions(class, direction);
        let base = if contributions.is_empty() {
            Term::allow(self.everything.clone(), Ports::all())
        } else {
            self.always()
        };
        let terms = contributions.into_iter().flat_map(|contribution| contribution.terms);
        [base].into_iter().chain(terms).collect()
    }

    /// Returns what a pod may receive or send.
    pub fn side(&self, class: ClassId, direction: Direction) -> Side {
        Side::of(&self.terms(class, direction))
    }

    /// Judges one side: a pod's and what is at the other end.
    pub fn ruling(&self, class: ClassId, direction: Direction, peer: Peer, port: Port) -> Ruling<Reason> {
        match peer {
            Peer::OwnNode | Peer::LocalDns => return Ruling::without_policy(true, Reason::OwnNode),
            Peer::Balanced(_) => return Ruling::without_policy(true, Reason::Masqueraded),
            Peer::OtherNode(cell) | Peer::Outside(cell) | Peer::Pod(_, cell) if self.space.addresses.is_ipv6(cell) => {
                return Ruling::without_policy(true, Reason::Ipv6);
            }
            Peer::OtherNode(_) | Peer::Outside(_) | Peer::ApiServer | Peer::Pod(..) => {}
        }
        let Some(first) = self.isolating(class, direction) else {
            return Ruling::without_policy(true, Reason::NotIsolated);
        };
        let atom = self.space.atom(peer);
        let mut openings = self.openings(class, direction);
        let found =
            openings.find(|(_, _, opening)| opening.atoms.contains(atom) && self.ports(class, opening).contains(port));
        let passage = |article: &Article, rule| Passage {
            policy: PolicyRef::Network(article.policy),
            direction,
            denies: false,
            rule,
        };
        match found {
            Some((article, rule, opening)) => Ruling {
                allowed: true,
                because: opening.because,
                decided_by: Some(passage(article, Some(rule))),
            },
            None => Ruling {
                allowed: false,
                because: Reason::NoRuleMatches,
                decided_by: Some(passage(first, None)),
            },
        }
    }

    /// Judges a connection on the nodes that it passes.
    ///
    /// A client of a service whose `externalTrafficPolicy` is `Cluster` is masqueraded, and so not seen (NPM-R1), on
    /// the node where it enters; with the backend on another node, that one sees the entry node's address.
    pub fn verdict(&self, flow: &Flow) -> Verdict<Reason> {
        let masqueraded = flow.via.filter(|via| !via.local_traffic_only);
        let is_v6 = |end: &End| end.address().is_some_and(|address| matches!(address, IpAddr::V6(_)));
        let unfiltered = is_v6(&flow.from) || is_v6(&flow.to);
        let egress = flow.from.class().map(|class| {
            if unfiltered {
                Ruling::without_policy(true, Reason::Ipv6)
            } else if masqueraded.is_some() {
                Ruling::without_policy(true, Reason::Masqueraded)
            } else {
                let peer = flow.to.seen_from(flow.from.node(), self.space);
                self.ruling(class, Direction::Egress, peer, flow.port)
            }
        });
        let ingress = flow.to.class().map(|class| {
            if unfiltered {
                return Ruling::without_policy(true, Reason::Ipv6);
            }
            let peer = match masqueraded {
                None => flow.from.seen_from(flow.to.node(), self.space),
                Some(via) if flow.to.node() == Some(via.entry) => Peer::Balanced(self.space.addresses.somewhere()),
                Some(via) => via.entry_seen_from(flow.to.node(), self.space),
            };
            self.ruling(class, Direction::Ingress, peer, flow.port)
        });
        Verdict { egress, ingress }
    }

    /// Returns the first article that isolates a class.
    fn isolating(&self, class: ClassId, direction: Direction) -> Option<&Article> {
        let mut articles = self.articles.of(class, direction, &self.in_force);
        articles.next().map(|(_, article)| article)
    }

    fn openings(&self, class: ClassId, direction: Direction) -> impl Iterator<Item = (&Article, usize, &Opening)> {
        let articles = self.articles.of(class, direction, &self.in_force);
        articles.flat_map(|(_, article)| {
            let rules = article.rules.iter().enumerate();
            rules.flat_map(move |(rule, openings)| openings.iter().map(move |opening| (article, rule, opening)))
        })
    }

    fn ports(&self, class: ClassId, opening: &Opening) -> Ports {
        match &opening.ports {
            Opened::Fixed(ports) => ports.clone(),
            Opened::Own(_, protocol) => {
                let numbers = self.own_ports(class, opening).unwrap_or_default();
                let each = numbers.into_iter().map(|number| Ports::one((*protocol).into(), number));
                each.fold(Ports::NONE, |all, one| all.union(&one))
            }
        }
    }

    /// Returns the numbers that a pod declares under the name of an opening: all of them (NPM-R8).
    fn own_ports(&self, class: ClassId, opening: &Opening) -> Option<Vec<PortNumber>> {
        match &opening.ports {
            Opened::Fixed(_) => None,
            Opened::Own(name, protocol) => {
                let declared = self.inventory.class(class).ports.iter();
                let own = declared.filter(|(own, of, _)| own == name && of == protocol);
                Some(own.map(|(_, _, number)| *number).collect())
            }
        }
    }
}

/// Returns what no policy can deny: the own node (NPM-D6), masqueraded clients (NPM-R1) and IPv6 (NPM-R11).
fn unfiltered(inventory: &Inventory, space: &Space) -> Atoms {
    let ipv6 = space.addresses.ipv6();
    space.own_node()
        | space.local_dns()
        | space.balanced(&space.addresses.all())
        | space.outside(&ipv6)
        | space.other_nodes(&ipv6)
        | space.pods_at(&inventory.all(), &ipv6)
}
