use proptest::prelude::*;

use super::*;
use crate::policy::{IgnoreScope, Peer, PortNumber, PortTarget, Protocol};
use crate::yaml::documents;

fn read(text: &str) -> Read {
    let tree = Tree::parse(text, documents(text)[0]).unwrap();
    let source = Source::new(FileId(0), 0, text, &tree);
    let node = tree.root(text).unwrap();
    policy(
        Object {
            node,
            item: None,
            before: 0,
        },
        &source,
    )
}

/// Reads a policy named `p` with this `spec`, in flow style.
fn spec(spec: &str) -> Read {
    read(&format!("metadata: {{name: p}}\nspec: {spec}\n"))
}

fn taken(read: Read) -> Policy {
    match read {
        Read::Policy(policy) => *policy,
        Read::Rejected(rejected) => panic!("refused: {:?}", rejected.problems),
    }
}

fn refused(read: Read) -> Vec<String> {
    match read {
        Read::Policy(policy) => panic!("taken: {policy:?}"),
        Read::Rejected(rejected) => rejected.problems.into_iter().map(|(_, problem)| problem).collect(),
    }
}

fn ports_of(text: &str) -> Read {
    spec(&format!("{{ingress: [{{ports: [{text}]}}]}}"))
}

fn peers_of(text: &str) -> Read {
    spec(&format!("{{egress: [{{to: [{text}]}}]}}"))
}

#[test]
fn a_port_is_what_the_api_server_makes_of_it() {
    let number = |number| PortNumber::new(number).unwrap();
    for (text, expected) in [
        ("{port: 80}", PortTarget::Number(number(80))),
        ("{port: 0x50}", PortTarget::Number(number(80))),
        ("{port: 80.0}", PortTarget::Number(number(80))),
        ("{port: http}", PortTarget::Name("http".into())),
        ("{port: '8080-tcp'}", PortTarget::Name("8080-tcp".into())),
        ("{port: 80, endPort: 90}", PortTarget::Range(number(80), number(90))),
        ("{port: 80, endPort: 80}", PortTarget::Range(number(80), number(80))),
        ("{port: null}", PortTarget::All),
        ("{port: '${PORT:=80}'}", PortTarget::Substituted("${PORT:=80}".into())),
        (
            "{port: 80, endPort: '${END}'}",
            PortTarget::Substituted("${END}".into()),
        ),
        (
            "{protocol: '${PROTO}', port: 80}",
            PortTarget::Substituted("${PROTO}".into()),
        ),
    ] {
        let policy = taken(ports_of(text));
        assert_eq!(policy.ingress.rules[0].value.ports[0].value.target, expected, "{text}");
    }
}

#[test]
fn a_port_that_the_api_server_refuses_refuses_the_policy() {
    for (text, problem) in [
        ("{port: '80'}", "must contain at least one letter"),
        ("{port: 0}", "0 is no port"),
        ("{port: 65536}", "65536 is no port"),
        ("{port: 80.5}", "whole number or a name"),
        ("{port: true}", "whole number or a name"),
        ("{port: [80]}", "whole number or a name"),
        ("{port: 1:20}", "only lower-case letters"),
        ("{port: 90, endPort: 80}", "`endPort` 80 is below `port` 90"),
        ("{port: 90, endPort: 70000}", "70000 is no port"),
        ("{port: 90, endPort: '91'}", "`endPort` must be a whole number"),
        ("{port: http, endPort: 80}", "beside a port's name"),
        ("{endPort: 80}", "needs a `port`"),
        ("{protocol: tcp}", "`tcp` is no protocol"),
        ("{protocol: ''}", "is no protocol"),
        ("80", "`ports` must be a mapping"),
    ] {
        let problems = refused(ports_of(text));
        assert!(
            problems.iter().any(|found| found.contains(problem)),
            "{text}: {problems:?}"
        );
    }
}

#[test]
fn the_protocol_is_tcp_where_none_is_written() {
    for (text, protocol, written) in [
        ("{port: 1}", Protocol::Tcp, false),
        ("{port: 1, protocol: null}", Protocol::Tcp, false),
        ("{port: 1, protocol: UDP}", Protocol::Udp, true),
    ] {
        let policy = taken(ports_of(text));
        let port = &policy.ingress.rules[0].value.ports[0].value;
        assert_eq!((port.protocol, port.protocol_written), (protocol, written), "{text}");
    }
}

#[test]
fn a_peer_that_the_api_server_refuses_refuses_the_policy() {
    for (text, problem) in [
        ("{}", "a peer needs"),
        ("null", "a peer needs"),
        ("web", "must be a mapping"),
        ("{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}", "stands alone"),
        ("{ipBlock: {}}", "needs a `cidr`"),
        ("{ipBlock: {cidr: 10.0.0.0}}", "is no CIDR"),
        ("{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}", "must be smaller"),
        ("{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/9]}}", "must be smaller"),
        ("{ipBlock: {cidr: 10.0.0.0/8, except: [fd00::/16]}}", "must be smaller"),
        (
            "{ipBlock: {cidr: 10.0.0.0/8, except: 10.0.0.0/9}}",
            "`except` must be a list",
        ),
        ("{podSelector: {matchLabels: {app: 1}}}", "put `1` in quotes"),
        ("{podSelector: {matchLabels: {app: on}}}", "put `on` in quotes"),
        ("{podSelector: {matchLabels: {app: -web}}}", "is no label value"),
        ("{podSelector: {matchLabels: {a b: web}}}", "is no label key"),
        (
            "{podSelector: {matchExpressions: [{key: a, operator: In}]}}",
            "`In` needs `values`",
        ),
        (
            "{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}",
            "takes no `values`",
        ),
        (
            "{podSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}",
            "is no operator",
        ),
        (
            "{podSelector: {matchExpressions: [{key: a, operator: In, values: [b c]}]}}",
            "is no label value",
        ),
        (
            "{podSelector: {matchExpressions: [{operator: Exists}]}}",
            "needs a `key`",
        ),
        ("{podSelector: {matchExpressions: [{key: a}]}}", "needs an `operator`"),
        ("{podSelector: web}", "`podSelector` must be a mapping"),
    ] {
        let problems = refused(peers_of(text));
        assert!(
            problems.iter().any(|found| found.contains(problem)),
            "{text}: {problems:?}"
        );
    }
}

#[test]
fn an_odd_cidr_is_taken_as_written() {
    for (text, net) in [
        ("010.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104"),
    ] {
        let policy = taken(peers_of(&format!("{{ipBlock: {{cidr: '{text}'}}}}")));
        let Peer::Block(block) = &policy.egress.rules[0].value.peers[0].value else {
            panic!("no block")
        };
        assert_eq!(
            (block.cidr.text.as_str(), block.cidr.net),
            (text, Some(net.parse().unwrap()))
        );
    }
}

#[test]
fn missing_null_and_empty_mean_the_same() {
    for text in [
        "metadata: {name: p}",
        "metadata: {name: p}\nspec:\n",
        "metadata: {name: p}\nspec: {podSelector: null, ingress: [], egress: ~, policyTypes: []}",
    ] {
        let policy = taken(read(text));
        assert!(policy.selector.is_empty(), "{text}");
        assert!(
            policy.types.ingress && !policy.types.egress && policy.types.written.is_none(),
            "{text}"
        );
        assert!(
            policy.ingress.rules.is_empty() && policy.egress.rules.is_empty(),
            "{text}"
        );
    }
    let policy = taken(spec("{ingress: [null, {from: [], ports: null}]}"));
    assert_eq!(policy.ingress.rules.len(), 2);
    assert!(
        policy
            .ingress
            .rules
            .iter()
            .all(|rule| rule.value.peers.is_empty() && rule.value.ports.is_empty())
    );
}

#[test]
fn policy_types_default_to_ingress_and_to_egress_where_it_has_a_rule() {
    for (text, ingress, egress) in [
        ("{}", true, false),
        ("{egress: []}", true, false),
        ("{egress: [{}]}", true, true),
        ("{policyTypes: [Egress]}", false, true),
        ("{policyTypes: [Ingress], egress: [{}]}", true, false),
        ("{policyTypes: [Ingress, Ingress]}", true, false),
    ] {
        let types = taken(spec(text)).types;
        assert_eq!((types.ingress, types.egress), (ingress, egress), "{text}");
    }
    for text in [
        "{policyTypes: [ingress]}",
        "{policyTypes: [Ingress, Egress, Egress]}",
        "{policyTypes: Ingress}",
    ] {
        assert_eq!(refused(spec(text)).len(), 1, "{text}");
    }
}

#[test]
fn a_wrong_kind_of_node_is_refused() {
    for text in [
        "{spec: [], metadata: {name: p}}",
        "{metadata: {name: p}, spec: {ingress: {}}}",
        "{metadata: {name: p}, spec: {ingress: [allow]}}",
        "{metadata: {name: p}, spec: {ingress: [{ports: 80}]}}",
        "{metadata: p}",
        "{metadata: {name: 1}}",
        "{metadata: {}}",
        "{spec: {}}",
        "{metadata: {name: My_Policy}}",
        "{metadata: {name: p, labels: {version: 1.0}}}",
        "{metadata: {name: p, annotations: {a: true}}}",
    ] {
        assert!(!refused(read(text)).is_empty(), "{text}");
    }
}

#[test]
fn a_field_that_nobody_knows_is_refused_wherever_it_stands() {
    for text in [
        "{metadata: {name: p}, status: {}}",
        "{metadata: {name: p, team: pay}}",
        "{metadata: {name: p}, spec: {podselector: {}}}",
        "{metadata: {name: p}, spec: {podSelector: {app: web}}}",
        "{metadata: {name: p}, spec: {podSelector: {matchExpressions: [{key: a, operator: Exists, value: b}]}}}",
        "{metadata: {name: p}, spec: {ingress: [{to: []}]}}",
        "{metadata: {name: p}, spec: {egress: [{from: []}]}}",
        "{metadata: {name: p}, spec: {ingress: [{ports: [{Port: 80}]}]}}",
        "{metadata: {name: p}, spec: {ingress: [{from: [{podSelector: {}, name: a}]}]}}",
        "{metadata: {name: p}, spec: {ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, Except: []}}]}]}}",
        "{metadata: {name: p}, spec: {ingress: [{ports: [{protocol:, port: 80}]}]}}",
    ] {
        assert!(!refused(read(text)).is_empty(), "{text}");
    }
    let problems = refused(read("{metadata: {name: p}, spec: {podselector: {}}}"));
    assert!(problems[0].ends_with("did you mean `podSelector`?"), "{problems:?}");
    let known = "creationTimestamp: null, generation: 1, finalizers: [], ownerReferences: [], uid: ''";
    taken(read(&format!(
        "{{apiVersion: v, kind: k, metadata: {{name: p, {known}}}}}"
    )));
}

#[test]
fn metadata_is_judged_as_the_server_does() {
    for metadata in [
        "name: p, labels: {-a: b}",
        "name: p, labels: {a: b c}",
        "name: p, annotations: {a b: c}",
        "name: p, annotations: {a: 5}",
        "name: p, generation: x",
        "name: p, creationTimestamp: today",
        "name: p, finalizers: {}",
        "name: p, generateName: 5",
        "name: ''",
        "generateName: ''",
        "generateName: Web-",
    ] {
        assert!(
            !refused(read(&format!("{{metadata: {{{metadata}}}}}"))).is_empty(),
            "{metadata}"
        );
    }
    for (metadata, name) in [
        ("generateName: web-", "web-"),
        ("name: p, generateName: web-", "p"),
        ("name: p, annotations: {Team.Example/Owner: ''}", "p"),
        ("name: p, labels: ~, creationTimestamp: 2024-01-01T00:00:00Z", "p"),
        ("name: !!binary d2Vi", "web"),
    ] {
        assert_eq!(taken(read(&format!("{{metadata: {{{metadata}}}}}"))).key.name, name);
    }
}

#[test]
fn a_null_label_is_empty_and_remembered() {
    let text = "metadata: {name: p}\nspec: {podSelector: {matchLabels: {app: ~, tier: ''}}, ingress: [{from: [{podSelector: \
                {matchLabels: {k8s-app: !!null ''}}}]}]}\n";
    let policy = taken(read(text));
    let label = |key: &str| (key.to_owned(), String::new());
    assert_eq!(policy.selector.labels, [label("app"), label("tier")]);
    let spans: Vec<_> = policy.null_labels.iter().map(|span| span.slice(text)).collect();
    assert_eq!(spans, ["~", "''"]);
}

#[test]
fn every_span_holds_what_it_is_about() {
    let text = "metadata: {name: web, namespace: shop}\nspec:\n  podSelector: {matchLabels: {app: web}}\n  policyTypes: \
                [Ingress]\n  ingress:\n  - from:\n    - ipBlock: {cidr: '10.0.0.0/8', except: [10.1.0.0/16]}\n    ports:\n    \
                - port: http\n";
    let policy = taken(read(text));
    let rule = &policy.ingress.rules[0];
    let Peer::Block(block) = &rule.value.peers[0].value else {
        panic!("no block")
    };
    for (span, expected) in [
        (policy.place.name, "web"),
        (policy.selector_span, "{matchLabels: {app: web}}"),
        (policy.types.written.unwrap(), "[Ingress]"),
        (block.cidr_span, "'10.0.0.0/8'"),
        (block.except_spans[0], "10.1.0.0/16"),
        (rule.value.ports[0].span, "port: http"),
    ] {
        assert_eq!(span.slice(text), expected);
    }
    let section = policy.ingress.span.unwrap().slice(text);
    assert!(
        section.starts_with("ingress:") && section.ends_with("port: http"),
        "{section}"
    );
    assert!(policy.egress.span.is_none());
    assert_eq!(policy.key.to_string(), "shop/web");
    assert_eq!(rule.origin, Origin::Written(0));
}

#[test]
fn each_variable_is_remembered_with_its_bytes() {
    let text = "metadata: {name: '${NAME}-p'}\nspec:\n  podSelector: {matchLabels: {app: \"${A}-${B}\"}}\n  egress: \
                [{to: [{ipBlock: {cidr: '${CIDR:=10.0.0.0/8}'}}], ports: [{port: '${PORT}'}]}]\n";
    let policy = taken(read(text));
    let found: Vec<_> = policy.substitutions.iter().map(|span| span.slice(text)).collect();
    assert_eq!(found, ["${A}", "${B}", "${CIDR:=10.0.0.0/8}", "${PORT}"]);
}

#[test]
fn ignores_come_from_annotations_and_comments() {
    let text = "# ciliate: ignore[end-port] above\nmetadata:\n  name: p\n  annotations:\n    ciliate.dev/ignore: \
                \"ip-block, node-egress\"\n    ciliate.dev/ignore-reason: reviewed\n    ciliate.dev/ignore-until: \
                \"2027-03-31\"\nspec:\n  egress: # ciliate: ignore[a]\n  # ciliate: ignore[b,c] below\n  # more\n  - to: []\n";
    let policy = taken(read(text));
    let found: Vec<_> = policy
        .ignores
        .iter()
        .map(|ignore| {
            let line = match ignore.scope {
                IgnoreScope::Object => "object",
                IgnoreScope::Line(span) => span.slice(text).trim(),
            };
            (
                ignore.names.join(","),
                ignore.reason.as_deref(),
                ignore.until.as_deref(),
                line,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "ip-block,node-egress".to_owned(),
                Some("reviewed"),
                Some("2027-03-31"),
                "object"
            ),
            ("end-port".to_owned(), Some("above"), None, "object"),
            ("a".to_owned(), None, None, "egress: # ciliate: ignore[a]"),
            ("b,c".to_owned(), Some("below"), None, "- to: []"),
        ]
    );
}

#[test]
fn duplicates_aliases_and_merges_are_read_as_kubectl_does() {
    let text = "metadata: {name: a, name: b}\nspec:\n  ingress: [{from: [&peer {podSelector: {}}]}]\n  policyTypes: \
                [Ingress]\n  <<: {policyTypes: [Egress]}\n  egress: [{to: [*peer]}]\n";
    let policy = taken(read(text));
    assert_eq!(policy.key.name, "b");
    assert!(policy.types.egress && !policy.types.ingress);
    assert_eq!(policy.egress.rules[0].value.peers.len(), 1);
}

#[test]
fn json_reads_as_yaml_does() {
    let policy = taken(read(
        r#"{"metadata": {"name": "p"}, "spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]}}"#,
    ));
    assert_eq!(
        policy.ingress.rules[0].value.ports[0].value.target,
        PortTarget::Number(PortNumber::new(80).unwrap())
    );
}

proptest! {
    #[test]
    fn no_mutation_of_a_policy_makes_the_reader_panic(at in 0_usize..400, with in "[\\[\\]{}:,&*!|>'\"#~$ \n-]{0,3}") {
        let whole = "# ciliate: ignore[a]\nmetadata: {name: p, labels: {a: b}}\nspec:\n  podSelector: &s {matchLabels: {a: '${X}'}}\n  \
                     policyTypes: [Ingress]\n  ingress:\n  - from:\n    - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}\n    \
                     - podSelector: *s\n    ports:\n    - {port: 80, endPort: 90} # ciliate: ignore[b] c\n    - port: http\n";
        let at = at.min(whole.len());
        let text = format!("{}{with}{}", &whole[..at], &whole[(at + 1).min(whole.len())..]);
        for (index, span) in documents(&text).into_iter().enumerate() {
            let Ok(tree) = Tree::parse(&text, span) else { continue };
            let Some(node) = tree.root(&text) else { continue };
            let source = Source::new(FileId(0), u32::try_from(index).unwrap(), &text, &tree);
            let object = Object { node, item: None, before: 0 };
            if let Read::Policy(policy) = policy(object, &source) {
                prop_assert!(policy.place.name.range().end <= text.len());
            }
        }
    }
}
