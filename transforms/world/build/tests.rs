use proptest::prelude::*;

use super::*;
use crate::policy::Spot;
use crate::world::extract::{Wanted, extract};
use crate::world::mentions::mentions;

mod parting;

/// Reads files as the inputs of a run; a path that starts with `@` is a dump, with `+` context.
fn inputs(files: &[(&str, &str)]) -> Vec<Input> {
    let read = |(index, (path, text)): (u32, &(&str, &str))| {
        let (role, path) = match path.strip_prefix('@') {
            Some(path) => (InputRole::Facts, path),
            None => match path.strip_prefix('+') {
                Some(path) => (InputRole::Context, path),
                None => (InputRole::Edit, *path),
            },
        };
        Input {
            path: path.to_owned(),
            role,
            clusters: Vec::new(),
            namespace_by_path: None,
            extract: extract(
                FileId(index),
                path,
                text,
                mentions(text.as_bytes()),
                Wanted { workloads: true },
            ),
        }
    };
    (0..).zip(files).map(read).collect()
}

fn built(files: &[(&str, &str)]) -> Vec<World> {
    worlds(inputs(files), &Spec::default()).worlds
}

fn policy(metadata: &str, spec: &str) -> String {
    format!("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{{metadata}}}\nspec: {{{spec}}}\n")
}

/// Writes a world's policies as `namespace/name`.
fn keys(world: &World) -> Vec<String> {
    world.policies.iter().map(|policy| policy.key.to_string()).collect()
}

/// Writes each world as its name and its policies.
fn parted(worlds: &[World]) -> Vec<(Option<&str>, Vec<String>)> {
    worlds
        .iter()
        .map(|world| (world.cluster.as_deref(), keys(world)))
        .collect()
}

#[test]
fn a_namespace_comes_from_the_kustomization_then_the_file_then_the_path_then_the_flag() {
    let (bare, written) = (policy("name: a", ""), policy("name: a, namespace: own", ""));
    let listed = "namespace: kustomized\nresources: [a.yaml]\n";
    for (text, kustomization, by_path, flag, expected) in [
        (&bare, listed, Some("path"), Some("flag"), "kustomized/a"),
        (&written, listed, Some("path"), Some("flag"), "kustomized/a"),
        (&written, "resources: [a.yaml]\n", Some("path"), Some("flag"), "own/a"),
        (&bare, "resources: [a.yaml]\n", Some("path"), Some("flag"), "path/a"),
        (&bare, "namespace: kustomized\n", None, Some("flag"), "flag/a"),
        (&bare, "resources: []\n", None, None, "(unnamed)/a"),
    ] {
        let mut inputs = inputs(&[("x/a.yaml", text), ("x/kustomization.yaml", kustomization)]);
        inputs[0].namespace_by_path = by_path.map(str::to_owned);
        let spec = Spec {
            namespace: flag.map(str::to_owned),
            ..Spec::default()
        };
        assert_eq!(keys(&worlds(inputs, &spec).worlds[0]), [expected], "{kustomization}");
    }
}

/// Writes what a world's API server refuses, each with the bytes at fault.
fn refused(world: &World, texts: &[&str]) -> Vec<String> {
    let problems = world.rejected.iter().flat_map(|one| {
        let at = |spot: &Spot| spot.span.slice(texts[spot.file.0 as usize]).to_owned();
        let said = one.problems.iter();
        said.map(move |(spot, problem)| {
            let problem = problem.split(':').next().unwrap_or_default();
            format!("{} {} at {}: {problem}", one.kind, one.key, at(spot))
        })
    });
    problems.collect()
}

#[test]
fn a_namespace_that_is_none_is_refused_whoever_tells_it() {
    let (bare, written) = (policy("name: a", ""), policy("name: a, namespace: Own.Ns", ""));
    for (text, kustomization, by_path, expected) in [
        (
            &written,
            "resources: [a.yaml]\n",
            None,
            Some("NetworkPolicy Own.Ns/a at Own.Ns: `Own.Ns` is no namespace"),
        ),
        (&written, "namespace: shop\nresources: [a.yaml]\n", None, None),
        (
            &written,
            "namespace: kustomization.yaml\nresources: [a.yaml]\n",
            None,
            Some(
                "NetworkPolicy kustomization.yaml/a at a: by the `namespace` of a kustomization that lists it, \
                 `kustomization.yaml` is no namespace",
            ),
        ),
        (
            &bare,
            "resources: [a.yaml]\n",
            Some("-rf"),
            Some("NetworkPolicy -rf/a at a: by `namespaces-by-path` of the config, `-rf` is no namespace"),
        ),
        (&bare, "namespace: ${NS}\nresources: [a.yaml]\n", None, None),
    ] {
        let mut inputs = inputs(&[("x/a.yaml", text), ("x/kustomization.yaml", kustomization)]);
        inputs[0].namespace_by_path = by_path.map(str::to_owned);
        let world = worlds(inputs, &Spec::default()).worlds.remove(0);
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(refused(&world, &[text, kustomization]), expected);
        assert_eq!(world.policies.len() + world.rejected.len(), 1);
    }
}

#[test]
fn a_service_is_refused_for_its_namespace_and_its_name_each_at_its_place() {
    let service =
        |metadata: &str| format!("apiVersion: v1\nkind: Service\nmetadata: {{{metadata}}}\nspec: {{type: NodePort}}\n");
    let taken = service("name: 1-web, namespace: shop");
    let bad = service("name: web.v1, namespace: \"a\\nb\"");
    let nameless = service("namespace: shop");
    let texts = [taken.as_str(), &bad, &nameless];
    let world = built(&[("a.yaml", texts[0]), ("b.yaml", texts[1]), ("c.yaml", texts[2])]).remove(0);
    assert_eq!(world.services.len(), 1);
    assert_eq!(
        refused(&world, &texts),
        [
            "Service a\nb/web.v1 at web.v1: `web.v1` is no name of a Service",
            "Service a\nb/web.v1 at \"a\\nb\": `a\nb` is no namespace",
            "Service shop/ at apiVersion: `metadata.name` is missing",
        ]
    );
}

#[test]
fn the_outermost_namespace_wins_and_several_placements_are_judged_once_each() {
    let base = ("base/p.yaml", &*policy("name: p, namespace: base", ""));
    let listing = ("base/kustomization.yaml", "namespace: inner\nresources: [p.yaml]\n");
    let worlds = built(&[
        base,
        listing,
        ("a/kustomization.yaml", "namespace: a\nresources: [../base]\n"),
        ("b/kustomization.yml", "components: [../base/]\n"),
        ("c/kustomization.yaml", "namespace: a\nbases: [../a]\n"),
    ]);
    assert_eq!(keys(&worlds[0]), ["a/p", "inner/p"]);
}

#[test]
fn kustomizations_in_a_circle_end() {
    let worlds = built(&[
        ("p.yaml", &policy("name: p, namespace: ns", "")),
        ("a/kustomization.yaml", "resources: [../b, ../p.yaml]\n"),
        ("b/kustomization.yaml", "resources: [../a]\n"),
    ]);
    assert_eq!(keys(&worlds[0]), ["ns/p"]);
}

#[test]
fn what_a_kustomization_lists_as_a_patch_is_no_policy() {
    let inputs = inputs(&[
        ("x/p.yaml", &policy("name: p, namespace: ns", "podSelector: {}")),
        ("x/q.yaml", &policy("name: q, namespace: ns", "podSelector: {}")),
        (
            "x/kustomization.yaml",
            "resources: [q.yaml]\npatches: [{path: p.yaml}]\n",
        ),
    ]);
    let built = worlds(inputs, &Spec::default());
    let patches: Vec<_> = built.patches.iter().map(|patch| (patch.file, patch.policies)).collect();
    assert_eq!(patches, [(FileId(0), 1)]);
    assert_eq!(keys(&built.worlds[0]), ["ns/q"]);
}

#[test]
fn unnamed_manifests_share_a_namespace_per_root_and_each_root_is_told_once() {
    let (a, b) = (policy("name: a", ""), policy("name: b", ""));
    let worlds = built(&[("x/a.yaml", &a), ("x/b.yaml", &b), ("y/a.yaml", &a)]);
    let world = &worlds[0];
    assert_eq!(world.policies[0].key.namespace, world.policies[1].key.namespace);
    assert_ne!(world.policies[0].key.namespace, world.policies[2].key.namespace);
    let remarks: Vec<_> = world
        .remarks
        .iter()
        .map(|remark| (remark.finding, remark.message.as_str()))
        .collect();
    assert_eq!(
        remarks,
        [
            (
                "unknown-namespace",
                "nothing tells the namespace of 2 manifests under `x`: they are taken to share one"
            ),
            (
                "unknown-namespace",
                "nothing tells the namespace of one manifest under `y`"
            ),
        ]
    );
}

#[test]
fn a_synced_folder_is_one_root() {
    let flux =
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\nspec: {path: ./apps}\n";
    let worlds = built(&[
        ("apps/x/a.yaml", &policy("name: a", "")),
        ("apps/y/b.yaml", &policy("name: b", "")),
        ("flux/sync.yaml", flux),
    ]);
    assert_eq!(worlds[0].policies[0].key.namespace, worlds[0].policies[1].key.namespace);
}

#[test]
fn context_and_dumps_are_used_and_never_edited() {
    let policies = policy("name: a, namespace: ns", "");
    let dump = "kind: List\napiVersion: v1\nitems:\n- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a, \
                namespace: ns}}\n- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: live, namespace: ns}}\n- \
                {apiVersion: v1, kind: Node, metadata: {name: x}}\n- {apiVersion: v1, kind: Pod, metadata: {name: p, namespace: \
                ns}, spec: {containers: [{name: c}]}}\n- {apiVersion: v1, kind: Namespace, metadata: {name: ns, labels: \
                {a: b}}}\n";
    let worlds = built(&[
        ("@dump.yaml", dump),
        ("+context.yaml", &policy("name: c, namespace: ns", "")),
        ("a.yaml", &policies),
        ("+bad.yaml", &policy("namespace: ns", "")),
    ]);
    let world = &worlds[0];
    let found: Vec<_> = world
        .policies
        .iter()
        .map(|policy| (policy.key.name.as_str(), policy.editable))
        .collect();
    assert_eq!(found, [("live", false), ("c", false), ("a", true)]);
    assert!(world.facts.dump && world.facts.nodes.len() == 1);
    assert_eq!(world.namespaces["ns"]["a"], "b");
    assert!(world.rejected.is_empty());
}

#[test]
fn a_node_counts_wherever_it_is_shown_and_once() {
    let node = |address: &str| {
        format!("apiVersion: v1\nkind: Node\nmetadata: {{name: n}}\nstatus: {{addresses: [{{address: {address}}}]}}\n")
    };
    let worlds = built(&[("@dump.yaml", &*node("10.224.0.9")), ("n.yaml", &*node("10.224.0.4"))]);
    let nodes = &worlds[0].facts.nodes;
    assert_eq!(nodes.len(), 1);
    assert_eq!(nodes[0].addresses[0].to_string(), "10.224.0.4");
}

#[test]
fn the_labels_of_a_namespace_are_the_configs_before_the_trees_before_the_dumps() {
    let labels =
        |value: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: ns, labels: {{a: {value}}}}}\n");
    let files = [("@dump.yaml", &*labels("dump")), ("n.yaml", &*labels("tree"))];
    assert_eq!(built(&files[..1])[0].namespaces["ns"]["a"], "dump");
    assert_eq!(built(&files)[0].namespaces["ns"]["a"], "tree");
    let mut spec = Spec::default();
    let stated = crate::policy::Labels::from([("a".to_owned(), "config".to_owned())]);
    spec.facts.namespaces.insert("ns".to_owned(), stated);
    assert_eq!(worlds(inputs(&files), &spec).worlds[0].namespaces["ns"]["a"], "config");
}

#[test]
fn workloads_are_wanted_for_names_for_many_ports_for_services_and_for_windows() {
    let bare = policy("name: p", "ingress: [{ports: [{port: 80}]}]");
    let named = policy("name: p", "ingress: [{ports: [{port: http}]}]");
    let dead_name = policy("name: p", "policyTypes: [Egress], ingress: [{ports: [{port: http}]}]");
    let many = policy(
        "name: p",
        "ingress: [{from: [{podSelector: {}}], ports: [{port: 1, endPort: 64}]}]",
    );
    let for_all = policy("name: p", "ingress: [{ports: [{port: 1, endPort: 64}]}]");
    let open = policy(
        "name: p",
        "egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 1, endPort: 64}]}]",
    );
    let outside = policy(
        "name: p",
        "egress: [{to: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: 1, endPort: 64}]}]",
    );
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: NodePort}\n";
    let windows = "kind: Pod\nmetadata: {name: w}\nspec: {containers: [], nodeSelector: {kubernetes.io/os: windows}}\n";
    for (texts, wanted) in [
        (vec![&*bare], false),
        (vec![&*named], true),
        (vec![&*dead_name], false),
        (vec![&*many], true),
        (vec![&*for_all], false),
        (vec![&*open], true),
        (vec![&*outside], false),
        (vec![service], false),
        (vec![service, &*bare], true),
        (vec![windows], true),
        (vec![], false),
    ] {
        let files: Vec<_> = texts.iter().map(|text| ("a.yaml", *text)).collect();
        let inputs = inputs(&files);
        assert_eq!(
            wants_workloads(inputs.iter().map(|input| &input.extract), &Spec::default()),
            wanted,
            "{texts:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_tree_of_kustomizations_makes_building_panic(
        files in prop::collection::vec(("(\\.\\./|/)?([ab]/|clusters/){0,3}", 0_usize..3, "(\\.\\./){0,2}[ab]?/?(k.yaml)?"), 0..8)
    ) {
        let policy = policy("name: p, namespace: ns", "policyTypes: [Egress]");
        let files: Vec<(String, String)> = files
            .into_iter()
            .map(|(folder, kind, target)| match kind {
                0 => (format!("{folder}kustomization.yaml"), format!("resources: ['{target}']\n")),
                1 => (format!("{folder}gotk-sync.yaml"), String::new()),
                _ => (format!("{folder}k.yaml"), policy.replace("Egress", if target.is_empty() { "Ingress" } else { "Egress" })),
            })
            .collect();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        prop_assert!(!built(&files).is_empty());
    }
}
