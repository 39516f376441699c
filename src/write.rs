//! Verified text → disk, all of it or none: temporary files beside the old ones, a last look, then the renames.
//!
//! Files come before the lists that name them, and go after them.

mod metadata;
mod stage;
mod stale;
#[cfg(test)]
mod tests;
mod transaction;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use ciliate_transforms::report::{Failure, FileAction};
use ciliate_transforms::verify::{Verified, VerifiedFile};
use ciliate_transforms::world::extract::is_kustomization;

use crate::boundary::{Boundary, Refused};
use crate::git::Tracked;

use self::transaction::Transaction;

pub(crate) use self::transaction::hold as hold_off_writes;

/// One file to write or to remove.
#[derive(Debug, Clone, Copy)]
struct Step<'v> {
    path: &'v str,
    action: FileAction,
    before: &'v str,
    after: Option<&'v str>,
}

impl<'v> From<&'v VerifiedFile> for Step<'v> {
    fn from(file: &'v VerifiedFile) -> Self {
        Self {
            path: file.path(),
            action: file.action(),
            before: file.before(),
            after: file.after(),
        }
    }
}

impl Step<'_> {
    /// Returns when its turn is: a list names only what is there.
    fn turn(&self) -> u8 {
        match self.action {
            _ if is_kustomization(self.path) => 1,
            FileAction::Added | FileAction::Edited => 0,
            FileAction::Removed => 2,
        }
    }
}

/// Why a file was not written, and stays as it is.
#[derive(Debug, thiserror::Error)]
enum Unwritten {
    /// It is no longer what was read.
    #[error("not written: it was saved after it was read, and what was saved stays; run again")]
    Changed,
    /// A new file would replace one.
    #[error(
        "not written: a file that this run left out, or that is not ours, stands here already and is not overwritten: let \
         the run read it, or move it away"
    )]
    Taken,
    /// It was written and could not be taken back when another file failed.
    #[error("its new text stays, though other files of the plan could not be written: {0}")]
    Stays(io::Error),
    /// It leads out of its root.
    #[error("not written: {0}")]
    Refused(#[from] Refused),
    /// The system refuses.
    #[error("not written: {0}")]
    Io(#[from] io::Error),
}

/// What came of writing.
#[derive(Debug)]
pub(crate) enum Written {
    /// Everything is written; what there is to say of files, by path.
    All(BTreeMap<String, Vec<String>>),
    /// Nothing is written, since these files can't be.
    Nothing(Vec<Failure>),
}

/// Writes everything, or nothing when a single file can't be.
pub(crate) fn write(verified: &Verified, boundary: &Boundary) -> Written {
    let steps: Vec<Step<'_>> = verified.files().iter().map(Step::from).collect();
    apply(steps, boundary)
}

fn apply(mut steps: Vec<Step<'_>>, boundary: &Boundary) -> Written {
    steps.sort_by_key(Step::turn);
    let mut transaction = Transaction::begin(boundary);
    transaction.run(&steps);
    transaction.end()
}

/// Removes temporary files that an earlier run was killed over, in the folders of these files, as far as they are
/// certainly ours; returns those that went.
pub(crate) fn remove_stale<'p>(files: impl IntoIterator<Item = &'p str>, boundary: &Boundary) -> Vec<PathBuf> {
    stale::remove(files, boundary, &mut Tracked::default())
}
