//! Why a command ends before it has something to report.

use std::io;
use std::path::Path;

use crate::exit::Exit;

/// An end without a report; the message is for stderr.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The command line or the config is wrong.
    Usage(String),
    /// There is nothing to look at.
    NoManifests(String),
    /// Something else went wrong; nothing is half-written.
    Failed(anyhow::Error),
}

impl Stop {
    /// Makes the stop of a path that the command line or the config names and that can't be used.
    pub(crate) fn unusable(path: &Path, error: &io::Error) -> Self {
        Self::Usage(format!("{}: {error}", path.display()))
    }

    /// Returns what the run comes to.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::NoManifests(_) => Exit::NoManifests,
            Self::Failed(_) => Exit::Failed,
        }
    }

    /// Returns the message.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Usage(message) | Self::NoManifests(message) => message.clone(),
            Self::Failed(error) => format!("{error:#}"),
        }
    }
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.into())
    }
}
