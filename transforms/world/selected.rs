//! The known pods that peers or a policy select, without a walk over all workloads for each rule.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::census::{Home, answer};
use super::reach::Reach;
use super::workload::Workload;
use crate::policy::{Namespace, PortNumber, Protocol};

/// Known pods, each workload once, in the order of the world; `hostNetwork` is never among them.
#[derive(Debug)]
pub struct Selected<'w> {
    world: &'w World,
    /// By the index of the namespace's home in the census.
    parts: BTreeMap<usize, Part>,
}

/// What is selected of one namespace.
#[derive(Debug)]
enum Part {
    /// Every pod.
    Whole,
    /// These workloads, ascending.
    Some(Vec<usize>),
}

impl Part {
    /// Tells whether a workload of the namespace is selected.
    fn holds(&self, workload: usize) -> bool {
        match self {
            Self::Whole => true,
            Self::Some(workloads) => workloads.binary_search(&workload).is_ok(),
        }
    }
}

impl<'w> Selected<'w> {
    /// Returns the pods that some of `reaches` select.
    pub fn by(reaches: &[Reach<'_>], world: &'w World) -> Self {
        let mut selected = Self {
            world,
            parts: BTreeMap::new(),
        };
        for reach in reaches {
            for at in reach.homes(world) {
                let home = &world.census().homes()[at];
                let part = match reach.pods() {
                    Some(pods) if !pods.is_empty() => Part::Some(world.census().selected(home, pods, world)),
                    Some(_) | None => Part::Whole,
                };
                selected.add(at, part);
            }
        }
        selected
    }

    fn add(&mut self, home: usize, part: Part) {
        match (self.parts.get_mut(&home), part) {
            (Some(Part::Whole), _) => {}
            (Some(Part::Some(held)), Part::Some(more)) => {
                held.extend(more);
                held.sort_unstable();
                held.dedup();
            }
            (Some(held @ Part::Some(_)), Part::Whole) => *held = Part::Whole,
            (None, part) => {
                self.parts.insert(home, part);
            }
        }
    }

    /// Returns the workloads.
    pub fn workloads(&self) -> impl Iterator<Item = &'w Workload> {
        self.parts.iter().flat_map(|(&home, part)| self.of_part(home, part))
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        let of_part = |(&home, part): (&usize, &Part)| match part {
            Part::Whole => self.home(home).pods,
            Part::Some(workloads) => workloads.len(),
        };
        self.parts.iter().map(of_part).sum()
    }

    /// Returns the namespaces that they are in.
    pub fn namespaces(&self) -> impl Iterator<Item = &'w Namespace> {
        let world = self.world;
        let is_inhabited = |(home, part): &(&usize, &Part)| match part {
            Part::Whole => self.home(**home).pods > 0,
            Part::Some(workloads) => !workloads.is_empty(),
        };
        let of_home = |(home, _): (&usize, &Part)| {
            let home = &world.census().homes()[*home];
            &world.workloads[home.workloads.start].key.namespace
        };
        self.parts.iter().filter(is_inhabited).map(of_home)
    }

    /// Tells whether a workload of the world is among them.
    pub fn contains(&self, workload: &Workload) -> bool {
        let home = self.world.census().home_of(&workload.key.namespace, self.world);
        let is_it = |at: &usize| std::ptr::eq(&raw const self.world.workloads[*at], workload);
        match home.and_then(|home| self.parts.get(&home)) {
            Some(Part::Whole) => !workload.host_network,
            Some(Part::Some(workloads)) => workloads.iter().any(is_it),
            None => false,
        }
    }

    /// Returns what they declare under a port name, each answer once and ascending; the empty one where some pod does
    /// not declare it.
    pub fn answers(&self, name: &str, protocol: Protocol) -> BTreeSet<Vec<PortNumber>> {
        let declared = self.world.census().declared(name, protocol);
        let mut answers = BTreeSet::new();
        for (home, part) in &self.parts {
            match (part, declared.and_then(|declared| declared.get(home))) {
                (Part::Whole, Some(declared)) => {
                    answers.extend(declared.answers.iter().cloned());
                    if declared.by.len() < self.home(*home).pods {
                        answers.insert(Vec::new());
                    }
                }
                (Part::Some(workloads), Some(_)) => {
                    let of = |at: &usize| answer(&self.world.workloads[*at], name, protocol);
                    answers.extend(workloads.iter().map(of));
                }
                (part, None) => {
                    if self.of_part(*home, part).next().is_some() {
                        answers.insert(Vec::new());
                    }
                }
            }
        }
        answers
    }

    /// Returns those that declare a port name.
    pub fn declaring(&self, name: &str, protocol: Protocol) -> impl Iterator<Item = &'w Workload> {
        let parts = self.declared(name, protocol);
        let indices = parts.flat_map(|(part, by)| by.iter().filter(|at| part.holds(**at)));
        indices.map(|at| &self.world.workloads[*at])
    }

    /// Returns how many declare a port name.
    pub fn count_declaring(&self, name: &str, protocol: Protocol) -> usize {
        let of_part = |(part, by): (&Part, &[usize])| match part {
            Part::Whole => by.len(),
            Part::Some(_) => by.iter().filter(|at| part.holds(**at)).count(),
        };
        self.declared(name, protocol).map(of_part).sum()
    }

    /// Returns what is selected of each namespace, with the workloads there that declare a port name.
    fn declared(&self, name: &str, protocol: Protocol) -> impl Iterator<Item = (&Part, &'w [usize])> {
        let declared = self.world.census().declared(name, protocol);
        let parts = self.parts.iter();
        parts.filter_map(move |(home, part)| Some((part, &declared?.get(home)?.by[..])))
    }

    fn home(&self, at: usize) -> &'w Home {
        &self.world.census().homes()[at]
    }

    fn of_part<'s>(&'s self, home: usize, part: &'s Part) -> impl Iterator<Item = &'w Workload> + use<'s, 'w> {
        let world = self.world;
        let (whole, some) = match part {
            Part::Whole => (self.home(home).workloads.clone(), &[][..]),
            Part::Some(workloads) => (0..0, workloads.as_slice()),
        };
        let every = whole.map(move |at| &world.workloads[at]);
        let pods = every.filter(|workload| !workload.host_network);
        pods.chain(some.iter().map(move |at| &world.workloads[*at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::sample::{deployment, policy, world};

    /// A world of two namespaces, one workload on the host's network.
    fn cluster(peers: &str) -> World {
        let mut host = deployment("shop/host", "app=web", &[("http", 1)]);
        host.host_network = true;
        let workloads = vec![
            deployment("data/db", "app=db", &[]),
            deployment("shop/api", "app=api", &[("http", 8080), ("http", 80)]),
            host,
            deployment("shop/web", "app=web", &[("http", 3000)]),
        ];
        let policy = policy(&format!("{{egress: [{{to: [{peers}]}}]}}"));
        world(18, vec![policy], workloads)
    }

    /// The workloads, those that declare `http` and the answers.
    fn told(peers: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
        let world = cluster(peers);
        let policy = &world.policies[0];
        let peers = policy.egress.rules[0].value.peers.iter();
        let reaches: Vec<Reach<'_>> = peers
            .filter_map(|peer| Reach::of_peer(&policy.key.namespace, &peer.value))
            .collect();
        let selected = Selected::by(&reaches, &world);
        let names = |workloads: Vec<&Workload>| workloads.iter().map(|pod| pod.key.to_string()).collect();
        let answers = selected.answers("http", Protocol::Tcp);
        let all: Vec<&Workload> = selected.workloads().collect();
        assert_eq!(selected.count(), all.len());
        assert!(all.iter().all(|pod| selected.contains(pod)));
        let numbers =
            |answer: &Vec<PortNumber>| format!("{:?}", answer.iter().map(|port| port.get()).collect::<Vec<_>>());
        let answers = answers.iter().map(numbers).collect();
        let declaring: Vec<&Workload> = selected.declaring("http", Protocol::Tcp).collect();
        assert_eq!(declaring.len(), selected.count_declaring("http", Protocol::Tcp));
        (names(all), names(declaring), answers)
    }

    #[test]
    fn peers_that_overlap_select_each_workload_once() {
        for (peers, all, declaring) in [
            (
                "{namespaceSelector: {}}",
                vec!["data/db", "shop/api", "shop/web"],
                vec!["shop/api", "shop/web"],
            ),
            (
                "{podSelector: {matchLabels: {app: web}}}, {podSelector: {matchExpressions: [{key: app, operator: Exists}]}}",
                vec!["shop/api", "shop/web"],
                vec!["shop/api", "shop/web"],
            ),
            (
                "{podSelector: {matchLabels: {app: web}}}, {podSelector: {}}",
                vec!["shop/api", "shop/web"],
                vec!["shop/api", "shop/web"],
            ),
            (
                "{namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}",
                vec!["data/db"],
                vec![],
            ),
            ("{podSelector: {matchLabels: {app: nobody}}}", vec![], vec![]),
        ] {
            let (selected, with_name, _) = told(peers);
            assert_eq!(
                (selected, with_name),
                (
                    all.iter().map(ToString::to_string).collect(),
                    declaring.iter().map(ToString::to_string).collect()
                ),
                "{peers}"
            );
        }
    }

    #[test]
    fn answers_are_told_apart_and_silence_is_one() {
        for (peers, answers) in [
            ("{namespaceSelector: {}}", vec!["[]", "[80, 8080]", "[3000]"]),
            ("{podSelector: {}}", vec!["[80, 8080]", "[3000]"]),
            ("{podSelector: {matchLabels: {app: web}}}", vec!["[3000]"]),
            (
                "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}}",
                vec!["[]"],
            ),
            ("{podSelector: {matchLabels: {app: nobody}}}", vec![]),
        ] {
            assert_eq!(told(peers).2, answers, "{peers}");
        }
    }
}
