#![doc = include_str!("odd_cidr.md")]

use crate::policy::oddity::{OddForm, Oddity};
use crate::policy::{Block, Cidr, Policy};
use crate::source::Span;
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::facts::MinorVersion;
use crate::world::{Target, World};

/// Finds CIDRs that are not written in their plain form.
pub static TRANSFORM: Transform = Transform {
    id: "odd-cidr",
    summary: "a CIDR is not written in its plain form",
    docs: include_str!("odd_cidr.md"),
    role: Role::Finds(Severity::Error),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let blocks = policy.written_peers().filter_map(|peer| peer.value.block());
    let odd = blocks
        .flat_map(cidrs)
        .filter_map(|(cidr, span)| Some((cidr, span, cidr.oddity()?)));
    odd.map(|(cidr, span, oddity)| Decision::Finding(finding(policy, cidr, span, &oddity, &world.facts.target)))
        .collect()
}

fn cidrs(block: &Block) -> impl Iterator<Item = (&Cidr, Span)> {
    let except = block.except.iter().zip(block.except_spans.iter().copied());
    std::iter::once((&block.cidr, block.cidr_span)).chain(except)
}

fn finding(policy: &Policy, cidr: &Cidr, span: Span, oddity: &Oddity, target: &Target) -> Finding {
    let plain = &oddity.plain;
    let (severity, why) = match oddity.form {
        OddForm::LeadingZeros => (Severity::Error, format!("has leading zeros: {}", leading_zeros(target))),
        OddForm::HostBits => (
            Severity::Warning,
            "has bits behind its prefix: Kubernetes 1.36 refuses it when the policy is created anew".to_owned(),
        ),
        OddForm::Mapped => (
            Severity::Warning,
            format!(
                "is IPv4 written as IPv6: Kubernetes 1.36 refuses it when the policy is created anew, and to Cilium it \
                 is not {plain}"
            ),
        ),
    };
    Finding {
        spot: Some(policy.place.at(span)),
        severity,
        message: format!("{cidr} {why}"),
        label: format!("plainly: {plain}"),
        help: format!("write {plain}, after making sure that it is what was meant"),
        notes: Vec::new(),
    }
}

fn leading_zeros(target: &Target) -> String {
    let version = &target.version;
    if target.cilium >= MinorVersion(19) {
        format!("the parser of Cilium {version} panics on it")
    } else {
        format!("Cilium {version} rejects the policy whole, and its pods are open")
    }
}
