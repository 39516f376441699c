use super::{Object, Source, cilium_policy};
use crate::policy::cilium::{CiliumNetworkPolicy, CiliumPeers, CiliumServices, CiliumTarget, Fault, IcmpType};
use crate::policy::{Entity, PortNumber, Protocol};
use crate::source::FileId;
use crate::yaml::{Tree, documents};

fn policy(spec: &str) -> CiliumNetworkPolicy {
    let text = format!("kind: CiliumNetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {spec}\n");
    let tree = Tree::parse(&text, documents(&text)[0]).unwrap();
    let object = Object {
        node: tree.root(&text).unwrap(),
        item: None,
        before: 0,
    };
    cilium_policy(object, &Source::new(FileId(0), 0, &text, &tree))
}

#[test]
fn every_kind_of_peer_is_read_and_an_empty_list_is_nobody() {
    let peers = |rule: &str| {
        let policy = policy(&format!("{{endpointSelector: {{}}, egress: [{rule}]}}"));
        assert_eq!(policy.faults, [], "{rule}");
        policy.specs[0].egress[0].peers.clone()
    };
    assert_eq!(peers("{}"), CiliumPeers::Unwritten);
    assert_eq!(peers("{toEndpoints: []}"), CiliumPeers::Endpoints(Vec::new()));
    assert_eq!(
        peers("{toEntities: [host, world]}"),
        CiliumPeers::Entities(vec![Entity::Host, Entity::World])
    );
    assert_eq!(
        peers("{toFQDNs: [{matchName: example.com}]}"),
        CiliumPeers::Untold("toFQDNs")
    );
    let CiliumPeers::Blocks(blocks) = peers("{toCIDRSet: [{cidr: 10.1.2.3/8, except: [10.1.0.0/16]}]}") else {
        panic!("CIDR sets are blocks");
    };
    assert_eq!(blocks[0].net.to_string(), "10.0.0.0/8");
    assert_eq!(blocks[0].except[0].to_string(), "10.1.0.0/16");
}

#[test]
fn ports_are_read_as_numbers_ranges_and_names() {
    let port = |text: &str| {
        let ports = format!("[{{ports: [{text}]}}]");
        let policy = policy(&format!("{{endpointSelector: {{}}, ingress: [{{toPorts: {ports}}}]}}"));
        assert_eq!(policy.faults, [], "{text}");
        match &policy.specs[0].ingress[0].services {
            CiliumServices::Ports(ports) => (ports[0].protocol, ports[0].target.clone()),
            other @ (CiliumServices::All | CiliumServices::Icmp(_)) => panic!("{other:?}"),
        }
    };
    let number = |number| PortNumber::new(number).unwrap();
    for (text, protocol, target) in [
        ("{port: '443'}", None, CiliumTarget::Number(number(443))),
        ("{port: '0', protocol: UDP}", Some(Protocol::Udp), CiliumTarget::All),
        (
            "{port: '80', endPort: 90}",
            None,
            CiliumTarget::Range(number(80), number(90)),
        ),
        ("{port: '80', endPort: 70}", None, CiliumTarget::Number(number(80))),
        ("{port: http, protocol: ANY}", None, CiliumTarget::Name("http".into())),
    ] {
        assert_eq!(port(text), (protocol, target), "{text}");
    }
}

#[test]
fn icmp_types_are_numbers_or_names_of_their_family() {
    let policy = policy(
        "{endpointSelector: {}, ingress: [{icmps: [{fields: [{type: 8}, {family: IPv6, type: EchoRequest}]}]}]}",
    );
    let of = |v6, number| IcmpType { v6, number };
    assert_eq!(
        policy.specs[0].ingress[0].services,
        CiliumServices::Icmp(vec![of(false, 8), of(true, 128)])
    );
}

#[test]
fn what_the_agent_refuses_is_a_fault() {
    let many: Vec<String> = (1..=41).map(|port| format!("{{port: '{port}'}}")).collect();
    let many = format!("{{toPorts: [{{ports: [{}]}}]}}", many.join(", "));
    for (rule, fault) in [
        (
            "{toEndpoints: [{}], toEntities: [host]}",
            Fault::MixedPeers("toEndpoints", "toEntities"),
        ),
        ("{toEntities: [nodes]}", Fault::UnknownEntity("nodes".into())),
        (many.as_str(), Fault::TooManyPorts),
        (
            "{icmps: [{fields: [{type: 8}]}], toPorts: [{ports: [{port: '1'}]}]}",
            Fault::IcmpBesidePorts,
        ),
        ("{toPorts: [{ports: [{port: '65536'}]}]}", Fault::NoPort("65536".into())),
        ("{toPorts: [{ports: [{port: 80}]}]}", Fault::NoPort("80".into())),
        ("{toPorts: [{ports: [{protocol: TCP}]}]}", Fault::NoPort(String::new())),
        (
            "{toPorts: [{ports: [{port: '80', protocol: tcp}]}]}",
            Fault::NoProtocol("tcp".into()),
        ),
        (
            "{toPorts: [{ports: [{port: '80', protocol: ''}]}]}",
            Fault::NoProtocol(String::new()),
        ),
        ("{toEntities: [World]}", Fault::UnknownEntity("World".into())),
        ("{toCIDR: [10.0.0.1]}", Fault::NoCidr("10.0.0.1".into())),
        ("{toCIDRSet: [{cidr: 10.0.0.1}]}", Fault::NoCidr("10.0.0.1".into())),
    ] {
        let policy = policy(&format!("{{endpointSelector: {{}}, egress: [{rule}]}}"));
        assert_eq!(policy.faults, [fault], "{rule}");
    }
    assert_eq!(policy("{endpointSelector: {}, ingress: []}").faults, [Fault::NoRule]);
}
