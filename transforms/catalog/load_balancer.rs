#![doc = include_str!("load_balancer.md")]

use crate::overlay::backends::Backends;
use crate::overlay::clients::Clients;
use crate::overlay::ports::cnp_ports;
use crate::overlay::proposal::{action, note_of_form, policy_source, reason_of_target, service_source};
use crate::policy::{CnpRule, Overlay, Policy, PortSet, Selector, SourceRef};
use crate::transform::{Act, Change, Decision, Grade, Manual, Phase, Role, Scope, Subject, Transform};
use crate::world::{Service, ServicePort, World};

/// Adds an overlay that admits the clients of a load balancer or node port service.
pub static TRANSFORM: Transform = Transform {
    id: "load-balancer",
    summary: "add an overlay that admits the clients of a load balancer or node port service",
    docs: include_str!("load_balancer.md"),
    role: Role::Changes(Phase::After),
    scope: Scope::Services,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Service(id) = subject else {
        return Vec::new();
    };
    let service = world.service(id);
    if service.local_traffic_only || service.selector.is_empty() {
        return vec![Decision::NotNeeded];
    }
    let selector = selector_of(service);
    if selector.has_substitution() {
        return vec![substituted(service, "the service's `selector`")];
    }
    let backends = Backends::of(service, world);
    let target = |port: &ServicePort| (port.protocol, backends.target(port.protocol, &port.target));
    let ports: Vec<_> = service.ports.iter().map(target).collect();
    let clients = Clients::of(service, world);
    let closed = backends.closed_to(&ports, &clients);
    if closed.is_empty() {
        return vec![Decision::NotNeeded];
    }
    let ports = PortSet::of_targets(ports.iter().map(|(protocol, target)| (*protocol, target)));
    let rules = clients.rules(&cnp_ports(&ports, world));
    if world.facts.target.cilium.has_default_deny_switch() {
        let overlay = overlay(service, vec![service_source(service)], selector, rules, true);
        return vec![change(service, overlay, &closed, &backends, world)];
    }
    let pair = |policy: &&Policy| {
        if policy.selector.has_substitution() {
            return substituted(service, &format!("`podSelector` of NetworkPolicy {}", policy.key.name));
        }
        let overlay = overlay_of_pair(service, policy, &selector, &rules);
        change(service, overlay, &[policy], &backends, world)
    };
    closed.iter().map(pair).collect()
}

/// Returns the service's selector, its keys in the order of the file.
fn selector_of(service: &Service) -> Selector {
    let pair = |key: &String| Some((key.clone(), service.selector.get(key)?.clone()));
    Selector {
        labels: service.selector_keys.iter().filter_map(pair).collect(),
        expressions: Vec::new(),
    }
}

/// Makes the overlay for one of the policies that isolate the service's pods: below 1.16 an overlay isolates, so it
/// must not reach further than the policy does.
fn overlay_of_pair(service: &Service, policy: &Policy, selector: &Selector, rules: &[CnpRule]) -> Overlay {
    let sources = vec![service_source(service), policy_source(policy)];
    overlay(
        service,
        sources,
        merged(selector, &policy.selector),
        rules.to_vec(),
        false,
    )
}

/// Returns the selector of the pods that both select.
fn merged(one: &Selector, other: &Selector) -> Selector {
    let mut both = one.clone();
    for label in &other.labels {
        if !both.labels.contains(label) {
            both.labels.push(label.clone());
        }
    }
    both.expressions.extend(other.expressions.iter().cloned());
    both
}

fn overlay(
    service: &Service,
    sources: Vec<SourceRef>,
    selector: Selector,
    ingress: Vec<CnpRule>,
    never_isolates: bool,
) -> Overlay {
    Overlay {
        sources,
        namespace_written: service.namespace_written,
        transform: TRANSFORM.id,
        selector,
        never_isolates,
        ingress,
        egress: Vec::new(),
    }
}

fn change(
    service: &Service,
    overlay: Overlay,
    isolating: &[&Policy],
    backends: &Backends<'_>,
    world: &World,
) -> Decision {
    let names: Vec<_> = isolating
        .iter()
        .map(|policy| format!("`{}`", policy.key.name))
        .collect();
    let mut reasons = vec!["it writes down a hole that NPM leaves open, and opens more than that one".to_owned()];
    if !backends.are_known() {
        reasons
            .push("no manifest shows the service's pods: its selector alone tells which policies isolate them".into());
    }
    reasons.extend(reason_of_target(world));
    Decision::Change(Change {
        spot: service.place.spot(),
        message: "clients of this service passed NPM unjudged on the node where they enter; Cilium judges them all"
            .to_owned(),
        label: format!("its pods are isolated for ingress by {}", names.join(", ")),
        action: action(&overlay),
        notes: vec![
            "it also opens, on these ports: direct clients of the pods' own addresses; every other node; clients whose \
             backend is on another node, whom NPM judged by the entry node's address"
                .to_owned(),
            "tighter: `externalTrafficPolicy: Local`, and the clients' CIDRs in the NetworkPolicy".to_owned(),
            note_of_form(&overlay, world),
        ],
        grade: Grade::of(reasons),
        act: Act::Overlay(Box::new(overlay)),
    })
}

fn substituted(service: &Service, what: &str) -> Decision {
    Decision::Manual(Manual {
        spot: service.place.spot(),
        message: format!("no overlay can be written: a `${{VAR}}` in {what} decides which pods it is for"),
        label: "its selector is filled in later, by something else".to_owned(),
        supply: "write the labels out, or run on the rendered manifests".to_owned(),
        notes: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
