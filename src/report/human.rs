//! The report for people: each thing said with the source around it, then the summary.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use ciliate_transforms::report::{Item, ItemKind, Report, Status};
use ciliate_transforms::transform::{Grade, Severity};

use super::{Clean, Detail, summary, words};

/// Writes the report.
pub(super) fn render(report: &Clean<Report>, detail: Detail, out: &mut impl Write) -> io::Result<()> {
    let renderer = Renderer::styled();
    for item in report.items.iter().filter(|item| words::is_listed(item, detail)) {
        writeln!(out, "{}\n", placed(item, renderer.render(&[group(item)])))?;
    }
    match detail {
        Detail::Quiet => Ok(()),
        Detail::Normal | Detail::Verbose => summary::render(report, detail, out),
    }
}

/// Gives what is shown of a long line the column that it has in the file: the renderer counts from what it is given.
fn placed(item: &Item, rendered: String) -> String {
    let (Some(at), Some(snippet)) = (&item.location, item.snippet.as_ref().filter(|snippet| snippet.is_cut)) else {
        return rendered;
    };
    let column = snippet.text[..snippet.marked.start].chars().count() + 1;
    let place = |column| format!("{}:{}:{column}", at.path, at.start.line);
    rendered.replacen(&place(column), &place(at.start.column as usize), 1)
}

fn group(item: &Item) -> Group<'_> {
    let title = level(&item.kind)
        .with_name(words::grade(&item.kind))
        .primary_title(&item.message)
        .id(item.name);
    let group = match (&item.location, &item.snippet) {
        (Some(at), Some(snippet)) => {
            let mark = AnnotationKind::Primary.span(snippet.marked.clone());
            let mark = if item.label.is_empty() {
                mark
            } else {
                mark.label(item.label.as_str())
            };
            let lines = Snippet::source(snippet.text.as_str())
                .line_start(snippet.first_line as usize)
                .fold(false);
            title.element(lines.path(at.path.as_str()).annotation(mark))
        }
        (Some(at), None) => {
            let origin = Origin::path(at.path.as_str()).line(at.start.line as usize);
            title.element(origin.char_column(at.start.column as usize))
        }
        (None, _) => Group::with_title(title),
    };
    footers(item).into_iter().fold(group, |group, (name, text)| {
        let level = if name == "note" {
            Level::NOTE
        } else {
            Level::HELP.with_name(name)
        };
        group.element(level.message(text))
    })
}

fn level(kind: &ItemKind) -> Level<'static> {
    match kind {
        ItemKind::Change { grade: Grade::Safe, .. } => Level::HELP,
        ItemKind::Change {
            grade: Grade::Review(_),
            ..
        }
        | ItemKind::Manual { .. }
        | ItemKind::Finding {
            severity: Severity::Warning,
        } => Level::WARNING,
        ItemKind::Finding {
            severity: Severity::Error,
        } => Level::ERROR,
        ItemKind::Finding {
            severity: Severity::Note,
        } => Level::NOTE,
    }
}

/// Returns the lines under the snippet, each with the word before its colon.
fn footers(item: &Item) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let help = (!item.help.is_empty()).then(|| item.help.clone());
    match &item.kind {
        ItemKind::Change { grade, status, .. } => {
            let (word, reasons) = match grade {
                Grade::Safe => ("safe fix", &[][..]),
                Grade::Review(reasons) => ("review fix", reasons.as_slice()),
            };
            lines.extend(help.map(|help| (word, help)));
            lines.extend(reasons.iter().map(|reason| ("review because", reason.clone())));
            let standing = standing(*status).filter(|_| item.ignored.is_none());
            lines.extend(standing.map(|text| ("note", text.to_owned())));
        }
        ItemKind::Manual { .. } | ItemKind::Finding { .. } => lines.extend(help.map(|help| ("help", help))),
    }
    lines.extend(item.overlay.iter().map(|path| ("overlay", path.clone())));
    lines.extend(item.notes.iter().map(|note| ("note", note.clone())));
    lines.extend(item.cluster.iter().map(|cluster| ("cluster", cluster.clone())));
    lines.extend(item.ignored.iter().map(|reason| {
        let reason = if reason.is_empty() { "no reason given" } else { reason };
        ("ignored", reason.to_owned())
    }));
    lines
}

/// Says what became of a change, where that is not what one expects.
const fn standing(status: Status) -> Option<&'static str> {
    match status {
        Status::Chosen => None,
        Status::OtherPhase => Some("it waits for the other phase"),
        Status::NotChosen => Some("`--fix review` makes it"),
        Status::Done => Some("it stands already"),
        Status::Disagrees => Some("not made: it is wrong for another cluster or namespace that has this file"),
        Status::Blocked => Some("not made: a finding says what stands in its way"),
        Status::Failed => Some("not made: see the failures below"),
        Status::Contradicted => Some("not made: the models of both engines contradict its grade (a defect of ciliate)"),
    }
}

#[cfg(test)]
mod tests {
    use ciliate_transforms::transform::Phase;

    use super::*;
    use crate::report::samples;

    fn plain(items: Vec<Item>, detail: Detail) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        render(&Clean::new(samples::report(items)), detail, &mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn a_change_is_shown_at_its_place_with_its_fix() {
        let expected = "\
safe[ip-block]: this block no longer reaches pods under Cilium
  --> clusters/prod/payments/netpol.yaml:41:15
   |
41 |         cidr: 10.0.0.0/8
   |               ^^^^^^^^^^ contains the pod CIDR 10.244.0.0/16 (.ciliate.yaml:7)
   |
   = safe fix: add `namespaceSelector: {}` beside it

";
        assert_eq!(plain(vec![samples::safe()], Detail::Quiet), expected);
    }

    #[test]
    fn a_review_change_says_why_and_how_it_is_made() {
        let grade = Grade::Review(vec!["it opens 3 pods".to_owned()]);
        let mut item = samples::item(ItemKind::Change {
            grade,
            phase: Phase::Before,
            status: Status::NotChosen,
        });
        item.help = "write 8080".to_owned();
        let expected = "\
review[ip-block]: this block no longer reaches pods under Cilium
 |
 = review fix: write 8080
 = review because: it opens 3 pods
 = note: `--fix review` makes it

";
        assert_eq!(plain(vec![item], Detail::Quiet), expected);
    }

    #[test]
    fn what_is_ignored_or_waits_is_shown_only_when_verbose() {
        let mut ignored = samples::safe();
        ignored.ignored = Some("agreed".to_owned());
        let waits = ItemKind::Change {
            grade: Grade::Safe,
            phase: Phase::After,
            status: Status::OtherPhase,
        };
        let items = vec![ignored, samples::item(waits)];
        assert!(!plain(items.clone(), Detail::Normal).contains("[ip-block]"));
        let verbose = plain(items, Detail::Verbose);
        assert!(verbose.contains("= ignored: agreed") && verbose.contains("= note: it waits for the other phase"));
    }
}
