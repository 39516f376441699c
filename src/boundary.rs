//! The roots that a run never leaves: what a repository's own files name lies inside of them or is refused.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::paths;

/// The largest config that is read, in bytes.
pub(crate) const CONFIG_LIMIT: u64 = 1 << 20;

/// Returns the root of a path: the work tree of the innermost Git repository that holds it; without one the working
/// directory where the path lies in it, else the path's own folder.
pub(crate) fn root_of<'p>(cwd: &'p Path, folder: &'p Path) -> &'p Path {
    let around = || folder.starts_with(cwd).then_some(cwd);
    paths::repository(folder).or_else(around).unwrap_or(folder)
}

/// The roots of the paths that a command line names.
#[derive(Debug, Clone)]
pub(crate) struct Boundary {
    cwd: PathBuf,
    roots: Vec<Root>,
    /// The folders that were named, without symbolic links in their paths: they stay, also when they are left empty.
    named: Vec<PathBuf>,
}

/// A root as it is named, and where it really lies.
#[derive(Debug, Clone)]
struct Root {
    named: PathBuf,
    real: PathBuf,
}

/// Why a path can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// It lies outside of its root, or a symbolic link on the way leads there.
    #[error("it leads out of {root}, to {to}", root = root.display(), to = to.display())]
    LeadsOut {
        /// The root.
        root: PathBuf,
        /// Where it leads.
        to: PathBuf,
    },
    /// It is a folder, a pipe or a device.
    #[error("it is no regular file")]
    NoFile,
    /// It is larger than such a file may be.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// It can't be looked at.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Boundary {
    /// Makes the boundary of folders, each absolute, and of the folder that holds them all.
    ///
    /// # Errors
    /// [`io::Error`] for a root that can't be looked at.
    pub(crate) fn new(cwd: &Path, start: &Path, folders: &[PathBuf]) -> io::Result<Self> {
        let all = folders.iter().map(PathBuf::as_path).chain([start]);
        let roots = all.map(|folder| {
            let named = root_of(cwd, folder).to_path_buf();
            let real = named.canonicalize()?;
            Ok(Root { named, real })
        });
        let named = folders.iter().map(|folder| folder.canonicalize());
        Ok(Self {
            cwd: cwd.to_path_buf(),
            roots: roots.collect::<io::Result<_>>()?,
            named: named.collect::<io::Result<_>>()?,
        })
    }

    /// Returns where a path leads, all symbolic links followed, also when its last folders are not there yet.
    ///
    /// # Errors
    /// [`Refused`] for a path that leads out of its root, or that can't be followed.
    pub(crate) fn resolve(&self, path: &Path) -> Result<PathBuf, Refused> {
        let path = paths::absolute(&self.cwd, path);
        let real = real(&path)?;
        let holding = self.roots.iter().filter(|root| path.starts_with(&root.named));
        let root = holding.max_by_key(|root| root.named.components().count());
        match root {
            Some(root) if real.starts_with(&root.real) => Ok(real),
            root => Err(Refused::LeadsOut {
                root: root.map_or_else(|| self.cwd.clone(), |root| root.real.clone()),
                to: real,
            }),
        }
    }

    /// Tells whether a folder without symbolic links in its path may go when it is empty: it is no root, holds none
    /// and was not named.
    pub(crate) fn may_go(&self, folder: &Path) -> bool {
        let is_below = self
            .roots
            .iter()
            .any(|root| folder.starts_with(&root.real) && folder != root.real);
        let stays = self.roots.iter().map(|root| &root.real).chain(&self.named);
        is_below && !stays.into_iter().any(|stays| stays.starts_with(folder))
    }

    /// Reads a file of a repository that tells how to go about it: a regular one, inside of the root.
    ///
    /// # Errors
    /// [`Refused`] for any other, and for one of more than `limit` bytes.
    pub(crate) fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Refused> {
        let real = self.resolve(path)?;
        if !fs::metadata(&real)?.is_file() {
            return Err(Refused::NoFile);
        }
        read_up_to(&real, limit)
    }
}

/// Returns where an absolute path leads, all links followed, also when its last folders are not there yet.
///
/// # Errors
/// [`io::Error`] for a link that leads nowhere, and what can't be looked at.
pub(crate) fn real(path: &Path) -> io::Result<PathBuf> {
    let there = path.ancestors().find(|path| path.symlink_metadata().is_ok());
    let there = there.unwrap_or(path);
    let rest = path.strip_prefix(there).unwrap_or(Path::new(""));
    // Nothing may stand behind the path of a file, not even an empty name.
    Ok(there.canonicalize()?.components().chain(rest.components()).collect())
}

/// Makes sure that a file which a flag has written is no link of a repository that leads out of it, or nowhere: who
/// names `report.json` has not said what it may stand for there.
///
/// # Errors
/// [`Refused`] for such a link.
pub(crate) fn check_output(path: &Path) -> Result<(), Refused> {
    let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize()?;
    match paths::repository(&folder) {
        Some(root) if is_link => {
            let to = path.canonicalize()?;
            if to.starts_with(root) {
                return Ok(());
            }
            let root = root.to_path_buf();
            Err(Refused::LeadsOut { root, to })
        }
        Some(_) | None => Ok(()),
    }
}

/// Reads a file, a pipe among them, of at most `limit` bytes.
///
/// # Errors
/// [`Refused`] for a larger one, and one that can't be read.
pub(crate) fn read_up_to(path: &Path, limit: u64) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Refused::TooLarge(limit));
    }
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_innermost_repository_is_the_root_then_the_working_directory_then_the_path() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let top = folder.path();
        for path in ["repo/.git", "repo/sub/.git", "repo/sub/deep", "repo/apps", "plain/a"] {
            fs::create_dir_all(top.join(path))?;
        }
        for (cwd, path, root) in [
            ("repo", "repo/apps", "repo"),
            ("plain", "repo/sub/deep", "repo/sub"),
            ("plain", "plain/a", "plain"),
            ("repo/apps", "plain/a", "plain/a"),
        ] {
            assert_eq!(root_of(&top.join(cwd), &top.join(path)), top.join(root), "{path}");
        }
        Ok(())
    }

    #[test]
    fn a_path_is_followed_inside_its_own_root_and_never_into_another_one() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let top = folder.path().canonicalize()?;
        for path in ["a/.git", "a/in", "b/.git"] {
            fs::create_dir_all(top.join(path))?;
        }
        symlink("in", top.join("a/link"))?;
        symlink("../b", top.join("a/out"))?;
        let boundary = Boundary::new(&top, &top, &[top.join("a"), top.join("b")])?;
        let real = |path: &str| boundary.resolve(Path::new(path)).ok();
        assert_eq!(real("a/link/new/x.yaml"), Some(top.join("a/in/new/x.yaml")));
        assert_eq!(real("b/x.yaml"), Some(top.join("b/x.yaml")));
        assert_eq!(real("a/out/x.yaml"), None);
        assert_eq!(real("../x.yaml"), None);
        Ok(())
    }
}
