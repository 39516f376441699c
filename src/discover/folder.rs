//! The files of a folder that stands for one of the working tree.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ciliate_transforms::report::{Failure, SkipReason, Skipped};
use ignore::WalkBuilder;
use ignore::overrides::Override;

use super::base::admits;
use super::{Discovered, Found, Origin, Role, Root, Walk, is_admitted, tell};
use crate::base::{Base, Mount};

/// A folder that stands for one of the working tree.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    mount: Mount,
    folder: PathBuf,
}

impl Moved {
    pub(super) fn new(base: &Base, folder: &Path) -> Self {
        Self {
            mount: base.mount.clone(),
            folder: folder.to_path_buf(),
        }
    }

    /// Returns where a path below the folder lies; an empty one is the folder itself.
    pub(super) fn place(&self, below: &str) -> PathBuf {
        if below.is_empty() {
            self.folder.clone()
        } else {
            self.folder.join(below)
        }
    }

    /// Returns the path that a file of the folder has in the working tree.
    pub(super) fn shown(&self, path: &Path) -> String {
        self.mount.shown(path.strip_prefix(&self.folder).unwrap_or(path))
    }

    pub(super) fn found(&self, path: &Path, role: Role) -> Found {
        Found {
            path: self.shown(path),
            role,
            origin: Origin::Elsewhere(path.to_path_buf()),
        }
    }
}

/// What lies where a root is looked for.
enum Place {
    Folder,
    File,
    /// It leads out of the folder that is read.
    Outside,
    Nothing,
}

impl Walk<'_> {
    /// Finds the files of one root in a folder, where it lies at `path`, and tells whether it is there.
    pub(super) fn in_folder(&self, base: &Base, folder: &Path, root: &Root, path: &str, into: &mut Discovered) -> bool {
        let moved = Moved::new(base, folder);
        let place = moved.place(path);
        match look(folder, &place) {
            Ok(Place::Folder) => self.walk_moved(&moved, &place, root.role, into),
            Ok(Place::File) => {
                if !(self.force_exclude && self.excludes(&root.path)) {
                    into.files.push(moved.found(&place, root.role));
                }
            }
            Ok(Place::Outside) => into.skipped.push(Skipped {
                path: base.label(&root.path),
                document: None,
                reason: SkipReason::OutsideRoot,
                may_hold_policy: true,
            }),
            Ok(Place::Nothing) => return false,
            Err(error) => into.failures.push(Failure {
                path: base.label(&root.path),
                at: None,
                message: error.to_string(),
            }),
        }
        true
    }

    fn walk_moved(&self, moved: &Moved, place: &Path, role: Role, into: &mut Discovered) {
        let globs = self.globs_for(role);
        let (hidden, shown) = (self.hidden, moved.clone());
        let found = Mutex::new(std::mem::take(into));
        let guard = self.guard(role);
        let looks = guard.clone();
        let mut builder = self.builder(WalkBuilder::new(place), role);
        // Names and globs are those of the working tree, so they are looked at here.
        builder.hidden(false).overrides(Override::empty());
        builder.filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            entry.depth() == 0
                || admits(&globs, hidden, &shown.shown(entry.path()), is_folder) && is_admitted(looks.as_ref(), entry)
        });
        if guard.as_ref().is_none_or(|guard| guard.admits_root(place)) {
            self.collect(&builder, role, Some(moved), &found);
        }
        tell(guard, &found);
        *into = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    }
}

fn look(folder: &Path, place: &Path) -> io::Result<Place> {
    let metadata = match place.metadata() {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Place::Nothing);
        }
        metadata => metadata?,
    };
    Ok(if !place.canonicalize()?.starts_with(folder.canonicalize()?) {
        Place::Outside
    } else if metadata.is_dir() {
        Place::Folder
    } else if metadata.is_file() {
        Place::File
    } else {
        Place::Nothing
    })
}
