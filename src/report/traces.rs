//! Walks along a connection, in every form.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use ciliate_transforms::parity::trace::Trace;
use ciliate_transforms::parity::trace::answer::{Answer, Deciding, EndKind, EndSeen, Entry, InState, Passes, Through};
use ciliate_transforms::report::{Failure, SCHEMA};
use serde::Serialize;

use super::Detail;
use super::words;
use crate::cli::Format;

const ALLOW: Style = AnsiColor::Green.on_default().bold();
const DENY: Style = AnsiColor::Red.on_default().bold();
const SOME: Style = AnsiColor::Yellow.on_default().bold();
const TITLE: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

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
            walk(trace, detail, out)?;
        }
        self.failed(out)
    }

    fn failed(&self, out: &mut dyn Write) -> io::Result<()> {
        for failure in self.failures {
            let at = failure
                .at
                .map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
            writeln!(
                out,
                "{}{at}: failure: {}",
                failure.path,
                words::one_line(&failure.message)
            )?;
        }
        Ok(())
    }
}

/// Writes a walk: who it is, what each state says, and why.
fn walk(trace: &Trace, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{TITLE}{}{TITLE:#}", heading(trace))?;
    for (word, end) in [("from", &trace.from), ("to", &trace.to)] {
        writeln!(out, "  {FAINT}{word:4}  {}{FAINT:#}", described(end))?;
    }
    if let Some(via) = &trace.via {
        writeln!(out, "  {FAINT}via   {}{FAINT:#}", entered(via))?;
    }
    for state in &trace.states {
        let (style, word) = verdict(state);
        let same = trace.states.first().is_none_or(|today| state.agrees_with(today));
        let mark = if same { "" } else { "  (not as NPM today)" };
        let title = match state.state.title() {
            title if title.starts_with("Cilium") => title.replacen("Cilium", &format!("Cilium {}", trace.cilium), 1),
            title => title.to_owned(),
        };
        writeln!(out, "\n  {TITLE}{title:30}{TITLE:#} {style}{word}{style:#}{mark}")?;
        for (side, answers) in [("egress", &state.egress), ("ingress", &state.ingress)] {
            for answer in answers {
                said(side, answer, trace.port.is_none(), detail, out)?;
            }
        }
        for elsewhere in &state.elsewhere {
            let side = elsewhere.direction.section_key();
            let answer = &elsewhere.answer;
            let policy = answer
                .policy
                .as_ref()
                .map_or_else(|| answer.because.statement.to_owned(), placed);
            writeln!(
                out,
                "    {side:7}  {FAINT}would allow {}:  {policy}{FAINT:#}",
                answer.ports
            )?;
        }
        if state.egress.is_empty() && state.ingress.is_empty() {
            writeln!(
                out,
                "    neither end is a pod with a network of its own: no policy looks at it"
            )?;
        }
    }
    notes(trace, detail, out)
}

fn notes(trace: &Trace, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    if detail == Detail::Quiet {
        return Ok(());
    }
    let assumed = (!trace.cilium_stated).then(|| {
        format!(
            "no target was stated: Cilium {} is assumed; state --aks-version or --cilium-version",
            trace.cilium
        )
    });
    let notes: Vec<&String> = trace.notes.iter().chain(&assumed).collect();
    if !notes.is_empty() {
        writeln!(out)?;
    }
    for note in notes {
        writeln!(out, "  note: {note}")?;
    }
    Ok(())
}

/// Writes what a side says, and the rules of policy and engine by which it does.
fn said(side: &str, answer: &Answer, by_port: bool, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let (style, word) = if answer.allowed {
        (ALLOW, "allow")
    } else {
        (DENY, "deny")
    };
    let ports = match (by_port, answer.allowed) {
        (false, _) => String::new(),
        (true, true) => format!(" {}", answer.ports),
        (true, false) if answer.ports == "all" => " all".to_owned(),
        (true, false) => " the rest".to_owned(),
    };
    let policy = answer
        .policy
        .as_ref()
        .map_or_else(|| "no policy has a say".to_owned(), placed);
    writeln!(out, "    {side:7}  {style}{word:5}{style:#}{ports}  {policy}")?;
    let because = &answer.because;
    writeln!(
        out,
        "                    {FAINT}{}: {}{FAINT:#}",
        because.id, because.statement
    )?;
    if detail == Detail::Verbose {
        writeln!(out, "                    {FAINT}{}{FAINT:#}", because.source)?;
    }
    Ok(())
}

/// Names what decides with its place: `web.yaml:12  NetworkPolicy shop/web, egress[0]`.
fn placed(policy: &Deciding) -> String {
    let line = policy.line.map_or_else(String::new, |line| format!(":{line}"));
    let path = policy
        .path
        .as_ref()
        .map_or_else(String::new, |path| format!("{path}{line}  "));
    let rule = policy.rule.as_ref().map_or_else(
        || format!(", isolates for {}", policy.direction.section_key()),
        |rule| format!(", {rule}"),
    );
    let standing = if policy.in_tree { "" } else { " (to be added)" };
    format!("{path}{} {}{rule}{standing}", policy.kind, policy.name)
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

fn described(end: &EndSeen) -> String {
    let node = end.node.as_ref();
    let who = match (end.kind, &end.object) {
        (EndKind::Pod, object) => {
            let object = object.as_deref().unwrap_or("a pod");
            let node = node.map_or_else(|| "an unknown node".to_owned(), |node| format!("node {node}"));
            format!("{object}, on {node}")
        }
        (EndKind::Node, object) => {
            let node = node.map_or_else(|| "a node".to_owned(), |node| format!("node {node}"));
            let guest = object.as_ref().map(|object| format!(", whose network {object} uses"));
            node + &guest.unwrap_or_default()
        }
        (EndKind::Outside, _) => "outside the cluster".to_owned(),
    };
    let address = end
        .address
        .as_ref()
        .map_or_else(String::new, |address| format!(", {address}"));
    who + &address
}

fn entered(via: &Through) -> String {
    let node = via.node.as_ref().map_or_else(String::new, |node| format!(" ({node})"));
    let entry = match via.entry {
        Entry::OwnNode => "the node of the pod that answers",
        Entry::OtherNode => "another node than that of the pod that answers",
    };
    let policy = if via.local_traffic_only { "Local" } else { "Cluster" };
    format!(
        "Service {} port {}, externalTrafficPolicy {policy}, entered at {entry}{node}",
        via.service, via.port
    )
}
