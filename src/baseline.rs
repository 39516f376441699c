//! The baseline: what was known before, so that only new things count.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ciliate_transforms::report::{Item, Report};
use serde::{Deserialize, Serialize};

use crate::boundary::check_output;
use crate::cli::Counted;
use crate::stop::Stop;

/// The version of the file's form.
const SCHEMA: u32 = 1;

/// Why an item of the baseline does not count.
const REASON: &str = "in the baseline";

/// What is known of an item: nothing that moves when lines move.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fingerprint {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    message: String,
}

impl Fingerprint {
    fn of(item: &Item) -> Self {
        Self {
            name: item.name.to_owned(),
            path: item.location.as_ref().map(|at| at.path.clone()),
            subject: item.subject.clone(),
            message: item.message.clone(),
        }
    }
}

/// The file: fingerprints, as often as they occur, sorted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u32,
    items: Vec<Fingerprint>,
}

/// What a run does with a baseline.
#[derive(Debug)]
pub(crate) enum Known {
    /// There is none.
    Nothing,
    /// What it lists does not count.
    Read(Baseline),
    /// It is made of what this run says.
    Write(PathBuf),
}

impl Known {
    /// Reads the baseline that the command line names, so that a missing one stops the run before it writes anything.
    ///
    /// # Errors
    /// [`Stop::Usage`] for a file that is not there or none of ours, and a link out of the repository to write to.
    pub(crate) fn new(counted: &Counted) -> Result<Self, Stop> {
        Ok(match &counted.baseline {
            None => Self::Nothing,
            Some(path) if counted.write_baseline => {
                check_output(path).map_err(|refused| Stop::Usage(format!("{}: {refused}", path.display())))?;
                Self::Write(path.clone())
            }
            Some(path) => Self::Read(Baseline::read(path)?),
        })
    }

    /// Marks what is known as ignored, or writes down what is said.
    ///
    /// # Errors
    /// [`Stop::Failed`] when the baseline can't be written.
    pub(crate) fn apply(&self, report: &mut Report) -> Result<(), Stop> {
        match self {
            Self::Nothing => {}
            Self::Read(baseline) => baseline.apply(report),
            Self::Write(path) => {
                let baseline = Baseline::of(report);
                baseline.write(path)?;
                baseline.apply(report);
            }
        }
        Ok(())
    }
}

/// What was known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Baseline(BTreeMap<Fingerprint, usize>);

impl Baseline {
    /// Takes what a report says and does not ignore.
    pub(crate) fn of(report: &Report) -> Self {
        Self::count(
            report
                .items
                .iter()
                .filter(|item| item.ignored.is_none())
                .map(Fingerprint::of),
        )
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// [`Stop::Usage`] for a file that is not there or none of ours.
    pub(crate) fn read(path: &Path) -> Result<Self, Stop> {
        let text = fs::read_to_string(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Stop::Usage(format!(
                "{}: no such baseline; --write-baseline writes it",
                path.display()
            )),
            _ => Stop::unusable(path, &error),
        })?;
        let file: File = serde_json::from_str(&text).map_err(|error| {
            let path = path.display();
            Stop::Usage(format!(
                "{path}: not a baseline: {error}; name another file, or write it anew with --write-baseline"
            ))
        })?;
        if file.schema != SCHEMA {
            let message = format!(
                "{}: a baseline of schema {}, not {SCHEMA}; --write-baseline writes it anew",
                path.display(),
                file.schema
            );
            return Err(Stop::Usage(message));
        }
        Ok(Self::count(file.items))
    }

    /// Writes the baseline.
    ///
    /// # Errors
    /// [`Stop::Failed`] when the file can't be written.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Stop> {
        let items = self
            .0
            .iter()
            .flat_map(|(item, &times)| std::iter::repeat_n(item.clone(), times))
            .collect();
        let text = serde_json::to_string_pretty(&File { schema: SCHEMA, items }).context("a baseline as JSON")?;
        fs::write(path, text + "\n").with_context(|| path.display().to_string())?;
        Ok(())
    }

    /// Marks what is known as ignored; what occurs more often than it did is new.
    pub(crate) fn apply(&self, report: &mut Report) {
        let mut left = self.0.clone();
        for item in report.items.iter_mut().filter(|item| item.ignored.is_none()) {
            if let Some(times) = left.get_mut(&Fingerprint::of(item)).filter(|times| **times > 0) {
                *times -= 1;
                item.ignored = Some(REASON.to_owned());
            }
        }
    }

    fn count(items: impl IntoIterator<Item = Fingerprint>) -> Self {
        let mut counted = BTreeMap::new();
        for item in items {
            *counted.entry(item).or_default() += 1;
        }
        Self(counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn known_items_do_not_count_also_after_they_moved_and_new_ones_do() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("baseline.json");
        let known = Baseline::of(&samples::report(vec![samples::safe()]));
        known.write(&path).unwrap();
        let read = Baseline::read(&path).unwrap();
        assert_eq!(read, known);

        let mut moved = samples::safe();
        if let Some(at) = &mut moved.location {
            at.start.line += 7;
        }
        let mut report = samples::report(vec![moved, samples::safe()]);
        read.apply(&mut report);
        let ignored: Vec<_> = report.items.iter().map(|item| item.ignored.as_deref()).collect();
        assert_eq!(ignored, [Some("in the baseline"), None]);
        Ok(())
    }

    #[test]
    fn another_file_is_refused() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("baseline.json");
        for text in ["{}", "{\"schema\": 2, \"items\": []}"] {
            fs::write(&path, text)?;
            assert!(matches!(Baseline::read(&path), Err(Stop::Usage(_))), "{text}");
        }
        Ok(())
    }
}
