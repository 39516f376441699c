//! Verified text → disk: temporary files beside the old ones first, then the renames; modes are kept.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use ciliate_transforms::report::FileAction;
use ciliate_transforms::verify::{Verified, VerifiedFile};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tempfile::{Builder, TempPath};

/// The folders, without symbolic links in their paths, outside of which nothing is written.
#[derive(Debug, Clone)]
pub(crate) struct Bounds(Vec<PathBuf>);

impl Bounds {
    /// Makes the bounds of folders that exist; of a file its folder counts.
    pub(crate) fn new<'p>(paths: impl IntoIterator<Item = &'p Path>) -> io::Result<Self> {
        let folder = |path: &Path| {
            let path = if path.is_dir() {
                path
            } else {
                path.parent().unwrap_or(path)
            };
            let path = if path.as_os_str().is_empty() {
                Path::new(".")
            } else {
                path
            };
            path.canonicalize()
        };
        paths.into_iter().map(folder).collect::<io::Result<_>>().map(Self)
    }

    /// Returns where a path leads, all symbolic links followed, also when its last folders are not there yet.
    fn resolve(&self, path: &Path) -> Result<PathBuf> {
        let there = path
            .ancestors()
            .find(|path| path.symlink_metadata().is_ok())
            .unwrap_or(Path::new("."));
        let there = if there.as_os_str().is_empty() {
            Path::new(".")
        } else {
            there
        };
        let rest = path.strip_prefix(there).unwrap_or(path);
        let real = there.canonicalize()?;
        let real = if rest.as_os_str().is_empty() {
            real
        } else {
            real.join(rest)
        };
        ensure!(
            self.hold(&real),
            "it leads out of the folders that were named, to {}",
            real.display()
        );
        Ok(real)
    }

    fn hold(&self, real: &Path) -> bool {
        self.0.iter().any(|folder| real.starts_with(folder))
    }

    /// Tells whether a folder lies below the bounds and is none of them.
    fn hold_inside(&self, folder: &Path) -> bool {
        self.hold(folder) && !self.0.iter().any(|bound| bound == folder)
    }
}

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

/// Writes everything or, when a file can't be prepared, nothing.
///
/// # Errors
/// When a file leads out of the bounds, is no longer what was read, or can't be written; each names the file.
pub(crate) fn write(verified: &Verified, bounds: &Bounds) -> Result<()> {
    let steps: Vec<Step<'_>> = verified.files().iter().map(Step::from).collect();
    apply(&steps, bounds)
}

fn apply(steps: &[Step<'_>], bounds: &Bounds) -> Result<()> {
    let mut made = MadeFolders::default();
    let targets = steps
        .iter()
        .map(|step| target(step, bounds, &mut made).with_context(|| step.path.to_owned()));
    let targets: Vec<_> = targets.collect::<Result<_>>()?;
    let staged: Vec<_> = targets
        .par_iter()
        .map(|(step, real)| stage(step, real).with_context(|| step.path.to_owned()))
        .collect::<Result<_>>()?;
    made.keep();
    for ((step, real), temporary) in targets.iter().zip(staged) {
        match temporary {
            Some(temporary) => temporary.persist(real).with_context(|| step.path.to_owned())?,
            None => remove(real, bounds).with_context(|| step.path.to_owned())?,
        }
    }
    Ok(())
}

/// Finds the real place of a step, makes its folder, and makes sure that the file is still what was read.
fn target<'s, 'v>(step: &'s Step<'v>, bounds: &Bounds, made: &mut MadeFolders) -> Result<(&'s Step<'v>, PathBuf)> {
    let real = bounds.resolve(Path::new(step.path))?;
    match step.action {
        FileAction::Added if real.exists() => bail!(
            "a file that this run left out, or that is not ours, stands here already and is not overwritten: let the run \
             read it, or move it away"
        ),
        FileAction::Added => made.make(real.parent().unwrap_or(&real))?,
        FileAction::Edited | FileAction::Removed => {
            ensure!(
                fs::read(&real)? == step.before.as_bytes(),
                "it was changed after it was read"
            );
        }
    }
    Ok((step, real))
}

/// Writes the new text beside the file, `None` where the file goes.
fn stage(step: &Step<'_>, real: &Path) -> Result<Option<TempPath>> {
    let Some(after) = step.after else { return Ok(None) };
    let mut builder = Builder::new();
    builder.prefix(".ciliate-");
    let usual = usual_permissions();
    if let Some(usual) = &usual {
        builder.permissions(usual.clone());
    }
    let mut file = builder.tempfile_in(real.parent().unwrap_or(real))?;
    file.write_all(after.as_bytes())?;
    if step.action == FileAction::Edited {
        file.as_file().set_permissions(fs::metadata(real)?.permissions())?;
    }
    file.as_file().sync_all()?;
    Ok(Some(file.into_temp_path()))
}

/// Returns the permissions of new files, from which the umask still takes its part.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn usual_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;

    Some(Permissions::from_mode(0o666))
}

/// Other systems give new files what their folder says.
#[cfg(not(unix))]
const fn usual_permissions() -> Option<Permissions> {
    None
}

/// Removes a file and the folders that it leaves empty.
fn remove(real: &Path, bounds: &Bounds) -> io::Result<()> {
    fs::remove_file(real)?;
    for folder in real.ancestors().skip(1).take_while(|folder| bounds.hold_inside(folder)) {
        if fs::read_dir(folder)?.next().is_some() {
            break;
        }
        fs::remove_dir(folder)?;
    }
    Ok(())
}

/// Folders that were made for new files; they go again unless they are kept.
#[derive(Debug, Default)]
struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    fn make(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.0.push(folder.to_path_buf());
        }
        Ok(())
    }

    fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        // An error here would hide the one that led here.
        self.0.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

#[cfg(test)]
mod tests;
