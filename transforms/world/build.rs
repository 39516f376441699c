//! Joins the files' facts to one [`World`] per cluster.

mod clusters;
mod conflicts;
mod namespaces;
mod need;
mod paths;
mod placement;
mod refused;
mod told;

use std::collections::BTreeSet;

pub use need::wants_workloads;

use self::clusters::Parting;
use self::placement::Layout;
use super::extract::Extract;
use super::facts::{Facts, Settings};
use super::{CiliumPolicy, Service, Workload, World, others};
use crate::policy::{ObjectKey, Policy, Rejected};
use crate::source::FileId;
use crate::yaml::Dialect;

/// What a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputRole {
    /// Its policies are judged, and may be edited.
    Edit,
    /// Its overlays of ours are kept up to date, and its other objects are used as those of a context.
    Overlays,
    /// It is used to judge others (`--context`), and never edited.
    Context,
    /// It is a dump of a cluster (`--facts`).
    Facts,
}

/// A file with what it holds.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its path, with `/`, relative to the working directory.
    pub path: String,
    /// What it is read for.
    pub role: InputRole,
    /// The clusters whose paths match, by their index in [`Spec::clusters`]; with none it belongs to all.
    pub clusters: Vec<usize>,
    /// The namespace that the config tells by the path.
    pub namespace_by_path: Option<String>,
    /// What it holds.
    pub extract: Extract,
}

/// A cluster that the config states.
#[derive(Debug, Clone)]
pub struct ClusterSpec {
    /// Its name.
    pub name: String,
    /// What is known of it.
    pub facts: Facts,
}

/// What config and flags say of the worlds to build.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    /// The clusters; without any, they are told from the files.
    pub clusters: Vec<ClusterSpec>,
    /// What is known of each cluster where none is stated.
    pub facts: Facts,
    /// The transforms' ways.
    pub settings: Settings,
    /// The namespace of manifests that name none (`--namespace`).
    pub namespace: Option<String>,
    /// Whether the inputs were read with their workloads.
    pub workloads_read: bool,
}

/// An input's membership of clusters by one of its placements.
#[derive(Debug, Clone)]
struct Member {
    /// The index of the input.
    input: usize,
    /// The index of the placement in the input's list.
    placement: usize,
    /// The clusters; none means all.
    clusters: BTreeSet<usize>,
}

/// A file that a kustomization lists as a patch, so that what it holds are no policies of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patch {
    /// The file.
    pub file: FileId,
    /// How many NetworkPolicies it seems to hold.
    pub policies: u64,
}

/// The worlds of a run.
#[derive(Debug, Default)]
pub struct Built {
    /// One world per cluster, sorted by name as far as they are told from the files, else as stated.
    pub worlds: Vec<World>,
    /// The patches that were left out.
    pub patches: Vec<Patch>,
}

/// Decides for what kubectl and kustomize read differently: a file that a kustomization lists is kustomize's.
pub fn choose_readers(inputs: &mut [Input]) {
    if inputs.iter().all(|input| input.extract.differing.is_empty()) {
        return;
    }
    let layout = Layout::of(inputs);
    for (index, input) in inputs.iter_mut().enumerate() {
        let mut placements = layout.placements(index).iter();
        let is_listed = placements.any(|placement| placement.kustomization.is_some());
        input.extract.settle(is_listed.then_some(Dialect::Kustomize));
    }
}

/// Builds one world per cluster.
///
/// A file that several kustomizations place into several namespaces is in its world once for each. A file that belongs
/// to several clusters is in the world of each.
pub fn worlds(mut inputs: Vec<Input>, spec: &Spec) -> Built {
    let others = others::remarks(&inputs);
    let layout = Layout::of(&inputs);
    let patches = patches(&inputs, &layout);
    let parting = Parting::of(&inputs, &layout, spec);
    let mut uses = uses(&parting, inputs.len());
    let mut worlds = Vec::with_capacity(parting.names.len());
    for (cluster, name) in parting.names.iter().enumerate() {
        let stated = spec.clusters.get(cluster).map_or(&spec.facts, |stated| &stated.facts);
        let mut world = World {
            cluster: name.clone(),
            facts: stated.clone(),
            settings: spec.settings.clone(),
            workloads_read: spec.workloads_read,
            ..World::default()
        };
        let mut joined = Joined::default();
        for member in parting.members_of(cluster) {
            uses[member.input] -= 1;
            let last = uses[member.input] == 0;
            let placement = &layout.placements(member.input)[member.placement];
            let placed = namespaces::place(&mut inputs[member.input], placement, spec, last);
            if !placed.workloads.is_empty() {
                world.files.insert(placed.file, inputs[member.input].path.clone());
            }
            joined.take(placed, inputs[member.input].role, &mut world);
        }
        settle(&mut world);
        worlds.push(world);
    }
    if let (Some(first), Some(remark)) = (worlds.first_mut(), parting.remark) {
        first.remarks.insert(0, remark);
    }
    if let Some(first) = worlds.first_mut() {
        first.remarks.extend(others);
    }
    Built { worlds, patches }
}

/// Returns the inputs that hold patches of policies.
fn patches(inputs: &[Input], layout: &Layout) -> Vec<Patch> {
    let held = |input: &Input| Patch {
        file: input.extract.file,
        policies: (input.extract.policies.len() + input.extract.rejected.len()) as u64,
    };
    let listed = inputs.iter().enumerate().filter(|&(index, _)| layout.is_patch(index));
    listed
        .map(|(_, input)| held(input))
        .filter(|patch| patch.policies > 0)
        .collect()
}

/// Counts how often each input is read, so that its last reader can have it without a copy.
fn uses(parting: &Parting, inputs: usize) -> Vec<usize> {
    let mut uses = vec![0; inputs];
    for member in &parting.members {
        uses[member.input] += match member.clusters.len() {
            0 => parting.names.len(),
            some => some,
        };
    }
    uses
}

/// The keys that the tree has, so that a dump's copy of the same object does not count beside it.
#[derive(Default)]
struct Joined {
    policies: BTreeSet<ObjectKey>,
    services: BTreeSet<ObjectKey>,
    cilium_policies: BTreeSet<ObjectKey>,
    workloads: BTreeSet<(String, ObjectKey)>,
}

impl Joined {
    /// Puts an input's objects into the world; dumps come after all other inputs.
    fn take(&mut self, mut found: Extract, role: InputRole, world: &mut World) {
        let editable = role == InputRole::Edit;
        for policy in &mut found.policies {
            policy.editable &= editable;
        }
        for service in &mut found.services {
            service.editable = editable;
        }
        for owned in found
            .cilium_policies
            .iter_mut()
            .filter_map(|policy| policy.owned.as_mut())
        {
            owned.editable = matches!(role, InputRole::Edit | InputRole::Overlays);
        }
        match role {
            InputRole::Edit => world.rejected.append(&mut found.rejected),
            InputRole::Overlays | InputRole::Context => world.refused_elsewhere.append(&mut found.rejected),
            InputRole::Facts => {
                // A list of nodes alone shows no pods: it is no dump of the cluster.
                world.facts.dump |= !found.workloads.is_empty();
                self.drop_known(&mut found);
                world.refused_elsewhere.append(&mut found.rejected);
            }
        }
        if role != InputRole::Facts {
            self.remember(&found);
        }
        world.facts.nodes.append(&mut found.nodes);
        world.policies.append(&mut found.policies);
        world.services.append(&mut found.services);
        world.cilium_policies.append(&mut found.cilium_policies);
        world.workloads.append(&mut found.workloads);
        for (name, labels) in found.namespaces {
            let known = world.namespaces.contains_key(&name);
            if role != InputRole::Facts || !known {
                world.namespaces.insert(name, labels);
            }
        }
    }

    fn remember(&mut self, found: &Extract) {
        self.policies
            .extend(found.policies.iter().map(|policy| policy.key.clone()));
        self.services
            .extend(found.services.iter().map(|service| service.key.clone()));
        self.cilium_policies
            .extend(found.cilium_policies.iter().map(|policy| policy.key.clone()));
        let workloads = found.workloads.iter();
        self.workloads
            .extend(workloads.map(|workload| (workload.kind.clone(), workload.key.clone())));
    }

    fn drop_known(&self, found: &mut Extract) {
        found
            .policies
            .retain(|policy: &Policy| !self.policies.contains(&policy.key));
        found
            .services
            .retain(|service: &Service| !self.services.contains(&service.key));
        found
            .cilium_policies
            .retain(|policy: &CiliumPolicy| !self.cilium_policies.contains(&policy.key));
        found
            .workloads
            .retain(|workload: &Workload| !self.workloads.contains(&(workload.kind.clone(), workload.key.clone())));
    }
}

/// Sorts what was joined, drops what several placements brought twice, and adds what config and flags say.
fn settle(world: &mut World) {
    world.policies.sort_by(|a, b| (a.place, &a.key).cmp(&(b.place, &b.key)));
    world.policies.dedup_by(|a, b| (a.place, &a.key) == (b.place, &b.key));
    let rejected = |rejected: &Rejected| (rejected.place, rejected.key.clone());
    world.rejected.sort_by_cached_key(rejected);
    world.rejected.dedup_by_key(|one| rejected(one));
    world.services.sort_by(|a, b| (a.place, &a.key).cmp(&(b.place, &b.key)));
    world.services.dedup_by(|a, b| (a.place, &a.key) == (b.place, &b.key));
    world
        .cilium_policies
        .sort_by(|a, b| (a.place, &a.key).cmp(&(b.place, &b.key)));
    world
        .cilium_policies
        .dedup_by(|a, b| (a.place, &a.key) == (b.place, &b.key));
    world
        .workloads
        .sort_by(|a, b| (&a.key, a.place).cmp(&(&b.key, b.place)));
    world.workloads.dedup_by(|a, b| (a.place, &a.key) == (b.place, &b.key));
    world.facts.nodes.sort_by(|a, b| a.name.cmp(&b.name));
    world.facts.nodes.dedup_by(|a, b| a.name == b.name);
    let stated = world.facts.namespaces.iter();
    world
        .namespaces
        .extend(stated.map(|(name, labels)| (name.clone(), labels.clone())));
    world.remarks.extend(namespaces::unknown(world));
}

#[cfg(test)]
mod tests;
