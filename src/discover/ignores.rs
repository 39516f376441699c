//! Ignore files, which a repository's authors write: a folder whose ones can't be trusted to be read is told, not read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ciliate_transforms::report::Failure;

use super::display;
use crate::boundary::{Refused, root_of};

/// The names of ignore files.
const NAMES: [&str; 2] = [".gitignore", ".ignore"];

/// How many bytes the ignore files of a folder and of those above it may have together: their patterns are compiled, and
/// all of them are held at once, at up to 3 KB a pattern.
const LIMIT: u64 = 64 * 1024;

/// Looks at folders before their ignore files are read, and keeps what it finds.
#[derive(Debug, Clone, Default)]
pub(super) struct Guard(Arc<Mutex<Vec<Failure>>>);

impl Guard {
    /// Tells whether a folder that a walk comes upon may be read.
    pub(super) fn admits(&self, folder: &Path) -> bool {
        let Some((name, refused)) = doubt(folder) else {
            return true;
        };
        let failure = Failure {
            path: display(&folder.join(name)),
            at: None,
            message: format!(
                "{refused}, so neither it nor its folder was read; mend it, or give --no-ignore to read the folder without \
                 it"
            ),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
        false
    }

    /// Tells whether a folder that a walk starts with may be read: the ignore files above it hold too.
    pub(super) fn admits_root(&self, folder: &Path) -> bool {
        let shown = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let Ok(real) = shown.canonicalize() else {
            return true; // The walk itself tells what is wrong with it.
        };
        self.admits(folder) && real.ancestors().skip(1).all(|above| self.admits(above))
    }

    /// Returns what was found.
    pub(super) fn failures(self) -> Vec<Failure> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns what speaks against reading the ignore files of a folder, and of which.
fn doubt(folder: &Path) -> Option<(&'static str, Refused)> {
    let mut last = None;
    for name in NAMES {
        match checked(&folder.join(name)) {
            Ok(None) => {}
            Ok(Some(_)) => last = Some(name),
            Err(refused) => return Some((name, refused)),
        }
    }
    // What is right by itself may be too much together with what holds above.
    let name = last?;
    let real = folder.canonicalize().ok()?;
    let above = real.ancestors().flat_map(|folder| NAMES.map(|name| folder.join(name)));
    let all: u64 = above.filter_map(|path| checked(&path).ok().flatten()).sum();
    (all > LIMIT).then_some((name, Refused::TooLarge(LIMIT)))
}

/// Returns the size of an ignore file in bytes, `None` where there is none.
fn checked(path: &Path) -> Result<Option<u64>, Refused> {
    let Ok(metadata) = path.symlink_metadata() else {
        return Ok(None);
    };
    let metadata = if metadata.is_symlink() {
        match followed(path) {
            // One that leads nowhere says nothing.
            Err(Refused::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            real => fs::metadata(real?)?,
        }
    } else {
        metadata
    };
    if metadata.is_dir() {
        return Ok(None); // Git does not read it either.
    }
    if !metadata.is_file() {
        return Err(Refused::NoFile);
    }
    if metadata.len() > LIMIT {
        return Err(Refused::TooLarge(LIMIT));
    }
    Ok(Some(metadata.len()))
}

/// Returns where a link leads inside of its root.
fn followed(link: &Path) -> Result<PathBuf, Refused> {
    let real = link.canonicalize()?;
    let folder = link.parent().unwrap_or(link).canonicalize()?;
    let cwd = Path::new(".").canonicalize()?;
    let root = root_of(&cwd, &folder);
    if real.starts_with(root) {
        Ok(real)
    } else {
        Err(Refused::LeadsOut {
            root: root.to_path_buf(),
            to: real,
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Returns whether a folder with this ignore file is read.
    fn admits(write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<bool> {
        let folder = tempfile::tempdir()?;
        fs::create_dir_all(folder.path().join("repo/.git"))?;
        fs::create_dir_all(folder.path().join("repo/apps"))?;
        write(&folder.path().join("repo/apps/.gitignore"))?;
        Ok(Guard::default().admits(&folder.path().join("repo/apps")))
    }

    #[test]
    fn only_a_regular_file_inside_the_root_and_of_bounded_size_is_read() -> io::Result<()> {
        assert!(admits(|path| fs::write(path, "*.json\n"))?);
        assert!(admits(|path| symlink("../other", path))?);
        assert!(admits(|path| {
            fs::write(path.with_file_name("common"), "*.json\n")?;
            symlink("common", path)
        })?);
        assert!(!admits(|path| symlink("/dev/zero", path))?);
        assert!(!admits(|path| fs::write(path, "*a*b\n".repeat(100_000)))?);
        assert!(!admits(|path| {
            fs::write(path.with_file_name(".ignore"), "*a*b\n".repeat(7_000))?;
            fs::write(path, "*a*b\n".repeat(7_000))
        })?);
        Ok(())
    }
}
