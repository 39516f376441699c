//! The summary for people: what was read, what was skipped and why, what was taken for granted, what is left.

mod changes;

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use ciliate_transforms::report::{
    ClusterReport, Counts, Failure, ItemKind, Proof, Readiness, Report, SkipReason, Skipped,
};
use ciliate_transforms::transform::Fact;

use super::words::{self, count};
use super::{Clean, Detail};

const HEAD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const OPEN: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// Writes the summary.
pub(super) fn render(report: &Clean<Report>, detail: Detail, out: &mut impl Write) -> io::Result<()> {
    read(report.counts, out)?;
    skipped(&report.skipped, detail, out)?;
    failures(&report.failures, out)?;
    clusters(report, out)?;
    missing_facts(report, out)?;
    changes::render(report, out)?;
    readiness(report, out)
}

/// Says how much was read.
pub(super) fn read(counts: Counts, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{HEAD}read:{HEAD:#} {}", amount(counts))
}

/// Returns how much was read: `3 files, 4 documents, 2 policies, 1 workload`.
pub(super) fn amount(counts: Counts) -> String {
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
    parts.join(", ")
}

/// Says what was not looked at, and why.
pub(super) fn skipped(skipped: &[Skipped], detail: Detail, out: &mut impl Write) -> io::Result<()> {
    if skipped.is_empty() {
        return writeln!(out, "{HEAD}skipped:{HEAD:#} nothing");
    }
    let mut by_reason: BTreeMap<SkipReason, Vec<String>> = BTreeMap::new();
    for one in skipped {
        let document = one
            .document
            .map_or_else(String::new, |index| format!(" (document {})", index + 1));
        by_reason
            .entry(one.reason)
            .or_default()
            .push(format!("{}{document}", one.path));
    }
    writeln!(out, "{HEAD}skipped:{HEAD:#} {}", skipped.len())?;
    for (reason, places) in by_reason {
        writeln!(out, "  {}: {}", places.len(), reason.text())?;
        if detail == Detail::Verbose {
            places.iter().try_for_each(|place| writeln!(out, "    {place}"))?;
        }
    }
    Ok(())
}

/// Says what could not be read or proven.
pub(super) fn failures(failures: &[Failure], out: &mut impl Write) -> io::Result<()> {
    if failures.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "{BAD}failures:{BAD:#} {}; everything else went through",
        failures.len()
    )?;
    for failure in failures {
        let at = failure
            .at
            .map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
        writeln!(out, "  {}{at}: {}", failure.path, failure.message)?;
    }
    Ok(())
}

fn clusters(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for cluster in &report.clusters {
        let ClusterReport {
            name,
            cilium,
            aks,
            target_stated,
            policies,
            proof: proven,
            assumptions,
        } = cluster;
        let head = ClusterHead {
            name: name.as_deref(),
            policies: *policies,
            cilium,
            aks: aks.as_deref(),
            stated: *target_stated,
            assumptions,
        };
        head.render(out)?;
        proof(*proven, out)?;
    }
    Ok(())
}

/// What every report says of a cluster.
pub(super) struct ClusterHead<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) policies: u64,
    pub(super) cilium: &'a str,
    pub(super) aks: Option<&'a str>,
    pub(super) stated: bool,
    pub(super) assumptions: &'a [String],
}

impl ClusterHead<'_> {
    /// Says what the cluster is and what is taken for granted of it.
    pub(super) fn render(&self, out: &mut impl Write) -> io::Result<()> {
        let name = self
            .name
            .map_or_else(|| "cluster:".to_owned(), |name| format!("cluster {name}:"));
        let aks = self.aks.map_or_else(String::new, |version| format!(" (AKS {version})"));
        let assumed = if self.stated {
            ""
        } else {
            ", assumed: state --aks-version or --cilium-version"
        };
        let (policies, cilium) = (count(self.policies, "policy"), self.cilium);
        writeln!(out, "{HEAD}{name}{HEAD:#} {policies}, Cilium {cilium}{aks}{assumed}")?;
        let mut assumptions = self.assumptions.iter();
        assumptions.try_for_each(|assumption| writeln!(out, "  taken for granted: {assumption}"))
    }
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
    use ciliate_transforms::report::{ChangedFile, FileAction, Item, Status};
    use ciliate_transforms::transform::{Grade, Phase};

    use super::*;
    use crate::report::samples;

    fn plain(report: &Report, detail: Detail) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        render(&Clean::new(report.clone()), detail, &mut out).unwrap();
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
            may_hold_policy: false,
        });
        report.changed.push(ChangedFile {
            path: "b.yaml".to_owned(),
            action: FileAction::Edited,
            generated: Some("DO NOT EDIT".to_owned()),
            notes: Vec::new(),
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
