//! What one thread of a walk comes upon.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ciliate_transforms::report::{Failure, SkipReason, Skipped};
use ignore::DirEntry;

use super::{Discovered, Found, Moved, Role, Walk, display, is_manifest_name};

/// What one thread of the walk comes upon; handed over when the thread ends.
pub(super) struct Batch<'w> {
    pub(super) walk: &'w Walk<'w>,
    pub(super) role: Role,
    pub(super) moved: Option<&'w Moved>,
    pub(super) found: Discovered,
    pub(super) into: &'w Mutex<Discovered>,
}

impl Batch<'_> {
    pub(super) fn take(&mut self, entry: Result<DirEntry, ignore::Error>) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return self.found.failures.push(failure(&error)),
        };
        let Some(kind) = entry.file_type() else { return };
        if kind.is_symlink() && leads_out(&entry) {
            self.found.skipped.push(Skipped {
                path: display(entry.path()),
                document: None,
                reason: SkipReason::OutsideRoot,
                may_hold_policy: true,
            });
        }
        if !kind.is_file() || !is_manifest_name(entry.file_name().as_encoded_bytes()) {
            return;
        }
        let path = display(entry.path());
        if entry.path().to_str().is_none() {
            let message = "the file's name is not UTF-8; rename it".to_owned();
            self.found.failures.push(Failure {
                path,
                at: None,
                message,
            });
            return;
        }
        let found = match self.moved {
            None => Found::on_disk(path, self.role),
            Some(moved) => moved.found(entry.path(), self.role),
        };
        let role = self.walk.role_of(self.role, &found.path);
        self.found.files.extend(role.map(|role| Found { role, ..found }));
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut into = self.into.lock().unwrap_or_else(PoisonError::into_inner);
        into.files.append(&mut self.found.files);
        into.skipped.append(&mut self.found.skipped);
        into.failures.append(&mut self.found.failures);
    }
}

/// Tells whether a link leads out of the root that it was found under; what it leads to inside is found there itself.
fn leads_out(entry: &DirEntry) -> bool {
    let matters = is_manifest_name(entry.file_name().as_encoded_bytes()) || entry.path().is_dir();
    let root = entry.path().ancestors().nth(entry.depth()).unwrap_or(entry.path());
    let root = if root.as_os_str().is_empty() {
        Path::new(".")
    } else {
        root
    };
    match (root.canonicalize(), entry.path().canonicalize()) {
        (Ok(root), Ok(target)) => matters && !target.starts_with(root),
        // A link that leads nowhere holds no manifest.
        (Err(_), _) | (_, Err(_)) => false,
    }
}

fn failure(error: &ignore::Error) -> Failure {
    let (path, cause) = parts(error);
    Failure {
        path: path.unwrap_or_default(),
        at: None,
        message: cause,
    }
}

/// Returns the path that a walk's error speaks of, and the cause alone.
fn parts(error: &ignore::Error) -> (Option<String>, String) {
    match error {
        ignore::Error::WithPath { path, err } => {
            let path = path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned();
            (Some(path), parts(err).1)
        }
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => parts(err),
        other => (None, other.to_string()),
    }
}
