//! Exit codes: what a run comes to.

use ciliate_transforms::catalog;
use ciliate_transforms::report::{FileAction, Item, ItemKind, Report, Status};
use ciliate_transforms::transform::{Phase, Role, Severity};

/// What a run came to, in the order in which the higher one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Nothing to do, or `fix` did all of it.
    Done,
    /// Nothing but changes that `fix` with these options would make.
    WouldChange,
    /// Something is left for a person.
    LeftForPerson,
    /// Connectivity differs from what was required.
    Differs,
    /// Some inputs could not be read, or an edit could not be proven; the rest was done.
    Incomplete,
    /// No manifests were found.
    NoManifests,
    /// Wrong usage or config.
    Usage,
    /// An internal or I/O error; nothing is half-written.
    Failed,
}

impl Exit {
    /// Every end of a run, by code.
    const ALL: [Self; 8] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NoManifests,
        Self::WouldChange,
        Self::LeftForPerson,
        Self::Incomplete,
        Self::Differs,
    ];

    /// Returns what the code means, for people.
    const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "nothing to do, or `fix` did all of it",
            Self::Failed => "internal or I/O error; nothing is half-written",
            Self::Usage => "wrong usage or config",
            Self::NoManifests => "no manifests found (0 with --allow-empty)",
            Self::WouldChange => "`check`, `fix --diff`: only changes that `fix` with these options would make",
            Self::LeftForPerson => "something is left for a person: a change not applied, or a finding of --fail-on",
            Self::Incomplete => "some inputs could not be read, or an edit not be proven or written; the rest was done",
            Self::Differs => "`verify`: connectivity differs from what --require asks",
        }
    }

    /// Returns the code that the process ends with.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NoManifests => 3,
            Self::WouldChange => 10,
            Self::LeftForPerson => 11,
            Self::Incomplete => 12,
            Self::Differs => 14,
        }
    }
}

/// Returns the table of all codes, for the help.
pub(crate) fn table() -> String {
    let lines = Exit::ALL
        .iter()
        .map(|exit| format!("\n  {:>2}  {}", exit.code(), exit.meaning()));
    format!(
        "Exit codes, of which the highest in the order 1, 12, 14, 11, 10 holds:{}",
        lines.collect::<String>()
    )
}

/// Whether the chosen changes were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They were only looked at.
    Look,
    /// They were made.
    Write,
}

/// What counts for the exit code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counting {
    /// Whether the chosen changes were made.
    pub(crate) mode: Mode,
    /// The least severity of a finding that is left for a person.
    pub(crate) fail_on: Severity,
    /// Whether findings and changes leave the code at 0.
    pub(crate) exit_zero: bool,
}

impl Counting {
    /// Returns what a run with this report comes to; `chosen` tells which phases it speaks of.
    pub(crate) fn exit(self, report: &Report, chosen: impl Fn(Phase) -> bool) -> Exit {
        let counted = report.items.iter().filter(|item| item.ignored.is_none());
        let of_items = counted.map(|item| self.of_item(item, &chosen)).max();
        let mut exit = of_items.unwrap_or(Exit::Done).max(self.of_removals(report));
        if self.exit_zero {
            exit = Exit::Done;
        }
        if report.failures.is_empty() {
            exit
        } else {
            exit.max(Exit::Incomplete)
        }
    }

    /// Judges overlays that go with their sources: no item speaks of them.
    fn of_removals(self, report: &Report) -> Exit {
        let removes = report.changed.iter().any(|file| file.action == FileAction::Removed);
        match self.mode {
            Mode::Look if removes => Exit::WouldChange,
            Mode::Look | Mode::Write => Exit::Done,
        }
    }

    fn of_item(self, item: &Item, chosen: impl Fn(Phase) -> bool) -> Exit {
        match &item.kind {
            ItemKind::Change { status, phase, .. } => match status {
                Status::Chosen if self.mode == Mode::Look => Exit::WouldChange,
                Status::NotChosen | Status::Disagrees | Status::Blocked if chosen(*phase) => Exit::LeftForPerson,
                Status::Chosen
                | Status::Done
                | Status::OtherPhase
                | Status::NotChosen
                | Status::Disagrees
                | Status::Blocked => Exit::Done,
                Status::Failed | Status::Contradicted => Exit::Incomplete,
            },
            ItemKind::Manual { .. } if is_manual_of_chosen_phase(item, chosen) => Exit::LeftForPerson,
            ItemKind::Finding { severity } if *severity >= self.fail_on => Exit::LeftForPerson,
            ItemKind::Manual { .. } | ItemKind::Finding { .. } => Exit::Done,
        }
    }
}

/// Tells whether a chosen phase has the transform that can't decide, or one of those that wait for a fact.
fn is_manual_of_chosen_phase(item: &Item, chosen: impl Fn(Phase) -> bool) -> bool {
    let is_chosen = |name: &str| match catalog::by_id(name).map(|transform| transform.role) {
        Some(Role::Changes(phase)) => chosen(phase),
        Some(Role::Finds(_)) | None => true,
    };
    if item.waiting.is_empty() {
        is_chosen(item.name)
    } else {
        item.waiting.keys().any(|name| is_chosen(name))
    }
}

#[cfg(test)]
mod tests {
    use ciliate_transforms::report::{ChangedFile, Failure};
    use ciliate_transforms::transform::{Fact, Grade};

    use super::*;
    use crate::report::samples;

    const LOOK: Counting = Counting {
        mode: Mode::Look,
        fail_on: Severity::Error,
        exit_zero: false,
    };
    const WRITE: Counting = Counting {
        mode: Mode::Write,
        ..LOOK
    };

    fn change(grade: Grade, status: Status) -> Item {
        samples::item(ItemKind::Change {
            grade,
            phase: Phase::Before,
            status,
        })
    }

    fn code(counting: Counting, items: Vec<Item>) -> u8 {
        counting
            .exit(&samples::report(items), |phase| phase == Phase::Before)
            .code()
    }

    fn finding(severity: Severity) -> Item {
        samples::item(ItemKind::Finding { severity })
    }

    #[test]
    fn changes_that_fix_would_make_are_10_and_made_ones_0() {
        let chosen = || vec![change(Grade::Safe, Status::Chosen)];
        assert_eq!(code(LOOK, chosen()), 10);
        assert_eq!(code(WRITE, chosen()), 0);
        assert_eq!(code(LOOK, Vec::new()), 0);
    }

    #[test]
    fn overlays_that_go_with_their_sources_are_10_and_gone_ones_0() {
        let mut report = samples::report(Vec::new());
        report.changed.push(ChangedFile {
            path: "cilium-overlays/shop/web-node-egress.yaml".to_owned(),
            action: FileAction::Removed,
            generated: None,
            notes: Vec::new(),
        });
        assert_eq!(LOOK.exit(&report, |_| true).code(), 10);
        assert_eq!(WRITE.exit(&report, |_| true).code(), 0);
    }

    #[test]
    fn what_is_left_for_a_person_is_11_and_beats_10() {
        let review = change(Grade::Review(vec!["it widens".to_owned()]), Status::NotChosen);
        assert_eq!(code(WRITE, vec![review.clone()]), 11);
        assert_eq!(code(LOOK, vec![change(Grade::Safe, Status::Chosen), review]), 11);
        assert_eq!(code(WRITE, vec![samples::item(ItemKind::Manual { fact: None })]), 11);
    }

    #[test]
    fn findings_count_from_the_severity_of_fail_on() {
        assert_eq!(code(LOOK, vec![finding(Severity::Error)]), 11);
        assert_eq!(code(LOOK, vec![finding(Severity::Warning)]), 0);
        let stricter = Counting {
            fail_on: Severity::Warning,
            ..LOOK
        };
        assert_eq!(code(stricter, vec![finding(Severity::Warning)]), 11);
        assert_eq!(code(stricter, vec![finding(Severity::Note)]), 0);
    }

    #[test]
    fn the_other_phase_and_ignored_items_do_not_count() {
        assert_eq!(code(LOOK, vec![change(Grade::Safe, Status::OtherPhase)]), 0);
        let mut ignored = finding(Severity::Error);
        ignored.ignored = Some("known".to_owned());
        assert_eq!(code(LOOK, vec![ignored]), 0);
    }

    #[test]
    fn what_only_the_other_phase_waits_for_does_not_count() {
        for (waits, expected) in [("node-egress", 0), ("ip-block", 11)] {
            let mut missing = samples::item(ItemKind::Manual {
                fact: Some(Fact::NodeCidrs),
            });
            missing.waiting.insert(waits, 1);
            assert_eq!(code(WRITE, vec![missing]), expected, "{waits}");
        }
    }

    #[test]
    fn a_failure_is_12_also_with_exit_zero() {
        let mut report = samples::report(vec![finding(Severity::Error)]);
        report.failures.push(Failure {
            path: "a.yaml".to_owned(),
            at: None,
            message: "not readable".to_owned(),
        });
        assert_eq!(LOOK.exit(&report, |_| true).code(), 12);
        let zero = Counting {
            exit_zero: true,
            ..LOOK
        };
        assert_eq!(zero.exit(&report, |_| true).code(), 12);
        assert_eq!(code(zero, vec![finding(Severity::Error)]), 0);
    }
}
