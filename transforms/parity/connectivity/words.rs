//! Differences as words and places.

use super::peers::Peers;
use super::{FlowSet, Shown};
use crate::engine::{Atoms, Cell, ClassId, Passage, Peer, Port, Ruling};
use crate::parity::compare::{Course, Difference};
use crate::parity::example::{Example, Examples};
use crate::parity::ground::Ground;
use crate::parity::reached::plausible;
use crate::parity::setting::{Engines, Setting};
use crate::parity::trace::answer::{Answer, EngineRule};
use crate::parity::trace::passage::Pages;
use crate::policy::Direction;
use crate::source::Sources;

/// What is needed to tell a difference.
pub(super) struct Words<'a> {
    pub(super) setting: &'a Setting<'a>,
    pub(super) engines: &'a Engines<'a>,
    pub(super) examples: &'a Examples<'a>,
    pub(super) sources: &'a Sources,
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
        let workloads = difference
            .classes
            .iter()
            .flat_map(|class| population.workloads(ClassId(class)));
        let mut pods: Vec<String> = workloads
            .map(|workload| format!("{} {}", workload.kind, workload.key))
            .collect();
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
            peers: Peers::of(&difference.peers, every, self.setting),
            ports: difference.ports.to_string(),
            example: self.shown(example, difference),
        })
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

    fn answer<R>(&self, ruling: Ruling<R>, port: Port, rule: impl Fn(R) -> EngineRule) -> Answer {
        let pages = Pages {
            policies: &self.setting.versions,
            sources: self.sources,
        };
        Answer {
            allowed: ruling.allowed,
            ports: port.to_string(),
            because: rule(ruling.because),
            policy: ruling.decided_by.and_then(|passage: Passage| pages.deciding(passage)),
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
            "no labels".to_owned()
        } else {
            labels.join(",")
        };
        match pod.namespace.name() {
            Some(namespace) => format!("a pod in {namespace} with {labels}"),
            None => format!("a pod in {} with {labels}", population.describe(&pod.namespace)),
        }
    }

    fn peer(&self, peer: Peer) -> String {
        let address = |cell: Cell, what: &str| match self.setting.ground.space.addresses.sample(cell) {
            Some(address) => format!("{what} {address}"),
            None => what.to_owned(),
        };
        match peer {
            Peer::OwnNode => "the pod's own node".to_owned(),
            Peer::OtherNode(cell) => address(cell, "another node"),
            Peer::Outside(cell) => address(cell, "outside"),
            Peer::ApiServer => "the API server".to_owned(),
            Peer::Balanced(cell) => format!("{} through a service, on the pod's own node", address(cell, "outside")),
            Peer::Pod(class, _) => self.pod(class),
        }
    }
}
