//! `ciliate check`: what is found and proposed; never writes.

use crate::cli::{CheckArgs, Global, PhaseChoice};
use crate::exit::{Exit, Mode};
use crate::output::{Outputs, Stdout};
use crate::pipeline::{self, Switch};
use crate::run::{self, Run};
use crate::stop::Stop;

/// Checks what the command line names.
pub(crate) fn run(args: &CheckArgs, global: &Global) -> Result<Exit, Stop> {
    let args = &args.run;
    let outputs = Outputs::new(&args.output, global, Stdout::Report)?;
    run::with_threads(args.choosing.jobs, || {
        let run = Run::start(args)?;
        let phase = run::phase_to_look_at(args);
        let switch = if run.config.file.phase == Some(PhaseChoice::All) {
            Switch::Done
        } else {
            Switch::Unknown
        };
        let mut planned = pipeline::plan(&run, args, global, phase, switch)?;
        planned.look();
        let (report, exit) = planned.report(args, Mode::Look)?;
        outputs.emit(&report)?;
        Ok(exit)
    })
}
