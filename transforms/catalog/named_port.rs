#![doc = include_str!("named_port.md")]

mod egress;
mod ingress;
mod peers;
mod pin;
mod rebuild;
mod resolve;
mod stand_in;
#[cfg(test)]
mod tests;
mod unresolved;

use std::fmt;

use crate::policy::{Entry, PortNumber, PortTarget, Protocol, Rule};
use crate::source::Span;
use crate::transform::{Decision, Phase, Role, Scope, Subject, Transform};
use crate::world::World;

/// Writes a named port as its number.
pub static TRANSFORM: Transform = Transform {
    id: "named-port",
    summary: "write a named port as its number",
    docs: include_str!("named_port.md"),
    role: Role::Changes(Phase::Before),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let mut decisions = ingress::decide(policy, world);
    decisions.extend(egress::decide(policy, world));
    decisions
}

/// A port's name in a rule.
#[derive(Debug, Clone, Copy)]
struct NamedPort<'p> {
    /// The index among the rule's ports.
    at: usize,
    name: &'p str,
    protocol: Protocol,
    span: Span,
}

impl fmt::Display for NamedPort<'_> {
    /// Writes the name, with the protocol where it is not the default.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            Protocol::Tcp => write!(f, "`{}`", self.name),
            Protocol::Udp | Protocol::Sctp => write!(f, "`{}` ({})", self.name, self.protocol),
        }
    }
}

fn names_in(rule: &Entry<Rule>) -> Vec<NamedPort<'_>> {
    let mut names = Vec::new();
    for (at, port) in rule.value.ports.iter().enumerate() {
        if let PortTarget::Name(name) = &port.value.target {
            names.push(NamedPort {
                at,
                name,
                protocol: port.value.protocol,
                span: port.value.target_span,
            });
        }
    }
    names
}

/// Says what is done with a name that stands for so many numbers.
const fn written(numbers: usize) -> &'static str {
    match numbers {
        1 => "write the number in place of the name",
        _ => "write the numbers in place of the name",
    }
}

/// Lists numbers for people: `80`, `80 and 81`, `80, 81 and 82`.
fn listed(numbers: &[PortNumber]) -> String {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    match texts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => texts.concat(),
    }
}
