//! Roots → files in sorted order: the one home of the walker, of ignores, globs and symbolic links.

mod base;
mod batch;
mod comparable;
mod folder;
mod ignores;
mod named;
mod revision;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ciliate_transforms::report::{Failure, Skipped};
use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::slice::ParallelSliceMut;

use crate::config::PathRules;
use crate::git::BlobId;
use crate::stop::Stop;

use batch::Batch;
use folder::Moved;
use ignores::Guard;

pub(crate) use base::InBase;
pub(crate) use named::{Root, roots};

/// The path under which reports speak of standard input.
pub(crate) const STDIN: &str = "<stdin>";

/// What a file is read for; of a file that is found twice the first holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// A dump of the cluster.
    Facts,
    /// It may be edited.
    Edit,
    /// Overlays of ours may lie here: they are kept up to date whatever part of the tree a run is for.
    Overlays,
    /// It resolves ports, labels and services.
    Context,
}

/// Where a file's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The file system, where the path says.
    Disk,
    /// Standard input.
    Stdin,
    /// A folder that stands for one of the working tree: the file lies here.
    Elsewhere(PathBuf),
    /// A revision of the repository.
    Blob(BlobId),
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// Its path relative to the working directory, with `/`.
    pub(crate) path: String,
    /// What it is read for.
    pub(crate) role: Role,
    /// Where its bytes come from.
    pub(crate) origin: Origin,
}

impl Found {
    const fn on_disk(path: String, role: Role) -> Self {
        Self {
            path,
            role,
            origin: Origin::Disk,
        }
    }
}

/// What a walk came upon.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    /// The files, sorted by path, each once.
    pub(crate) files: Vec<Found>,
    /// Links that lead out of their root, sorted by path.
    pub(crate) skipped: Vec<Skipped>,
    /// What could not be read, sorted by path.
    pub(crate) failures: Vec<Failure>,
}

impl Discovered {
    /// Adds the manifests that lie beside the files to edit and that the walk left out: overlays beside their sources
    /// among them, and the lists that name those.
    pub(crate) fn add_neighbours(&mut self) {
        self.add_beside(|folder| {
            let shown = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            let manifests = manifests_in(shown).map(|path| Found::on_disk(display(&path), Role::Overlays));
            manifests.collect()
        });
    }

    /// Adds what `manifests` lists for the folders of files to edit, as far as it is not there.
    fn add_beside(&mut self, manifests: impl Fn(&Path) -> Vec<Found>) {
        let known: BTreeSet<String> = self.files.iter().map(|file| file.path.clone()).collect();
        let edited = self.files.iter().filter(|file| file.role == Role::Edit);
        let folders: BTreeSet<&Path> = edited.filter_map(|file| Path::new(&file.path).parent()).collect();
        let beside: Vec<Found> = folders.into_iter().flat_map(manifests).collect();
        self.files
            .extend(beside.into_iter().filter(|file| !known.contains(&file.path)));
        self.files.sort_unstable();
    }

    /// Sorts everything; of what is found twice the first role holds.
    fn settle(&mut self) {
        self.files.par_sort_unstable();
        self.files.dedup_by(|later, first| later.path == first.path);
        self.skipped.sort();
        self.skipped.dedup();
        self.failures.sort();
        self.failures.dedup();
    }

    /// Adds standard input, as a file to edit.
    pub(crate) fn add_stdin(&mut self) {
        let stdin = Found {
            path: STDIN.to_owned(),
            role: Role::Edit,
            origin: Origin::Stdin,
        };
        let at = self.files.partition_point(|file| *file < stdin);
        self.files.insert(at, stdin);
    }
}

/// How folders are walked.
#[derive(Debug)]
pub(crate) struct Walk<'c> {
    /// The globs of the command line.
    pub(crate) globs: Override,
    /// The globs of the config.
    pub(crate) rules: &'c PathRules,
    /// Whether `.gitignore` and `.ignore` are respected.
    pub(crate) respect_ignores: bool,
    /// Whether hidden files are read.
    pub(crate) hidden: bool,
    /// Whether excludes hold also against files that are named.
    pub(crate) force_exclude: bool,
    /// How many threads walk.
    pub(crate) threads: usize,
}

/// Compiles the globs of `--glob` and `--exclude`.
///
/// # Errors
/// [`Stop::Usage`] for a glob that is none.
pub(crate) fn globs(take: &[String], leave: &[String]) -> Result<Override, Stop> {
    let mut builder = OverrideBuilder::new(".");
    for glob in take {
        builder.add(glob).map_err(|error| no_glob("--glob", glob, &error))?;
    }
    for glob in leave {
        let inverse = format!("!{glob}");
        builder
            .add(&inverse)
            .map_err(|error| no_glob("--exclude", glob, &error))?;
    }
    builder.build().map_err(|error| Stop::Usage(error.to_string()))
}

fn no_glob(flag: &str, glob: &str, error: &ignore::Error) -> Stop {
    let why = match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    };
    Stop::Usage(format!("{flag} {glob}: {why}"))
}

impl Walk<'_> {
    /// Finds the files of all roots; the answer does not depend on the roots' order or the number of threads.
    pub(crate) fn run(&self, roots: &[Root]) -> Discovered {
        let found = Mutex::new(Discovered::default());
        for role in [Role::Facts, Role::Edit, Role::Overlays, Role::Context] {
            let folders = roots.iter().filter(|root| root.role == role && root.is_folder);
            self.folders(folders, role, &found);
        }
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        for root in roots.iter().filter(|root| !root.is_folder) {
            if !(self.force_exclude && self.excludes(&root.path)) {
                found.files.push(Found::on_disk(root.path.clone(), root.role));
            }
        }
        found.settle();
        found
    }

    fn folders<'r>(&self, folders: impl Iterator<Item = &'r Root>, role: Role, into: &Mutex<Discovered>) {
        let guard = self.guard(role);
        let mut folders = folders
            .map(|folder| Path::new(&folder.path))
            .filter(|folder| guard.as_ref().is_none_or(|guard| guard.admits_root(folder)));
        if let Some(first) = folders.next() {
            let mut builder = WalkBuilder::new(first);
            for folder in folders {
                builder.add(folder);
            }
            let mut builder = self.builder(builder, role);
            let guard = guard.clone();
            builder
                .hidden(!self.hidden)
                .overrides(self.globs_for(role).clone())
                .filter_entry(move |entry| {
                    entry.depth() == 0 || entry.file_name() != ".git" && is_admitted(guard.as_ref(), entry)
                });
            self.collect(&builder, role, None, into);
        }
        tell(guard, into);
    }

    /// Returns what looks at ignore files before they are read, where they are respected.
    fn guard(&self, role: Role) -> Option<Guard> {
        (self.respect_ignores && role != Role::Overlays).then(Guard::default)
    }

    /// Returns the globs that hold for files of a role: overlays are kept up to date whatever a run is narrowed to.
    fn globs_for(&self, role: Role) -> Override {
        if role == Role::Overlays {
            Override::empty()
        } else {
            self.globs.clone()
        }
    }

    /// Sets what holds for walks of every tree.
    fn builder(&self, mut builder: WalkBuilder, role: Role) -> WalkBuilder {
        builder
            .standard_filters(self.respect_ignores && role != Role::Overlays)
            // What one machine ignores for itself must not change what a run says.
            .git_global(false)
            .git_exclude(false)
            .require_git(false)
            .threads(self.threads);
        builder
    }

    fn collect(&self, builder: &WalkBuilder, role: Role, moved: Option<&Moved>, into: &Mutex<Discovered>) {
        builder.build_parallel().run(|| {
            let mut batch = Batch {
                walk: self,
                role,
                moved,
                found: Discovered::default(),
                into,
            };
            Box::new(move |entry| {
                batch.take(entry);
                WalkState::Continue
            })
        });
    }

    /// Returns what a file that a walk found is read for; `None` where the config leaves it out.
    fn role_of(&self, role: Role, shown: &str) -> Option<Role> {
        if role != Role::Overlays && self.rules.excludes(shown) {
            None
        } else if role == Role::Edit && self.rules.is_context(shown) {
            Some(Role::Context)
        } else {
            Some(role)
        }
    }

    /// Tells whether the globs of the command line or the config exclude a path or a folder above it.
    fn excludes(&self, path: &str) -> bool {
        let above = Path::new(path)
            .ancestors()
            .skip(1)
            .filter(|folder| !folder.as_os_str().is_empty());
        self.rules.excludes(path)
            || self.globs.matched(path, false).is_ignore()
            || above
                .into_iter()
                .any(|folder| self.globs.matched(folder, true).is_ignore())
    }
}

/// Tells whether a walk may go on into an entry.
fn is_admitted(guard: Option<&Guard>, entry: &DirEntry) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    !is_folder || guard.is_none_or(|guard| guard.admits(entry.path()))
}

/// Adds what a guard found to what a walk did.
fn tell(guard: Option<Guard>, into: &Mutex<Discovered>) {
    let failures = guard.map(Guard::failures).unwrap_or_default();
    into.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .failures
        .extend(failures);
}

/// Returns the manifests right in a folder; one that can't be listed holds nothing that can be kept up to date.
fn manifests_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|name| is_manifest_name(name.as_bytes()))
        })
        .map(|entry| entry.path())
}

fn is_manifest_name(name: &[u8]) -> bool {
    // `Kustomization` is the third name that kustomize knows.
    name == b"Kustomization"
        || [&b".yaml"[..], b".yml", b".json"]
            .iter()
            .any(|extension| name.ends_with(extension))
}

/// Returns the path as reports show it; the walk's roots are already relative to the working directory.
fn display(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path).to_string_lossy();
    if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.into_owned()
    }
}

#[cfg(test)]
mod tests;
