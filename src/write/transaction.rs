//! All of a plan or none of it: batches of renames, taken back when a later file can't be written.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ciliate_transforms::report::{Failure, FileAction};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::metadata::Kept;
use super::stage::{Staged, stage};
use super::{Step, Unwritten, Written};
use crate::boundary::Boundary;

/// How many files are staged at once: what a killed run leaves behind, at the most.
const BATCH: usize = 64;

/// Held as long as files are staged, and so as long as a plan is half-written.
static WRITING: Mutex<()> = Mutex::new(());

/// Waits until no plan is half-written, and lets none be written from then on.
pub(crate) fn hold() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A plan on its way to the disk.
pub(super) struct Transaction<'b, 's, 'v> {
    boundary: &'b Boundary,
    /// Folders that were made for new files, outer ones first.
    made: Vec<PathBuf>,
    done: Vec<Done<'s, 'v>>,
    /// The index of what is done by its place.
    places: BTreeMap<PathBuf, usize>,
    failed: Vec<Failure>,
    _writing: MutexGuard<'static, ()>,
}

/// A step that was made.
struct Done<'s, 'v> {
    step: &'s Step<'v>,
    real: PathBuf,
    kept: Kept,
}

impl<'b, 's, 'v> Transaction<'b, 's, 'v> {
    pub(super) fn begin(boundary: &'b Boundary) -> Self {
        Self {
            boundary,
            made: Vec::new(),
            done: Vec::new(),
            places: BTreeMap::new(),
            failed: Vec::new(),
            _writing: hold(),
        }
    }

    /// Makes every step; from the first that fails on the others are only tried.
    pub(super) fn run(&mut self, steps: &'s [Step<'v>]) {
        for batch in steps.chunks(BATCH) {
            for one in self.staged(batch) {
                if self.failed.is_empty() {
                    self.commit(one);
                }
            }
        }
    }

    /// Returns how it ended: with every step made, or none.
    pub(super) fn end(mut self) -> Written {
        if self.failed.is_empty() {
            self.clear_folders();
            let told = self.done.into_iter().filter(|done| !done.kept.notes.is_empty());
            return Written::All(told.map(|done| (done.step.path.to_owned(), done.kept.notes)).collect());
        }
        for done in std::mem::take(&mut self.done).into_iter().rev() {
            let path = done.step.path;
            if let Err(error) = take_back(done) {
                self.fail(path, &Unwritten::Stays(error));
            }
        }
        // A folder that something else came into meanwhile stays.
        self.made.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
        Written::Nothing(self.failed)
    }

    /// Stages a batch on all threads, in which the first failure stops none of the others: all of them are told.
    fn staged(&mut self, batch: &'s [Step<'v>]) -> Vec<Staged<'s, 'v>> {
        let mut places = Vec::new();
        for step in batch {
            match self.place(step) {
                Ok(real) => places.push((step, real)),
                Err(why) => self.fail(step.path, &why),
            }
        }
        let staged: Vec<_> = places
            .into_par_iter()
            .map(|(step, real)| (step.path, Staged::new(step, real)))
            .collect();
        let mut ready = Vec::new();
        for (path, one) in staged {
            match one {
                Ok(one) => ready.push(one),
                Err(why) => self.fail(path, &why),
            }
        }
        ready
    }

    /// Finds where a step's path leads, and makes the folder of a new file.
    fn place(&mut self, step: &Step<'_>) -> Result<PathBuf, Unwritten> {
        let real = self.boundary.resolve(Path::new(step.path))?;
        if step.action == FileAction::Added {
            self.make(real.parent().unwrap_or(&real))?;
        }
        Ok(real)
    }

    fn make(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.made.push(folder.to_path_buf());
        }
        Ok(())
    }

    fn commit(&mut self, one: Staged<'s, 'v>) {
        let step = one.step;
        if self.is_done(&one) {
            return;
        }
        match one.commit() {
            Ok((real, kept)) => {
                self.places.insert(real.clone(), self.done.len());
                self.done.push(Done { step, real, kept });
            }
            Err(why) => self.fail(step.path, &why),
        }
    }

    /// Tells whether a file that has several names, since links lead to it, got its new text under another one.
    fn is_done(&self, one: &Staged<'_, '_>) -> bool {
        let of_place = self.places.get(&one.real).map(|&at| &self.done[at]);
        of_place.is_some_and(|done| done.step.before == one.step.before && done.step.after == one.step.after)
    }

    fn fail(&mut self, path: &str, why: &Unwritten) {
        self.failed.push(Failure {
            path: path.to_owned(),
            at: None,
            message: why.to_string(),
        });
    }

    /// Removes the folders that removed files leave empty.
    fn clear_folders(&self) {
        let removed = self.done.iter().filter(|done| done.step.action == FileAction::Removed);
        for folder in removed.flat_map(|done| done.real.ancestors().skip(1)) {
            // One that still holds something stays, and so do all above it.
            if self.boundary.may_go(folder) {
                drop(fs::remove_dir(folder));
            }
        }
    }
}

/// Undoes a step, unless somebody saved the file since.
fn take_back(done: Done<'_, '_>) -> io::Result<()> {
    let Done { step, real, mut kept } = done;
    let now = match fs::read(&real) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        now => Some(now?),
    };
    if now.as_deref() != step.after.map(str::as_bytes) {
        return Err(io::Error::other("it was saved since, and what was saved stays"));
    }
    match step.action {
        FileAction::Added => fs::remove_file(&real),
        FileAction::Edited => stage(step.before, &real, &mut kept)?
            .persist(&real)
            .map(drop)
            .map_err(|error| error.error),
        FileAction::Removed => {
            let old = stage(step.before, &real, &mut kept)?;
            old.persist_noclobber(&real).map(drop).map_err(|error| error.error)
        }
    }
}
