#![doc = include_str!("service_address_client.md")]

use std::collections::BTreeSet;

use crate::policy::{Direction, Policy, Selector};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::{Service, TargetPort, World};

/// Finds services whose outer address pods may use past NPM.
pub static TRANSFORM: Transform = Transform {
    id: "service-address-client",
    summary: "pods that use this service's address are judged pod to pod under Cilium",
    docs: include_str!("service_address_client.md"),
    role: Role::Finds(Severity::Note),
    scope: Scope::Services,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Service(id) = subject else {
        return Vec::new();
    };
    let service = world.service(id);
    if service.local_traffic_only || service.selector.is_empty() {
        return Vec::new();
    }
    let Some(judged) = judged(service, world) else {
        return Vec::new();
    };
    vec![Decision::Finding(Finding {
        spot: Some(service.place.spot()),
        severity: Severity::Note,
        message: format!(
            "pods that use this service's outer address passed NPM by kube-proxy's mark; Cilium {} judges them pod to \
             pod, and {judged}",
            world.facts.target.version
        ),
        label: "has an address outside the cluster's policies".to_owned(),
        help: format!(
            "if pods use that address, allow them by selector on {}, before the switch",
            target_ports(service)
        ),
        notes: Vec::new(),
    })]
}

/// Tells which policy has a say on such a client: one that isolates the service's pods, else one that isolates pods
/// that may be the client.
fn judged(service: &Service, world: &World) -> Option<String> {
    let pods = Selector::of_labels(&service.selector);
    let mut isolating = world.isolating(&service.key.namespace, &pods, Direction::Ingress);
    if let Some(policy) = isolating.find(|policy| !policy.allows_everything(Direction::Ingress)) {
        return Some(format!("NetworkPolicy {} isolates its pods", policy.key));
    }
    let isolates =
        |policy: &&Policy| policy.in_effect(Direction::Egress) && !policy.allows_everything(Direction::Egress);
    let policy = world.policies.iter().find(isolates)?;
    Some(format!("NetworkPolicy {} isolates pods for egress", policy.key))
}

fn target_ports(service: &Service) -> String {
    let name = |target: &TargetPort| match target {
        TargetPort::Number(number) => number.to_string(),
        TargetPort::Name(name) => name.clone(),
    };
    let ports: BTreeSet<String> = service
        .ports
        .iter()
        .map(|port| format!("{}/{}", name(&port.target), port.protocol))
        .collect();
    ports.into_iter().collect::<Vec<_>>().join(", ")
}
