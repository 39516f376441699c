//! Temporary files that a killed run left behind.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::stage::{PREFIX, RANDOM, SUFFIX};
use crate::boundary::Boundary;
use crate::git::Tracked;

/// Removes what is certainly a staged file of an ended run in the folders of `files`, and returns it.
pub(super) fn remove<'p>(
    files: impl IntoIterator<Item = &'p str>,
    boundary: &Boundary,
    tracked: &mut Tracked,
) -> Vec<PathBuf> {
    let folders: BTreeSet<&Path> = files.into_iter().filter_map(|file| Path::new(file).parent()).collect();
    let mut gone = Vec::new();
    for folder in folders {
        let Ok(real) = boundary.resolve(folder) else { continue };
        let names = fs::read_dir(&real).into_iter().flatten().flatten();
        let staged = names.filter(|entry| entry.file_name().to_str().is_some_and(is_staged_name));
        for path in staged.map(|entry| entry.path()) {
            // What can't be told for certain stays.
            if tracked.has(&path) == Some(false)
                && is_left_over(&path).unwrap_or(false)
                && fs::remove_file(&path).is_ok()
            {
                gone.push(folder.join(path.file_name().unwrap_or_default()));
            }
        }
    }
    gone
}

fn is_staged_name(name: &str) -> bool {
    let middle = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    middle.is_some_and(|middle| middle.len() == RANDOM && middle.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Tells whether a file is a regular one of this user that no living run holds.
fn is_left_over(path: &Path) -> io::Result<bool> {
    let metadata = path.symlink_metadata()?;
    Ok(metadata.is_file() && is_own(&metadata) && File::open(path)?.try_lock().is_ok())
}

#[cfg(unix)]
fn is_own(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Other systems keep no owner that could be compared.
#[cfg(not(unix))]
const fn is_own(_: &fs::Metadata) -> bool {
    false
}
