use super::TRANSFORM;
use crate::transform::{Act, Change, Decision, Rewrite};
use crate::world::sample::{decide, deployment, grades, policy, settle, world};
use crate::world::{IngressNames, OnConflict, Workload, World};

const NAMED: &str = "ports: [{port: http}]";

fn egress(rules: &str) -> String {
    format!("{{podSelector: {{matchLabels: {{app: client}}}}, policyTypes: [Egress], egress: [{rules}]}}")
}

/// A world on 1.18 with pods in 10.244.0.0/16.
fn cluster(spec: &str, workloads: Vec<Workload>) -> World {
    let mut world = world(18, vec![policy(spec)], workloads);
    world.facts.pod_cidrs = vec!["10.244.0.0/16".parse().unwrap()];
    world
}

fn api() -> Workload {
    deployment("shop/api", "app=api", &[("http", 8080)])
}

fn web() -> Workload {
    deployment("shop/web", "app=web", &[("http", 3000)])
}

fn worker() -> Workload {
    deployment("shop/worker", "app=worker", &[])
}

fn the_change(world: &World) -> Change {
    match decide(&TRANSFORM, world).into_iter().next() {
        Some(Decision::Change(change)) => change,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_number_is_written_and_the_rule_keeps_to_pods() {
    for (peers, written) in [
        ("", vec!["ns() : 8080"]),
        (
            "to: [{podSelector: {matchLabels: {app: api}}}], ",
            vec!["pods(app=api) : 8080"],
        ),
        ("to: [{ipBlock: {cidr: 10.0.0.0/8}}], ", vec!["ns() : 8080"]),
        (
            "to: [{ipBlock: {cidr: 0.0.0.0/0}}, {namespaceSelector: {}}], ",
            vec!["ns() : 8080"],
        ),
        (
            "to: [{ipBlock: {cidr: 192.0.2.0/24}}, {podSelector: {}}], ",
            vec!["pods() : 8080"],
        ),
        ("to: [{ipBlock: {cidr: 192.0.2.0/24}}], ", vec![]),
        (
            "to: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}], ",
            vec!["ns(team DoesNotExist,kubernetes.io/metadata.name Exists) : 8080"],
        ),
    ] {
        let mut world = cluster(&egress(&format!("{{{peers}{NAMED}}}")), vec![api()]);
        assert_eq!(settle(&TRANSFORM, &mut world), written, "{peers}");
    }
}

#[test]
fn a_positive_pod_term_keeps_negative_namespaces_to_pods_already() {
    let peer = "{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}, podSelector: {matchLabels: {app: api}}}";
    let mut world = cluster(&egress(&format!("{{to: [{peer}], {NAMED}}}")), vec![api()]);
    assert_eq!(
        settle(&TRANSFORM, &mut world),
        ["ns(team DoesNotExist) pods(app=api) : 8080"]
    );
}

#[test]
fn a_rule_that_mixes_names_and_numbers_is_split_only_where_its_peers_change() {
    let ports = "ports: [{port: 443}, {port: http}]";
    for (peers, written) in [
        ("", vec!["* : 443", "ns() : 8080"]),
        ("to: [{podSelector: {}}], ", vec!["pods() : 443 8080"]),
        (
            "to: [{ipBlock: {cidr: 0.0.0.0/0}}], ",
            vec!["0.0.0.0/0 : 443", "ns() : 8080"],
        ),
        ("to: [{ipBlock: {cidr: 192.0.2.0/24}}], ", vec!["192.0.2.0/24 : 443"]),
    ] {
        let mut world = cluster(&egress(&format!("{{{peers}{ports}}}")), vec![api()]);
        assert_eq!(settle(&TRANSFORM, &mut world), written, "{peers}");
    }
}

#[test]
fn the_written_item_comes_first_and_the_new_ones_are_copies_of_it() {
    use crate::policy::Origin::{CopyOf, Written};
    let world = cluster(&egress("{ports: [{port: 443}, {port: http}]}"), vec![api()]);
    let Act::Rewrite(rewrites) = the_change(&world).act else {
        panic!()
    };
    let [Rewrite::Rule { with, .. }] = &rewrites[..] else {
        panic!("{rewrites:?}")
    };
    let origins: Vec<_> = with.iter().map(|rule| rule.origin).collect();
    assert_eq!(origins, [Written(0), CopyOf(0)]);
}

#[test]
fn a_number_that_the_rule_lists_already_is_not_written_twice() {
    let rule = "{to: [{podSelector: {}}], ports: [{port: http}, {port: 8080}]}";
    let mut world = cluster(&egress(rule), vec![api()]);
    assert_eq!(settle(&TRANSFORM, &mut world), ["pods() : 8080"]);
}

#[test]
fn the_last_rule_of_a_direction_leaves_the_pods_isolated() {
    let rule = format!("{{to: [{{ipBlock: {{cidr: 192.0.2.0/24}}}}], {NAMED}}}");
    for (rules, written) in [
        (rule.clone(), vec!["policyTypes"]),
        (format!("{rule}, {rule}"), vec!["policyTypes", "policyTypes"]),
        (format!("{rule}, {{ports: [{{port: 53}}]}}"), vec!["* : 53"]),
    ] {
        let mut world = cluster(&format!("{{egress: [{rules}]}}"), vec![api()]);
        assert_eq!(settle(&TRANSFORM, &mut world), written, "{rules}");
    }
}

#[test]
fn it_is_safe_where_every_pod_that_the_peers_can_select_is_shown() {
    let own = "to: [{podSelector: {matchLabels: {app: api}}}], ";
    let elsewhere = "to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}}], ";
    let database = || deployment("data/db", "app=db", &[("http", 8080)]);
    for (peers, workloads, stated, grade) in [
        (own, vec![api()], true, "safe"),
        (own, vec![api()], false, "review"),
        (elsewhere, vec![api(), database()], true, "safe"),
        ("", vec![api()], true, "review"),
    ] {
        let mut world = cluster(&egress(&format!("{{{peers}{NAMED}}}")), workloads);
        world.facts.target.stated = stated;
        assert_eq!(grades(&decide(&TRANSFORM, &world)), [grade], "{peers} {stated}");
    }
}

#[test]
fn a_dump_shows_every_pod_and_a_stream_shows_none() {
    let mut world = cluster(&egress(&format!("{{{NAMED}}}")), vec![api()]);
    world.facts.dump = true;
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["safe"]);
    let mut world = cluster(
        &egress(&format!("{{to: [{{podSelector: {{}}}}], {NAMED}}}")),
        vec![api()],
    );
    world.facts.stream = true;
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["review"]);
}

#[test]
fn names_are_looked_up_on_the_peers_and_never_on_the_policys_own_pods() {
    let client = deployment("shop/client", "app=client", &[("http", 9999)]);
    let rule = format!("{{to: [{{podSelector: {{matchLabels: {{app: api}}}}}}], {NAMED}}}");
    let mut world = cluster(&egress(&rule), vec![api(), client]);
    assert_eq!(settle(&TRANSFORM, &mut world), ["pods(app=api) : 8080"]);
}

#[test]
fn several_numbers_or_pods_without_the_name_pin_the_rule_to_the_workloads() {
    let at = |app: &str, port: u16| format!("ns(kubernetes.io/metadata.name=shop) pods(app={app}) : {port}");
    let rule = format!("{{to: [{{podSelector: {{}}}}], {NAMED}}}");
    for (workloads, written) in [
        (vec![api(), web()], vec![at("web", 3000), at("api", 8080)]),
        (vec![api(), worker()], vec![at("api", 8080)]),
    ] {
        let mut world = cluster(&egress(&rule), workloads);
        assert_eq!(grades(&decide(&TRANSFORM, &world)), ["review"]);
        assert_eq!(settle(&TRANSFORM, &mut world), written);
    }
}

#[test]
fn a_rule_is_not_pinned_to_labels_or_namespaces_that_no_cluster_takes() {
    for (name, labels) in [("o o/api", "app=api"), ("shop/api", "app=a b"), ("shop/api", "a b=api")] {
        let rule = format!("{{to: [{{namespaceSelector: {{}}, podSelector: {{}}}}], {NAMED}}}");
        let odd = deployment(name, labels, &[("http", 8080)]);
        let world = cluster(&egress(&rule), vec![odd, web()]);
        assert_eq!(grades(&decide(&TRANSFORM, &world)), ["manual"], "{name} {labels}");
    }
}

#[test]
fn a_pinned_rule_keeps_its_other_ports_and_peers_in_the_written_item() {
    let mut world = cluster(&egress("{ports: [{port: 443}, {port: http}]}"), vec![api(), worker()]);
    assert_eq!(
        settle(&TRANSFORM, &mut world),
        ["* : 443", "ns(kubernetes.io/metadata.name=shop) pods(app=api) : 8080"]
    );
}

#[test]
fn workloads_without_a_selector_are_pinned_by_the_labels_that_cilium_keeps() {
    let mut job = deployment(
        "shop/job",
        "app=job,controller-uid=1,statefulset.kubernetes.io/pod-name=x",
        &[("http", 81)],
    );
    job.selector = None;
    let mut world = cluster(
        &egress(&format!("{{to: [{{podSelector: {{}}}}], {NAMED}}}")),
        vec![job, api()],
    );
    assert_eq!(
        settle(&TRANSFORM, &mut world),
        [
            "ns(kubernetes.io/metadata.name=shop) pods(app=job) : 81",
            "ns(kubernetes.io/metadata.name=shop) pods(app=api) : 8080"
        ]
    );
}

#[test]
fn workloads_that_labels_cannot_tell_apart_are_left_with_every_candidate() {
    let twin = deployment("shop/twin", "app=api", &[("http", 9090)]);
    let world = cluster(
        &egress(&format!("{{to: [{{podSelector: {{}}}}], {NAMED}}}")),
        vec![api(), twin, worker()],
    );
    let decisions = decide(&TRANSFORM, &world);
    let [Decision::Manual(manual)] = &decisions[..] else {
        panic!("{decisions:?}")
    };
    assert!(
        manual.notes.iter().any(|note| note == "8080 on Deployment shop/api"),
        "{:?}",
        manual.notes
    );
    assert!(
        manual.notes.iter().any(|note| note == "9090 on Deployment shop/twin"),
        "{:?}",
        manual.notes
    );
}

#[test]
fn a_rule_is_not_pinned_to_more_workloads_than_anybody_reads() {
    let many = |count: usize| -> Vec<Workload> {
        let name = |at: usize| (format!("shop/w{at}"), format!("app=w{at}"));
        let made = (0..count).map(name);
        let mut workloads: Vec<Workload> = made
            .map(|(key, labels)| deployment(&key, &labels, &[("http", 8080)]))
            .collect();
        workloads.push(worker());
        workloads
    };
    for (count, grade) in [(500, "review"), (501, "manual")] {
        let world = cluster(&egress(&format!("{{{NAMED}}}")), many(count));
        assert_eq!(grades(&decide(&TRANSFORM, &world)), [grade], "{count}");
    }
}

#[test]
fn the_last_rule_that_goes_writes_policy_types_and_one_before_it_does_not() {
    let gone = format!("{{to: [{{ipBlock: {{cidr: 192.0.2.0/24}}}}], {NAMED}}}");
    let spec = |rest: &str| format!("{{egress: [{gone}{rest}]}}");
    for (rest, left) in [
        (String::new(), vec!["policyTypes"]),
        (
            format!(", {{to: [{{podSelector: {{}}}}], {NAMED}}}"),
            vec!["pods() : 8080"],
        ),
        (", {ports: [{port: 53}]}".to_owned(), vec!["* : 53"]),
        (format!(", {gone}"), vec!["policyTypes", "policyTypes"]),
    ] {
        let mut world = cluster(&spec(&rest), vec![api()]);
        assert_eq!(settle(&TRANSFORM, &mut world), left, "{rest}");
    }
}

#[test]
fn a_pin_never_reaches_a_pod_that_the_rule_does_not() {
    let old = deployment("shop/old", "app=api", &[("http", 8080)]);
    let mut new = deployment("shop/new", "app=api,track=new", &[("http", 8080)]);
    new.selector.clone_from(&old.selector);
    let other = deployment("shop/other", "app=other,track=new", &[]);
    let rule = format!("{{to: [{{podSelector: {{matchLabels: {{track: new}}}}}}], {NAMED}}}");
    let world = cluster(&egress(&rule), vec![old, new, other]);
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["manual"]);
}

#[test]
fn a_union_lists_each_pod_and_port_that_it_opens() {
    let twin = deployment("shop/twin", "app=api", &[("http", 9090)]);
    let mut world = cluster(
        &egress(&format!("{{to: [{{podSelector: {{}}}}], {NAMED}}}")),
        vec![api(), twin],
    );
    world.settings.on_conflict = OnConflict::Union;
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["review"]);
    assert_eq!(
        the_change(&world).notes,
        [
            "opens 9090 on Deployment shop/api",
            "opens 8080 on Deployment shop/twin"
        ]
    );
    assert_eq!(settle(&TRANSFORM, &mut world), ["pods() : 8080 9090"]);
}

#[test]
fn a_name_that_no_known_pod_declares_waits_unless_all_pods_are_known() {
    let rule = |peers: &str| egress(&format!("{{{peers}{NAMED}}}"));
    let mine = cluster(&rule("to: [{podSelector: {}}], "), vec![worker()]);
    assert_eq!(grades(&decide(&TRANSFORM, &mine)), ["manual"]);
    assert_eq!(
        grades(&decide(&TRANSFORM, &cluster(&rule(""), vec![worker()]))),
        ["waits"]
    );
}

#[test]
fn the_config_supplies_numbers_for_pods_that_the_files_do_not_show() {
    let name = ("http".to_owned(), crate::policy::Protocol::Tcp);
    for (workloads, number, grade) in [
        (vec![], 8080, "review"),
        (vec![api()], 8080, "review"),
        (vec![api()], 9090, "manual"),
    ] {
        let mut world = cluster(&egress(&format!("{{{NAMED}}}")), workloads);
        world
            .facts
            .named_ports
            .insert(name.clone(), crate::policy::PortNumber::new(number).unwrap());
        assert_eq!(grades(&decide(&TRANSFORM, &world)), [grade], "{number}");
    }
}

#[test]
fn one_name_left_does_not_hold_the_others() {
    let rule = "{to: [{podSelector: {}}], ports: [{port: nobody}, {port: http}]}";
    let mut world = cluster(&egress(rule), vec![api()]);
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["safe", "manual"]);
    assert_eq!(settle(&TRANSFORM, &mut world), ["pods() : nobody 8080"]);
}

#[test]
fn peers_that_the_files_cannot_settle_leave_the_rule() {
    let not_in = "{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [a, b]}]}}";
    for (peer, answer) in [
        (not_in, "manual"),
        ("{ipBlock: {cidr: 10.244.0.0/17}}", "manual"),
        ("{ipBlock: {cidr: '${OFFICE}'}}", "manual"),
        ("{podSelector: {matchLabels: {app: '${APP}'}}}", "manual"),
    ] {
        let world = cluster(&egress(&format!("{{to: [{peer}], {NAMED}}}")), vec![api()]);
        assert_eq!(grades(&decide(&TRANSFORM, &world)), [answer], "{peer}");
    }
    let mut world = cluster(
        &egress(&format!("{{to: [{{ipBlock: {{cidr: 10.0.0.0/8}}}}], {NAMED}}}")),
        vec![api()],
    );
    world.facts.pod_cidrs.clear();
    assert_eq!(grades(&decide(&TRANSFORM, &world)), ["waits"]);
}

#[test]
fn host_network_pods_and_other_protocols_declare_nothing() {
    let mut host = deployment("shop/host", "app=host", &[("http", 1)]);
    host.host_network = true;
    let rule = "{to: [{podSelector: {}}], ports: [{port: http, protocol: TCP}]}";
    let mut world = cluster(&egress(rule), vec![api(), host]);
    assert_eq!(settle(&TRANSFORM, &mut world), ["pods() : 8080"]);
    let udp = cluster(
        &egress("{to: [{podSelector: {}}], ports: [{port: http, protocol: UDP}]}"),
        vec![api()],
    );
    assert_eq!(grades(&decide(&TRANSFORM, &udp)), ["manual"]);
}

#[test]
fn from_1_20_on_egress_names_stay() {
    let world = world(20, vec![policy(&egress(&format!("{{{NAMED}}}")))], vec![api(), web()]);
    assert!(decide(&TRANSFORM, &world).is_empty());
}

#[test]
fn ingress_names_are_written_where_all_pods_of_the_policy_agree() {
    let spec = format!("{{podSelector: {{}}, ingress: [{{{NAMED}}}]}}");
    let both = || deployment("shop/both", "app=both", &[("http", 80), ("http", 81)]);
    for (workloads, answers, written) in [
        (vec![api()], vec!["safe"], "* : 8080"),
        (vec![both()], vec!["safe"], "* : 80 81"),
        (vec![api(), web()], vec![], "* : http"),
        (vec![api(), worker()], vec![], "* : http"),
        (vec![worker()], vec![], "* : http"),
        (vec![], vec![], "* : http"),
        (vec![api(), both()], vec!["manual"], "* : http"),
    ] {
        let mut world = world(20, vec![policy(&spec)], workloads);
        assert_eq!(grades(&decide(&TRANSFORM, &world)), answers, "{written}");
        assert_eq!(settle(&TRANSFORM, &mut world), [written]);
    }
}

#[test]
fn ingress_names_are_kept_where_the_config_says_so() {
    let mut world = world(18, vec![policy(&format!("{{ingress: [{{{NAMED}}}]}}"))], vec![api()]);
    world.settings.ingress_names = IngressNames::Keep;
    assert!(decide(&TRANSFORM, &world).is_empty());
}

#[test]
fn a_name_that_stands_in_for_what_another_rule_loses_needs_a_look() {
    let dump = |beside: &str| {
        let mut world = cluster(&egress(&format!("{{{NAMED}}}, {beside}")), vec![api()]);
        world.facts.node_cidrs = vec!["10.224.0.0/16".parse().unwrap()];
        world.facts.dump = true;
        grades(&decide(&TRANSFORM, &world))
    };
    for (beside, grade) in [
        ("{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}", "review"),
        (
            "{to: [{ipBlock: {cidr: 10.224.0.0/24}}], ports: [{port: 8080}]}",
            "review",
        ),
        ("{to: [{ipBlock: {cidr: 10.224.0.0/24}}], ports: [{port: 443}]}", "safe"),
        ("{to: [{ipBlock: {cidr: 10.0.0.0/24}}]}", "safe"),
        ("{to: [{podSelector: {}}]}", "safe"),
    ] {
        assert_eq!(dump(beside), [grade], "{beside}");
    }
}
