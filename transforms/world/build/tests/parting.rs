//! How the input is parted into clusters.

use super::*;

#[test]
fn stated_clusters_hold_their_paths_and_what_belongs_to_all() {
    let mut inputs = inputs(&[
        ("a.yaml", &policy("name: a, namespace: ns", "")),
        ("b.yaml", &policy("name: b, namespace: ns", "")),
        ("base/c.yaml", &policy("name: c", "")),
        ("base/kustomization.yaml", "resources: [c.yaml]\n"),
        ("prod/kustomization.yaml", "namespace: prod\nresources: [../base]\n"),
        ("dev/kustomization.yaml", "namespace: dev\nresources: [../base]\n"),
    ]);
    inputs[0].clusters = vec![0];
    inputs[4].clusters = vec![0];
    inputs[5].clusters = vec![1];
    let cluster = |name: &str| ClusterSpec {
        name: name.to_owned(),
        facts: Facts::default(),
    };
    let spec = Spec {
        clusters: vec![cluster("prod"), cluster("dev")],
        ..Spec::default()
    };
    let worlds = worlds(inputs, &spec).worlds;
    assert_eq!(
        parted(&worlds),
        [
            (Some("prod"), vec!["ns/a".to_owned(), "ns/b".into(), "prod/c".into()]),
            (Some("dev"), vec!["ns/b".into(), "dev/c".into()]),
        ]
    );
    assert!(worlds[0].remarks.is_empty());
}

#[test]
fn folders_under_clusters_part_the_input_and_bases_follow_who_renders_them() {
    let worlds = built(&[
        ("all.yaml", &policy("name: all, namespace: ns", "")),
        ("clusters/base/c.yaml", &policy("name: c, namespace: ns", "")),
        ("clusters/base/kustomization.yaml", "resources: [c.yaml]\n"),
        ("clusters/prod/kustomization.yaml", "resources: [../base]\n"),
        ("clusters/dev/d.yaml", &policy("name: d, namespace: ns", "")),
    ]);
    assert_eq!(
        parted(&worlds),
        [
            (Some("dev"), vec!["ns/all".to_owned(), "ns/d".into()]),
            (Some("prod"), vec!["ns/all".into(), "ns/c".into()]),
        ]
    );
    assert_eq!(worlds[0].remarks.len(), 1);
    assert_eq!(worlds[0].remarks[0].finding, "mixed-clusters");
    assert!(
        worlds[0].remarks[0].message.contains("2 clusters (dev, prod)"),
        "{}",
        worlds[0].remarks[0].message
    );
    assert!(worlds[1].remarks.is_empty());
}

#[test]
fn a_kustomization_above_the_clusters_does_not_join_them() {
    let worlds = built(&[
        (
            "kustomization.yaml",
            "resources: [clusters/prod, clusters/dev/d.yaml]\n",
        ),
        ("base/c.yaml", &policy("name: c, namespace: ns", "")),
        ("base/kustomization.yaml", "resources: [c.yaml]\n"),
        ("clusters/prod/kustomization.yaml", "resources: [../../base]\n"),
        ("clusters/dev/d.yaml", &policy("name: d, namespace: ns", "")),
    ]);
    assert_eq!(
        parted(&worlds),
        [
            (Some("dev"), vec!["ns/d".to_owned()]),
            (Some("prod"), vec!["ns/c".into()])
        ]
    );
}

#[test]
fn one_folder_under_clusters_is_one_cluster() {
    let worlds = built(&[("clusters/prod/a.yaml", &policy("name: a, namespace: ns", ""))]);
    assert_eq!(parted(&worlds), [(None, vec!["ns/a".to_owned()])]);
    assert!(worlds[0].remarks.is_empty());
}

#[test]
fn flux_entries_part_the_input_and_give_each_cluster_what_it_syncs() {
    let sync = |path: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: a}}\nspec: {{path: {path}}}\n"
        )
    };
    let worlds = built(&[
        ("fleet/east/flux-system/gotk-sync.yaml", &sync("./fleet/east")),
        ("fleet/east/apps.yaml", &sync("./apps/east")),
        ("fleet/west/flux-system/gotk-sync.yaml", &sync("./fleet/west")),
        ("fleet/west/apps.yaml", &sync("./apps/west")),
        ("apps/east/p.yaml", &policy("name: p, namespace: ns", "")),
        ("apps/west/q.yaml", &policy("name: q, namespace: ns", "")),
        ("apps/both/r.yaml", &policy("name: r, namespace: ns", "")),
    ]);
    assert_eq!(
        parted(&worlds),
        [
            (Some("east"), vec!["ns/p".to_owned(), "ns/r".into()]),
            (Some("west"), vec!["ns/q".into(), "ns/r".into()]),
        ]
    );
}

#[test]
fn one_policy_with_different_content_in_several_roots_parts_the_input() {
    let egress = policy("name: p, namespace: ns", "policyTypes: [Egress]");
    let ingress = policy("name: p, namespace: ns", "policyTypes: [Ingress]");
    let list = "resources: [p.yaml]\n";
    let worlds = built(&[
        ("apps/web/overlays/dev/p.yaml", &egress),
        ("apps/web/overlays/dev/kustomization.yaml", list),
        ("apps/web/overlays/prod/p.yaml", &ingress),
        ("apps/web/overlays/prod/kustomization.yaml", list),
        ("apps/api/overlays/dev/q.yaml", &policy("name: q, namespace: ns", "")),
        ("shared/r.yaml", &policy("name: r, namespace: ns", "")),
    ]);
    assert_eq!(
        parted(&worlds),
        [
            (Some("dev"), vec!["ns/p".to_owned(), "ns/q".into(), "ns/r".into()]),
            (Some("prod"), vec!["ns/p".into(), "ns/r".into()]),
        ]
    );
    assert!(
        worlds[0].remarks[0].message.contains("NetworkPolicy ns/p"),
        "{}",
        worlds[0].remarks[0].message
    );
}

#[test]
fn contradictions_among_what_all_clusters_share_part_each_of_them() {
    let worlds = built(&[
        ("clusters/east/a.yaml", &policy("name: a, namespace: ns", "")),
        ("clusters/west/a.yaml", &policy("name: a, namespace: ns", "")),
        (
            "shared/blue/p.yaml",
            &policy("name: p, namespace: ns", "policyTypes: [Egress]"),
        ),
        (
            "shared/green/p.yaml",
            &policy("name: p, namespace: ns", "policyTypes: [Ingress]"),
        ),
    ]);
    let both = vec!["ns/a".to_owned(), "ns/p".into()];
    assert_eq!(
        parted(&worlds),
        [
            (Some("east/blue"), both.clone()),
            (Some("east/green"), both.clone()),
            (Some("west/blue"), both.clone()),
            (Some("west/green"), both),
        ]
    );
}

#[test]
fn the_same_policy_with_the_same_content_parts_nothing() {
    let one = policy("name: p, namespace: ns", "policyTypes: [Ingress]");
    let other = "# elsewhere\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\n  namespace: ns\nspec:\n  \
                 policyTypes:\n  - Ingress\n";
    assert_eq!(built(&[("a/p.yaml", &one), ("b/p.yaml", other)]).len(), 1);
}
