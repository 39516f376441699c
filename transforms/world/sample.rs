//! Small worlds for tests, and rules as short texts to compare.

use crate::plan;
use crate::policy::read::{self, Object, Read, Source};
use crate::policy::{
    Labels, Namespace, ObjectKey, Peer, Place, Policy, PortNumber, PortTarget, Protocol, Rule, Selector,
};
use crate::source::{FileId, Span};
use crate::transform::{Act, Decision, Rewrite, Subject, Transform};
use crate::yaml::{Tree, documents};

use super::{ContainerPort, PolicyId, Target, Workload, World};
use crate::world::MinorVersion;

/// Reads a policy `shop/p` with this `spec`, in flow style.
pub(crate) fn policy(spec: &str) -> Policy {
    let text = format!("metadata: {{name: p, namespace: shop}}\nspec: {spec}\n");
    let tree = Tree::parse(&text, documents(&text)[0]).unwrap();
    let node = tree.root(&text).unwrap();
    let object = Object {
        node,
        item: None,
        before: 0,
    };
    match read::policy(object, &Source::new(FileId(0), 0, &text, &tree)) {
        Read::Policy(policy) => *policy,
        Read::Rejected(rejected) => panic!("refused: {:?}", rejected.problems),
    }
}

/// Makes a Deployment `namespace/name` with labels `app=…,tier=…` and TCP ports `http:8080`.
pub(crate) fn deployment(key: &str, labels: &str, ports: &[(&str, i64)]) -> Workload {
    let (namespace, name) = key.split_once('/').unwrap();
    let pairs = labels.split(',').filter_map(|label| label.split_once('='));
    let labels: Labels = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let port = |&(name, number): &(&str, i64)| ContainerPort {
        name: Some(name.to_owned()),
        number: PortNumber::new(number).unwrap(),
        protocol: Protocol::Tcp,
    };
    Workload {
        kind: "Deployment".to_owned(),
        key: ObjectKey {
            namespace: Namespace::Named(namespace.into()),
            name: name.to_owned(),
        },
        place: Place {
            file: FileId(1),
            document: 0,
            item: None,
            span: Span::default(),
            name: Span::default(),
            namespace: None,
        },
        selector: Some(Selector::of_labels(&labels)),
        labels,
        host_network: false,
        windows: false,
        ports: ports.iter().map(port).collect(),
        seat: None,
    }
}

/// Makes a world that will run Cilium 1.`minor`, as stated.
pub(crate) fn world(minor: u8, policies: Vec<Policy>, mut workloads: Vec<Workload>) -> World {
    workloads.sort_by(|one, other| one.key.cmp(&other.key));
    let cilium = MinorVersion(minor);
    let mut world = World {
        policies,
        workloads,
        workloads_read: true,
        ..World::default()
    };
    world.facts.target = Target {
        cilium,
        version: cilium.to_string(),
        stated: true,
        aks: None,
    };
    world
}

/// Asks a transform about the first policy of a world.
pub(crate) fn decide(transform: &Transform, world: &World) -> Vec<Decision> {
    (transform.decide)(Subject::Policy(PolicyId(0)), world)
}

/// Tells in a word per decision what a transform answers: `safe`, `review`, `manual`, `waits`.
pub(crate) fn grades(decisions: &[Decision]) -> Vec<&'static str> {
    let word = |decision: &Decision| match decision {
        Decision::Change(change) if change.grade.is_safe() => "safe",
        Decision::Change(_) => "review",
        Decision::Manual(_) => "manual",
        Decision::Waits { .. } => "waits",
        Decision::Finding(_) => "finding",
        Decision::NotNeeded => "not needed",
    };
    decisions.iter().map(word).collect()
}

/// Makes every change to the first policy, and checks that the transform then has no more to change.
pub(crate) fn settle(transform: &Transform, world: &mut World) -> Vec<String> {
    let decisions = decide(transform, world);
    let steps: Vec<Rewrite> = decisions.into_iter().flat_map(rewrites).collect();
    let types = steps.iter().filter(|step| **step == Rewrite::WritePolicyTypes);
    let mut texts: Vec<String> = types.map(|_| "policyTypes".to_owned()).collect();
    let policy = &mut world.policies[0];
    plan::apply(steps, policy);
    let rules = policy.ingress.rules.iter().chain(&policy.egress.rules);
    texts.extend(rules.map(|rule| text_of(&rule.value)));
    let again = decide(transform, world);
    assert!(
        again.into_iter().flat_map(rewrites).next().is_none(),
        "it finds more to change"
    );
    texts
}

fn rewrites(decision: Decision) -> Vec<Rewrite> {
    match decision {
        Decision::Change(change) => match change.act {
            Act::Rewrite(rewrites) => rewrites,
            Act::Overlay(_) => Vec::new(),
        },
        Decision::Manual(_) | Decision::Waits { .. } | Decision::Finding(_) | Decision::NotNeeded => Vec::new(),
    }
}

/// Writes a rule as `peer + peer : 80 http 90-99/UDP`, everyone and everything as `*`.
pub(crate) fn text_of(rule: &Rule) -> String {
    let peers: Vec<String> = rule.peers.iter().map(|peer| peer_text(&peer.value)).collect();
    let port = |target: &PortTarget| match target {
        PortTarget::All => "all".to_owned(),
        PortTarget::Number(number) => number.to_string(),
        PortTarget::Range(first, last) => format!("{first}-{last}"),
        PortTarget::Name(name) | PortTarget::Substituted(name) => name.clone(),
    };
    let ports: Vec<String> = rule
        .ports
        .iter()
        .map(|entry| match entry.value.protocol {
            Protocol::Tcp => port(&entry.value.target),
            Protocol::Udp | Protocol::Sctp => format!("{}/{}", port(&entry.value.target), entry.value.protocol),
        })
        .collect();
    let or_all = |texts: Vec<String>, between: &str| {
        if texts.is_empty() {
            "*".to_owned()
        } else {
            texts.join(between)
        }
    };
    format!("{} : {}", or_all(peers, " + "), or_all(ports, " "))
}

fn peer_text(peer: &Peer) -> String {
    match peer {
        Peer::Block(block) => block.cidr.text.clone(),
        Peer::Pods { pods, namespaces } => {
            let part = |letter: &str, selector: &Option<Selector>| {
                selector
                    .as_ref()
                    .map(|selector| format!("{letter}({})", selector_text(selector)))
            };
            [part("ns", namespaces), part("pods", pods)]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ")
        }
    }
}

fn selector_text(selector: &Selector) -> String {
    let labels = selector.labels.iter().map(|(key, value)| format!("{key}={value}"));
    let terms = selector.expressions.iter();
    let terms = terms.map(|term| format!("{} {} {}", term.key, term.operator.name(), term.values.join("|")));
    labels
        .chain(terms.map(|term| term.trim_end().to_owned()))
        .collect::<Vec<_>>()
        .join(",")
}
