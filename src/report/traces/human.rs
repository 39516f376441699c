//! A walk for people: who it is, what each state says, and why.

use std::io::{self, Write};

use anstyle::Style;
use ciliate_transforms::parity::trace::Trace;
use ciliate_transforms::parity::trace::answer::{Answer, EndKind, EndSeen, Entry, InState, Stage, Through};
use ciliate_transforms::policy::Direction;

use super::{ALLOW, DENY, Detail, heading, verdict};
use crate::report::words::{decider, plain};

const TITLE: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// Writes a walk: who it is, what each state says, and why.
pub(super) fn walk(trace: &Trace, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{TITLE}{}{TITLE:#}", heading(trace, plain))?;
    for (word, end) in [("from", &trace.from), ("to", &trace.to)] {
        writeln!(out, "  {FAINT}{word:4}  {}{FAINT:#}", described(end))?;
    }
    if let Some(via) = &trace.via {
        writeln!(out, "  {FAINT}via   {}{FAINT:#}", entered(via))?;
    }
    for state in &trace.states {
        in_state(state, trace, detail, out)?;
    }
    if detail == Detail::Quiet {
        return Ok(());
    }
    let notes: Vec<String> = notes(trace).collect();
    if !notes.is_empty() {
        writeln!(out)?;
    }
    notes.iter().try_for_each(|note| writeln!(out, "  note: {note}"))
}

fn in_state(state: &InState, trace: &Trace, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let (style, word) = verdict(state);
    let same = trace.states.first().is_none_or(|today| state.agrees_with(today));
    let mark = if same { "" } else { "  (not as NPM today)" };
    let title = title(state.state, &trace.cilium);
    writeln!(out, "\n  {TITLE}{title:32}{TITLE:#} {style}{word}{style:#}{mark}")?;
    let sides = [(Direction::Egress, &state.egress), (Direction::Ingress, &state.ingress)];
    for (direction, answers) in sides {
        let side = direction.section_key();
        for answer in answers {
            let ports = match &trace.port {
                Some(_) => String::new(),
                None => format!(" {}", shown_ports(answer, answers)),
            };
            said(side, answer, &ports, detail, out)?;
        }
        for elsewhere in state.elsewhere.iter().filter(|it| it.direction == direction) {
            let (ports, policy) = (&elsewhere.answer.ports, decider(&elsewhere.answer, plain));
            writeln!(out, "             {FAINT}would allow {ports}  {policy}{FAINT:#}")?;
        }
    }
    if state.egress.is_empty() && state.ingress.is_empty() {
        writeln!(
            out,
            "    neither end is a pod with a network of its own: no policy looks at it"
        )?;
    }
    Ok(())
}

/// Names a state, with the version where that decides.
pub(super) fn title(stage: Stage, cilium: &str) -> String {
    match stage {
        Stage::NpmToday | Stage::NpmFixed => stage.title().to_owned(),
        Stage::CiliumUnchanged => format!("Cilium {cilium}, nothing changed"),
        Stage::CiliumFixed => format!("Cilium {cilium}, fixed"),
    }
}

/// Returns what a reader must know of a walk.
pub(super) fn notes(trace: &Trace) -> impl Iterator<Item = String> {
    let assumed = (!trace.cilium_stated).then(|| {
        format!(
            "no target was stated: Cilium {} is assumed; state --aks-version or --cilium-version",
            trace.cilium
        )
    });
    trace.notes.iter().cloned().chain(assumed)
}

/// Returns the ports of an answer; the only one that denies has what the others leave.
pub(super) fn shown_ports<'a>(answer: &'a Answer, answers: &[Answer]) -> &'a str {
    let denying = answers.iter().filter(|answer| !answer.allowed).count();
    if !answer.allowed && denying == 1 && answers.len() > 1 {
        "the rest"
    } else {
        &answer.ports
    }
}

/// Writes what a side says, and the rules of policy and engine by which it does.
fn said(side: &str, answer: &Answer, ports: &str, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let (style, word) = if answer.allowed {
        (ALLOW, "allow")
    } else {
        (DENY, "deny")
    };
    let policy = decider(answer, plain);
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
