//! Differences for people: namespace by namespace, each with one flow that shows it, then what they come to.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use ciliate_transforms::parity::trace::answer::Answer;
use ciliate_transforms::parity::{Course, FlowSet};

use super::{Compared, Detail, Verification, words};
use crate::report::Clean;
use crate::report::summary::{self, ClusterHead};
use crate::report::words::{count, decider, plain};

const HEAD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const OPEN: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const FAINT: Style = Style::new().dimmed();

/// Writes the report.
pub(super) fn render(verification: &Clean<Verification>, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    for cluster in &verification.clusters {
        for (namespace, sets) in cluster.namespaces() {
            let of = cluster.cluster.as_ref();
            let of = of.map_or_else(String::new, |name| format!(" (cluster {name})"));
            writeln!(out, "{HEAD}{namespace}{HEAD:#}{of}")?;
            sets.iter()
                .try_for_each(|set| difference(set, verification, detail, out))?;
            writeln!(out)?;
        }
        for set in &cluster.moved {
            difference_under_npm(set, verification, detail, out)?;
        }
    }
    match detail {
        Detail::Quiet => Ok(()),
        Detail::Normal | Detail::Verbose => sum(verification, detail, out),
    }
}

fn difference(set: &FlowSet, verification: &Verification, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let style = match set.course {
        Course::Mended => GOOD,
        Course::Left => OPEN,
        Course::Brought => BAD,
    };
    let kind = words::kind(set.effect, set.course, verification.fix());
    let flows = words::flows(set, detail == Detail::Verbose, plain);
    writeln!(out, "  {style}{kind}{style:#}: {flows}")?;
    let states = [
        (verification.states.npm, &set.example.npm),
        (verification.shown_state(set.course), &set.example.cilium),
    ];
    example(set, states, detail, out)?;
    words::named_by(set, plain).map_or(Ok(()), |named| writeln!(out, "    {named}"))
}

/// Writes the flow that shows a difference, and what decides it in each state: in short where the fix mends it.
fn example(set: &FlowSet, states: [(&str, &Answer); 2], detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "    for example {}", words::example(set, plain))?;
    let width = states.iter().map(|(title, _)| title.chars().count()).max();
    let width = width.unwrap_or_default();
    for (title, answer) in states {
        let (style, word) = if answer.allowed { (GOOD, "allow") } else { (BAD, "deny") };
        let because = &answer.because;
        let decides = decider(answer, plain);
        let short = set.course == Course::Mended && detail != Detail::Verbose;
        let rule = if short {
            format!(" {FAINT}({}){FAINT:#}", because.id)
        } else {
            String::new()
        };
        writeln!(out, "      {title:width$}  {style}{word:5}{style:#}  {decides}{rule}")?;
        if short {
            continue;
        }
        let behind = width + 15;
        writeln!(
            out,
            "{:behind$}{FAINT}{}: {}{FAINT:#}",
            "", because.id, because.statement
        )?;
        if detail == Detail::Verbose {
            writeln!(out, "{:behind$}{FAINT}{}{FAINT:#}", "", because.source)?;
        }
    }
    Ok(())
}

/// Writes what the fix moves under NPM, where it must move nothing.
fn difference_under_npm(
    set: &FlowSet,
    verification: &Verification,
    detail: Detail,
    out: &mut dyn Write,
) -> io::Result<()> {
    let flows = words::flows(set, detail == Detail::Verbose, plain);
    let kind = words::kind_of_moved(set, verification.fix());
    writeln!(out, "{BAD}{kind}{BAD:#}: {flows}")?;
    writeln!(out, "  for example {}\n", words::example(set, plain))
}

fn sum(verification: &Verification, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let mut out = out;
    summary::read(verification.counts, &mut out)?;
    base(verification, &mut out)?;
    summary::skipped(&verification.skipped, detail, &mut out)?;
    unknown(verification, &mut out)?;
    summary::failures(&verification.failures, &mut out)?;
    for compared in &verification.clusters {
        cluster(compared, verification, &mut out)?;
    }
    if verification.tally().is_empty() {
        let [npm, unchanged, fixed] = [
            verification.states.npm,
            verification.states.unchanged,
            verification.states.fixed,
        ];
        writeln!(
            out,
            "{GOOD}differences:{GOOD:#} none{}: {npm}; {unchanged}; {fixed} let the same flows through",
            words::compared(verification)
        )?;
    } else {
        table(verification, &mut out)?;
    }
    match words::judgement(verification) {
        Some(judgement) => {
            let style = if verification.met { GOOD } else { BAD };
            writeln!(out, "{style}{judgement}{style:#}")
        }
        None => Ok(()),
    }
}

/// Says what may be in force, and nobody knows.
fn unknown(verification: &Verification, out: &mut impl Write) -> io::Result<()> {
    if verification.unknown.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "{OPEN}unknown:{OPEN:#} {}; no requirement is met by that",
        verification.unknown.len()
    )?;
    let mut unknown = verification.unknown.iter();
    unknown.try_for_each(|one| writeln!(out, "  {}", words::unknown(one, plain)))
}

fn base(verification: &Verification, out: &mut impl Write) -> io::Result<()> {
    let Some(base) = &verification.base else {
        return Ok(());
    };
    writeln!(
        out,
        "{HEAD}base {}:{HEAD:#} {}",
        base.name,
        summary::amount(base.counts)
    )?;
    let mut missing = base.missing.iter();
    missing.try_for_each(|path| writeln!(out, "  it has no {path}: all that is there now is new"))
}

fn cluster(cluster: &Compared, verification: &Verification, out: &mut impl Write) -> io::Result<()> {
    let head = ClusterHead {
        name: cluster.cluster.as_deref(),
        policies: cluster.policies,
        cilium: &cluster.cilium,
        aks: cluster.aks.as_deref(),
        stated: cluster.cilium_stated,
        assumptions: &cluster.assumptions,
    };
    head.render(out)?;
    let only_in = words::only_in(cluster).map(str::to_owned);
    let mut notes = only_in
        .into_iter()
        .chain(words::changes(cluster))
        .chain(words::noticed(cluster, plain));
    notes.try_for_each(|note| writeln!(out, "  {note}"))?;
    let figures = cluster.figures;
    writeln!(
        out,
        "  compared: {} of pods, {}",
        count(figures.classes, "kind"),
        count(figures.sets, "flow set")
    )?;
    let style = if cluster.tally.moved == 0 { Style::new() } else { BAD };
    writeln!(out, "  {style}{}{style:#}", words::moved(verification, cluster))?;
    words::of_cluster(verification, cluster).map_or(Ok(()), |said| writeln!(out, "  {said}"))
}

/// Writes what is lost and gained in each state of Cilium.
fn table(verification: &Verification, out: &mut impl Write) -> io::Result<()> {
    let title = format!("differences from {}", verification.states.npm);
    let rows = words::rows(verification);
    let width = rows
        .iter()
        .map(|(depth, name, _)| 2 + 2 * depth + name.chars().count())
        .chain([title.chars().count()])
        .max()
        .unwrap_or_default();
    writeln!(out, "{HEAD}{title:width$}  {:>6}  {:>6}{HEAD:#}", "lost", "gained")?;
    for (depth, name, [lost, gained]) in rows {
        let name = format!("{:indent$}{name}", "", indent = 2 + 2 * depth);
        writeln!(out, "{name:width$}  {lost:>6}  {gained:>6}")?;
    }
    Ok(())
}
