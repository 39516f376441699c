//! What the proposals of all overlays have in common: grades, notes, and what keeps a source from having one.

use crate::policy::{CnpRule, Direction, Overlay, Policy, Selector, SourceRef};
use crate::transform::{Decision, Manual};
use crate::world::{Service, World};

/// Names a policy as a source.
pub fn policy_source(policy: &Policy) -> SourceRef {
    SourceRef {
        kind: "NetworkPolicy",
        namespace: policy.key.namespace.clone(),
        name: policy.key.name.clone(),
    }
}

/// Names a service as a source.
pub fn service_source(service: &Service) -> SourceRef {
    SourceRef {
        kind: "Service",
        namespace: service.key.namespace.clone(),
        name: service.key.name.clone(),
    }
}

/// Makes the overlay of a policy with rules of one direction.
pub fn of_policy(
    policy: &Policy,
    transform: &'static str,
    direction: Direction,
    rules: Vec<CnpRule>,
    world: &World,
) -> Overlay {
    let (ingress, egress) = match direction {
        Direction::Ingress => (rules, Vec::new()),
        Direction::Egress => (Vec::new(), rules),
    };
    Overlay {
        sources: vec![policy_source(policy)],
        namespace_written: policy.namespace_written,
        transform,
        selector: policy.selector.clone(),
        never_isolates: world.facts.target.cilium.has_default_deny_switch(),
        ingress,
        egress,
    }
}

/// Returns why an overlay needs a look whatever it says: its form hangs on the version, and nobody stated one.
pub fn reasons_of_target(world: &World) -> Vec<String> {
    let target = &world.facts.target;
    if target.stated {
        return Vec::new();
    }
    vec![format!(
        "no target version is stated: this is the overlay for Cilium {}, and other versions need another",
        target.cilium
    )]
}

/// Returns what a reader must know of an overlay's form: what it relies on, or that it must go with its source.
pub fn note_of_form(overlay: &Overlay, world: &World) -> String {
    if overlay.never_isolates {
        return "it relies on `enableDefaultDeny`, so on Cilium 1.16 or later: an older one drops the field, and the \
                overlay isolates its pods"
            .to_owned();
    }
    let sources = overlay
        .sources
        .iter()
        .map(|source| format!("{} {}", source.kind, source.name));
    format!(
        "Cilium {} has no `enableDefaultDeny`: delete the overlay when {} goes, or it isolates the pods by itself",
        world.facts.target.cilium,
        sources.collect::<Vec<_>>().join(" or ")
    )
}

/// Tells whether a `${VAR}` stands in the selector.
pub fn has_substitution(selector: &Selector) -> bool {
    let labels = selector.labels.iter().flat_map(|(key, value)| [key, value]);
    let terms = selector
        .expressions
        .iter()
        .flat_map(|term| std::iter::once(&term.key).chain(&term.values));
    labels.chain(terms).any(|text| text.contains("${"))
}

/// Returns what a person must do where a `${VAR}` stands in a policy's own selector.
pub fn substituted_selector(policy: &Policy) -> Decision {
    Decision::Manual(Manual {
        spot: policy.place.at(policy.selector_span),
        message: "no overlay can be written: a `${VAR}` in `podSelector` decides which pods it is for".to_owned(),
        label: "filled in later, by something else".to_owned(),
        supply: "write the labels out, or run on the rendered manifests".to_owned(),
        notes: Vec::new(),
    })
}
