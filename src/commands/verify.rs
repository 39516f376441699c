//! `ciliate verify`: who can reach whom, today and after the switch; never writes.

use ciliate_transforms::parity::trace::{LookError, Question, Trace, trace};

use crate::cli::{Global, VerifyArgs};
use crate::exit::Exit;
use crate::output::{Outputs, Stdout};
use crate::pipeline::{self, Planned, Way};
use crate::read::Need;
use crate::report::traces::Traces;
use crate::run::{self, Run};
use crate::stop::Stop;

/// Verifies what the command line names.
pub(crate) fn run(args: &VerifyArgs, global: &Global) -> Result<Exit, Stop> {
    let outputs = Outputs::new(&args.output, global, Stdout::Report)?;
    let question = question(args)?;
    run::with_threads(args.scope.choosing.jobs, || {
        let run = Run::start(&args.scope)?;
        let way = Way {
            global,
            phase: run::phase_to_look_at(&args.scope),
            switch: run.switch_by_config(),
            need: Need::Workloads,
            allow_empty: args.lenient.allow_empty,
        };
        let planned = pipeline::plan(&run, &args.scope, way)?;
        match &question {
            Some(question) => walk(question, &planned, &outputs),
            None => Err(Stop::Usage(
                "say which connection: --trace SRC DST[:PORT[/PROTO]]".to_owned(),
            )),
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

/// Walks the connection in every cluster that has both ends.
fn walk(question: &Question, planned: &Planned, outputs: &Outputs) -> Result<Exit, Stop> {
    let mut traces: Vec<Trace> = Vec::new();
    let mut errors: Vec<(Option<&str>, LookError)> = Vec::new();
    for (plan, fixed) in planned.fixed() {
        match trace(question, plan, &fixed, planned.sources()) {
            Ok(found) => traces.extend(found),
            Err(error) => errors.push((plan.world.cluster.as_deref(), error)),
        }
    }
    if traces.is_empty() && !errors.is_empty() {
        return Err(Stop::Usage(nowhere(&errors)));
    }
    let traces = Traces::new(&traces, planned.failures());
    outputs.emit_as(|format, detail, out| traces.render(format, detail, out))?;
    Ok(if planned.failures().is_empty() {
        Exit::Done
    } else {
        Exit::Incomplete
    })
}

/// Says why no cluster has the connection, each reason once.
fn nowhere(errors: &[(Option<&str>, LookError)]) -> String {
    let mut lines: Vec<String> = errors
        .iter()
        .map(|(cluster, error)| match cluster {
            Some(cluster) => format!("cluster {cluster}: {error}"),
            None => error.to_string(),
        })
        .collect();
    lines.dedup();
    lines.join("\n")
}
