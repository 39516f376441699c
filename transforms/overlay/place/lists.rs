//! The `kustomization.yaml` files after the overlays were placed.

use std::collections::{BTreeMap, BTreeSet};

use super::{NewText, Placer};
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
        let own = self.own_folders();
        let mut folders: BTreeMap<String, Changes> = BTreeMap::new();
        for (path, text) in &self.placement.files {
            let folder = own.iter().find(|folder| below(folder, path).is_some());
            let folder = folder.map_or(parent(path), String::as_str);
            let changes = folders.entry(folder.to_owned()).or_default();
            let file = below(folder, path).unwrap_or(path).to_owned();
            if text.is_some() {
                changes.added.insert(file)
            } else {
                changes.removed.insert(file)
            };
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

    /// Returns the folders of overlays, one per cluster where the clusters have their own.
    fn own_folders(&self) -> BTreeSet<String> {
        let worlds = self.run.worlds.iter();
        worlds
            .filter_map(|world| self.run.layout.folder(world.cluster.as_deref()))
            .collect()
    }

    fn list_folder(&mut self, folder: &str, changes: &Changes, is_own: bool) {
        let paths = FILE_NAMES.map(|name| joined(folder, name));
        let found = paths.iter().find_map(|path| Some((path, (self.run.text)(path)?)));
        let added: Vec<_> = changes.added.iter().map(String::as_str).collect();
        let removed: Vec<_> = changes.removed.iter().map(String::as_str).collect();
        let Some((path, text)) = found else {
            if is_own && !added.is_empty() {
                let [path, ..] = paths;
                self.placement
                    .files
                    .insert(path, Some(NewText::List(kustomization::text(added))));
            }
            return;
        };
        match listing(text, &added, &removed) {
            Listing::Current => {}
            Listing::Edited(edits) => {
                self.placement.edits.insert((path.clone(), 0), edits);
            }
            Listing::Empty if is_own => {
                self.placement.files.insert(path.clone(), None);
            }
            Listing::Empty => {
                let edits = kustomization::emptied();
                self.placement.edits.insert((path.clone(), 0), edits);
            }
        }
    }
}
