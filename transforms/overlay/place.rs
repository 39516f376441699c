//! Wanted overlays → files: which are written, updated, removed or left, and the lists that name them.

mod findings;
mod lists;
mod one;
mod removal;
mod style;

use std::collections::{BTreeMap, BTreeSet};

use super::layout::Layout;
use super::standing::{Identity, Standing, standing};
use crate::policy::emit::render;
use crate::policy::{Namespace, Overlay, Place};
use crate::source::FileId;
use crate::transform::{Finding, Subject};
use crate::world::{CiliumPolicy, World};
use crate::yaml::{Edit, Sequences};

use style::Style;

/// An overlay that a transform proposes.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The index of the world.
    pub world: usize,
    /// The source: the subject of the decision.
    pub subject: Subject,
    /// What it says.
    pub overlay: &'a Overlay,
    /// Whether this run is to write it.
    pub chosen: bool,
}

/// A subject that a transform decided without leaving anything open: all that it proposes is all that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Settled {
    /// The index of the world.
    pub world: usize,
    /// The subject.
    pub subject: Subject,
    /// The transform.
    pub transform: &'static str,
}

/// What placing overlays needs to know of a run.
pub struct Run<'a> {
    /// The worlds, as they were planned.
    pub worlds: &'a [&'a World],
    /// Where overlays go.
    pub layout: &'a Layout,
    /// Every proposed overlay, in the order of the decisions: of two for one source the later holds the earlier one.
    pub wanted: &'a [Wanted<'a>],
    /// What was decided.
    pub settled: &'a [Settled],
    /// The transforms that ran and whose phase was chosen: only their overlays are removed.
    pub transforms: &'a [&'static str],
    /// Whether the run read every file of the tree that the overlays belong to: only then is a source that it did not
    /// see a source that is gone.
    pub complete: bool,
    /// What syncs the folder of the overlays already, if anything of the tree does.
    pub synced_by: Option<&'a str>,
    /// Tells whether nothing can be written at a path.
    pub is_unwritable: &'a dyn Fn(&str) -> bool,
    /// Tells whether a hydrator writes the file at a path anew.
    pub is_hydrated: &'a dyn Fn(&str) -> bool,
    /// The path of a file.
    pub path: &'a dyn Fn(FileId) -> &'a str,
    /// The text at a path, for every file that stands in the folder of the overlays or next to a source.
    pub text: &'a dyn Fn(&str) -> Option<&'a str>,
}

/// What became of a wanted overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stands already and says all that is wanted.
    Current,
    /// It is written.
    Written,
    /// It is not chosen.
    Offered,
    /// A person edited the one that stands.
    Edited,
    /// It has no place; a finding says why.
    Unplaced,
    /// What is right for one cluster or namespace is wrong for another, and they share the file.
    Disagrees,
    /// Its file, or the list that names it, can't be written.
    Unwritable,
    /// It stands in a file that a hydrator writes anew.
    Hydrated,
}

/// A wanted overlay's fate and file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// What became of it.
    pub fate: Fate,
    /// Its file, where it has one.
    pub path: Option<String>,
}

/// The text of a file that is new, or written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewText {
    /// An overlay, which is put into words only for who writes it.
    Overlay {
        /// What it says.
        overlay: Box<Overlay>,
        /// Its name.
        name: String,
        /// Its `metadata.namespace`, where it gets one.
        namespace: Option<String>,
        /// Where its sequences stand: as in the file of its source.
        sequences: Sequences,
    },
    /// A list of overlays.
    List(String),
}

impl NewText {
    /// Returns the text.
    pub fn render(self) -> String {
        match self {
            Self::Overlay {
                overlay,
                name,
                namespace,
                sequences,
            } => {
                let document = render(&overlay, &name, namespace.as_deref(), &[], sequences);
                format!("---\n{document}")
            }
            Self::List(text) => text,
        }
    }
}

/// What is to be done for the overlays of a run.
#[derive(Debug, Clone, Default)]
pub struct Placement {
    /// What became of each wanted overlay, in the same order.
    pub placed: Vec<Placed>,
    /// New texts by path; `None` removes the file. A folder that is empty then goes too.
    pub files: BTreeMap<String, Option<NewText>>,
    /// Edits of files that stand, by path and document.
    pub edits: BTreeMap<(String, u32), Vec<Edit>>,
    /// What comes to the end of the stream, each with its `---`, in the order of the sources.
    pub appended: Vec<String>,
    /// Findings, each with its name in the catalogue.
    pub findings: Vec<(&'static str, Finding)>,
}

/// Places the overlays of a run.
///
/// Those of ours that nobody edited are updated where they lie, even when they were moved. One that says what is
/// wanted, however it is laid out, is left as it is.
pub fn place(run: &Run<'_>) -> Placement {
    let unplaced = Placed {
        fate: Fate::Unplaced,
        path: None,
    };
    let mut placer = Placer::new(run);
    placer.placement.placed = vec![unplaced; run.wanted.len()];
    for (key, wanted) in in_order(run.wanted) {
        placer.place_group(&key, &wanted);
        placer.wanted.insert(key);
    }
    placer.tell_edited();
    placer.settle();
    placer.remove_stale();
    placer.list();
    placer.placement
}

/// A world and what an overlay in it is made for.
type Key = (usize, Identity);

/// The indices of the wanted overlays of one source and transform.
type Group = (Key, Vec<usize>);

/// Gathers the wanted overlays by world, source and transform, in the order of their first.
fn in_order(wanted: &[Wanted<'_>]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut at = BTreeMap::new();
    for (index, one) in wanted.iter().enumerate() {
        let Some(identity) = Identity::of(one.overlay) else {
            continue;
        };
        let key = (one.world, identity);
        let group = *at.entry(key.clone()).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(index);
    }
    groups
}

/// What several sources want of one file or document: it is done when they all want the same.
#[derive(Debug)]
struct Votes<T> {
    /// What each wants, and the indices of its overlays that this would write.
    votes: Vec<(T, Vec<usize>)>,
    /// How many objects of all worlds are written where the source is.
    holders: usize,
}

impl<T> Default for Votes<T> {
    fn default() -> Self {
        Self {
            votes: Vec::new(),
            holders: 0,
        }
    }
}

struct Placer<'r, 'a> {
    run: &'r Run<'a>,
    standing: Vec<Standing<'a>>,
    /// The standing overlays by what they are made for.
    index: BTreeMap<Key, usize>,
    /// The standing overlays that some source of this run is the source of.
    used: BTreeSet<usize>,
    /// What overlays are wanted for.
    wanted: BTreeSet<Key>,
    /// The folders of overlays, one per cluster where the clusters have their own.
    own_folders: BTreeSet<String>,
    settled: BTreeSet<Settled>,
    /// The names that objects have, by world and namespace.
    names: BTreeSet<(usize, Namespace, String)>,
    /// How many objects of all worlds are written at a place; only where overlays lie beside them.
    holders: BTreeMap<Place, usize>,
    files: BTreeMap<String, Votes<NewText>>,
    /// Where the sources of each overlay are written, by its path.
    sources: BTreeMap<String, BTreeSet<Place>>,
    /// How the files of the sources are laid out.
    styles: BTreeMap<FileId, Style>,
    edits: BTreeMap<(String, u32), Votes<Vec<Edit>>>,
    placement: Placement,
}

impl<'r, 'a> Placer<'r, 'a> {
    fn new(run: &'r Run<'a>) -> Self {
        let standing = standing(run.worlds, run.path, run.layout);
        let mut index = BTreeMap::new();
        for (at, one) in standing.iter().enumerate() {
            for &world in &one.worlds {
                index.entry((world, one.identity.clone())).or_insert(at);
            }
        }
        let worlds = run.worlds.iter().enumerate();
        let names = worlds.flat_map(|(index, world)| {
            // A copy of an overlay of ours, in a context or in a dump of the cluster, holds no name against it.
            let holds_name = |policy: &&CiliumPolicy| {
                !policy.clusterwide && policy.owned.as_ref().is_none_or(|owned| owned.editable)
            };
            let policies = world.cilium_policies.iter().filter(holds_name);
            policies.map(move |policy| (index, policy.key.namespace.clone(), policy.key.name.clone()))
        });
        Self {
            run,
            index,
            used: BTreeSet::new(),
            wanted: BTreeSet::new(),
            own_folders: lists::own_folders(run),
            settled: run.settled.iter().copied().collect(),
            names: names.collect(),
            holders: if *run.layout == Layout::Beside {
                holders(run.worlds)
            } else {
                BTreeMap::new()
            },
            files: BTreeMap::new(),
            sources: BTreeMap::new(),
            styles: BTreeMap::new(),
            edits: BTreeMap::new(),
            placement: Placement::default(),
            standing,
        }
    }
}

impl Placer<'_, '_> {
    fn tell(&mut self, group: &[usize], fate: Fate, path: Option<&str>) {
        for &index in group {
            self.placement.placed[index] = Placed {
                fate,
                path: path.map(str::to_owned),
            };
        }
    }

    /// Does what all sources of a file agree on. A new file beside its source speaks for every object written there.
    fn settle(&mut self) {
        let beside = *self.run.layout == Layout::Beside;
        for (path, votes) in std::mem::take(&mut self.files) {
            let heard = !beside || votes.votes.len() == votes.holders;
            if let Some(text) = self.agreed(votes, heard, &path) {
                self.placement.files.insert(path, Some(text));
            }
        }
        for ((path, document), votes) in std::mem::take(&mut self.edits) {
            if let Some(edits) = self.agreed(votes, true, &path) {
                self.placement.edits.insert((path, document), edits);
            }
        }
    }

    fn agreed<T: PartialEq>(&mut self, votes: Votes<T>, heard: bool, path: &str) -> Option<T> {
        let agree = heard && votes.votes.windows(2).all(|pair| pair[0].0 == pair[1].0);
        let fate = match agree {
            true if self.is_unwritable(path) => Fate::Unwritable,
            true => Fate::Written,
            false => Fate::Disagrees,
        };
        for (_, group) in &votes.votes {
            self.tell(group, fate, Some(path));
        }
        votes
            .votes
            .into_iter()
            .next()
            .map(|(wanted, _)| wanted)
            .filter(|_| fate == Fate::Written)
    }
}

/// Counts the objects that are written at each place: one in several worlds or namespaces counts for each.
fn holders(worlds: &[&World]) -> BTreeMap<Place, usize> {
    let mut holders = BTreeMap::new();
    for world in worlds {
        let policies = world.policies.iter().map(|policy| policy.place);
        for place in policies.chain(world.services.iter().map(|service| service.place)) {
            *holders.entry(place).or_default() += 1;
        }
    }
    holders
}

fn place_of(subject: Subject, world: &World) -> Option<Place> {
    match subject {
        Subject::Policy(id) => Some(world.policy(id).place),
        Subject::Service(id) => Some(world.service(id).place),
        Subject::Cluster => None,
    }
}

#[cfg(test)]
mod tests;
