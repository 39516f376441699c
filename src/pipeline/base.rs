//! The tree that the working tree is held against → its worlds.

use std::collections::BTreeMap;

use ciliate_transforms::report::{Counts, Failure, Outcome, Skipped};
use ciliate_transforms::source::Sources;
use ciliate_transforms::world::World;
use ciliate_transforms::world::build::{Built, Spec, worlds};

use super::{Way, leave_out, reader};
use crate::base::{Base, Tree};
use crate::cli::Scope;
use crate::discover::{Found, InBase, Origin};
use crate::progress::Progress;
use crate::read::Reader;
use crate::run::Run;

/// What another tree holds, read as the run reads the working tree. All files are named as in the other tree:
/// `DIR/path` or `REV:path`.
pub(crate) struct BaseTree {
    /// One world per cluster.
    pub(crate) worlds: Vec<World>,
    /// The files of the working tree, and behind them those of the other.
    pub(crate) sources: Sources,
    /// How much was read.
    pub(crate) counts: Counts,
    /// What was not looked at.
    pub(crate) skipped: Vec<Skipped>,
    /// What could not be read.
    pub(crate) failures: Vec<Failure>,
    /// The paths of the command line that the other tree does not have, sorted: all that is there now is new.
    pub(crate) missing: Vec<String>,
    /// Files and folders that are read in neither tree, by their paths in the working tree, sorted.
    pub(crate) left_out: Vec<String>,
}

/// Reads what was found in the tree that the working tree is held against; one without any manifest is an empty one.
/// `before` are the files of the working tree, which places in it go on to point at.
pub(crate) fn base(
    run: &Run,
    scope: &Scope,
    way: Way<'_>,
    (base, there): (&Base, InBase),
    before: &Sources,
) -> BaseTree {
    let InBase {
        found,
        missing,
        left_out,
        ..
    } = there;
    let names = names(base, &found.files);
    let progress = Progress::start(found.files.len(), !way.global.quiet);
    let reader = Reader {
        revision: match &base.tree {
            Tree::Folder(_) => None,
            Tree::Revision(revision) => Some(revision),
        },
        before,
        ..reader(run, scope, way, &progress)
    };
    let reading = reader.read(found);
    let spec = Spec {
        workloads_read: reading.workloads_read,
        ..run.spec.clone()
    };
    let Built { worlds, patches } = worlds(reading.inputs, &spec);
    let mut outcome = Outcome {
        counts: reading.counts,
        skipped: reading.skipped,
        failures: reading.failures,
        ..Outcome::default()
    };
    leave_out(&patches, &reading.sources, &mut outcome);
    let mut tree = BaseTree {
        worlds,
        sources: reading.sources,
        counts: outcome.counts,
        skipped: outcome.skipped,
        failures: outcome.failures,
        missing: missing.iter().map(|path| base.label(path)).collect(),
        left_out,
    };
    tree.rename(&names, before.files.len());
    tree
}

/// Returns the names in the other tree of the files that lie in it, by their paths in the working tree.
fn names(base: &Base, files: &[Found]) -> BTreeMap<String, String> {
    let is_there = |file: &&Found| match file.origin {
        Origin::Disk | Origin::Stdin => false,
        Origin::Elsewhere(_) | Origin::Blob(_) => true,
    };
    let there = files.iter().filter(is_there);
    there.map(|file| (file.path.clone(), base.label(&file.path))).collect()
}

impl BaseTree {
    /// Names files as in the other tree. Until here they have the paths of the working tree, so that whatever hangs on
    /// a path is the same for both.
    fn rename(&mut self, names: &BTreeMap<String, String>, before: usize) {
        let files = self.sources.files.iter_mut().skip(before);
        let files = files.map(|file| &mut file.path);
        let workloads = self.worlds.iter_mut().flat_map(|world| world.files.values_mut());
        let skipped = self.skipped.iter_mut().map(|skipped| &mut skipped.path);
        let failures = self.failures.iter_mut().map(|failure| &mut failure.path);
        for path in files.chain(workloads).chain(skipped).chain(failures) {
            if let Some(name) = names.get(path) {
                path.clone_from(name);
            }
        }
    }
}

#[cfg(test)]
mod tests;
