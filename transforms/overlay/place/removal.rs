//! Which standing overlays go: unknown never removes, and a partial run never does.

use super::{Placer, Settled};
use crate::overlay::standing::Standing;
use crate::overlay::update::is_alone;
use crate::policy::{ObjectKey, dns};
use crate::transform::{Finding, Severity, Subject};
use crate::world::{PolicyId, ServiceId, World};

/// What a run knows of the source of a standing overlay.
enum Source {
    /// It is there.
    Found(Subject),
    /// It is there, and the API server refuses it, so that nobody knows what it will say; or an object of its name is
    /// there whose namespace nothing tells, or is none.
    Unclear,
    /// The run did not see it.
    Missing,
}

impl Placer<'_, '_> {
    /// Removes what nobody needs any more.
    pub(super) fn remove_stale(&mut self) {
        let stale = |(index, one): &(usize, &Standing<'_>)| {
            let is_kept = one.is_edited() || self.is_unwritable(one.path) || (self.run.is_hydrated)(one.path);
            !self.used.contains(index) && !is_kept && self.is_stale(one)
        };
        let stale: Vec<_> = self
            .standing
            .iter()
            .enumerate()
            .filter(stale)
            .map(|(_, one)| one.clone())
            .collect();
        for one in stale {
            let text = (self.run.text)(one.path).unwrap_or_default();
            if is_alone(text, &one.policy.place) {
                self.placement.files.insert(one.path.to_owned(), None);
            } else {
                self.placement.findings.push(("edited-overlay", shares_its_file(&one)));
            }
        }
    }

    fn is_stale(&self, one: &Standing<'_>) -> bool {
        self.run.transforms.contains(&one.owned.transform.as_str())
            && one.worlds.iter().all(|&world| self.is_stale_in(world, one))
    }

    fn is_stale_in(&self, index: usize, one: &Standing<'_>) -> bool {
        if self.wanted.contains(&(index, one.identity.clone())) {
            return false;
        }
        match source_of(one, self.run.worlds[index]) {
            Source::Missing => self.run.complete,
            Source::Unclear => false,
            Source::Found(subject) => {
                // What a service needs hangs on policies of other files too.
                let all_seen = self.run.complete || matches!(subject, Subject::Policy(_));
                all_seen && self.is_settled_for(index, subject, &one.owned.transform)
            }
        }
    }

    fn is_settled_for(&self, world: usize, subject: Subject, transform: &str) -> bool {
        let ran = self.run.transforms.iter().find(|id| **id == transform);
        ran.is_some_and(|&transform| {
            self.settled.contains(&Settled {
                world,
                subject,
                transform,
            })
        })
    }
}

/// Looks for the first source: of a service and a policy, the service is what was decided on.
fn source_of(one: &Standing<'_>, world: &World) -> Source {
    let Some((kind, name)) = one.identity.sources.first() else {
        return Source::Unclear;
    };
    let namespace = &one.identity.namespace;
    let is_it = |key: &ObjectKey| key.name == *name && key.namespace == *namespace;
    let may_be_it = |key: &ObjectKey| key.name == *name && key.namespace.name().is_none_or(|name| !dns::is_label(name));
    let services = || world.services.iter().map(|service| &service.key);
    let policies = || world.policies.iter().map(|policy| &policy.key);
    let refused = |kind| {
        let of_kind = world.rejected.iter().filter(move |rejected| rejected.kind == kind);
        of_kind.map(|rejected| &rejected.key)
    };
    let (found, hidden) = if kind == "Service" {
        let found = services().position(is_it);
        let found = found.map(|index| Subject::Service(ServiceId(index)));
        (
            found,
            refused("Service").any(is_it) || services().chain(refused("Service")).any(may_be_it),
        )
    } else {
        let found = policies().position(is_it);
        let found = found.map(|index| Subject::Policy(PolicyId(index)));
        (
            found,
            refused("NetworkPolicy").any(is_it) || policies().chain(refused("NetworkPolicy")).any(may_be_it),
        )
    };
    match found {
        Some(subject) => Source::Found(subject),
        None if hidden => Source::Unclear,
        None => Source::Missing,
    }
}

fn shares_its_file(one: &Standing<'_>) -> Finding {
    Finding {
        spot: Some(one.policy.place.spot()),
        severity: Severity::Warning,
        message: format!(
            "nothing needs this overlay of {} any more, and it shares its file",
            one.owned.source
        ),
        label: "stands beside other objects".to_owned(),
        help: "delete it by hand: only files of its own are removed".to_owned(),
        notes: Vec::new(),
    }
}
