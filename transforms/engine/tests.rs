//! What both engines promise beyond single verdicts: more allows never take away, and order never matters.

use std::net::IpAddr;

use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::cilium::{Cilium, Config};
use super::npm::{self, Npm};
use super::{
    ClassId, End, Flow, Inventory, NodeId, PolicyRef, Port, Ranges, Side, Space, Transport, boundaries, cilium,
};
use crate::policy::read::{self, Object, Read, Source};
use crate::policy::{Direction, Labels, Namespace, Policy, PortNumber, Protocol};
use crate::source::FileId;
use crate::world::MinorVersion;
use crate::yaml::{Tree, documents};

fn policy(namespace: &str, spec: &str) -> Policy {
    let text = format!("metadata: {{name: p, namespace: {namespace}}}\nspec: {spec}\n");
    let tree = Tree::parse(&text, documents(&text)[0]).unwrap();
    let object = Object {
        node: tree.root(&text).unwrap(),
        item: None,
        before: 0,
    };
    match read::policy(object, &Source::new(FileId(0), 0, &text, &tree)) {
        Read::Policy(policy) => *policy,
        Read::Rejected(rejected) => panic!("refused: {:?}", rejected.problems),
    }
}

/// Two namespaces with a web and an API pod each; the first declares `http` as 8080, the second as 9090.
fn inventory() -> Inventory {
    let pod = |namespace: &str, app: &str, number| super::Pod {
        namespace: Namespace::Named(namespace.into()),
        labels: Labels::from([("app".to_owned(), app.to_owned())]),
        ports: vec![("http".to_owned(), Protocol::Tcp, PortNumber::new(number).unwrap())],
        host_network: false,
    };
    let pods = [
        pod("pay", "api", 9090),
        pod("pay", "web", 9090),
        pod("shop", "api", 8080),
        pod("shop", "web", 8080),
    ];
    Inventory::new(pods, [], |namespace| {
        Labels::from([("team".to_owned(), format!("{namespace}s"))])
    })
}

fn space(inventory: &Inventory, policies: &[Policy]) -> Space {
    let ranges = Ranges {
        pods: vec!["10.244.0.0/16".parse().unwrap()],
        nodes: vec!["10.224.0.0/16".parse().unwrap()],
    };
    Space::new(inventory, &ranges, boundaries(policies, &[]))
}

/// Returns the sides of every class under NPM and under each line of Cilium.
fn sides(policies: &[Policy], inventory: &Inventory, space: &Space) -> Vec<Side> {
    let npm = Npm::new(policies, inventory, space);
    let ciliums: Vec<Cilium<'_>> = [15, 18, 20]
        .map(|minor| Cilium::new(policies, &[], Config::of(MinorVersion(minor), false), inventory, space))
        .into();
    let each = (0..inventory.len()).flat_map(|class| Direction::BOTH.map(|direction| (ClassId(class), direction)));
    each.flat_map(|(class, direction)| {
        let theirs = ciliums.iter().map(move |cilium| cilium.side(class, direction));
        [npm.side(class, direction)].into_iter().chain(theirs)
    })
    .collect()
}

fn rule() -> impl Strategy<Value = String> {
    let peers = prop_oneof![
        Just(""),
        Just("to: [{podSelector: {}}], "),
        Just("to: [{podSelector: {matchLabels: {app: web}}}], "),
        Just("to: [{namespaceSelector: {}}], "),
        Just("to: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [pays]}]}}], "),
        Just("to: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [a, b]}]}}], "),
        Just("to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}], "),
        Just("to: [{ipBlock: {cidr: 10.244.0.0/17}}], "),
    ];
    let ports = prop_oneof![
        Just(""),
        Just("ports: [{port: 443}]"),
        Just("ports: [{port: 8000, endPort: 9000}, {protocol: UDP}]"),
        Just("ports: [{port: http}]"),
    ];
    (peers, ports).prop_map(|(peers, ports)| format!("{{{peers}{ports}}}"))
}

fn policies() -> impl Strategy<Value = Vec<Policy>> {
    let one = (
        proptest::bool::ANY,
        proptest::bool::ANY,
        proptest::collection::vec(rule(), 0..3),
    );
    let one = one.prop_map(|(pay, web, rules)| {
        let selector = if web { "{matchLabels: {app: web}}" } else { "{}" };
        let rules = rules.join(", ");
        let spec = format!("{{podSelector: {selector}, policyTypes: [Egress], egress: [{rules}]}}");
        policy(if pay { "pay" } else { "shop" }, &spec)
    });
    proptest::collection::vec(one, 1..4)
}

proptest! {
    #[test]
    fn the_order_of_policies_does_not_matter(policies in policies()) {
        let (inventory, reversed) = (inventory(), policies.iter().rev().cloned().collect::<Vec<_>>());
        let space = space(&inventory, &policies);
        prop_assert_eq!(sides(&policies, &inventory, &space), sides(&reversed, &inventory, &space));
    }

    #[test]
    fn a_further_rule_never_takes_a_flow_away(policies in policies(), rule in rule()) {
        let added = policy("shop", &format!("{{policyTypes: [Egress], egress: [{rule}]}}"));
        let mut more = policies.clone();
        more[0].egress.rules.extend(added.egress.rules);
        let inventory = inventory();
        let space = space(&inventory, &more);
        let pairs = sides(&policies, &inventory, &space).into_iter().zip(sides(&more, &inventory, &space));
        for (before, after) in pairs {
            prop_assert!(before.difference(&after).is_empty());
        }
    }

    #[test]
    fn a_ruling_says_what_the_side_holds(policies in policies(), number in 8075_u16..9095) {
        let inventory = inventory();
        let space = space(&inventory, &policies);
        let npm = Npm::new(&policies, &inventory, &space);
        let cilium = Cilium::new(&policies, &[], Config::of(MinorVersion(18), false), &inventory, &space);
        let port = Port { transport: Transport::Tcp, number };
        for class in (0..inventory.len()).map(ClassId) {
            let (by_npm, by_cilium) = (npm.side(class, Direction::Egress), cilium.side(class, Direction::Egress));
            for atom in space.plausible(Direction::Egress) {
                let peer = space.peer(atom);
                let ruling = npm.ruling(class, Direction::Egress, peer, port);
                prop_assert_eq!(ruling.allowed, by_npm.contains(atom, port), "NPM, {:?}", peer);
                let ruling = cilium.ruling(class, Direction::Egress, peer, port);
                prop_assert_eq!(ruling.allowed, by_cilium.contains(atom, port), "Cilium, {:?}", peer);
            }
        }
    }
}

#[test]
fn a_verdict_names_the_rule_that_decides_and_the_engine_s_own() {
    let policies = [policy(
        "shop",
        "{policyTypes: [Egress], egress: [{ports: [{port: 53}]}, {to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}",
    )];
    let inventory = inventory();
    let space = space(&inventory, &policies);
    let address: IpAddr = "10.244.1.7".parse().unwrap();
    let pod = |class, node| End::Pod {
        class: ClassId(class),
        address: Some(address),
        node: Some(NodeId(node)),
    };
    let flow = Flow {
        from: pod(3, 0),
        to: pod(0, 1),
        port: Port {
            transport: Transport::Tcp,
            number: 443,
        },
        via: None,
    };
    let npm = Npm::new(&policies, &inventory, &space).verdict(&flow).egress.unwrap();
    assert!(npm.allowed);
    assert_eq!(npm.because, npm::Reason::Block);
    let decided = npm.decided_by.unwrap();
    assert_eq!((decided.policy, decided.rule), (PolicyRef::Network(0), Some(1)));
    let config = Config::of(MinorVersion(18), false);
    let cilium = Cilium::new(&policies, &[], config, &inventory, &space);
    let cilium = cilium.verdict(&flow).egress.unwrap();
    assert!(!cilium.allowed);
    assert_eq!(cilium.because, cilium::Reason::NoRuleMatches);
    assert_eq!(cilium.decided_by.unwrap().rule, None);
}
