//! Differences in few words.

use ciliate_transforms::parity::connectivity::{Addressed, NamedBy, PodPeers};
use ciliate_transforms::parity::{Course, Effect, FlowSet, Peers};
use ciliate_transforms::policy::Direction;

use super::{Compared, OnlyIn, Unknown, Verification};
use crate::cli::Require;
use crate::report::words::{Naming, count};

/// How many workloads or CIDRs are named before the rest is counted.
const NAMED: usize = 3;
/// How many ports and ranges are named before the rest is counted.
const PORTS: usize = 6;

/// Says which way flows differ and what the fix has to do with it: `lost, mended by the fix`.
pub(super) fn kind(effect: Effect, course: Course, fix: &str) -> String {
    format!("{}, {} by {fix}", word(effect), did(course))
}

/// Returns which way flows differ.
const fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Lost => "lost",
        Effect::Gained => "gained",
    }
}

/// Says which way the fix moves flows under NPM.
pub(super) fn kind_of_moved(set: &FlowSet, fix: &str) -> String {
    format!("{} under NPM by {fix}", word(set.effect))
}

/// Returns what the fix did to differences of a course.
pub(super) const fn did(course: Course) -> &'static str {
    match course {
        Course::Mended => "mended",
        Course::Left => "left",
        Course::Brought => "brought",
    }
}

/// Names the flows: source → destination; ports.
pub(super) fn flows(set: &FlowSet, all: bool, name: Naming) -> String {
    let most = |most| if all { usize::MAX } else { most };
    let own = listed(&set.pods, most(NAMED), name);
    let (from, to) = match set.direction {
        Direction::Egress => (own, peers(&set.peers, name)),
        Direction::Ingress => (peers(&set.peers, name), own),
    };
    let ports = match set.ports.as_str() {
        "all" => "all ports".to_owned(),
        some => {
            let some: Vec<String> = some.split(", ").map(str::to_owned).collect();
            format!("on {}", listed(&some, most(PORTS), name))
        }
    };
    format!("{from} → {to}, {ports}")
}

/// Names the one flow that shows them: source → destination, port.
pub(super) fn example(set: &FlowSet, name: Naming) -> String {
    let shown = &set.example;
    format!("{} → {}, {}", name(&shown.from), name(&shown.to), name(&shown.port))
}

/// Names what of `ciliate check` speaks of a difference; `None` where nothing does.
pub(super) fn named_by(set: &FlowSet, name: Naming) -> Option<String> {
    let names: Vec<String> = set.named_by.iter().map(|named| entry(named, name)).collect();
    (!names.is_empty()).then(|| format!("named by {}", joined(&names)))
}

/// Names an entry of the catalogue with the place that it points at: `ip-block (web.yaml:7)`.
fn entry(named: &NamedBy, name: Naming) -> String {
    let line = named.line.map_or_else(String::new, |line| format!(":{line}"));
    let path = named.path.as_ref();
    let place = path.map_or_else(String::new, |path| format!(" ({})", name(&format!("{path}{line}"))));
    format!("{}{place}", named.name)
}

/// Says what only the workloads could tell.
pub(super) fn noticed(cluster: &Compared, name: Naming) -> impl Iterator<Item = String> {
    let said = cluster.noticed.iter();
    said.map(move |noticed| format!("{}: {}", entry(&noticed.at, name), name(&noticed.message)))
}

/// Joins names, of which those beyond `most` are counted.
fn listed(names: &[String], most: usize, name: Naming) -> String {
    // Naming the last one takes no more room than counting it.
    let most = if names.len().saturating_sub(1) == most {
        names.len()
    } else {
        most
    };
    let more = names.len().saturating_sub(most);
    let mut said: Vec<String> = names.iter().take(most).map(|one| name(one)).collect();
    if more > 0 {
        said.push(format!("{more} more"));
    }
    joined(&said)
}

/// Joins texts: `a`, `a and b`, `a, b and c`.
fn joined(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn peers(peers: &Peers, name: Naming) -> String {
    let addressed = |what: &str, ends: &Option<Addressed>| {
        ends.as_ref().map(|ends| match ends {
            Addressed::Every => what.to_owned(),
            Addressed::Some(ranges) => format!("{what} ({})", listed(ranges, NAMED, name)),
        })
    };
    let parts = [
        peers.own_node.then(|| "its own node".to_owned()),
        peers.local_dns.then(|| "the node-local DNS".to_owned()),
        addressed("other nodes", &peers.other_nodes),
        peers.api_server.then(|| "the API server".to_owned()),
        addressed("outside", &peers.outside),
        addressed("clients through services", &peers.through_services),
        peers.pods.as_ref().map(|peers| pods(peers, name)),
    ];
    joined(&parts.into_iter().flatten().collect::<Vec<_>>())
}

fn pods(pods: &PodPeers, name: Naming) -> String {
    let PodPeers {
        kinds,
        namespaces,
        beyond_files,
        some,
    } = pods;
    let some: Vec<String> = some.iter().map(|pod| name(pod)).collect();
    match (some.len(), *beyond_files) {
        (0, _) => "pods that no file shows".to_owned(),
        (1..NAMED, true) => format!("{} and pods that no file shows", some.join(", ")),
        (1..NAMED, false) => joined(&some),
        (_, _) => format!(
            "{} of pods in {}",
            count(*kinds, "kind"),
            count(*namespaces, "namespace")
        ),
    }
}

/// Says that only one tree has the cluster.
pub(super) const fn only_in(cluster: &Compared) -> Option<&'static str> {
    match cluster.only_in {
        OnlyIn::Neither => None,
        OnlyIn::Base => Some("only the base has this cluster: this tree is taken as one without any policy"),
        OnlyIn::ThisTree => Some("only this tree has this cluster: the base is taken as one without any policy"),
    }
}

/// Says what the fix is made of; `None` where it is another tree.
pub(super) fn changes(cluster: &Compared) -> Option<String> {
    let changes = cluster.changes?;
    let chosen = count(changes.chosen, "change");
    Some(match changes.not_chosen {
        0 => format!("the fix: {chosen}"),
        more => format!("the fix: {chosen}; `--fix review` adds {more}"),
    })
}

/// Says what one of several clusters comes to; `None` where it is the only one.
pub(super) fn of_cluster(verification: &Verification, cluster: &Compared) -> Option<String> {
    if verification.clusters.len() == 1 {
        return None;
    }
    let fix = verification.fix();
    let parts = [("lost", cluster.tally.lost), ("gained", cluster.tally.gained)];
    let parts = parts.map(|(what, courses)| format!("{} {what}, {} with {fix}", courses.unchanged(), courses.fixed()));
    Some(format!("differences: {}", parts.join("; ")))
}

/// Names what nobody knows, with its place.
pub(super) fn unknown(one: &Unknown, name_as: fn(&str) -> String) -> String {
    let line = one.at.map_or_else(String::new, |at| format!(":{}", at.line));
    let place = name_as(&format!("{}{line}", one.path));
    format!("{place}: {}: {}", name_as(&one.object), one.why)
}

/// Says that a comparison is not of everything, where it is not.
pub(super) fn compared(verification: &Verification) -> &'static str {
    if verification.left_out() == 0 {
        ""
    } else {
        " in what is compared"
    }
}

/// Says whether what is required holds; `None` where nothing is.
pub(super) fn judgement(verification: &Verification) -> Option<String> {
    let tally = verification.tally();
    let require = match verification.require {
        Require::None => return None,
        Require::NoLoss => "no-loss",
        Require::Exact => "exact",
    };
    if verification.met {
        return Some(format!("--require {require}: met"));
    }
    let (gained, moved) = match verification.require {
        Require::Exact => (tally.gained.fixed(), tally.moved),
        Require::None | Require::NoLoss => (0, tally.moved_lost),
    };
    let parts = [
        (tally.lost.fixed(), "lost"),
        (gained, "gained"),
        (moved, "moved under NPM"),
    ];
    let counted = parts.iter().filter(|(number, _)| *number > 0);
    let counted = counted.map(|(number, what)| format!("{number} {what}"));
    let is_whole = verification.clusters.iter().all(|cluster| cluster.is_whole);
    let unsaid = (!is_whole).then(|| "some namespaces are not compared: see the failures".to_owned());
    let left_out = verification.left_out();
    let left_out = (left_out > 0).then(|| format!("{} not compared: see the failures", count(left_out, "path")));
    let unknown = verification.unknown.len() as u64;
    let unknown = (unknown > 0).then(|| format!("{unknown} unknown"));
    let failures = verification.failures.len() as u64;
    let failures = (failures > 0).then(|| count(failures, "failure"));
    let more = unsaid.into_iter().chain(left_out).chain(unknown).chain(failures);
    let counted: Vec<String> = counted.chain(more).collect();
    Some(format!("--require {require}: not met, {}", joined(&counted)))
}

/// Says what the fix moves under NPM.
pub(super) fn moved(verification: &Verification, cluster: &Compared) -> String {
    let state = verification.states.npm_fixed;
    let moved = count(cluster.tally.moved, "difference");
    match (cluster.tally.moved, cluster.changes) {
        (0, _) => format!("{state}: nothing moves"),
        (_, None) => format!("{state}: {moved}"),
        (_, Some(changes)) if changes.chosen_review > 0 => {
            format!("{state}: {moved}; `ciliate check` tells what the changes for review rest on")
        }
        (_, Some(_)) => format!("{state}: {moved}, a defect of ciliate: please report it"),
    }
}

/// Returns the states in a table, each with what is lost and gained in it: how deep it is indented, its name, numbers.
pub(super) fn rows(verification: &Verification) -> [(usize, String, [u64; 2]); 5] {
    let tally = verification.tally();
    let (lost, gained) = (tally.lost, tally.gained);
    let by = |course| format!("{} by {}", did(course), verification.fix());
    let states = verification.states;
    [
        (0, states.unchanged.to_owned(), [lost.unchanged(), gained.unchanged()]),
        (1, by(Course::Mended), [lost.mended, gained.mended]),
        (1, by(Course::Left), [lost.left, gained.left]),
        (1, by(Course::Brought), [lost.brought, gained.brought]),
        (0, states.fixed.to_owned(), [lost.fixed(), gained.fixed()]),
    ]
}
