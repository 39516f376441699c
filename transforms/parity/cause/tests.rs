use std::net::IpAddr;

use super::*;
use crate::engine::cilium::Config;
use crate::engine::npm::Npm;
use crate::engine::{NodeId, Ranges, Space, Transport, Via, boundaries};
use crate::plan::{Fix, Options, plan};
use crate::policy::{Labels, ObjectKey, Place, PortNumber, Protocol};
use crate::source::FileId;
use crate::world::sample::{deployment, policy, world};
use crate::world::{Service, ServicePort, ServiceType, TargetPort, World};

/// `shop/web` and `shop/api`, whose pods and nodes have ranges of their own, and these policies on Cilium 1.18.
fn shop(specs: &[&str]) -> World {
    let policies = specs.iter().enumerate().map(|(index, spec)| {
        let mut policy = policy(spec);
        policy.key.name = format!("p{index}");
        policy
    });
    let workloads = [
        deployment("shop/api", "app=api,pod-template-hash=1", &[]),
        deployment("shop/web", "app=web", &[("http", 8080)]),
    ];
    let mut world = world(18, policies.collect(), workloads.into());
    world.facts.pod_cidrs = vec!["10.244.0.0/16".parse().unwrap()];
    world.facts.node_cidrs = vec!["10.224.0.0/16".parse().unwrap()];
    world
}

fn pod(world: &World, app: &str, address: &str) -> End {
    let inventory = Inventory::of(world);
    let has_app = |class: &u32| {
        inventory
            .class(ClassId(*class))
            .labels
            .get("app")
            .is_some_and(|of| of == app)
    };
    End::Pod {
        class: ClassId(inventory.all().iter().find(has_app).unwrap()),
        address: Some(address.parse().unwrap()),
        node: Some(NodeId(0)),
    }
}

fn node(address: &str) -> End {
    End::Node {
        node: NodeId(1),
        address: Some(address.parse().unwrap()),
    }
}

fn tcp(from: End, to: End, number: u16) -> Flow {
    let port = Port {
        transport: Transport::Tcp,
        number,
    };
    Flow {
        from,
        to,
        port,
        via: None,
    }
}

/// Tells how a flow differs once a world is fixed, and what names each of its sides.
fn named(world: World, fix: Fix, flow: &Flow) -> (&'static str, Vec<&'static str>) {
    let options = Options::of_everything(fix);
    let plan = plan(world, &options);
    let (today, fixed) = (State::today(&plan), State::fixed(&plan, |_| false));
    let inventory = Inventory::of(&plan.world);
    let cuts = boundaries(&today.policies, fixed.own_kinds());
    let space = Space::new(&inventory, &Ranges::of(&plan.world.facts), cuts);
    let npm = Npm::new(&today.policies, &inventory, &space);
    let config = Config::of(plan.world.facts.target.cilium, false);
    let cilium = Cilium::new(&fixed.policies, fixed.own_kinds(), config, &inventory, &space);
    let (by_npm, by_cilium) = (npm.verdict(flow), cilium.verdict(flow));
    let dropped = npm.dropped().iter().map(|(policy, _)| *policy);
    let refused = cilium.refused().iter().map(|(policy, _)| *policy);
    let explainer = Explainer::new(&plan, &fixed, &inventory, dropped, refused);
    let sides = Disagreement::of(flow, &by_npm, &by_cilium, &cilium);
    let how = match (by_npm.allowed(), by_cilium.allowed()) {
        (true, false) => "dropped",
        (false, true) => "open",
        (true, true) | (false, false) => "equal",
    };
    let names = sides.iter().flat_map(|side| explainer.named_by(side));
    (how, names.map(|proposal| proposal.transform.id).collect())
}

/// A pod of `api` calls one of `web`.
fn api_to_web(world: &World, number: u16) -> Flow {
    tcp(pod(world, "api", "10.244.0.7"), pod(world, "web", "10.244.0.8"), number)
}

#[test]
fn what_engines_agree_on_is_named_by_nothing() {
    let world = shop(&["{policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}]}"]);
    let flow = api_to_web(&world, 80);
    assert_eq!(named(world, Fix::Review, &flow), ("equal", vec![]));
}

#[test]
fn a_rule_s_loss_is_named_by_what_is_said_of_that_rule_alone() {
    let world = shop(&[
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [\
        {from: [{ipBlock: {cidr: 10.244.0.0/17}}], ports: [{port: 80}]}, \
        {from: [{podSelector: {matchLabels: {pod-template-hash: '1'}}}], ports: [{port: 443}]}, \
        {from: [{ipBlock: {cidr: 10.244.0.0/18}}], ports: [{port: http}]}]}",
    ]);
    for (number, name) in [(80, "ip-block"), (443, "excluded-label"), (8080, "ip-block")] {
        let flow = api_to_web(&world, number);
        assert_eq!(
            named(world.clone(), Fix::Review, &flow),
            ("dropped", vec![name]),
            "{number}"
        );
    }
}

#[test]
fn a_policy_that_npm_drops_names_what_it_isolates_and_what_it_opens() {
    let dropped = "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], \
                   ingress: [{from: [{ipBlock: {cidr: '2001:db8::/32'}}, {podSelector: {}}], ports: [{port: 80}]}]}";
    let world = shop(&[dropped]);
    let flow = api_to_web(&world, 443);
    let isolated = named(world, Fix::Review, &flow);
    assert_eq!(isolated, ("dropped", vec!["unenforced-policy"]));
    let world = shop(&["{policyTypes: [Ingress]}", dropped]);
    let flow = api_to_web(&world, 80);
    let opened = named(world, Fix::Review, &flow);
    assert_eq!(opened, ("open", vec!["unenforced-policy"]));
}

#[test]
fn a_label_outside_identities_names_the_pods_that_it_leaves_open() {
    let world = shop(&["{podSelector: {matchLabels: {pod-template-hash: '1'}}, policyTypes: [Egress]}"]);
    let flow = api_to_web(&world, 80);
    assert_eq!(named(world, Fix::Review, &flow), ("open", vec!["excluded-label"]));
}

#[test]
fn a_change_that_needs_a_look_names_what_it_opens_once_made_and_what_is_lost_until_then() {
    let world = shop(&["{policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 10.224.0.0/17}}]}]}"]);
    let from = |address| tcp(node(address), pod(&world, "web", "10.244.0.8"), 80);
    let (inside, outside) = (from("10.224.0.4"), from("10.224.200.4"));
    let after = |fix, flow| named(world.clone(), fix, flow);
    assert_eq!(after(Fix::Review, &outside), ("open", vec!["node-ingress"]));
    assert_eq!(after(Fix::Review, &inside), ("equal", vec![]));
    assert_eq!(after(Fix::Safe, &inside), ("dropped", vec!["node-ingress"]));
    assert_eq!(after(Fix::Safe, &outside), ("equal", vec![]));
}

#[test]
fn a_namespace_selector_that_rules_nobody_out_names_what_is_lost() {
    let world = shop(&[
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [{from: [\
        {namespaceSelector: {matchExpressions: [\
        {key: kubernetes.io/metadata.name, operator: NotIn, values: [shop, pay]}]}}]}]}",
    ]);
    let flow = api_to_web(&world, 80);
    let names = vec!["negative-namespace-selector"];
    assert_eq!(named(world, Fix::Review, &flow), ("dropped", names));
}

/// Adds a load balancer for `web` that takes clients of 198.51.100.0/24.
fn with_service(mut world: World) -> World {
    let place = Place {
        file: FileId(2),
        document: 0,
        item: None,
        span: Span::default(),
        name: Span::default(),
        namespace: None,
    };
    world.services.push(Service {
        key: ObjectKey {
            namespace: Namespace::Named("shop".into()),
            name: "web".to_owned(),
        },
        place,
        namespace_written: true,
        editable: true,
        kind: ServiceType::LoadBalancer,
        local_traffic_only: false,
        selector: Labels::from([("app".to_owned(), "web".to_owned())]),
        selector_keys: vec!["app".to_owned()],
        ports: vec![ServicePort {
            protocol: Protocol::Tcp,
            port: PortNumber::new(80).unwrap(),
            target: TargetPort::Number(PortNumber::new(80).unwrap()),
        }],
        source_ranges: vec!["198.51.100.0/24".parse().unwrap()],
        ignores: Vec::new(),
    });
    world
}

/// Makes a flow one that uses the service's address and enters on the node of the pods.
fn through_service(flow: Flow) -> Flow {
    let entry_address: IpAddr = "10.224.0.4".parse().unwrap();
    let via = Via {
        local_traffic_only: false,
        entry: NodeId(0),
        entry_address: Some(entry_address),
    };
    Flow { via: Some(via), ..flow }
}

#[test]
fn a_pod_behind_a_service_s_address_is_named_on_the_service_whichever_side_drops_it() {
    for direction in ["Ingress", "Egress"] {
        let world = with_service(shop(&[&format!("{{policyTypes: [{direction}]}}")]));
        let flow = through_service(api_to_web(&world, 80));
        let names = vec!["service-address-client"];
        assert_eq!(named(world, Fix::Review, &flow), ("dropped", names), "{direction}");
    }
}

#[test]
fn a_client_from_outside_is_named_by_the_overlay_that_admits_it_or_others() {
    let world = with_service(shop(&["{policyTypes: [Ingress]}"]));
    let from = |address: &str| {
        let client = End::Outside(Some(address.parse().unwrap()));
        through_service(tcp(client, pod(&world, "web", "10.244.0.8"), 80))
    };
    let (expected, other) = (from("198.51.100.7"), from("203.0.113.7"));
    let after = |fix, flow| named(world.clone(), fix, flow);
    assert_eq!(after(Fix::Safe, &expected), ("dropped", vec!["load-balancer"]));
    assert_eq!(after(Fix::Review, &expected), ("equal", vec![]));
    assert_eq!(after(Fix::Review, &other), ("dropped", vec!["load-balancer"]));
}
