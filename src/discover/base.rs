//! The same roots in another tree: what a walk of it finds, under the paths of the working tree.

use ignore::overrides::Override;

use super::revision::{self, Listing};
use super::{Discovered, Found, Moved, Role, Root, Walk, manifests_in};
use crate::base::{Base, Tree};

/// What the roots of a run are in another tree.
#[derive(Debug, Default)]
pub(crate) struct InBase {
    /// The files, under the paths of the working tree; what was not read is named as in the other tree.
    pub(crate) found: Discovered,
    /// The roots to edit that the other tree does not have, by their paths in the working tree, sorted.
    pub(crate) missing: Vec<String>,
    /// What of a revision could not be listed, by its path in the working tree, and why.
    pub(super) unlisted: Vec<(String, String)>,
    /// Files and folders that are read in neither tree, since one of them does not show what it holds; by their paths
    /// in the working tree, sorted.
    pub(crate) left_out: Vec<String>,
}

impl InBase {
    /// Adds the manifests that lie beside the files to edit and that the walk left out, as for the working tree.
    pub(crate) fn add_neighbours(&mut self, base: &Base) {
        self.found.add_beside(|folder| {
            let Some(below) = folder.to_str().and_then(|folder| base.mount.below(folder)) else {
                return Vec::new();
            };
            match &base.tree {
                Tree::Folder(root) => {
                    let moved = Moved::new(base, root);
                    let place = moved.place(&below);
                    manifests_in(&place)
                        .map(|path| moved.found(&path, Role::Overlays))
                        .collect()
                }
                Tree::Revision(revision) => revision::manifests_in(base, revision, &below),
            }
        });
    }
}

/// Where a root's files are read.
pub(super) enum Side {
    /// In the other tree, below this path from its root.
    There(String),
    /// In the working tree.
    Here,
    /// Nowhere: the other tree does not stand for the root, and the working tree's files are not its.
    Nowhere,
}

impl Walk<'_> {
    /// Finds the files of all roots in another tree: what is edited, whatever else lies below that, and overlays. A
    /// dump of a cluster, and a context that lies elsewhere, are read in the working tree.
    ///
    /// A folder is walked as the working tree is, but that a glob that takes a file does not bring it back where an
    /// ignore file of the folder hides it. Of a revision a file counts whether it is ignored or not: it is tracked.
    pub(crate) fn run_in(&self, base: &Base, roots: &[Root]) -> InBase {
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for root in roots {
            match side(base, root, roots) {
                Side::There(path) => there.push((root, path)),
                Side::Here => here.push(root.clone()),
                Side::Nowhere => {}
            }
        }
        let mut answer = InBase {
            found: self.run(&here),
            ..InBase::default()
        };
        let is_replaced = |file: &Found| file.role == Role::Context && is_edited(base, &file.path, roots);
        answer.found.files.retain(|file| !is_replaced(file));
        for (root, path) in there {
            let is_there = match &base.tree {
                Tree::Folder(folder) => self.in_folder(base, folder, root, &path, &mut answer.found),
                Tree::Revision(revision) => {
                    let mut listing = Listing {
                        walk: self,
                        base,
                        revision,
                        root: &path,
                        role: root.role,
                        found: &mut answer.found,
                        unlisted: &mut answer.unlisted,
                    };
                    listing.run()
                }
            };
            if !is_there && root.role == Role::Edit {
                answer.missing.push(root.path.clone());
            }
        }
        answer.missing.sort();
        answer.found.settle();
        answer
    }
}

/// Tells whether an entry of another tree counts, by the path that it has in the working tree; as in a walk, a glob
/// that takes it beats a hidden name.
pub(super) fn admits(globs: &Override, hidden: bool, shown: &str, is_folder: bool) -> bool {
    let name = shown.rsplit('/').next().unwrap_or(shown);
    let matched = globs.matched(shown, is_folder);
    name != ".git" && !matched.is_ignore() && (hidden || matched.is_whitelist() || !name.starts_with('.'))
}

pub(super) fn side(base: &Base, root: &Root, roots: &[Root]) -> Side {
    let there = || base.mount.below(&root.path).map_or(Side::Nowhere, Side::There);
    match root.role {
        Role::Edit | Role::Overlays => there(),
        Role::Context if is_edited(base, &root.path, roots) => there(),
        Role::Facts | Role::Context => Side::Here,
    }
}

/// Tells whether a path is a root to edit, or lies below one.
fn is_edited(base: &Base, path: &str, roots: &[Root]) -> bool {
    let mut edited = roots.iter().filter(|root| root.role == Role::Edit);
    edited.any(|root| base.mount.holds(&root.path, path))
}
