//! `ciliate fix`: makes the changes, prints them as a diff, or passes a stream on with them made.

use std::path::PathBuf;

use anyhow::Context;
use ciliate_transforms::verify::Verified;

use crate::attempts::{Attempt, deliver_what_holds};
use crate::baseline::Known;
use crate::cli::{FixArgs, Global, PhaseChoice, RunArgs};
use crate::config::Layout;
use crate::exit::{Exit, Mode};
use crate::output::{Outputs, Stdout};
use crate::patch::Patch;
use crate::pipeline::{self, Planned, Way};
use crate::read::Need;
use crate::report::{self, diff};
use crate::run::{self, Run, Switch};
use crate::stop::Stop;
use crate::terminal;
use crate::text;
use crate::write::{self, Written};

/// What becomes of the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sink {
    /// They are written to the files.
    Files,
    /// They are printed as a diff.
    Diff,
    /// They are made in the stream that goes from stdin to stdout.
    Stream,
}

/// Fixes what the command line names.
pub(crate) fn run(args: &FixArgs, global: &Global) -> Result<Exit, Stop> {
    let is_filter = args.run.scope.input.paths.iter().any(|path| path.as_os_str() == "-");
    let sink = match (args.diff, is_filter) {
        (true, _) => Sink::Diff,
        (false, true) => Sink::Stream,
        (false, false) => Sink::Files,
    };
    let stdout = if sink == Sink::Files {
        Stdout::Report
    } else {
        Stdout::Data
    };
    let outputs = Outputs::new(&args.run.output, global, stdout, report::FORMATS)?;
    let RunArgs { scope, counted, .. } = &args.run;
    run::with_threads(scope.choosing.jobs, || {
        let run = Run::start(scope)?;
        let phase = run.phase_to_write(scope);
        let way = Way {
            global,
            phase,
            switch: switch(&run, args, phase)?,
            need: Need::AsAsked,
            allow_empty: counted.lenient.allow_empty,
        };
        let known = Known::new(counted)?;
        let delivered = deliver_what_holds(|unwritable| {
            let mut planned = pipeline::plan(&run, scope, way, unwritable)?;
            match planned.verified() {
                Ok(verified) => deliver(sink, &verified, planned, &run, &outputs),
                Err(failures) => Ok(Attempt::Unproven(failures)),
            }
        })?;
        let mode = if sink == Sink::Diff { Mode::Look } else { Mode::Write };
        let (said, exit) = delivered.planned.report(&known, counted, mode)?;
        outputs.emit(said)?;
        Ok(exit.max(delivered.least))
    })
}

/// Returns what the user says of the switch; overlays beside their sources need the word that it is done.
fn switch(run: &Run, args: &FixArgs, phase: PhaseChoice) -> Result<Switch, Stop> {
    let beside = run.config.file.overlays.layout == Layout::Beside && !run.is_filter();
    if beside && phase != PhaseChoice::Before && !args.after_switch {
        return Err(Stop::Usage(
            "the layout `beside` puts CiliumNetworkPolicies where they are synced at once: give --after-switch when \
             the clusters run Cilium, or --phase before"
                .to_owned(),
        ));
    }
    Ok(if args.after_switch {
        Switch::Done
    } else {
        run.switch_by_config()
    })
}

fn deliver(
    sink: Sink,
    verified: &Verified,
    mut planned: Planned,
    run: &Run,
    outputs: &Outputs,
) -> Result<Attempt, Stop> {
    match sink {
        Sink::Files => {
            tell_stale(&write::remove_stale(planned.kept_paths(), &run.boundary))?;
            match write::write(verified, &run.boundary) {
                Written::All(notes) => planned.note(notes),
                Written::Nothing(failures) => return Ok(Attempt::Unwritten(failures)),
            }
        }
        Sink::Diff => {
            let patch = Patch::new(verified, run)?;
            terminal::data_to_stdout(outputs.colors(), |to, out| diff::render(&patch.files, to, out))
                .context("standard output")?;
            if let Some(hint) = patch.hint {
                outputs.hint(&hint)?;
            }
        }
        Sink::Stream => {
            let after = verified.files().first().and_then(|file| file.after());
            let bytes = after.map_or(run.stdin.as_deref().unwrap_or_default(), str::as_bytes);
            terminal::bytes_to_stdout(bytes).context("standard output")?;
        }
    }
    Ok(Attempt::Done {
        changes: !verified.files().is_empty(),
        planned: Box::new(planned),
    })
}

/// Says which files of an earlier run went.
fn tell_stale(gone: &[PathBuf]) -> Result<(), Stop> {
    terminal::to_stderr(anstream::ColorChoice::Never, |out| {
        gone.iter().try_for_each(|path| {
            let path = path.to_string_lossy();
            writeln!(out, "removed {}, which a killed run left behind", text::shown(&path))
        })
    })?;
    Ok(())
}
