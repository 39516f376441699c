//! The workloads by namespace, label and port name: counted once, for the many rules that ask.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::World;
use super::workload::{ContainerPort, Workload};
use crate::policy::{Labels, Namespace, PortNumber, Protocol, Selector};

/// The index of a world's workloads; `hostNetwork` is left out of everything but the namespaces' ranges.
#[derive(Debug, Clone, Default)]
pub struct Census {
    homes: Vec<Home>,
    by_label: BTreeMap<String, BTreeMap<String, Vec<usize>>>,
    by_port: BTreeMap<(String, Protocol), BTreeMap<usize, Declared>>,
}

/// A namespace that has known workloads.
#[derive(Debug, Clone)]
pub(super) struct Home {
    /// The workloads in it, as indices in [`World::workloads`].
    pub(super) workloads: Range<usize>,
    /// Its known labels, the implied name among them.
    pub(super) labels: Labels,
    /// Whether those are all: a manifest, the config or the facts describe the namespace.
    pub(super) described: bool,
    /// How many of the workloads are pods that selectors reach.
    pub(super) pods: usize,
}

/// What the workloads of one namespace declare under one port name and protocol.
#[derive(Debug, Clone, Default)]
pub(super) struct Declared {
    /// Those that declare it, ascending, as indices in [`World::workloads`].
    pub(super) by: Vec<usize>,
    /// The numbers that they declare, each answer ascending.
    pub(super) answers: BTreeSet<Vec<PortNumber>>,
}

impl Census {
    fn of(world: &World) -> Self {
        let mut census = Self::default();
        for (at, workload) in world.workloads.iter().enumerate() {
            census.move_in(at, workload, world);
            if !workload.host_network {
                census.count(at, workload);
            }
        }
        census
    }

    /// Opens the namespace of a workload where the one before it is of another, and takes it in.
    fn move_in(&mut self, at: usize, workload: &Workload, world: &World) {
        let namespace = &workload.key.namespace;
        let is_next = at > 0 && world.workloads[at - 1].key.namespace == *namespace;
        match self.homes.last_mut() {
            Some(home) if is_next => home.workloads.end = at + 1,
            Some(_) | None => {
                let (labels, described) = world.namespace_labels(namespace);
                self.homes.push(Home {
                    workloads: at..at + 1,
                    labels,
                    described,
                    pods: 0,
                });
            }
        }
    }

    /// Counts a workload that selectors reach, in the namespace that was opened last.
    fn count(&mut self, at: usize, workload: &Workload) {
        if let Some(home) = self.homes.last_mut() {
            home.pods += 1;
        }
        for (key, value) in &workload.labels {
            let values = self.by_label.entry(key.clone()).or_default();
            values.entry(value.clone()).or_default().push(at);
        }
        let of_port = |port: &ContainerPort| Some((port.name.clone()?, port.protocol));
        let names: BTreeSet<(String, Protocol)> = workload.ports.iter().filter_map(of_port).collect();
        let home = self.homes.len().saturating_sub(1);
        for (name, protocol) in names {
            let answer = answer(workload, &name, protocol);
            let homes = self.by_port.entry((name, protocol)).or_default();
            let declared = homes.entry(home).or_default();
            declared.by.push(at);
            declared.answers.insert(answer);
        }
    }

    pub(super) fn homes(&self) -> &[Home] {
        &self.homes
    }

    /// Returns the index of a namespace among the homes; `None` where it has no known workload.
    pub(super) fn home_of(&self, namespace: &Namespace, world: &World) -> Option<usize> {
        let of = |home: &Home| &world.workloads[home.workloads.start].key.namespace;
        self.homes.binary_search_by(|home| of(home).cmp(namespace)).ok()
    }

    /// Returns what each namespace declares under a port name, by the index of its home.
    pub(super) fn declared(&self, name: &str, protocol: Protocol) -> Option<&BTreeMap<usize, Declared>> {
        self.by_port.get(&(name.to_owned(), protocol))
    }

    /// Returns the pods of a home that a selector selects, ascending.
    pub(super) fn selected(&self, home: &Home, pods: &Selector, world: &World) -> Vec<usize> {
        let selects = |at: &usize| {
            let workload = &world.workloads[*at];
            !workload.host_network && pods.matches(&workload.labels)
        };
        match pods.labels.first() {
            Some((key, value)) => {
                let all = self.by_label.get(key).and_then(|values| values.get(value));
                let all = all.map_or(&[][..], Vec::as_slice);
                let from = all.partition_point(|at| *at < home.workloads.start);
                let here = all[from..].iter().take_while(|at| **at < home.workloads.end);
                here.copied().filter(selects).collect()
            }
            None => home.workloads.clone().filter(selects).collect(),
        }
    }
}

/// Returns the numbers that a workload declares under a port name, ascending.
pub(super) fn answer(workload: &Workload, name: &str, protocol: Protocol) -> Vec<PortNumber> {
    let mut numbers = workload.numbers_of(name, protocol);
    numbers.sort_unstable();
    numbers
}

impl World {
    /// Returns the numbers that known pods of any namespace declare under a port name.
    pub(crate) fn numbers_under(&self, name: &str, protocol: Protocol) -> BTreeSet<PortNumber> {
        let homes = self.census().declared(name, protocol).into_iter().flatten();
        homes
            .flat_map(|(_, declared)| &declared.answers)
            .flatten()
            .copied()
            .collect()
    }

    /// Returns the index of the workloads as they stood when it was first asked for.
    pub(super) fn census(&self) -> &Census {
        self.census.get_or_init(|| Census::of(self))
    }
}
