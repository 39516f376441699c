//! One line for each difference, and one for the sum.

use std::io::{self, Write};

use ciliate_transforms::parity::FlowSet;
use ciliate_transforms::parity::trace::answer::Deciding;

use super::{Compared, Detail, Verification, words};
use crate::report::Clean;
use crate::report::words::{count, failure, plain, what_there_is};

/// Writes the report.
pub(super) fn render(verification: &Clean<Verification>, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    for cluster in &verification.clusters {
        for set in &cluster.differences {
            let kind = words::kind(set.effect, set.course, verification.fix());
            line(set, &kind, cluster, out)?;
        }
        for set in &cluster.moved {
            let kind = words::kind_of_moved(set, verification.fix());
            line(set, &kind, cluster, out)?;
        }
    }
    for one in &verification.unknown {
        writeln!(out, "unknown: {}", words::unknown(one, plain))?;
    }
    for one in &verification.failures {
        writeln!(out, "{}", failure(one, plain))?;
    }
    match detail {
        Detail::Quiet => Ok(()),
        Detail::Normal | Detail::Verbose => writeln!(out, "{}", sum(verification)),
    }
}

/// Writes a difference with the place that decides it: Cilium's, else NPM's.
fn line(set: &FlowSet, kind: &str, cluster: &Compared, out: &mut dyn Write) -> io::Result<()> {
    let shown = &set.example;
    let deciding = [&shown.cilium, &shown.npm]
        .into_iter()
        .find_map(|answer| answer.policy.as_ref());
    let place = deciding.and_then(place).unwrap_or_default();
    let of = cluster.cluster.as_ref();
    let of = of.map_or_else(String::new, |name| format!(" (cluster {name})"));
    writeln!(out, "{place}{kind}: {}{of}", words::flows(set, false, plain))
}

fn place(deciding: &Deciding) -> Option<String> {
    let path = deciding.path.as_ref()?;
    let line = deciding.line.map_or_else(String::new, |line| format!(":{line}"));
    Some(format!("{path}{line}: "))
}

fn sum(verification: &Verification) -> String {
    let tally = verification.tally();
    let fix = verification.fix();
    let parts = [("lost", tally.lost), ("gained", tally.gained)].map(|(what, courses)| {
        let total = courses.mended + courses.left + courses.brought;
        let by = [
            (courses.mended, format!("{} mended", courses.mended)),
            (courses.left, format!("{} left", courses.left)),
            (courses.brought, format!("{} brought", courses.brought)),
        ];
        (total, format!("{total} {what} ({} by {fix})", what_there_is(by, "")))
    });
    let moved = (tally.moved, format!("{} moved under NPM", tally.moved));
    let skipped = verification.skipped.len() as u64;
    let failures = verification.failures.len() as u64;
    let more = [
        moved,
        (skipped, format!("{skipped} skipped")),
        (failures, count(failures, "failure")),
    ];
    format!(
        "{} in {} of {}",
        what_there_is(parts.into_iter().chain(more), "no difference"),
        count(verification.counts.policies, "policy"),
        count(verification.counts.files, "file")
    )
}
