//! `ciliate check`: what is found and proposed; never writes.

use crate::baseline::Known;
use crate::cli::{CheckArgs, Global};
use crate::exit::{Exit, Mode};
use crate::output::{Outputs, Stdout};
use crate::pipeline::{self, Way};
use crate::read::Need;
use crate::report;
use crate::run::{self, Run};
use crate::stop::Stop;

/// Checks what the command line names.
pub(crate) fn run(args: &CheckArgs, global: &Global) -> Result<Exit, Stop> {
    let args = &args.run;
    let outputs = Outputs::new(&args.output, global, Stdout::Report, report::FORMATS)?;
    run::with_threads(args.scope.choosing.jobs, || {
        let run = Run::start(&args.scope)?;
        let known = Known::new(&args.counted)?;
        let way = Way {
            global,
            phase: run::phase_to_look_at(&args.scope),
            switch: run.switch_by_config(),
            need: Need::AsAsked,
            allow_empty: args.counted.lenient.allow_empty,
        };
        let planned = pipeline::promised(&run, &args.scope, way)?;
        let (said, exit) = planned.report(&known, &args.counted, Mode::Look)?;
        outputs.emit(said)?;
        Ok(exit)
    })
}
