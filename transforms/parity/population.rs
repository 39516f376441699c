//! Who may be there: the workloads that files show, and stand-ins for those that they don't.

use std::collections::BTreeMap;

use super::state::State;
use super::witness::Witnesses;
use crate::engine::{ClassId, Classes, Inventory, Pod};
use crate::policy::{Labels, Namespace};
use crate::world::facts::NAMESPACE_NAME_LABEL;
use crate::world::{Workload, World};

/// The pods of a cluster in classes, each with the workloads that it stands for.
#[derive(Debug)]
pub struct Population<'w> {
    /// The classes.
    pub inventory: Inventory,
    /// The workloads of each class; none where it stands for pods that no file shows.
    members: Vec<Vec<&'w Workload>>,
    beyond_files: Classes,
    /// What is known of the namespaces that no file shows.
    namespaces: BTreeMap<Namespace, Labels>,
}

impl<'w> Population<'w> {
    /// Gathers the workloads of a cluster, `base` among them where another tree shows it too, and the pods that its
    /// policies in some states tell apart.
    pub fn of<'s>(world: &'w World, base: Option<&'w World>, states: impl IntoIterator<Item = &'s State>) -> Self {
        let worlds = || [world].into_iter().chain(base);
        let witnesses = Witnesses::of(world, states);
        let workloads: Vec<&Workload> = worlds().flat_map(|world| &world.workloads).collect();
        let known = workloads.iter().map(|workload| Pod::of(workload));
        let labels = |namespace: &Namespace| match witnesses.namespaces.get(namespace) {
            Some(labels) => labels.clone(),
            None => worlds().flat_map(|world| world.namespace_labels(namespace).0).collect(),
        };
        let inventory = Inventory::new(known.chain(witnesses.pods.iter().cloned()), [], labels);
        let mut members = vec![Vec::new(); inventory.len() as usize];
        for (workload, class) in workloads.into_iter().zip(inventory.class_of()) {
            members[class.0 as usize].push(workload);
        }
        let unseen = (0..).zip(&members).filter(|(_, members)| members.is_empty());
        Self {
            beyond_files: unseen.map(|(class, _)| class).collect(),
            namespaces: witnesses.namespaces,
            inventory,
            members,
        }
    }

    /// Returns the classes that stand for pods that no file shows.
    pub const fn beyond_files(&self) -> &Classes {
        &self.beyond_files
    }

    /// Says what a namespace without a name is.
    pub fn describe(&self, namespace: &Namespace) -> String {
        let labels = self.namespaces.get(namespace).into_iter().flatten();
        let labels = labels.filter(|(key, _)| *key != NAMESPACE_NAME_LABEL);
        let labels: Vec<String> = labels.map(|(key, value)| format!("{key}={value}")).collect();
        match (self.namespaces.contains_key(namespace), labels.is_empty()) {
            (false, _) => "the namespace that no file tells".to_owned(),
            (true, true) => "another namespace".to_owned(),
            (true, false) => format!("another namespace with {}", labels.join(",")),
        }
    }

    /// Returns the workloads of a class; none where it stands for pods that no file shows.
    pub fn workloads(&self, class: ClassId) -> &[&'w Workload] {
        &self.members[class.0 as usize]
    }
}
