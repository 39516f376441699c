//! Finds policies that can't be of one cluster: the same namespace and name, in several render roots, not the same.

use std::collections::{BTreeMap, BTreeSet};

use super::namespaces::Resolver;
use super::paths::shown;
use super::placement::Layout;
use super::{Input, InputRole, Member, Spec};
use crate::policy::{Direction, Entry, Namespace, ObjectKey, Peer, Policy, Port};

/// What tells the clusters apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    /// The parts of the roots' paths by which they differ, each the name of a cluster.
    pub(super) variants: BTreeSet<String>,
    /// The first policy that shows it.
    pub(super) reason: String,
}

impl Conflict {
    /// Returns the variant that a folder belongs to: the longest that is a part of its path.
    pub(super) fn variant_of(&self, folder: &str) -> Option<&String> {
        let folder = format!("/{}/", shown(folder));
        let parts = self
            .variants
            .iter()
            .filter(|variant| folder.contains(&format!("/{}/", variant.trim_matches('/'))));
        parts.max_by_key(|variant| variant.len())
    }
}

/// Looks for conflicts among members that would share a cluster.
pub(super) fn find<'a>(
    members: impl Iterator<Item = &'a Member>,
    inputs: &[Input],
    layout: &Layout,
    spec: &Spec,
) -> Option<Conflict> {
    let mut variants = BTreeSet::new();
    let mut reason = None;
    for (key, copies) in &copies_by_key(members, inputs, layout, spec) {
        let roots: BTreeSet<&str> = copies.iter().map(|(root, _)| *root).collect();
        let (_, first) = copies[0];
        if roots.len() < 2 || copies.iter().all(|(_, policy)| says_the_same(policy, first)) {
            continue;
        }
        variants.extend(differences(&roots));
        reason.get_or_insert_with(|| {
            let places: Vec<String> = roots.iter().map(|root| format!("`{}`", shown(root))).collect();
            format!(
                "NetworkPolicy {key}, which stands in {} with different content",
                places.join(" and ")
            )
        });
    }
    Some(Conflict {
        variants,
        reason: reason?,
    })
}

/// A policy, and the root of the placement that brings it.
type Placed<'a> = (&'a str, &'a Policy);

/// Returns the policies of a known namespace by the key under which they would land.
fn copies_by_key<'m, 'a>(
    members: impl Iterator<Item = &'m Member>,
    inputs: &'a [Input],
    layout: &'a Layout,
    spec: &Spec,
) -> BTreeMap<ObjectKey, Vec<Placed<'a>>> {
    let mut by_key: BTreeMap<ObjectKey, Vec<Placed<'a>>> = BTreeMap::new();
    for member in members {
        let input = &inputs[member.input];
        // No source lies among the overlays, and their folders are the clusters' only once there are clusters.
        let tells = !matches!(input.role, InputRole::Facts | InputRole::Overlays);
        if !tells || input.extract.policies.is_empty() {
            continue;
        }
        let placement = &layout.placements(member.input)[member.placement];
        let resolver = Resolver::new(input, placement, spec);
        for policy in &input.extract.policies {
            let namespace = resolver.resolve(&policy.key.namespace);
            if let Namespace::Named(_) = namespace {
                let key = ObjectKey {
                    namespace,
                    name: policy.key.name.clone(),
                };
                by_key.entry(key).or_default().push((&placement.root, policy));
            }
        }
    }
    by_key
}

/// Returns what is left of each path without the folders that all begin or end with; the whole paths where one is left
/// with nothing.
fn differences(roots: &BTreeSet<&str>) -> BTreeSet<String> {
    let paths: Vec<Vec<&str>> = roots.iter().map(|root| root.split('/').collect()).collect();
    let shortest = paths.iter().map(Vec::len).min().unwrap_or(0);
    let all_same = |part: &dyn Fn(&Vec<&str>) -> String| paths.iter().map(part).collect::<BTreeSet<_>>().len() == 1;
    let head = (0..shortest)
        .take_while(|&at| all_same(&|path| path[at].to_owned()))
        .count();
    let tail = (1..=shortest - head)
        .take_while(|&at| all_same(&|path| path[path.len() - at].to_owned()))
        .count();
    let cut: BTreeSet<String> = paths
        .iter()
        .map(|path| path[head..path.len() - tail].join("/"))
        .collect();
    if cut.iter().any(String::is_empty) || cut.len() < paths.len() {
        return roots.iter().map(|root| shown(root).to_owned()).collect();
    }
    cut
}

/// Tells whether two policies say the same in the same order, wherever it stands.
fn says_the_same(a: &Policy, b: &Policy) -> bool {
    let types = |policy: &Policy| (policy.types.ingress, policy.types.egress);
    a.selector == b.selector
        && types(a) == types(b)
        && Direction::BOTH.into_iter().all(|direction| {
            all_alike(&a.section(direction).rules, &b.section(direction).rules, |a, b| {
                all_alike(&a.peers, &b.peers, same_peer) && all_alike(&a.ports, &b.ports, same_port)
            })
        })
}

fn all_alike<T>(a: &[Entry<T>], b: &[Entry<T>], alike: impl Fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(&a.value, &b.value))
}

fn same_peer(a: &Peer, b: &Peer) -> bool {
    match (a, b) {
        (Peer::Block(a), Peer::Block(b)) => a.cidr == b.cidr && a.except == b.except,
        (Peer::Pods { .. }, Peer::Pods { .. }) => a == b,
        (Peer::Block(_), Peer::Pods { .. }) | (Peer::Pods { .. }, Peer::Block(_)) => false,
    }
}

fn same_port(a: &Port, b: &Port) -> bool {
    a.protocol == b.protocol && a.target == b.target
}
