//! The files of a revision, as a walk of its checkout would find them.

use std::io;

use ciliate_transforms::report::{Failure, SkipReason, Skipped};

use super::base::admits;
use super::{Discovered, Found, Origin, Role, Walk, is_manifest_name};
use crate::base::Base;
use crate::git::{BlobId, Entry, Node, Revision, TreeId};

/// The longest path that Linux can check out, in bytes; it also bounds folders that hold themselves a million times.
const LONGEST: usize = 4096;

/// The listing of one root. Paths are from the repository's root, with `/`.
pub(super) struct Listing<'l> {
    pub(super) walk: &'l Walk<'l>,
    pub(super) base: &'l Base,
    pub(super) revision: &'l Revision,
    pub(super) root: &'l str,
    pub(super) role: Role,
    pub(super) found: &'l mut Discovered,
    /// What could not be listed, and why.
    pub(super) unlisted: &'l mut Vec<(String, String)>,
}

impl Listing<'_> {
    /// Finds the root's files, and tells whether the root is there.
    pub(super) fn run(&mut self) -> bool {
        match self.revision.node(self.root) {
            Ok(None) => return false,
            Ok(Some(Node::Folder(folder))) => self.folder(folder),
            Ok(Some(Node::File(blob))) => {
                let shown = self.base.mount.shown(self.root.as_ref());
                if !(self.walk.force_exclude && self.walk.excludes(&shown)) {
                    self.take(shown, self.role, blob);
                }
            }
            Ok(Some(Node::Link(_))) => self.skip(self.root, SkipReason::OutsideRoot),
            Ok(Some(Node::Submodule)) => self.skip(self.root, SkipReason::Submodule),
            Err(error) => self.miss(self.root, &error),
        }
        true
    }

    /// Goes through a folder without recursion, since a revision may nest deeper than a stack holds.
    fn folder(&mut self, folder: TreeId) {
        let mut open = vec![(self.root.to_owned(), folder)];
        while let Some((path, folder)) = open.pop() {
            match self.revision.entries(folder) {
                Ok(entries) => entries.iter().for_each(|entry| self.entry(&path, entry, &mut open)),
                Err(error) => self.miss(&path, &error),
            }
        }
    }

    fn entry(&mut self, folder: &str, entry: &Entry, open: &mut Vec<(String, TreeId)>) {
        let is_folder = matches!(entry.node, Node::Folder(_));
        let path = joined(folder, &String::from_utf8_lossy(&entry.name));
        let shown = self.base.mount.shown(path.as_ref());
        let globs = self.walk.globs_for(self.role);
        let is_named_as_manifest = is_manifest_name(&entry.name);
        if !admits(&globs, self.walk.hidden, &shown, is_folder) || !(is_folder || matters(entry)) {
            return;
        }
        if let Some(message) = unusable(&entry.name, &path) {
            return self.fail(&path, message);
        }
        match entry.node {
            Node::Folder(tree) => open.push((path, tree)),
            Node::File(blob) => {
                if let Some(role) = self.walk.role_of(self.role, &shown) {
                    self.take(shown, role, blob);
                }
            }
            Node::Link(link) => match self.leads_out(folder, link, is_named_as_manifest) {
                Ok(true) => self.skip(&path, SkipReason::OutsideRoot),
                Ok(false) => {}
                Err(error) => self.miss(&path, &error),
            },
            Node::Submodule => self.skip(&path, SkipReason::Submodule),
        }
    }

    /// Tells whether a link in `folder` leads out of the root to a manifest or a folder; what it leads to inside is
    /// found there itself, and one that leads nowhere holds no manifest. Outside of the repository nothing is known.
    fn leads_out(&self, folder: &str, link: BlobId, is_named_as_manifest: bool) -> io::Result<bool> {
        let mut target = Vec::new();
        self.revision.read(link, LONGEST as u64, &mut target)?;
        let Some(target) = resolved(folder, &String::from_utf8_lossy(&target)) else {
            return Ok(true);
        };
        let rest = target.strip_prefix(self.root);
        if self.root.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Ok(false);
        }
        Ok(match self.revision.node(&target)? {
            None => false,
            Some(Node::Folder(_)) => true,
            Some(Node::File(_) | Node::Link(_) | Node::Submodule) => is_named_as_manifest,
        })
    }

    fn take(&mut self, path: String, role: Role, blob: BlobId) {
        let origin = Origin::Blob(blob);
        self.found.files.push(Found { path, role, origin });
    }

    fn skip(&mut self, path: &str, reason: SkipReason) {
        let path = self.label(path);
        let document = None;
        // What a link leads to is read by who applies the tree; a submodule is applied from its own repository.
        let may_hold_policy = reason != SkipReason::Submodule;
        self.found.skipped.push(Skipped {
            path,
            document,
            reason,
            may_hold_policy,
        });
    }

    fn miss(&mut self, path: &str, error: &io::Error) {
        let shown = self.base.mount.shown(path.as_ref());
        self.unlisted.push((shown, error.to_string()));
    }

    fn fail(&mut self, path: &str, message: &str) {
        self.found.failures.push(Failure {
            path: self.label(path),
            at: None,
            message: message.to_owned(),
        });
    }

    fn label(&self, path: &str) -> String {
        self.base.label(&self.base.mount.shown(path.as_ref()))
    }
}

/// Returns the manifests right in a folder of a revision; one that can't be listed holds none.
pub(super) fn manifests_in(base: &Base, revision: &Revision, folder: &str) -> Vec<Found> {
    let Ok(Some(Node::Folder(tree))) = revision.node(folder) else {
        return Vec::new();
    };
    let manifest = |entry: Entry| {
        let Node::File(blob) = entry.node else { return None };
        let name = std::str::from_utf8(&entry.name).ok()?;
        let path = joined(folder, name);
        is_manifest_name(name.as_bytes()).then(|| Found {
            path: base.mount.shown(path.as_ref()),
            role: Role::Overlays,
            origin: Origin::Blob(blob),
        })
    };
    let entries = revision.entries(tree).unwrap_or_default();
    entries.into_iter().filter_map(manifest).collect()
}

/// Tells whether an entry that is no folder can be a manifest or hide some.
fn matters(entry: &Entry) -> bool {
    match entry.node {
        Node::File(_) => is_manifest_name(&entry.name),
        Node::Folder(_) | Node::Link(_) | Node::Submodule => true,
    }
}

/// Returns why no checkout could hold an entry under its name, or why it can't be shown.
fn unusable(name: &[u8], path: &str) -> Option<&'static str> {
    if std::str::from_utf8(name).is_err() {
        Some("the file's name is not UTF-8; rename it")
    } else if name.is_empty() || name == b"." || name == b".." || name.contains(&b'/') {
        Some("no file can have this name; `git fsck` shows what is damaged")
    } else if path.len() > LONGEST {
        Some("the path is too long to be checked out; leave its folder out with --exclude")
    } else {
        None
    }
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// Returns where a link's target lies, seen from the link's folder; `None` outside of the repository.
fn resolved(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut path: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(path.pop()?),
            name => path.push(name),
        }
    }
    Some(path.join("/"))
}
