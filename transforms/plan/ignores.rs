//! Which ignores hold, what they cover, and which cover nothing.

use std::collections::BTreeSet;

use super::{Options, Proposal};
use crate::catalog::{self, unused_ignore};
use crate::policy::{Ignore, IgnoreScope, Place};
use crate::source::Span;
use crate::transform::{Decision, Finding, Scope, Severity, Subject};
use crate::world::World;

/// What is known of the ignores of one plan: which were used, by subject, ignore and name.
pub(super) struct Ledger<'o> {
    options: &'o Options,
    used: BTreeSet<(Subject, usize, usize)>,
    any: bool,
}

impl<'o> Ledger<'o> {
    pub(super) fn new(world: &World, options: &'o Options) -> Self {
        let any = world.policies.iter().any(|policy| !policy.ignores.is_empty())
            || world.services.iter().any(|service| !service.ignores.is_empty());
        Self {
            options,
            used: BTreeSet::new(),
            any,
        }
    }

    /// Returns the reason of the ignore that covers a decision, and remembers that it was used.
    pub(super) fn covering(
        &mut self,
        id: &str,
        subject: Subject,
        decision: &Decision,
        world: &World,
    ) -> Option<String> {
        if !self.any || matches!(decision, Decision::NotNeeded) {
            return None;
        }
        let mut reason = None;
        for (index, ignore) in ignores_of(subject, world).iter().enumerate() {
            let named = ignore.names.iter().position(|name| name == id);
            let Some(name) = named.filter(|_| flaw(ignore, self.options).is_none() && covers(ignore, decision)) else {
                continue;
            };
            self.used.insert((subject, index, name));
            reason.get_or_insert_with(|| ignore.reason.clone().unwrap_or_default());
        }
        reason
    }

    /// Returns a finding for each name of an ignore that covers nothing or does not hold.
    pub(super) fn unused(&self, world: &World, options: &Options) -> Vec<Proposal> {
        let transform = &unused_ignore::TRANSFORM;
        if !self.any || !options.runs(transform.id) {
            return Vec::new();
        }
        let mut proposals = Vec::new();
        let scopes = [Scope::Policies, Scope::Services].into_iter();
        for subject in scopes.flat_map(|scope| super::subjects(scope, world)) {
            let Some(place) = place_of(subject, world) else {
                continue;
            };
            for (index, ignore) in ignores_of(subject, world).iter().enumerate() {
                for (at, name) in ignore.names.iter().enumerate() {
                    let was_asked = options.runs(name) || catalog::by_id(name).is_none();
                    if was_asked && !self.used.contains(&(subject, index, at)) {
                        let finding = unused_finding(ignore, name, place, options);
                        proposals.push(Proposal::of_finding(transform, subject, finding));
                    }
                }
            }
        }
        proposals
    }
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

/// Tells whether an ignore speaks of the place of a decision.
fn covers(ignore: &Ignore, decision: &Decision) -> bool {
    let span = match decision {
        Decision::Change(change) => Some(change.spot.span),
        Decision::Manual(manual) => Some(manual.spot.span),
        Decision::Waits { spot, .. } => Some(spot.span),
        Decision::Finding(finding) => finding.spot.map(|spot| spot.span),
        Decision::NotNeeded => None,
    };
    match ignore.scope {
        IgnoreScope::Object => true,
        IgnoreScope::Line(line) => span.is_some_and(|span| starts_in(line, span)),
    }
}

fn starts_in(line: Span, span: Span) -> bool {
    line.start <= span.start && span.start < line.end
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
