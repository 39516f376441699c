//! What the command line names: folders to walk and files to read whatever their name.

use std::io;
use std::path::{Path, PathBuf};

use super::Role;
use crate::boundary::root_of;
use crate::paths;
use crate::stop::Stop;

/// A folder to walk, or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Root {
    /// The path relative to the working directory.
    pub(crate) path: String,
    /// Whether it is a folder.
    pub(crate) is_folder: bool,
    /// What its files are read for.
    pub(crate) role: Role,
}

/// Looks at the paths that the command line names for a role.
///
/// # Errors
/// [`Stop::Usage`] for a path that is not there or can't be looked at.
pub(crate) fn roots(cwd: &Path, named: &[PathBuf], role: Role) -> Result<Vec<Root>, Stop> {
    let root = |path: &PathBuf| {
        let look = || {
            let place = place(cwd, &paths::absolute(cwd, path))?;
            Ok((place.metadata()?.is_dir(), place))
        };
        let (is_folder, place) = look().map_err(|error| Stop::unusable(path, &error))?;
        Ok(Root {
            path: paths::shown(cwd, &place),
            is_folder,
            role,
        })
    };
    named.iter().map(root).collect()
}

/// Returns a path as it is named, or where it really lies when a link on the way leads out of its root: the repository
/// that is worked on is the one there.
fn place(cwd: &Path, path: &Path) -> io::Result<PathBuf> {
    let real = path.canonicalize()?;
    let folder = if real.is_dir() {
        path
    } else {
        path.parent().unwrap_or(path)
    };
    let root = root_of(cwd, folder).canonicalize()?;
    Ok(if real.starts_with(root) {
        path.to_path_buf()
    } else {
        real
    })
}
