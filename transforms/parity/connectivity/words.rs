//! Differences as words and places.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::peers::Peers;
use super::{FlowSet, NamedBy, Shown};
use crate::engine::{Addresses, Atoms, Cell, ClassId, Passage, Peer, PolicyRef, Port, Ruling};
use crate::parity::cause::{Disagreement, Explainer};
use crate::parity::compare::{Course, Difference};
use crate::parity::example::{Example, Examples, OF_DOCUMENTS};
use crate::parity::ground::Ground;
use crate::parity::reached::plausible;
use crate::parity::setting::{Engines, Setting};
use crate::parity::trace::answer::{Answer, EngineRule};
use crate::parity::trace::passage::Pages;
use crate::plan::Proposal;
use crate::policy::Direction;
use crate::source::Sources;
use crate::world::aks::LOCAL_DNS;

/// What is needed to tell a difference.
pub(super) struct Words<'a> {
    pub(super) setting: &'a Setting<'a>,
    pub(super) engines: &'a Engines<'a>,
    pub(super) examples: &'a Examples<'a>,
    pub(super) sources: &'a Sources,
    pub(super) pages: Pages<'a>,
    /// The other ends that were told, by the addresses of the sets, which the comparison holds.
    pub(super) told: RefCell<BTreeMap<(usize, Direction), Peers>>,
    /// What the plan says of differences, where there is a plan.
    pub(super) explainer: Option<&'a Explainer<'a>>,
    /// The ends without pods that the facts leave room for, of each direction.
    pub(super) plausible: [Atoms; 2],
}

/// Returns the ends without pods that the facts leave room for, of each direction.
pub(super) fn plausible_others(ground: &Ground<'_>) -> [Atoms; 2] {
    Direction::BOTH.map(|direction| ground.space.others(&plausible(ground, direction)))
}

impl Words<'_> {
    /// Tells a difference; `None` where no flow of it passes at its other end.
    pub(super) fn flow_set(&self, difference: &Difference) -> Option<FlowSet> {
        let example = self.examples.of(difference)?;
        let population = &self.setting.ground.population;
        let class = ClassId(difference.classes.min()?);
        // Where two trees are compared, each may show a workload.
        let workloads: BTreeSet<String> = difference
            .classes
            .iter()
            .flat_map(|class| population.workloads(ClassId(class)))
            .map(|workload| format!("{} {}", workload.kind, workload.key))
            .collect();
        let mut pods: Vec<String> = workloads.into_iter().collect();
        let shown = !pods.is_empty();
        if !shown {
            pods.push(self.pod(class));
        }
        let [ingress, egress] = &self.plausible;
        let every = match difference.direction {
            Direction::Ingress => ingress,
            Direction::Egress => egress,
        };
        Some(FlowSet {
            namespace: population.inventory.class(class).namespace.to_string(),
            pods,
            shown,
            direction: difference.direction,
            effect: difference.effect,
            course: difference.course,
            peers: self.peers(difference, every),
            ports: difference.ports.to_string(),
            example: self.shown(example, difference),
            named_by: self.named_by(example, difference),
        })
    }

    /// Tells the other ends, which many differences have in common.
    fn peers(&self, difference: &Difference, every: &Atoms) -> Peers {
        let key = (Arc::as_ptr(&difference.peers).addr(), difference.direction);
        let mut told = self.told.borrow_mut();
        let peers = told
            .entry(key)
            .or_insert_with(|| Peers::of(&difference.peers, every, self.setting));
        peers.clone()
    }

    fn shown(&self, example: Example, difference: &Difference) -> Shown {
        let Example { class, peer, port } = example;
        let (own, other) = (self.pod(class), self.peer(peer));
        let (from, to) = match difference.direction {
            Direction::Ingress => (other, own),
            Direction::Egress => (own, other),
        };
        let cilium = match difference.course {
            Course::Mended => &self.engines.cilium_today,
            Course::Left | Course::Brought => &self.engines.cilium_fixed,
        };
        let npm = self.engines.npm_today.ruling(class, difference.direction, peer, port);
        let cilium = cilium.ruling(class, difference.direction, peer, port);
        Shown {
            from,
            to,
            port: port.to_string(),
            npm: self.answer(npm, port, EngineRule::of_npm),
            cilium: self.answer(cilium, port, EngineRule::of_cilium),
        }
    }

    /// Returns what the plan says of a difference that its changes leave or bring.
    fn named_by(&self, example: Example, difference: &Difference) -> Vec<NamedBy> {
        let Example { class, peer, port } = example;
        let direction = difference.direction;
        let Some(explainer) = self.explainer.filter(|_| difference.course.is_fixed()) else {
            return Vec::new();
        };
        let mut npm = self.engines.npm_today.ruling(class, direction, peer, port);
        let mut cilium = self.engines.cilium_fixed.ruling(class, direction, peer, port);
        npm.decided_by = in_state(npm.decided_by, |policy| self.setting.in_today(policy));
        cilium.decided_by = in_state(cilium.decided_by, |policy| self.setting.in_fixed(policy));
        let named = explainer.named_by(&Disagreement {
            class,
            direction,
            peer,
            port,
            through_service: false,
            npm: &npm,
            cilium: &cilium,
        });
        let named: BTreeSet<NamedBy> = named.into_iter().map(|proposal| self.place(proposal)).collect();
        named.into_iter().collect()
    }

    /// Says who proposes something, and of which place.
    pub(super) fn place(&self, proposal: &Proposal) -> NamedBy {
        let spot = proposal.spot();
        NamedBy {
            name: proposal.transform.id,
            path: spot.map(|spot| self.sources.path(spot.file).to_owned()),
            line: spot.and_then(|spot| self.pages.line(spot)),
        }
    }

    fn answer<R>(&self, ruling: Ruling<R>, port: Port, rule: impl Fn(R) -> EngineRule) -> Answer {
        Answer {
            allowed: ruling.allowed,
            ports: port.to_string(),
            because: rule(ruling.because),
            policy: ruling
                .decided_by
                .and_then(|passage: Passage| self.pages.deciding(passage)),
        }
    }

    /// Names a pod by its workload, or says what it is like.
    fn pod(&self, class: ClassId) -> String {
        let population = &self.setting.ground.population;
        if let Some(workload) = population.workloads(class).first() {
            return format!("{} {}", workload.kind, workload.key);
        }
        let pod = population.inventory.class(class);
        let labels: Vec<_> = pod.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let labels = if labels.is_empty() {
            "without labels".to_owned()
        } else {
            format!("with {}", labels.join(","))
        };
        let namespace = match pod.namespace.name() {
            Some(namespace) => namespace.to_owned(),
            None => population.describe(&pod.namespace),
        };
        format!("a pod {labels} in {namespace}")
    }

    fn peer(&self, peer: Peer) -> String {
        let space = &self.setting.ground.space;
        let address = |cell: Cell, what: &str| match shown_address(&space.addresses, cell) {
            Some(address) => format!("{what} {address}"),
            None => what.to_owned(),
        };
        match peer {
            Peer::OwnNode => "the pod's own node".to_owned(),
            Peer::LocalDns => format!("the DNS on the pod's own node ({LOCAL_DNS})"),
            Peer::OtherNode(cell) => address(cell, "another node"),
            Peer::Outside(cell) => address(cell, "outside"),
            Peer::ApiServer => "the API server".to_owned(),
            Peer::Balanced(cell) => format!("{} through a service, on the pod's own node", address(cell, "outside")),
            Peer::Pod(class, _) => self.pod(class),
        }
    }
}

/// AKS gives none of a subnet's first addresses to a machine.
const RESERVED: u32 = 4;

/// Returns an address of a cell that a machine may have, where there is one; `None` for "somewhere".
fn shown_address(addresses: &Addresses, cell: Cell) -> Option<IpAddr> {
    let first = addresses.sample(cell)?;
    let usable = match first {
        IpAddr::V4(first) => IpAddr::from(Ipv4Addr::from_bits(first.to_bits().saturating_add(RESERVED))),
        IpAddr::V6(first) => IpAddr::from(Ipv6Addr::from_bits(first.to_bits().saturating_add(RESERVED.into()))),
    };
    let is_in_cell = |address: &IpAddr| addresses.cell(*address) == cell;
    Some([OF_DOCUMENTS, usable].into_iter().find(is_in_cell).unwrap_or(first))
}

/// Returns a passage of a version as one of the state that `index` knows.
fn in_state(passage: Option<Passage>, index: impl Fn(PolicyRef) -> Option<PolicyRef>) -> Option<Passage> {
    let passage = passage?;
    Some(Passage {
        policy: index(passage.policy)?,
        ..passage
    })
}
