//! Tells the namespace of manifests that name none.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::paths::shown;
use super::placement::Placement;
use super::refused::{Teller, refuse};
use super::{Input, Spec};
use crate::policy::{Namespace, Spot};
use crate::world::extract::Extract;
use crate::world::{Remark, World};

/// Returns an input's objects with the namespaces of one of its placements, those that no API server takes among the
/// rejected; with `last` they leave the input.
pub(super) fn place(input: &mut Input, placement: &Placement, spec: &Spec, last: bool) -> Extract {
    let resolver = Resolver::new(input, placement, spec);
    let mut found = if last {
        let empty = Extract::of(input.extract.file, 0);
        std::mem::replace(&mut input.extract, empty)
    } else {
        input.extract.clone()
    };
    let policies = found.policies.iter_mut().map(|policy| &mut policy.key);
    let rejected = found.rejected.iter_mut().map(|rejected| &mut rejected.key);
    let services = found.services.iter_mut().map(|service| &mut service.key);
    let workloads = found.workloads.iter_mut().map(|workload| &mut workload.key);
    let cilium = found.cilium_policies.iter_mut().filter(|policy| !policy.clusterwide);
    let cilium = cilium.map(|policy| &mut policy.key);
    for key in policies.chain(rejected).chain(services).chain(workloads).chain(cilium) {
        key.namespace = resolver.resolve(&key.namespace);
    }
    refuse(&mut found, resolver.teller());
    found
}

/// Says which namespace the manifests of a file land in by one of its placements.
pub(super) struct Resolver {
    /// Beats what is written.
    by_kustomization: Option<Namespace>,
    /// Stands in where none is written.
    fallback: Namespace,
}

impl Resolver {
    /// Takes what kustomizations, the config and the flags say of a file.
    pub(super) fn new(input: &Input, placement: &Placement, spec: &Spec) -> Self {
        let told = input.namespace_by_path.as_deref().or(spec.namespace.as_deref());
        Self {
            by_kustomization: placement.namespace.clone().map(Namespace::Named),
            fallback: told.map_or_else(
                || Namespace::Unnamed(placement.root.clone()),
                |name| Namespace::Named(Arc::from(name)),
            ),
        }
    }

    /// Returns the namespace of an object whose file writes `written`.
    pub(super) fn resolve(&self, written: &Namespace) -> Namespace {
        let stands = match written {
            Namespace::Named(_) => written,
            Namespace::Unnamed(_) => &self.fallback,
        };
        self.by_kustomization.as_ref().unwrap_or(stands).clone()
    }

    /// Says what gives the namespaces.
    const fn teller(&self) -> Teller {
        match self.by_kustomization {
            Some(_) => Teller::Kustomization,
            None => Teller::FileOrConfig,
        }
    }
}

/// Says once per render root that the namespace of policies or services can't be told.
pub(super) fn unknown(world: &World) -> Vec<Remark> {
    let policies = world.policies.iter().filter(|policy| policy.editable);
    let policies = policies.map(|policy| (&policy.key.namespace, policy.place.spot()));
    let services = world.services.iter().filter(|service| service.editable);
    let services = services.map(|service| (&service.key.namespace, service.place.spot()));
    let mut roots: BTreeMap<&str, Vec<Spot>> = BTreeMap::new();
    for (namespace, spot) in policies.chain(services) {
        match namespace {
            Namespace::Unnamed(root) => roots.entry(root).or_default().push(spot),
            Namespace::Named(_) => {}
        }
    }
    let remarks = roots.into_iter().map(|(root, spots)| Remark {
        finding: "unknown-namespace",
        spot: spots.iter().min().copied(),
        message: match spots.len() {
            1 => format!("nothing tells the namespace of one manifest under `{}`", shown(root)),
            count => format!(
                "nothing tells the namespace of {count} manifests under `{}`: they are taken to share one",
                shown(root)
            ),
        },
    });
    remarks.collect()
}
