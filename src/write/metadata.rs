//! What a file has besides its text: a mode, an owner, a group, other names.

use std::fs::{self, File, Permissions};
use std::io;
use std::path::Path;

/// What is kept of a file whose text is replaced.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    permissions: Option<Permissions>,
    #[cfg(unix)]
    owner: Option<(u32, u32)>,
    /// What could not be kept, for people.
    pub(super) notes: Vec<String>,
}

impl Kept {
    /// Looks at a file before its text is replaced.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self::of_metadata(&metadata))
    }

    #[cfg(unix)]
    fn of_metadata(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;

        let links = metadata.nlink();
        let note = format!("it had {links} names (hard links): the others keep the old text");
        Self {
            permissions: Some(metadata.permissions()),
            owner: Some((metadata.uid(), metadata.gid())),
            notes: (links > 1).then_some(note).into_iter().collect(),
        }
    }

    #[cfg(not(unix))]
    fn of_metadata(metadata: &fs::Metadata) -> Self {
        Self {
            permissions: Some(metadata.permissions()),
            notes: Vec::new(),
        }
    }
}

/// Gives a staged file what is kept, and notes what the system does not allow.
pub(super) fn give(file: &File, kept: &mut Kept) -> io::Result<()> {
    #[cfg(unix)]
    give_owner(file, kept)?;
    // After the owner, since a change of that takes bits of the mode away.
    match kept.permissions.clone() {
        Some(permissions) => file.set_permissions(permissions),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn give_owner(file: &File, kept: &mut Kept) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};

    let Some((uid, gid)) = kept.owner else { return Ok(()) };
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (uid, gid) || fchown(file, Some(uid), Some(gid)).is_ok() {
        return Ok(());
    }
    // Who may not give a file away may still give it one of their own groups.
    drop(fchown(file, None, Some(gid)));
    let now = file.metadata()?;
    kept.notes.push(format!(
        "its owner and group were {uid}:{gid} and are {}:{} now: only root may give files away",
        now.uid(),
        now.gid()
    ));
    Ok(())
}
