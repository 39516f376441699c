//! Which ignores hold, what they cover, and which cover nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Options, Proposal};
use crate::catalog::{self, unused_ignore};
use crate::policy::{Ignore, IgnoreScope, Place};
use crate::source::Span;
use crate::transform::{Decision, Finding, Scope, Severity, Subject};
use crate::world::World;

/// What is known of the ignores of one plan.
pub(super) struct Ledger<'o> {
    options: &'o Options,
    /// The ignores that hold; those that say the same of the same are one.
    claims: BTreeMap<Claimed, Claim>,
    any: bool,
}

/// What is ignored: a subject, an entry of the catalogue, and the first byte of a line, `None` for all of the subject.
type Claimed = (Subject, &'static str, Option<u32>);

/// Why something is ignored.
struct Claim {
    /// The first ignore that says so, by its index in its subject's.
    first: usize,
    /// The reason that it gives.
    reason: String,
    /// Where its line ends.
    end: u32,
    /// Whether there was anything to ignore.
    used: bool,
}

impl Claim {
    /// Remembers that there was something to ignore, and returns the index and the reason.
    fn use_it(&mut self) -> (usize, String) {
        self.used = true;
        (self.first, self.reason.clone())
    }
}

impl<'o> Ledger<'o> {
    pub(super) fn new(world: &World, options: &'o Options) -> Self {
        let any = world.policies.iter().any(|policy| !policy.ignores.is_empty())
            || world.services.iter().any(|service| !service.ignores.is_empty());
        let mut ledger = Self {
            options,
            claims: BTreeMap::new(),
            any,
        };
        if any {
            for subject in owners(world) {
                for (first, ignore) in ignores_of(subject, world).iter().enumerate() {
                    ledger.claim(subject, first, ignore);
                }
            }
        }
        ledger
    }

    /// Writes down what an ignore says, if it holds.
    fn claim(&mut self, subject: Subject, first: usize, ignore: &Ignore) {
        if flaw(ignore, self.options).is_some() {
            return;
        }
        for transform in ignore.names.iter().filter_map(|name| catalog::by_id(name)) {
            let claim = || Claim {
                first,
                reason: ignore.reason.clone().unwrap_or_default(),
                end: line_of(ignore).map_or(u32::MAX, |line| line.end),
                used: false,
            };
            let claimed = (subject, transform.id, line_of(ignore).map(|line| line.start));
            self.claims.entry(claimed).or_insert_with(claim);
        }
    }

    /// Returns the reason of the ignore that covers a decision, and remembers that it was used.
    pub(super) fn covering(&mut self, id: &'static str, subject: Subject, decision: &Decision) -> Option<String> {
        if !self.any || matches!(decision, Decision::NotNeeded) {
            return None;
        }
        let whole = self.claims.get_mut(&(subject, id, None)).map(Claim::use_it);
        let line = start_of(decision).and_then(|start| {
            // Lines are apart, so that only the last one to start before the place can hold it.
            let before = (subject, id, Some(0))..=(subject, id, Some(start));
            let (_, claim) = self.claims.range_mut(before).next_back()?;
            (start < claim.end).then(|| claim.use_it())
        });
        whole.into_iter().chain(line).min().map(|(_, reason)| reason)
    }

    /// Returns a finding for each name of an ignore that covers nothing or does not hold.
    pub(super) fn unused(&self, world: &World) -> Vec<Proposal> {
        let transform = &unused_ignore::TRANSFORM;
        if !self.any || !self.options.runs(transform.id) {
            return Vec::new();
        }
        let mut proposals = Vec::new();
        for subject in owners(world) {
            let Some(place) = place_of(subject, world) else {
                continue;
            };
            for ignore in ignores_of(subject, world) {
                let mut seen = BTreeSet::new();
                for name in &ignore.names {
                    let is_used = seen.insert(name) && self.is_used(subject, ignore, name);
                    let was_asked = self.options.runs(name) || catalog::by_id(name).is_none();
                    if was_asked && !is_used {
                        let finding = unused_finding(ignore, name, place, self.options);
                        proposals.push(Proposal::of_finding(transform, subject, finding));
                    }
                }
            }
        }
        proposals
    }

    /// Tells whether an ignore holds and there was something to ignore under this name.
    fn is_used(&self, subject: Subject, ignore: &Ignore, name: &str) -> bool {
        let line = line_of(ignore).map(|line| line.start);
        let claim = catalog::by_id(name).and_then(|entry| self.claims.get(&(subject, entry.id, line)));
        flaw(ignore, self.options).is_none() && claim.is_some_and(|claim| claim.used)
    }
}

/// Returns what ignores can stand on.
fn owners(world: &World) -> impl Iterator<Item = Subject> {
    let scopes = [Scope::Policies, Scope::Services].into_iter();
    scopes.flat_map(|scope| super::subjects(scope, world))
}

/// Returns the ignores that stand on a subject.
fn ignores_of(subject: Subject, world: &World) -> &[Ignore] {
    match subject {
        Subject::Policy(id) => &world.policy(id).ignores,
        Subject::Service(id) => &world.service(id).ignores,
        Subject::Cluster => &[],
    }
}

/// Returns where a subject is written.
fn place_of(subject: Subject, world: &World) -> Option<Place> {
    match subject {
        Subject::Policy(id) => Some(world.policy(id).place),
        Subject::Service(id) => Some(world.service(id).place),
        Subject::Cluster => None,
    }
}

/// Returns why an ignore does not hold.
fn flaw(ignore: &Ignore, options: &Options) -> Option<&'static str> {
    if ignore.until.as_ref().is_some_and(|until| !is_day(until)) {
        Some("ends on no day (a day is written as 2027-03-31)")
    } else if ignore.until.as_ref().is_some_and(|until| *until < options.today) {
        Some("has expired")
    } else if options.require_reason && ignore.reason.as_ref().is_none_or(String::is_empty) {
        Some("has no reason, and the config asks for one")
    } else {
        None
    }
}

/// Tells whether a text has the form `YYYY-MM-DD`, so that it can be held against today.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Returns the first byte of the place of a decision.
fn start_of(decision: &Decision) -> Option<u32> {
    match decision {
        Decision::Change(change) => Some(change.spot.span.start),
        Decision::Manual(manual) => Some(manual.spot.span.start),
        Decision::Waits { spot, .. } => Some(spot.span.start),
        Decision::Finding(finding) => finding.spot.map(|spot| spot.span.start),
        Decision::NotNeeded => None,
    }
}

/// Returns the line that an ignore speaks of, where it does not speak of all of its subject.
const fn line_of(ignore: &Ignore) -> Option<Span> {
    match ignore.scope {
        IgnoreScope::Object => None,
        IgnoreScope::Line(line) => Some(line),
    }
}

fn unused_finding(ignore: &Ignore, name: &str, place: Place, options: &Options) -> Finding {
    let (message, help) = match flaw(ignore, options) {
        Some(flaw) => (
            format!("this ignore of `{name}` {flaw}, so it does not count"),
            "renew it or remove it".to_owned(),
        ),
        None if catalog::by_id(name).is_none() => (
            format!("this ignore names `{name}`, which is no transform and no finding"),
            "`ciliate explain` lists the names".to_owned(),
        ),
        None => (
            format!("this ignore of `{name}` covers nothing"),
            "remove it".to_owned(),
        ),
    };
    Finding {
        spot: Some(place.at(ignore.span)),
        severity: Severity::Warning,
        message,
        label: String::new(),
        help,
        notes: Vec::new(),
    }
}
