//! Which files overlays come to lie in.

use super::*;

#[test]
fn each_cluster_has_its_folder_and_its_list() {
    let mut tree = Tree::of(&[("web.yaml", POLICY)]);
    tree.layout = Layout::Separate {
        dir: "x".to_owned(),
        clustered: true,
    };
    let mut world = world_of(18, [("web.yaml", POLICY)]);
    world.cluster = Some("prod".to_owned());
    let files: Vec<_> = tree.placement_of(&world).files.into_keys().collect();
    assert_eq!(
        files,
        ["x/prod/kustomization.yaml", "x/prod/shop/web-egress-node-egress.yaml"]
    );
}

#[test]
fn no_name_of_a_manifest_leads_out_of_its_folder() {
    for (from, to) in [
        ("namespace: shop", "namespace: ../../shop"),
        ("name: web-egress", "name: \"${NAME}/..\""),
        ("name: web-egress", "name: ../web"),
    ] {
        let text = POLICY.replace(from, to);
        for tree in [
            Tree::of(&[("base/web.yaml", &text)]),
            Tree::of(&[("base/web.yaml", &text)]).beside(),
        ] {
            let paths: Vec<_> = tree.placement().files.into_keys().collect();
            assert!(!paths.iter().any(|path| path.contains("..")), "{paths:?}");
        }
    }
    let separate = Tree::of(&[(
        "base/web.yaml",
        &POLICY.replace("namespace: shop", "namespace: ../shop"),
    )]);
    assert_eq!(names_of(&separate.placement()), ["unknown-namespace"]);
}

#[test]
fn a_variable_is_no_name_for_a_file() {
    for (from, to) in [
        ("namespace: shop", "namespace: \"${NS}\""),
        ("name: web-egress", "name: \"${NAME}\""),
    ] {
        let mut tree = Tree::of(&[("web.yaml", &POLICY.replace(from, to))]);
        assert_eq!(names_of(&tree.placement()), ["unknown-namespace"]);
        assert_eq!(tree.run(), [Fate::Unplaced]);
    }
}

#[test]
fn no_name_is_that_of_a_list_or_of_a_device() {
    let path = |namespace: &str, name: &str| {
        let text = POLICY.replace("web-egress", name).replace("shop", namespace);
        let files = Tree::of(&[("web.yaml", &text)]).placement().files;
        files.into_keys().find(|path| path != LIST)
    };
    for (namespace, name, expected) in [
        (
            "kustomization",
            "kustomization",
            "kustomization/kustomization-node-egress.yaml",
        ),
        ("con", "nul", "_con/nul-node-egress.yaml"),
        ("com1x", "aux.v1", "com1x/_aux.v1-node-egress.yaml"),
        ("lpt9", "com", "_lpt9/com-node-egress.yaml"),
    ] {
        assert_eq!(path(namespace, name), Some(format!("cilium-overlays/{expected}")));
    }
    for (namespace, name) in [
        ("kustomization.yaml", "web"),
        ("-rf", "web"),
        ("shop", "\"a\\u202e\""),
        (&*"n".repeat(64), "web"),
    ] {
        assert_eq!(path(namespace, name), None, "{namespace} {name}");
    }
}

#[test]
fn another_object_of_the_name_is_never_overwritten() {
    let other = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                 metadata: {name: web-egress-node-egress, namespace: shop}\nspec: {endpointSelector: {}, egress: [{}]}\n";
    for path in ["theirs.yaml", OVERLAY] {
        let mut tree = Tree::of(&[("web.yaml", POLICY), (path, other)]);
        assert_eq!(tree.run(), [Fate::Written]);
        assert_eq!(tree.files[path], other);
        assert!(
            tree.paths()
                .iter()
                .any(|path| path.starts_with("cilium-overlays/shop/web-egress-node-egress-"))
        );
        assert!(tree.is_settled());
    }
}

#[test]
fn a_source_without_a_namespace_is_left_out_of_the_separate_folder() {
    let text = POLICY.replace(", namespace: shop", "");
    let mut tree = Tree::of(&[("web.yaml", &text)]);
    let placement = tree.placement();
    assert_eq!(names_of(&placement), ["unknown-namespace"]);
    assert_eq!(placement.findings[0].1.severity, Severity::Warning);
    assert_eq!(tree.run(), [Fate::Unplaced]);
    assert_eq!(tree.paths(), ["web.yaml"]);
}

#[test]
fn beside_its_source_an_overlay_has_no_namespace_that_the_source_has_not() {
    let text = POLICY.replace(", namespace: shop", "");
    let mut tree = Tree::of(&[("base/web.yaml", &text)]).beside();
    tree.run();
    let overlay = &tree.files["base/web-egress-node-egress.yaml"];
    assert!(!overlay.contains("namespace") && overlay.contains("ciliate.dev/source: NetworkPolicy/web-egress\n"));
    assert!(tree.is_settled());
}

#[test]
fn beside_its_source_an_overlay_joins_the_list_of_the_folder() {
    let list = "# what we deploy\nresources:\n- web.yaml # the shop\nnamespace: shop\n";
    let mut tree = Tree::of(&[("base/web.yaml", POLICY), ("base/kustomization.yaml", list)]).beside();
    tree.run();
    let listed =
        "# what we deploy\nresources:\n- web-egress-node-egress.yaml\n- web.yaml # the shop\nnamespace: shop\n";
    assert_eq!(tree.files["base/kustomization.yaml"], listed);
    assert!(tree.is_settled());
    tree.replace("base/web.yaml", "policyTypes: [Egress]", "policyTypes: [Ingress]");
    tree.run();
    assert_eq!(tree.files["base/kustomization.yaml"], list);
}

#[test]
fn beside_a_source_that_the_list_of_the_folder_does_not_name_an_overlay_is_not_named_either() {
    let text = POLICY.replace(", namespace: shop", "");
    let list = "resources:\n- other.yaml\nnamespace: shop\n";
    let mut tree = Tree::of(&[("base/web.yaml", &text), ("base/kustomization.yaml", list)]).beside();
    tree.run();
    assert_eq!(tree.files["base/kustomization.yaml"], list);
    assert!(tree.is_settled());
}

#[test]
fn an_overlay_and_its_list_are_both_written_or_neither_is() {
    for barred in [OVERLAY, LIST] {
        let mut tree = Tree::of(&[("web.yaml", POLICY)]);
        tree.unwritable = vec![barred];
        assert_eq!(tree.run(), [Fate::Unwritable], "{barred}");
        assert_eq!(tree.files.len(), 1, "{barred}");
        tree.unwritable.clear();
        tree.run();
        tree.replace("web.yaml", "policyTypes: [Egress]", "policyTypes: [Ingress]");
        tree.unwritable = vec![barred];
        tree.run();
        assert!(
            tree.files.contains_key(OVERLAY) && tree.files.contains_key(LIST),
            "{barred}"
        );
    }
}

#[test]
fn two_clusters_that_share_a_source_must_agree_on_the_file_beside_it() {
    let tree = Tree::of(&[("web.yaml", POLICY)]).beside();
    let old = world_of(16, [("web.yaml", POLICY)]);
    let new = world_of(18, [("web.yaml", POLICY)]);
    let overlays: Vec<_> = [&old, &new, &new]
        .map(|world| {
            let Decision::Change(Change {
                act: Act::Overlay(overlay),
                ..
            }) = (by_id("node-egress").unwrap().decide)(Subject::Policy(PolicyId(0)), world).remove(0)
            else {
                panic!()
            };
            overlay
        })
        .into();
    let fates = |worlds: &[&World], overlays: &[&Overlay]| {
        let wanted = |(world, &overlay)| Wanted {
            world,
            subject: Subject::Policy(PolicyId(0)),
            overlay,
            chosen: true,
        };
        let wanted: Vec<_> = overlays.iter().enumerate().map(wanted).collect();
        let placement = place(&Run {
            worlds,
            layout: &tree.layout,
            wanted: &wanted,
            settled: &[],
            transforms: &[],
            complete: true,
            synced_by: None,
            is_unwritable: &|_| false,
            is_hydrated: &|_| false,
            path: &|_| "web.yaml",
            text: &|_| None,
        });
        (placement.placed[0].fate, placement.files.len())
    };
    assert_eq!(
        fates(&[&old, &new], &[&overlays[0], &overlays[1]]),
        (Fate::Disagrees, 0)
    );
    assert_eq!(fates(&[&new, &new], &[&overlays[1], &overlays[2]]), (Fate::Written, 1));
    assert_eq!(fates(&[&new, &new], &[&overlays[1]]), (Fate::Disagrees, 0));
}

#[test]
fn a_folder_that_is_synced_gets_nothing() {
    let mut tree = Tree::of(&[("web.yaml", POLICY), ("api.yaml", &POLICY.replace("web-", "api-"))]);
    tree.synced_by = Some("Application argocd/all");
    let placement = tree.placement();
    assert!(placement.files.is_empty());
    assert_eq!(names_of(&placement), ["synced-overlays"]);
    assert!(placement.findings[0].1.message.contains("Application argocd/all"));
}

#[test]
fn in_a_stream_overlays_come_last_under_the_mark_of_their_host() {
    let text = POLICY.replace(", namespace: shop", "");
    for (host, start, mark) in [
        (Host::Plain, "---\n# Only after", None),
        (
            Host::Helm3 {
                chart: "demo".to_owned(),
            },
            "---\n# Source: demo/templates/ciliate-overlays.yaml\n# Only after",
            None,
        ),
        (
            Host::Helm4 {
                chart: "demo".to_owned(),
            },
            "---\n# Only after",
            Some("    postrenderer.helm.sh/postrender-filename: demo/templates/ciliate-overlays.yaml\n"),
        ),
    ] {
        let mut tree = Tree::of(&[("-", &text)]);
        tree.layout = Layout::Stream(host);
        let placement = tree.placement();
        let [document] = &placement.appended[..] else { panic!() };
        assert!(document.starts_with(start), "{document}");
        assert!(
            mark.is_none_or(|mark| document.contains(mark)) && !document.contains("  namespace:"),
            "{document}"
        );
        tree.files.insert("-".to_owned(), format!("{text}{document}"));
        assert!(tree.is_settled());
    }
}
