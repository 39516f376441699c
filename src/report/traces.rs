//! Walks along a connection, in every form.

mod human;
mod markdown;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use ciliate_transforms::parity::trace::Trace;
use ciliate_transforms::parity::trace::answer::{Entry, InState, Passes};
use ciliate_transforms::report::{Failure, SCHEMA};
use serde::Serialize;

use super::Detail;
use super::markdown::escaped;
use super::words;
use crate::cli::Format;

const ALLOW: Style = AnsiColor::Green.on_default().bold();
const DENY: Style = AnsiColor::Red.on_default().bold();
const SOME: Style = AnsiColor::Yellow.on_default().bold();

/// The walks of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Traces<'a> {
    schema: u32,
    /// One for each cluster that has the ends, and for each node that a service is entered at.
    #[serde(rename = "traces")]
    walks: &'a [Trace],
    /// What could not be read.
    failures: &'a [Failure],
}

impl<'a> Traces<'a> {
    /// Gathers what there is to report.
    pub(crate) const fn new(walks: &'a [Trace], failures: &'a [Failure]) -> Self {
        Self {
            schema: SCHEMA,
            walks,
            failures,
        }
    }

    /// Writes the report.
    pub(crate) fn render(&self, format: Format, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Human => self.human(detail, out),
            Format::Concise => self.concise(out),
            Format::Markdown => self.markdown(out),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, self)?;
                out.write_all(b"\n")
            }
        }
    }

    /// Writes one line for each state of each walk.
    fn concise(&self, out: &mut dyn Write) -> io::Result<()> {
        for trace in self.walks {
            let line = heading(trace);
            for state in &trace.states {
                writeln!(out, "{line}: {}: {}", state.state.title(), verdict(state).1)?;
            }
        }
        self.failed(out)
    }

    fn human(&self, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
        for (index, trace) in self.walks.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            human::walk(trace, detail, out)?;
        }
        self.failed(out)
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        for (index, trace) in self.walks.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            markdown::walk(trace, out)?;
        }
        for one in self.failures {
            writeln!(out, "\n⚠️ {}", escaped(&words::failure(one)))?;
        }
        Ok(())
    }

    fn failed(&self, out: &mut dyn Write) -> io::Result<()> {
        for failure in self.failures {
            writeln!(out, "{}", words::failure(failure))?;
        }
        Ok(())
    }
}

fn verdict(state: &InState) -> (Style, String) {
    match state.verdict {
        Passes::Allow => (ALLOW, "allow".to_owned()),
        Passes::Deny => (DENY, "deny".to_owned()),
        Passes::SomePorts => (SOME, format!("allow {}", state.ports)),
    }
}

/// Writes the connection on a line: `shop/web → 203.0.113.7, 443/TCP`.
fn heading(trace: &Trace) -> String {
    let port = trace
        .port
        .as_ref()
        .map_or_else(|| "every port".to_owned(), Clone::clone);
    let via = trace.via.as_ref().map_or_else(String::new, |via| {
        let entry = match via.entry {
            Entry::OwnNode => "own-node",
            Entry::OtherNode => "other-node",
        };
        format!(" via {}@{entry}", via.service)
    });
    let cluster = trace
        .cluster
        .as_ref()
        .map_or_else(String::new, |cluster| format!(" (cluster {cluster})"));
    format!("{} → {}, {port}{via}{cluster}", trace.from.asked, trace.to.asked)
}
