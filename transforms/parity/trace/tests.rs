use super::answer::{EndKind, Entry};
use super::answer::{Passes, Trace};
use super::*;
use crate::plan::{Fix, Options, plan};
use crate::source::{FileId, SourceFile};
use crate::world::build::{Input, InputRole, Spec, worlds};
use crate::world::extract::{Wanted, extract};
use crate::world::mentions::mentions;

/// `shop/web` on node n1 and `shop/api` on n2, a Deployment and an agent on the node's network; `shop/lb` leads to web.
const CLUSTER: &str = "\
kind: List
apiVersion: v1
items:
- {apiVersion: v1, kind: Node, metadata: {name: n1}, status: {addresses: [{address: 10.224.0.4}]}}
- {apiVersion: v1, kind: Node, metadata: {name: n2}, status: {addresses: [{address: 10.224.0.5}]}}
- apiVersion: v1
  kind: Pod
  metadata: {name: web-0, namespace: shop, labels: {app: web}}
  spec: {nodeName: n1, containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
  status: {podIP: 10.244.0.7}
- apiVersion: v1
  kind: Pod
  metadata: {name: api-0, namespace: shop, labels: {app: api}}
  spec: {nodeName: n2, containers: [{name: c}]}
  status: {podIP: 10.244.1.7}
- apiVersion: v1
  kind: Pod
  metadata: {name: agent, namespace: ops, labels: {app: agent}}
  spec: {nodeName: n2, hostNetwork: true, containers: [{name: c}]}
  status: {podIP: 10.224.0.5}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: job, namespace: ops}
  spec: {selector: {matchLabels: {app: job}}, template: {metadata: {labels: {app: job}}, spec: {containers: [{name: c}]}}}
- apiVersion: v1
  kind: Service
  metadata: {name: lb, namespace: shop}
  spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: http}, {port: 81, targetPort: 9090}]}
- apiVersion: v1
  kind: Service
  metadata: {name: local, namespace: shop}
  spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
";

const POLICY: &str = "\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: api}}}]
    ports: [{port: 8080}]
  - from: [{ipBlock: {cidr: 203.0.113.0/24}}]
";

fn ask(more: &str, from: &str, to: &str, via: Option<&str>) -> Result<Vec<Trace>, String> {
    let text = format!("{CLUSTER}{more}");
    let path = "all.yaml".to_owned();
    let extract = extract(
        FileId(0),
        &path,
        &text,
        mentions(text.as_bytes()),
        Wanted { workloads: true },
    );
    let input = Input {
        path: path.clone(),
        role: InputRole::Edit,
        clusters: Vec::new(),
        namespace_by_path: None,
        extract,
    };
    let sources = Sources {
        files: vec![SourceFile {
            path,
            text: Some(text.into()),
        }],
        stream: None,
        ..Sources::default()
    };
    let mut spec = Spec {
        workloads_read: true,
        ..Spec::default()
    };
    spec.facts.pod_cidrs = vec!["10.244.0.0/16".parse().unwrap()];
    spec.facts.node_cidrs = vec!["10.224.0.0/16".parse().unwrap()];
    let options = Options::of_everything(Fix::Safe);
    let world = worlds(vec![input], &spec).worlds.remove(0);
    let plan = plan(world, &options);
    let question = Question::new(from, to, via).map_err(|error| error.to_string())?;
    let fixed = State::fixed(&plan, |_| false);
    trace(&question, &plan, &fixed, &sources).map_err(|error| error.to_string())
}

fn only(more: &str, from: &str, to: &str) -> Trace {
    let mut traces = ask(more, from, to, None).unwrap();
    assert_eq!(traces.len(), 1);
    traces.remove(0)
}

/// The verdict of NPM today, of Cilium with nothing changed, and with the fix.
fn verdicts(trace: &Trace) -> Vec<Passes> {
    trace.states.iter().map(|state| state.verdict).collect()
}

#[test]
fn a_name_that_is_not_there_is_answered_with_those_that_are() {
    let error = |from: &str, to: &str| ask("", from, to, None).unwrap_err();
    assert_eq!(
        error("shop/web", "world"),
        "no Pod shop/web in the input; there is shop/web-0"
    );
    assert_eq!(
        error("shop/cart", "world"),
        "no Pod shop/cart in the input; there are shop/api-0, shop/web-0"
    );
    assert_eq!(
        error("ops/job", "world"),
        "no Pod ops/job in the input; there is ops/Deployment/job"
    );
    assert_eq!(
        error("pay/job", "world"),
        "no Pod pay/job in the input; there are ops/…, shop/…"
    );
    assert!(error("node:n3", "shop/web-0").contains("there are node:n1, node:n2"));
    assert!(error("own-node", "world").contains("there is no pod"));
    assert!(error("own-node", "other-node").contains("name a pod there"));
}

#[test]
fn an_address_is_whoever_has_it() {
    let to = |address: &str| {
        let trace = only("", "shop/web-0", address);
        (trace.to.kind, trace.to.object.or(trace.to.node), trace.notes.len())
    };
    assert_eq!(to("10.244.1.7"), (EndKind::Pod, Some("Pod shop/api-0".to_owned()), 0));
    assert_eq!(to("10.224.0.5"), (EndKind::Node, Some("n2".to_owned()), 0));
    assert_eq!(to("10.244.9.9"), (EndKind::Outside, None, 1));
    assert_eq!(to("203.0.113.7"), (EndKind::Outside, None, 0));
}

#[test]
fn a_pod_on_the_nodes_network_is_its_node() {
    let trace = only("", "shop/web-0", "ops/agent:80");
    assert_eq!((trace.to.kind, trace.to.node.as_deref()), (EndKind::Node, Some("n2")));
    assert!(trace.states[0].ingress.is_empty());
}

#[test]
fn the_own_node_passes_where_another_does_not() {
    use Passes::{Allow, Deny};
    assert_eq!(
        verdicts(&only(POLICY, "own-node", "shop/web-0:80")),
        [Allow, Allow, Allow]
    );
    assert_eq!(
        verdicts(&only(POLICY, "node:n1", "shop/web-0:80")),
        [Allow, Allow, Allow]
    );
    assert_eq!(verdicts(&only(POLICY, "node:n2", "shop/web-0:80")), [Deny, Deny, Deny]);
    assert_eq!(
        verdicts(&only(POLICY, "other-node", "shop/web-0:80")),
        [Deny, Deny, Deny]
    );
}

#[test]
fn a_workload_without_a_known_node_has_an_own_one_all_the_same() {
    let policy = POLICY
        .replace("namespace: shop", "namespace: ops")
        .replace("app: web", "app: job");
    let trace = only(&policy, "own-node", "ops/deployment/job:80");
    assert_eq!(verdicts(&trace), [Passes::Allow; 3]);
    assert_eq!(
        verdicts(&only(&policy, "node:n1", "ops/Deployment/job:80")),
        [Passes::Deny; 3]
    );
}

#[test]
fn what_decides_is_told_with_its_line() {
    let trace = only(POLICY, "shop/api-0", "shop/web-0:http");
    assert_eq!(trace.port.as_deref(), Some("8080/TCP"));
    let [answer] = &trace.states[0].ingress[..] else {
        panic!("one port has one answer")
    };
    let policy = answer.policy.as_ref().unwrap();
    assert_eq!(
        (policy.name.as_str(), policy.rule.as_deref(), policy.line),
        ("shop/web", Some("ingress[0]"), Some(41))
    );
    assert_eq!(answer.because.id, "NPM-R5");
    assert!(trace.states[0].egress[0].policy.is_none());
}

#[test]
fn a_denied_port_is_told_beside_those_that_pass() {
    let trace = only(POLICY, "shop/api-0", "shop/web-0:9090");
    assert_eq!(verdicts(&trace), [Passes::Deny; 3]);
    for state in &trace.states {
        let [elsewhere] = &state.elsewhere[..] else {
            panic!("one rule matches the peer")
        };
        assert_eq!(elsewhere.answer.ports, "8080/TCP");
    }
}

#[test]
fn without_a_port_the_ports_are_told_on_which_it_passes() {
    let trace = only(POLICY, "shop/api-0", "shop/web-0");
    assert_eq!(verdicts(&trace), [Passes::SomePorts; 3]);
    assert!(trace.states.iter().all(|state| state.ports == "8080/TCP"));
    let open = only(POLICY, "shop/web-0", "shop/api-0");
    assert!(open.states.iter().all(|state| state.ports == "all"));
}

#[test]
fn an_answer_that_hangs_on_an_unknown_address_says_at_which_it_is_another() {
    let trace = only(POLICY, "world", "shop/web-0:80");
    assert_eq!(verdicts(&trace), [Passes::Deny; 3]);
    assert_eq!(
        trace.notes,
        ["world is taken for no particular address; at 203.0.113.0 the answers are others"]
    );
    assert!(only(POLICY, "203.0.113.9", "shop/web-0:80").notes.is_empty());
}

#[test]
fn a_services_port_is_translated_to_the_pods() {
    let port = |to: &str, service: &str| {
        let traces = ask("", "world", to, Some(service))?;
        let via = traces[0].via.as_ref().unwrap();
        Ok::<_, String>((via.port.clone(), traces[0].port.clone().unwrap(), traces[0].notes.len()))
    };
    let found = |own: &str, pod: &str, notes| Ok((own.to_owned(), pod.to_owned(), notes));
    assert_eq!(port("shop/web-0:80", "shop/lb"), found("80/TCP", "8080/TCP", 0));
    assert_eq!(port("shop/web-0:81", "shop/lb"), found("81/TCP", "9090/TCP", 0));
    assert_eq!(port("shop/web-0:http", "shop/lb"), found("80/TCP", "8080/TCP", 0));
    assert_eq!(port("shop/web-0:8080", "shop/lb"), found("80/TCP", "8080/TCP", 1));
    assert_eq!(port("shop/web-0", "shop/local"), found("80/TCP", "8080/TCP", 0));
    let error = |to: &str, service: &str| port(to, service).unwrap_err();
    assert!(error("shop/web-0", "shop/lb").contains("several ports, there are 80/TCP, 81/TCP"));
    assert!(error("shop/web-0:82", "shop/lb").contains("has no port 82/TCP; there are 80/TCP, 81/TCP"));
    assert!(error("shop/web-0:80", "shop/cart").contains("there are shop/lb, shop/local"));
    assert!(
        error("shop/api-0:80", "shop/lb")
            .contains("does not select Pod shop/api-0; of its pods, there is Pod shop/web-0")
    );
    assert!(error("10.0.0.9:80", "shop/lb").contains("a pod answers"));
}

#[test]
fn a_packet_enters_where_the_client_or_the_service_says() {
    let entries = |from: &str, service: &str| {
        let traces = ask("", from, "shop/web-0:80", Some(service))?;
        let entries = traces.iter().filter_map(|trace| trace.via.as_ref());
        Ok::<_, String>(entries.map(|via| (via.entry, via.node.clone())).collect::<Vec<_>>())
    };
    let own = (Entry::OwnNode, Some("n1".to_owned()));
    let on_n2 = (Entry::OtherNode, Some("n2".to_owned()));
    assert_eq!(
        entries("world", "shop/lb"),
        Ok(vec![own.clone(), (Entry::OtherNode, None)])
    );
    assert_eq!(
        entries("world", "shop/lb@other-node"),
        Ok(vec![(Entry::OtherNode, None)])
    );
    assert_eq!(entries("world", "shop/lb@n2"), Ok(vec![on_n2.clone()]));
    assert_eq!(entries("world", "shop/local"), Ok(vec![own.clone()]));
    assert_eq!(entries("shop/api-0", "shop/lb"), Ok(vec![on_n2.clone()]));
    assert_eq!(entries("node:n1", "shop/lb"), Ok(vec![own]));
    assert_eq!(entries("ops/Deployment/job", "shop/lb@n2"), Ok(vec![on_n2]));
    let error = entries("shop/api-0", "shop/lb@own-node").unwrap_err();
    assert_eq!(
        error,
        "shop/api-0 enters at its own node (n2): leave out the @ and what follows"
    );
}

#[test]
fn a_service_hides_an_outside_client_from_npm_alone() {
    let policy = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: none, namespace: shop}\n\
                  spec: {podSelector: {}, policyTypes: [Ingress]}\n";
    let traces = ask(policy, "198.51.100.7", "shop/web-0:80", Some("shop/lb")).unwrap();
    let [own, other] = &traces[..] else {
        panic!("both entries are walked")
    };
    assert_eq!(verdicts(own)[..2], [Passes::Allow, Passes::Deny]);
    assert_eq!(verdicts(other)[..2], [Passes::Deny, Passes::Deny]);
}

#[test]
fn a_policy_that_an_engine_refuses_is_named() {
    let policy = POLICY.replace("203.0.113.0/24", "fd00::/64");
    let trace = only(&policy, "shop/api-0", "shop/web-0:80");
    assert!(
        trace.notes[0].starts_with("NPM refuses NetworkPolicy shop/web (all.yaml:"),
        "{:?}",
        trace.notes
    );
}

#[test]
fn what_is_not_chosen_is_told_where_it_may_matter() {
    let policy = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: out, namespace: shop}\n\
                  spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.244.0.0/17}}]}]}\n";
    let trace = only(policy, "shop/web-0", "shop/api-0:80");
    assert_eq!(verdicts(&trace), [Passes::Allow, Passes::Deny, Passes::Deny]);
    assert!(
        trace.notes[0].contains("`--fix review` judges with them"),
        "{:?}",
        trace.notes
    );
}
