//! What of a revision can be held against the working tree: the rest is read in neither, and told.

use std::collections::BTreeMap;
use std::path::Path;

use ciliate_transforms::report::Failure;

use super::base::{Side, admits, side};
use super::{Found, InBase, Origin, Role, Root, Walk, is_manifest_name};
use crate::base::{Base, Tree};
use crate::git::{BlobId, Worktree};

/// Why a path is read in neither tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// A sparse checkout leaves it out of the working tree.
    Sparse,
    /// The working tree lacks it, and whether that is so because the checkout is sparse can't be told.
    Unindexed,
    /// The clone left it with the remote that it was made from.
    Partial,
    /// The repository lacks it.
    Damaged(String),
    /// A filter stands between the file and what the revision holds of it.
    Filtered,
}

/// What is read in neither tree, by its path from the repository's root.
type LeftOut = BTreeMap<String, Why>;

impl InBase {
    /// Leaves out what one of the trees does not show as it is, and takes from the working tree what is as it was
    /// checked out: a filter may have made other bytes of it.
    pub(crate) fn keep_comparable(&mut self, walk: &Walk<'_>, base: &Base, roots: &[Root]) {
        let Tree::Revision(revision) = &base.tree else { return };
        let below = |file: &Found| base.mount.below(&file.path);
        let paths: Vec<String> = self.found.files.iter().filter_map(below).collect();
        let folders = paths
            .iter()
            .map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder));
        match Worktree::beside(revision, &folders.collect()) {
            Ok(mut worktree) => {
                let mut left_out = sparse(walk, base, roots, &mut worktree);
                left_out.extend(self.unlisted(base, &worktree));
                for file in &mut self.found.files {
                    if let (Some(path), Origin::Blob(blob)) = (base.mount.below(&file.path), &file.origin)
                        && !left_out.contains_key(&path)
                    {
                        match origin(&mut worktree, &path, *blob) {
                            Ok(origin) => file.origin = origin,
                            Err(why) => drop(left_out.insert(path, why)),
                        }
                    }
                }
                self.leave_out(base, &left_out);
                self.tell(base, &worktree, &left_out);
            }
            Err(error) => self.found.failures.push(Failure {
                path: base.mount.shown(Path::new("")),
                at: None,
                message: error.message().to_owned(),
            }),
        }
    }

    /// Returns what of the revision could not be listed.
    fn unlisted(&mut self, base: &Base, worktree: &Worktree<'_>) -> LeftOut {
        let unlisted = std::mem::take(&mut self.unlisted).into_iter();
        let why = |message| {
            if worktree.is_partial() {
                Why::Partial
            } else {
                Why::Damaged(message)
            }
        };
        let below = unlisted.filter_map(|(path, message)| Some((base.mount.below(&path)?, why(message))));
        below.collect()
    }

    fn leave_out(&mut self, base: &Base, left_out: &LeftOut) {
        self.left_out = left_out.keys().map(|path| base.mount.shown(path.as_ref())).collect();
        self.left_out.sort();
        let is_there = |file: &Found| matches!(file.origin, Origin::Blob(_) | Origin::Elsewhere(_));
        self.found.files.retain(|file| {
            let below = base.mount.below(&file.path).filter(|_| is_there(file));
            below.is_none_or(|path| !left_out.contains_key(&path))
        });
    }

    /// Says once for each reason how many paths are left out, at the first of them.
    fn tell(&mut self, base: &Base, worktree: &Worktree<'_>, left_out: &LeftOut) {
        let mut reasons: BTreeMap<&Why, Vec<&str>> = BTreeMap::new();
        for (path, why) in left_out {
            reasons.entry(why).or_default().push(path);
        }
        for (why, paths) in reasons {
            let Some(first) = paths.first() else { continue };
            self.found.failures.push(Failure {
                path: base.mount.shown(first.as_ref()),
                at: None,
                message: why.message(base.name(), paths.len() - 1, worktree.unread()),
            });
        }
        let is_told = left_out.values().any(|why| *why == Why::Unindexed);
        if let Some(message) = worktree.unread().filter(|_| worktree.is_sparse() && !is_told) {
            self.found.failures.push(Failure {
                path: base.mount.shown(".git/index".as_ref()),
                at: None,
                message: format!(
                    "{message}: whether the sparse checkout leaves out manifests that the base lacks can't be told; {}",
                    Why::READABLE
                ),
            });
        }
        self.found.failures.sort();
    }
}

impl Why {
    /// How an index becomes one that is read here.
    const READABLE: &str = "`git sparse-checkout reapply --no-sparse-index` (`git update-index --no-split-index` where \
                            it is split) writes an index that can be read";

    /// Says why a path and `others` more are left out of the comparison with the base of this name.
    fn message(&self, base: &str, others: usize, unread: Option<&str>) -> String {
        let (it, them) = match others {
            0 => ("it".to_owned(), "it"),
            1 => ("it and 1 other".to_owned(), "them"),
            _ => (format!("it and {others} others"), "them"),
        };
        let unsaid = format!("nothing is said of {them}");
        match self {
            Self::Sparse => format!(
                "the checkout is sparse and leaves {it} out of the working tree, so {unsaid}; `git sparse-checkout \
                 disable` brings all files, and `git sparse-checkout add FOLDER` those of a folder"
            ),
            Self::Unindexed => format!(
                "the working tree lacks {it}, and the index can't tell whether a sparse checkout leaves {them} out \
                 ({}), so {unsaid}; {}",
                unread.unwrap_or_default(),
                Self::READABLE
            ),
            Self::Partial => format!(
                "the clone is partial and lacks {it} as {base} has {them}, so {unsaid}; `git fetch --refetch --no-filter` \
                 fetches what is missing, and a clone without --filter has it from the start"
            ),
            Self::Damaged(message) => {
                format!("{it} can't be read in {base}, so {unsaid}: {message}; `git fsck` shows what is damaged")
            }
            Self::Filtered => format!(
                "by .gitattributes, a filter or an encoding makes {base} hold {it} in other bytes than the working \
                 tree, and nothing shows that no one changed {them}. No filter is run here, so {unsaid}; if all is \
                 unchanged, run `git status`, which writes that into the index, else compare with a checkout: `git \
                 worktree add ../base {base}`, and `--base ../base`"
            ),
        }
    }
}

/// Returns the manifests that a sparse checkout leaves out of the working tree, whichever of the trees' commits has them.
fn sparse(walk: &Walk<'_>, base: &Base, roots: &[Root], worktree: &mut Worktree<'_>) -> LeftOut {
    let there = roots.iter().filter_map(|root| match side(base, root, roots) {
        Side::There(below) => Some((root.role, below)),
        Side::Here | Side::Nowhere => None,
    });
    let there: Vec<_> = there.collect();
    let left_out = worktree.left_out().into_iter().filter(|path| {
        let takes = |(role, root): &(Role, String)| takes(walk, base, *role, root, path);
        there.iter().any(takes) && worktree.file(path).is_none()
    });
    left_out.map(|path| (path, Why::Sparse)).collect()
}

/// Tells whether a walk of `root` would take the file at `path`, both from the repository's root.
fn takes(walk: &Walk<'_>, base: &Base, role: Role, root: &str, path: &str) -> bool {
    let below = match path.strip_prefix(root) {
        Some(below) if root.is_empty() || below.is_empty() || below.starts_with('/') => below,
        Some(_) | None => return false,
    };
    let shown = |path: &str| base.mount.shown(path.as_ref());
    let globs = walk.globs_for(role);
    let start = path.len() - below.trim_start_matches('/').len();
    let folders = path[start..].match_indices('/').map(|(at, _)| &path[..start + at]);
    is_manifest_name(path.as_bytes())
        && folders
            .into_iter()
            .all(|folder| admits(&globs, walk.hidden, &shown(folder), true))
        && admits(&globs, walk.hidden, &shown(path), false)
        && walk.role_of(role, &shown(path)).is_some()
}

/// Returns where a file of the revision is read.
fn origin(worktree: &mut Worktree<'_>, path: &str, blob: BlobId) -> Result<Origin, Why> {
    let place = worktree.file(path);
    if let Some(place) = place
        .as_ref()
        .filter(|place| worktree.is_checked_out(path, place, blob))
    {
        return Ok(Origin::Elsewhere(place.clone()));
    }
    if place.is_none() && worktree.unread().is_some() {
        return Err(Why::Unindexed);
    }
    let has = worktree.has(blob);
    if has && !worktree.is_filtered(path) {
        return Ok(Origin::Blob(blob));
    }
    match place.filter(|place| Worktree::is_blob(place, blob)) {
        Some(place) => Ok(Origin::Elsewhere(place)),
        None if has => Err(Why::Filtered),
        None if worktree.is_partial() => Err(Why::Partial),
        None => Err(Why::Damaged("its object is missing".to_owned())),
    }
}
