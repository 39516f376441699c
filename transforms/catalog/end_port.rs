#![doc = include_str!("end_port.md")]

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::policy::{Direction, Entry, Policy, Port, PortNumber, PortTarget, Protocol, Rule};
use crate::transform::{Act, Change, Decision, Grade, Manual, Phase, Rewrite, Role, Scope, Subject, Transform};
use crate::world::reach::widened_by_labels;
use crate::world::{Target, World};

/// Writes a port range as single ports.
pub static TRANSFORM: Transform = Transform {
    id: "end-port",
    summary: "write a port range as single ports",
    docs: include_str!("end_port.md"),
    role: Role::Changes(Phase::Before),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    if world.facts.target.cilium.has_end_port() {
        return Vec::new();
    }
    let policy = world.policy(id);
    let mut decisions = Vec::new();
    for direction in Direction::BOTH {
        for (at, rule) in policy.effective_rules(direction) {
            decisions.extend(decide_rule(policy, direction, at, rule, world));
        }
    }
    decisions
}

fn decide_rule(policy: &Policy, direction: Direction, at: usize, rule: &Entry<Rule>, world: &World) -> Vec<Decision> {
    let limit = world.settings.max_ports;
    let ranges = ranges_of(&rule.value);
    let (short, long): (Vec<PortRange>, Vec<PortRange>) = ranges.into_iter().partition(|range| range.size() <= limit);
    let mut decisions = Vec::new();
    if !short.is_empty() {
        let mut written = rule.clone();
        written.value.ports = single_ports(&rule.value.ports, &short);
        let repeated = rule.value.ports.len() - short.len() + sizes(&short) > written.value.ports.len();
        let mut change = change(policy, direction, at, &short, written, world);
        if repeated {
            change.action.push_str(", each number once per protocol");
        }
        decisions.push(Decision::Change(change));
    }
    decisions.extend(
        long.iter()
            .map(|range| Decision::Manual(too_long(policy, range, world))),
    );
    decisions
}

/// A range among the ports of a rule.
#[derive(Debug, Clone, Copy)]
struct PortRange {
    at: usize,
    first: PortNumber,
    last: PortNumber,
    end_port: crate::source::Span,
}

impl PortRange {
    fn size(self) -> u32 {
        u32::from(self.last.get()) - u32::from(self.first.get()) + 1
    }

    fn numbers(self) -> impl Iterator<Item = PortNumber> {
        (self.first.get()..=self.last.get()).filter_map(|number| PortNumber::new(number.into()))
    }
}

/// Returns how many numbers the ranges hold in all.
fn sizes(ranges: &[PortRange]) -> usize {
    ranges.iter().map(|range| range.numbers().count()).sum()
}

/// Returns the ranges that open something: not those beside an entry for the whole protocol.
fn ranges_of(rule: &Rule) -> Vec<PortRange> {
    let is_whole = |port: &&Entry<Port>| port.value.target == PortTarget::All;
    let whole: BTreeSet<Protocol> = rule
        .ports
        .iter()
        .filter(is_whole)
        .map(|port| port.value.protocol)
        .collect();
    let mut ranges = Vec::new();
    for (at, port) in rule.ports.iter().enumerate() {
        if let PortTarget::Range(first, last) = port.value.target
            && !whole.contains(&port.value.protocol)
        {
            ranges.push(PortRange {
                at,
                first,
                last,
                end_port: port.value.target_span,
            });
        }
    }
    ranges
}

/// Returns the ports with the ranges written out, ascending, without numbers that the list holds already.
fn single_ports(ports: &[Entry<Port>], ranges: &[PortRange]) -> Vec<Entry<Port>> {
    let single = |port: &Entry<Port>| match port.value.target {
        PortTarget::Number(number) => Some((port.value.protocol, number)),
        PortTarget::All | PortTarget::Range(..) | PortTarget::Name(_) | PortTarget::Substituted(_) => None,
    };
    let mut listed: BTreeSet<(Protocol, PortNumber)> = ports.iter().filter_map(single).collect();
    let mut written = Vec::new();
    for (at, port) in ports.iter().enumerate() {
        let Ok(range) = ranges.binary_search_by_key(&at, |range| range.at) else {
            written.push(port.clone());
            continue;
        };
        let mut place = port.clone();
        for number in ranges[range]
            .numbers()
            .filter(|number| listed.insert((port.value.protocol, *number)))
        {
            let value = Port {
                target: PortTarget::Number(number),
                ..port.value.clone()
            };
            written.push(Entry {
                value,
                origin: place.origin,
                span: place.span,
            });
            place = port.followed_by(port.value.clone());
        }
    }
    written
}

fn change(
    policy: &Policy,
    direction: Direction,
    at: usize,
    ranges: &[PortRange],
    written: Entry<Rule>,
    world: &World,
) -> Change {
    let target = &world.facts.target;
    let mut reasons = Vec::new();
    if !target.stated {
        reasons.push("no target is stated, and from Cilium 1.17 on nothing needs to change".to_owned());
    }
    reasons.extend(world.overflow(policy, &written.value));
    reasons.extend(widened_by_labels(policy, &written.value, target.cilium));
    let action = |range: &PortRange| match range.size() {
        1 => "remove `endPort`".to_owned(),
        size => format!("write {} to {} as {size} single ports", range.first, range.last),
    };
    Change {
        spot: policy.place.at(ranges[0].end_port),
        message: unsupported(target),
        label: format!("{} to {}", ranges[0].first, ranges[0].last),
        action: ranges.iter().map(action).collect::<Vec<_>>().join("; "),
        notes: Vec::new(),
        grade: Grade::of(reasons),
        act: Act::Rewrite(vec![Rewrite::Rule {
            direction,
            at,
            with: vec![written],
        }]),
    }
}

fn unsupported(target: &Target) -> String {
    format!(
        "`endPort` is supported from Cilium 1.17 on; {} may allow the first port alone",
        target.cilium
    )
}

fn too_long(policy: &Policy, range: &PortRange, world: &World) -> Manual {
    let target = &world.facts.target;
    let mut ways = vec![format!("raise `max-ports` ({})", world.settings.max_ports)];
    if target.cilium.has_default_deny_switch() {
        ways.push("write the range in a CiliumNetworkPolicy after the switch".to_owned());
    }
    Manual {
        spot: policy.place.at(range.end_port),
        message: unsupported(target),
        label: format!("{} ports from {}, more than `max-ports`", range.size(), range.first),
        supply: format!(
            "{}; or move to Cilium 1.17, which reads the range as it is",
            ways.join(", or ")
        ),
        notes: Vec::new(),
    }
}
