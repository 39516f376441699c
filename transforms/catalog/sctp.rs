#![doc = include_str!("sctp.md")]

use crate::policy::Protocol;
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;

/// Finds rules on SCTP.
pub static TRANSFORM: Transform = Transform {
    id: "sctp",
    summary: "a rule names SCTP, which is off by default in Cilium's datapath",
    docs: include_str!("sctp.md"),
    role: Role::Finds(Severity::Warning),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let rules = policy.rules_in_effect();
    let first = rules.filter_map(|(_, rule)| {
        rule.value
            .ports
            .iter()
            .find(|port| port.value.protocol == Protocol::Sctp)
    });
    first
        .map(|port| {
            Decision::Finding(Finding {
                spot: Some(policy.place.at(port.span)),
                severity: Severity::Warning,
                message: format!(
                    "this rule names SCTP, which the datapath of Cilium {} handles only when it is switched on; on AKS \
                     it can't be",
                    world.facts.target.version
                ),
                label: "SCTP".to_owned(),
                help: "try the flow on a test cluster with Cilium before the switch; if it fails, move it to TCP"
                    .to_owned(),
                notes: Vec::new(),
            })
        })
        .collect()
}
