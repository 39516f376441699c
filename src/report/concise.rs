//! One line for each thing said, and one for the sum.

use std::io::{self, Write};

use ciliate_transforms::report::{ChangedFile, FileAction, Item, Report};

use super::words::{self, Tally, count};
use super::{Clean, Detail};

/// Writes the report.
pub(super) fn render(report: &Clean<Report>, detail: Detail, out: &mut impl Write) -> io::Result<()> {
    for item in report.items.iter().filter(|item| words::is_listed(item, detail)) {
        line(item, out)?;
    }
    for failure in &report.failures {
        writeln!(out, "{}", words::failure(failure, words::plain))?;
    }
    match detail {
        Detail::Quiet => Ok(()),
        Detail::Normal | Detail::Verbose => writeln!(out, "{}", sum(report)),
    }
}

fn line(item: &Item, out: &mut impl Write) -> io::Result<()> {
    if let Some(at) = &item.location {
        write!(out, "{}:{}:{}: ", at.path, at.start.line, at.start.column)?;
    }
    write!(out, "{}[{}]: {}", words::grade(&item.kind), item.name, item.message)?;
    match &item.cluster {
        Some(cluster) => writeln!(out, " (cluster {cluster})"),
        None => writeln!(out),
    }
}

fn sum(report: &Report) -> String {
    let tally = Tally::of(&report.items);
    let changes = tally.chosen + tally.review + tally.other_phase + tally.held_up + tally.failed;
    let findings = tally.errors + tally.warnings + tally.notes;
    let is_removed = |file: &&ChangedFile| file.action == FileAction::Removed;
    let removed = u64::try_from(report.changed.iter().filter(is_removed).count()).unwrap_or(u64::MAX);
    let skipped = u64::try_from(report.skipped.len()).unwrap_or(u64::MAX);
    let failures = u64::try_from(report.failures.len()).unwrap_or(u64::MAX);
    let chosen = format!("({} {})", tally.chosen, words::chosen(report));
    let gone = if report.made { "removed" } else { "to remove" };
    let parts = [
        (changes, format!("{} {chosen}", count(changes, "change"))),
        (removed, format!("{} {gone}", count(removed, "file"))),
        (tally.manual, format!("{} to decide by hand", tally.manual)),
        (findings, count(findings, "finding")),
        (tally.ignored, format!("{} ignored", tally.ignored)),
        (skipped, format!("{skipped} skipped")),
        (failures, count(failures, "failure")),
    ];
    let said = words::what_there_is(parts, "nothing to do");
    format!(
        "{said} in {} of {}",
        count(report.counts.policies, "policy"),
        count(report.counts.files, "file")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_thing_said_is_a_line_with_its_place() -> io::Result<()> {
        let mut out = Vec::new();
        render(
            &Clean::new(samples::report(vec![samples::safe()])),
            Detail::Normal,
            &mut out,
        )?;
        let expected = "clusters/prod/payments/netpol.yaml:41:15: safe[ip-block]: this block no longer reaches pods under Cilium\n\
                        1 change (1 chosen) in 34 policies of 100 files\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
        Ok(())
    }

    #[test]
    fn all_well_is_said_too() -> io::Result<()> {
        let mut out = Vec::new();
        render(&Clean::new(samples::report(Vec::new())), Detail::Normal, &mut out)?;
        assert_eq!(
            String::from_utf8_lossy(&out),
            "nothing to do in 34 policies of 100 files\n"
        );
        Ok(())
    }
}
