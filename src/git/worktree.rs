//! What Git knows of the files of a working tree, told from its index and attributes: nothing is converted or filtered.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use git2::{
    AttrCheckFlags, AttrValue, Index, IndexEntry, IndexEntryExtendedFlag, IndexTime, ObjectType, OdbLookupFlags, Oid,
    Repository,
};

use super::{BlobId, Node, Revision, open};

/// A working tree beside a revision. Paths are from the repository's root, with `/`.
pub(crate) struct Worktree<'r> {
    revision: &'r Revision,
    /// Its index holds the attribute files of the revision.
    attributes: Repository,
    index: Result<Index, git2::Error>,
    /// When the index was written: a file that is not older may have changed since without another date.
    written: Option<Time>,
    /// Whether each folder is one, and no symbolic link on the way to it.
    folders: BTreeMap<PathBuf, bool>,
}

/// Seconds and nanoseconds since 1970, as an index holds them.
type Time = (u32, u32);

impl<'r> Worktree<'r> {
    /// Looks at the working tree of the repository of a revision of which the files in `folders` are of interest.
    ///
    /// # Errors
    /// [`git2::Error`] for a repository that can't be opened.
    pub(crate) fn beside(revision: &'r Revision, folders: &BTreeSet<&str>) -> Result<Self, git2::Error> {
        let index = open(&revision.root)?.index();
        let written = index.as_ref().ok().and_then(|index| {
            let metadata = fs::metadata(index.path()?).ok()?;
            modified(&metadata)
        });
        let attributes = open(&revision.root)?;
        attributes.set_workdir(&revision.root, false)?;
        attributes.set_index(&mut attribute_files(revision, folders)?)?;
        Ok(Self {
            revision,
            attributes,
            index,
            written,
            folders: BTreeMap::new(),
        })
    }

    /// Tells why the index can't be read, if it can't.
    pub(crate) fn unread(&self) -> Option<&str> {
        self.index.as_ref().err().map(git2::Error::message)
    }

    /// Tells whether the checkout is a sparse one.
    pub(crate) fn is_sparse(&self) -> bool {
        let config = self.attributes.config();
        config.is_ok_and(|config| config.get_bool("core.sparseCheckout").unwrap_or(false))
    }

    /// Tells whether the clone left objects with the remote that it was made from.
    pub(crate) fn is_partial(&self) -> bool {
        let Ok(config) = self.attributes.config() else {
            return false;
        };
        let has = |glob| {
            config
                .entries(Some(glob))
                .is_ok_and(|mut entries| entries.next().is_some())
        };
        has(r"remote\..*\.promisor") || has(r"extensions\.partialclone")
    }

    /// Returns the files that a sparse checkout leaves out, as far as the index tells.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let left_out =
            |entry: &IndexEntry| IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended).is_skip_worktree();
        let entries = self.index.iter().flat_map(Index::iter).filter(left_out);
        entries.filter_map(|entry| String::from_utf8(entry.path).ok()).collect()
    }

    /// Returns where a file lies that the working tree has; a path through a symbolic link leads to none of its files.
    pub(crate) fn file(&mut self, path: &str) -> Option<PathBuf> {
        let place = self.revision.root.join(path);
        let is_file =
            self.is_folder(place.parent()?) && fs::symlink_metadata(&place).is_ok_and(|found| found.is_file());
        is_file.then_some(place)
    }

    fn is_folder(&mut self, folder: &Path) -> bool {
        if folder == self.revision.root {
            return true;
        }
        if let Some(known) = self.folders.get(folder) {
            return *known;
        }
        let is_folder = folder.parent().is_some_and(|above| self.is_folder(above))
            && fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir());
        self.folders.insert(folder.to_path_buf(), is_folder);
        is_folder
    }

    /// Tells whether the file at `place` is what Git checked out of a blob: the index has the blob for it, and nothing
    /// that the file system says of the file is other than when the index was written. One that is as old as the index
    /// could have changed unseen.
    ///
    /// # Source
    /// <https://github.com/git/git/blob/v2.39.5/Documentation/technical/racy-git.txt>
    pub(crate) fn is_checked_out(&self, path: &str, place: &Path, blob: BlobId) -> bool {
        let entry = self
            .index
            .as_ref()
            .ok()
            .and_then(|index| index.get_path(Path::new(path), 0));
        let (Some(entry), Some(written), Ok(found)) = (entry, self.written, fs::symlink_metadata(place)) else {
            return false;
        };
        #[expect(clippy::cast_possible_truncation, reason = "an index holds the lower 32 bits")]
        let size = found.len() as u32;
        let changed = time(entry.mtime);
        entry.id == blob.0
            && entry.file_size == size
            && modified(&found).is_some_and(|now| is_equal(now, changed))
            && if changed.1 == 0 {
                changed.0 < written.0
            } else {
                changed < written
            }
            && is_same_inode(&entry, &found)
    }

    /// Tells whether the bytes of the file at `place` are those of a blob.
    pub(crate) fn is_blob(place: &Path, blob: BlobId) -> bool {
        Oid::hash_file(ObjectType::Blob, place).is_ok_and(|id| id == blob.0)
    }

    /// Tells whether a blob is there to be read.
    pub(crate) fn has(&self, blob: BlobId) -> bool {
        let objects = self.attributes.odb();
        objects.is_ok_and(|objects| objects.exists_ext(blob.0, OdbLookupFlags::NO_REFRESH))
    }

    /// Tells whether a program or an encoding stands between a file and its blob, by the attributes of the working tree
    /// or of the revision; where those can't be read, one may.
    pub(crate) fn is_filtered(&self, path: &str) -> bool {
        let is_set = |name: &str, flags| {
            let value = self.attributes.get_attr_bytes(Path::new(path), name, flags);
            value.map_or(true, |value| match AttrValue::from_bytes(value) {
                AttrValue::String(value) => !is_utf8(value.as_bytes()),
                AttrValue::Bytes(value) => !is_utf8(value),
                AttrValue::True | AttrValue::False | AttrValue::Unspecified => false,
            })
        };
        let sources = [AttrCheckFlags::FILE_THEN_INDEX, AttrCheckFlags::INDEX_ONLY];
        let names = ["filter", "working-tree-encoding"];
        sources
            .into_iter()
            .any(|flags| names.into_iter().any(|name| is_set(name, flags)))
    }
}

/// Returns an index of the attribute files of a revision that hold for `folders`.
fn attribute_files(revision: &Revision, folders: &BTreeSet<&str>) -> Result<Index, git2::Error> {
    let above = folders.iter().flat_map(|folder| Path::new(folder).ancestors());
    let above: BTreeSet<&Path> = above.collect();
    let mut index = Index::new()?;
    for folder in above {
        let path = crate::paths::slashes(&folder.join(".gitattributes"));
        // What can't be read of the revision is told where its files are listed.
        if let Ok(Some(Node::File(BlobId(id)))) = revision.node(&path) {
            index.add(&index_entry(&path, 0o100_644, id))?;
        }
    }
    Ok(index)
}

/// Returns an entry of an index that says nothing of a file on disk.
pub(crate) fn index_entry(path: &str, mode: u32, id: Oid) -> IndexEntry {
    let time = IndexTime::new(0, 0);
    IndexEntry {
        ctime: time,
        mtime: time,
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

/// Tells whether the name of an encoding is that of UTF-8, for which nothing is converted.
fn is_utf8(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"utf-8") || name.eq_ignore_ascii_case(b"utf8")
}

#[expect(clippy::cast_sign_loss, reason = "an index holds the lower 32 bits without a sign")]
fn time(time: IndexTime) -> Time {
    (time.seconds() as u32, time.nanoseconds())
}

#[expect(clippy::cast_possible_truncation, reason = "an index holds the lower 32 bits")]
fn modified(metadata: &Metadata) -> Option<Time> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((since.as_secs() as u32, since.subsec_nanos()))
}

/// Tells whether a time is the one that an index holds, of which some writers leave out the nanoseconds.
const fn is_equal(now: Time, held: Time) -> bool {
    now.0 == held.0 && (held.1 == 0 || now.1 == held.1)
}

#[cfg(unix)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index holds the lower 32 bits without a sign"
)]
fn is_same_inode(entry: &IndexEntry, found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let changed = (found.ctime() as u32, found.ctime_nsec() as u32);
    (entry.ino == 0 || entry.ino == found.ino() as u32) && is_equal(changed, time(entry.ctime))
}

#[cfg(not(unix))]
const fn is_same_inode(_: &IndexEntry, _: &Metadata) -> bool {
    true
}
