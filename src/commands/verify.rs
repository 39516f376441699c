//! `ciliate verify`: who can reach whom, today and after the switch; never writes.

mod compare;
mod walk;

use ciliate_transforms::parity::trace::Question;

use crate::cli::{Global, VerifyArgs};
use crate::exit::Exit;
use crate::output::{Outputs, Stdout};
use crate::pipeline::{self, Way};
use crate::read::Need;
use crate::report::connectivity::FORMATS;
use crate::run::{self, Run};
use crate::stop::Stop;

/// Verifies what the command line names.
pub(crate) fn run(args: &VerifyArgs, global: &Global) -> Result<Exit, Stop> {
    let outputs = Outputs::new(&args.output, global, Stdout::Report, FORMATS)?;
    let question = question(args)?;
    run::with_threads(args.scope.choosing.jobs, || {
        let mut run = Run::start(&args.scope)?;
        let way = Way {
            global,
            phase: run::phase_to_look_at(&args.scope),
            switch: run.switch_by_config(),
            need: Need::Workloads,
            allow_empty: args.lenient.allow_empty,
        };
        let base = args.base.as_deref().map(|name| run.base(name)).transpose()?;
        let there = base
            .as_ref()
            .map(|base| run.discover_in(&args.scope, base))
            .transpose()?;
        if let Some(there) = &there {
            run.leave_out(there);
        }
        let planned = pipeline::promised(&run, &args.scope, way)?;
        let base = base.as_ref().zip(there);
        let base = base.map(|base| pipeline::base::base(&run, &args.scope, way, base, planned.sources()));
        match &question {
            Some(question) => walk::walk(question, &planned, &outputs),
            None => compare::compare(&planned, base, args, &outputs),
        }
    })
}

/// Reads the connection that is asked for, if one is.
fn question(args: &VerifyArgs) -> Result<Option<Question>, Stop> {
    let Some([from, to]) = args.trace.as_deref() else {
        return Ok(None);
    };
    let question = Question::new(from, to, args.via.as_deref());
    question.map(Some).map_err(|error| Stop::Usage(error.to_string()))
}
