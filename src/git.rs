//! Git repositories, read through their objects alone: no hook, filter or driver of a repository is ever run.

mod worktree;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use git2::{ErrorCode, Index, ObjectType, Oid, Repository, RepositoryOpenFlags};

use crate::paths;
use crate::stop::Stop;

pub(crate) use worktree::Worktree;
#[cfg(test)]
pub(crate) use worktree::index_entry;

/// The files of a commit.
pub(crate) struct Revision {
    /// The folder that holds `.git`; what the repository's config calls its work tree is never asked.
    root: PathBuf,
    tree: TreeId,
    /// Open repositories that no thread uses right now: one can't be shared between threads.
    idle: Mutex<Vec<Repository>>,
}

/// A file's bytes, or the path that a symbolic link holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BlobId(Oid);

/// A folder's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TreeId(Oid);

/// What a path of a revision leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    /// A file.
    File(BlobId),
    /// A folder.
    Folder(TreeId),
    /// A symbolic link.
    Link(BlobId),
    /// A commit of another repository.
    Submodule,
}

/// An entry of a folder.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its name, which need be neither UTF-8 nor a name that a file may have.
    pub(crate) name: Vec<u8>,
    /// What it is.
    pub(crate) node: Node,
}

impl Revision {
    /// Finds what `name` stands for, a branch, a tag, a commit or an expression such as `HEAD~1`, in the repository
    /// whose `.git` lies in `root`.
    ///
    /// # Errors
    /// [`Stop::Usage`] for a repository that can't be opened, and a name that stands for no commit.
    pub(crate) fn find(root: &Path, name: &str) -> Result<Self, Stop> {
        let repository = open(root).map_err(|error| unopened(root, &error))?;
        let commit = repository
            .revparse_single(name)
            .and_then(|object| object.peel_to_commit());
        let tree = commit
            .map_err(|error| unresolved(root, &repository, name, &error))?
            .tree_id();
        Ok(Self {
            root: root.to_path_buf(),
            tree: TreeId(tree),
            idle: Mutex::new(vec![repository]),
        })
    }

    /// Returns what lies at `path`, from the repository's root with `/`, the root itself for an empty one; `None` where
    /// nothing does. No link on the way is followed.
    ///
    /// # Errors
    /// [`io::Error`] for objects that are not there or damaged.
    pub(crate) fn node(&self, path: &str) -> io::Result<Option<Node>> {
        let mut node = Node::Folder(self.tree);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let Node::Folder(tree) = node else { return Ok(None) };
            let entry = self.with(|repository| {
                let tree = repository.find_tree(tree.0)?;
                Ok(tree.get_name(name).map(|entry| node_of(&entry)))
            })?;
            let Some(below) = entry else { return Ok(None) };
            node = below;
        }
        Ok(Some(node))
    }

    /// Returns what a folder holds, in Git's order.
    ///
    /// # Errors
    /// [`io::Error`] for a folder that is not there or damaged.
    pub(crate) fn entries(&self, folder: TreeId) -> io::Result<Vec<Entry>> {
        self.with(|repository| {
            let tree = repository.find_tree(folder.0)?;
            let entry = |entry: git2::TreeEntry<'_>| Entry {
                name: entry.name_bytes().to_vec(),
                node: node_of(&entry),
            };
            Ok(tree.iter().map(entry).collect())
        })
    }

    /// Appends the bytes of a blob to `into` and returns their number; of a blob of more than `limit` bytes the number
    /// alone, which is known before the blob is unpacked.
    ///
    /// # Errors
    /// [`io::Error`] for a blob that is not there or damaged.
    pub(crate) fn read(&self, blob: BlobId, limit: u64, into: &mut Vec<u8>) -> io::Result<usize> {
        self.with(|repository| {
            let (length, _) = repository.odb()?.read_header(blob.0)?;
            if length as u64 <= limit {
                into.extend_from_slice(repository.find_blob(blob.0)?.content());
            }
            Ok(length)
        })
    }

    /// Works with an open repository that no other thread uses meanwhile.
    fn with<T>(&self, work: impl FnOnce(&Repository) -> Result<T, git2::Error>) -> io::Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repository = idle
            .map_or_else(|| open(&self.root), Ok)
            .map_err(|error| damaged(&error))?;
        let done = work(&repository).map_err(|error| damaged(&error));
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(repository);
        done
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Revision");
        shown.field("root", &self.root).field("tree", &self.tree);
        shown.finish_non_exhaustive()
    }
}

/// What Git knows of files in working trees.
#[derive(Default)]
pub(crate) struct Tracked {
    /// The index of each repository by its root; `None` where it can't be read.
    indices: BTreeMap<PathBuf, Option<Index>>,
}

impl Tracked {
    /// Tells whether Git tracks a file, given without symbolic links in its path; `None` where that can't be told.
    pub(crate) fn has(&mut self, path: &Path) -> Option<bool> {
        let Some(root) = path.parent().and_then(paths::repository) else {
            return Some(false);
        };
        let index = self.indices.entry(root.to_path_buf());
        let index = index.or_insert_with(|| open(root).and_then(|repository| repository.index()).ok());
        let below = path.strip_prefix(root).ok()?;
        let stages = 0..=3;
        index
            .as_ref()
            .map(|index| stages.into_iter().any(|stage| index.get_path(below, stage).is_some()))
    }
}

/// Opens the repository whose `.git` lies in `root`, and none above it.
fn open(root: &Path) -> Result<Repository, git2::Error> {
    Repository::open_ext(root, RepositoryOpenFlags::NO_SEARCH, [] as [&Path; 0])
}

fn node_of(entry: &git2::TreeEntry<'_>) -> Node {
    /// The mode of a symbolic link, the one kind of blob that is no file.
    const LINK: i32 = 0o120_000;
    match entry.kind() {
        Some(ObjectType::Tree) => Node::Folder(TreeId(entry.id())),
        Some(ObjectType::Blob) if entry.filemode() == LINK => Node::Link(BlobId(entry.id())),
        Some(ObjectType::Blob) => Node::File(BlobId(entry.id())),
        Some(ObjectType::Commit | ObjectType::Tag | ObjectType::Any) | None => Node::Submodule,
    }
}

fn unopened(root: &Path, error: &git2::Error) -> Stop {
    let root = root.display();
    Stop::Usage(if error.code() == ErrorCode::Owner {
        format!(
            "{root}: the repository belongs to another user; if you trust it, run `git config --global --add \
             safe.directory {root}`"
        )
    } else {
        format!("{root}: the repository can't be opened: {}", error.message())
    })
}

fn unresolved(root: &Path, repository: &Repository, name: &str, error: &git2::Error) -> Stop {
    let root = root.display();
    let why = match error.code() {
        ErrorCode::NotFound | ErrorCode::InvalidSpec => "neither a folder nor a revision".to_owned(),
        ErrorCode::Ambiguous => "more than one object starts so; write more digits".to_owned(),
        ErrorCode::Peel => "no commit".to_owned(),
        _ => error.message().to_owned(),
    };
    let hint = if repository.is_shallow() {
        "the clone is shallow, so fetch more of it first, such as with `git fetch --unshallow`"
    } else {
        "`git branch --all` and `git tag` list the names, and a folder is written as `./NAME`"
    };
    Stop::Usage(format!("--base {name}: {why} in {root}; {hint}"))
}

fn damaged(error: &git2::Error) -> io::Error {
    io::Error::other(error.message().to_owned())
}
