//! Verified text → a patch that does to the tree what `fix` does: where its paths start, and what each file is.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ciliate_transforms::report::FileAction;
use ciliate_transforms::verify::{Verified, VerifiedFile};

use crate::boundary::{real, root_of};
use crate::discover::Root;
use crate::paths;
use crate::report::diff::FileDiff;
use crate::report::names;
use crate::run::Run;
use crate::stop::Stop;

/// The changes of a run, for `git apply` and `patch -p1`.
#[derive(Debug)]
pub(crate) struct Patch<'v> {
    /// The files, each once.
    pub(crate) files: Vec<FileDiff<'v>>,
    /// Where to apply it, unless that is the working directory.
    pub(crate) hint: Option<String>,
}

impl<'v> Patch<'v> {
    /// Makes the patch of a run. Its paths start at the root of the repository that holds the PATHs, as those of
    /// `git diff` do; without one at the working directory, or at the PATH where that lies elsewhere.
    ///
    /// # Errors
    /// [`Stop::Usage`] for files on several drives, and [`Stop::Failed`] where a file's place can't be looked up.
    pub(crate) fn new(verified: &'v Verified, run: &Run) -> Result<Self, Stop> {
        if run.is_filter() {
            let files = verified.files().iter();
            let files = files
                .map(|file| diff_of(file, Path::new(file.path()), Path::new("")))
                .collect();
            return Ok(Self { files, hint: None });
        }
        let cwd = run.cwd.canonicalize().context("the working directory")?;
        // A file that is named twice, as itself and by a link, is one file of the patch.
        let mut places = BTreeMap::new();
        for file in verified.files() {
            let place = real(&paths::absolute(&cwd, Path::new(file.path()))).with_context(|| file.path().to_owned())?;
            places.insert(place, file);
        }
        let start = start(&cwd, run.edited(), places.keys())?;
        let here = paths::repository(&cwd).unwrap_or(&cwd);
        // Below its root, `git apply` leaves out what lies elsewhere and says nothing.
        let fits = start == here && places.keys().all(|place| place.starts_with(&cwd));
        let hint = (!fits && !places.is_empty()).then(|| hint(&cwd, &start));
        let mut files: Vec<_> = places
            .iter()
            .map(|(place, file)| diff_of(file, place, &start))
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files, hint })
    }
}

/// Returns the folder at which the paths of a patch start, which holds every file of it.
fn start<'p>(
    cwd: &Path,
    edited: impl Iterator<Item = &'p Root>,
    places: impl Iterator<Item = &'p PathBuf> + Clone,
) -> Result<PathBuf, Stop> {
    let named: BTreeSet<PathBuf> = edited
        .map(|root| start_of(cwd, root).with_context(|| root.path.clone()))
        .collect::<Result<_, _>>()?;
    let mut starts = named.iter();
    let start = match (starts.next(), starts.next()) {
        (Some(only), None) => only.clone(),
        _ if named.iter().all(|start| start.starts_with(cwd)) => cwd.to_path_buf(),
        _ => common(named.iter().map(PathBuf::as_path))?,
    };
    // A config may put overlays elsewhere.
    let folders = places.filter_map(|place| place.parent());
    let start = common(folders.chain([start.as_path()]))?;
    // Git takes the paths from the root of whatever repository the patch is applied in.
    Ok(paths::repository(&start).unwrap_or(&start).to_path_buf())
}

/// Returns the folder at which the paths of what one PATH holds start.
fn start_of(cwd: &Path, root: &Root) -> io::Result<PathBuf> {
    let path = cwd.join(&root.path).canonicalize()?;
    let folder = if root.is_folder {
        path.as_path()
    } else {
        path.parent().unwrap_or(&path)
    };
    Ok(root_of(cwd, folder).to_path_buf())
}

fn common<'p>(folders: impl Iterator<Item = &'p Path>) -> Result<PathBuf, Stop> {
    let common = paths::common_folder(folders).filter(|folder| !folder.as_os_str().is_empty());
    common.ok_or_else(|| Stop::Usage("the files of one patch lie on one drive: run once for each".to_owned()))
}

fn diff_of<'v>(file: &'v VerifiedFile, place: &Path, start: &Path) -> FileDiff<'v> {
    FileDiff {
        path: slashed(place.strip_prefix(start).unwrap_or(place)),
        action: file.action(),
        executable: file.action() == FileAction::Removed && is_executable(place),
        before: file.before(),
        after: file.after().unwrap_or_default(),
    }
}

/// Returns the bytes of a path, with `/`.
fn slashed(path: &Path) -> Vec<u8> {
    let names: Vec<_> = path.iter().map(OsStr::as_encoded_bytes).collect();
    names.join(&b'/')
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    file.metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & 0o100 != 0)
}

/// Git takes no file for a program where the system does not tell.
#[cfg(not(unix))]
fn is_executable(_file: &Path) -> bool {
    false
}

fn hint(cwd: &Path, start: &Path) -> String {
    let start = paths::shown(cwd, start);
    let start = names::quoted("", start.as_bytes());
    format!("note: the paths of this patch start at {start}; apply it there, as with `git -C`\n")
}
