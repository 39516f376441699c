//! A walk for a pull request: a table with a row for each state.

use std::io::{self, Write};

use ciliate_transforms::parity::trace::Trace;
use ciliate_transforms::parity::trace::answer::{Answer, InState};

use super::human::{notes, shown_ports, title};
use super::{heading, verdict};
use crate::report::markdown::{cell, code, escaped};
use crate::report::words::decider;

/// Writes a walk: what each state says, and by which policy and rule.
pub(super) fn walk(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", heading(trace, code))?;
    writeln!(out, "| | | egress | ingress |\n|---|---|---|---|")?;
    for state in &trace.states {
        in_state(state, trace, out)?;
    }
    let notes: Vec<String> = notes(trace).collect();
    if !notes.is_empty() {
        writeln!(out)?;
    }
    notes.iter().try_for_each(|note| writeln!(out, "- {}", code(note)))
}

fn in_state(state: &InState, trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let (_, word) = verdict(state);
    let same = trace.states.first().is_none_or(|today| state.agrees_with(today));
    let mark = if same { "" } else { " ⚠️" };
    let title = title(state.state, &trace.cilium);
    let [egress, ingress] = [&state.egress, &state.ingress].map(|answers| side(answers, trace));
    writeln!(
        out,
        "| {} | **{}**{mark} | {} | {} |",
        escaped(&title),
        escaped(&word),
        cell(&egress),
        cell(&ingress)
    )
}

/// Returns what a side says, an answer below the other.
fn side(answers: &[Answer], trace: &Trace) -> String {
    let said = |answer: &Answer| {
        let word = if answer.allowed { "allow" } else { "deny" };
        let ports = match &trace.port {
            Some(_) => String::new(),
            None => format!(" {}", shown_ports(answer, answers)),
        };
        let because = &answer.because;
        format!(
            "{word}{}: {} ([{}]({}): {})",
            escaped(&ports),
            decider(answer, code),
            because.id,
            because.source,
            escaped(because.statement)
        )
    };
    answers.iter().map(said).collect::<Vec<_>>().join("<br>")
}
