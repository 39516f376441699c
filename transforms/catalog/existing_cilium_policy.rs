#![doc = include_str!("existing_cilium_policy.md")]

use crate::policy::{Policy, Selector};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::{CiliumPolicy, World};

/// Finds Cilium policies that somebody else wrote.
pub static TRANSFORM: Transform = Transform {
    id: "existing-cilium-policy",
    summary: "a Cilium policy that is not ours begins to count at the switch",
    docs: include_str!("existing_cilium_policy.md"),
    role: Role::Finds(Severity::Warning),
    scope: Scope::Cluster,
    decide,
};

fn decide(_: Subject, world: &World) -> Vec<Decision> {
    let foreign = world.cilium_policies.iter().filter(|policy| policy.owned.is_none());
    // Of one that is refused `rejected-policy` speaks.
    let foreign = foreign.filter(|policy| policy.refusal().is_none());
    foreign
        .map(|policy| Decision::Finding(finding(policy, world)))
        .collect()
}

fn finding(policy: &CiliumPolicy, world: &World) -> Finding {
    let kind = policy.kind();
    Finding {
        spot: Some(policy.place.spot()),
        severity: Severity::Warning,
        message: format!("this {kind} does nothing under NPM and begins to count at the switch"),
        label: "not ours".to_owned(),
        help: "check that it is meant for this cluster, and keep it out of what is synced before the switch: the \
               cilium.io CRDs don't exist yet"
            .to_owned(),
        notes: notes(policy, world),
    }
}

fn notes(policy: &CiliumPolicy, world: &World) -> Vec<String> {
    let mut notes = Vec::new();
    let shared = sharing(policy, world);
    if let Some(first) = shared.first() {
        let others = match shared.len() {
            1 => String::new(),
            2 => " and 1 other".to_owned(),
            count => format!(" and {} others", count - 1),
        };
        notes.push(format!(
            "it selects pods of NetworkPolicy {}{others} too: a flow that any of them allows is allowed",
            first.key
        ));
    }
    if policy.denies {
        notes.push("its deny rules beat every allow, those of overlays and of the pod's own node too".to_owned());
    }
    if policy.needs_acns {
        notes.push("its FQDN or L7 rules need Advanced Container Networking Services on AKS".to_owned());
    }
    notes
}

/// Returns the NetworkPolicies that select pods of the Cilium policy, as far as the files show.
fn sharing<'a>(cilium: &CiliumPolicy, world: &'a World) -> Vec<&'a Policy> {
    let Some(selector) = &cilium.selector else {
        return Vec::new();
    };
    let all = Selector::default();
    let policies = world.policies.iter().filter(|policy| {
        if cilium.clusterwide {
            // Its selector may name namespaces in ways that a NetworkPolicy can't: only the one for all pods is judged.
            *selector == all
        } else {
            let namespace = &policy.key.namespace;
            *namespace == cilium.key.namespace && world.share_pods(namespace, &policy.selector, selector)
        }
    });
    policies.collect()
}
