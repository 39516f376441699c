//! The summary for people: what was read, what was skipped and why, what was taken for granted, what is left.

mod changes;

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use ciliate_transforms::report::{ItemKind, Proof, Readiness, Report, SkipReason};
use ciliate_transforms::transform::Fact;

use super::Detail;
use super::words::{self, count};

const HEAD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const OPEN: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// Writes the summary.
pub(super) fn render(report: &Report, detail: Detail, out: &mut impl Write) -> io::Result<()> {
    read(report, out)?;
    skipped(report, detail, out)?;
    failures(report, out)?;
    clusters(report, out)?;
    missing_facts(report, out)?;
    changes::render(report, out)?;
    readiness(report, out)
}

fn read(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let counts = report.counts;
    let mut parts = vec![
        count(counts.files, "file"),
        count(counts.documents, "document"),
        count(counts.policies, "policy"),
    ];
    for (number, noun) in [(counts.workloads, "workload"), (counts.services, "service")] {
        if number > 0 {
            parts.push(count(number, noun));
        }
    }
    writeln!(out, "{HEAD}read:{HEAD:#} {}", parts.join(", "))
}

fn skipped(report: &Report, detail: Detail, out: &mut impl Write) -> io::Result<()> {
    if report.skipped.is_empty() {
        return writeln!(out, "{HEAD}skipped:{HEAD:#} nothing");
    }
    let mut by_reason: BTreeMap<SkipReason, Vec<String>> = BTreeMap::new();
    for skipped in &report.skipped {
        let document = skipped
            .document
            .map_or_else(String::new, |index| format!(" (document {})", index + 1));
        by_reason
            .entry(skipped.reason)
            .or_default()
            .push(format!("{}{document}", skipped.path));
    }
    writeln!(out, "{HEAD}skipped:{HEAD:#} {}", report.skipped.len())?;
    for (reason, places) in by_reason {
        writeln!(out, "  {}: {}", places.len(), reason.text())?;
        if detail == Detail::Verbose {
            places.iter().try_for_each(|place| writeln!(out, "    {place}"))?;
        }
    }
    Ok(())
}

fn failures(report: &Report, out: &mut impl Write) -> io::Result<()> {
    if report.failures.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "{BAD}failures:{BAD:#} {}; everything else went through",
        report.failures.len()
    )?;
    for failure in &report.failures {
        let at = failure
            .at
            .map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
        writeln!(out, "  {}{at}: {}", failure.path, failure.message)?;
    }
    Ok(())
}

fn clusters(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for cluster in &report.clusters {
        let name = cluster
            .name
            .as_ref()
            .map_or_else(|| "cluster:".to_owned(), |name| format!("cluster {name}:"));
        let aks = cluster
            .aks
            .as_ref()
            .map_or_else(String::new, |version| format!(" (AKS {version})"));
        let assumed = if cluster.target_stated {
            ""
        } else {
            ", assumed: state --aks-version or --cilium-version"
        };
        let policies = count(cluster.policies, "policy");
        writeln!(
            out,
            "{HEAD}{name}{HEAD:#} {policies}, Cilium {}{aks}{assumed}",
            cluster.cilium
        )?;
        cluster
            .assumptions
            .iter()
            .try_for_each(|assumption| writeln!(out, "  taken for granted: {assumption}"))?;
        proof(cluster.proof, out)?;
    }
    Ok(())
}

/// Says how the chosen changes were proven; nothing where there is none.
fn proof(proof: Proof, out: &mut impl Write) -> io::Result<()> {
    let Proof {
        classes,
        sets,
        lost,
        gained,
    } = proof;
    if sets == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "  proven with both engines: {}, {} compared: {lost} lost, {gained} gained",
        count(classes, "class"),
        count(sets, "flow set"),
    )
}

fn missing_facts(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let mut waiting: BTreeMap<Fact, u64> = BTreeMap::new();
    for item in report.items.iter().filter(|item| item.ignored.is_none()) {
        if let ItemKind::Manual { fact: Some(fact) } = &item.kind {
            *waiting.entry(*fact).or_default() += item.waiting.values().sum::<u64>();
        }
    }
    for (fact, decisions) in waiting {
        let waiting = count(decisions, "decision");
        writeln!(
            out,
            "{OPEN}missing:{OPEN:#} the {fact}, for {waiting}; give {}",
            fact.supplied_by()
        )?;
    }
    Ok(())
}

fn readiness(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{HEAD}readiness, by the sections of Microsoft's guide:{HEAD:#}")?;
    for section in &report.readiness {
        let (style, state) = match section.state {
            Readiness::Done => (GOOD, "done"),
            Readiness::ToDo => (OPEN, "to do"),
            Readiness::NotApplicable => (Style::new(), "not applicable"),
        };
        let parts = [
            (section.chosen, words::chosen(report)),
            (section.other_phase, "of the other phase"),
            (section.open, "open"),
        ];
        let parts = parts.map(|(number, what)| (number, format!("{number} {what}")));
        let left = words::what_there_is(parts, "");
        let left = if left.is_empty() { left } else { format!(" ({left})") };
        writeln!(out, "  {style}{state}{style:#}: {}{left}", section.title)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ciliate_transforms::report::{ChangedFile, FileAction, Item, Skipped, Status};
    use ciliate_transforms::transform::{Grade, Phase};

    use super::*;
    use crate::report::samples;

    fn plain(report: &Report, detail: Detail) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        render(report, detail, &mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn it_says_what_was_read_also_when_all_is_well() {
        let expected = "\
read: 100 files, 120 documents, 34 policies, 1 service
skipped: nothing
cluster: 34 policies, Cilium 1.17.9 (AKS 1.32)
  taken for granted: a namespace with a workload in the tree has all its workloads there
  proven with both engines: 36 classes, 1204 flow sets compared: 0 lost, 0 gained
changes: none
findings: none
readiness, by the sections of Microsoft's guide:
  to do: NetworkPolicy with ipBlock (1 chosen, 2 open)
";
        assert_eq!(plain(&samples::report(Vec::new()), Detail::Normal), expected);
    }

    #[test]
    fn what_waits_for_the_switch_comes_with_its_command() {
        let waits = ItemKind::Change {
            grade: Grade::Safe,
            phase: Phase::After,
            status: Status::OtherPhase,
        };
        let fact = ItemKind::Manual {
            fact: Some(Fact::PodCidrs),
        };
        let mut items: Vec<Item> = [waits.clone(), waits, fact].map(samples::item).into();
        items[2].waiting.insert("ip-block", 3);
        let text = plain(&samples::report(items), Detail::Normal);
        assert!(
            text.contains("  2 left until the clusters run Cilium; then: `ciliate fix --phase after`\n"),
            "{text}"
        );
        assert!(
            text.contains("missing: the pod CIDRs, for 3 decisions; give --pod-cidr\n"),
            "{text}"
        );
    }

    #[test]
    fn a_run_that_wrote_speaks_of_what_it_made_and_of_the_folder_to_sync_later() {
        let mut report = samples::report(vec![samples::safe()]);
        report.made = true;
        report.overlay_folders.push("cilium-overlays/prod".to_owned());
        let text = plain(&report, Detail::Normal);
        assert!(text.contains("changes: 1\n  1 made\n"), "{text}");
        assert!(text.contains("NetworkPolicy with ipBlock (1 made, 2 open)"), "{text}");
        assert!(
            text.contains("overlays: once the clusters run Cilium, have Argo CD or Flux sync cilium-overlays/prod\n"),
            "{text}"
        );
    }

    #[test]
    fn skipped_and_generated_files_are_told_with_the_reason() {
        let mut report = samples::report(Vec::new());
        report.skipped.push(Skipped {
            path: "a.yaml".to_owned(),
            document: Some(1),
            reason: SkipReason::Encrypted,
        });
        report.changed.push(ChangedFile {
            path: "b.yaml".to_owned(),
            action: FileAction::Edited,
            generated: Some("DO NOT EDIT".to_owned()),
        });
        let text = plain(&report, Detail::Verbose);
        assert!(
            text.contains("skipped: 1\n  1: encrypted with SOPS\n    a.yaml (document 2)\n"),
            "{text}"
        );
        assert!(text.contains("  in files: 1 edited, 0 added, 0 removed\n"), "{text}");
        assert!(text.contains("  b.yaml (DO NOT EDIT)\n"), "{text}");
    }
}
