//! Where each file is rendered: by which kustomization, Argo CD or Flux path, and into which namespace.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Input;
use super::paths::{folder, is_within, join, normalized};
use super::told::held_folder;

/// One way in which a file reaches a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Placement {
    /// The render root: the outermost kustomization's folder, else the synced folder, else the file's own.
    pub(super) root: Arc<str>,
    /// The folder by which the file's cluster is told.
    pub(super) anchor: Arc<str>,
    /// The namespace that kustomizations give it, beating what is written.
    pub(super) namespace: Option<Arc<str>>,
    /// The input that is the outermost kustomization.
    pub(super) kustomization: Option<usize>,
}

/// The placements of all inputs.
#[derive(Debug)]
pub(super) struct Layout {
    placements: Vec<Vec<Placement>>,
    patches: BTreeSet<usize>,
}

impl Layout {
    /// Follows every kustomization from its root, and finds a root for what none of them lists.
    pub(super) fn of(inputs: &[Input]) -> Self {
        let graph = Graph::of(inputs);
        let mut placements = vec![Vec::new(); inputs.len()];
        for root in graph.roots() {
            graph.follow(root, inputs, &mut placements);
        }
        let patches = graph
            .patches
            .iter()
            .copied()
            .filter(|&index| placements[index].is_empty())
            .collect();
        let syncs = synced_folders(inputs);
        for (places, input) in placements.iter_mut().zip(inputs) {
            if places.is_empty() {
                places.push(unlisted(&input.path, &syncs));
            }
            places.sort();
            places.dedup();
        }
        Self { placements, patches }
    }

    /// Returns the placements of an input, at least one.
    pub(super) fn placements(&self, input: usize) -> &[Placement] {
        &self.placements[input]
    }

    /// Tells whether an input is listed as a patch and as no resource.
    pub(super) fn is_patch(&self, input: usize) -> bool {
        self.patches.contains(&input)
    }
}

/// Returns the folders that Argo CD or Flux sync; the whole tree is no folder of its own.
fn synced_folders(inputs: &[Input]) -> BTreeSet<String> {
    let syncs = inputs.iter().flat_map(|input| &input.extract.syncs);
    syncs
        .filter_map(|sync| join("", &sync.path))
        .filter(|path| !path.is_empty())
        .collect()
}

fn unlisted(path: &str, syncs: &BTreeSet<String>) -> Placement {
    let own = folder(path);
    let synced = syncs
        .iter()
        .filter(|synced| is_within(own, synced))
        .max_by_key(|synced| synced.len());
    Placement {
        root: Arc::from(synced.map_or(own, String::as_str)),
        anchor: Arc::from(own),
        namespace: None,
        kustomization: None,
    }
}

/// Which kustomization lists what.
struct Graph {
    /// What each kustomization lists, by its input: files, and other kustomizations.
    lists: BTreeMap<usize, Vec<usize>>,
    /// The inputs that some kustomization lists as patches.
    patches: BTreeSet<usize>,
}

impl Graph {
    fn of(inputs: &[Input]) -> Self {
        let kustomizations = || {
            let all = inputs.iter().enumerate();
            all.filter_map(|(index, input)| Some((index, input, input.extract.kustomization.as_ref()?)))
        };
        if kustomizations().next().is_none() {
            return Self {
                lists: BTreeMap::new(),
                patches: BTreeSet::new(),
            };
        }
        let mut by_path: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(inputs.len());
        for (index, input) in inputs.iter().enumerate() {
            by_path.insert(normalized(&input.path), index);
        }
        for (index, input, _) in kustomizations() {
            by_path.insert(normalized(folder(&input.path)), index);
        }
        let mut graph = Self {
            lists: BTreeMap::new(),
            patches: BTreeSet::new(),
        };
        for (index, input, kustomization) in kustomizations() {
            let target = |path: &String| by_path.get(join(folder(&input.path), path)?.as_str()).copied();
            graph
                .lists
                .insert(index, kustomization.resources.iter().filter_map(target).collect());
            graph.patches.extend(kustomization.patches.iter().filter_map(target));
        }
        graph
    }

    /// Returns the kustomizations that no other lists.
    fn roots(&self) -> impl Iterator<Item = usize> {
        let listed: BTreeSet<usize> = self.lists.values().flatten().copied().collect();
        self.lists.keys().copied().filter(move |index| !listed.contains(index))
    }

    /// Places every file that `root` reaches; the outermost `namespace:` on the way wins, as kustomize has it.
    fn follow(&self, root: usize, inputs: &[Input], placements: &mut [Vec<Placement>]) {
        let top: Arc<str> = Arc::from(folder(&inputs[root].path));
        let mut seen: BTreeSet<(usize, Way)> = BTreeSet::new();
        let mut waiting = vec![(root, Way::default())];
        while let Some((index, way)) = waiting.pop() {
            if !seen.insert((index, way.clone())) {
                continue;
            }
            let own = inputs[index]
                .extract
                .kustomization
                .as_ref()
                .and_then(|own| own.namespace.as_deref());
            let way = Way {
                namespace: way.namespace.or_else(|| own.map(Arc::from)),
                held: way.held.or_else(|| held(&inputs[index].path)),
            };
            let place = |file: usize| Placement {
                root: top.clone(),
                anchor: way
                    .held
                    .clone()
                    .or_else(|| held(&inputs[file].path))
                    .unwrap_or_else(|| top.clone()),
                namespace: way.namespace.clone(),
                kustomization: Some(root),
            };
            placements[index].push(place(index));
            for &listed in self.lists.get(&index).into_iter().flatten() {
                if self.lists.contains_key(&listed) {
                    waiting.push((listed, way.clone()));
                } else {
                    placements[listed].push(place(listed));
                }
            }
        }
    }
}

/// What the kustomizations on the way from a root say, the outermost that says it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Way {
    /// `namespace:`.
    namespace: Option<Arc<str>>,
    /// A folder that is a cluster's by convention.
    held: Option<Arc<str>>,
}

fn held(path: &str) -> Option<Arc<str>> {
    let own = folder(path);
    held_folder(own).map(|_| Arc::from(own))
}
