//! The tree that the working tree is held against: a folder, or a revision of the repository.

use std::path::{Path, PathBuf};

use crate::git::Revision;
use crate::paths;

/// Another tree, and what of the working tree it stands for.
#[derive(Debug)]
pub(crate) struct Base {
    /// As the command line names it.
    name: String,
    /// Which path of it is which of the working tree.
    pub(crate) mount: Mount,
    /// Where its files are.
    pub(crate) tree: Tree,
}

/// Where the files of a base are.
#[derive(Debug)]
pub(crate) enum Tree {
    /// In a folder, as the command line names it.
    Folder(PathBuf),
    /// In a revision.
    Revision(Revision),
}

/// The folder of the working tree that another tree stands for.
#[derive(Debug, Clone)]
pub(crate) struct Mount {
    cwd: PathBuf,
    folder: PathBuf,
}

impl Mount {
    /// Returns the path from the other tree's root of what is shown as `path` in the working tree; `None` where the
    /// other tree does not stand for it.
    pub(crate) fn below(&self, path: &str) -> Option<String> {
        paths::within(&self.folder, &paths::absolute(&self.cwd, Path::new(path)))
    }

    /// Tells whether `path` is `folder` or lies below it, both as the working tree shows them.
    pub(crate) fn holds(&self, folder: &str, path: &str) -> bool {
        let absolute = |path: &str| paths::absolute(&self.cwd, Path::new(path));
        absolute(path).starts_with(absolute(folder))
    }

    /// Returns how the working tree shows what lies at `below` the other tree's root.
    pub(crate) fn shown(&self, below: &Path) -> String {
        paths::shown(&self.cwd, &self.folder.join(below))
    }
}

impl Base {
    /// Makes the base that the command line calls `name`, seen from `cwd`: `tree` stands for `folder` of the working tree.
    pub(crate) fn new(name: &str, cwd: &Path, folder: PathBuf, tree: Tree) -> Self {
        let cwd = cwd.to_path_buf();
        Self {
            name: name.to_owned(),
            mount: Mount { cwd, folder },
            tree,
        }
    }

    /// Returns the name that the command line gives it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns how messages name what is shown as `path` in the working tree: `DIR/path`, or as Git does `REV:path`
    /// with the path from the repository's root.
    pub(crate) fn label(&self, path: &str) -> String {
        let below = self.mount.below(path);
        let below = below.as_deref().unwrap_or(path);
        match &self.tree {
            Tree::Folder(folder) => paths::slashes(&folder.join(below)),
            Tree::Revision(_) => format!("{}:{below}", self.name),
        }
    }
}
