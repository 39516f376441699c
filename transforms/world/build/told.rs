//! Tells the clusters from the folders, from what Flux syncs, and from policies that contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use super::clusters::Parting;
use super::conflicts::{self, Conflict};
use super::paths::{folder, is_within, join};
use super::placement::Layout;
use super::{Input, InputRole, Member, Spec};
use crate::world::Remark;

/// Folders that by convention hold a folder per cluster.
const HOLDERS: [&str; 3] = ["clusters", "environments", "envs"];
/// The file by which Flux syncs a cluster.
const FLUX_ENTRY: &str = "gotk-sync.yaml";
/// The folder that Flux keeps its own files in, inside of the cluster's.
const FLUX_FOLDER: &str = "flux-system";

/// A parting in the making, by names.
pub(super) struct Told {
    members: Vec<Member>,
    /// Whether each member is of a tree; a dump tells nothing by its path.
    in_tree: Vec<bool>,
    /// The clusters of each member by name; none means all.
    labels: Vec<BTreeSet<String>>,
    /// All names; empty where the input is one cluster.
    names: BTreeSet<String>,
    reasons: Vec<String>,
}

impl Told {
    /// Starts with one cluster of all members.
    pub(super) fn new(members: Vec<Member>, inputs: &[Input]) -> Self {
        Self {
            in_tree: members
                .iter()
                .map(|member| inputs[member.input].role != InputRole::Facts)
                .collect(),
            labels: vec![BTreeSet::new(); members.len()],
            members,
            names: BTreeSet::new(),
            reasons: Vec::new(),
        }
    }

    /// Parts by the folders under `clusters/` and the like, and by Flux's entries, and follows what each syncs.
    pub(super) fn part_by_folders(&mut self, inputs: &[Input], layout: &Layout) {
        let anchors: Vec<&str> = self
            .members
            .iter()
            .map(|member| &*layout.placements(member.input)[member.placement].anchor)
            .collect();
        let mut found: BTreeMap<String, String> = flux_folders(inputs);
        let by_flux = found.len() > 1;
        let held = anchors.iter().zip(&self.in_tree).filter(|(_, tree)| **tree);
        let held: Vec<(String, String)> = held.filter_map(|(anchor, _)| held_folder(anchor)).collect();
        let by_holder = held.iter().map(|(_, name)| name).collect::<BTreeSet<_>>().len() > 1;
        found.retain(|_, _| by_flux);
        found.extend(held.into_iter().filter(|_| by_holder));
        let names: BTreeSet<String> = found.values().cloned().collect();
        if names.len() < 2 {
            return;
        }
        for ((label, anchor), tree) in self.labels.iter_mut().zip(&anchors).zip(&self.in_tree) {
            let inside = found.iter().filter(|(folder, _)| *tree && is_within(anchor, folder));
            label.extend(
                inside
                    .max_by_key(|(folder, _)| folder.len())
                    .map(|(_, name)| name.clone()),
            );
        }
        self.follow_syncs(inputs, &anchors);
        let reasons = [
            (by_holder, "the folders under `clusters/`, `environments/` or `envs/`"),
            (by_flux, "the folders that hold a `gotk-sync.yaml`"),
        ];
        self.reasons.extend(
            reasons
                .iter()
                .filter(|(holds, _)| *holds)
                .map(|(_, reason)| (*reason).to_owned()),
        );
        self.names = names;
    }

    /// Gives what a cluster's Argo CD or Flux objects sync to that cluster, as long as that tells anything new.
    fn follow_syncs(&mut self, inputs: &[Input], anchors: &[&str]) {
        let free: Vec<bool> = self
            .labels
            .iter()
            .zip(&self.in_tree)
            .map(|(labels, tree)| *tree && labels.is_empty())
            .collect();
        loop {
            let mut synced: BTreeSet<(String, String)> = BTreeSet::new();
            for (member, labels) in self.members.iter().zip(&self.labels) {
                for sync in &inputs[member.input].extract.syncs {
                    let path = join("", &sync.path).filter(|path| !path.is_empty());
                    let pairs = labels.iter().zip(path.iter().cycle());
                    synced.extend(pairs.map(|(label, path)| (path.clone(), label.clone())));
                }
            }
            let before: usize = self.labels.iter().map(BTreeSet::len).sum();
            for ((labels, anchor), free) in self.labels.iter_mut().zip(anchors).zip(&free) {
                let covering = synced.iter().filter(|(path, _)| *free && is_within(anchor, path));
                labels.extend(covering.map(|(_, label)| label.clone()));
            }
            if before == self.labels.iter().map(BTreeSet::len).sum::<usize>() {
                return;
            }
        }
    }

    /// Parts each cluster further where one policy stands in several render roots with different content.
    pub(super) fn part_by_conflicts(&mut self, inputs: &[Input], layout: &Layout, spec: &Spec) {
        let clusters: Vec<Option<String>> = match self.names.len() {
            0 => vec![None],
            _ => self.names.iter().cloned().map(Some).collect(),
        };
        for cluster in clusters {
            let inside: Vec<usize> = (0..self.members.len())
                .filter(|&at| {
                    let labels = &self.labels[at];
                    labels.is_empty() || cluster.as_ref().is_some_and(|cluster| labels.contains(cluster))
                })
                .collect();
            let members = inside.iter().map(|&at| &self.members[at]);
            if let Some(conflict) = conflicts::find(members, inputs, layout, spec) {
                self.split(cluster.as_deref(), &inside, &conflict, layout);
            }
        }
    }

    /// Puts one cluster per variant in the place of `cluster`.
    fn split(&mut self, cluster: Option<&str>, inside: &[usize], conflict: &Conflict, layout: &Layout) {
        let name = |variant: &String| match cluster {
            Some(cluster) => format!("{cluster}/{variant}"),
            None => variant.clone(),
        };
        for &at in inside.iter().filter(|&&at| self.in_tree[at]) {
            let member = &self.members[at];
            let anchor = &layout.placements(member.input)[member.placement].anchor;
            let variant = conflict.variant_of(anchor);
            let labels = &mut self.labels[at];
            if labels.is_empty() && variant.is_some() && cluster.is_some() {
                // It stays in the other clusters.
                labels.extend(self.names.iter().cloned());
            }
            let named = cluster.is_some_and(|cluster| labels.remove(cluster));
            match variant {
                Some(variant) => labels.extend([name(variant)]),
                None if named => labels.extend(conflict.variants.iter().map(name)),
                None => {}
            }
        }
        if let Some(cluster) = cluster {
            self.names.remove(cluster);
        }
        self.names.extend(conflict.variants.iter().map(name));
        self.reasons.push(conflict.reason.clone());
    }

    /// Numbers the clusters by their names, sorted.
    pub(super) fn finish(mut self) -> Parting {
        let names: Vec<String> = self.names.into_iter().collect();
        for (member, labels) in self.members.iter_mut().zip(self.labels) {
            let indices = labels.iter().filter_map(|label| names.binary_search(label).ok());
            member.clusters = indices.collect();
        }
        let remark = (!names.is_empty()).then(|| Remark {
            finding: "mixed-clusters",
            spot: None,
            message: format!(
                "the input is taken for {} clusters ({}), told by {}",
                names.len(),
                names.join(", "),
                self.reasons.join("; ")
            ),
        });
        Parting {
            names: if names.is_empty() {
                vec![None]
            } else {
                names.into_iter().map(Some).collect()
            },
            members: self.members,
            remark,
        }
    }
}

/// Returns the folder of a cluster that `anchor` lies in, with its name, where a folder of the convention holds it.
pub(super) fn held_folder(anchor: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = anchor.split('/').collect();
    let at = parts.iter().position(|part| HOLDERS.contains(part))? + 1;
    let name = parts.get(at)?;
    Some((parts[..=at].join("/"), (*name).to_owned()))
}

/// Returns the folders of clusters that Flux syncs, each with its name.
fn flux_folders(inputs: &[Input]) -> BTreeMap<String, String> {
    let entries = inputs.iter().map(|input| input.path.as_str());
    let folders = entries
        .filter(|path| path.rsplit('/').next() == Some(FLUX_ENTRY))
        .map(folder);
    let folders: BTreeSet<&str> = folders
        .map(|own| match own.rsplit_once('/') {
            Some((above, FLUX_FOLDER)) => above,
            Some(_) | None => own,
        })
        .collect();
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let unique = folders.iter().map(|path| name(path)).collect::<BTreeSet<_>>().len() == folders.len();
    folders
        .iter()
        .map(|path| ((*path).to_owned(), if unique { name(path) } else { (*path).to_owned() }))
        .collect()
}
