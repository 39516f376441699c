//! What the command line names: folders to walk and files to read whatever their name.

use std::path::{Path, PathBuf};

use super::Role;
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
        let metadata = path.metadata().map_err(|error| Stop::unusable(path, &error))?;
        let path = paths::shown(cwd, &paths::absolute(cwd, path));
        Ok(Root {
            path,
            is_folder: metadata.is_dir(),
            role,
        })
    };
    named.iter().map(root).collect()
}
