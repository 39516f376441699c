//! Differences for a pull request: a table that is seen at once, and the namespaces folded below it.

use std::io::{self, Write};

use ciliate_transforms::parity::trace::answer::Answer;
use ciliate_transforms::parity::{Course, FlowSet};

use super::{Compared, Detail, Verification, words};
use crate::report::Clean;
use crate::report::markdown::{code, escaped, html_code};
use crate::report::summary;
use crate::report::words::{count, decider, failure};

/// Writes the report.
pub(super) fn render(verification: &Clean<Verification>, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let states = verification.states;
    writeln!(out, "## Who can reach whom: {} and Cilium\n", states.npm)?;
    table(verification, out)?;
    if let Some(judgement) = words::judgement(verification) {
        let mark = if verification.met { "✅" } else { "❌" };
        writeln!(out, "\n{mark} {}", escaped(&judgement))?;
    }
    for one in &verification.unknown {
        writeln!(out, "\n❓ unknown: {}", words::unknown(one, code))?;
    }
    for one in &verification.failures {
        writeln!(out, "\n⚠️ {}", failure(one, code))?;
    }
    for cluster in &verification.clusters {
        differences(cluster, verification, detail, out)?;
    }
    match detail {
        Detail::Quiet => Ok(()),
        Detail::Normal | Detail::Verbose => ground(verification, out),
    }
}

/// Writes what is lost and gained in each state of Cilium.
fn table(verification: &Verification, out: &mut dyn Write) -> io::Result<()> {
    let tally = verification.tally();
    if tally.is_empty() {
        let compared = words::compared(verification);
        return writeln!(out, "No difference{compared}: the same flows pass in every state.");
    }
    writeln!(
        out,
        "| differences from {} | lost | gained |\n|---|---:|---:|",
        verification.states.npm
    )?;
    for (depth, name, [lost, gained]) in words::rows(verification) {
        let name = if depth == 0 {
            format!("**{name}**")
        } else {
            format!("… {name}")
        };
        writeln!(out, "| {name} | {lost} | {gained} |")?;
    }
    Ok(())
}

/// Writes the differences of a cluster, a folded part for each namespace.
fn differences(cluster: &Compared, verification: &Verification, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let of = cluster.cluster.as_ref();
    let of = |name_as: fn(&str) -> String| of.map_or_else(String::new, |name| format!(" (cluster {})", name_as(name)));
    for (namespace, sets) in cluster.namespaces() {
        let remain = sets.iter().filter(|set| set.course.is_fixed()).count() as u64;
        let total = count(sets.len() as u64, "difference");
        let fixed = verification.states.fixed;
        writeln!(
            out,
            "\n<details><summary><b>{}</b>{}: {total}, {remain} of them in “{fixed}”</summary>\n",
            html_code(namespace),
            of(html_code)
        )?;
        for set in sets {
            difference(set, verification, detail, out)?;
        }
        writeln!(out, "\n</details>")?;
    }
    for set in &cluster.moved {
        let kind = words::kind_of_moved(set, verification.fix());
        let flows = words::flows(set, detail == Detail::Verbose, code);
        let example = words::example(set, code);
        writeln!(out, "\n❌ **{kind}**{}: {flows}; for example {example}", of(code))?;
    }
    Ok(())
}

fn difference(set: &FlowSet, verification: &Verification, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let kind = words::kind(set.effect, set.course, verification.fix());
    let flows = words::flows(set, detail == Detail::Verbose, code);
    writeln!(out, "- **{kind}**: {flows}")?;
    writeln!(out, "  - for example {}", words::example(set, code))?;
    // Hosts cut comments that are too long, and what is mended asks nothing of a reader.
    if set.course == Course::Mended && detail != Detail::Verbose {
        return decided_short(set, out);
    }
    answer(verification.states.npm, &set.example.npm, out)?;
    answer(verification.shown_state(set.course), &set.example.cilium, out)?;
    words::named_by(set, code).map_or(Ok(()), |named| writeln!(out, "  - {named}"))
}

/// Names what decides under Cilium, without the rules.
fn decided_short(set: &FlowSet, out: &mut dyn Write) -> io::Result<()> {
    let cilium = &set.example.cilium;
    let word = if cilium.allowed { "allowed" } else { "denied" };
    writeln!(out, "  - {word} by {} ({})", decider(cilium, code), cilium.because.id)
}

fn answer(title: &str, answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let word = if answer.allowed { "allow" } else { "deny" };
    let because = &answer.because;
    writeln!(
        out,
        "  - {title}: **{word}**, {} ([{}]({}): {})",
        decider(answer, code),
        because.id,
        because.source,
        escaped(because.statement)
    )
}

/// Writes what the comparison rests on.
fn ground(verification: &Verification, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n<details><summary>What was compared</summary>\n")?;
    writeln!(out, "- read: {}", summary::amount(verification.counts))?;
    if let Some(base) = &verification.base {
        writeln!(out, "- base {}: {}", code(&base.name), summary::amount(base.counts))?;
        for path in &base.missing {
            writeln!(out, "  - it has no {}: all that is there now is new", code(path))?;
        }
    }
    if !verification.skipped.is_empty() {
        writeln!(out, "- skipped: {}", verification.skipped.len())?;
        for one in &verification.skipped {
            writeln!(out, "  - {}: {}", code(&one.path), one.reason.text())?;
        }
    }
    for cluster in &verification.clusters {
        let name = cluster.cluster.as_ref();
        let name = name.map_or_else(|| "cluster".to_owned(), |name| format!("cluster {}", code(name)));
        writeln!(
            out,
            "- {name}: {}, Cilium {}, {} of pods and {} compared",
            count(cluster.policies, "policy"),
            cluster.cilium,
            count(cluster.figures.classes, "kind"),
            count(cluster.figures.sets, "flow set")
        )?;
        let taken = cluster.assumptions.iter();
        let taken = taken.map(|assumption| format!("taken for granted: {assumption}"));
        let notes = words::only_in(cluster).map(str::to_owned).into_iter();
        let notes = notes.chain(words::changes(cluster));
        let sums = [words::moved(verification, cluster)].into_iter();
        let sums = sums.chain(words::of_cluster(verification, cluster));
        for note in taken.chain(notes).chain(sums) {
            writeln!(out, "  - {}", escaped(&note))?;
        }
        for noticed in words::noticed(cluster, code) {
            writeln!(out, "  - {noticed}")?;
        }
    }
    writeln!(out, "\n</details>")
}
