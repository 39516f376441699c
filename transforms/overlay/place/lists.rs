//! The `kustomization.yaml` files after the overlays were placed.

use std::collections::{BTreeMap, BTreeSet};

use super::{NewText, Placer, Run};
use crate::overlay::kustomization::{self, FILE_NAMES, Listing, listing};
use crate::overlay::layout::{below, joined, parent};

/// What changes in a folder, as seen from it.
#[derive(Debug, Default)]
struct Changes {
    added: BTreeSet<String>,
    removed: BTreeSet<String>,
}

impl Placer<'_, '_> {
    /// Brings the lists of every folder in which a file comes or goes up to date.
    pub(super) fn list(&mut self) {
        let own = std::mem::take(&mut self.own_folders);
        let mut folders: BTreeMap<String, Changes> = BTreeMap::new();
        for (path, text) in &self.placement.files {
            let folder = folder_of(path, &own);
            let changes = folders.entry(folder.to_owned()).or_default();
            let file = below(folder, path).unwrap_or(path).to_owned();
            if text.is_none() {
                changes.removed.insert(file);
            } else if own.contains(folder) || self.lists_source(folder, path) {
                changes.added.insert(file);
            }
        }
        for (folder, mut changes) in folders {
            let is_own = own.contains(&folder);
            if is_own {
                let standing = self.standing.iter().filter_map(|one| below(&folder, one.path));
                let stays = standing
                    .filter(|file| !changes.removed.contains(*file))
                    .map(str::to_owned);
                changes.added.extend(stays.collect::<Vec<_>>());
            }
            self.list_folder(&folder, &changes, is_own);
        }
    }

    /// Tells whether the list of a folder names the source of a new overlay there: what it does not render, it must not
    /// render an overlay of, and a `namespace:` that it sets is not the source's.
    fn lists_source(&self, folder: &str, overlay: &str) -> bool {
        let Some(text) = (self.run.text)(&self.list_at(folder)) else {
            return false;
        };
        let sources = self.sources.get(overlay).into_iter().flatten();
        let mut here = sources.filter_map(|source| below(folder, (self.run.path)(source.file)));
        here.any(|source| kustomization::lists(text, source))
    }

    /// Tells whether a file of overlays, or the list that names it, can't be written: they come and go together.
    pub(super) fn is_unwritable(&self, path: &str) -> bool {
        let list = || self.list_at(folder_of(path, &self.own_folders));
        (self.run.is_unwritable)(path) || (self.run.is_unwritable)(&list())
    }

    /// Returns the path of the list of a folder, which need not be there.
    fn list_at(&self, folder: &str) -> String {
        let paths = FILE_NAMES.map(|name| joined(folder, name));
        let [first, ..] = &paths;
        let stands = paths.iter().find(|path| (self.run.text)(path).is_some());
        stands.unwrap_or(first).clone()
    }

    fn list_folder(&mut self, folder: &str, changes: &Changes, is_own: bool) {
        let path = self.list_at(folder);
        let added: Vec<_> = changes.added.iter().map(String::as_str).collect();
        let removed: Vec<_> = changes.removed.iter().map(String::as_str).collect();
        let Some(text) = (self.run.text)(&path) else {
            if is_own && !added.is_empty() {
                let sequences = self.sequences_of_most(added.iter().map(|file| joined(folder, file)));
                let text = NewText::List(kustomization::text(added, sequences));
                self.placement.files.insert(path, Some(text));
            }
            return;
        };
        match listing(text, &added, &removed) {
            Listing::Current => {}
            Listing::Edited(edits) => {
                self.placement.edits.insert((path, 0), edits);
            }
            Listing::Empty if is_own => {
                self.placement.files.insert(path, None);
            }
            Listing::Empty => {
                let edits = kustomization::emptied();
                self.placement.edits.insert((path, 0), edits);
            }
        }
    }
}

/// Returns the folders of overlays, one per cluster where the clusters have their own.
pub(super) fn own_folders(run: &Run<'_>) -> BTreeSet<String> {
    let worlds = run.worlds.iter();
    worlds
        .filter_map(|world| run.layout.folder(world.cluster.as_deref()))
        .collect()
}

/// Returns the folder whose list names a file: the one of overlays that holds it, else the file's own.
fn folder_of<'p>(path: &'p str, own: &'p BTreeSet<String>) -> &'p str {
    let folder = own.iter().find(|folder| below(folder, path).is_some());
    folder.map_or(parent(path), String::as_str)
}
