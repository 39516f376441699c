//! Walks along a connection, in every form.

mod human;
mod markdown;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use ciliate_transforms::parity::trace::Trace;
use ciliate_transforms::parity::trace::answer::{Entry, InState, Passes};
use ciliate_transforms::report::{Failure, SCHEMA};
use serde::Serialize;

use super::markdown::code;
use super::words::{self, Naming};
use super::{Clean, Detail, Told, Untrusted, Words};

const ALLOW: Style = AnsiColor::Green.on_default().bold();
const DENY: Style = AnsiColor::Red.on_default().bold();
const SOME: Style = AnsiColor::Yellow.on_default().bold();

/// The walks of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Traces {
    schema: u32,
    /// One for each cluster that has the ends, and for each node that a service is entered at.
    #[serde(rename = "traces")]
    walks: Vec<Trace>,
    /// What could not be read.
    failures: Vec<Failure>,
}

impl Untrusted for Traces {
    fn clean(&mut self) {
        let Self {
            schema: _,
            walks,
            failures,
        } = self;
        walks.clean();
        failures.clean();
    }
}

impl Traces {
    /// Gathers what there is to report.
    pub(crate) const fn new(walks: Vec<Trace>, failures: Vec<Failure>) -> Self {
        Self {
            schema: SCHEMA,
            walks,
            failures,
        }
    }
}

impl Told for Traces {
    fn write(told: &Clean<Self>, words: Words, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
        match words {
            Words::Human => human(told, detail, out),
            Words::Concise => concise(told, out),
            Words::Markdown => markdown(told, out),
        }
    }
}

/// Writes one line for each state of each walk.
fn concise(traces: &Clean<Traces>, out: &mut dyn Write) -> io::Result<()> {
    for trace in &traces.walks {
        let line = heading(trace, words::plain);
        for state in &trace.states {
            writeln!(out, "{line}: {}: {}", state.state.title(), verdict(state).1)?;
        }
    }
    failed(traces, out)
}

fn human(traces: &Clean<Traces>, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    for (index, trace) in traces.walks.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        human::walk(trace, detail, out)?;
    }
    failed(traces, out)
}

fn markdown(traces: &Clean<Traces>, out: &mut dyn Write) -> io::Result<()> {
    for (index, trace) in traces.walks.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        markdown::walk(trace, out)?;
    }
    for one in &traces.failures {
        writeln!(out, "\n⚠️ {}", words::failure(one, code))?;
    }
    Ok(())
}

fn failed(traces: &Clean<Traces>, out: &mut dyn Write) -> io::Result<()> {
    for failure in &traces.failures {
        writeln!(out, "{}", words::failure(failure, words::plain))?;
    }
    Ok(())
}

fn verdict(state: &InState) -> (Style, String) {
    match state.verdict {
        Passes::Allow => (ALLOW, "allow".to_owned()),
        Passes::Deny => (DENY, "deny".to_owned()),
        Passes::SomePorts => (SOME, format!("allow {}", state.ports)),
    }
}

/// Writes the connection on a line: `shop/web → 203.0.113.7, 443/TCP`.
fn heading(trace: &Trace, name: Naming) -> String {
    let port = trace
        .port
        .as_ref()
        .map_or_else(|| "every port".to_owned(), |port| name(port));
    let via = trace.via.as_ref().map_or_else(String::new, |via| {
        let entry = match via.entry {
            Entry::OwnNode => "own-node",
            Entry::OtherNode => "other-node",
        };
        format!(" via {}", name(&format!("{}@{entry}", via.service)))
    });
    let cluster = trace
        .cluster
        .as_ref()
        .map_or_else(String::new, |cluster| format!(" (cluster {})", name(cluster)));
    let [from, to] = [&trace.from, &trace.to].map(|end| name(&end.asked));
    format!("{from} → {to}, {port}{via}{cluster}")
}
