//! Reports as text: one file per form, none of which touches a file.

mod clean;
mod concise;
pub(crate) mod connectivity;
pub(crate) mod diff;
mod human;
mod json;
mod markdown;
#[cfg(test)]
pub(crate) mod samples;
mod summary;
pub(crate) mod traces;
mod words;

use std::io::{self, Write};

use ciliate_transforms::report::Report;

use self::clean::Clean;
use crate::cli::Format;

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

/// The forms of a [`Report`].
pub(crate) const FORMATS: &[Format] = &[Format::Human, Format::Concise, Format::Json];

/// Writes a report; colours are in it where the form has them, for a stream that strips them where they are not wanted.
pub(crate) fn render(format: Format, report: &Report, detail: Detail, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Human => human::render(&Clean::new(report.clone()), detail, out),
        Format::Concise => concise::render(&Clean::new(report.clone()), detail, out),
        Format::Json => json::render(report, out),
        // None of [`FORMATS`], so nobody was let through who asked for it.
        Format::Markdown => Err(io::ErrorKind::Unsupported.into()),
    }
}
