//! Reports as text: one file per form, none of which touches a file.

mod clean;
mod concise;
pub(crate) mod connectivity;
pub(crate) mod diff;
mod human;
mod json;
mod markdown;
pub(crate) mod names;
#[cfg(test)]
pub(crate) mod samples;
mod summary;
pub(crate) mod traces;
mod words;

use std::io::{self, Write};

use ciliate_transforms::report::Report;
use serde::Serialize;

use crate::cli::Format;

pub(crate) use clean::{Clean, Untrusted};

/// How much a report for people says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// What is found, without a summary.
    Quiet,
    /// What is found, and the summary.
    Normal,
    /// Also what is ignored or waits for the other phase, and every skipped file.
    Verbose,
}

/// The forms of a report that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// See [`Format::Human`].
    Human,
    /// See [`Format::Concise`].
    Concise,
    /// See [`Format::Markdown`].
    Markdown,
}

impl Words {
    /// Returns the form in words; `None` for what is data.
    pub(crate) const fn of(format: Format) -> Option<Self> {
        match format {
            Format::Human => Some(Self::Human),
            Format::Concise => Some(Self::Concise),
            Format::Markdown => Some(Self::Markdown),
            Format::Json => None,
        }
    }
}

/// The forms of a [`Report`].
pub(crate) const FORMATS: &[Format] = &[Format::Human, Format::Concise, Format::Json];

/// What a command reports.
pub(crate) trait Told: Serialize + Untrusted + Sized {
    /// Writes it in words; colours are in them where the form has them, for a stream that strips them where they are not
    /// wanted.
    fn write(told: &Clean<Self>, words: Words, detail: Detail, out: &mut dyn Write) -> io::Result<()>;

    /// Writes it as JSON, as it is.
    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        json::render(self, out)
    }
}

impl Told for Report {
    fn write(told: &Clean<Self>, words: Words, detail: Detail, mut out: &mut dyn Write) -> io::Result<()> {
        match words {
            Words::Human => human::render(told, detail, &mut out),
            Words::Concise => concise::render(told, detail, &mut out),
            // None of [`FORMATS`], so nobody was let through who asked for it.
            Words::Markdown => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}
