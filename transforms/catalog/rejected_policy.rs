#![doc = include_str!("rejected_policy.md")]

use crate::policy::cilium::Fault;
use crate::policy::{Rejected, Spot};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::{CiliumPolicy, World};

/// Finds policies and services that the API server refuses; what Cilium rejects for a CIDR is told by `odd-cidr`.
pub static TRANSFORM: Transform = Transform {
    id: "rejected-policy",
    summary: "a policy that the API server or Cilium refuses protects nothing there",
    docs: include_str!("rejected_policy.md"),
    role: Role::Finds(Severity::Error),
    scope: Scope::Cluster,
    decide,
};

fn decide(_: Subject, world: &World) -> Vec<Decision> {
    let refused = world.rejected.iter().flat_map(|rejected| {
        let problems = rejected.problems.iter();
        problems.map(|(spot, problem)| finding(rejected, *spot, problem))
    });
    let of_cilium = world.cilium_policies.iter();
    let of_cilium = of_cilium.filter_map(|policy| Some(finding_of_cilium(policy, policy.refusal()?)));
    refused.chain(of_cilium).map(Decision::Finding).collect()
}

fn finding_of_cilium(policy: &CiliumPolicy, fault: &Fault) -> Finding {
    Finding {
        spot: Some(policy.place.spot()),
        severity: Severity::Error,
        message: format!(
            "the API server or Cilium refuses {}, so it does nothing after the switch: {fault}",
            policy.title()
        ),
        label: "refused".to_owned(),
        help: "correct this before the switch, or delete it; it counts for nothing here".to_owned(),
        notes: Vec::new(),
    }
}

fn finding(rejected: &Rejected, spot: Spot, problem: &str) -> Finding {
    let Rejected { kind, key, .. } = rejected;
    let (so, help) = if *kind == "Service" {
        (
            "nobody comes in through it today",
            "correct this and apply the Service, or delete it; until then no overlay is made for it",
        )
    } else {
        (
            "it protects nothing today",
            "correct this and apply the policy before the switch, or delete it; mended it begins to isolate, so it is \
             not edited here and no overlay is made from it",
        )
    };
    Finding {
        spot: Some(spot),
        severity: Severity::Error,
        message: format!("the API server refuses {kind} {key}, so {so}: {problem}"),
        label: "refused".to_owned(),
        help: help.to_owned(),
        notes: Vec::new(),
    }
}
