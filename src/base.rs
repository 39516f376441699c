//! The tree that the working tree is held against: a folder, or a revision of the repository.

use std::path::{Path, PathBuf};

use crate::git::Revision;
use crate::paths;
use crate::run::Run;
use crate::stop::Stop;

/// Another tree, and what of the working tree it stands for.
#[derive(Debug)]
pub(crate) struct Base {
    /// As the command line names it.
    name: String,
    /// Which path of it is which of the working tree.
    pub(crate) mount: Mount,
    /// Where its files are.
    pub(crate) tree: Tree,
}

/// Where the files of a base are.
#[derive(Debug)]
pub(crate) enum Tree {
    /// In a folder, as the command line names it.
    Folder(PathBuf),
    /// In a revision.
    Revision(Revision),
}

/// The folder of the working tree that another tree stands for.
#[derive(Debug, Clone)]
pub(crate) struct Mount {
    cwd: PathBuf,
    folder: PathBuf,
}

impl Mount {
    /// Returns the path from the other tree's root of what is shown as `path` in the working tree; `None` where the
    /// other tree does not stand for it.
    pub(crate) fn below(&self, path: &str) -> Option<String> {
        paths::within(&self.folder, &paths::absolute(&self.cwd, Path::new(path)))
    }

    /// Tells whether `path` is `folder` or lies below it, both as the working tree shows them.
    pub(crate) fn holds(&self, folder: &str, path: &str) -> bool {
        let absolute = |path: &str| paths::absolute(&self.cwd, Path::new(path));
        absolute(path).starts_with(absolute(folder))
    }

    /// Returns how the working tree shows what lies at `below` the other tree's root.
    pub(crate) fn shown(&self, below: &Path) -> String {
        paths::shown(&self.cwd, &self.folder.join(below))
    }
}

impl Base {
    /// Finds the tree that `name` stands for: a folder where there is one, else a revision.
    ///
    /// # Errors
    /// [`Stop::Usage`] for what is neither, and for paths of the run that have no counterpart in it.
    pub(crate) fn find(run: &Run, name: &str) -> Result<Self, Stop> {
        if run.is_filter {
            return Err(Stop::Usage(
                "--base: stdin has no counterpart in another tree; name files or folders".to_owned(),
            ));
        }
        let folder = Path::new(name);
        let (mount, tree) = if paths::absolute(&run.cwd, folder).is_dir() {
            (counterpart(run, name)?, Tree::Folder(folder.to_path_buf()))
        } else if folder.is_absolute() || folder.starts_with(".") || folder.starts_with("..") {
            return Err(Stop::Usage(format!("--base {name}: there is no such folder")));
        } else {
            let root = repository(run, name)?;
            let revision = Revision::find(&root, name)?;
            (root, Tree::Revision(revision))
        };
        let (cwd, name) = (run.cwd.clone(), name.to_owned());
        let mount = Mount { cwd, folder: mount };
        Ok(Self { name, mount, tree })
    }

    /// Returns how messages name what is shown as `path` in the working tree: `DIR/path`, or as Git does `REV:path`
    /// with the path from the repository's root.
    pub(crate) fn label(&self, path: &str) -> String {
        let below = self.mount.below(path);
        let below = below.as_deref().unwrap_or(path);
        match &self.tree {
            Tree::Folder(folder) => paths::slashes(&folder.join(below)),
            Tree::Revision(_) => format!("{}:{below}", self.name),
        }
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
