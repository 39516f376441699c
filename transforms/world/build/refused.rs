//! What the API server refuses for a name, judged once the namespaces are told.

use std::sync::Arc;

use crate::policy::{Namespace, ObjectKey, Place, Policy, Rejected, Spot, dns};
use crate::world::Service;
use crate::world::extract::Extract;

/// What gives a namespace to an object, so that a message can say whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Teller {
    /// A kustomization, which beats what is written.
    Kustomization,
    /// The file, or else the config.
    FileOrConfig,
}

/// A place and what is wrong there.
type Problem = (Spot, String);

/// Takes the policies and services away that no API server would take in their namespaces or by their names; a
/// `${VAR}` is filled in later and not judged.
pub(super) fn refuse(found: &mut Extract, teller: Teller) {
    for rejected in &mut found.rejected {
        rejected
            .problems
            .extend(of_namespace(&rejected.key, rejected.place, teller));
    }
    let policies = found.policies.extract_if(.., |policy| !fits(&policy.key.namespace));
    found
        .rejected
        .extend(policies.map(|policy| policy_refused(policy, teller)));
    let services = found.services.extract_if(.., |service| !service_fits(service));
    found
        .rejected
        .extend(services.map(|service| service_refused(service, teller)));
}

fn policy_refused(policy: Policy, teller: Teller) -> Rejected {
    Rejected {
        kind: "NetworkPolicy",
        problems: of_namespace(&policy.key, policy.place, teller).into_iter().collect(),
        key: policy.key,
        place: policy.place,
        ignores: policy.ignores,
    }
}

fn service_refused(service: Service, teller: Teller) -> Rejected {
    let of_name = name_of_service(&service.key.name)
        .err()
        .map(|problem| (service.place.spot(), problem));
    let of_namespace = of_namespace(&service.key, service.place, teller);
    Rejected {
        kind: "Service",
        problems: of_name.into_iter().chain(of_namespace).collect(),
        key: service.key,
        place: service.place,
        ignores: service.ignores,
    }
}

fn service_fits(service: &Service) -> bool {
    name_of_service(&service.key.name).is_ok() && fits(&service.key.namespace)
}

fn name_of_service(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("`metadata.name` is missing".to_owned());
    }
    dns::service_name(name)
}

fn fits(namespace: &Namespace) -> bool {
    judged(namespace).is_none_or(|name| dns::is_label(name))
}

/// Returns the name to judge; `None` where nothing tells one, or a variable is still to be filled in.
fn judged(namespace: &Namespace) -> Option<&Arc<str>> {
    match namespace {
        Namespace::Named(name) => Some(name).filter(|name| !dns::is_substituted(name)),
        Namespace::Unnamed(_) => None,
    }
}

/// Says what is wrong with a namespace, at the place that writes it or else at the object's name.
fn of_namespace(key: &ObjectKey, place: Place, teller: Teller) -> Option<Problem> {
    let problem = dns::namespace(judged(&key.namespace)?).err()?;
    Some(match (teller, place.namespace) {
        (Teller::FileOrConfig, Some(written)) => (place.at(written), problem),
        (Teller::FileOrConfig, None) => (
            place.spot(),
            format!("by `namespaces-by-path` of the config, {problem}"),
        ),
        (Teller::Kustomization, _) => (
            place.spot(),
            format!("by the `namespace` of a kustomization that lists it, {problem}"),
        ),
    })
}
