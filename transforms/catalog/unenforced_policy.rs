#![doc = include_str!("unenforced_policy.md")]

use ipnet::IpNet;

use crate::policy::{Block, Direction, Policy};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::facts::MinorVersion;
use crate::world::npm_drops::unenforced_by_npm;
use crate::world::{Target, World};

/// Finds policies that NPM drops whole.
pub static TRANSFORM: Transform = Transform {
    id: "unenforced-policy",
    summary: "a policy that NPM drops whole will be enforced by Cilium",
    docs: include_str!("unenforced_policy.md"),
    role: Role::Finds(Severity::Error),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let Some(dropped) = unenforced_by_npm(policy) else {
        return Vec::new();
    };
    vec![Decision::Finding(Finding {
        spot: Some(policy.place.at(dropped.span)),
        severity: Severity::Error,
        message: format!(
            "NPM drops this policy whole because of {}; Cilium {} enforces it from the switch on",
            dropped.reason, world.facts.target.version
        ),
        label: "NPM can't translate this".to_owned(),
        help:
            "decide whether it shall be enforced: if so, take out what NPM can't read and watch it under NPM; if not, \
               delete it. Until then it is not edited and no overlay is made from it"
                .to_owned(),
        notes: notes(policy, world),
    })]
}

fn notes(policy: &Policy, world: &World) -> Vec<String> {
    let mut notes = Vec::new();
    for direction in Direction::BOTH
        .into_iter()
        .filter(|&direction| policy.in_effect(direction))
    {
        let key = &policy.key;
        let others = world.isolating(&key.namespace, &policy.selector, direction);
        let other = others
            .filter(|other| other.key != *key)
            .find(|other| unenforced_by_npm(other).is_none());
        notes.push(match other {
            Some(other) => format!(
                "NetworkPolicy {} isolates pods of it for {} already: for them the allows of this one are new",
                other.key,
                direction.section_key()
            ),
            None => format!("its pods become isolated for {}", direction.section_key()),
        });
    }
    let blocks = policy.peers_in_effect().filter_map(|(_, peer)| peer.value.block());
    notes.extend(blocks.filter_map(|block| opens_the_outside(block, world)));
    notes
}

/// Tells which block Cilium reads as all of the outside although it does not say so to a reader.
fn opens_the_outside(block: &Block, world: &World) -> Option<String> {
    let Target { cilium, version, .. } = &world.facts.target;
    match block.cidr.net? {
        IpNet::V6(net) if net.prefix_len() == 0 => {
            let is_wide = matches!(cilium, MinorVersion(17 | 18)) && !world.facts.has_ipv6();
            is_wide.then(|| format!("without IPv6, Cilium {version} reads ::/0 as all of the outside, IPv4 too"))
        }
        IpNet::V4(net) if net.prefix_len() == 0 && !block.cidr.text.starts_with("0.0.0.0/") => {
            let is_wide = *cilium != MinorVersion(17);
            is_wide.then(|| format!("Cilium {version} reads {} as all of the outside", block.cidr))
        }
        IpNet::V4(_) | IpNet::V6(_) => None,
    }
}
