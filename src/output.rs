//! Where reports go: at most one to stdout, the others to files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::{Format, Global, OutputArgs};
use crate::report::{Clean, Detail, Told, Words};
use crate::stop::Stop;
use crate::terminal;

/// What a command prints to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stdout {
    /// A report.
    Report,
    /// A diff or manifests: a report for people goes to stderr, any other needs a file.
    Data,
}

/// The reports that were asked for.
#[derive(Debug)]
pub(crate) struct Outputs {
    stdout: Stdout,
    /// The report that goes to a stream.
    stream: Format,
    files: Vec<(Format, PathBuf)>,
    detail: Detail,
    colors: anstream::ColorChoice,
}

impl Outputs {
    /// Checks what was asked for.
    ///
    /// # Errors
    /// [`Stop::Usage`] for a form that is none of `formats`, two reports to stdout, one for programs where stdout holds
    /// other data, and one to a file in a folder that is not there.
    pub(crate) fn new(args: &OutputArgs, global: &Global, stdout: Stdout, formats: &[Format]) -> Result<Self, Stop> {
        let mut stream = None;
        let mut files = Vec::new();
        for output in &args.outputs {
            if !formats.contains(&output.format) {
                return Err(Stop::Usage(not_of(output.format, formats)));
            }
            match &output.file {
                Some(file) => {
                    has_folder(file)?;
                    files.push((output.format, file.clone()));
                }
                None if stream.is_none() => stream = Some(output.format),
                None => {
                    return Err(Stop::Usage(
                        "only one report fits on stdout; give the others a file: -o json=report.json".to_owned(),
                    ));
                }
            }
        }
        if stdout == Stdout::Data && stream == Some(Format::Json) {
            return Err(Stop::Usage(
                "stdout holds other data; give the report a file: -o json=report.json".to_owned(),
            ));
        }
        // A report in a file does not take the place of the one that people read.
        let stream = stream.unwrap_or(Format::Human);
        let detail = match (global.quiet, global.verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Verbose,
            (false, false) => Detail::Normal,
        };
        Ok(Self {
            stdout,
            stream,
            files,
            detail,
            colors: terminal::colors(global.color),
        })
    }

    /// Returns whether colours are wanted.
    pub(crate) const fn colors(&self) -> anstream::ColorChoice {
        self.colors
    }

    /// Writes all reports: first as JSON, which has every text as it is, then what is left of it for people.
    ///
    /// # Errors
    /// [`Stop::Failed`] when a file or stream can't be written.
    pub(crate) fn emit(&self, told: impl Told) -> Result<(), Stop> {
        self.emit_as(
            |format| (format == Format::Json).then_some(()),
            |(), out| told.write_json(out),
        )?;
        let told = Clean::new(told);
        self.emit_as(Words::of, |words, out| Told::write(&told, words, self.detail, out))
    }

    /// Writes the reports of those forms that `known` takes.
    fn emit_as<F>(
        &self,
        known: impl Fn(Format) -> Option<F>,
        write: impl Fn(F, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Stop> {
        for (form, path) in self
            .files
            .iter()
            .filter_map(|(format, path)| Some((known(*format)?, path)))
        {
            let written = File::create(path).and_then(|file| {
                let mut file = BufWriter::new(anstream::StripStream::new(file));
                write(form, &mut file)?;
                file.flush()
            });
            written.with_context(|| path.display().to_string())?;
        }
        let Some(form) = known(self.stream) else {
            return Ok(());
        };
        let write = |out: &mut dyn Write| write(form, out);
        match self.stdout {
            Stdout::Report => terminal::to_stdout(self.colors, write)?,
            Stdout::Data => terminal::to_stderr(self.colors, write)?,
        }
        Ok(())
    }
}

/// Says that a command has no report of a form.
fn not_of(format: Format, formats: &[Format]) -> String {
    let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
    format!(
        "-o {}: this command has no such report; it has {}",
        format.name(),
        names.join(", ")
    )
}

/// Tells before the run, which may write manifests, that a report has nowhere to go.
fn has_folder(file: &Path) -> Result<(), Stop> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(Stop::Usage(format!(
            "{}: there is no folder {}",
            file.display(),
            folder.display()
        ))),
        Some(_) | None => Ok(()),
    }
}
