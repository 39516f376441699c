//! Why a command ends before it has something to report.

use std::io;
use std::path::Path;

use crate::exit::Exit;
use crate::text;

/// An end without a report; the message is for stderr.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The command line or the config is wrong.
    Usage(String),
    /// What the command line asks for is nowhere: a reason for each cluster.
    Nowhere(Vec<String>),
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
            Self::Usage(_) | Self::Nowhere(_) => Exit::Usage,
            Self::NoManifests(_) => Exit::NoManifests,
            Self::Failed(_) => Exit::Failed,
        }
    }

    /// Returns the message, each of its lines on one line whatever text it quotes.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Usage(message) | Self::NoManifests(message) => text::shown(message).into_owned(),
            Self::Nowhere(reasons) => {
                let lines: Vec<_> = reasons.iter().map(|reason| text::shown(reason)).collect();
                lines.join("\n")
            }
            Self::Failed(error) => text::shown(&format!("{error:#}")).into_owned(),
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
