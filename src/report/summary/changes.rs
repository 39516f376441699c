//! The summary's part on changes and findings: how many of each kind, in which files, and what to do next.

use std::io::{self, Write};

use ciliate_transforms::report::{FileAction, ItemKind, Report, Status};
use ciliate_transforms::transform::Phase;

use super::{HEAD, OPEN};
use crate::report::words::{self, Tally, count};

/// Writes how many changes and findings there are, and what to do about the files that change.
pub(super) fn render(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let tally = Tally::of(&report.items);
    changes(report, tally, out)?;
    other_phase(report, out)?;
    files(report, out)?;
    findings(tally, out)?;
    generated(report, out)?;
    overlay_folders(report, out)
}

fn changes(report: &Report, tally: Tally, out: &mut impl Write) -> io::Result<()> {
    let review = if tally.review == 1 {
        "to review: `--fix review` makes it"
    } else {
        "to review: `--fix review` makes them"
    };
    let lines = [
        (tally.chosen, words::chosen(report)),
        (tally.review, review),
        (
            tally.held_up,
            "not made: clusters that share a file disagree, or a finding stands in the way",
        ),
        (tally.failed, "not made: see the failures"),
        (
            tally.contradicted,
            "not made: the models of both engines contradict the grade (a defect of ciliate: please report it)",
        ),
        (tally.done, "made before"),
    ];
    let all: u64 = lines.iter().map(|(number, _)| number).sum::<u64>() + tally.other_phase;
    let all = if all == 0 { "none".to_owned() } else { all.to_string() };
    writeln!(out, "{HEAD}changes:{HEAD:#} {all}")?;
    for (number, what) in lines.into_iter().filter(|(number, _)| *number > 0) {
        writeln!(out, "  {number} {what}")?;
    }
    Ok(())
}

/// Says what waits for the other phase, and the command that makes it then.
fn other_phase(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let waiting = |wanted: Phase| {
        let waits = |kind: &ItemKind| matches!(kind, ItemKind::Change { status: Status::OtherPhase, phase, .. } if *phase == wanted);
        report
            .items
            .iter()
            .filter(|item| item.ignored.is_none() && waits(&item.kind))
            .count()
    };
    let (before, after) = (waiting(Phase::Before), waiting(Phase::After));
    if before > 0 {
        writeln!(
            out,
            "  {before} left of the phase before the switch: `ciliate fix --phase before`"
        )?;
    }
    if after > 0 {
        writeln!(
            out,
            "  {after} left until the clusters run Cilium; then: `ciliate fix --phase after`"
        )?;
    }
    Ok(())
}

fn files(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let files = |action| report.changed.iter().filter(|file| file.action == action).count();
    let [edited, added, removed] = [FileAction::Edited, FileAction::Added, FileAction::Removed].map(files);
    if edited + added + removed == 0 {
        return Ok(());
    }
    writeln!(out, "  in files: {edited} edited, {added} added, {removed} removed")?;
    for file in &report.changed {
        let mut notes = file.notes.iter();
        notes.try_for_each(|note| writeln!(out, "  {}: {note}", file.path))?;
    }
    Ok(())
}

fn findings(tally: Tally, out: &mut impl Write) -> io::Result<()> {
    let parts = [
        (tally.manual, format!("{} to decide by hand", tally.manual)),
        (tally.errors, count(tally.errors, "error")),
        (tally.warnings, count(tally.warnings, "warning")),
        (tally.notes, count(tally.notes, "note")),
        (tally.ignored, format!("{} ignored", tally.ignored)),
    ];
    let said = words::what_there_is(parts, "none");
    writeln!(out, "{HEAD}findings:{HEAD:#} {said}")
}

/// Says which changed files a renderer would write again.
fn generated(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let marked: Vec<_> = report
        .changed
        .iter()
        .filter_map(|file| Some((&file.path, file.generated.as_ref()?)))
        .collect();
    if marked.is_empty() {
        return Ok(());
    }
    let (files, them) = if marked.len() == 1 {
        ("1 file looks generated".to_owned(), "it")
    } else {
        (format!("{} files look generated", marked.len()), "them")
    };
    writeln!(
        out,
        "{OPEN}generated:{OPEN:#} {files}; what renders {them} would undo the edit"
    )?;
    for (path, mark) in marked {
        writeln!(out, "  {path} ({mark})")?;
    }
    writeln!(out, "  put ciliate behind the renderer instead: `… | ciliate fix -`")
}

/// Says which folders nothing syncs yet.
fn overlay_folders(report: &Report, out: &mut impl Write) -> io::Result<()> {
    if report.overlay_folders.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "{HEAD}overlays:{HEAD:#} once the clusters run Cilium, have Argo CD or Flux sync {}",
        report.overlay_folders.join(", ")
    )
}
