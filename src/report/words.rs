//! The words that all reports for people share.

use ciliate_transforms::parity::trace::answer::{Answer, Deciding};
use ciliate_transforms::report::{Failure, Item, ItemKind, Report, Status};
use ciliate_transforms::transform::{Grade, Severity};

use super::Detail;

/// Returns the word before an item's name: a change's grade or a finding's severity.
pub(super) const fn grade(kind: &ItemKind) -> &'static str {
    match kind {
        ItemKind::Change { grade: Grade::Safe, .. } => "safe",
        ItemKind::Change {
            grade: Grade::Review(_),
            ..
        } => "review",
        ItemKind::Manual { .. } => "manual",
        ItemKind::Finding { severity } => severity.name(),
    }
}

/// Tells whether a report lists an item, or only counts it.
pub(super) fn is_listed(item: &Item, detail: Detail) -> bool {
    let asks_nothing_now = match &item.kind {
        ItemKind::Change { status, .. } => matches!(status, Status::OtherPhase | Status::Done),
        ItemKind::Manual { .. } | ItemKind::Finding { .. } => false,
    };
    detail == Detail::Verbose || (item.ignored.is_none() && !asks_nothing_now)
}

/// Returns what the chosen changes of a run are: still to be made, or made.
pub(super) const fn chosen(report: &Report) -> &'static str {
    if report.made { "made" } else { "chosen" }
}

/// Returns a number with its noun: "1 file", "2 files", "3 policies", "4 classes".
pub(super) fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        return format!("1 {noun}");
    }
    match (noun.strip_suffix('y'), noun.ends_with('s')) {
        (Some(stem), _) => format!("{number} {stem}ies"),
        (None, true) => format!("{number} {noun}es"),
        (None, false) => format!("{number} {noun}s"),
    }
}

/// Joins what there is of some things, each with its number; `none` where there is nothing of any.
pub(super) fn what_there_is(parts: impl IntoIterator<Item = (u64, String)>, none: &str) -> String {
    let there = parts.into_iter().filter(|(number, _)| *number > 0);
    let texts: Vec<_> = there.map(|(_, text)| text).collect();
    if texts.is_empty() {
        none.to_owned()
    } else {
        texts.join(", ")
    }
}

/// Puts a name into a form of report: as it is, or marked as code.
pub(super) type Naming = fn(&str) -> String;

/// Leaves a name as it is.
pub(super) fn plain(name: &str) -> String {
    name.to_owned()
}

/// Returns a failure on a line: `path:line:column: failure: what`.
pub(super) fn failure(failure: &Failure, name: Naming) -> String {
    let at = failure
        .at
        .map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
    let place = name(&format!("{}{at}", failure.path));
    format!("{place}: failure: {}", name(&failure.message))
}

/// Names the policy that decides an answer, with its place.
pub(super) fn decider(answer: &Answer, name: Naming) -> String {
    let policy = answer.policy.as_ref();
    policy.map_or_else(|| "no policy has a say".to_owned(), |policy| placed(policy, name))
}

/// Names what decides with its place: `web.yaml:12  NetworkPolicy shop/web, egress[0]`.
fn placed(policy: &Deciding, name: Naming) -> String {
    let line = policy.line.map_or_else(String::new, |line| format!(":{line}"));
    let path = policy.path.as_ref();
    let path = path.map_or_else(String::new, |path| name(&format!("{path}{line}")) + "  ");
    let rule = policy.rule.as_ref().map_or_else(
        || format!(", isolates for {}", policy.direction.section_key()),
        |rule| format!(", {}", name(rule)),
    );
    let standing = if policy.in_tree { "" } else { " (to be added)" };
    format!(
        "{path}{}{rule}{standing}",
        name(&format!("{} {}", policy.kind, policy.name))
    )
}

/// How many of the items that count are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    /// Changes that are made or would be made.
    pub(super) chosen: u64,
    /// Changes that `--fix review` would add.
    pub(super) review: u64,
    /// Changes of the other phase.
    pub(super) other_phase: u64,
    /// Changes that stand already.
    pub(super) done: u64,
    /// Changes that are right for one cluster or namespace of a file and wrong for another.
    pub(super) held_up: u64,
    /// Changes that could not be made.
    pub(super) failed: u64,
    /// Changes that the engines judge otherwise than the transform that proposes them.
    pub(super) contradicted: u64,
    /// What can't be decided.
    pub(super) manual: u64,
    /// Findings that break or open something.
    pub(super) errors: u64,
    /// Findings to look at.
    pub(super) warnings: u64,
    /// Findings that ask nothing.
    pub(super) notes: u64,
    /// What is ignored, whatever it is.
    pub(super) ignored: u64,
}

impl Tally {
    /// Counts items.
    pub(super) fn of(items: &[Item]) -> Self {
        let mut tally = Self::default();
        for item in items {
            *tally.place_of(item) += 1;
        }
        tally
    }

    fn place_of(&mut self, item: &Item) -> &mut u64 {
        match &item.kind {
            _ if item.ignored.is_some() => &mut self.ignored,
            ItemKind::Change {
                status: Status::Chosen, ..
            } => &mut self.chosen,
            ItemKind::Change {
                status: Status::NotChosen,
                ..
            } => &mut self.review,
            ItemKind::Change {
                status: Status::OtherPhase,
                ..
            } => &mut self.other_phase,
            ItemKind::Change {
                status: Status::Done, ..
            } => &mut self.done,
            ItemKind::Change {
                status: Status::Disagrees | Status::Blocked,
                ..
            } => &mut self.held_up,
            ItemKind::Change {
                status: Status::Failed, ..
            } => &mut self.failed,
            ItemKind::Change {
                status: Status::Contradicted,
                ..
            } => &mut self.contradicted,
            ItemKind::Manual { .. } => &mut self.manual,
            ItemKind::Finding {
                severity: Severity::Error,
            } => &mut self.errors,
            ItemKind::Finding {
                severity: Severity::Warning,
            } => &mut self.warnings,
            ItemKind::Finding {
                severity: Severity::Note,
            } => &mut self.notes,
        }
    }
}
