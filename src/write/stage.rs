//! A new text beside the file that it will replace, locked as long as it is there.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ciliate_transforms::report::FileAction;
use tempfile::{Builder, NamedTempFile};

use super::metadata::{self, Kept};
use super::{Step, Unwritten};

/// What the names of staged files begin and end with; between them are [`RANDOM`] letters and digits.
pub(super) const PREFIX: &str = ".ciliate-";
/// The end of the name.
pub(super) const SUFFIX: &str = ".tmp";
/// How many letters and digits tell staged files apart.
pub(super) const RANDOM: usize = 16;

/// A step that only a rename, or a removal, is left of.
#[derive(Debug)]
pub(super) struct Staged<'s, 'v> {
    pub(super) step: &'s Step<'v>,
    pub(super) real: PathBuf,
    /// The new text, `None` where the file goes.
    new: Option<NamedTempFile>,
    /// What of the old file the new one has, or could not be given.
    pub(super) kept: Kept,
}

impl<'s, 'v> Staged<'s, 'v> {
    /// Writes the new text beside the file.
    pub(super) fn new(step: &'s Step<'v>, real: PathBuf) -> Result<Self, Unwritten> {
        is_as_read(step, &real)?;
        let mut kept = match step.action {
            FileAction::Added => Kept::default(),
            FileAction::Edited | FileAction::Removed => Kept::of(&real)?,
        };
        let new = step.after.map(|text| stage(text, &real, &mut kept)).transpose()?;
        Ok(Self { step, real, new, kept })
    }

    /// Puts the new text in its place, unless the file was saved meanwhile.
    pub(super) fn commit(self) -> Result<(PathBuf, Kept), Unwritten> {
        let Self { step, real, new, kept } = self;
        is_as_read(step, &real)?;
        match (new, step.action) {
            (Some(new), FileAction::Added) => new.persist_noclobber(&real).map(drop).map_err(taken)?,
            (Some(new), FileAction::Edited | FileAction::Removed) => {
                new.persist(&real).map_err(|error| error.error)?;
            }
            (None, _) => fs::remove_file(&real)?,
        }
        Ok((real, kept))
    }
}

fn taken(error: tempfile::PersistError) -> Unwritten {
    match error.error.kind() {
        io::ErrorKind::AlreadyExists => Unwritten::Taken,
        _ => Unwritten::Io(error.error),
    }
}

/// Makes sure that a file is still what was read.
fn is_as_read(step: &Step<'_>, real: &Path) -> Result<(), Unwritten> {
    match step.action {
        FileAction::Added if real.symlink_metadata().is_ok() => Err(Unwritten::Taken),
        FileAction::Added => Ok(()),
        FileAction::Edited | FileAction::Removed => match fs::read(real) {
            Ok(bytes) if bytes == step.before.as_bytes() => Ok(()),
            Ok(_) => Err(Unwritten::Changed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Unwritten::Changed),
            Err(error) => Err(error.into()),
        },
    }
}

/// Writes a text into a file of its own beside `real`, with what is kept of the old one.
pub(super) fn stage(text: &str, real: &Path, kept: &mut Kept) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).rand_bytes(RANDOM).suffix(SUFFIX);
    let usual = usual_permissions();
    if let Some(usual) = &usual {
        builder.permissions(usual.clone());
    }
    let mut file = builder.tempfile_in(real.parent().unwrap_or(real))?;
    // By its lock a later run tells that this one lives. File systems without locks have no such runs to tell.
    drop(file.as_file().lock());
    file.write_all(text.as_bytes())?;
    metadata::give(file.as_file(), kept)?;
    file.as_file().sync_all()?;
    Ok(file)
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
