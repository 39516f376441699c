//! Tests of reading a config and joining it with flags.

use std::fs;
use std::io;

use ciliate_transforms::world::build::ClusterSpec;

use super::*;
use crate::cli;

const SAMPLE: &str = r#"version: 1
target: {aks-version: "1.32"}
phase: before
clusters:
- name: prod-weu
  paths: ["clusters/prod-weu/**"]
  target: {cilium-version: 1.16.16}
  pod-cidrs: [10.244.0.0/16]
  complete: true
  namespaces: {payments: {labels: {team: pay}}}
  named-ports: {metrics/TCP: 9100}
- name: rest
namespaces-by-path: [{path: "apps/*/**", namespace: "ns-$1"}]
files: {exclude: ["**/charts/**"], context: ["base/**"]}
transforms:
  end-port: {max-ports: 7}
  load-balancer: {clients: {shop/web: [198.51.100.0/24, {namespaces: {team: pay}}]}}
overlays: {layout: beside}
ignores: {require-reason: true}
"#;

fn load(text: &str) -> Result<Config, Stop> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join(NAME), text)?;
    load_in(folder.path())
}

fn load_in(folder: &Path) -> Result<Config, Stop> {
    let boundary = Boundary::new(folder, folder, &[])?;
    Config::load(folder, None, folder, &boundary)
}

fn refused(text: &str) -> String {
    load(text).unwrap_err().message()
}

#[test]
fn every_key_of_the_file_arrives() {
    let config = load(SAMPLE).unwrap();
    let spec = config.spec(&cli::Target::default(), &cli::Choosing::default()).unwrap();
    let ClusterSpec { name, facts } = &spec.clusters[0];
    assert_eq!(
        (name.as_str(), facts.target.version.as_str(), facts.complete),
        ("prod-weu", "1.16.16", true)
    );
    assert_eq!(facts.namespaces["payments"]["team"], "pay");
    assert_eq!(facts.named_ports.len(), 1);
    assert_eq!(facts.stated_at["pod-cidrs"], ".ciliate.yaml:8");
    assert_eq!(facts.stated_at["target"], ".ciliate.yaml:7");
    assert_eq!(spec.clusters[1].facts.target.aks.as_deref(), Some("1.32"));
    assert_eq!(spec.settings.max_ports, 7);
    assert_eq!(spec.settings.clients["shop/web"].len(), 2);
    assert!(config.file.ignores.require_reason);
    assert_eq!(
        (config.file.overlays.layout, config.overlays_dir()),
        (Layout::Beside, "cilium-overlays")
    );
}

#[test]
fn flags_beat_the_file() {
    let flags = cli::Target {
        cilium_version: Some("1.18.2".parse().unwrap()),
        pod_cidrs: vec!["10.1.0.0/16".parse().unwrap()],
        ..cli::Target::default()
    };
    let choosing = cli::Choosing {
        max_ports: Some(9),
        ..cli::Choosing::default()
    };
    let spec = load(SAMPLE).unwrap().spec(&flags, &choosing).unwrap();
    let facts = &spec.clusters[0].facts;
    assert_eq!(facts.target.version, "1.18.2");
    assert_eq!(facts.stated_at["pod-cidrs"], "--pod-cidr");
    assert_eq!(spec.settings.max_ports, 9);
}

#[test]
fn paths_give_clusters_namespaces_and_roles() {
    let rules = load(SAMPLE).unwrap().rules;
    assert_eq!(rules.clusters_of("clusters/prod-weu/a/b.yaml"), [0]);
    assert_eq!(rules.clusters_of("apps/x.yaml"), [1]);
    assert_eq!(rules.namespace_of("apps/shop/a.yaml").as_deref(), Some("ns-shop"));
    assert!(rules.excludes("a/charts/b.yaml") && !rules.excludes("a/b.yaml"));
    assert!(rules.is_context("base/a.yaml"));
}

#[test]
fn what_stars_matched_is_put_in_once() {
    let matched = ["$2$2", "b"];
    for (template, expected) in [
        ("ns-$1", "ns-$2$2"),
        ("$2-$1", "b-$2$2"),
        ("$20$3$0$", "b0$3$0$"),
        ("shop", "shop"),
        ("$99999999999999999999", "$99999999999999999999"),
    ] {
        let filled = rules::filled_in(template, |at| matched.get(at).copied());
        assert_eq!(filled, expected, "{template}");
    }
}

#[test]
fn a_namespace_that_no_cluster_can_have_is_refused_at_its_line() {
    for (rest, expected) in [
        (
            "namespaces-by-path:\n- {path: a/*, namespace: -$1}\n",
            "3: namespaces-by-path.0.namespace: `-$1`",
        ),
        (
            "namespaces-by-path:\n- {path: a/*, namespace: \"${NS}\"}\n",
            "3: namespaces-by-path.0.namespace: `${NS}`",
        ),
        (
            "clusters:\n- name: a\n  namespaces: {Shop: {}}\n",
            "4: clusters.0.namespaces.Shop: `Shop`",
        ),
        (
            "transforms:\n  load-balancer:\n    clients: {../web: [10.0.0.0/8]}\n",
            "4: transforms.load-balancer.clients.../web: `..`",
        ),
    ] {
        let message = refused(&format!("version: 1\n{rest}"));
        assert!(
            message.starts_with(&format!(".ciliate.yaml:{expected} is no namespace: ")),
            "{message}"
        );
    }
    load("version: 1\nnamespaces-by-path: [{path: a/*/**, namespace: $1-prod}]\n").unwrap();
}

#[test]
fn a_file_outside_every_cluster_belongs_to_all() {
    let text = "version: 1\nclusters: [{name: a, paths: [a/**]}, {name: b, paths: [b/**]}]\n";
    let rules = load(text).unwrap().rules;
    assert_eq!(rules.clusters_of("shared/x.yaml"), [0, 1]);
    assert_eq!(rules.clusters_of("b/x.yaml"), [1]);
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_a_suggestion() {
    for (text, expected) in [
        (
            "version: 1\nclusters:\n- name: x\n  pod-cidr: [10.0.0.0/8]\n",
            ".ciliate.yaml:4:3: clusters[0]: unknown field `pod-cidr`, expected one of `name`, `paths`, `target`, \
             `pod-cidrs`, `node-cidrs`, `service-cidrs`, `ip-families`, `complete`, `namespaces`, `named-ports`; \
             did you mean `pod-cidrs`?",
        ),
        (
            "version: 1\nphase: befor\n",
            ".ciliate.yaml:2:8: phase: unknown variant `befor`, expected one of `before`, `after`, `all`; \
             did you mean `before`?",
        ),
        ("version: 2\n", ".ciliate.yaml:1: version: there is only version 1"),
        (
            "version: 1\ntarget: {}\n",
            ".ciliate.yaml:2: target: give one of `aks-version` and `cilium-version`",
        ),
        (
            "version: 1\nclusters: [{name: a}, {name: a}]\n",
            ".ciliate.yaml:2: clusters.1.name: two clusters have the name `a`",
        ),
    ] {
        let config = load(text).map(|config| config.spec(&cli::Target::default(), &cli::Choosing::default()));
        let message = match config {
            Err(stop) | Ok(Err(stop)) => stop.message(),
            Ok(Ok(_)) => String::new(),
        };
        assert_eq!(message, expected);
    }
    let client = "version: 1\ntransforms: {load-balancer: {clients: {a/b: [{namespace: {}}]}}}\n";
    assert!(
        refused(client).ends_with("did you mean `namespaces`?"),
        "{}",
        refused(client)
    );
    let glob = refused("version: 1\nfiles:\n  exclude: ['a[']\n");
    assert!(glob.starts_with(".ciliate.yaml:3: files.exclude: "), "{glob}");
}

#[test]
fn a_config_that_would_fill_memory_or_never_end_is_refused() {
    let many = |text: &str, number| text.repeat(number);
    for (text, expected) in [
        (
            "version: 1\nclusters: &c\n- *c\n".to_owned(),
            ".ciliate.yaml:3:3: the alias stands inside",
        ),
        (
            format!(
                "version: 1\nclusters:\n- {{name: a, paths: &p [{}]}}\n{}",
                many("a, ", 2_000),
                many("- {name: b, paths: *p}\n", 2_000)
            ),
            ".ciliate.yaml:203:20: the aliases up to here stand for more than",
        ),
        (
            format!("version: 1\nclusters: {}{}\n", many("[", 300), many("]", 300)),
            ".ciliate.yaml:2:266: recursion limit exceeded",
        ),
        (
            format!("version: 1\nclusters:\n{}", many("- {name: a}\n", 1_001)),
            ".ciliate.yaml:2: clusters: a config has at most 1000 clusters",
        ),
        (
            format!("version: 1\nfiles:\n  exclude: [{}]\n", many("a, ", 4_001)),
            ".ciliate.yaml: 4001 globs of 4001 bytes; a config may have 4000 globs",
        ),
        (
            format!("version: 1\nfiles:\n  exclude: ['{}']\n", many("?", 200_000)),
            ".ciliate.yaml: 1 globs of 200000 bytes; a config may have 4000 globs",
        ),
        (
            format!(
                "version: 1\nnamespaces-by-path: [{{path: '{}', namespace: a}}]\n",
                many("*a", 50)
            ),
            ".ciliate.yaml:2: namespaces-by-path.0.path: a glob has at most 32 stars",
        ),
    ] {
        let message = refused(&text);
        assert!(
            message.starts_with(expected),
            "{}",
            message.chars().take(300).collect::<String>()
        );
        assert!(message.len() < 1_000, "{} bytes of message", message.len());
    }
}

#[test]
fn the_nearest_config_up_to_the_repositorys_root_holds() -> io::Result<()> {
    let outer = tempfile::tempdir()?;
    let repository = outer.path().join("repo");
    let app = repository.join("apps/web");
    fs::create_dir_all(&app)?;
    fs::create_dir(repository.join(".git"))?;
    fs::write(outer.path().join(NAME), "")?;
    assert_eq!(nearest(root_of(outer.path(), &app), &app), None);
    fs::write(repository.join(NAME), "")?;
    assert_eq!(nearest(root_of(outer.path(), &app), &app), Some(repository.join(NAME)));
    fs::write(app.join(NAME), "")?;
    assert_eq!(nearest(root_of(outer.path(), &app), &app), Some(app.join(NAME)));
    Ok(())
}
