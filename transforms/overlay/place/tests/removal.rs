//! What goes, and what stays for want of knowledge.

use super::*;

#[test]
fn an_overlay_that_a_person_edited_is_neither_updated_nor_removed() {
    let mut tree = placed();
    tree.replace(
        OVERLAY,
        "        - host\n",
        "        - host\n        - kube-apiserver\n",
    );
    assert_eq!(names_of(&tree.placement()), ["edited-overlay"]);
    assert_eq!(tree.run(), [Fate::Edited]);
    tree.files.remove("web.yaml");
    let placement = tree.placement();
    assert!(placement.files.is_empty());
    assert_eq!(names_of(&placement), ["edited-overlay"]);
}

#[test]
fn an_overlay_goes_with_its_list_when_its_source_needs_none_or_is_gone() {
    let mut unneeded = placed();
    unneeded.replace("web.yaml", "policyTypes: [Egress]", "policyTypes: [Ingress]");
    unneeded.run();
    assert_eq!(unneeded.paths(), ["web.yaml"]);
    let mut gone = placed();
    gone.files.remove("web.yaml");
    gone.run();
    assert!(gone.files.is_empty());
}

#[test]
fn an_overlay_in_a_file_of_a_hydrator_is_neither_updated_nor_removed() {
    let mut tree = placed();
    tree.rename(OVERLAY, "hydrated/manifest.yaml");
    tree.run();
    tree.hydrated = vec!["hydrated/manifest.yaml"];
    tree.replace("web.yaml", "port: 443", "port: 8443");
    let before = tree.files.clone();
    assert_eq!(tree.run(), [Fate::Hydrated]);
    tree.files.remove("web.yaml");
    tree.run();
    assert_eq!(tree.files["hydrated/manifest.yaml"], before["hydrated/manifest.yaml"]);
}

#[test]
fn a_renamed_source_removes_one_and_adds_one_and_the_others_do_not_move() {
    let mut tree = placed();
    tree.files
        .insert("api.yaml".to_owned(), POLICY.replace("web-egress", "api-egress"));
    tree.run();
    let before = tree.files.clone();
    tree.replace("web.yaml", "web-egress", "app-egress");
    tree.run();
    let others = ["api.yaml", "cilium-overlays/shop/api-egress-node-egress.yaml"];
    assert!(others.iter().all(|path| tree.files[*path] == before[*path]));
    assert!(!tree.files.contains_key(OVERLAY));
    let list = &tree.files[LIST];
    assert!(
        list.ends_with("\n  - shop/api-egress-node-egress.yaml\n  - shop/app-egress-node-egress.yaml\n"),
        "{list}"
    );
    assert!(tree.is_settled());
}

#[test]
fn an_overlay_stays_while_the_namespace_of_a_source_of_its_name_is_none() {
    for namespace in ["\"${NS}\"", "Shop"] {
        let mut tree = placed();
        tree.replace("web.yaml", "namespace: shop", &format!("namespace: {namespace}"));
        let before = tree.files.clone();
        assert_eq!(tree.run(), [Fate::Unplaced]);
        assert_eq!(tree.files, before);
    }
}

#[test]
fn a_partial_run_removes_nothing_that_it_did_not_see_the_source_of() {
    let mut tree = placed();
    tree.files.remove("web.yaml");
    tree.complete = false;
    assert!(tree.is_settled());
    tree.complete = true;
    tree.transforms = vec!["node-ingress"];
    assert!(tree.is_settled());
}

#[test]
fn unknown_never_removes() {
    let block = "{to: [{ipBlock: {cidr: 10.224.0.0/16}}], ports: [{port: 443}]}";
    let ingress = POLICY
        .replace("Egress", "Ingress")
        .replace("egress: [", "ingress: [")
        .replace("to: [", "from: [");
    let text = ingress.replace("0.0.0.0/0", "10.224.0.0/16");
    assert!(text.contains(&block.replace("to: ", "from: ")));
    let mut tree = Tree::of(&[("web.yaml", &text)]);
    tree.nodes = vec!["10.224.0.0/16"];
    assert_eq!(tree.run(), [Fate::Written]);
    tree.nodes = vec![];
    assert!(tree.is_settled());
    tree.replace("web.yaml", "podSelector: {matchLabels: {app: web}}", "podSelector: []");
    assert!(tree.is_settled(), "the API server refuses the source now");
}

#[test]
fn a_fact_that_is_missing_today_takes_no_rule_back_and_a_changed_source_still_counts() {
    let mut tree = Tree::of(&[("web.yaml", &POLICY.replace("0.0.0.0/0", "10.224.0.0/16"))]);
    tree.nodes = vec!["10.224.0.0/16"];
    assert_eq!(tree.run(), [Fate::Written]);
    tree.nodes = vec![];
    assert!(tree.is_settled());
    assert_eq!(tree.run(), [Fate::Current]);
    tree.replace("web.yaml", "{app: web}", "{app: shop}");
    assert_eq!(tree.run(), [Fate::Written]);
    tree.nodes = vec!["10.240.0.0/16"];
    tree.run();
    assert!(!tree.files[OVERLAY].contains("remote-node"));
}

#[test]
fn a_source_whose_namespace_this_run_can_not_tell_keeps_its_overlay() {
    let mut tree = placed();
    tree.replace("web.yaml", ", namespace: shop", "");
    assert_eq!(names_of(&tree.placement()), ["unknown-namespace"]);
    assert!(tree.is_settled());
}

#[test]
fn a_service_that_needs_none_keeps_its_overlay_in_a_partial_run() {
    let deny = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\n\
                spec: {podSelector: {}, policyTypes: [Ingress]}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n\
                   spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}\n";
    let mut tree = Tree::of(&[("deny.yaml", deny), ("web.yaml", service)]);
    tree.review = true;
    assert_eq!(tree.run(), [Fate::Written]);
    tree.files.remove("deny.yaml");
    tree.complete = false;
    assert!(tree.is_settled());
    tree.complete = true;
    tree.run();
    assert_eq!(tree.paths(), ["web.yaml"]);
}

#[test]
fn the_overlays_of_pairs_give_way_to_one_when_the_target_grows() {
    let deny = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\n\
                spec: {podSelector: {}, policyTypes: [Ingress]}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n\
                   spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}\n";
    let mut tree = Tree::of(&[("deny.yaml", deny), ("web.yaml", service)]);
    tree.review = true;
    tree.cilium = 14;
    tree.run();
    let pair = "cilium-overlays/shop/web-load-balancer-deny.yaml";
    assert!(tree.files[pair].contains("ciliate.dev/source: Service/shop/web NetworkPolicy/shop/deny\n"));
    assert!(tree.is_settled());
    tree.cilium = 16;
    tree.run();
    assert_eq!(
        tree.paths(),
        [
            LIST,
            "cilium-overlays/shop/web-load-balancer.yaml",
            "deny.yaml",
            "web.yaml"
        ]
    );
}
