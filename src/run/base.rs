//! Which tree a run is held against.

use std::path::{Path, PathBuf};

use super::Run;
use crate::base::{Base, Tree};
use crate::git::Revision;
use crate::paths;
use crate::stop::Stop;

impl Run {
    /// Finds the tree that `name` stands for: a folder where there is one, else a revision.
    ///
    /// # Errors
    /// [`Stop::Usage`] for what is neither, and for paths of the run that have no counterpart in it.
    pub(crate) fn base(&self, name: &str) -> Result<Base, Stop> {
        if self.is_filter() {
            return Err(Stop::Usage(
                "--base: stdin has no counterpart in another tree; name files or folders".to_owned(),
            ));
        }
        let folder = Path::new(name);
        let (folder_here, tree) = if paths::absolute(&self.cwd, folder).is_dir() {
            (counterpart(self, name)?, Tree::Folder(folder.to_path_buf()))
        } else if folder.is_absolute() || folder.starts_with(".") || folder.starts_with("..") {
            return Err(Stop::Usage(format!("--base {name}: there is no such folder")));
        } else {
            let root = repository(self, name)?;
            let revision = Revision::find(&root, name)?;
            (root, Tree::Revision(revision))
        };
        Ok(Base::new(name, &self.cwd, folder_here, tree))
    }
}

/// Returns the folder of the working tree that a folder stands for: a single PATH, else the working directory.
fn counterpart(run: &Run, name: &str) -> Result<PathBuf, Stop> {
    let mut edited = run.edited();
    if let (Some(only), None) = (edited.next(), edited.next())
        && only.is_folder
    {
        return Ok(paths::absolute(&run.cwd, Path::new(&only.path)));
    }
    let outside = run
        .edited()
        .find(|root| !paths::absolute(&run.cwd, Path::new(&root.path)).starts_with(&run.cwd));
    match outside {
        None => Ok(run.cwd.clone()),
        Some(outside) => Err(Stop::Usage(format!(
            "--base {name}: several paths, or a file, are looked for in it as they lie in the working directory, and {} \
             lies outside; name one folder, or run where all of them lie",
            outside.path
        ))),
    }
}

/// Returns the root of the one repository that all paths lie in.
fn repository(run: &Run, name: &str) -> Result<PathBuf, Stop> {
    let mut roots = run.edited().map(|root| {
        let path = paths::absolute(&run.cwd, Path::new(&root.path));
        let found = paths::repository(&path).map(Path::to_path_buf);
        found.ok_or_else(|| {
            Stop::Usage(format!(
                "--base {name}: no such folder, and no revision either, since {} lies in no Git repository",
                root.path
            ))
        })
    });
    let first = roots.next().unwrap_or_else(|| Ok(run.cwd.clone()))?;
    for root in roots {
        let root = root?;
        if root != first {
            return Err(Stop::Usage(format!(
                "--base {name}: the paths lie in two repositories, {} and {}; run once for each",
                first.display(),
                root.display()
            )));
        }
    }
    Ok(first)
}
