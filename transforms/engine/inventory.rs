//! Who is in a cluster, as the engines see it: pods that no policy can tell apart, their namespaces and the nodes.

use std::collections::{BTreeMap, HashMap};

use roaring::RoaringBitmap;

use crate::policy::{Labels, Namespace, PortNumber, Protocol};
use crate::world::{Workload, World, facts};

/// Names a class of an inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

/// Classes of an inventory, as a set.
pub type Classes = RoaringBitmap;

/// How many times as many classes make it worth to look each of the fewer ones up.
const FAR_FEWER: u64 = 16;

/// A pod, or what stands for pods that no file shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pod {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its labels.
    pub labels: Labels,
    /// Its named ports, in the order of the file.
    pub ports: Vec<(String, Protocol, PortNumber)>,
    /// Whether it uses the node's network.
    pub host_network: bool,
}

impl Pod {
    /// Returns what the pods of a workload have in common.
    pub fn of(workload: &Workload) -> Self {
        let named = workload.ports.iter().filter_map(|port| {
            let name = port.name.clone()?;
            Some((name, port.protocol, port.number))
        });
        Self {
            namespace: workload.key.namespace.clone(),
            labels: workload.labels.clone(),
            ports: named.collect(),
            host_network: workload.host_network,
        }
    }
}

/// A namespace with the classes in it.
#[derive(Debug, Clone)]
pub struct Home {
    /// Its name.
    pub namespace: Namespace,
    /// Its labels, the implied `kubernetes.io/metadata.name` among them.
    pub labels: Labels,
    /// The classes in it.
    pub classes: Classes,
}

/// Pods that are alike for every policy, and where the labels lead.
#[derive(Debug, Clone)]
pub struct Inventory {
    classes: Vec<Pod>,
    class_of: Vec<ClassId>,
    homes: Vec<Home>,
    home_of: HashMap<Namespace, usize>,
    /// The home of each class.
    home_of_class: Vec<usize>,
    /// A number for each class that those with the same named ports share.
    ports_of_class: Vec<usize>,
    /// By the key of a label of the pods.
    labelled: HashMap<String, Labelled>,
    /// By the key of a label of their namespaces.
    in_labelled: HashMap<String, Labelled>,
    unlabelled: Labelled,
    /// The homes that have a label, by its key and value.
    homes_labelled: HashMap<String, HashMap<String, Vec<usize>>>,
    named: HashMap<(String, Protocol), Vec<(ClassId, PortNumber)>>,
    host_network: Classes,
}

impl Inventory {
    /// Groups the workloads of a world.
    pub fn of(world: &World) -> Self {
        let policies = world.policies.iter().map(|policy| policy.key.namespace.clone());
        Self::new(world.workloads.iter().map(Pod::of), policies, |namespace| {
            world.namespace_labels(namespace).0
        })
    }

    /// Groups pods; `namespaces` names further namespaces, in which there may be no pod.
    pub fn new(
        pods: impl IntoIterator<Item = Pod>,
        namespaces: impl IntoIterator<Item = Namespace>,
        labels: impl Fn(&Namespace) -> Labels,
    ) -> Self {
        let pods: Vec<Pod> = pods.into_iter().collect();
        let mut numbers: BTreeMap<&Pod, ClassId> = pods.iter().map(|pod| (pod, ClassId(0))).collect();
        for (number, class) in (0..).zip(numbers.values_mut()) {
            *class = ClassId(number);
        }
        let mut homes: BTreeMap<Namespace, Home> = BTreeMap::new();
        let all = pods.iter().map(|pod| pod.namespace.clone()).chain(namespaces);
        for namespace in all {
            homes.entry(namespace).or_insert_with_key(|namespace| Home {
                namespace: namespace.clone(),
                labels: named(namespace, labels(namespace)),
                classes: Classes::new(),
            });
        }
        let mut found = Self {
            class_of: pods.iter().map(|pod| numbers[pod]).collect(),
            classes: numbers.keys().map(|&pod| pod.clone()).collect(),
            home_of: homes.keys().cloned().zip(0..).collect(),
            homes: homes.into_values().collect(),
            home_of_class: Vec::new(),
            ports_of_class: Vec::new(),
            labelled: HashMap::new(),
            in_labelled: HashMap::new(),
            unlabelled: Labelled::default(),
            homes_labelled: HashMap::new(),
            named: HashMap::new(),
            host_network: Classes::new(),
        };
        found.index();
        found
    }

    fn index(&mut self) {
        let mut alike: HashMap<&[(String, Protocol, PortNumber)], usize> = HashMap::new();
        for pod in &self.classes {
            let next = alike.len();
            self.ports_of_class.push(*alike.entry(&pod.ports).or_insert(next));
        }
        for (number, pod) in (0..).zip(&self.classes) {
            let home = self.home_of[&pod.namespace];
            self.homes[home].classes.insert(number);
            self.home_of_class.push(home);
            if pod.host_network {
                self.host_network.insert(number);
            }
            for (key, value) in &pod.labels {
                let labelled = self.labelled.entry(key.clone()).or_default();
                labelled.add(value, [number]);
            }
            for (name, protocol, port) in &pod.ports {
                let declared = self.named.entry((name.clone(), *protocol)).or_default();
                declared.push((ClassId(number), *port));
            }
        }
        for (number, home) in self.homes.iter().enumerate() {
            for (key, value) in &home.labels {
                let labelled = self.in_labelled.entry(key.clone()).or_default();
                labelled.add(value, &home.classes);
                let homes = self.homes_labelled.entry(key.clone()).or_default();
                homes.entry(value.clone()).or_default().push(number);
            }
        }
    }

    /// Returns how many classes there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.classes.len()).unwrap_or(u32::MAX)
    }

    /// Tells whether there is no class.
    pub const fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// Returns what the pods of a class have in common, which is all that a policy can ask for.
    ///
    /// # Panics
    /// If `class` is not of this inventory.
    pub fn class(&self, class: ClassId) -> &Pod {
        &self.classes[class.0 as usize]
    }

    /// Returns a number that classes with the same named ports share.
    ///
    /// # Panics
    /// If `class` is not of this inventory.
    pub fn ports_kind(&self, class: ClassId) -> usize {
        self.ports_of_class[class.0 as usize]
    }

    /// Returns the class of each pod that the inventory was made of, in the same order.
    pub fn class_of(&self) -> &[ClassId] {
        &self.class_of
    }

    /// Returns all classes.
    pub fn all(&self) -> Classes {
        let mut all = Classes::new();
        all.insert_range(0..self.len());
        all
    }

    /// Returns the classes that use the node's network.
    pub const fn host_network(&self) -> &Classes {
        &self.host_network
    }

    /// Returns the namespaces, sorted.
    pub fn homes(&self) -> &[Home] {
        &self.homes
    }

    /// Returns a namespace; `None` where neither a pod nor a policy is in it.
    pub fn home(&self, namespace: &Namespace) -> Option<&Home> {
        self.home_of.get(namespace).map(|&home| &self.homes[home])
    }

    /// Counts the namespaces that classes are in; those of one namespace have numbers one after another.
    ///
    /// # Panics
    /// If a class is not of this inventory.
    pub fn count_homes(&self, classes: &Classes) -> u64 {
        let mut homes = 0;
        let mut rest = classes.iter();
        while let Some(class) = rest.next() {
            homes += 1;
            let home = self.home_of_class[class as usize];
            let last = self.homes[home].classes.max();
            rest.advance_to(last.map_or(class, |last| last.saturating_add(1)));
        }
        homes
    }

    /// Returns the classes that have a label of this key.
    pub fn labelled(&self, key: &str) -> &Labelled {
        self.labelled.get(key).unwrap_or(&self.unlabelled)
    }

    /// Returns the classes in namespaces that have a label of this key.
    pub fn in_labelled(&self, key: &str) -> &Labelled {
        self.in_labelled.get(key).unwrap_or(&self.unlabelled)
    }

    /// Returns the namespaces that have a label of this key with one of these values.
    pub fn homes_labelled<'s>(&'s self, key: &str, values: &'s [String]) -> impl Iterator<Item = &'s Home> {
        let of_key = self.homes_labelled.get(key);
        let homes = values.iter().filter_map(move |value| of_key?.get(value)).flatten();
        homes.map(|&home| &self.homes[home])
    }

    /// Returns which classes declare a port of this name, sorted by class, in the order in which each declares them.
    pub fn declaring(&self, name: &str, protocol: Protocol) -> &[(ClassId, PortNumber)] {
        let declared = self.named.get(&(name.to_owned(), protocol));
        declared.map_or(&[], Vec::as_slice)
    }
}

/// The classes that have a label of one key.
#[derive(Debug, Clone, Default)]
pub struct Labelled {
    by_value: HashMap<String, Classes>,
    all: Classes,
}

impl Labelled {
    /// Adds classes, which costs what they are, however many there were.
    fn add(&mut self, value: &str, classes: impl IntoIterator<Item = u32> + Clone) {
        self.all.extend(classes.clone());
        self.by_value.entry(value.to_owned()).or_default().extend(classes);
    }

    /// Returns those of `classes` that have one of these values, or any where none is named.
    pub fn having(&self, values: Option<&[String]>, classes: &Classes) -> Classes {
        let Some(values) = values else {
            return meet(&self.all, classes);
        };
        let mut found = Classes::new();
        for having in values.iter().filter_map(|value| self.by_value.get(value)) {
            found |= meet(having, classes);
        }
        found
    }
}

/// Returns what two sets share, at the cost of the smaller one where that is far smaller.
pub fn meet(one: &Classes, other: &Classes) -> Classes {
    let (few, many) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if few.len() <= many.len() / FAR_FEWER {
        few.iter().filter(|&class| many.contains(class)).collect()
    } else {
        few & many
    }
}

fn named(namespace: &Namespace, mut labels: Labels) -> Labels {
    if let Some(name) = namespace.name() {
        labels.insert(facts::NAMESPACE_NAME_LABEL.to_owned(), name.to_owned());
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_that_differ_in_nothing_a_policy_asks_for_are_one_class() {
        let pod = |namespace: &str, app: &str| Pod {
            namespace: Namespace::Named(namespace.into()),
            labels: Labels::from([("app".to_owned(), app.to_owned())]),
            ports: Vec::new(),
            host_network: false,
        };
        let pods = [
            pod("shop", "web"),
            pod("pay", "web"),
            pod("shop", "web"),
            pod("shop", "api"),
        ];
        let inventory = Inventory::new(pods, [], |_| Labels::new());
        assert_eq!(inventory.len(), 3);
        assert_eq!(inventory.class_of()[0], inventory.class_of()[2]);
        let web = inventory
            .labelled("app")
            .having(Some(&["web".to_owned()]), &inventory.all());
        assert_eq!(web.len(), 2);
        let shop = inventory.home(&Namespace::Named("shop".into())).unwrap();
        assert_eq!(shop.classes.len(), 2);
        assert_eq!(inventory.count_homes(&shop.classes), 1);
        assert_eq!(inventory.count_homes(&inventory.all()), 2);
    }
}
