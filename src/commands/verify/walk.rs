//! One connection, walked in every cluster that has both ends.

use ciliate_transforms::parity::trace::{LookError, Question, Trace, trace};

use crate::exit::Exit;
use crate::output::Outputs;
use crate::pipeline::Planned;
use crate::report::traces::Traces;
use crate::stop::Stop;

/// Walks the connection and reports.
pub(super) fn walk(question: &Question, planned: &Planned, outputs: &Outputs) -> Result<Exit, Stop> {
    let mut traces: Vec<Trace> = Vec::new();
    let mut errors: Vec<(Option<&str>, LookError)> = Vec::new();
    for (plan, fixed) in planned.fixed() {
        match trace(question, plan, &fixed, planned.sources()) {
            Ok(found) => traces.extend(found),
            Err(error) => errors.push((plan.world.cluster.as_deref(), error)),
        }
    }
    if traces.is_empty() && !errors.is_empty() {
        return Err(Stop::Nowhere(nowhere(&errors)));
    }
    let failures = &planned.outcome().failures;
    let traces = Traces::new(traces, failures.clone());
    outputs.emit(traces)?;
    Ok(if failures.is_empty() {
        Exit::Done
    } else {
        Exit::Incomplete
    })
}

/// Says why no cluster has the connection, each reason once.
fn nowhere(errors: &[(Option<&str>, LookError)]) -> Vec<String> {
    let mut lines: Vec<String> = errors
        .iter()
        .map(|(cluster, error)| match cluster {
            Some(cluster) => format!("cluster {cluster}: {error}"),
            None => error.to_string(),
        })
        .collect();
    lines.dedup();
    lines
}
