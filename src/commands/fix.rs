//! `ciliate fix`: makes the changes, prints them as a diff, or passes a stream on with them made.

use anyhow::Context;
use ciliate_transforms::verify::Verified;

use crate::baseline::Known;
use crate::cli::{FixArgs, Global, PhaseChoice, RunArgs};
use crate::config::Layout;
use crate::exit::{Exit, Mode};
use crate::output::{Outputs, Stdout};
use crate::pipeline::{self, Planned, Way};
use crate::read::Need;
use crate::report::{self, diff};
use crate::run::{self, Run, Switch};
use crate::stop::Stop;
use crate::terminal;
use crate::write::{self, Bounds};

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
        let mut planned = pipeline::plan(&run, scope, way)?;
        let verified = planned.verified();
        deliver(sink, &verified, &planned, &run, &outputs)?;
        let mode = if sink == Sink::Diff { Mode::Look } else { Mode::Write };
        let (said, exit) = planned.report(&known, counted, mode)?;
        outputs.emit(said)?;
        Ok(exit)
    })
}

/// Returns what the user says of the switch; overlays beside their sources need the word that it is done.
fn switch(run: &Run, args: &FixArgs, phase: PhaseChoice) -> Result<Switch, Stop> {
    let beside = run.config.file.overlays.layout == Layout::Beside && !run.is_filter;
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

fn deliver(sink: Sink, verified: &Verified, planned: &Planned, run: &Run, outputs: &Outputs) -> Result<(), Stop> {
    match sink {
        Sink::Files => {
            let bounds = Bounds::new(run.bounds()).context("the folders to write to")?;
            write::write(verified, &bounds)?;
        }
        Sink::Diff => {
            terminal::to_stdout(outputs.colors(), |mut out| diff::render(verified.files(), &mut out))
                .context("standard output")?;
        }
        Sink::Stream => {
            let after = verified.files().first().and_then(|file| file.after());
            let bytes = after.map_or(planned.stdin(), str::as_bytes);
            terminal::bytes_to_stdout(bytes).context("standard output")?;
        }
    }
    Ok(())
}
